"""One step of training and one of validation, as compiled graphs."""

import contextlib

import tensorflow as tf

from speech_commands import features

_MOMENTUM = 0.9


def _anywhere(variable):
    return contextlib.nullcontext()


def _zeros(variables, beside):
    """A variable of zeros for each, in the context that `beside` gives for it."""
    zeros = []
    for variable in variables:
        with beside(variable):
            zeros.append(tf.Variable(tf.zeros(variable.shape, variable.dtype), trainable=False))
    return zeros


class Momentum(tf.Module):
    """Gradient descent with Nesterov's momentum."""

    def __init__(self, variables, beside=_anywhere):
        super().__init__()
        self.velocities = _zeros(variables, beside)

    def apply(self, variables, gradients, rate):
        for variable, velocity, gradient in zip(variables, self.velocities, gradients):
            with tf.device(variable.device):
                velocity.assign(_MOMENTUM * velocity + gradient)
                variable.assign_sub(rate * (gradient + _MOMENTUM * velocity))


class GradientDescent(tf.Module):
    def apply(self, variables, gradients, rate):
        for variable, gradient in zip(variables, gradients):
            with tf.device(variable.device):
                variable.assign_sub(rate * gradient)


class Adam(tf.Module):
    """Steps of about the rate whatever the size of the gradients, which differs a thousandfold between the weights of
    unnormalised features."""

    MEAN_KEPT, SQUARE_KEPT, LEAST = 0.9, 0.999, 1e-7

    def __init__(self, variables, beside=_anywhere):
        super().__init__()
        self.means, self.squares = _zeros(variables, beside), _zeros(variables, beside)
        self.count = tf.Variable(0.0, trainable=False)

    def apply(self, variables, gradients, rate):
        self.count.assign_add(1.0)
        unbiased = tf.sqrt(1.0 - self.SQUARE_KEPT ** self.count) / (1.0 - self.MEAN_KEPT ** self.count)
        for variable, mean, square, gradient in zip(variables, self.means, self.squares, gradients):
            with tf.device(variable.device):
                mean.assign_add((1.0 - self.MEAN_KEPT) * (gradient - mean))
                square.assign_add((1.0 - self.SQUARE_KEPT) * (tf.square(gradient) - square))
                variable.assign_sub(rate * unbiased * mean / (tf.sqrt(square) + self.LEAST))


def optimizer(name, variables, beside=_anywhere):
    """`name`: one of flags.OPTIMIZERS; `beside`: variable -> the context in which what belongs to it is made.

    What an optimizer computes for a variable it computes where the variable lies: between a worker and a parameter
    server travel gradients, not the averages of them.
    """
    if name == "gradient_descent":
        return GradientDescent()
    return Momentum(variables, beside) if name == "momentum" else Adam(variables, beside)


class Steps:
    """Holds a model and its optimizer; `shape` is the Geometry of a clip."""

    def __init__(self, model, optimizer, shape, labels):
        self._model, self._optimizer, self._shape, self._labels = model, optimizer, shape, labels
        audio = tf.TensorSpec([None, shape.clip_samples], tf.int16)
        batch = [audio, audio, tf.TensorSpec([None], tf.float32), tf.TensorSpec([None], tf.int32)]  # as input_data.Batch
        self._train = tf.function(self.train_graph, input_signature=batch + [tf.TensorSpec([], tf.float32)])
        self._judge = tf.function(self._judge_graph, input_signature=batch)

    def train(self, batch, rate):
        """One step on a Batch; returns (loss, accuracy from 0 to 1) as they were before it."""
        loss, accuracy = self._train(*batch, rate)
        return float(loss), float(accuracy)

    def judge(self, batches):
        """(mean loss, accuracy from 0 to 1, confusion matrix) over all batches; rows of the matrix are the truth."""
        loss, confusion = 0.0, tf.zeros([self._labels, self._labels], tf.int32)
        for batch in batches:
            batch_loss, batch_confusion = self._judge(*batch)
            loss += float(batch_loss)
            confusion += batch_confusion
        count = max(1, int(tf.reduce_sum(confusion)))
        return loss / count, int(tf.linalg.trace(confusion)) / count, confusion.numpy()

    def _features(self, clips, noise, noise_gain):
        return features.features(features.mix(clips, noise, noise_gain), self._shape)

    def train_graph(self, clips, noise, noise_gain, labels, rate):
        """What `train` does, as part of a graph: of a Batch and a rate, float32 [], (loss, accuracy), float32 []."""
        inputs = self._features(clips, noise, noise_gain)
        variables = self._model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self._model(inputs, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        self._optimizer.apply(variables, tape.gradient(loss, variables), rate)
        hits = tf.equal(tf.argmax(logits, 1, tf.int32), labels)
        return loss, tf.reduce_mean(tf.cast(hits, tf.float32))

    def _judge_graph(self, clips, noise, noise_gain, labels):
        logits = self._model(self._features(clips, noise, noise_gain), training=False)
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        return loss, tf.math.confusion_matrix(labels, tf.argmax(logits, 1), self._labels)
