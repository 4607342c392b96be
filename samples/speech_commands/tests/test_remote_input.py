"""What a worker reads by itself is what a process that trains alone reads."""
import os
import shutil
import struct
import tarfile
import tempfile
import unittest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
try:
    import tensorflow as tf
except ImportError:
    raise unittest.SkipTest("TensorFlow is not installed")

import numpy

from speech_commands import attendance, errors, flags, input_data, remote_input
from wavs import make_set, tone, wav

FLAGS = ["--data_url=", "--wanted_words=yes,no", "--batch_size=60"]


class Worker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = os.path.join(cls.folder, "data")
        make_set(cls.data, ["yes", "no", "cat"], speakers=20)
        os.mkdir(os.path.join(cls.folder, "packed"))
        with tarfile.open(os.path.join(cls.folder, "packed", "set.tar.gz"), "w:gz") as archive:
            archive.add(cls.data, ".")

    def options(self, *arguments):
        return flags.parse(FLAGS + ["--data_dir=" + self.data, *arguments])[0]

    def tables(self, options):
        speech, training = input_data.load_beside_workers(options, 16000)
        return speech, training, next(iter(remote_input.tables(training, 16000, 16000)))

    def test_its_clips_and_labels_are_those_of_a_process_alone(self):
        for folder in (self.data, os.path.join(self.folder, "packed")):
            options = self.options("--data_dir=" + folder)
            alone = input_data.load(options, 16000)
            speech, training, (table, noise, lengths) = self.tables(options)
            rows, labels = alone.rows["training"], alone.labels["training"]
            numpy.testing.assert_array_equal(alone.table[rows], table.numpy()[training.rows])
            numpy.testing.assert_array_equal(labels, training.labels)
            numpy.testing.assert_array_equal(alone.noise[0], noise[0])
            self.assertEqual([20000], lengths.numpy().tolist())
            self.assertEqual({"validation", "testing"}, set(speech.rows))
            for part in speech.rows:
                numpy.testing.assert_array_equal(alone.table[alone.rows[part]], speech.table[speech.rows[part]])

    def test_batches_differ_by_worker_and_by_step(self):
        options = self.options()
        _, training, tables = self.tables(options)

        def draw(worker, step):
            return remote_input.draw(*tables, training, options, tf.constant(worker, tf.int64),
                                     tf.constant(step, tf.int64))
        one, again = draw(0, 1), draw(0, 1)
        for a, b in zip(one, again):
            numpy.testing.assert_array_equal(a, b)
        for other in (draw(1, 1), draw(0, 2)):
            self.assertTrue((one.labels.numpy() != other.labels.numpy()).any())
        self.assertEqual([(60, 16000), (60, 16000), (60,), (60,)], [tuple(part.shape) for part in one])
        silent = one.labels.numpy() == 0
        self.assertTrue((one.clips.numpy()[silent] == 0).all())
        self.assertLessEqual(one.noise_gain.numpy()[~silent].max(), 0.1)
        self.assertGreater(len(set(one.noise.numpy()[:, 0])), 5)
        starts = (one.clips.numpy()[~silent] != 0).argmax(axis=1)
        self.assertGreater(len(set(starts)), 5)
        self.assertLessEqual(starts.max(), 1601)

    def test_shifts_move_zeros_in(self):
        clips = tf.constant([[1, 2, 3, 4]] * 3, tf.int16)
        shifted = remote_input._shifted(clips, tf.constant([0, 1, -2]))
        self.assertEqual([[1, 2, 3, 4], [0, 1, 2, 3], [3, 4, 0, 0]], shifted.numpy().tolist())

    def test_wav_files_are_read_as_they_are_alone(self):
        plain = wav(tone(300, samples=500))
        extensible = plain[:16] + struct.pack("<IHHIIHHHHIH", 40, 0xFFFE, 1, 16000, 32000, 2, 16, 22, 16, 4, 1) + \
            b"\0" * 14 + plain[36:]
        for data in (plain, extensible, plain[:-100], plain[:12] + b"LIST\x03\0\0\0abc\0" + plain[12:]):
            expected = input_data.wav.samples(data, 16000)
            numpy.testing.assert_array_equal(expected, self.samples(data))
        for data in (b"", b"RIFF", wav(tone(300), rate=44100), wav([1, 2], channels=2), wav([128], bits=8), wav([])):
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "a.wav: must be a WAV file, 16-bit PCM, mono"):
                self.samples(data)

    @staticmethod
    def samples(data):
        return remote_input._samples(tf.constant("a.wav"), tf.constant(data), 16000).numpy()


class Attendance(unittest.TestCase):
    def test_who_does_not_come_is_named(self):
        with self.assertRaises(errors.Refusal) as refused:
            attendance.wait({"worker 0": "127.0.0.1:9", "ps 3": "nowhere.invalid:2222"}, 0)
        self.assertEqual("No answer within 0 s from worker 0 (127.0.0.1:9), ps 3 (nowhere.invalid:2222): look at the "
                         "log of each for why it has not started, or wait longer with --replica_timeout_s.",
                         str(refused.exception))


if __name__ == "__main__":
    unittest.main()
