"""What becomes of the logs of ended jobs: they are compressed and read as before; the oldest go when all take too much
room, and say so."""
import json
import subprocess
import unittest

from engine import Engine, wait_for

LINES = """
import sys
for i in range(20000):
    print("line %d of a program that says much" % i)
raise RuntimeError("the end of it")
"""


def engine_with(yaml):
    engine = Engine("--slots", "2")
    engine.data.mkdir()
    (engine.data / "mlengine.yaml").write_text(yaml)
    return engine


class LogKeepingTest(unittest.TestCase):
    def test_a_compressed_log_reads_as_before(self):
        with engine_with("logs: {archiveAfterSeconds: 3, lookEverySeconds: 1}\n") as engine:
            engine.submit("talks", LINES)
            self.assertEqual(engine.wait_job("talks")["state"], "FAILED")
            log = engine.data / "logs/default/talks"
            spool = engine.data / "jobs/default/talks/attempt-1/master-0/stdout-0"
            written = spool.read_bytes()
            before = engine.mlengine("jobs", "stream-logs", "talks", check=False).stdout
            self.assertEqual(before.count("of a program that says much"), 20000)
            wait_for("the segments", lambda: (log / "index.zst").exists() and not (log / "index").exists())
            self.assertFalse(spool.exists())
            self.assertEqual(engine.mlengine("jobs", "stream-logs", "talks", check=False).stdout, before)
            raw = engine.mlengine("jobs", "stream-logs", "talks", "--raw", "--task-name", "master-replica-0",
                                  check=False).stdout
            self.assertEqual(raw.encode(), written)
            stored = sum(path.stat().st_size for path in log.iterdir())
            self.assertLess(stored, len(written) / 2)
            if subprocess.run(["which", "zstd"], capture_output=True).returncode == 0:
                streams = [subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout
                           for path in log.glob("stream-*.zst")]
                self.assertIn(written, streams)
            engine.kill()
            engine.start()
            self.assertEqual(engine.mlengine("jobs", "stream-logs", "talks", check=False).stdout, before)
            engine.stop()
            check = engine.mlengine("server", "check", "--data-dir", str(engine.data), "--format", "json")
            self.assertEqual(json.loads(check.stdout)["findings"], [])

    def test_the_oldest_goes_when_all_are_too_large(self):
        with engine_with("logs: {archiveAfterSeconds: 1000, lookEverySeconds: 1, budget: 2500 KiB}\n") as engine:
            for job_id in ("first", "second"):
                engine.submit(job_id, LINES)
                self.assertEqual(engine.wait_job(job_id)["state"], "FAILED")
            retired = engine.data / "logs/default/first/retired"
            wait_for("the oldest log to go", retired.exists)
            wait_for("its folders to go", lambda: not (engine.data / "jobs/default/first").exists())
            told = engine.mlengine("jobs", "stream-logs", "first", check=False).stdout
            self.assertIn("RuntimeError: the end of it", told)
            self.assertIn("This log was removed", told)
            self.assertIn("logs.budget", told)
            self.assertNotIn("line 7 of", told)
            self.assertEqual(json.loads(engine.mlengine("jobs", "describe", "first", "--format", "json").stdout)["state"],
                             "FAILED")
            self.assertTrue((engine.data / "jobs/default/second").exists())
            gone = engine.mlengine("jobs", "stream-logs", "first", "--raw", check=False)
            self.assertIn("was removed", gone.stderr)

    def test_days_are_set_by_project(self):
        with engine_with("slots: 1\n") as engine:
            engine.mlengine("quotas", "set", "log-days", "90")
            listed = json.loads(engine.mlengine("quotas", "list", "--format", "json").stdout)
            self.assertEqual({line["quota"]: line["limit"] for line in listed}["log-days"], "90")
            wrong = engine.mlengine("quotas", "set", "log-days", "0", check=False)
            self.assertIn("log-days must be at least 1", wrong.stderr)
            region = engine.mlengine("quotas", "set", "log-days", "1", "--region", "us-central1", check=False)
            self.assertIn("set it without a region", region.stderr)


if __name__ == "__main__":
    unittest.main()
