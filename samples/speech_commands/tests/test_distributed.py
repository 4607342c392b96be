"""A cluster of real processes trains one model; what becomes of it when replicas come late, go, and come back."""
import os
import re
import shutil
import tempfile
import unittest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
try:
    import tensorflow as tf
except ImportError:
    raise unittest.SkipTest("TensorFlow is not installed")

import numpy

from clusters import Cluster
from speech_commands import flags, program, shared
from wavs import make_set, tone, wav

WORDS = ["yes", "no"]
FLAGS = ["--data_url=", "--wanted_words=" + ",".join(WORDS), "--model_architecture=tiny_conv", "--optimizer=adam",
         "--how_many_training_steps=30", "--learning_rate=0.003", "--batch_size=20", "--window_stride_ms=40",
         "--save_step_interval=10", "--eval_step_interval=10", "--background_frequency=0.2"]


class OneModel(unittest.TestCase):
    """One cluster of a chief, two workers and a parameter server; the chief is started again and again."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        data = os.path.join(cls.folder, "data")
        make_set(data, WORDS + ["cat"], speakers=30)
        cls.job = os.path.join(cls.folder, "job")
        cls.flags = FLAGS + ["--data_dir=" + data, "--job-dir=" + cls.job]
        cls.cluster = Cluster(cls.folder, 2, 1, cls.flags)
        cls.addClassCleanup(cls.cluster.stop)

    def test_a_master_then_a_chief_train_with_two_workers(self):
        self.workers, _ = self.cluster.start_servers()
        evaluator = self.cluster.start("evaluator")
        master = self.cluster.start("master")
        self.assertEqual(0, master.wait(), master.said())
        self.both_workers_trained(master.said())
        self.the_checkpoints_are_those_of_one_model()
        self.assertEqual(0, evaluator.wait(), evaluator.said())
        self.assertRegex(evaluator.said(), r"Step 30: Evaluated accuracy = \d")
        self.assertEqual({"train": 1, "validation": 1, "evaluation": 1},
                         {part: len(files) for part, files in self.listed("summaries").items()})
        self.the_export_answers()
        self.a_chief_goes_on_without_a_lost_worker()
        self.a_chief_does_not_wait_for_ever()

    def both_workers_trained(self, said):
        self.assertIn("Training with 2 workers and 1 parameter server: one model", said)
        self.assertEqual(list(range(1, 31)), steps_in(said))
        self.assertIn("Step #1: rate 0.003000, accuracy ", said)
        done = [int(count) for count in re.search(r"Steps by worker: worker 0 did (\d+), worker 1 did (\d+)\n",
                                                  said).groups()]
        self.assertEqual(30, sum(done))
        self.assertGreater(min(done), 0)
        self.assertEqual(1, said.count("Final test accuracy = 100.0%"))

    def the_checkpoints_are_those_of_one_model(self):
        names = ["checkpoint", "tiny_conv_labels.txt"] + ["tiny_conv.ckpt-%d.%s" % (step, kind) for step in (10, 20, 30)
                                                          for kind in ("data-00000-of-00001", "index")]
        self.assertEqual(sorted(names), sorted(os.listdir(os.path.join(self.job, "train"))))
        first = program.build(flags.parse(self.flags)[0]).model.first.weights.numpy()  # drawn with the seed of the run
        weights = [first] + [self.stored(step, "model/first/weights") for step in (10, 20, 30)]
        for before, after in zip(weights, weights[1:]):
            self.assertTrue((before != after).mean() > 0.9)
        # Every step of either worker counted once in what they share.
        self.assertEqual([10, 20, 30], [self.stored(step, "optimizer/count") for step in (10, 20, 30)])
        self.assertEqual(30, self.stored(30, "step"))

    def the_export_answers(self):
        model = tf.saved_model.load(os.path.join(self.job, "export"))
        answer = model.signatures["serving_default"](audio_bytes=tf.constant([wav(tone(300)), wav(tone(600))]))
        self.assertEqual([b"yes", b"no"], answer["label"].numpy().tolist())

    def a_chief_goes_on_without_a_lost_worker(self):
        chief = self.cluster.start("chief", 0, "--how_many_training_steps=600", "--save_step_interval=100",
                                   "--eval_step_interval=600")
        chief.wait_for("Step #31:")
        self.workers[1].kill()
        self.assertEqual(0, chief.wait(), chief.said()[-4000:])
        self.assertIn("Resuming after step 30 from ", chief.said())
        self.assertEqual(list(range(31, 601)), steps_in(chief.said()))
        self.assertEqual(600, self.stored(600, "step"))
        self.assertGreaterEqual(self.stored(600, "optimizer/count"), 600)

    def a_chief_does_not_wait_for_ever(self):
        chief = self.cluster.start("chief", 0, "--how_many_training_steps=700", "--replica_timeout_s=1")
        self.assertEqual(1, chief.wait())
        self.assertRegex(chief.said(), r"ERROR: No answer within 1 s from worker 1 \(127\.0\.0\.1:\d+\): look at")

    def stored(self, step, name):
        reader = tf.train.load_checkpoint(os.path.join(self.job, "train", "tiny_conv.ckpt-%d" % step))
        return numpy.array(reader.get_tensor(name + "/.ATTRIBUTES/VARIABLE_VALUE"))

    def listed(self, name):
        folder = os.path.join(self.job, name)
        return {part: os.listdir(os.path.join(folder, part)) for part in os.listdir(folder)}


class Sentences(unittest.TestCase):
    """What the chief makes of the errors of its workers, as TensorFlow words them."""

    WHERE = "Graph execution error:\n\nDetected at node ReadFile defined at (most recent call last):\n<stack traces " \
            "unavailable>\nError in user-defined function passed to ParallelMapDatasetV2:6 transformation with " \
            "iterator: Iterator::Root::Zip[0]::ParallelMapV2: "

    class Team:
        servers = {"ps 0": "127.0.0.1:9"}

    def test_one_sentence_says_what_to_do(self):
        for error, sentence in (
                (tf.errors.NotFoundError(None, None, self.WHERE + "/a.wav; No such file or directory\n\t [[R]]"),
                 "A worker cannot read the clips (/a.wav; No such file or directory): --data_dir must be a place that "
                 "every replica sees."),
                (tf.errors.InvalidArgumentError(None, None, self.WHERE + "assertion failed: [/a.wav: must be b.]"),
                 "/a.wav: must be b."),
                (tf.errors.UnavailableError(None, None, "Graph execution error:\n from remote target /job:ps/task:0"),
                 "ps 0 (127.0.0.1:9) is lost, and with it the steps since the last checkpoint: train again with the "
                 "same --train_dir to go on from there."),
                (tf.errors.ResourceExhaustedError(None, None, "Graph execution error:\n\nout of memory\n\t [[x]]"),
                 "The workers cannot go on (out of memory).")):
            self.assertEqual(sentence, str(shared._refusal(error, self.Team)))

    def test_a_lost_worker_is_not_a_lost_parameter_server(self):
        lost = "failed to connect\nAdditional GRPC error information from remote target /job:%s/replica:0/task:1"
        for text, worker in ((lost % "worker", True), (lost % "ps" + " while /job:worker/task:1", False), ("", False)):
            self.assertEqual(worker, shared._is_of_lost_worker(tf.errors.UnavailableError(None, None, text)))
        stale = "Unable to find the relevant tensor remote_handle on /job:worker/replica:0/task:1"
        self.assertTrue(shared._is_of_lost_worker(tf.errors.InvalidArgumentError(None, None, stale)))


def steps_in(said):
    return [int(step) for step in re.findall(r"^Step #(\d+):", said, re.MULTILINE)]


if __name__ == "__main__":
    unittest.main()
