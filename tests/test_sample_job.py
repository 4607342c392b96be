"""The guide's commands as they were typed in 2017, without a single argument for the sample: they get as far as the
sentence that says what to do where the original's archive cannot be fetched."""
import json
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

# The guide's config.yaml.
CONFIG = """trainingInput:
  scaleTier: CUSTOM
  masterType: complex_model_m
  workerType: complex_model_m
  parameterServerType: large_model
  workerCount: 9
  parameterServerCount: 3
"""


# Worker 1 serves for a while, as the others do, and then fails.
FAULT = """\
        if (role.kind, role.index) == ("worker", 1):
            import threading
            import time
            threading.Thread(target=serving.serve, args=(role, options), daemon=True).start()
            time.sleep(5)
            raise RuntimeError("a deliberate fault")
"""


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

    def train_together(self, job_id, steps, *flags):
        """Submits the sample with a small network for so many steps; the steps that each worker did."""
        data = self.engine.folder / "data_set"
        if not data.exists():
            wavs.make_set(str(data), ["yes", "no", "cat"], speakers=30)
        done = self.client("ml-engine", "jobs", "submit", "training", job_id, "--job-dir",
                           f"gs://jybaek_cloudml_test/{job_id}", "--module-name", "speech_commands.train",
                           "--package-path", "speech_commands", "--region", "us-central1", "--runtime-version", "1.4",
                           *flags, "--", "--data_url=", f"--data_dir={data}", "--wanted_words=yes,no",
                           "--model_architecture=tiny_conv", "--optimizer=adam", "--learning_rate=0.003",
                           "--batch_size=20", "--window_stride_ms=40", f"--how_many_training_steps={steps}",
                           f"--save_step_interval={steps // 2}", f"--eval_step_interval={steps // 2}")
        self.assertEqual(done.returncode, 0, done.stderr)
        job = self.engine.wait_job(job_id, 600)
        told = self.engine.log_messages(job_id)
        self.assertEqual(job["state"], "SUCCEEDED", [job, told[-20:]])
        texts = [text for _, _, text in told]
        self.assertTrue(any("Final test accuracy" in text for text in texts))
        self.assertFalse(any("are not needed" in text for text in texts), texts)
        self.assertEqual(processes_with(f"CLOUD_ML_JOB_ID={job_id}"), [])
        self.assertIn("saved_model.pb", self.engine.mlengine(
            "storage", "ls", "-r", f"gs://jybaek_cloudml_test/{job_id}/export/").stdout)
        shared = next(text for text in texts if text.startswith("Steps by worker: "))
        return texts, [int(count) for count in re.findall(r"did (\d+)", shared)]

    def test_a_cluster_of_scale_tier_standard_1_trains_one_model(self):
        texts, counts = self.train_together("together", 40, "--scale-tier", "STANDARD_1")
        self.assertTrue(any("Training with 4 workers and 3 parameter servers" in text for text in texts), texts)
        self.assertEqual((len(counts), sum(counts)), (4, 40), counts)
        self.assertGreater(min(counts), 0, counts)
        self.assertTrue(any("replicas were called by another" in text for text in texts), texts[-10:])

    def test_the_guides_config_trains_one_model_with_thirteen_replicas(self):
        config = self.engine.folder / "config.yaml"
        config.write_text(CONFIG)
        texts, counts = self.train_together("thirteen", 60, "--config", str(config))
        self.assertTrue(any("Training with 9 workers and 3 parameter servers" in text for text in texts), texts)
        self.assertEqual((len(counts), sum(counts)), (9, 60), counts)
        described = self.client("ml-engine", "jobs", "describe", "thirteen")
        self.assertIn("workerCount: '9'", described.stdout)
        tasks = {task for task, _, _ in self.engine.log_messages("thirteen")}
        self.assertEqual(tasks - {"service"}, {"master-replica-0", *(f"worker-replica-{i}" for i in range(9)),
                                               *(f"ps-replica-{i}" for i in range(3))})

    def test_a_deliberate_fault_in_worker_1_of_4_is_the_first_cause(self):
        data = self.engine.folder / "data_set"
        if not data.exists():
            wavs.make_set(str(data), ["yes", "no", "cat"], speakers=30)
        package = self.engine.folder / "faulty/speech_commands"
        shutil.copytree(SAMPLE / "speech_commands", package, ignore=shutil.ignore_patterns("__pycache__"))
        train = package / "train.py"
        serves = "        return serving.serve(role, options)\n"
        self.assertEqual(train.read_text().count(serves), 1)
        train.write_text(train.read_text().replace(serves, FAULT + serves))
        done = self.engine.mlengine(
            "jobs", "submit", "training", "faulty", "--job-dir", "gs://jybaek_cloudml_test/faulty", "--module-name",
            "speech_commands.train", "--package-path", package, "--region", "us-central1", "--runtime-version", "2.19",
            "--scale-tier", "STANDARD_1", "--", "--data_url=", f"--data_dir={data}", "--wanted_words=yes,no",
            "--model_architecture=tiny_conv", "--how_many_training_steps=100000", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        job = self.engine.wait_job("faulty", 600)
        self.assertEqual(job["state"], "FAILED", job)
        cause = json.loads(self.engine.mlengine("jobs", "explain", "faulty", "--format", "json").stdout)["cause"]
        self.assertEqual((cause["kind"], cause["replica"]), ("EXCEPTION", "worker 1"), cause)
        self.assertIn("RuntimeError: a deliberate fault (speech_commands/train.py, line ", cause["sentence"])
        self.assertEqual(len(cause["followers"]), 7, cause)
        self.assertIn("\nFirst cause: worker 1: ", job["errorMessage"])

    def test_local_train(self):
        done = self.client("ml-engine", "local", "train", "--module-name", "speech_commands.train", "--package-path",
                           "speech_commands")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("make_dataset", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
