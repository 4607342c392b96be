"""Upgrade in place: a server of an older version, with its runners, is replaced on the same data folder by this one.

MLENGINE_OLD_BIN names the folder with the older mlengine-server and mlengine-runner; without it the tests are skipped.
Jobs in every state are there when the old server stops or is killed; each shall end as it would have, with its whole
log, and be readable through the plain API."""
import os
import shutil
import sqlite3
import unittest
from pathlib import Path

import engine
from engine import Engine, processes_with, wait_for

OWN = engine.BIN
OLD = os.environ.get("MLENGINE_OLD_BIN", "")

# FLAG LINES CODE: prints a line each 20 ms until the file is there, then LINES more, and ends with CODE. Ends at once
# with 99 where it finds that it ran before.
PROGRAM = """
import os, sys, time
flag, lines, code = sys.argv[1:4]
try:
    os.close(os.open(flag + ".once", os.O_CREAT | os.O_EXCL))
except FileExistsError:
    print("started twice", flush=True)
    sys.exit(99)
n = 0
while not os.path.exists(flag):
    print("line", n, flush=True)
    n += 1
    time.sleep(0.02)
for _ in range(int(lines)):
    print("line", n, flush=True)
    n += 1
print("the last of", n, "lines", file=sys.stderr, flush=True)
sys.exit(int(code))
"""

# Ignores SIGTERM, so that a cancel is under way for the grace.
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("stubborn", flush=True)
time.sleep(600)
"""


class UpgradeEngine(Engine):
    """Runs the programs of the folder `bin`; a new server is another folder's."""

    def __init__(self):
        super().__init__()
        self.data.mkdir(parents=True)
        (self.data / "mlengine.yaml").write_text("slots: 4\nstopGraceSeconds: 8\n")

    def start_of(self, folder, listen="127.0.0.1:0"):
        """The command line comes from there too: a client is not newer than its server here."""
        engine.BIN = Path(folder)
        self.start(listen)

    def __exit__(self, *reason):
        super().__exit__(*reason)
        engine.BIN = OWN

    def upgrade(self, kill):
        """Ends the old server and starts this one at the same address."""
        if kill:
            self.kill()
        else:
            self.stop()
        self.start_of(OWN, self.url.removeprefix("http://"))

    def create(self, job_id, packages, *args, **fields):
        return self.request("POST", "/v1/projects/default/jobs", {"jobId": job_id, "trainingInput": {
            "scaleTier": "BASIC", "region": "us-central1", "pythonModule": "trainer.task", "packageUris": packages,
            "args": list(map(str, args)), **fields}}, {"Idempotency-Key": job_id})

    def stage(self, source):
        """Uploads a package by a job of its own that ends at once, and tells its URIs."""
        name = f"stage{len(list(self.folder.glob('src-*')))}"
        flag = self.folder / name
        flag.touch()
        self.submit(name, source, str(flag), 3, 0)
        return name, self.job(name)["trainingInput"]["packageUris"]

    def jobs(self):
        status, answer = self.request("GET", "/v1/projects/default/jobs?pageSize=100")
        assert status == 200, answer
        return {job["jobId"]: job for job in answer["jobs"]}

    def output(self, job_id):
        """(lines of stdout that the log has, those that the program wrote)"""
        entries = []
        body = {"resourceNames": ["projects/default"], "orderBy": "timestamp asc", "pageSize": 1000,
                "filter": f'resource.type="ml_job" AND resource.labels.job_id="{job_id}" '
                          'AND resource.labels.task_name="master-replica-0"'}
        while True:
            status, answer = self.request("POST", "/v2/entries:list", body)
            assert status == 200, answer
            entries += answer.get("entries", [])
            if not answer.get("nextPageToken"):
                break
            body["pageToken"] = answer["nextPageToken"]
        messages = [e.get("jsonPayload", {}).get("message", e.get("textPayload", "")) for e in entries]
        stamps = [e["timestamp"] for e in entries]
        assert stamps == sorted(set(stamps)), "stamps are not strictly increasing"
        spool = self.data / f"jobs/default/{job_id}/attempt-1/master-0/stdout-0"
        return [m for m in messages if m.startswith("line ")], spool.read_text().splitlines()


