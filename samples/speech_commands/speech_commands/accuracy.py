"""How many commands of a stream were found: counted as the streaming test of 2017 does. Pure but for reading a file."""

import collections

from speech_commands.errors import Refusal

TIME_TOLERANCE_MS = 750
CORRECT, WRONG, FALSE_POSITIVE = "correct", "wrong", "false positive"

Word = collections.namedtuple("Word", "label time_ms")


class Tally:
    """`truth`: the Words that are in the stream."""

    def __init__(self, truth, tolerance_ms=TIME_TOLERANCE_MS):
        self._truth, self._tolerance_ms = sorted(truth, key=lambda word: word.time_ms), tolerance_ms
        self._matched = set()  # indices of _truth
        self._counts = collections.Counter()

    def add(self, label, time_ms):
        """Judges a command that was found; returns (CORRECT, WRONG or FALSE_POSITIVE; the Word it was matched with or
        None). It is matched with the first word within the tolerance; one that was taken already makes it wrong."""
        for index, word in enumerate(self._truth):
            if abs(word.time_ms - time_ms) <= self._tolerance_ms:
                verdict = CORRECT if word.label == label and index not in self._matched else WRONG
                self._matched.add(index)
                self._counts[verdict] += 1
                return verdict, word
        self._counts[FALSE_POSITIVE] += 1
        return FALSE_POSITIVE, None

    def summary(self, until_ms=float("inf")):
        """One line; the words are those up to `until_ms` and the tolerance, the percentages are of them."""
        words = sum(word.time_ms <= until_ms + self._tolerance_ms for word in self._truth)
        shares = [100.0 * count / max(1, words) for count in
                  (len(self._matched), self._counts[CORRECT], self._counts[WRONG], self._counts[FALSE_POSITIVE])]
        return "%.1f%% matched, %.1f%% correctly, %.1f%% wrongly, %.1f%% false positives (N=%d)" % (*shares, words)


def read_truth(path):
    """The Words in a file with a line `LABEL,MILLISECONDS` for each. Raises Refusal."""
    words = []
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    words.append(_word(line, path, number))
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("Cannot read %s (%s)." % (path, getattr(error, "strerror", None) or "not UTF-8"))
    return words


def _word(line, path, number):
    label, _, time = line.rpartition(",")
    try:
        time_ms = float(time)
    except ValueError:
        time_ms = -1.0
    if not label.strip() or not 0 <= time_ms < 1e12:
        raise Refusal("%s, line %d: must be LABEL,MILLISECONDS, such as yes,1500." % (path, number))
    return Word(label.strip(), time_ms)
