"""What a worker is told: the words after its folder."""
import argparse

KINDS = ("scikit-learn", "xgboost", "pytorch", "onnx", "routine")


def parse(words):
    parser = argparse.ArgumentParser(prog="mlengine-worker")
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--model-dir", required=True, help="with the files of the version")
    parser.add_argument("--prediction-class", default="", help="module.Class, of a routine")
    parser.add_argument("--packages", default="", help="folder with the version's packages, each in one of its number")
    parser.add_argument("--environments", default="", help="where environments with packages are made")
    parser.add_argument("--runtime", default="", help="tells one state of the runtime from another")
    parser.add_argument("--limit", type=float, default=60, help="seconds that one prediction may run")
    return parser.parse_args(words)
