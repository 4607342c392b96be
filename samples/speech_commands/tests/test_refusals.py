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

    def test_who_has_nothing_to_do_ends_at_once(self):
        for config, sentence in (
                ('{"cluster": {"chief": ["a:1"], "worker": ["b:1", "c:1"]}, "task": {"type": "worker", "index": 1}}',
                 "WARNING: The chief trains alone and 2 workers have nothing to do: a shared model takes workers and "
                 "parameter servers, and this cluster has no parameter server; worker 1 of 3 replicas ends.\n"),
                ('{"cluster": {"chief": ["a:1"], "ps": ["b:1"]}, "task": {"type": "ps", "index": 0}}',
                 "WARNING: The chief trains alone and 1 parameter server has nothing to do: a shared model takes "
                 "workers and parameter servers, and this cluster has no worker; ps 0 of 2 replicas ends.\n"),
                (self.CLUSTER % ("spare", 0),
                 "WARNING: This program has nothing to do for spare; spare 0 of 4 replicas ends.\n")):
            done = run("train", tensorflow="raise SystemExit('must not be imported')", TF_CONFIG=config)
            self.assertEqual((0, sentence), (done.returncode, done.stderr))

    def test_a_cluster_that_cannot_be_is_one_sentence(self):
        for cluster_, task, sentence in (
                ('{"worker": ["b:1"], "ps": ["c:1"]}', '{"type": "worker", "index": 0}',
                 "The cluster in TF_CONFIG names 0 chiefs (or masters) and must name one."),
                ('{"master": ["a:1"], "worker": ["b:1"], "ps": ["c:1"]}', '{"type": "worker", "index": 1}',
                 "TF_CONFIG calls this replica worker 1, and its cluster has 1 of that kind."),
                ('{"master": ["a:1"], "worker": ["b"], "ps": ["c:1"]}', '{"type": "master", "index": 0}',
                 'TF_CONFIG gives worker 0 the address "b", which is not host:port.')):
            with self.assertRaises(errors.Refusal) as refused:
                cluster.role_from({"TF_CONFIG": '{"cluster": %s, "task": %s}' % (cluster_, task)})
            self.assertEqual(sentence, str(refused.exception))

    def test_master_and_chief_are_the_first(self):
        for kind in ("master", "chief"):
            self.assertTrue(cluster.role_from({"TF_CONFIG": self.CLUSTER % (kind, 0)}).is_chief)
        self.assertTrue(cluster.role_from({}).is_chief)
        self.assertTrue(cluster.role_from({"TF_CONFIG": "not JSON"}).is_chief)
        self.assertFalse(cluster.role_from({"TF_CONFIG": self.CLUSTER % ("ps", 0)}).is_chief)

    def test_a_shared_model_takes_workers_and_parameter_servers(self):
        chief = cluster.role_from({"TF_CONFIG": self.CLUSTER % ("master", 0)})
        self.assertTrue(chief.shares)
        self.assertIsNone(chief.idle())
        self.assertEqual({"worker 0": "b:1", "worker 1": "c:1", "ps 0": "d:1"}, chief.addresses("worker", "ps"))
        for alone in ({}, {"TF_CONFIG": '{"cluster": {"master": ["a:1"]}, "task": {"type": "master", "index": 0}}'}):
            self.assertEqual((False, None), (cluster.role_from(alone).shares, cluster.role_from(alone).idle()))


if __name__ == "__main__":
    unittest.main()
