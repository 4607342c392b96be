"""From the scores of many overlapping windows to commands: the smoothing of the sample of 2017. Pure."""

import collections

from speech_commands.split import SILENCE

AVERAGE_WINDOW_MS = 500
DETECTION_THRESHOLD = 0.7
SUPPRESSION_MS = 1500
MINIMUM_COUNT = 3

Command = collections.namedtuple("Command", "label time_ms score")


class Recognizer:
    """A word lies in many windows, and one in half of them is often taken for another: so scores are averaged over
    `average_window_ms`, a command must be above `detection_threshold`, differ from the one before, and not follow it
    within `suppression_ms` (silence does not count as one before). No answer from fewer than `minimum_count` windows, or
    from less than a quarter of the time to average over.
    """

    def __init__(self, average_window_ms=AVERAGE_WINDOW_MS, detection_threshold=DETECTION_THRESHOLD,
                 suppression_ms=SUPPRESSION_MS, minimum_count=MINIMUM_COUNT):
        self._average_window_ms, self._threshold = average_window_ms, detection_threshold
        self._suppression_ms, self._minimum_count = suppression_ms, minimum_count
        self._recent = collections.deque()  # (time in ms, scores)
        self._sums = []  # of the scores in _recent
        self._last = Command(SILENCE, float("-inf"), 0.0)

    def feed(self, time_ms, labels, scores):
        """Takes the scores of the window that begins at `time_ms`; times never go back. Returns a Command when one
        is recognised that was not before, else None. Silence is one too."""
        if self._recent and time_ms < self._recent[-1][0]:
            raise ValueError("a window of %d ms after one of %d ms" % (time_ms, self._recent[-1][0]))
        self._take(time_ms, scores)
        if len(self._recent) < self._minimum_count or time_ms - self._recent[0][0] < self._average_window_ms / 4:
            return None
        best = max(range(len(self._sums)), key=self._sums.__getitem__)
        command = Command(labels[best], time_ms, self._sums[best] / len(self._recent))
        if command.score <= self._threshold or command.label == self._last.label:
            return None
        if self._last.label != SILENCE and time_ms - self._last.time_ms <= self._suppression_ms:
            return None
        self._last = command
        return command

    def _take(self, time_ms, scores):
        self._recent.append((time_ms, scores))
        while self._recent[0][0] < time_ms - self._average_window_ms:
            self._recent.popleft()
        # Anew each time: sums that are kept up to date drift, and there are some twenty windows.
        self._sums = [sum(column) for column in zip(*(scores for _, scores in self._recent))]
