"""Kill -9 of the server at chosen durable writes, by strace where the machine has it: at the Nth sync, rename or lock
in any thread. Whatever was acknowledged then ends as it should, having run once."""
import os
import shutil
import signal
import subprocess
import time
import unittest
import urllib.error

from engine import BIN
from test_crash import PROGRAM, CrashEngine, message

POINTS = [("fsync", 2), ("fsync", 7), ("fsync", 11), ("fdatasync", 1), ("fdatasync", 3), ("fdatasync", 6),
          ("fdatasync", 9), ("fdatasync", 12), ("fdatasync", 16), ("rename", 2), ("flock", 3), ("flock", 6)]
WANTED = {"ok": "SUCCEEDED", "bad": "FAILED", "cancel": "CANCELLED"}
LAST = {"SUCCEEDED": "Job completed successfully.", "FAILED": "Job failed.", "CANCELLED": "Job cancelled."}


class TracedEngine(CrashEngine):
    def start_to_die(self, call, number):
        """Starts a server that is killed at that call; its children are let go untouched."""
        self.log.close()
        (self.data / "run/endpoint").unlink(missing_ok=True)
        self.log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen(
            ["strace", "-f", "-b", "execve", "-qqq", "-o", "/dev/null", "-e", f"trace={call}",
             "-e", f"inject={call}:signal=SIGKILL:when={number}", str(BIN / "mlengine-server"), "--data-dir",
             str(self.data), "--listen", self.url.removeprefix("http://"), *self.server_arguments],
            env={**self.environment, "ASAN_OPTIONS": "detect_leaks=0"}, stdout=self.log, stderr=self.log)

    def end_traced(self):
        """Whether the call killed it; else it is killed now (the server itself, not strace)."""
        killed = self.process.poll() == -signal.SIGKILL
        if self.process.poll() is None:
            os.kill(int((self.data / "run/pid").read_text()), signal.SIGKILL)
        self.process.wait(timeout=20)
        return killed


def may_trace():
    return shutil.which("strace") and subprocess.run(["strace", "-qqq", "-o", "/dev/null", "true"]).returncode == 0


@unittest.skipUnless(may_trace(), "strace is not installed, or may not trace")
class PointTest(unittest.TestCase):
    def test_kill_9_at_a_durable_write(self):
        with TracedEngine("--slots", "2") as engine:
            self.journal = engine.folder / "journal"
            self.packages = engine.stage(PROGRAM)
            engine.stop()
            killed = 0
            for call, number in POINTS:
                with self.subTest(call=call, number=number):
                    jobs = {f"{call}_{number}_{kind}": state for kind, state in WANTED.items()}
                    engine.start_to_die(call, number)
                    self.work_until_killed(engine, jobs)
                    killed += engine.end_traced()
                    engine.restart()
                    self.finish(engine, jobs)
                    engine.stop()
            self.assertEqual(engine.complaints(), [])
            self.assertGreaterEqual(killed, len(POINTS) // 2)

    def create(self, engine, job_id):
        lines, code = (3000, 0) if job_id.endswith("cancel") else (2, 3 if job_id.endswith("bad") else 0)
        body = {"jobId": job_id, "trainingInput": {
            "scaleTier": "BASIC", "region": "us-central1", "pythonModule": "trainer.task", "packageUris": self.packages,
            "args": [str(self.journal), job_id, str(lines), "0.01", str(code)]}}
        status, answer = engine.request("POST", "/v1/projects/default/jobs", body, {"Idempotency-Key": job_id})
        self.assertEqual(status, 200, answer)

    def work_until_killed(self, engine, jobs):
        steps = [lambda job=job: self.create(engine, job) for job in jobs]
        steps.append(lambda: time.sleep(0.4))
        steps.append(lambda: engine.request("POST", f"/v1/projects/default/jobs/{list(jobs)[2]}:cancel", {}))
        until = time.monotonic() + 2
        while engine.process.poll() is None and time.monotonic() < until:
            try:
                if steps:
                    steps[0]()
                    steps.pop(0)
                else:
                    time.sleep(0.02)
            except (OSError, urllib.error.URLError):
                time.sleep(0.02)

    def finish(self, engine, jobs):
        for job_id in jobs:
            self.create(engine, job_id)  # the same call once more answers the job that is there
        engine.request("POST", f"/v1/projects/default/jobs/{list(jobs)[2]}:cancel", {})
        for job_id, state in jobs.items():
            self.assertEqual(engine.wait_job(job_id, 20)["state"], state)
            runs = self.journal.read_text().split().count(job_id) if self.journal.exists() else 0
            self.assertIn(runs, (0, 1) if state == "CANCELLED" else (1,), job_id)
            self.assertFalse(engine.replica(job_id, 2).exists())
            messages = [message(entry) for entry in engine.entries(job_id)]
            spool = engine.replica(job_id) / "stdout-0"
            printed = spool.read_text().splitlines() if spool.exists() else []
            self.assertEqual([m for m in messages if m.startswith(job_id + " line ")], printed)
            self.assertEqual(messages[-1], LAST[state])
            self.assertEqual(messages.count(LAST[state]), 1)
        self.assertEqual(engine.leftovers(), {})


if __name__ == "__main__":
    unittest.main()
