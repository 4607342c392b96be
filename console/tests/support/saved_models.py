"""SavedModels that TensorFlow writes: saved_models.py FOLDER. FOLDER/whole is there when all are."""

import sys
from pathlib import Path

import tensorflow as tf

out = Path(sys.argv[1])


class Sounds(tf.Module):
    """Labels with scores for the bytes of files; the longer a file is, the surer it is of the last label."""

    def __init__(self, labels):
        self.labels = tf.constant(labels)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "audio_bytes")])
    def __call__(self, audio_bytes):
        length = tf.cast(tf.strings.length(audio_bytes), tf.float32)
        logits = length[:, tf.newaxis] * tf.constant([[0.0, 1e-5, 5e-5]])
        labels = tf.repeat(self.labels[tf.newaxis, :], tf.shape(audio_bytes)[0], axis=0)
        return {"labels": labels, "scores": tf.nn.softmax(logits)}


class Roots(tf.Module):
    """Of negative numbers the root is not a number."""

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, "x")])
    def __call__(self, x):
        return {"root": tf.sqrt(x[:, 0]), "sum": tf.reduce_sum(x, axis=1)}


class Slow(tf.Module):
    """Takes some hundredths of a second for a call, however many numbers it has."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, "n")])
    def __call__(self, n):
        steps = tf.while_loop(lambda i: i < 10000, lambda i: [i + 1], [tf.constant(0)], parallel_iterations=1)[0]
        return {"n": n, "steps": tf.fill(tf.shape(n), steps)}


for name, module in (
    ("sounds_1", Sounds(["yes", "no", "up"])),
    ("sounds_2", Sounds(["left", "right", "stop"])),
    ("roots", Roots()),
    ("slow", Slow()),
):
    tf.saved_model.save(module, str(out / name), signatures=module.__call__)
(out / "whole").touch()
