"""Kill -9 at random moments, and what else a server, a runner or a program may meet: what was acknowledged is known, ran
once, ended as it really ended, and left its whole log and no process."""
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import unittest
import urllib.error
from pathlib import Path

from engine import BIN, Engine, processes_with, wait_for

# JOURNAL NAME LINES PAUSE CODE: tells the journal that it runs, prints LINES lines, ends with CODE.
PROGRAM = """
import os, sys, time
journal, name, lines, pause, code = sys.argv[1:6]
fd = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
os.write(fd, (name + "\\n").encode())
for i in range(int(lines)):
    os.write(1, f"{name} line {i}\\n".encode())  # at once, so that a kill comes before it or after it
    time.sleep(float(pause))
sys.exit(int(code))
"""

# JOURNAL: the first to run writes "tick PID" for ever; whoever finds it in the journal ends.
TICKER = """
import os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
second = os.fstat(fd).st_size > 0
os.write(fd, b"start %d\\n" % os.getpid())
print("second" if second else "first", flush=True)
while not second:
    os.write(fd, b"tick %d\\n" % os.getpid())
    time.sleep(0.002)
"""

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


class CrashEngine(Engine):
    """Jobs by the plain API, so that a request can be repeated while the server is gone."""

    def stage(self, source):
        """Uploads a package by a job of its own; the URIs that other jobs may use."""
        self.submit("stage", source, self.folder / "staged", "stage", 0, 0, 0)
        self.wait_job("stage")
        return self.job("stage")["trainingInput"]["packageUris"]

    def persist(self, method, path, body=None, headers=None):
        """A request, repeated until a server answers it."""
        def answered():
            try:
                return self.request(method, path, body, headers)
            except (OSError, urllib.error.URLError):
                return None
        return wait_for(f"an answer to {method} {path}", answered)

    def create(self, job_id, packages, *args):
        body = {"jobId": job_id, "trainingInput": {
            "scaleTier": "BASIC", "region": "us-central1", "pythonModule": "trainer.task", "packageUris": packages,
            "args": list(map(str, args))}}
        return self.persist("POST", "/v1/projects/default/jobs", body, {"Idempotency-Key": job_id})

    def restart(self):
        self.log.close()
        self.start(listen=self.url.removeprefix("http://"))

    def replica(self, job_id, attempt=1):
        return self.data / f"jobs/default/{job_id}/attempt-{attempt}/master-0"

    def status_record(self, job_id, attempt=1):
        path = self.replica(job_id, attempt) / "status-0.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def runner(self, job_id, attempt=1):
        """The PID of a job's runner, by its command line; None when there is none."""
        spec = str(self.replica(job_id, attempt) / "launch-spec.json")
        for pid in processes_with(spec):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:1] == [str(BIN / "mlengine-runner").encode()] and words[1:2] == [spec.encode()]:
                return pid
        return None

    def entries(self, job_id):
        filter_ = f'resource.type="ml_job" AND resource.labels.job_id="{job_id}"'
        body = {"resourceNames": ["projects/default"], "filter": filter_, "pageSize": 1000, "orderBy": "timestamp asc"}
        status, answer = self.request("POST", "/v2/entries:list", body)
        assert status == 200 and not answer.get("nextPageToken"), answer
        return answer.get("entries", [])

    def processes(self):
        """Runners and programs of any job: the names of what lives of them."""
        found = {}
        for pid in processes_with(str(self.data / "jobs") + "/"):
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def leftovers(self):
        """What a finished job must not leave: programs at once, its runner after a moment (it has its own end yet)."""
        programs = {pid: name for pid, name in self.processes().items() if not name.startswith(str(BIN))}
        if not programs:
            wait_for("the runners to end", lambda: not self.processes(), 5)
        return programs

    def complaints(self):
        text = (self.folder / "server.log").read_text(errors="replace")
        return [line for line in text.splitlines() if "Sanitizer" in line or "runtime error" in line
                or '"level":"error"' in line]


def message(entry):
    return entry.get("jsonPayload", {}).get("message", entry.get("textPayload", ""))


