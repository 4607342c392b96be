"""Listens to a long WAV file through a served model, and prints the commands in it with their times.

    python -m speech_commands.stream --wav LONG.wav --model MODEL [--version V] [--ground_truth LONG.txt]
    arecord -q -f S16_LE -r 16000 -c 1 | python -m speech_commands.stream --wav - --model MODEL

A window of one clip slides over the sound; many windows go in one request, and their scores are smoothed into commands
(speech_commands.recognizer). It is a client: it needs neither TensorFlow nor numpy. With --saved_model the model is
loaded into this process instead. --ground_truth names a file that speech_commands.make_stream wrote; the commands are
then held against it.
"""

import collections
import concurrent.futures
import contextlib
import sys
import time

from speech_commands import accuracy, errors, recognizer, served, wav
from speech_commands.split import SILENCE

Window = collections.namedtuple("Window", "time_ms pcm")


def windows(file, options):
    """Yields a Window for each place of the clip, as the sound comes in. Raises Refusal for what is no such sound."""
    try:
        left = wav.begin(file, options.sample_rate)
    except ValueError as reason:
        raise errors.Refusal("%s: %s." % (options.wav, reason))
    whole = 2 * int(options.sample_rate * options.clip_duration_ms / 1000)
    stride = 2 * max(1, int(options.sample_rate * options.clip_stride_ms / 1000))
    heard, position = bytearray(), 0
    wanted = whole
    while True:
        piece = file.read(min(wanted, left))
        left -= len(piece)
        heard += piece
        if len(heard) < whole:
            if not piece:
                break
            wanted = whole - len(heard)
            continue
        yield Window(position // 2 * 1000.0 / options.sample_rate, bytes(heard[:whole]))
        del heard[:stride]
        position += stride
        wanted = whole - len(heard)
    if not position:
        raise errors.Refusal("%s: lasts less than one clip, %d ms." % (options.wav, options.clip_duration_ms))


def answered(found, model, options):
    """Yields (Window, labels, scores) for each of the Windows `found`, in order; some requests are under way at once."""
    most = served.most_files(len(wav.file_of(b"", options.sample_rate)) + 2 * int(
        options.sample_rate * options.clip_duration_ms / 1000))
    count = min(options.windows_per_request, most)
    with concurrent.futures.ThreadPoolExecutor(model.at_once) as pool:
        asked = collections.deque()
        for batch in _batches(found, count):
            files = [wav.file_of(window.pcm, options.sample_rate) for window in batch]
            asked.append((batch, pool.submit(model.ask, files)))
            while len(asked) > model.at_once:
                yield from _unpacked(*asked.popleft())
        while asked:
            yield from _unpacked(*asked.popleft())


def _batches(found, count):
    batch = []
    for window in found:
        batch.append(window)
        if len(batch) == count:
            yield batch
            batch = []
    if batch:
        yield batch


def _unpacked(batch, future):
    labels, scores = future.result()
    for window, row in zip(batch, scores):
        yield window, labels, row


class Listener:
    """Prints commands as they are found, and at the end what there was. `tally`: an accuracy.Tally or None."""

    def __init__(self, options, tally):
        self._smooth = recognizer.Recognizer(options.average_window_ms, options.detection_threshold,
                                             options.suppression_ms, options.minimum_count)
        self._tally, self._start = tally, time.monotonic()
        self._count, self._until_ms = 0, 0.0

    def take(self, window, labels, scores):
        self._count, self._until_ms = self._count + 1, window.time_ms
        command = self._smooth.feed(window.time_ms, labels, scores)
        if command and command.label != SILENCE:
            print("%9.3f s  %-10s %.2f%s" % (command.time_ms / 1000, command.label, command.score,
                                             self._verdict(command)), flush=True)

    def close(self):
        seconds = max(1e-3, time.monotonic() - self._start)
        print("%d windows up to %.1f s, in %.1f s: %.0f windows/s" % (self._count, self._until_ms / 1000, seconds,
                                                                      self._count / seconds))
        if self._tally:
            print(self._tally.summary(self._until_ms))

    def _verdict(self, command):
        if not self._tally:
            return ""
        verdict, word = self._tally.add(command.label, command.time_ms)
        return "  %s%s" % (verdict, ": %s at %.3f s" % (word.label, word.time_ms / 1000)
                           if verdict == accuracy.WRONG else "")


def _parser():
    parser = errors.Parser(prog="python -m speech_commands.stream", description=__doc__.split("\n")[0],
                           allow_abbrev=False)

    def add(name, default, text):
        parser.add_argument(name, default=default, type=type(default), help=text + " (default: %(default)s)")

    parser.add_argument("--wav", required=True, help="16-bit PCM, mono; - reads standard input, as it comes")
    parser.add_argument("--model", default="", help="name of a model that an engine serves")
    parser.add_argument("--version", default="", help="its version (default: the model's default)")
    parser.add_argument("--endpoint", default="", help="the engine (default: MLENGINE_ENDPOINT, else the one here)")
    parser.add_argument("--project", default="", help="(default: MLENGINE_PROJECT, else default)")
    parser.add_argument("--saved_model", default="", help="an export_dir, instead of a served model; may be gs://")
    parser.add_argument("--ground_truth", default="", help="the words in it, a line LABEL,MILLISECONDS for each")
    add("--sample_rate", 16000, "of the sound, Hz")
    add("--clip_duration_ms", 1000, "length of a window: that of the clips of the training, ms")
    add("--clip_stride_ms", 30.0, "distance of windows, ms")
    add("--average_window_ms", recognizer.AVERAGE_WINDOW_MS, "scores are averaged over it, ms")
    add("--detection_threshold", recognizer.DETECTION_THRESHOLD, "least averaged score of a command, 0 to 1")
    add("--suppression_ms", recognizer.SUPPRESSION_MS, "least time between two commands, ms")
    add("--minimum_count", recognizer.MINIMUM_COUNT, "least windows to average over")
    add("--time_tolerance_ms", accuracy.TIME_TOLERANCE_MS, "how far a command may be from its word, ms")
    add("--windows_per_request", 32, "at most; for a live sound it is also the delay, in strides")
    return parser


def parse(arguments):
    """The options. Raises Refusal with status 2 for a bad value."""
    options = _parser().parse_args(arguments)
    for flag in ("sample_rate", "clip_duration_ms", "clip_stride_ms", "minimum_count", "windows_per_request"):
        if not 0 < getattr(options, flag) < 1e6:
            raise errors.Refusal("--%s must be above 0 and below a million." % flag, status=2)
    for flag in ("average_window_ms", "suppression_ms", "time_tolerance_ms"):
        if getattr(options, flag) < 0:
            raise errors.Refusal("--%s must not be negative." % flag, status=2)
    if options.clip_stride_ms > options.clip_duration_ms:
        raise errors.Refusal("--clip_stride_ms must not exceed --clip_duration_ms.", status=2)
    if not 0 <= options.detection_threshold <= 1:
        raise errors.Refusal("--detection_threshold must be between 0 and 1.", status=2)
    if bool(options.model) == bool(options.saved_model):
        raise errors.Refusal("Give either --model, the name of a served model, or --saved_model, a folder.", status=2)
    return options


def _model(options):
    if options.model:
        return served.Served(options.model, options.version, options.project, options.endpoint)
    from speech_commands import saved
    model = saved.Saved(options.saved_model)
    if model.sample_rate != options.sample_rate:
        raise errors.Refusal("%s takes %d Hz: give --sample_rate." % (options.saved_model, model.sample_rate))
    return model


def main(arguments):
    options = parse(arguments)
    truth = accuracy.read_truth(options.ground_truth) if options.ground_truth else None
    try:
        file = sys.stdin.buffer if options.wav == "-" else open(options.wav, "rb")
    except OSError as error:
        raise errors.Refusal("Cannot read %s (%s)." % (options.wav, error.strerror))
    with file, contextlib.closing(_model(options)) as model:
        listener = Listener(options, accuracy.Tally(truth, options.time_tolerance_ms) if truth is not None else None)
        try:
            for window, labels, scores in answered(windows(file, options), model, options):
                listener.take(window, labels, scores)
        except KeyboardInterrupt:
            pass  # a live sound has no other end
        listener.close()


if __name__ == "__main__":
    sys.exit(errors.run(main, sys.argv[1:]))
