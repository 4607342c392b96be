"""Trains a recogniser of single spoken words: python -m speech_commands.train --help.

The order of work: flags, the replica's role, TensorFlow's version, the clips, the steps, the final test, the
export. Each can end the program with one sentence; only after the flags is TensorFlow loaded.

In a cluster with workers and parameter servers they serve the chief, which does all of the above and leaves the steps
to them; an evaluator judges the checkpoints. A chief without such a cluster does the steps itself.
"""

import logging
import sys

from speech_commands import cluster, errors, flags

log = logging.getLogger("speech_commands")


def main(arguments):
    options, unknown = flags.parse(arguments)
    role = cluster.role_from()
    if not (role.is_chief or role.kind == "evaluator" or role.kind in cluster.SERVING and role.shares):
        idle = role.idle() or "This program has nothing to do for %s" % role.kind
        sys.stderr.write("WARNING: %s; %s ends.\n" % (idle, role))
        return 0
    tf = errors.require_tensorflow()
    from speech_commands import program

    program.set_up_logging(options)
    if unknown:
        log.warning("Ignored unknown flags: %s", " ".join(unknown))
    log.info("TensorFlow %s; this is %s", tf.__version__, role)
    if role.kind in cluster.SERVING:
        from speech_commands import serving
        return serving.serve(role, options)
    if role.kind == "evaluator":
        from speech_commands import evaluation
        return evaluation.follow(options)
    return _train(tf, options, role)


def _train(tf, options, role):
    from speech_commands import export, program, training

    _make_folders(tf, options)
    if role.idle():
        log.warning("%s", role.idle())
    team = _team(options, role)
    parts = program.build(options)
    log.info("%s has %d parameters; features are %d x %d", options.model_architecture,
             program.models.parameter_count(parts.model), parts.shape.frames, parts.shape.columns)
    speech, work = _input(options, parts, team)
    run = training.Run(options, speech, work, parts)
    run.train()
    if speech.size("testing"):
        run.test()
    if options.export_dir:
        export.write(parts.model, parts.shape, parts.labels, options.export_dir)


def _team(options, role):
    """The shared.Team of a chief with a cluster, else None."""
    if not role.shares:
        return None
    from speech_commands import shared
    return shared.Team(role, options)


def _input(options, parts, team):
    """(SpeechSet for validation and testing at least, what does the steps)."""
    from speech_commands import input_data, training
    if team is None:
        speech = input_data.load(options, parts.shape.clip_samples)
        return speech, training.Alone(options, speech, parts.steps)
    from speech_commands import shared
    speech, clips = input_data.load_beside_workers(options, parts.shape.clip_samples)
    return speech, shared.Together(team, options, parts, clips)


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
