"""The rule that divides a set, and the labels."""
import types
import unittest

from speech_commands import split

PERCENTAGES = types.SimpleNamespace(validation_percentage=10, testing_percentage=10, silence_percentage=10.0,
                                    unknown_percentage=10.0)


def speakers(word, count):
    return ["%s/%08x_nohash_0.wav" % (word, number) for number in range(count)]


class PartOf(unittest.TestCase):
    # From sha1sum of the name up to "_nohash_", modulo 2^27, per cent; these may never move.
    KNOWN = {"00000000_nohash_0.wav": "validation",  # 9.556
             "0000000f_nohash_1.wav": "validation",  # 0.505
             "00000002_nohash_0.wav": "testing",  # 16.414
             "b_nohash_7.wav": "testing",  # 15.701
             "004ae714_nohash_0.wav": "training",  # 79.575
             "a_nohash_0.wav": "training",  # 93.282
             "c_nohash_0.wav": "training"}  # 28.460

    def test_known_names_stay_where_they_are(self):
        for name, part in self.KNOWN.items():
            self.assertEqual(part, split.part_of("gs://bucket/set/yes/" + name, 10, 10), name)
            self.assertEqual(part, split.part_of("no/" + name, 10, 10), name)

    def test_a_speaker_is_in_one_part_whatever_the_word_or_the_take(self):
        for name in ("00000000", "00000002", "004ae714"):
            parts = {split.part_of("%s/%s_nohash_%d.wav" % (word, name, take), 10, 10)
                     for word in ("yes", "no") for take in range(5)}
            self.assertEqual(1, len(parts))

    def test_a_name_without_the_mark_counts_with_its_ending(self):
        self.assertEqual(split.part_of("gs://b/yes/alone.wav", 10, 10), split.part_of("alone.wav", 10, 10))

    def test_the_shares_are_about_what_was_asked(self):
        parts = [split.part_of("%d_nohash_0.wav" % number, 10, 20) for number in range(5000)]
        self.assertAlmostEqual(500, parts.count("validation"), delta=75)
        self.assertAlmostEqual(1000, parts.count("testing"), delta=100)


class Plan(unittest.TestCase):
    CLIPS = {word: speakers(word, 200) for word in ("yes", "no", "cat", "dog")}

    def test_silence_and_unknown_are_shares_of_the_wanted_clips(self):
        plan = split.plan(self.CLIPS, ["yes", "no"], PERCENTAGES)
        for part in split.PARTS:
            labels = [label for _, label in plan.parts[part]]
            wanted = sum(label > split.UNKNOWN_INDEX for label in labels)
            self.assertEqual(-(-wanted // 10), labels.count(split.SILENCE_INDEX), part)
            self.assertEqual(-(-wanted // 10), labels.count(split.UNKNOWN_INDEX), part)

    def test_every_wanted_clip_is_used_once_and_with_its_label(self):
        plan = split.plan(self.CLIPS, ["yes", "no"], PERCENTAGES)
        items = [item for part in split.PARTS for item in plan.parts[part] if item[1] > split.UNKNOWN_INDEX]
        expected = [(path, 2 + index) for index, word in enumerate(("yes", "no")) for path in self.CLIPS[word]]
        self.assertEqual(sorted(expected), sorted(items))

    def test_no_speaker_is_in_two_parts(self):
        plan = split.plan(self.CLIPS, ["yes", "no"], PERCENTAGES)
        seen = [{path.split("/")[-1] for path in plan.clips(part)} for part in split.PARTS]
        self.assertFalse(seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])

    def test_the_same_set_gives_the_same_plan(self):
        again = {word: list(reversed(paths)) for word, paths in reversed(list(self.CLIPS.items()))}
        self.assertEqual(split.plan(self.CLIPS, ["yes"], PERCENTAGES).parts,
                         split.plan(again, ["yes"], PERCENTAGES).parts)

    def test_a_wanted_word_without_clips_is_named(self):
        with self.assertRaises(KeyError) as missing:
            split.plan(self.CLIPS, ["yes", "maybe"], PERCENTAGES)
        self.assertEqual("maybe", missing.exception.args[0])

    def test_labels(self):
        self.assertEqual(["_silence_", "_unknown_", "yes", "no"], split.label_names(["yes", "no"]))


if __name__ == "__main__":
    unittest.main()
