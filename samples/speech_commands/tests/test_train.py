"""A whole training on a tiny set: steps, checkpoint, resuming, the final test, export, and questions to the export."""
import contextlib
import io
import os
import shutil
import signal
import sys
import tarfile
import tempfile
import unittest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
try:
    import tensorflow as tf
except ImportError:
    raise unittest.SkipTest("TensorFlow is not installed")

import numpy

from speech_commands import errors, export, flags, input_data, label_wav, program, saved, train
from wavs import make_set, tone, wav

WORDS = ["yes", "no"]
FLAGS = ["--data_url=", "--wanted_words=" + ",".join(WORDS), "--model_architecture=tiny_conv", "--optimizer=adam",
         "--how_many_training_steps=1", "--learning_rate=0.003", "--batch_size=20", "--window_stride_ms=40",
         "--save_step_interval=10", "--eval_step_interval=10", "--background_frequency=0.2"]


def run(main, *arguments):
    """(exit status, standard output, standard error) of a main, in this process."""
    out, trouble = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(trouble):
        status = errors.run(main, list(arguments))
    return status, out.getvalue(), trouble.getvalue()


class Folder(unittest.TestCase):
    """Gives every test a folder; the class one set of clips."""

    @classmethod
    def setUpClass(cls):
        cls.set_folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.set_folder)
        cls.data = os.path.join(cls.set_folder, "data")
        make_set(cls.data, WORDS + ["cat"], speakers=30)

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def train(self, steps, *arguments):
        return run(train.main, *FLAGS, "--data_dir=" + self.data, "--how_many_training_steps=%d" % steps, *arguments,
                   "--job-dir", self.folder)

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)
        return path


class Training(Folder):
    def test_it_learns_resumes_and_answers(self):
        status, said, trouble = self.train(20)
        self.assertEqual((0, ""), (status, trouble))
        for name in ("shared", "remote_input", "attendance"):  # what only a cluster needs
            self.assertNotIn("speech_commands." + name, sys.modules)
        self.assertIn("Step #1: rate 0.003000, accuracy ", said)
        self.assertIn("Step 20: Validation accuracy = ", said)
        self.assertIn("Confusion matrix of testing", said)
        self.assertEqual(b"_silence_\n_unknown_\nyes\nno\n", self.read("train/tiny_conv_labels.txt"))
        for part in ("train", "validation"):
            self.assertEqual(1, len(os.listdir(os.path.join(self.folder, "summaries", part))))

        status, said, _ = self.train(40)
        self.assertEqual(0, status)
        self.assertIn("Resuming after step 20 from ", said)
        self.assertNotIn("Step #20:", said)
        self.assertIn("Step #21:", said)
        # With dropout left on in the test, as in a known fault of the sample's port, this would be near chance.
        self.assertIn("Final test accuracy = 100.0%", said)

        status, again, _ = self.train(40)
        self.assertIn("All 40 steps are done already", again)
        self.assertEqual(self.final_lines(said), self.final_lines(again))
        self.ask_the_model()

    def ask_the_model(self):
        model = os.path.join(self.folder, "export")
        for word, hertz in (("yes", 300), ("no", 600)):
            path = self.write("question.wav", wav(tone(hertz)))
            status, said, _ = run(label_wav.main, "--wav", path, "--model", model)
            lines = said.splitlines()
            self.assertEqual((0, 3), (status, len(lines)))
            self.assertRegex(lines[0], r"^%s \(score = 0\.\d{5}\)$|^%s \(score = 1\.00000\)$" % (word, word))
        names = self.write("names.txt", b"a\nb\nc\nd\n")
        _, said, _ = run(label_wav.main, "--wav", path, "--model", model, "--labels", names, "--how_many_labels=1")
        self.assertRegex(said, r"^d \(score")
        self.refuse_bad_questions(model, path)

    def refuse_bad_questions(self, model, good):
        for data, part in ((wav(tone(300), rate=44100), "44100 Hz"), (wav(tone(300), channels=2), "2 channels"),
                           (wav([128] * 99, bits=8), "8-bit"), (b"", "empty"), (b"text", "not a WAV"),
                           (wav(tone(300, samples=40000)), "lasts 2.50 s")):
            status, _, trouble = run(label_wav.main, "--wav", self.write("bad.wav", data), "--model", model)
            self.assertEqual(1, status)
            self.assertIn(part, trouble)
        for arguments, part in ((["--wav", good, "--model", self.folder], "There is no model in"),
                                (["--wav", good + ".none", "--model", model], "Cannot read"),
                                (["--model", model], "--wav")):
            status, _, trouble = run(label_wav.main, *arguments)
            self.assertNotEqual(0, status)
            self.assertIn(part, trouble)

    def test_a_stopped_run_keeps_its_steps(self):
        self.addCleanup(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
        from speech_commands import training
        before = training.Run._step

        def stop_after_seven(run_, step, *rest):
            before(run_, step, *rest)
            if step == 7:
                os.kill(os.getpid(), signal.SIGTERM)
        training.Run._step = stop_after_seven
        self.addCleanup(setattr, training.Run, "_step", before)
        with self.assertRaises(SystemExit) as ended:
            self.train(20)
        self.assertEqual(143, ended.exception.code)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "train", "tiny_conv.ckpt-7.index")))

    def test_a_checkpoint_of_other_words_is_refused(self):
        self.assertEqual(0, self.train(1)[0])
        status, _, trouble = self.train(1, "--wanted_words=no,cat")
        self.assertEqual(1, status)
        self.assertIn("was trained for other words (_silence_, _unknown_, yes, no): give another --train_dir.", trouble)

    def test_a_place_that_cannot_be_written_is_one_sentence(self):
        place = self.write("file", b"") + "/train"
        status, _, trouble = self.train(1, "--train_dir=" + place)
        self.assertEqual((1, 1), (status, len(trouble.splitlines())))
        self.assertIn("Cannot write to --train_dir " + place, trouble)

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    @staticmethod
    def final_lines(said):
        lines = said.splitlines()
        return lines[lines.index("Confusion matrix of testing, a row for each truth, columns in the same order:"):-1]


