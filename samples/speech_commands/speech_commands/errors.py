"""How a program of this package ends when something is wrong: one sentence, no traceback.

This module, flags, cluster and the mains stay within the grammar of Python 2.7, for under an old runtime version they
are what says which one fits.
"""

import argparse
import re
import sys

OLDEST_TENSORFLOW = (2, 4)
FITTING = "submit with --runtime-version 2.19"


class Refusal(Exception):
    """A sentence for the user. `status` is the exit status: 1 for the world, 2 for a bad flag."""

    def __init__(self, sentence, status=1):
        Exception.__init__(self, sentence)
        self.status = status


class Parser(argparse.ArgumentParser):
    """Of the flags of a main: a bad one is a Refusal."""

    def error(self, message):
        raise Refusal(message[0].upper() + message[1:] + ".", status=2)


def run(program, arguments):
    """Runs `program(arguments)` as a main: returns the exit status, prints a Refusal to stderr."""
    try:
        require_python()
        return program(arguments) or 0
    except Refusal as refusal:
        sys.stdout.flush()
        sys.stderr.write("ERROR: %s\n" % refusal)
        sys.stderr.flush()
        return refusal.status
    except KeyboardInterrupt:
        return 130


def require_python(version=sys.version_info):
    if version < (3, 7):
        raise Refusal("This package needs Python 3.7 or newer and found %d.%d: %s." % (version[0], version[1], FITTING))


def require_tensorflow():
    """Stops before anything is imported that an old TensorFlow would break. Returns the module."""
    import os
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # its C++ notices hide the log of the training
    try:
        import tensorflow
    except ImportError as error:
        raise Refusal("TensorFlow cannot be imported (%s): %s, or install tensorflow where you run it yourself."
                      % (error, FITTING))
    if version_of(tensorflow.__version__) < OLDEST_TENSORFLOW:
        raise Refusal("This package needs TensorFlow %d.%d or newer and found %s: %s."
                      % (OLDEST_TENSORFLOW + (tensorflow.__version__, FITTING)))
    return tensorflow


def reason_of(text):
    """What a model says is wrong with its input, without the words that TensorFlow puts around it."""
    said = re.split(r"\n\t ?\[\[|\[\[\{\{node", text.strip())[0].strip()
    last = said.splitlines()[-1].strip() if said else "no reason given"
    checked = re.search(r"assertion failed: \[(.*)\]", last)
    return checked.group(1) if checked else last


def version_of(text):
    """(major, minor) of a version such as "2.19.1" or "2.4.0-rc1"."""
    return tuple(int(number) for number in text.split(".")[:2])
