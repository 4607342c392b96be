"""Clusters on one machine: replicas that reach each other, and what becomes of them."""
import json
import os
import shutil
import signal
import subprocess
import unittest

from engine import BIN, Engine, processes_with, wait_for

GCLOUD = shutil.which("gcloud")

# Every replica listens at its own address of TF_CONFIG; the master calls all the others and hears who they are.
CALLS = """
import json, os, socket, sys, time
config = json.loads(os.environ["TF_CONFIG"])
cluster, task = config["cluster"], config["task"]
me = task["type"] + str(task["index"])
if task["type"] in ("master", "chief"):
    heard = []
    for role, addresses in sorted(cluster.items()):
        for index, address in enumerate(addresses):
            if role == task["type"]:
                continue
            host, port = address.rsplit(":", 1)
            for _ in range(3000):
                try:
                    with socket.create_connection((host, int(port)), timeout=60) as line:
                        heard.append(line.makefile().readline().strip())
                    break
                except ConnectionRefusedError:
                    time.sleep(0.02)
            assert heard and heard[-1] == role + str(index), (role, index, heard[-1:])
    print("heard", len(heard), "of", {r: len(a) for r, a in sorted(cluster.items())}, flush=True)
else:
    host, port = cluster[task["type"]][task["index"]].rsplit(":", 1)
    print(me, "listens", flush=True)
    with socket.create_server((host, int(port))) as server:
        while True:
            line, _ = server.accept()
            line.sendall((me + "\\n").encode())
            line.close()
"""

WAITS = """
import json, os, sys, time
task = json.loads(os.environ["TF_CONFIG"])["task"]
path = sys.argv[1] + "/" + task["type"] + str(task["index"])
with open(path, "a") as f:
    f.write(str(os.getpid()) + "\\n")
print("up", flush=True)
while not os.path.exists(sys.argv[1] + "/go"):
    time.sleep(0.02)
if task["type"] == "worker" and task["index"] == 1 and os.path.exists(sys.argv[1] + "/fail"):
    raise ValueError("worker 1 has no data")
if task["type"] == "worker" or os.path.exists(sys.argv[1] + "/fail"):
    time.sleep(600)
"""

CONFIG = """
trainingInput:
  scaleTier: CUSTOM
  masterType: complex_model_m
  workerType: complex_model_m
  parameterServerType: large_model
  workerCount: 9
  parameterServerCount: 3
"""

TWO_WORKERS = ("--scale-tier", "custom", "--master-machine-type", "standard", "--worker-machine-type", "standard",
               "--worker-count", "2")