class Served(Folder):
    """The signatures of an export, with untrained weights."""

    def setUp(self):
        super().setUp()
        self.parts = program.build(flags.parse(FLAGS + ["--job-dir", self.folder])[0])
        export.write(self.parts.model, self.parts.shape, self.parts.labels, os.path.join(self.folder, "export"))
        self.signatures = tf.saved_model.load(os.path.join(self.folder, "export")).signatures

    def test_wav_bytes_in_label_and_scores_out(self):
        clips = tf.constant([wav(tone(300)), wav(tone(600, samples=4000)), wav(tone(500, samples=24000))])
        answer = self.signatures["serving_default"](audio_bytes=clips)
        self.assertEqual({"label", "score", "labels", "scores"}, set(answer))
        self.assertEqual((3, 4), answer["scores"].shape)
        numpy.testing.assert_allclose(1.0, answer["scores"].numpy().sum(axis=1), rtol=1e-5)
        numpy.testing.assert_array_equal(answer["scores"].numpy().max(axis=1), answer["score"])
        self.assertEqual([[label.encode() for label in self.parts.labels]] * 3, answer["labels"].numpy().tolist())
        best = [self.parts.labels[index] for index in answer["scores"].numpy().argmax(axis=1)]
        self.assertEqual(best, [label.decode() for label in answer["label"].numpy()])

    def test_a_key_is_handed_through(self):
        answer = self.signatures["serving_with_key"](audio_bytes=tf.constant([wav(tone(300))] * 2),
                                                     key=tf.constant(["a1", "b2"]))
        self.assertEqual([b"a1", b"b2"], answer["key"].numpy().tolist())

    def test_a_short_clip_is_padded_and_a_longer_one_cut(self):
        model = saved.Saved(os.path.join(self.folder, "export"))
        ask = lambda *clips: model.ask([wav(clip) for clip in clips])[1]
        long = tone(300, samples=24000)
        cut, whole, short, padded = ask(long, long[:16000], long[:4000], long[:4000] + [0] * 12000)
        numpy.testing.assert_allclose(cut, whole, rtol=1e-4)
        numpy.testing.assert_allclose(short, padded, rtol=1e-4)

    def test_what_is_not_such_a_wav_file_is_refused_with_a_sentence(self):
        model = saved.Saved(os.path.join(self.folder, "export"))
        wanted = "; the model takes WAV files of 16-bit PCM, mono, at 16000 Hz, of 1 s."
        for data, reason in ((wav(tone(300), rate=44100), "Instance 1 is sampled at 44100 Hz" + wanted),
                             (wav(tone(300), channels=2), "Instance 1 has 2 channels" + wanted),
                             (b"", "Instance 1 is not a WAV file" + wanted),
                             (b"ID3 an mp3, and rather long", "Instance 1 is not a WAV file" + wanted),
                             (wav([]), "Instance 1 holds no samples" + wanted),
                             (wav(tone(300, samples=40000)), "Instance 1 lasts 2.50 s (for a long sound: python -m "
                              "speech_commands.stream)" + wanted),
                             (wav([128] * 99, bits=8), "Can only read 16-bit WAV files, but received 8")):
            with self.subTest(reason), self.assertRaises(errors.Refusal) as refused:
                model.ask([wav(tone(300)), data])
            self.assertEqual("The model refuses it: " + reason, str(refused.exception))


