"""What the training can be told. The names and values are those of the 2017 sample, so old scripts work."""

import argparse
import collections

from speech_commands.errors import Parser, Refusal

DATA_URL = "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz"
WANTED_WORDS = "yes,no,up,down,left,right,on,off,stop,go"
ARCHITECTURES = ("single_fc", "conv", "low_latency_conv", "low_latency_svdf", "tiny_conv", "tiny_embedding_conv")
OPTIMIZERS = ("gradient_descent", "momentum", "adam")  # the last is not in the original
PREPROCESSORS = ("mfcc", "average")
VERBOSITIES = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")

LEARNING_RATES = ("0.001", "0.0001")

Phase = collections.namedtuple("Phase", "steps learning_rate")


def _truth(text):
    """A yes or no given as --flag, --flag=true, --flag=0 and so on."""
    lowered = text.lower()
    if lowered in ("true", "t", "yes", "1"):
        return True
    if lowered in ("false", "f", "no", "0", ""):
        return False
    raise argparse.ArgumentTypeError("must be true or false, not \"%s\"" % text)


def _parser():
    parser = Parser(prog="python -m speech_commands.train", allow_abbrev=False,
                    description="Trains a recogniser of single spoken words.")

    def add(name, default, text, kind=None, **more):
        parser.add_argument(name, default=default, type=kind or type(default), help=text + " (default: %(default)s)",
                            **more)

    def add_truth(name, text):
        parser.add_argument(name, nargs="?", const=True, default=False, type=_truth, help=text)

    add("--data_url", DATA_URL, "archive fetched when data_dir holds no clips; empty: never fetch")
    add("--data_dir", "/tmp/speech_dataset/", "the set: a folder per word, or one .tar.gz; may be gs://")
    add("--background_volume", 0.1, "largest gain of mixed-in noise, 0 to 1")
    add("--background_frequency", 0.8, "share of training clips with noise, 0 to 1")
    add("--silence_percentage", 10.0, "silent items added, per cent of the wanted clips")
    add("--unknown_percentage", 10.0, "clips of other words added, per cent of the wanted clips")
    add("--time_shift_ms", 100.0, "largest shift of a training clip either way, ms")
    add("--testing_percentage", 10, "speakers kept for the final test, per cent")
    add("--validation_percentage", 10, "speakers kept for validation, per cent")
    add("--sample_rate", 16000, "of the clips, Hz; others are refused")
    add("--clip_duration_ms", 1000, "clips are cut or padded to it, ms")
    add("--window_size_ms", 30.0, "length of an analysis window, ms")
    add("--window_stride_ms", 10.0, "distance of analysis windows, ms")
    parser.add_argument("--feature_bin_count", "--dct_coefficient_count", type=int, default=40,
                        help="features of a window (default: %(default)s)")
    add("--how_many_training_steps", "15000,3000", "steps of each phase, comma-separated")
    parser.add_argument("--learning_rate", help="rate of each phase, comma-separated (default: %s; the last for any "
                        "further phase)" % ",".join(LEARNING_RATES))
    add("--eval_step_interval", 400, "steps between validations")
    add("--batch_size", 100, "clips of a step")
    add("--wanted_words", WANTED_WORDS, "words to tell apart, comma-separated")
    parser.add_argument("--train_dir", help="checkpoints and labels; may be gs:// "
                        "(default: JOB_DIR/train, without a job dir /tmp/speech_commands_train)")
    parser.add_argument("--summaries_dir", help="what TensorBoard shows; may be gs:// "
                        "(default: JOB_DIR/summaries, without a job dir /tmp/retrain_logs)")
    parser.add_argument("--export_dir", help="the SavedModel; may be gs://; empty: none "
                        "(default: JOB_DIR/export, without a job dir /tmp/speech_commands_export)")
    add("--save_step_interval", 100, "steps between checkpoints")
    add("--start_checkpoint", "", "checkpoint to go on from, instead of the newest of train_dir")
    add("--model_architecture", "conv", "one of " + ", ".join(ARCHITECTURES))
    add("--optimizer", "gradient_descent", "gradient_descent, momentum or adam")
    add("--preprocess", "mfcc", "features: mfcc or average")
    add("--verbosity", "INFO", "least level that is logged")
    add("--replica_timeout_s", 300.0, "how long the replicas of a cluster wait for each other, s")
    add_truth("--check_nans", "stop when the loss is no longer a number")
    add_truth("--quantize", "not supported")
    parser.add_argument("--job-dir", "--job_dir", dest="job_dir", default="",
                        help="where a job keeps what should outlive it; set by the service")
    return parser


