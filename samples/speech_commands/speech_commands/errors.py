"""How a program of this package ends when something is wrong: one sentence, no traceback."""

import sys


class Refusal(Exception):
    """A sentence for the user. `status` is the exit status: 1 for the world, 2 for a bad flag."""

    def __init__(self, sentence, status=1):
        super().__init__(sentence)
        self.status = status


def run(program, arguments):
    """Runs `program(arguments)` as a main: returns the exit status, prints a Refusal to stderr."""
    try:
        return program(arguments) or 0
    except Refusal as refusal:
        sys.stdout.flush()
        print("ERROR: %s" % refusal, file=sys.stderr, flush=True)
        return refusal.status
    except KeyboardInterrupt:
        return 130


def require_tensorflow():
    """Stops before anything is imported that an old TensorFlow would break. Returns the module."""
    import os
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # its C++ notices hide the log of the training
    try:
        import tensorflow
    except ImportError as error:
        raise Refusal("TensorFlow cannot be imported (%s): submit with --runtime-version 2.11 or newer, "
                      "or install tensorflow." % error)
    if version_of(tensorflow.__version__) < (2, 4):
        raise Refusal("This package needs TensorFlow 2.4 or newer and found %s: submit with "
                      "--runtime-version 2.11 or newer." % tensorflow.__version__)
    return tensorflow


def version_of(text):
    """(major, minor) of a version such as "2.19.1" or "2.4.0-rc1"."""
    return tuple(int(number) for number in text.split(".")[:2])