@unittest.skipUnless(OLD, "MLENGINE_OLD_BIN names no folder with an older mlengine-server")
class UpgradeTest(unittest.TestCase):
    def over(self, server, kill):
        flag = {name: server.folder / ("flag-" + name) for name in ("runs", "fails", "waits", "later")}
        done, packages = server.stage(PROGRAM)
        self.assertEqual(server.wait_job(done)["state"], "SUCCEEDED")
        before_done = server.job(done)
        before_log = server.output(done)
        for name, code in (("runs", 0), ("fails", 3)):
            self.assertEqual(server.create(name, packages, flag[name], 500, code)[0], 200)
        server.submit("stopped", STUBBORN)
        for name in ("runs", "fails", "stopped"):
            wait_for("the program of " + name, lambda name=name: server.job(name)["state"] == "RUNNING")
        wait_for("its word", lambda: "stubborn" in [line for _, _, line in server.log_messages("stopped")])
        # A package that takes a while to unpack.
        package = server.package("import trainer.data\nprint('line prepared', flush=True)\n")
        (package / "data.py").write_text("".join(f"# {os.urandom(30).hex()}\n" for _ in range(600_000)))
        self.assertEqual(server.request("POST", "/v1/projects/default/jobs/stopped:cancel", {})[0], 200)
        server.mlengine("jobs", "submit", "training", "prepares", "--job-dir", "gs://test_bucket/prepares", "--module-name",
                        "trainer.task", "--package-path", package, "--region", "us-central1")
        wait_for("the preparation", lambda: server.job("prepares")["state"] == "PREPARING", 20)
        for name in ("waits", "later"):
            self.assertEqual(server.create(name, packages, flag[name], 5, 0)[0], 200)
        self.assertEqual(server.request("POST", "/v1/projects/default/jobs/later:cancel", {})[0], 200)
        seen = {job: found["state"] for job, found in server.jobs().items()}
        print("states at the upgrade:", seen, flush=True)
        self.assertEqual([seen[name] for name in ("runs", "fails", "stopped", "prepares", "waits")],
                         ["RUNNING", "RUNNING", "CANCELLING", "PREPARING", "QUEUED"])

        server.upgrade(kill)
        after = server.jobs()
        self.assertEqual(set(after), set(seen))
        self.assertEqual(after[done]["state"], "SUCCEEDED")
        self.assertEqual({k: v for k, v in server.job(done).items() if k != "trainingOutput"},
                         {k: v for k, v in before_done.items() if k != "trainingOutput"})
        self.assertEqual(server.output(done), before_log)
        for path in flag.values():
            path.touch()
        self.assertEqual(server.wait_job("runs", 60)["state"], "SUCCEEDED")
        failed = server.wait_job("fails", 60)
        self.assertEqual(failed["state"], "FAILED")
        self.assertIn("3", failed["errorMessage"])
        self.assertEqual(server.wait_job("stopped", 60)["state"], "CANCELLED")
        self.assertEqual(server.wait_job("later", 60)["state"], "CANCELLED")
        self.assertEqual(server.wait_job("waits", 60)["state"], "SUCCEEDED")
        self.assertEqual(server.wait_job("prepares", 60)["state"], "SUCCEEDED")
        for name in ("runs", "fails", "waits"):
            logged, written = server.output(name)
            self.assertEqual(logged, written, name)
            self.assertGreater(len(written), 4)
        # New work is taken.
        self.assertEqual(server.create("new", packages, flag["runs"].parent / "flag-new", 5, 0)[0], 200)
        (server.folder / "flag-new").touch()
        self.assertEqual(server.wait_job("new", 60)["state"], "SUCCEEDED")
        wait_for("all processes to end", lambda: not processes_with(str(server.data / "jobs") + "/"), 20)
        # The folder is whole, by this version's own word.
        checked = server.mlengine("server", "check", check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def setUp(self):
        for program in ("mlengine-server", "mlengine-runner"):
            self.assertTrue((Path(OLD) / program).exists(), f"{OLD}/{program} is missing")

    def test_the_old_server_is_stopped(self):
        with Old() as server:
            self.over(server, kill=False)

    def test_the_old_server_is_killed(self):
        with Old() as server:
            self.over(server, kill=True)

    def test_back_to_the_old_one_is_refused_in_words_and_the_copy_is_there(self):
        with Old() as server:
            name, _ = server.stage(PROGRAM)
            server.wait_job(name)
            schema = self.schema(server.data / "state.db")
            server.upgrade(kill=False)
            now = self.schema(server.data / "state.db")
            server.stop()
            if now == schema:
                self.skipTest(f"both versions have schema {now} of the store")
            copy = server.data / f"state.db.before-v{now}"
            self.assertEqual(self.schema(copy), schema)
            with self.assertRaises(AssertionError) as refused:
                server.start_of(OLD)
            server.log.close()
            self.assertIn(f"schema {now}", str(refused.exception))
            for end in ("", "-wal", "-shm"):
                (server.data / ("state.db" + end)).unlink(missing_ok=True)
            shutil.copy(copy, server.data / "state.db")
            server.start_of(OLD)
            self.assertEqual(server.job(name)["state"], "SUCCEEDED")

    @staticmethod
    def schema(path):
        database = sqlite3.connect(path)
        try:
            return database.execute("PRAGMA user_version").fetchone()[0]
        finally:
            database.close()


class Old(UpgradeEngine):
    """Begins with the old server."""

    def __enter__(self):
        self.start_of(OLD)
        return self


if __name__ == "__main__":
    unittest.main(verbosity=2)