class KillTest(unittest.TestCase):
    SEED = int(os.environ.get("MLENGINE_CRASH_SEED", "20170405"))
    JOBS = 20
    KILLS = 15

    def setUp(self):
        self.chance = random.Random(self.SEED)
        self.acknowledged = {}  # job id -> what it shall end with
        self.cancelled = set()
        self.failures = []

    def plan(self, number):
        """(lines, pause, code) of a job."""
        if number % 5 == 3:
            return 3000, 0.01, 0  # to be cancelled
        return self.chance.randint(1, 20), 0.02, 3 if number % 5 == 1 else 0

    def submit_all(self, engine, packages, plans):
        try:
            for job_id, (lines, pause, code) in plans.items():
                status, answer = engine.create(job_id, packages, self.journal, job_id, lines, pause, code)
                assert status == 200, (job_id, status, answer)
                self.acknowledged[job_id] = (lines, code)
                time.sleep(0.15)
                if lines == 3000:
                    self.waiting.append(job_id)
        except BaseException as error:  # told by the test itself
            self.failures.append(error)

    def cancel_some(self, engine):
        while self.waiting and not self.failures:
            job_id = self.waiting[0]
            # One in two while it runs, the others wherever they are.
            running = engine.persist("GET", f"/v1/projects/default/jobs/{job_id}")[1]["state"] == "RUNNING"
            if not running and int(job_id[-2:]) % 2 == 1:
                return
            status, answer = engine.persist("POST", f"/v1/projects/default/jobs/{job_id}:cancel", {})
            assert status == 200, (job_id, status, answer)
            self.cancelled.add(job_id)
            self.waiting.pop(0)

    def test_kill_9_of_the_server_at_random_moments(self):
        with CrashEngine("--slots", "2") as engine:
            self.journal = engine.folder / "journal"
            self.waiting = []
            packages = engine.stage(PROGRAM)
            plans = {f"job_{i:02}": self.plan(i) for i in range(self.JOBS)}
            plans["job_00"] = (250, 0.04, 0)  # the followed one
            submitter = threading.Thread(target=self.submit_all, args=(engine, packages, plans))
            submitter.start()
            wait_for("the first job", lambda: "job_00" in self.acknowledged or self.failures)
            self.assertEqual(self.failures, [])
            printed = engine.folder / "followed"
            with open(printed, "w") as stdout:
                follower = subprocess.Popen([str(BIN / "mlengine"), "jobs", "stream-logs", "job_00"], text=True,
                                            env=engine.environment, stdout=stdout, stderr=subprocess.PIPE)
            # Who never met a server does not wait for one.
            wait_for("its first line", lambda: "\n" in printed.read_text())
            for _ in range(self.KILLS):
                time.sleep(self.chance.choice((0.01, 0.05, 0.2, 0.5)) * self.chance.random() * 2)
                engine.kill()
                time.sleep(self.chance.random() * 0.2)
                engine.restart()
                self.cancel_some(engine)
            submitter.join(timeout=60)
            self.assertEqual(self.failures, [])
            while self.waiting:
                self.cancel_some(engine)
                time.sleep(0.02)
            jobs = {job_id: engine.wait_job(job_id) for job_id in plans}
            _, err = follower.communicate(timeout=30)
            self.check_all(engine, plans, jobs)
            self.assertEqual(follower.returncode, 0, err)
            followed = [line.split("\t")[-1] for line in printed.read_text().splitlines() if "\tjob_00 line " in line]
            self.assertEqual(followed, [f"job_00 line {i}" for i in range(250)])

    def check_all(self, engine, plans, jobs):
        self.assertEqual(engine.leftovers(), {})
        self.assertEqual(set(self.acknowledged), set(plans))
        started = (engine.folder / "journal").read_text().split()
        self.assertEqual(len(started), len(set(started)), "a job ran twice")
        database = sqlite3.connect(f"file:{engine.data}/state.db?mode=ro", uri=True)
        self.assertEqual(database.execute("SELECT count(*), count(DISTINCT job_id) FROM jobs").fetchone(),
                         (self.JOBS + 1, self.JOBS + 1))
        database.close()
        for job_id, (lines, _, code) in plans.items():
            with self.subTest(job=job_id):
                self.check_job(engine, job_id, jobs[job_id], lines, code, job_id in started)
        self.assertEqual(engine.complaints(), [])

    def check_job(self, engine, job_id, job, lines, code, ran):
        expected = "CANCELLED" if job_id in self.cancelled else "SUCCEEDED" if code == 0 else "FAILED"
        self.assertEqual(job["state"], expected, job)
        record = engine.status_record(job_id)
        spool = engine.replica(job_id) / "stdout-0"
        printed = spool.read_bytes().decode().splitlines() if spool.exists() else []
        self.assertEqual(printed, [f"{job_id} line {i}" for i in range(len(printed))])
        if expected != "CANCELLED":
            self.assertTrue(ran)
            self.assertEqual(len(printed), lines)
            self.assertEqual(record["exit"].get("exitCode", 0), code)
            self.assertFalse((engine.replica(job_id, 2)).exists())
        if ran:
            self.assertEqual(record["step"], "EXITED")
            self.assertTrue((engine.replica(job_id) / "lease-0").read_text().startswith("runner "))
        entries = engine.entries(job_id)
        self.assertEqual([message(e) for e in entries if message(e).startswith(job_id + " line ")], printed)
        for field in ("timestamp", "insertId"):
            values = [entry[field] for entry in entries]
            self.assertEqual(values, sorted(set(values)), field)
        last = {"SUCCEEDED": "Job completed successfully.", "FAILED": "Job failed.", "CANCELLED": "Job cancelled."}
        self.assertEqual(message(entries[-1]), last[expected])
        raw = engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job_id}/log:raw?task=master-replica-0")[1]
        if printed:
            self.assertEqual(raw, spool.read_text())