def parse(arguments):
    """(options, unknown arguments). Raises Refusal with status 2 for a bad value.

    Beside the flags, options has `words` (list), `phases` (list of Phase) and `job_dir`.
    """
    options, unknown = _parser().parse_known_args(arguments)
    _check_choices(options)
    _check_numbers(options)
    options.words = [word.strip().lower() for word in options.wanted_words.split(",") if word.strip()]
    if not options.words or len(set(options.words)) < len(options.words):
        raise Refusal("--wanted_words must name at least one word and none twice.", status=2)
    if options.learning_rate is None:
        phases = options.how_many_training_steps.count(",") + 1
        options.learning_rate = ",".join((LEARNING_RATES + LEARNING_RATES[-1:] * phases)[:phases])
    options.phases = _phases(options.how_many_training_steps, options.learning_rate)
    _set_directories(options)
    return options, unknown


def _check_choices(options):
    if options.quantize:
        raise Refusal("--quantize is not supported: train without it and quantise the exported model "
                      "with TensorFlow Lite.", status=2)
    if options.preprocess == "micro":
        raise Refusal("--preprocess micro needs the fixed-point front end of microcontrollers, which this package "
                      "has not: use mfcc or average.", status=2)
    for flag, known in (("model_architecture", ARCHITECTURES), ("optimizer", OPTIMIZERS),
                        ("preprocess", PREPROCESSORS), ("verbosity", VERBOSITIES)):
        value = getattr(options, flag)
        if value not in known:
            raise Refusal("--%s must be one of %s, not \"%s\"." % (flag, ", ".join(known), value), status=2)


def _check_numbers(options):
    for flag in ("sample_rate", "clip_duration_ms", "window_size_ms", "window_stride_ms", "feature_bin_count",
                 "eval_step_interval", "save_step_interval", "batch_size", "replica_timeout_s"):
        if not getattr(options, flag) > 0:
            raise Refusal("--%s must be above 0, not %s." % (flag, getattr(options, flag)), status=2)
    for flag, largest in (("background_volume", 1), ("background_frequency", 1), ("silence_percentage", 1e6),
                          ("unknown_percentage", 1e6), ("time_shift_ms", options.clip_duration_ms),
                          ("testing_percentage", 100), ("validation_percentage", 100)):
        if not 0 <= getattr(options, flag) <= largest:
            raise Refusal("--%s must be between 0 and %d, not %s." % (flag, largest, getattr(options, flag)), status=2)
    if options.testing_percentage + options.validation_percentage >= 100:
        raise Refusal("--testing_percentage and --validation_percentage leave nothing to train on.", status=2)
    if options.window_size_ms > options.clip_duration_ms:
        raise Refusal("--window_size_ms must not exceed --clip_duration_ms.", status=2)


def _phases(steps_text, rates_text):
    try:
        steps = [int(text) for text in steps_text.split(",")]
        rates = [float(text) for text in rates_text.split(",")]
    except ValueError:
        raise Refusal("--how_many_training_steps takes whole numbers and --learning_rate numbers, both separated by "
                      "commas.", status=2)
    if len(steps) != len(rates):
        raise Refusal("--how_many_training_steps has %d values and --learning_rate %d: give one rate for every phase."
                      % (len(steps), len(rates)), status=2)
    if min(steps) < 0 or not all(0 < rate < float("inf") for rate in rates):
        raise Refusal("--how_many_training_steps must not be negative and --learning_rate must be above 0.", status=2)
    return [Phase(*pair) for pair in zip(steps, rates)]


def _set_directories(options):
    """What a job writes lies below its job dir, so that nothing vanishes with the machine."""
    for flag, below, without_job in (("train_dir", "train", "/tmp/speech_commands_train"),
                                     ("summaries_dir", "summaries", "/tmp/retrain_logs"),
                                     ("export_dir", "export", "/tmp/speech_commands_export")):
        if getattr(options, flag) is None:
            job_dir = options.job_dir.rstrip("/")
            setattr(options, flag, job_dir + "/" + below if job_dir else without_job)
    for flag in ("data_dir", "train_dir", "summaries_dir"):
        if not getattr(options, flag):
            raise Refusal("--%s must not be empty." % flag, status=2)


def learning_rate_at(phases, step):
    """The rate of a step; steps count from 1."""
    for phase in phases:
        if step <= phase.steps:
            return phase.learning_rate
        step -= phase.steps
    return phases[-1].learning_rate
