"""The clips of a run in memory, and batches of them.

Every clip that a part uses is decoded once and kept as int16; a batch is gathered from that table. Features
are not made here: they are part of the step.
"""

import collections
import contextlib
import logging

import numpy as np

from speech_commands import clips, download, wav
from speech_commands.errors import Refusal
from speech_commands.split import PARTS, RANDOM_SEED, SILENCE_INDEX, plan

log = logging.getLogger("speech_commands")

# clips, noise: int16 [batch, samples]; noise_gain: float32 [batch]; labels: int32 [batch]
Batch = collections.namedtuple("Batch", "clips noise noise_gain labels")


class SpeechSet:
    """`table`: int16 [clips + 1, samples], its last row silence; per part rows of it and labels."""

    def __init__(self, table, rows, labels, noise):
        self.table, self.rows, self.labels, self.noise = table, rows, labels, noise

    def size(self, part):
        return len(self.rows[part])

    def random_batches(self, options, seed):
        """Endless training batches: clips drawn with replacement, shifted, with noise."""
        rng = np.random.default_rng([RANDOM_SEED, seed])
        largest_shift = int(options.time_shift_ms * options.sample_rate / 1000)
        count = options.batch_size
        while True:
            chosen = rng.integers(self.size("training"), size=count)
            labels = self.labels["training"][chosen]
            shifts = rng.integers(-largest_shift, largest_shift, size=count) if largest_shift else np.zeros(count, int)
            gain = rng.uniform(0, options.background_volume, count)
            gain *= rng.uniform(size=count) < options.background_frequency
            yield self._batch(rng, self.rows["training"][chosen], labels, gain, shifts)

    def ordered_batches(self, part, size):
        """The whole part once, unshifted; only silence gets noise, the same in every pass."""
        rng = np.random.default_rng(RANDOM_SEED)
        for start in range(0, self.size(part), size):
            span = slice(start, start + size)
            labels = self.labels[part][span]
            yield self._batch(rng, self.rows[part][span], labels, np.zeros(len(labels)), np.zeros(len(labels), int))

    def _batch(self, rng, rows, labels, gain, shifts):
        """Silence is given noise of any loudness; shifts are in samples, positive to later."""
        batch = self.table[rows]
        for clip, shift in zip(batch, shifts):
            if shift > 0:
                clip[shift:] = clip[:-shift].copy()
                clip[:shift] = 0
            elif shift < 0:
                clip[:shift] = clip[-shift:].copy()
                clip[shift:] = 0
        noise = np.zeros_like(batch)
        if self.noise:
            gain = np.where(labels == SILENCE_INDEX, rng.uniform(size=len(labels)), gain)
            for out in noise:
                source = self.noise[rng.integers(len(self.noise))]
                start = rng.integers(len(source) - len(out) + 1)
                out[:] = source[start:start + len(out)]
        return Batch(batch, noise, gain.astype(np.float32), labels)


def load(options, samples, wanted=PARTS):
    """The SpeechSet that the flags ask for, with the `wanted` parts. `samples`: length of a clip. Raises Refusal."""
    with contextlib.closing(_source(options)) as source:
        plan_, noise = _planned(source, options)
        return _read(source, plan_, wanted, noise, options, samples)


def load_beside_workers(options, samples):
    """(SpeechSet without the clips for training, remote_input.TrainingClips), for a chief whose workers read those."""
    from speech_commands import remote_input
    with contextlib.closing(_source(options)) as source:
        plan_, noise = _planned(source, options)
        speech = _read(source, plan_, [part for part in PARTS if part != "training"], noise, options, samples)
        paths = sorted(set(plan_.clips("training")))
        rows, labels = _rows(plan_.parts["training"], paths)
        return speech, remote_input.TrainingClips(source.archive, source.places(paths), source.places(noise), rows,
                                                  labels)


def _source(options):
    source = clips.find(options.data_dir)
    if source is None:
        if not options.data_url:
            raise Refusal("--data_dir %s holds no clips (a folder of WAV files per word, or one .tar.gz of such)."
                          % options.data_dir)
        download.fetch(options.data_url, options.data_dir)
        source = clips.find(options.data_dir)
    return source


def _planned(source, options):
    """(the Plan of the set, paths of the noises)."""
    index = source.index()
    try:
        parts = plan(index.words, options.words, options)
    except KeyError as missing:
        raise Refusal("No clips of the wanted word \"%s\" in %s, which has: %s."
                      % (missing.args[0], options.data_dir, ", ".join(sorted(index.words)) or "none"))
    asked = {"training": 100, "validation": options.validation_percentage, "testing": options.testing_percentage}
    for part in PARTS:
        if asked[part] and not parts.parts[part]:
            raise Refusal("No clips for %s in %s: the set has too few speakers." % (part, options.data_dir))
    if not index.noise:
        log.warning("No background noise in %s: silence is digital silence, and no clip gets noise.", options.data_dir)
    log.info("%d clips for training, %d for validation, %d for testing; %d noises",
             *(len(parts.parts[part]) for part in PARTS), len(index.noise))
    return parts, index.noise


def _rows(items, paths):
    """(rows int64 [items], labels int32 [items]) of (path, label)s in a table of `paths` with silence after them."""
    row_of = {path: row for row, path in enumerate(paths)}
    row_of[None] = len(paths)
    return (np.array([row_of[path] for path, _ in items], np.int64), np.array([label for _, label in items], np.int32))


def _read(source, plan_, wanted, noise_paths, options, samples):
    """The SpeechSet of the `wanted` parts."""
    paths = sorted({path for part in wanted for path in plan_.clips(part)})
    row_of = {path: row for row, path in enumerate(paths)}
    table = np.zeros((len(paths) + 1, samples), np.int16)
    noise = []
    for path, data in source.read(paths + noise_paths):
        try:
            decoded = wav.samples(data, options.sample_rate)
        except ValueError as reason:
            raise Refusal("%s: %s." % (path, reason))
        if path in row_of:
            table[row_of[path], :len(decoded)] = decoded[:samples]
        elif len(decoded) < samples:
            raise Refusal("%s: background noise must be longer than a clip." % path)
        else:
            noise.append(decoded)
    rows, labels = {}, {}
    for part in wanted:
        rows[part], labels[part] = _rows(plan_.parts[part], paths)
    return SpeechSet(table, rows, labels, noise)
