"""Makes a long WAV file of spoken words at random times over background noise, and the list of what is in it.

    python -m speech_commands.make_stream --data_dir WORDS --output STREAM.wav

STREAM.txt has a line LABEL,MILLISECONDS for each word: when its clip begins. By default the words are those that a
training keeps for its final test. Needs neither TensorFlow nor numpy; the same set and seed give the same bytes.
"""

import array
import os
import random
import sys

from speech_commands import errors, wav
from speech_commands.flags import WANTED_WORDS
from speech_commands.split import BACKGROUND_NOISE, UNKNOWN, part_of

_LONGEST_SECONDS = 36000  # of samples in memory
_FADE_SECONDS = 0.02  # at both ends of a clip, for it brings a noise of its own
_NOISE_SECONDS = (5.0, 15.0)  # for how long one noise is heard


def draw_words(clips, options, rng):
    """[(label, path, first sample)] in the order of time. `clips`: {label: [path]}."""
    clip = options.sample_rate * options.clip_duration_ms // 1000
    gap = options.sample_rate * options.word_gap_ms // 1000
    wanted = sorted(label for label in clips if label != UNKNOWN)
    words, position = [], rng.randint(gap // 2, gap)
    while position + clip + gap // 2 <= options.sample_rate * options.seconds:
        is_unknown = UNKNOWN in clips and rng.uniform(0, 100) < options.unknown_percentage
        label = UNKNOWN if is_unknown else rng.choice(wanted)
        words.append((label, rng.choice(clips[label]), position))
        position += clip + rng.randint(gap // 2, gap + gap // 2)
    return words


def background(noises, options, rng):
    """All samples of the stream, floats: one noise after the other, each at a loudness of its own."""
    total = options.sample_rate * options.seconds
    out = array.array("f", bytes(4 * total))
    position = 0
    while position < total and noises:
        noise, gain = rng.choice(noises), rng.uniform(0, options.background_volume)
        count = min(total - position, int(rng.uniform(*_NOISE_SECONDS) * options.sample_rate))
        start = rng.randrange(len(noise))
        for index in range(count):
            out[position + index] = gain * noise[(start + index) % len(noise)]
        position += count
    return out


def lay(out, samples, position, fade):
    """Adds the samples of a word to those of the stream."""
    last = len(samples) - 1
    for index, sample in enumerate(samples[:len(out) - position]):
        out[position + index] += sample * min(1.0, (index + 1) / fade, (last - index + 1) / fade)


def find_clips(options):
    """({label: [path]}, [path of a noise]); raises Refusal where the set has none of a wanted word."""
    clips, noises = {}, []
    for folder in _names(options.data_dir):
        paths = [os.path.join(options.data_dir, folder, name) for name in _names(os.path.join(options.data_dir, folder))
                 if name.lower().endswith(".wav")]
        if folder == BACKGROUND_NOISE:
            noises = paths
        elif not folder.startswith("_"):
            label = folder.lower() if folder.lower() in options.words else UNKNOWN
            clips.setdefault(label, []).extend(path for path in paths if options.part in ("all", part_of(
                path, options.validation_percentage, options.testing_percentage)))
    missing = [word for word in options.words if not clips.get(word)]
    if missing:
        raise errors.Refusal("No clips for %s of \"%s\" in %s." % (options.part, missing[0], options.data_dir))
    return {label: paths for label, paths in clips.items() if paths}, noises


def _names(folder):
    """What is in a folder, sorted; nothing for a plain file."""
    try:
        return sorted(os.listdir(folder))
    except NotADirectoryError:
        return []
    except OSError as error:
        raise errors.Refusal("Cannot read %s (%s)." % (folder, error.strerror))


def _samples(path, sample_rate):
    try:
        with open(path, "rb") as file:
            body = file.read(wav.begin(file, sample_rate))
    except ValueError as reason:
        raise errors.Refusal("%s: %s." % (path, reason))
    samples = array.array("h", body[:len(body) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def make(options):
    """Writes both files; returns how many words there are."""
    clips, noise_paths = find_clips(options)
    rng = random.Random(options.seed)
    words = draw_words(clips, options, rng)
    if not words:
        raise errors.Refusal("--seconds %d has no room for a word." % options.seconds, status=2)
    noises = [noise for noise in (_samples(path, options.sample_rate) for path in noise_paths) if noise]
    out = background(noises, options, rng)
    clip = options.sample_rate * options.clip_duration_ms // 1000
    for _, path, position in words:
        lay(out, _samples(path, options.sample_rate)[:clip], position, max(1, int(_FADE_SECONDS * options.sample_rate)))
    pcm = array.array("h", (max(-32768, min(32767, int(sample))) for sample in out))
    if sys.byteorder == "big":
        pcm.byteswap()
    _write(options.output, wav.file_of(pcm.tobytes(), options.sample_rate))
    lines = ["%s,%.3f\n" % (label, 1000.0 * position / options.sample_rate) for label, _, position in words]
    _write(truth_path(options.output), "".join(lines).encode("utf-8"))
    return len(words)


def truth_path(output):
    return os.path.splitext(output)[0] + ".txt"


def _write(path, data):
    try:
        with open(path + ".part", "wb") as out:
            out.write(data)
        os.replace(path + ".part", path)
    except OSError as error:
        raise errors.Refusal("Cannot write %s (%s)." % (path, error.strerror))


def parse(arguments):
    """The options, with `words`. Raises Refusal with status 2 for a bad value."""
    parser = errors.Parser(prog="python -m speech_commands.make_stream", description=__doc__.split("\n")[0],
                           allow_abbrev=False)

    def add(name, default, text, **more):
        parser.add_argument(name, default=default, type=type(default), help=text + " (default: %(default)s)", **more)

    parser.add_argument("--data_dir", required=True, help="the set: a folder per word")
    parser.add_argument("--output", required=True, help="the WAV file; the list goes beside it, as .txt")
    add("--seconds", 600, "length of the stream")
    add("--word_gap_ms", 2000, "mean silence between two words; it varies by half of it, ms")
    add("--wanted_words", WANTED_WORDS, "words with a label of their own, comma-separated")
    add("--unknown_percentage", 10.0, "share of other words, labelled " + UNKNOWN)
    add("--background_volume", 0.1, "largest gain of the noise, 0 to 1")
    add("--part", "testing", "speakers: testing, validation, training or all",
        choices=["testing", "validation", "training", "all"])
    add("--validation_percentage", 10, "as in the training, per cent")
    add("--testing_percentage", 10, "as in the training, per cent")
    add("--sample_rate", 16000, "of the set, Hz")
    add("--clip_duration_ms", 1000, "a longer clip is cut to it, ms")
    add("--seed", 1, "another one gives another stream")
    options = parser.parse_args(arguments)
    options.words = [word.strip().lower() for word in options.wanted_words.split(",") if word.strip()]
    for flag, least, most in (("seconds", 1, _LONGEST_SECONDS), ("word_gap_ms", 0, 1e6), ("unknown_percentage", 0, 100),
                              ("background_volume", 0, 1), ("sample_rate", 1, 1e6), ("clip_duration_ms", 1, 1e6)):
        if not least <= getattr(options, flag) <= most:
            raise errors.Refusal("--%s must be between %d and %d." % (flag, least, most), status=2)
    if not options.words:
        raise errors.Refusal("--wanted_words must name at least one word.", status=2)
    if not options.output.lower().endswith(".wav"):
        raise errors.Refusal("--output must end with .wav.", status=2)
    for path in (options.output, truth_path(options.output)):
        if os.path.exists(path):
            raise errors.Refusal("%s exists already: remove it or choose another --output." % path)
    return options


def main(arguments):
    options = parse(arguments)
    count = make(options)
    print("%s: %d words in %d s; what they are: %s" % (options.output, count, options.seconds,
                                                       truth_path(options.output)))


if __name__ == "__main__":
    sys.exit(errors.run(main, sys.argv[1:]))
