"""Writes the two SavedModels of the prediction benchmark: export.py FOLDER. `tiny` is a classifier of four numbers, where
a server's own work is all; `wide` is a network of 51 MB that takes some milliseconds, where batching and threads count.
FOLDER/models.json tells of each what calls it by the C library need."""
import json
import sys
from pathlib import Path

import tensorflow as tf
from tensorflow.python.saved_model import loader_impl

SIZES = {"tiny": [4, 8, 3], "wide": [64, 2048, 2048, 2048, 2048, 10]}


class Network(tf.Module):
    def __init__(self, sizes):
        source = tf.random.Generator.from_seed(1)
        self.layers = [(tf.Variable(source.normal([a, b]) / a ** 0.5), tf.Variable(source.normal([b])))
                       for a, b in zip(sizes, sizes[1:])]
        self.serve = tf.function(self.run, input_signature=[tf.TensorSpec([None, sizes[0]], tf.float32, "x")])

    def run(self, x):
        for weights, bias in self.layers[:-1]:
            x = tf.nn.relu(x @ weights + bias)
        weights, bias = self.layers[-1]
        return {"scores": tf.nn.softmax(x @ weights + bias)}


def main():
    folder, models = Path(sys.argv[1]), {}
    for name, sizes in SIZES.items():
        network = Network(sizes)
        tf.saved_model.save(network, folder / name, signatures=network.serve)
        [graph] = loader_impl.parse_saved_model(folder / name).meta_graphs
        signature = graph.signature_def["serving_default"]
        models[name] = {"values": sizes[0], "input": signature.inputs["x"].name,
                        "output": signature.outputs["scores"].name}
    (folder / "models.json").write_text(json.dumps(models))


if __name__ == "__main__":
    main()