class SignalTest(unittest.TestCase):
    def setUp(self):
        self.engine = CrashEngine("--slots", "4").__enter__()
        self.addCleanup(self.engine.__exit__)
        self.journal = self.engine.folder / "journal"

    def running(self, job_id):
        wait_for(f"{job_id} to run", lambda: self.engine.job(job_id)["state"] == "RUNNING")

    def test_kill_9_of_a_runner_is_another_attempt_after_the_first_is_dead(self):
        engine = self.engine
        engine.submit("lost", TICKER, self.journal)
        wait_for("its ticks", lambda: self.journal.exists() and self.journal.read_text().count("tick") > 5)
        os.kill(engine.runner("lost"), signal.SIGKILL)
        self.assertEqual(engine.wait_job("lost")["state"], "SUCCEEDED")
        words = [line.split() for line in self.journal.read_text().splitlines()]
        starts = [i for i, line in enumerate(words) if line[0] == "start"]
        self.assertEqual(len(starts), 2)
        self.assertNotIn(["tick", words[0][1]], words[starts[1]:], "attempt 1 lived when attempt 2 began")
        self.assertEqual(engine.leftovers(), {})
        messages = [message(e) for e in engine.entries("lost")]
        self.assertEqual([m for m in messages if m in ("first", "second")], ["first", "second"])
        self.assertTrue(any("(attempt 2)" in m for m in messages), messages)
        self.assertEqual(engine.status_record("lost", 2)["step"], "EXITED")
        self.assertEqual((engine.replica("lost") / "lease-0").read_text().split()[0], "runner")

    def test_kill_9_of_a_runner_while_the_server_is_gone(self):
        engine = self.engine
        engine.submit("unseen", TICKER, self.journal)
        runner = wait_for("its runner", lambda: engine.runner("unseen"))
        engine.kill()  # before it saw more of the job than its launch
        wait_for("its ticks", lambda: self.journal.exists() and "tick" in self.journal.read_text())
        os.kill(runner, signal.SIGKILL)
        engine.restart()
        self.assertEqual(engine.wait_job("unseen", 30)["state"], "SUCCEEDED")
        messages = [message(e) for e in engine.entries("unseen")]
        self.assertEqual([m for m in messages if m in ("first", "second")], ["first", "second"])
        self.assertEqual(engine.leftovers(), {})

    def test_kill_9_of_the_program_is_told_and_it_runs_again(self):
        engine = self.engine
        engine.submit("killed", TICKER, self.journal)
        self.running("killed")
        os.kill(int(wait_for("it to start", lambda: self.journal.exists() and self.journal.read_text()).split()[1]),
                signal.SIGKILL)
        self.assertEqual(engine.wait_job("killed")["state"], "SUCCEEDED")
        messages = [message(e) for e in engine.entries("killed")]
        self.assertTrue(any("non-zero status of 137" in m and "(restart 1 of 5)" in m for m in messages), messages)
        self.assertEqual([m for m in messages if m in ("first", "second")], ["first", "second"])
        self.assertEqual(engine.status_record("killed")["exit"]["signal"], 9)
        self.assertEqual(self.journal.read_text().count("start"), 2)
        self.assertEqual(engine.leftovers(), {})

    def test_what_the_kernel_kills_for_want_of_memory_is_not_tried_again(self):
        group = Path("/sys/fs/cgroup/memory") / f"mlengine-test-{os.getpid()}"
        try:
            group.mkdir()
            (group / "memory.limit_in_bytes").write_text("200000000")
        except OSError as error:
            self.skipTest(f"no memory cgroup can be made: {error}")
        self.addCleanup(group.rmdir)
        engine = self.engine
        engine.submit("hungry", f"""
            import os
            print("up", flush=True)
            open("{group}/cgroup.procs", "w").write(str(os.getpid()))
            held = [b"x" * 1_000_000 for _ in range(1000)]
            """.replace("\n            ", "\n"), self.journal)
        job = engine.wait_job("hungry")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("The replica master 0 ran out-of-memory and exited with a non-zero status of 137.",
                      job["errorMessage"])
        self.assertEqual([message(e) for e in engine.entries("hungry")].count("up"), 1)

    def test_a_server_that_stood_still_has_missed_nothing(self):
        engine = self.engine
        engine.submit("still", PROGRAM, self.journal, "still", 40, 0.05, 0)
        self.running("still")
        engine.process.send_signal(signal.SIGSTOP)
        wait_for("the program's end", lambda: engine.status_record("still")["step"] == "EXITED")
        engine.process.send_signal(signal.SIGCONT)
        self.assertEqual(engine.wait_job("still")["state"], "SUCCEEDED")
        lines = [message(e) for e in engine.entries("still") if message(e).startswith("still line")]
        self.assertEqual(lines, [f"still line {i}" for i in range(40)])

    def test_a_job_runs_on_while_its_server_is_stopped_and_started(self):
        engine = self.engine
        engine.submit("goes_on", PROGRAM, self.journal, "goes_on", 60, 0.05, 0)
        self.running("goes_on")
        runner = engine.runner("goes_on")
        follower = subprocess.Popen([str(BIN / "mlengine"), "jobs", "stream-logs", "goes_on"], text=True,
                                    env=engine.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = follower.stdout.readline()
        begun = time.monotonic()
        engine.process.send_signal(signal.SIGTERM)
        self.assertEqual(engine.process.wait(timeout=20), 0)
        self.assertLess(time.monotonic() - begun, 5, "an open follower kept the server")
        self.assertEqual(engine.runner("goes_on"), runner)
        self.assertFalse((engine.data / "run/endpoint").exists())
        engine.restart()
        self.assertIn(engine.job("goes_on")["state"], ("PREPARING", "RUNNING"))
        self.assertIn("the server has ended", engine.mlengine("server", "--stop").stdout)
        self.assertEqual(engine.process.wait(timeout=20), 0)
        self.assertIn("no server has the data folder", engine.mlengine("server", "--stop", check=False).stderr)
        engine.restart()
        self.assertEqual(engine.wait_job("goes_on")["state"], "SUCCEEDED")
        out = follower.stdout.read()  # not communicate(), which forgets what readline() read ahead
        err = follower.stderr.read()
        self.assertEqual(follower.wait(timeout=30), 0, err)
        followed = [line.split("\t")[-1] for line in (first + out).splitlines() if "\tgoes_on line " in line]
        self.assertEqual(followed, [f"goes_on line {i}" for i in range(60)])
        self.assertEqual(self.journal.read_text(), "goes_on\n")

    def test_a_stop_does_not_wait_for_a_slow_upload_and_keeps_none_of_it(self):
        engine = self.engine
        engine.mlengine("storage", "mb", "gs://test_bucket")
        host, port = engine.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as upload:
            upload.sendall(b"POST /upload/storage/v1/b/test_bucket/o?uploadType=media&name=half HTTP/1.1\r\n"
                           b"Host: " + host.encode() + b"\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 1000000)
            def arrived():
                return any(p.is_file() and p.name != "reserve" and p.stat().st_size >= 500000
                           for p in engine.data.rglob("*"))
            wait_for("the bytes to arrive", arrived)
            begun = time.monotonic()
            engine.process.send_signal(signal.SIGTERM)
            self.assertEqual(engine.process.wait(timeout=20), 0)
            self.assertLess(time.monotonic() - begun, 10)
        engine.restart()
        self.assertEqual(engine.request("GET", "/storage/v1/b/test_bucket/o/half")[0], 404)
        self.assertFalse(arrived(), "half an upload was left behind")

    def test_tokens_and_records_are_for_nobody_else(self):
        engine = self.engine
        engine.submit("secret", PROGRAM, self.journal, "secret", 40, 0.05, 0)
        self.running("secret")
        token = json.loads((engine.replica("secret") / "launch-spec.json").read_text())["launchToken"]
        self.assertGreaterEqual(len(token), 32)
        commands = b"".join((Path("/proc") / str(pid) / "cmdline").read_bytes() for pid in engine.processes())
        self.assertIn(b"launch-spec.json", commands)
        self.assertNotIn(token.encode(), commands)
        engine.wait_job("secret")
        base = "/mlengine/v1/projects/default/jobs/secret"
        for path in ("/v1/projects/default/jobs/secret", base, base + "/log", base + "/log:raw?task=master-replica-0",
                     "/v1/projects/default/jobs", "/ui/jobs/secret", "/ui", "/metrics", "/healthz"):
            status, answer = engine.request("GET", path)
            self.assertEqual(status, 200, path)
            self.assertNotIn(token, json.dumps(answer), path)
        self.assertNotIn(token, json.dumps(engine.entries("secret")))
        self.assertNotIn(token, (engine.folder / "server.log").read_text())
        for path in engine.data.iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        for path in engine.replica("secret").iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)


if __name__ == "__main__":
    unittest.main()
