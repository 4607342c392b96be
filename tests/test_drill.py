"""Fire drills of a running job: a real engine, real programs that save their step and go on from it."""
import json
import os
import re
import signal
import subprocess
import time
import unittest
import uuid
from pathlib import Path

from engine import BIN, Engine, wait_for

# Counts steps, saves every fifth to --job-dir through the engine's own object storage, and goes on from there. Each
# replica of a cluster has its own file.
PROGRAM = '''
import argparse, json, os, signal, sys, time, urllib.request, urllib.parse, urllib.error
parser = argparse.ArgumentParser()
parser.add_argument("--job-dir")
parser.add_argument("--steps", type=int, default=100000)
parser.add_argument("--save-on-term", action="store_true")
parser.add_argument("--never-save", action="store_true")
args = parser.parse_args()
task = json.loads(os.environ.get("TF_CONFIG", "{}")).get("task", {})
name = "%s-%s" % (task.get("type", "master"), task.get("index", 0))
bucket, _, prefix = args.job_dir[len("gs://"):].partition("/")
host = os.environ["STORAGE_EMULATOR_HOST"]
url = "%s/%s/%s/%s.step" % (host, bucket, prefix, name)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

# Like every client of a storage: a server that is away for a moment is no end.
def load():
    for _ in range(100):
        try:
            return int(opener.open(url, timeout=10).read())
        except urllib.error.HTTPError:
            return 0
        except OSError:
            time.sleep(0.1)
    sys.exit("cannot load")

def save(step):
    where = "%s/upload/storage/v1/b/%s/o?uploadType=media&name=%s" % (
        host, bucket, urllib.parse.quote("%s/%s.step" % (prefix, name), safe=""))
    for _ in range(100):
        try:
            opener.open(urllib.request.Request(where, data=b"%d" % step, method="POST"), timeout=10).read()
            print("saved checkpoint at step %d" % step, flush=True)
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("cannot save")

step = 0
def on_term(*_):
    save(step)
    sys.exit(0)
if args.save_on_term:
    signal.signal(signal.SIGTERM, on_term)
step = load()
print("resumed from step %d" % step if step else "begins anew", flush=True)
while step < args.steps:
    time.sleep(0.05)
    step += 1
    print("step %d" % step, flush=True)
    if step % 5 == 0 and not args.never_save:
        save(step)
'''
CLUSTER = ("--scale-tier", "CUSTOM", "--master-machine-type", "standard", "--worker-machine-type", "standard",
           "--worker-count", "2")


