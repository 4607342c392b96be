"""The evaluator of a cluster: judges every checkpoint the chief leaves in train_dir, and writes none of its own."""

import logging
import time

import tensorflow as tf

from speech_commands import input_data, program, training
from speech_commands.errors import Refusal

log = logging.getLogger("speech_commands")

_LOOK_SECONDS = 5
_PATIENCE_SECONDS = 3600  # between two checkpoints, or more with --replica_timeout_s


def follow(options, look_seconds=_LOOK_SECONDS):
    """Ends with the checkpoint of the last step. Raises Refusal when none comes for an hour."""
    parts = program.build(options)
    speech = input_data.load(options, parts.shape.clip_samples, ["validation"])
    if not speech.size("validation"):
        log.info("There are no clips for validation: the evaluator has nothing to do and ends")
        return
    summaries = training.Summaries(options.summaries_dir, "evaluation")
    last = sum(phase.steps for phase in options.phases)
    log.info("Waiting for checkpoints in %s up to step %d", options.train_dir, last)
    step, path = -1, None
    while step < last:
        step, path = _next(options, parts, path, look_seconds)
        batches = speech.ordered_batches("validation", options.batch_size)
        loss, accuracy, _ = parts.steps.judge(batches)
        summaries.add(step, loss, accuracy)
        summaries.flush()
        log.info("Step %d: Evaluated accuracy = %.1f%%, cross entropy %f (N=%d)", step, accuracy * 100, loss,
                 speech.size("validation"))
    summaries.close()


def _next(options, parts, judged, look_seconds):
    """Waits until the newest checkpoint is another than `judged`, a path, and restores it; returns (step, path)."""
    patience = max(_PATIENCE_SECONDS, options.replica_timeout_s)
    start = time.monotonic()
    while time.monotonic() - start < patience:
        path = tf.train.latest_checkpoint(options.train_dir)
        if path and path != judged:
            try:
                return parts.checkpoints.restore(path), path
            except Refusal:
                if path == tf.train.latest_checkpoint(options.train_dir):
                    raise
                continue  # the chief has made newer ones meanwhile and removed this one
        time.sleep(look_seconds)
    raise Refusal("No checkpoint came into %s for %d s: the chief has ended or cannot write there."
                  % (options.train_dir, patience))
