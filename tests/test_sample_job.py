"""The guide's commands as they were typed in 2017, without a single argument for the sample: they get as far as the
sentence that says what to do where the original's archive cannot be fetched."""
import os
import re
import shutil
import subprocess
import sys
import unittest

from engine import BIN, Engine, ROOT, processes_with, tensorflow_runtime

SAMPLE = ROOT / "samples/speech_commands"
sys.path.insert(0, str(SAMPLE / "tests"))
import wavs


class SampleJobTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        runtime = tensorflow_runtime()
        if runtime is None:
            raise unittest.SkipTest("runtime version 2.19 could not be built here")
        cls.python = runtime[1]
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text(f"runtimesDir: {runtime[0]}\n")
        cls.engine.__enter__()
        cls.engine.mlengine("storage", "mb", "gs://jybaek_cloudml_test")
        # As on a machine without a way to the archive.
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            cls.engine.environment.pop(name, None)

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def client(self, *words):
        """gcloud where it is installed, else our own command under its name."""
        script = 'eval "$(mlengine gcloud-env)"; exec gcloud "$@"'
        folder = self.engine.folder / "clients"
        folder.mkdir(exist_ok=True)
        environment = dict(self.engine.environment, PATH=f"{BIN}:{os.environ['PATH']}",
                           CLOUDSDK_CONFIG=str(self.engine.folder / "gcloud"), MLENGINE_LOCAL_PYTHON=self.python)
        if not shutil.which("gcloud"):
            link = folder / "gcloud"
            if not link.exists():
                link.symlink_to(BIN / "mlengine")
            environment["PATH"] = f"{folder}:{environment['PATH']}"
        return subprocess.run(["bash", "-c", script, "gcloud", *words], env=environment, cwd=SAMPLE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)

    def test_the_submitted_job(self):
        done = self.client("ml-engine", "jobs", "submit", "training", "speech_commands_2017", "--job-dir",
                           "gs://jybaek_cloudml_test/speech_commands_2017", "--module-name", "speech_commands.train",
                           "--package-path", "speech_commands", "--region", "us-central1", "--runtime-version", "1.4")
        self.assertEqual(done.returncode, 0, done.stderr)
        job = self.engine.wait_job("speech_commands_2017", 120)
        messages = [m[2] for m in self.engine.log_messages("speech_commands_2017")]
        self.assertTrue(any("make_dataset" in m for m in messages), messages)
        self.assertTrue(any("1.4" in m and "2.19" in m for m in messages), messages)
        self.assertEqual(job["state"], "FAILED")

    def test_a_cluster_of_scale_tier_standard_1_trains_one_model(self):
        data = self.engine.folder / "data_set"
        wavs.make_set(str(data), ["yes", "no", "cat"], speakers=30)
        done = self.client("ml-engine", "jobs", "submit", "training", "together", "--job-dir",
                           "gs://jybaek_cloudml_test/together", "--module-name", "speech_commands.train",
                           "--package-path", "speech_commands", "--region", "us-central1", "--runtime-version", "1.4",
                           "--scale-tier", "STANDARD_1", "--", "--data_url=", f"--data_dir={data}",
                           "--wanted_words=yes,no", "--model_architecture=tiny_conv", "--optimizer=adam",
                           "--learning_rate=0.003", "--batch_size=20", "--window_stride_ms=40",
                           "--how_many_training_steps=40", "--save_step_interval=20", "--eval_step_interval=20")
        self.assertEqual(done.returncode, 0, done.stderr)
        job = self.engine.wait_job("together", 300)
        told = self.engine.log_messages("together", "master-replica-0")
        self.assertEqual(job["state"], "SUCCEEDED", [job, told[-20:]])
        texts = [text for _, _, text in told]
        self.assertTrue(any("Training with 4 workers and 3 parameter servers" in text for text in texts), texts)
        shared = next(text for text in texts if text.startswith("Steps by worker: "))
        counts = [int(count) for count in re.findall(r"did (\d+)", shared)]
        self.assertEqual((len(counts), sum(counts)), (4, 40), shared)
        self.assertGreater(min(counts), 0, shared)
        self.assertTrue(any("Final test accuracy" in text for text in texts))
        self.assertFalse(any("are not needed" in text for text in texts), texts)
        self.assertEqual(processes_with("CLOUD_ML_JOB_ID=together"), [])
        self.assertIn("saved_model.pb", self.engine.mlengine(
            "storage", "ls", "-r", "gs://jybaek_cloudml_test/together/export/").stdout)

    def test_local_train(self):
        done = self.client("ml-engine", "local", "train", "--module-name", "speech_commands.train", "--package-path",
                           "speech_commands")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("make_dataset", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
