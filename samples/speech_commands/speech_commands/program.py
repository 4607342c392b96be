"""What train and export have in common: the log, the machine, and the parts a run is built of."""

import collections
import logging
import sys

import tensorflow as tf

from speech_commands import mel, models, steps
from speech_commands.checkpoints import Checkpoints
from speech_commands.errors import Refusal
from speech_commands.split import RANDOM_SEED, label_names

Parts = collections.namedtuple("Parts", "model optimizer shape labels steps checkpoints")

_LEVELS = {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARN": logging.WARNING, "ERROR": logging.ERROR,
           "FATAL": logging.CRITICAL}


def set_up_logging(options):
    """One line per message, flushed at once. The service takes stderr for errors, so progress goes to stdout."""
    progress = logging.StreamHandler(sys.stdout)
    progress.addFilter(lambda record: record.levelno < logging.WARNING)
    trouble = logging.StreamHandler(sys.stderr)
    trouble.setLevel(logging.WARNING)
    trouble.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    log = logging.getLogger("speech_commands")
    log.handlers, log.propagate = [progress, trouble], False
    log.setLevel(_LEVELS[options.verbosity])


def build(options):
    """The Parts that the flags ask for, with freshly drawn weights."""
    tf.random.set_seed(RANDOM_SEED)
    try:
        shape = mel.geometry(options)
    except ValueError as reason:
        raise Refusal(str(reason), status=2)
    labels = label_names(options.words)
    architecture = options.model_architecture
    if architecture == "low_latency_conv" and shape.columns < 8:
        raise Refusal("--model_architecture low_latency_conv needs a --feature_bin_count of 8 or more.", status=2)
    model = models.create(architecture, shape.frames, shape.columns, len(labels))
    optimizer = steps.optimizer(options.optimizer, model.trainable_variables)
    checkpoints = Checkpoints(options, model, optimizer, labels)
    return Parts(model, optimizer, shape, labels, steps.Steps(model, optimizer, shape, len(labels)), checkpoints)
