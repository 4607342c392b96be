"""What survives a restart: checkpoints in train_dir, and the labels beside them. All may be on gs://."""

import logging
import os

import tensorflow as tf

from speech_commands.errors import Refusal

log = logging.getLogger("speech_commands")

_KEPT = 5


class Checkpoints:
    """Saves and restores model, optimizer and step under train_dir/<architecture>.ckpt-<step>."""

    def __init__(self, options, model, optimizer, labels):
        self._options, self._labels = options, labels
        self._labels_path = _join(options.train_dir, options.model_architecture + "_labels.txt")
        self._step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._model = tf.train.Checkpoint(model=model, step=self._step)
        self._optimizer = tf.train.Checkpoint(optimizer=optimizer)
        everything = tf.train.Checkpoint(model=model, optimizer=optimizer, step=self._step)
        self._manager = tf.train.CheckpointManager(everything, options.train_dir, max_to_keep=_KEPT,
                                                   checkpoint_name=options.model_architecture + ".ckpt")

    def resume(self):
        """The number of steps already done: 0 in a new train_dir. Raises Refusal where the checkpoint does not fit."""
        given = self._options.start_checkpoint
        path = (tf.train.latest_checkpoint(given) or given) if given else self._manager.latest_checkpoint
        if not path:
            return 0
        steps = self.restore(path)
        log.info("Resuming after step %d from %s; give an empty --train_dir to begin anew", steps, path)
        return steps

    def restore(self, path):
        """Model and optimizer are as in the checkpoint; returns its step. Raises Refusal where it does not fit."""
        if not tf.io.gfile.exists(path + ".index"):
            raise Refusal("There is no checkpoint %s." % path)
        architecture = self._options.model_architecture
        if not os.path.basename(path).startswith(architecture + ".ckpt"):
            raise Refusal("%s is not of the architecture %s: give another --train_dir." % (path, architecture))
        self._check_labels(os.path.dirname(path))
        try:
            self._model.restore(path).assert_existing_objects_matched().expect_partial()
            self._optimizer.restore(path).expect_partial()
        except (ValueError, AssertionError, tf.errors.OpError):
            raise Refusal("%s was made with other flags for the features or the labels: give another --train_dir."
                          % path)
        return int(self._step)

    def save(self, step):
        self._step.assign(step)
        path = self._manager.save(checkpoint_number=step)
        log.info("Saved %s", path)

    def write_labels(self):
        tf.io.gfile.makedirs(self._options.train_dir)
        with tf.io.gfile.GFile(self._labels_path, "w") as out:
            out.write("\n".join(self._labels) + "\n")

    def _check_labels(self, folder):
        path = _join(folder, os.path.basename(self._labels_path))
        if tf.io.gfile.exists(path):
            with tf.io.gfile.GFile(path, "r") as stored:
                labels = stored.read().split()
            if labels != self._labels:
                raise Refusal("%s was trained for other words (%s): give another --train_dir."
                              % (folder, ", ".join(labels)))


def _join(folder, name):
    return folder.rstrip("/") + "/" + name
