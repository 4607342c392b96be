"""Google's own gcloud against the server, with only what `mlengine gcloud-env` prints."""
import json
import shutil
import subprocess
import unittest

from engine import BIN, Engine, wait_for

GCLOUD = shutil.which("gcloud")
TRAINER = "import sys\nprint('trained with', sys.argv[1:])\n"


@unittest.skipUnless(GCLOUD, "gcloud is not installed")
class GcloudTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.engine.environment["CLOUDSDK_CONFIG"] = str(cls.engine.folder / "gcloud")
        cls.engine.environment["PATH"] = f"{BIN}:{cls.engine.environment['PATH']}"
        cls.gcloud("storage", "buckets", "create", "gs://guide_bucket", "--location=us-central1")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    @classmethod
    def gcloud(cls, *words, check=True, cwd=None):
        script = 'eval "$(mlengine gcloud-env)"; exec gcloud "$@"'
        done = subprocess.run(["bash", "-c", script, "gcloud", *map(str, words)], env=cls.engine.environment, cwd=cwd,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180)
        if check and done.returncode != 0:
            raise AssertionError(f"gcloud {' '.join(map(str, words))}: status {done.returncode}\n{done.stdout}\n"
                                 f"{done.stderr}")
        return done

    def submit(self, job_id, source=TRAINER, flags=(), check=True):
        package = self.engine.package(source)
        return self.gcloud("ml-engine", "jobs", "submit", "training", job_id, "--job-dir",
                           f"gs://guide_bucket/{job_id}", "--module-name", "trainer.task", "--package-path", package,
                           "--region", "us-central1", "--runtime-version", "1.4", *flags, check=check)

    def test_submit_follow_describe_list(self):
        done = self.submit("guide_1", flags=["--", "--steps", "2"])
        self.assertIn("Job [guide_1] submitted successfully.", done.stderr)
        self.assertIn("jobId: guide_1", done.stdout)
        streamed = self.gcloud("ml-engine", "jobs", "stream-logs", "guide_1")
        self.assertIn("trained with ['--steps', '2', '--job-dir', 'gs://guide_bucket/guide_1']", streamed.stdout)
        self.assertIn("Job completed successfully.", streamed.stdout)
        self.assertIn("WARNING", streamed.stdout)  # 1.4 runs on the nearest runtime, and it is said
        described = self.gcloud("ml-engine", "jobs", "describe", "guide_1").stdout
        self.assertIn("state: SUCCEEDED", described)
        self.assertEqual(described, self.engine.mlengine("jobs", "describe", "guide_1").stdout)
        self.assertRegex(self.gcloud("ml-engine", "jobs", "list").stdout, r"(?m)^guide_1 +SUCCEEDED")

    def test_streamed_lines_equal_ours(self):
        self.submit("lines_1")
        self.engine.wait_job("lines_1")
        theirs = self.gcloud("ml-engine", "jobs", "stream-logs", "lines_1").stdout
        self.assertEqual(theirs, self.engine.mlengine("jobs", "stream-logs", "lines_1").stdout)

    def test_stream_logs_of_a_failing_job_exits_with_1(self):
        done = self.submit("failing_1", "raise ValueError('wrong data')", flags=["--stream-logs"], check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("ValueError: wrong data", done.stderr)

    def test_cancel_and_update(self):
        self.submit("cancelled_1", "import time\ntime.sleep(600)\n")
        wait_for("it to run", lambda: self.engine.job("cancelled_1")["state"] == "RUNNING")
        self.gcloud("ml-engine", "jobs", "update", "cancelled_1", "--update-labels", "owner=me")
        self.gcloud("ml-engine", "jobs", "cancel", "cancelled_1")
        job = self.engine.wait_job("cancelled_1")
        self.assertEqual((job["state"], job["labels"]), ("CANCELLED", {"owner": "me"}))
        again = self.gcloud("ml-engine", "jobs", "cancel", "cancelled_1", check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("FAILED_PRECONDITION", again.stderr)

    def test_a_used_job_id_is_a_conflict(self):
        self.submit("twice_1")
        done = self.submit("twice_1", "print('other code')\n", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is the subject of a conflict", done.stderr)
        self.assertIn("A job with this id already exists.", done.stderr)

    def test_a_runtime_without_that_python_is_refused(self):
        for runtime, python, pythons in (("1.4", "3.7", "2.7, 3.5 or 3.6"), ("2.1", "2.7", "3.7"),
                                         ("1.15", "3.5", "2.7 or 3.7"), ("1.0", "3.5", "2.7")):
            done = self.submit("wrong_pair", flags=["--runtime-version", runtime, "--python-version", python],
                               check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"Field: runtime_version Error: The specified runtime version '{runtime}' with the Python "
                          f"version '{python}' is not supported or is deprecated. Please specify a different runtime "
                          "version. See ", done.stderr)
            self.assertIn(f"runtime version {runtime} runs Python {pythons}.", done.stderr)

    def test_a_bad_job_id_is_refused(self):
        done = self.submit("bad-id", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("job.job_id", done.stderr)

    def test_storage_cp_ls_cat_rm(self):
        small = self.engine.folder / "small.txt"
        small.write_text("hello gs\n")
        big = self.engine.folder / "big.bin"
        big.write_bytes(bytes(range(256)) * 80_000)  # above 8 MiB: a resumable upload
        self.gcloud("storage", "cp", small, "gs://guide_bucket/d/small.txt")
        self.gcloud("storage", "cp", big, "gs://guide_bucket/d/big.bin")
        self.assertEqual(self.gcloud("storage", "ls", "gs://guide_bucket/d/").stdout.split(),
                         ["gs://guide_bucket/d/big.bin", "gs://guide_bucket/d/small.txt"])
        self.assertEqual(self.gcloud("storage", "cat", "gs://guide_bucket/d/small.txt").stdout, "hello gs\n")
        back = self.engine.folder / "back.bin"
        self.gcloud("storage", "cp", "gs://guide_bucket/d/big.bin", back)
        self.assertEqual(back.read_bytes(), big.read_bytes())
        self.gcloud("storage", "rm", "gs://guide_bucket/d/big.bin")
        self.assertEqual(self.gcloud("storage", "ls", "gs://guide_bucket/d/").stdout.split(),
                         ["gs://guide_bucket/d/small.txt"])

    def test_local_train(self):
        package = self.engine.package("import os, sys\nprint(os.environ['TF_CONFIG'])\nsys.exit(4)\n")
        theirs = self.gcloud("ml-engine", "local", "train", "--module-name", "trainer.task", "--package-path", package,
                             "--", "--a", "1", check=False)
        ours = self.engine.mlengine("local", "train", "--module-name", "trainer.task", "--package-path", package, "--",
                                    "--a", "1", check=False)
        self.assertEqual((theirs.returncode, ours.returncode), (4, 4))
        self.assertEqual(json.loads(theirs.stdout), json.loads(ours.stdout))


if __name__ == "__main__":
    unittest.main()
