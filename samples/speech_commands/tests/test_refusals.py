"""The mains under a Python or a TensorFlow that does not fit, and as a replica that has nothing to do."""
import os
import subprocess
import sys
import tempfile
import unittest

from speech_commands import cluster, errors

PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(module, *arguments, tensorflow=None, **environment):
    """Runs a main with a module that stands for TensorFlow: `tensorflow` is its source text."""
    with tempfile.TemporaryDirectory() as folder:
        if tensorflow is not None:
            with open(os.path.join(folder, "tensorflow.py"), "w") as out:
                out.write(tensorflow)
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join([folder, PACKAGE_PARENT]), **environment)
        return subprocess.run([sys.executable, "-m", "speech_commands." + module, *arguments], env=environment,
                              cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class TensorFlow(unittest.TestCase):
    def test_an_old_one_is_one_sentence_that_names_a_runtime(self):
        for module in ("train", "export"):
            done = run(module, "--job-dir", "/nowhere", tensorflow="__version__ = '1.4.1'")
            self.assertEqual((1, "", "ERROR: This package needs TensorFlow 2.4 or newer and found 1.4.1: submit with "
                              "--runtime-version 2.19.\n"), (done.returncode, done.stdout, done.stderr))

    def test_none_is_one_sentence_too(self):
        done = run("label_wav", "--wav=a.wav", "--model=m", tensorflow="raise ImportError('no such library')")
        self.assertEqual((1, "ERROR: TensorFlow cannot be imported (no such library): submit with --runtime-version "
                          "2.19, or install tensorflow where you run it yourself.\n"), (done.returncode, done.stderr))

    def test_an_old_python_is_one_sentence(self):
        with self.assertRaisesRegex(errors.Refusal, "found 2.7: submit with --runtime-version 2.19"):
            errors.require_python((2, 7, 18))

    def test_what_an_old_python_reads_is_plain_ascii(self):
        for name in ("__init__", "errors", "flags", "cluster", "train", "export", "label_wav"):
            with open(os.path.join(PACKAGE_PARENT, "speech_commands", name + ".py"), "rb") as source:
                source.read().decode("ascii")

    def test_a_bad_flag_needs_no_tensorflow(self):
        done = run("train", "--batch_size=0", tensorflow="raise SystemExit('must not be imported')")
        self.assertEqual((2, "ERROR: --batch_size must be above 0, not 0.\n"), (done.returncode, done.stderr))


class Replicas(unittest.TestCase):
    CLUSTER = ('{"cluster": {"master": ["a:1"], "worker": ["b:1", "c:1"], "ps": ["d:1"]}, '
               '"task": {"type": "%s", "index": %d}}')

    def test_another_replica_than_the_first_ends_at_once(self):
        done = run("train", tensorflow="raise SystemExit('must not be imported')",
                   TF_CONFIG=self.CLUSTER % ("worker", 1))
        self.assertEqual(0, done.returncode)
        self.assertIn("worker 1 of 4 replicas has nothing to do and ends", done.stderr)

    def test_master_and_chief_are_the_first(self):
        for kind in ("master", "chief"):
            self.assertTrue(cluster.role_from({"TF_CONFIG": self.CLUSTER % (kind, 0)}).is_chief)
        self.assertTrue(cluster.role_from({}).is_chief)
        self.assertTrue(cluster.role_from({"TF_CONFIG": "not JSON"}).is_chief)
        self.assertFalse(cluster.role_from({"TF_CONFIG": self.CLUSTER % ("ps", 0)}).is_chief)


if __name__ == "__main__":
    unittest.main()