class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine("--slots", "4").__enter__()
        cls.engine.environment["CLOUDSDK_CONFIG"] = str(cls.engine.folder / "gcloud")
        cls.engine.environment["PATH"] = f"{BIN}:{cls.engine.environment['PATH']}"
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def tearDown(self):
        # A test that failed must not take the next one's room.
        for job in self.engine.request("GET", "/v1/projects/default/jobs")[1].get("jobs", []):
            if not job.get("endTime"):
                self.engine.request("POST", f"/v1/projects/default/jobs/{job['jobId']}:cancel", {})
                self.engine.wait_job(job["jobId"])

    def gcloud(self, *words):
        script = 'eval "$(mlengine gcloud-env)"; exec gcloud "$@"'
        done = subprocess.run(["bash", "-c", script, "gcloud", *map(str, words)], env=self.engine.environment,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def submit_by_gcloud(self, job_id, *flags):
        return self.gcloud("ml-engine", "jobs", "submit", "training", job_id, "--job-dir", f"gs://test_bucket/{job_id}",
                           "--module-name", "trainer.task", "--package-path", self.engine.package(CALLS), "--region",
                           "us-central1", "--runtime-version", "1.4", *flags)

    def replicas(self, job_id):
        detail = self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job_id}")[1]
        return detail["attempts"][-1]["replicas"]

    def assert_ran_whole(self, job_id, heard, count):
        job = self.engine.wait_job(job_id, 120)
        self.assertEqual(job["state"], "SUCCEEDED", job)
        messages = self.engine.log_messages(job_id)
        self.assertIn(("master-replica-0", "INFO", heard), messages)
        self.assertEqual(len(self.replicas(job_id)), count)
        listening = {task for task, _, text in messages if text.endswith(" listens")}
        self.assertEqual(len(listening), count - 1, listening)
        self.assertEqual(processes_with(f"CLOUD_ML_JOB_ID={job_id}"), [])
        described = self.engine.mlengine("jobs", "describe", job_id)
        self.assertIn("Replicas of attempt 1:\n  master-replica-0 ", described.stderr)
        self.assertEqual(described.stderr.count("-replica-"), count, described.stderr)
        return messages

    def test_standard_1_runs_its_eight_replicas(self):
        self.engine.submit("standard_1", CALLS, flags=("--scale-tier", "standard-1", "--runtime-version", "1.4"))
        messages = self.assert_ran_whole("standard_1", "heard 7 of {'master': 1, 'ps': 3, 'worker': 4}", 8)
        warnings = [text for _, severity, text in messages if severity == "WARNING"]
        self.assertTrue(any("8 replicas and this machine 4 slots" in text for text in warnings), warnings)

    @unittest.skipUnless(GCLOUD, "gcloud is not installed")
    def test_gcloud_runs_every_tier_of_the_guide(self):
        self.submit_by_gcloud("g_standard_1", "--scale-tier", "STANDARD_1")
        self.assert_ran_whole("g_standard_1", "heard 7 of {'master': 1, 'ps': 3, 'worker': 4}", 8)
        (self.engine.folder / "config.yaml").write_text(CONFIG)
        self.submit_by_gcloud("g_custom", "--config", self.engine.folder / "config.yaml")
        self.assert_ran_whole("g_custom", "heard 12 of {'master': 1, 'ps': 3, 'worker': 9}", 13)
        self.submit_by_gcloud("g_premium", "--scale-tier", "PREMIUM_1")
        self.assert_ran_whole("g_premium", "heard 30 of {'master': 1, 'ps': 11, 'worker': 19}", 31)
        streamed = self.gcloud("ml-engine", "jobs", "stream-logs", "g_custom").stdout
        self.assertIn("ps-replica-2", streamed)

    def waiting(self, job_id, *flags):
        folder = self.engine.folder / f"of-{job_id}"
        folder.mkdir()
        self.engine.submit(job_id, WAITS, folder, flags=(*TWO_WORKERS, *flags))
        wait_for("it to run", lambda: self.engine.job(job_id)["state"] == "RUNNING")
        wait_for("all to be up", lambda: len([f for f in folder.iterdir() if f.read_text()]) == 3)
        return folder

    def test_a_worker_that_is_killed_comes_back_alone(self):
        folder = self.waiting("comes_back")
        os.kill(int((folder / "worker1").read_text()), signal.SIGKILL)
        wait_for("its restart", lambda: len((folder / "worker1").read_text().split()) == 2)
        (folder / "go").touch()
        self.assertEqual(self.engine.wait_job("comes_back")["state"], "SUCCEEDED")
        self.assertEqual(len((folder / "worker0").read_text().split()), 1)
        messages = self.engine.log_messages("comes_back")
        self.assertTrue(any("worker 1 exited" in text and "(restart 1 of 5)" in text for _, _, text in messages))
        self.assertEqual([text for task, _, text in messages if task == "worker-replica-1" and text == "up"],
                         ["up", "up"])

    def test_an_error_of_one_ends_all_and_is_the_cause(self):
        folder = self.waiting("fails_together")
        (folder / "fail").touch()
        (folder / "go").touch()
        job = self.engine.wait_job("fails_together")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("The replica worker 1 exited with a non-zero status of 1.", job["errorMessage"])
        self.assertIn("worker 1 has no data", job["errorMessage"])
        self.assertEqual(processes_with("CLOUD_ML_JOB_ID=fails_together"), [])

    def test_a_server_that_is_killed_finds_its_cluster_again(self):
        folder = self.waiting("finds_again")
        endpoint = self.engine.url.removeprefix("http://")
        self.engine.kill()
        self.engine.start(endpoint)
        self.assertEqual(self.engine.job("finds_again")["state"], "RUNNING")
        (folder / "go").touch()
        self.assertEqual(self.engine.wait_job("finds_again")["state"], "SUCCEEDED")
        for name in ("chief0", "worker0", "worker1"):
            self.assertEqual(len((folder / name).read_text().split()), 1, name)

    def test_a_waiting_job_says_what_for(self):
        folder = self.waiting("holds_three")
        self.engine.submit("wants_two", CALLS, flags=("--scale-tier", "custom", "--master-machine-type", "standard",
                                                      "--worker-machine-type", "standard", "--worker-count", "1"))
        said = self.engine.mlengine("jobs", "why", "wants_two").stdout
        self.assertIn("Job [wants_two] is QUEUED.\nIt needs 2 slots of the 4 of the pool; 1 is free.\n"
                      "Room is held by holds_three (3 slots).\n", said)
        self.engine.submit("after_it", "print('small')\n")
        # It goes before the other, which could not use the slot that is left.
        self.assertEqual(self.engine.wait_job("after_it")["state"], "SUCCEEDED")
        self.assertEqual(self.engine.job("wants_two")["state"], "QUEUED")
        (folder / "go").touch()
        self.assertEqual(self.engine.wait_job("wants_two")["state"], "SUCCEEDED")
        self.assertIn("It has ended: SUCCEEDED.", self.engine.mlengine("jobs", "explain", "wants_two").stdout)
        missing = self.engine.mlengine("jobs", "explain", "no_such", check=False)
        self.assertEqual(missing.returncode, 1)

    def test_a_cancel_tears_all_down(self):
        self.waiting("torn_down")
        self.engine.mlengine("jobs", "cancel", "torn_down")
        self.assertEqual(self.engine.wait_job("torn_down")["state"], "CANCELLED")
        self.assertEqual(processes_with("CLOUD_ML_JOB_ID=torn_down"), [])

    def test_what_is_wrong_with_a_cluster_is_told_at_once(self):
        status, answer = self.engine.request("POST", "/v1/projects/default/jobs", {
            "jobId": "wrong", "trainingInput": {
                "scaleTier": "CUSTOM", "masterType": "complex_model", "workerCount": "2", "region": "us-central1",
                "pythonModule": "a.b", "packageUris": ["gs://test_bucket/x.tar.gz"]}})
        self.assertEqual(status, 400, answer)
        self.assertIn("did you mean complex_model_s?", json.dumps(answer))
        self.assertIn("job.training_input.worker_type", json.dumps(answer))


if __name__ == "__main__":
    unittest.main()
