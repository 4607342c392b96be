"""Trains a recogniser of single spoken words: python -m speech_commands.train --help.

The order of work: flags, the replica's role, TensorFlow's version, the clips, the steps, the final test, the
export. Each can end the program with one sentence; only after the flags is TensorFlow loaded.
"""

import logging
import sys

from speech_commands import cluster, errors, flags

log = logging.getLogger("speech_commands")


def main(arguments):
    options, unknown = flags.parse(arguments)
    role = cluster.role_from()
    if not role.is_chief:
        sys.stderr.write("WARNING: This program trains on one replica: %s has nothing to do and ends.\n" % role)
        return 0
    tf = errors.require_tensorflow()
    from speech_commands import export, input_data, program, training

    program.set_up_logging(options)
    if unknown:
        log.warning("Ignored unknown flags: %s", " ".join(unknown))
    log.info("TensorFlow %s; this is %s", tf.__version__, role)
    _make_folders(tf, options)
    parts = program.build(options)
    log.info("%s has %d parameters; features are %d x %d", options.model_architecture,
             program.models.parameter_count(parts.model), parts.shape.frames, parts.shape.columns)
    speech = input_data.load(options, parts.shape.clip_samples)
    run = training.Run(options, speech, parts.steps, parts.checkpoints, parts.labels)
    run.train()
    if speech.size("testing"):
        run.test()
    if options.export_dir:
        export.write(parts.model, parts.shape, parts.labels, options.export_dir)


def _make_folders(tf, options):
    """Before the clips are read, so that a place nobody can write to costs no time."""
    for flag in ("train_dir", "summaries_dir"):
        try:
            tf.io.gfile.makedirs(getattr(options, flag))
        except tf.errors.OpError as error:
            reason = str(error.message or error).splitlines()[0][:200]
            raise errors.Refusal("Cannot write to --%s %s (%s)." % (flag, getattr(options, flag), reason))


if __name__ == "__main__":
    sys.exit(errors.run(main, sys.argv[1:]))
