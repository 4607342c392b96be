"""The main path through mlengine's own command line: submit, follow, look, cancel, update, and what is left behind."""
import json
import subprocess
import time
import unittest

from engine import BIN, Engine, processes_with, wait_for

TRAINER = """
import json, os, sys
print("args", sys.argv[1:])
print("config", os.environ["TF_CONFIG"])
print("warning: from stderr", file=sys.stderr)
print("결과 é done")
"""


class MainPathTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def test_a_job_runs_to_success_and_its_log_is_whole(self):
        self.engine.submit("whole_1", TRAINER, "--epochs", "3")
        job = self.engine.wait_job("whole_1")
        self.assertEqual(job["state"], "SUCCEEDED")
        self.assertLessEqual(job["createTime"], job["startTime"])
        self.assertLessEqual(job["startTime"], job["endTime"])
        messages = self.engine.log_messages("whole_1")
        self.assertIn(("master-replica-0", "INFO",
                       "args ['--epochs', '3', '--job-dir', 'gs://test_bucket/whole_1']"), messages)
        self.assertIn(("master-replica-0", "INFO", "결과 é done"), messages)
        self.assertIn(("service", "INFO", "Job completed successfully."), messages[-1:])
        config = json.loads(next(m[2] for m in messages if m[2].startswith("config "))[7:])
        self.assertEqual(config["environment"], "cloud")
        self.assertEqual(config["task"]["index"], 0)

    def test_stream_logs_ends_with_the_job_and_tells_success_from_failure(self):
        self.engine.submit("stream_ok", "print('hello')")
        done = self.engine.mlengine("jobs", "stream-logs", "stream_ok")
        self.assertEqual(done.returncode, 0)
        line = next(line for line in done.stdout.splitlines() if line.endswith("hello"))
        self.assertRegex(line, r"^INFO\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\tmaster-replica-0\t\thello$")
        self.engine.submit("stream_bad", "raise SystemExit(3)")
        self.assertEqual(self.engine.mlengine("jobs", "stream-logs", "stream_bad", check=False).returncode, 1)

    def test_list_describe_update(self):
        self.engine.submit("listed_1", "print('x')", flags=["--labels", "team=a,stage=b"])
        self.engine.wait_job("listed_1")
        table = self.engine.mlengine("jobs", "list").stdout
        self.assertRegex(table.splitlines()[0], r"^JOB_ID +STATUS +CREATED +PROGRESS *$")
        self.assertRegex(table, r"(?m)^listed_1 +SUCCEEDED +\d{4}-")
        self.engine.mlengine("jobs", "update", "listed_1", "--update-labels", "stage=c", "--remove-labels", "team")
        self.assertEqual(self.engine.job("listed_1")["labels"], {"stage": "c"})
        text = self.engine.mlengine("jobs", "describe", "listed_1").stdout
        self.assertIn("jobId: listed_1\n", text)
        self.assertIn("state: SUCCEEDED\n", text)

    def test_cancel_stops_a_job_that_ignores_sigterm_and_double_forks(self):
        source = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: time.sleep(1)
    os._exit(0)
print("up", flush=True)
while True: time.sleep(1)
"""
        self.engine.submit("stubborn", source)
        wait_for("the job to run", lambda: self.engine.job("stubborn")["state"] == "RUNNING")
        wait_for("its line", lambda: any(m[2] == "up" for m in self.engine.log_messages("stubborn")))
        self.assertTrue(processes_with("CLOUD_ML_JOB_ID=stubborn"))
        self.engine.mlengine("jobs", "cancel", "stubborn")
        wait_for("its end to begin", lambda: self.engine.job("stubborn")["state"].startswith("CANCELL"), 10)
        self.assertEqual(self.engine.wait_job("stubborn")["state"], "CANCELLED")
        self.assertEqual(processes_with("CLOUD_ML_JOB_ID=stubborn"), [])

    def test_a_failing_job_tells_why(self):
        self.engine.submit("fails", "def f():\n    raise ValueError('no data here')\nf()")
        job = self.engine.wait_job("fails")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("The replica master 0 exited with a non-zero status of 1.", job["errorMessage"])
        self.assertIn("ValueError: no data here", job["errorMessage"])

    def test_unchanged_code_is_not_uploaded_again(self):
        package = self.engine.package("print('same')")
        if not (self.engine.data / "buckets/test_bucket").exists():
            self.engine.mlengine("storage", "mb", "gs://test_bucket")
        words = ["--job-dir", "gs://test_bucket/same", "--module-name", "trainer.task", "--package-path", package,
                 "--region", "us-central1"]
        self.engine.mlengine("jobs", "submit", "training", "same_1", *words)
        second = self.engine.mlengine("jobs", "submit", "training", "same_2", *words)
        self.assertIn("Already staged, not sent again: trainer-0.0.0.tar.gz", second.stderr)

    def test_no_server_is_a_sentence_and_exit_69(self):
        environment = dict(self.engine.environment)
        self.engine.environment["MLENGINE_ENDPOINT"] = "http://127.0.0.1:9"
        try:
            done = self.engine.mlengine("jobs", "list", check=False)
        finally:
            self.engine.environment = environment
        self.assertEqual(done.returncode, 69)
        self.assertIn("no server at http://127.0.0.1:9; start it with `mlengine server --detach`", done.stderr)


class SurvivalTest(unittest.TestCase):
    def test_jobs_survive_kill_9_of_the_server(self):
        with Engine("--slots", "2") as engine:
            slow = "import time, sys\nfor i in range(40):\n    print('line', i, flush=True)\n    time.sleep(0.1)\n"
            engine.submit("running", slow)
            wait_for("it to run", lambda: engine.job("running")["state"] == "RUNNING")
            engine.submit("ends_meanwhile", "import time\ntime.sleep(0.5)\nprint('ended')")
            wait_for("it to run", lambda: engine.job("ends_meanwhile")["state"] != "QUEUED")
            engine.submit("queued", "print('was queued')")
            engine.kill()
            time.sleep(1.5)  # the job that ends does so without a server
            engine.start()
            for job in ("running", "ends_meanwhile", "queued"):
                self.assertEqual(engine.wait_job(job)["state"], "SUCCEEDED", job)
            lines = [m[2] for m in engine.log_messages("running", "master-replica-0") if m[2].startswith("line ")]
            self.assertEqual(lines, [f"line {i}" for i in range(40)])

    def test_a_follower_outlives_a_restart_of_the_server(self):
        with Engine() as engine:
            engine.submit("followed", "import time\nfor i in range(40):\n    print('n', i, flush=True)\n"
                                      "    time.sleep(0.1)\n")
            follower = subprocess.Popen([str(BIN / "mlengine"), "jobs", "stream-logs", "followed"],
                                        env=engine.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_for("it to run", lambda: engine.job("followed")["state"] == "RUNNING")
            address = engine.url.removeprefix("http://")
            engine.kill()
            engine.start(listen=address)
            out, err = follower.communicate(timeout=60)
            self.assertEqual(follower.returncode, 0, err)
            numbers = [line.split("\t")[-1] for line in out.splitlines() if "\tn " in line]
            self.assertEqual(numbers, [f"n {i}" for i in range(40)])


if __name__ == "__main__":
    unittest.main()
