"""The models of the benchmark, called as TensorFlow's guide to SavedModels says. MODELS names their folder."""
import os

import tensorflow as tf


class Network:
    def __init__(self, name):
        # What has been loaded must live as long as its signature.
        self.loaded = tf.saved_model.load(os.path.join(os.environ["MODELS"], name))
        self.serve = self.loaded.signatures["serving_default"]

    def scores(self, rows):
        """One list of scores for each row."""
        return self.serve(x=tf.constant(rows, tf.float32))["scores"].numpy().tolist()
