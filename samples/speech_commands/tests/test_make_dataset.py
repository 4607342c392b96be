"""The made data set: its layout, and that a seed gives the same bytes."""
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

MAKE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "make_dataset")
MISSING = [tool for tool in ("espeak-ng", "flite", "sox") if not shutil.which(tool)]


def load():
    loader = importlib.machinery.SourceFileLoader("make_dataset", MAKE)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_dataset", loader))
    loader.exec_module(module)
    return module


def make(*arguments):
    return subprocess.run([sys.executable, MAKE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tree(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as clip:
                found[os.path.relpath(os.path.join(path, name), folder)] = clip.read()
    return found


class Speakers(unittest.TestCase):
    def test_every_ten_hold_one_for_testing_and_one_for_validation(self):
        module = load()
        parts = [module.part_of(module.draw_speaker(7, number)["id"]) for number in range(40)]
        self.assertEqual([4, 4, 32], [parts.count(part) for part in ("testing", "validation", "training")])

    def test_the_rule_of_the_parts_is_that_of_the_training(self):
        from speech_commands import split
        module = load()
        for number in range(50):
            name = "%08x" % number
            self.assertEqual(split.part_of(name + "_nohash_0.wav", 10, 10), module.part_of(name))

    def test_a_seed_gives_the_same_speakers_and_another_one_others(self):
        module = load()
        self.assertEqual(module.draw_speaker(1, 5), module.draw_speaker(1, 5))
        self.assertNotEqual(module.draw_speaker(1, 5)["id"], module.draw_speaker(2, 5)["id"])


@unittest.skipIf(MISSING, "not installed: " + ", ".join(MISSING))
class Set(unittest.TestCase):
    ARGUMENTS = ("--quick", "--speakers=3", "--words=yes,no", "--others=bed,cat,dog", "--others_each=2")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_two_runs_are_equal_byte_for_byte_whatever_the_processes(self):
        first, second = os.path.join(self.folder, "a"), os.path.join(self.folder, "b")
        self.assertEqual(0, make("--output", first, "--jobs=1", *self.ARGUMENTS).returncode)
        self.assertEqual(0, make("--output", second, "--jobs=2", *self.ARGUMENTS).returncode)
        clips = tree(first)
        self.assertEqual(3 * (2 + 2) + 4, len(clips))
        self.assertEqual({32044}, {len(data) for name, data in clips.items() if "noise" not in name})
        self.assertEqual(clips, tree(second))

    def test_what_is_there_is_not_overwritten(self):
        with open(os.path.join(self.folder, "mine"), "w") as out:
            out.write("keep")
        done = make("--output", self.folder, *self.ARGUMENTS)
        self.assertEqual((1, "make_dataset: %s exists already: remove it or choose another --output.\n" % self.folder),
                         (done.returncode, done.stderr))
        self.assertEqual({"mine": b"keep"}, tree(self.folder))

    def test_bad_arguments(self):
        for arguments, part in ((["--words=a1"], "plain words"), (["--speakers=0"], "1 or more")):
            done = make("--output", os.path.join(self.folder, "x"), *arguments)
            self.assertEqual(2, done.returncode)
            self.assertIn(part, done.stderr)


if __name__ == "__main__":
    unittest.main()
