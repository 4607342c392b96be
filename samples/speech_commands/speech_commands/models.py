"""The architectures: features in, logits out.

Each is a tf.Module called with (features, training): features float32 [batch, frames, columns], result
float32 [batch, labels]. With training=True half of the activations are dropped after every hidden layer;
otherwise none is.
"""

import math

import tensorflow as tf

DROPPED = 0.5  # share of activations, in training only
_SPREAD = 0.01  # standard deviation of the first weights


def _weights(shape, spread=_SPREAD, name="weights"):
    return tf.Variable(tf.random.truncated_normal(shape, stddev=spread), name=name)


class Dense(tf.Module):
    def __init__(self, inputs, outputs, spread=_SPREAD):
        super().__init__()
        self.weights = _weights([inputs, outputs], spread)
        self.bias = tf.Variable(tf.zeros([outputs]), name="bias")

    def __call__(self, x):
        return tf.matmul(x, self.weights) + self.bias


class Convolution(tf.Module):
    """Convolution and ReLU. `height`, `width`: of the filter, in frames and columns."""

    def __init__(self, height, width, inputs, outputs, strides=1, padding="SAME"):
        super().__init__()
        self.weights = _weights([height, width, inputs, outputs])
        self.bias = tf.Variable(tf.zeros([outputs]), name="bias")
        self._strides, self._padding = strides, padding

    def __call__(self, x):
        return tf.nn.relu(tf.nn.conv2d(x, self.weights, self._strides, self._padding) + self.bias)


def _drop(x, training):
    return tf.nn.dropout(x, DROPPED) if training else x


def _flat(x):
    return tf.reshape(x, [-1, x.shape[1:].num_elements()])


def _image(features):
    return features[..., None]


def _halved(size):
    return math.ceil(size / 2)


class SingleFc(tf.Module):
    """One linear layer: the least that is worth a comparison."""

    def __init__(self, frames, columns, labels):
        super().__init__()
        self.output = Dense(frames * columns, labels, spread=0.001)

    def __call__(self, features, training):
        return self.output(_drop(_flat(features), training))


class Conv(tf.Module):
    """Two wide convolutions: the default, and the slowest."""

    def __init__(self, frames, columns, labels):
        super().__init__()
        self.first = Convolution(20, 8, 1, 64)
        self.second = Convolution(10, 4, 64, 64)
        self.output = Dense(_halved(frames) * _halved(columns) * 64, labels)

    def __call__(self, features, training):
        x = _drop(self.first(_image(features)), training)
        x = tf.nn.max_pool2d(x, 2, 2, "SAME")
        return self.output(_flat(_drop(self.second(x), training)))


class LowLatencyConv(tf.Module):
    """One convolution over the whole length, then three linear layers: a fortieth of the work of conv."""

    def __init__(self, frames, columns, labels):
        super().__init__()
        self.first = Convolution(frames, 8, 1, 186, padding="VALID")
        self.second = Dense((columns - 8 + 1) * 186, 128)
        self.third = Dense(128, 128)
        self.output = Dense(128, labels)

    def __call__(self, features, training):
        x = _flat(_drop(self.first(_image(features)), training))
        x = _drop(self.second(x), training)
        return self.output(_drop(self.third(x), training))


class LowLatencySvdf(tf.Module):
    """1280 units, each the sum of two filters that are a product of one over columns and one over frames."""

    UNITS, RANK = 1280, 2

    def __init__(self, frames, columns, labels):
        super().__init__()
        filters = self.UNITS * self.RANK
        self.over_columns = _weights([columns, filters], name="over_columns")
        self.over_frames = _weights([frames, filters], name="over_frames")
        self.bias = tf.Variable(tf.zeros([self.UNITS]), name="bias")
        self.second = Dense(self.UNITS, 256)
        self.third = Dense(256, 256)
        self.output = Dense(256, labels)

    def __call__(self, features, training):
        filtered = tf.reduce_sum(tf.tensordot(features, self.over_columns, 1) * self.over_frames, axis=1)
        units = tf.reduce_sum(tf.reshape(filtered, [-1, self.UNITS, self.RANK]), axis=2)
        x = _drop(tf.nn.relu(units + self.bias), training)
        x = _drop(self.second(x), training)
        return self.output(_drop(self.third(x), training))


class TinyConv(tf.Module):
    """One small convolution: made for microcontrollers."""

    def __init__(self, frames, columns, labels):
        super().__init__()
        self.first = Convolution(10, 8, 1, 8, strides=2)
        self.output = Dense(_halved(frames) * _halved(columns) * 8, labels)

    def __call__(self, features, training):
        return self.output(_flat(_drop(self.first(_image(features)), training)))


class TinyEmbeddingConv(tf.Module):
    """Two small convolutions, the second with a long stride: the fewest weights."""

    def __init__(self, frames, columns, labels):
        super().__init__()
        self.first = Convolution(10, 8, 1, 8, strides=2)
        self.second = Convolution(10, 8, 8, 8, strides=8)
        remaining = math.ceil(_halved(frames) / 8) * math.ceil(_halved(columns) / 8)
        self.output = Dense(remaining * 8, labels)

    def __call__(self, features, training):
        x = _drop(self.first(_image(features)), training)
        return self.output(_flat(_drop(self.second(x), training)))


_CLASSES = {"single_fc": SingleFc, "conv": Conv, "low_latency_conv": LowLatencyConv,
            "low_latency_svdf": LowLatencySvdf, "tiny_conv": TinyConv, "tiny_embedding_conv": TinyEmbeddingConv}


def create(architecture, frames, columns, labels):
    """A new model with drawn weights. `labels`: their number."""
    return _CLASSES[architecture](frames, columns, labels)


def parameter_count(model):
    return sum(variable.shape.num_elements() for variable in model.trainable_variables)
