"""What the training can be told: defaults of the original, and refusals."""
import unittest

from speech_commands import flags
from speech_commands.errors import Refusal


def parse(*arguments):
    return flags.parse(list(arguments))[0]


class Defaults(unittest.TestCase):
    ORIGINAL = {
        "data_url": "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
        "data_dir": "/tmp/speech_dataset/", "background_volume": 0.1, "background_frequency": 0.8,
        "silence_percentage": 10.0, "unknown_percentage": 10.0, "time_shift_ms": 100.0, "testing_percentage": 10,
        "validation_percentage": 10, "sample_rate": 16000, "clip_duration_ms": 1000, "window_size_ms": 30.0,
        "window_stride_ms": 10.0, "feature_bin_count": 40, "how_many_training_steps": "15000,3000",
        "learning_rate": "0.001,0.0001", "eval_step_interval": 400, "batch_size": 100,
        "summaries_dir": "/tmp/retrain_logs", "wanted_words": "yes,no,up,down,left,right,on,off,stop,go",
        "train_dir": "/tmp/speech_commands_train", "save_step_interval": 100, "start_checkpoint": "",
        "model_architecture": "conv", "check_nans": False, "quantize": False, "preprocess": "mfcc",
        "verbosity": "INFO", "optimizer": "gradient_descent",
    }

    def test_every_flag_has_the_default_of_the_original(self):
        options = parse()
        self.assertEqual(self.ORIGINAL, {name: getattr(options, name) for name in self.ORIGINAL})

    def test_the_rate_falls_after_the_first_phase(self):
        phases = parse().phases
        self.assertEqual([0.001, 0.001, 0.0001, 0.0001],
                         [flags.learning_rate_at(phases, step) for step in (1, 15000, 15001, 18000)])


class JobDir(unittest.TestCase):
    def test_what_is_written_lies_below_it(self):
        options = parse("--job-dir", "gs://bucket/job/")
        self.assertEqual(["gs://bucket/job/train", "gs://bucket/job/summaries", "gs://bucket/job/export"],
                         [options.train_dir, options.summaries_dir, options.export_dir])

    def test_it_may_follow_other_arguments_and_gives_way_to_them(self):
        options = parse("--train_dir=gs://other/train", "--wanted_words", "yes,no", "--job-dir", "gs://bucket/job")
        self.assertEqual("gs://other/train", options.train_dir)
        self.assertEqual("gs://bucket/job/summaries", options.summaries_dir)


class Steps(unittest.TestCase):
    def test_the_number_of_steps_alone_is_enough(self):
        self.assertEqual([(50, 0.001)], parse("--how_many_training_steps=50").phases)
        self.assertEqual([(5, 0.001), (4, 0.0001), (3, 0.0001)], parse("--how_many_training_steps=5,4,3").phases)

    def test_rates_that_do_not_match_the_steps_are_refused(self):
        with self.assertRaisesRegex(Refusal, "2 values and --learning_rate 1"):
            parse("--how_many_training_steps=5,4", "--learning_rate=0.01")


class Refusals(unittest.TestCase):
    CASES = [
        (["--how_many_training_steps=ten"], "whole numbers"),
        (["--learning_rate=0,0.1"], "above 0"),
        (["--batch_size=0"], "--batch_size must be above 0"),
        (["--batch_size=many"], "--batch_size"),
        (["--background_volume=2"], "--background_volume must be between 0 and 1"),
        (["--testing_percentage=60", "--validation_percentage=40"], "nothing to train on"),
        (["--model_architecture=resnet"], "--model_architecture must be one of single_fc, conv"),
        (["--optimizer=rmsprop"], "--optimizer must be one of gradient_descent, momentum, adam"),
        (["--preprocess=micro"], "use mfcc or average"),
        (["--quantize"], "--quantize is not supported"),
        (["--wanted_words=yes,yes"], "none twice"),
        (["--wanted_words=,"], "at least one word"),
        (["--window_size_ms=2000"], "must not exceed --clip_duration_ms"),
        (["--data_dir="], "--data_dir must not be empty"),
        (["--check_nans=maybe"], "true or false"),
    ]

    def test_a_bad_value_is_one_sentence_and_status_2(self):
        for arguments, part in self.CASES:
            with self.subTest(arguments), self.assertRaises(Refusal) as refused:
                parse(*arguments)
            self.assertIn(part, str(refused.exception))
            self.assertEqual(2, refused.exception.status)

    def test_an_unknown_flag_is_handed_back(self):
        self.assertEqual(["--eval_batches=3"], flags.parse(["--eval_batches=3"])[1])

    def test_truth_may_be_given_with_or_without_a_value(self):
        self.assertEqual([True, True, False], [parse(flag).check_nans for flag in
                                               ("--check_nans", "--check_nans=True", "--check_nans=false")])


if __name__ == "__main__":
    unittest.main()