def is_replica(pid):
    try:
        return b"trainer.task" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class DrillTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine("--slots", "8")
        cls.engine.start()

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def tearDown(self):
        for job in self.engine.request("GET", "/v1/projects/default/jobs")[1].get("jobs", []):
            if not job.get("endTime"):
                self.engine.mlengine("jobs", "cancel", job["jobId"], check=False)

    def start(self, *user_args, flags=(), steps=8):
        """A job whose replicas have all done that many steps."""
        job = "drill_" + uuid.uuid4().hex[:8]
        self.engine.submit(job, PROGRAM, *user_args, flags=flags)
        tasks = ["master-replica-0"] + (["worker-replica-0", "worker-replica-1"] if flags else [])
        for task in tasks:
            wait_for(f"step {steps} of {task}", lambda: self.last_step(job, task) >= steps, 120)
        return job

    def last_step(self, job, task):
        steps = [int(m.group(1)) for _, _, text in self.engine.log_messages(job, task)
                 if (m := re.fullmatch(r"step (\d+)", text))]
        return max(steps, default=0)

    def drill(self, job, *words, check=True):
        done = self.engine.mlengine("jobs", "drill", job, *words, "--quiet", "--format", "json", check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def refused(self, *words, stdin=None):
        done = self.engine.mlengine("jobs", "drill", *words, check=False, input=stdin)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def detail(self, job):
        return self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job}")[1]

    def resumed(self, job, task):
        return [int(m.group(1)) for _, _, text in self.engine.log_messages(job, task)
                if (m := re.fullmatch(r"resumed from step (\d+)", text))]

    def test_a_killed_worker_goes_on_from_its_checkpoint(self):
        job = self.start(flags=CLUSTER)
        before = self.detail(job)["attempts"][-1]["replicas"]
        report = self.drill(job, "--kill", "worker:1")
        self.assertEqual(report["result"], "RECOVERED", report)
        self.assertEqual(report["replica"], "worker:1")
        worker = next(r for r in before if r["role"] == "worker" and r.get("index", 0) == 1)
        self.assertEqual(report["exits"][0]["pid"], worker["status"]["userPid"])
        self.assertEqual((report["exits"][0]["signal"], report["exits"][0]["reason"]), (9, "DRILLED"))
        self.assertEqual(report["restart"], {"number": 1, "counted": False})
        steps = report["steps"]
        self.assertEqual(steps["toldBy"], "worker-replica-1")
        # The program's own word for it is the judge.
        self.assertEqual([steps["resumedFrom"]], self.resumed(job, "worker-replica-1"))
        self.assertEqual(steps["resumedFromBy"], "ITS_OWN_WORDS")
        self.assertEqual(steps["lost"], steps["before"] - steps["resumedFrom"])
        self.assertGreaterEqual(steps["before"], 8)
        self.assertLess(steps["lost"], 6)
        self.assertGreater(report["secondsUntilRunning"], 0)
        self.assertGreater(report["secondsUntilProgress"], report["secondsUntilRunning"])
        cost = report["cost"]
        self.assertEqual(cost["repeatedSteps"], steps["lost"])
        self.assertEqual(cost["lostSeconds"], report["secondsUntilProgress"])
        self.assertGreater(cost["ifOthersWaited"]["replicaSeconds"], cost["replicaSeconds"])
        # The others never noticed.
        after = {(r["role"], r.get("index", 0)): r for r in self.detail(job)["attempts"][-1]["replicas"]}
        for replica in before:
            key = (replica["role"], replica.get("index", 0))
            if key != ("worker", 1):
                self.assertEqual(after[key]["status"]["userPid"], replica["status"]["userPid"])
        self.assertEqual(after["worker", 1]["restart"], 1)
        said = [text for _, _, text in self.engine.log_messages(job, "service")]
        self.assertIn("Drill: worker-replica-1 is killed.", said)
        self.assertIn("Drill: worker-replica-1 runs again.", said)
        self.assertTrue(any("not counted; 0 of 5 restarts are used" in text for text in said), said)

    def test_a_drill_uses_up_no_restarts(self):
        job = self.start()
        for number in range(1, 8):  # the limit is 5
            report = self.drill(job, "--kill", "master")
            self.assertEqual(report["restart"]["number"], number)
        self.assertEqual(self.engine.job(job)["state"], "RUNNING")
        # One that comes from elsewhere is the first that counts.
        replica = self.detail(job)["attempts"][-1]["replicas"][0]
        self.assertTrue(is_replica(replica["status"]["userPid"]))
        os.kill(replica["status"]["userPid"], signal.SIGKILL)
        wait_for("its restart", lambda: any("restart 1 of 5" in text
                                            for _, _, text in self.engine.log_messages(job, "service")))

    def test_a_preempted_job_goes_on_in_another_attempt(self):
        job = self.start("--save-on-term", flags=CLUSTER)
        old = self.detail(job)["attempts"][-1]["replicas"]
        report = self.drill(job, "--preempt")
        self.assertEqual(report["result"], "RECOVERED", report)
        self.assertEqual(len(report["exits"]), 3)
        self.assertEqual({e["reason"] for e in report["exits"]}, {"PREEMPTED"})
        self.assertEqual(report["attempt"], {"number": 2, "counted": False})
        # It saves when it is told to stop, so nothing is lost.
        steps = report["steps"]
        self.assertEqual([steps["resumedFrom"]], self.resumed(job, "master-replica-0"))
        self.assertEqual(steps["lost"], steps["before"] - steps["resumedFrom"])
        self.assertLessEqual(steps["lost"], 1)
        attempts = self.detail(job)["attempts"]
        self.assertEqual([a.get("outcome") for a in attempts], ["PREEMPTED", None])
        for replica in old:
            self.assertFalse(is_replica(replica["status"]["userPid"]))
        said = [text for _, _, text in self.engine.log_messages(job, "service")]
        self.assertIn("Drill: the job is preempted: its replicas are stopped, then it starts again.", said)
        self.assertIn("Drill: the job runs again.", said)

    def test_a_job_that_saves_nothing_is_told_so(self):
        job = self.start("--never-save")
        done = self.engine.mlengine("jobs", "drill", job, "--preempt", input="y\n")
        self.assertIn("its lines tell of no checkpoint", done.stderr)
        self.assertIn("Do you want to continue (Y/n)?", done.stderr)
        self.assertRegex(done.stdout, r"Resumed from +step 0, by its first steps; it was at step \d+: \d+ steps lost")
        self.assertIn("It began anew", done.stdout)
        self.assertRegex(done.stdout, r"Result +RECOVERED")

    def test_the_server_restarts_under_a_running_job(self):
        job = self.start(flags=CLUSTER)
        pid = self.engine.process.pid
        report = self.drill(job, "--restart-server")
        self.assertEqual(report["result"], "RECOVERED", report)
        server = report["server"]
        self.assertEqual((server["replicas"], server["replicasRanOn"]), (3, 3))
        self.assertEqual((server["logLinesLost"], server["logLinesDoubled"]), (0, 0))
        self.assertTrue(server["logBytesBeforeAreSame"])
        self.assertGreater(server["logLinesChecked"], 10)
        self.assertGreater(server["logBytesNow"], server["logBytesBefore"])
        self.assertGreater(server["secondsAway"], 0)
        self.assertGreater(report["secondsWithoutAnswer"], 0)
        self.assertEqual(report["steps"]["lost"], 0)
        self.assertEqual(report["steps"]["resumedFromBy"], "RAN_ON")
        self.assertIsNone(self.engine.process.poll(), "same process, for whoever started it")
        self.assertEqual(self.engine.process.pid, pid)
        self.assertEqual(self.engine.request("GET", "/healthz")[0], 200)
        # By the bytes themselves: every step of the log once, in order, over the restart.
        steps = [int(m.group(1)) for _, _, text in self.engine.log_messages(job, "worker-replica-1")
                 if (m := re.fullmatch(r"step (\d+)", text))]
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        # What the new server inherited leaves no zombie.
        self.engine.mlengine("jobs", "cancel", job)
        self.engine.wait_job(job)
        wait_for("no zombie of the server", lambda: not [
            stat for stat in (p.read_text() for p in Path("/proc").glob("[0-9]*/stat") if p.exists())
            if stat.rpartition(")")[2].split()[:2] == ["Z", str(pid)]], 10)

    def test_refusals_in_words(self):
        self.assertIn("which drill?", self.refused("no_such_job"))
        self.assertIn("one drill at a time", self.refused("no_such_job", "--preempt", "--restart-server"))
        self.assertIn("NOT_FOUND", self.refused("no_such_job", "--preempt", "--quiet"))
        done = "drill_" + uuid.uuid4().hex[:8]
        self.engine.submit(done, PROGRAM, "--steps", "1")
        self.engine.wait_job(done)
        self.assertIn("has ended: SUCCEEDED", self.refused(done, "--kill", "master", "--quiet"))
        job = self.start(flags=CLUSTER)
        text = self.refused(job, "--kill", "worker:7", "--quiet")
        self.assertIn("has no replica worker:7. It has master:0, worker:0 and worker:1.", text)
        self.assertIn("could be any of 2 replicas", self.refused(job, "--kill", "worker", "--quiet"))
        self.assertIn("names no replica", self.refused(job, "--kill", "worker:x", "--quiet"))
        self.assertIn("nothing was done", self.refused(job, "--preempt", stdin=""))
        self.assertIn("Nothing was done.", self.refused(job, "--preempt", stdin="n\n"))
        self.assertNotIn("drills", self.engine.request("GET", f"/v1/projects/default/jobs/{job}")[1])
        path = f"/mlengine/v1/projects/default/jobs/{job}/drills"
        self.assertEqual(self.engine.request("GET", path)[1], {"drills": []})
        # Another project does not see it.
        self.assertEqual(self.engine.request("POST", path.replace("default", "other"), {"action": "preempt"})[0], 404)
        # The same call twice is one drill; another call meanwhile is refused.
        key = {"Idempotency-Key": "k1"}
        first = self.engine.request("POST", path, {"action": "preempt"}, key)
        self.assertEqual(first[0], 200, first)
        self.assertEqual(self.engine.request("POST", path, {"action": "preempt"}, key)[1]["drill"], 1)
        status, answer = self.engine.request("POST", path, {"action": "restart-server"})
        self.assertEqual((status, answer["error"]["status"]), (400, "FAILED_PRECONDITION"))
        wait_for("the drill's end", lambda: self.engine.request("GET", path + "/1")[1]["result"] == "RECOVERED", 120)
        self.assertEqual(len(self.engine.request("GET", path)[1]["drills"]), 1)

    def test_a_queued_job_is_refused(self):
        running = self.start(flags=("--scale-tier", "CUSTOM", "--master-machine-type", "standard",
                                    "--worker-machine-type", "standard", "--worker-count", "7"), steps=1)
        waiting = "drill_" + uuid.uuid4().hex[:8]
        self.engine.submit(waiting, PROGRAM)
        self.assertIn("waits in the queue", self.refused(waiting, "--preempt", "--quiet"))
        self.engine.mlengine("jobs", "cancel", waiting)
        self.engine.mlengine("jobs", "cancel", running)

    def test_a_killed_server_goes_on_with_the_drill(self):
        job = self.start()
        path = f"/mlengine/v1/projects/default/jobs/{job}/drills"
        self.assertEqual(self.engine.request("POST", path, {"action": "preempt"})[0], 200)
        wait_for("the act", lambda: "actTime" in self.engine.request("GET", path + "/1")[1])
        self.engine.kill()
        self.engine.start()
        wait_for("the drill's end", lambda: self.engine.request("GET", path + "/1")[1]["result"] == "RECOVERED", 120)
        self.assertEqual(len(self.detail(job)["attempts"]), 2)

    def test_ctrl_c_stops_only_the_report(self):
        job = self.start("--never-save")
        drill = subprocess.Popen([str(BIN / "mlengine"), "jobs", "drill", job, "--preempt", "--quiet"],
                                 env=self.engine.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        path = f"/mlengine/v1/projects/default/jobs/{job}/drills"
        wait_for("the drill", lambda: self.engine.request("GET", path)[1]["drills"])
        drill.send_signal(signal.SIGINT)
        _, errors = drill.communicate(timeout=30)
        self.assertEqual(drill.returncode, 130)
        # The engine may know of the drill before its answer is here.
        self.assertRegex(errors, "the drill and the job go on|may have begun; the job goes on")
        wait_for("the drill's end", lambda: self.engine.request("GET", path + "/1")[1]["result"] == "RECOVERED", 120)

    def test_not_recovered_in_time(self):
        job = self.start("--never-save", steps=60)
        report = self.drill(job, "--kill", "master:0", "--timeout", "1", check=False)
        self.assertTrue(report["timedOut"])
        self.assertEqual(report["result"], "PENDING")
        self.assertIn("waitsFor", report)


if __name__ == "__main__":
    unittest.main()
