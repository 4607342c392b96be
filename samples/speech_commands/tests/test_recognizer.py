"""Commands out of scores, and how they are counted."""
import os
import tempfile
import unittest

from speech_commands import accuracy, errors
from speech_commands.accuracy import CORRECT, FALSE_POSITIVE, WRONG, Tally, Word
from speech_commands.recognizer import Recognizer

LABELS = ["_silence_", "_unknown_", "yes", "no"]


def heard(recognizer, *stretches):
    """[(label, time)] of what is recognised; a stretch is (label, until ms): its score is 0.97, every 100 ms."""
    found, time = [], 0
    for label, until in stretches:
        while time < until:
            command = recognizer.feed(time, LABELS, [0.97 if name == label else 0.01 for name in LABELS])
            if command:
                found.append((command.label, command.time_ms))
            time += 100
    return found


class Commands(unittest.TestCase):
    def test_a_word_is_one_command_when_its_average_is_above_the_threshold(self):
        # Six windows are averaged, those of 500 ms; five of them must be "yes" for 0.7.
        self.assertEqual([("yes", 1400), ("_silence_", 3400)],
                         heard(Recognizer(), ("_silence_", 1000), ("yes", 3000), ("_silence_", 4000)))
        self.assertEqual([("yes", 1200)],
                         heard(Recognizer(detection_threshold=0.4), ("_silence_", 1000), ("yes", 2000)))

    def test_a_blip_is_none(self):
        self.assertEqual([], heard(Recognizer(), ("_silence_", 1000), ("yes", 1200), ("_silence_", 3000)))

    def test_a_word_soon_after_another_is_suppressed_for_a_while(self):
        found = heard(Recognizer(), ("_silence_", 1000), ("yes", 2000), ("no", 4000))
        self.assertEqual([("yes", 1400), ("no", 3000)], found)
        found = heard(Recognizer(suppression_ms=0), ("_silence_", 1000), ("yes", 2000), ("no", 4000))
        self.assertEqual([("yes", 1400), ("no", 2400)], found)

    def test_after_silence_the_same_word_counts_again_and_at_once(self):
        found = heard(Recognizer(suppression_ms=500), ("yes", 1000), ("_silence_", 2000), ("yes", 3000))
        self.assertEqual(["yes", "_silence_", "yes"], [label for label, _ in found])
        self.assertEqual(2400, found[2][1])

    def test_a_few_windows_are_not_enough(self):
        recognizer = Recognizer()
        sure = [0.0, 0.0, 1.0, 0.0]
        self.assertEqual([None, None], [recognizer.feed(time, LABELS, sure) for time in (0, 200)])
        self.assertEqual(("yes", 210, 1.0), recognizer.feed(210, LABELS, sure))
        close = Recognizer()  # enough windows, but within less than a quarter of 500 ms
        self.assertEqual([None] * 5, [close.feed(time, LABELS, sure) for time in (0, 30, 60, 90, 120)])
        self.assertEqual("yes", close.feed(150, LABELS, sure).label)

    def test_time_does_not_go_back(self):
        recognizer = Recognizer()
        recognizer.feed(100, LABELS, [1, 0, 0, 0])
        with self.assertRaises(ValueError):
            recognizer.feed(99, LABELS, [1, 0, 0, 0])


class Counting(unittest.TestCase):
    TRUTH = [Word("yes", 1000), Word("no", 4000), Word("_unknown_", 7000), Word("yes", 10000)]

    def test_found_words_are_correct_wrong_or_false_positives(self):
        tally = Tally(self.TRUTH)
        for label, time, wanted in (("yes", 1750, CORRECT), ("yes", 1751, FALSE_POSITIVE), ("yes", 3250, WRONG),
                                    ("_unknown_", 6900, CORRECT), ("yes", 8500, FALSE_POSITIVE)):
            self.assertEqual(wanted, tally.add(label, time)[0], (label, time))
        self.assertEqual("75.0% matched, 50.0% correctly, 25.0% wrongly, 50.0% false positives (N=4)", tally.summary())

    def test_a_word_found_twice_is_wrong_the_second_time(self):
        tally = Tally(self.TRUTH)
        self.assertEqual([CORRECT, WRONG], [tally.add("yes", time)[0] for time in (900, 1100)])
        self.assertEqual("25.0% matched, 25.0% correctly, 25.0% wrongly, 0.0% false positives (N=4)", tally.summary())

    def test_words_that_were_not_reached_do_not_count(self):
        self.assertIn("(N=2)", Tally(self.TRUTH).summary(3500))
        self.assertIn("(N=0)", Tally([]).summary())

    def test_the_file_of_the_truth(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "truth.txt")

            def read(text):
                with open(path, "wb") as out:
                    out.write(text)
                return accuracy.read_truth(path)
            self.assertEqual([Word("yes", 1500.25), Word("_unknown_", 0)], read(b"yes,1500.25\n\n_unknown_, 0\n"))
            for text, part in ((b"yes 3\n", "line 1: must be LABEL,MILLISECONDS"), (b"yes,1\nno,\n", "line 2"),
                               (b"yes,-1\n", "line 1"), (b",5\n", "line 1"), (b"yes,nan\n", "line 1"),
                               (b"\xff\n", "not UTF-8")):
                with self.assertRaises(errors.Refusal) as refused:
                    read(text)
                self.assertIn(part, str(refused.exception))
            with self.assertRaisesRegex(errors.Refusal, "Cannot read"):
                accuracy.read_truth(path + ".none")


if __name__ == "__main__":
    unittest.main()