class Dropout(unittest.TestCase):
    def test_it_is_off_in_evaluation_and_on_in_training_for_every_architecture(self):
        for architecture in flags.ARCHITECTURES:
            arguments = FLAGS + ["--model_architecture=" + architecture, "--batch_size=2"]
            parts = program.build(flags.parse(arguments)[0])
            batch = tf.random.normal([2, parts.shape.frames, parts.shape.columns], stddev=20.0)
            with self.subTest(architecture):
                calm = [parts.model(batch, training=False).numpy() for _ in range(2)]
                wild = [parts.model(batch, training=True).numpy() for _ in range(2)]
                numpy.testing.assert_array_equal(*calm)
                self.assertTrue((wild[0] != wild[1]).any())

    def test_parameters_are_those_of_the_original(self):
        counts = {"single_fc": 47052, "conv": 926860, "low_latency_conv": 949862, "low_latency_svdf": 751372,
                  "tiny_conv": 94740, "tiny_embedding_conv": 7804}
        for architecture, count in counts.items():
            parts = program.build(flags.parse(["--model_architecture=" + architecture])[0])
            self.assertEqual(count, program.models.parameter_count(parts.model), architecture)


class Clips(Folder):
    def options(self, *arguments):
        return flags.parse(FLAGS + list(arguments))[0]

    def test_an_archive_gives_the_same_clips_as_folders(self):
        with tarfile.open(os.path.join(self.folder, "set.tar.gz"), "w:gz") as archive:
            archive.add(self.data, ".")
        folders = input_data.load(self.options("--data_dir=" + self.data), 16000)
        packed = input_data.load(self.options("--data_dir=" + self.folder), 16000)
        for part in folders.rows:
            numpy.testing.assert_array_equal(folders.labels[part], packed.labels[part])
            numpy.testing.assert_array_equal(folders.table[folders.rows[part]], packed.table[packed.rows[part]])

    def test_batches_are_shifted_and_reproducible(self):
        speech = input_data.load(self.options("--data_dir=" + self.data), 16000)
        options = self.options("--batch_size=50")
        first, again = next(speech.random_batches(options, 3)), next(speech.random_batches(options, 3))
        for a, b in zip(first, again):
            numpy.testing.assert_array_equal(a, b)
        self.assertEqual(((50, 16000), numpy.int16), (first.clips.shape, first.clips.dtype))
        starts = {int((clip != 0).argmax()) for clip, label in zip(first.clips, first.labels) if label}
        self.assertGreater(len(starts), 5)
        self.assertLessEqual(max(starts), 1601)
        self.assertTrue((first.clips[first.labels == 0] == 0).all())

    def test_bad_sets_are_named(self):
        broken = self.write("broken/yes/00000001_nohash_0.wav", wav(tone(300), rate=44100))
        with open(os.path.join(self.folder, "damaged.tar.gz"), "wb") as out:
            out.write(b"\x1f\x8b\x08 and no more")
        for arguments, part in (
                (["--data_dir=" + os.path.join(self.folder, "nothing")], "holds no clips"),
                (["--data_dir=" + self.data, "--wanted_words=yes,maybe"], 'No clips of the wanted word "maybe"'),
                (["--data_dir=" + os.path.join(self.folder, "broken"), "--wanted_words=yes", "--testing_percentage=0",
                  "--validation_percentage=0"], broken + ": must be sampled at 16000 Hz")):
            with self.subTest(part), self.assertRaises(errors.Refusal) as refused:
                input_data.load(self.options(*arguments), 16000)
            self.assertIn(part, str(refused.exception))

    def test_an_archive_that_cannot_be_fetched_is_one_sentence_that_names_make_dataset(self):
        status, _, trouble = run(train.main, *FLAGS, "--data_url=http://127.0.0.1:9/set.tar.gz",
                                 "--data_dir=" + os.path.join(self.folder, "data"), "--job-dir", self.folder)
        self.assertEqual((1, 1), (status, len(trouble.splitlines())))
        self.assertIn("samples/speech_commands/make_dataset --output DIR", trouble)
        self.assertEqual([], os.listdir(os.path.join(self.folder, "data")))


if __name__ == "__main__":
    unittest.main()
