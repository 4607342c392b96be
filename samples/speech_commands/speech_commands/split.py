"""Which part of the set a clip belongs to, and what the labels are. Pure: names in, names out."""

import hashlib
import math
import random
import re

SILENCE = "_silence_"
UNKNOWN = "_unknown_"
SILENCE_INDEX = 0
UNKNOWN_INDEX = 1
BACKGROUND_NOISE = "_background_noise_"
PARTS = ("training", "validation", "testing")
RANDOM_SEED = 59185  # of the choice and the order of clips; another number is another experiment

_LARGEST = 2 ** 27 - 1


def label_names(wanted_words):
    """The labels in the order of a model's scores."""
    return [SILENCE, UNKNOWN] + list(wanted_words)


def part_of(path, validation_percentage, testing_percentage):
    """The part of one clip, from its name alone.

    Everything from "_nohash_" on is left out, so all clips of a speaker are in one part, and a clip never
    moves when others come or go.
    """
    name = path.rstrip("/").rsplit("/", 1)[-1]
    key = re.sub(r"_nohash_.*$", "", name)
    digest = int(hashlib.sha1(key.encode("utf-8")).hexdigest(), 16)
    percent = digest % (_LARGEST + 1) * (100.0 / _LARGEST)
    if percent < validation_percentage:
        return "validation"
    if percent < validation_percentage + testing_percentage:
        return "testing"
    return "training"


class Plan:
    """What to load and in which order: {part: [(clip or None, label index)]}; None is silence."""

    def __init__(self, parts):
        self.parts = parts

    def clips(self, part):
        return [clip for clip, _ in self.parts[part] if clip is not None]


def plan(clips_of_word, wanted_words, options):
    """Divides a set.

    `clips_of_word`: {word: [path]}; `options`: validation_percentage, testing_percentage,
    silence_percentage and unknown_percentage, the last two per cent of the wanted clips of a part.
    Raises KeyError with the word if a wanted word has no clips.
    """
    rng = random.Random(RANDOM_SEED)
    wanted = {part: [] for part in PARTS}
    unknown = {part: [] for part in PARTS}
    index_of = {word: index for index, word in enumerate(label_names(wanted_words))}
    for word in wanted_words:
        if not clips_of_word.get(word):
            raise KeyError(word)
    for word in sorted(clips_of_word):
        for path in sorted(clips_of_word[word]):
            part = part_of(path, options.validation_percentage, options.testing_percentage)
            if word in index_of:
                wanted[part].append((path, index_of[word]))
            else:
                unknown[part].append((path, UNKNOWN_INDEX))
    parts = {}
    for part in PARTS:
        count = len(wanted[part])
        rng.shuffle(unknown[part])
        items = wanted[part] + unknown[part][:math.ceil(count * options.unknown_percentage / 100)]
        items += [(None, SILENCE_INDEX)] * math.ceil(count * options.silence_percentage / 100)
        rng.shuffle(items)
        parts[part] = items
    return Plan(parts)
