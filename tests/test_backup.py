"""mlengine server backup, restore and check, on a running server and on its folder."""
import json
import os
import shutil
import sqlite3
import threading
import unittest

from engine import Engine, wait_for

# FLAG: prints lines until the file is there.
PROGRAM = """
import os, sys, time
n = 0
while not os.path.exists(sys.argv[1]):
    print("line", n, flush=True)
    n += 1
    time.sleep(0.01)
"""


class BackupEngine(Engine):
    def server(self, verb, *words, check=True):
        return self.mlengine("server", verb, *words, check=check)

    def look(self, folder=None, *words):
        """(exit status, report) of a check."""
        done = self.mlengine("server", "check", "--data-dir", folder or self.data, "--format", "json", *words, check=False)
        if not done.stdout:
            raise AssertionError(done.stderr)
        return done.returncode, json.loads(done.stdout)


class BackupTest(unittest.TestCase):
    def test_a_backup_under_load_is_whole_and_a_restored_server_goes_on(self):
        with BackupEngine() as engine:
            flag = engine.folder / "flag"
            engine.submit("done", "print('hello')")
            engine.wait_job("done")
            packages = engine.job("done")["trainingInput"]["packageUris"]
            engine.submit("runs", PROGRAM, str(flag))
            wait_for("the program", lambda: engine.job("runs")["state"] == "RUNNING")
            # Jobs come and end all the while.
            stop, created = threading.Event(), []

            def load():
                for number in range(1000):
                    if stop.is_set():
                        return
                    name = f"load{number}"
                    status, answer = engine.request("POST", "/v1/projects/default/jobs", {
                        "jobId": name, "trainingInput": {"scaleTier": "BASIC", "region": "us-central1",
                                                         "pythonModule": "trainer.task", "packageUris": packages}})
                    assert status == 200, answer
                    created.append(name)
            thread = threading.Thread(target=load)
            thread.start()
            try:
                wait_for("some jobs", lambda: len(created) > 5)
                acknowledged = list(created)
                target = engine.folder / "backup"
                done = engine.server("backup", target, "--with-buckets")
                self.assertIn("1 bucket with 2 objects", done.stdout)
                code, report = engine.look()
                self.assertEqual((code, report["findings"]), (0, []))
            finally:
                stop.set()
                thread.join()
            for number in range(len(created)):
                engine.request("POST", f"/v1/projects/default/jobs/load{number}:cancel", {})
            flag.touch()
            engine.wait_job("runs")
            hello = engine.log_messages("done")
            original = engine.job("done")
            self.assertEqual(engine.server("backup", target, check=False).returncode, 1)  # it is there
            engine.stop()

            # Another folder, another server.
            original_data = engine.data
            engine.data = engine.folder / "restored"
            refused = engine.server("restore", engine.folder / "nothing", "--data-dir", engine.data, check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("is no backup", refused.stderr)
            engine.server("restore", target, "--data-dir", engine.data)
            code, report = engine.look(engine.data, "--digests")
            self.assertEqual((code, report["findings"]), (0, []))
            engine.environment["MLENGINE_DATA_DIR"] = str(engine.data)
            (engine.data / "mlengine.yaml").write_text("slots: 1\n")
            engine.start()
            self.assertEqual(engine.job("done"), original)
            self.assertEqual(engine.log_messages("done"), hello)
            status, answer = engine.request("GET", "/v1/projects/default/jobs?pageSize=100")
            known = {job["jobId"] for job in answer["jobs"]}
            while answer.get("nextPageToken"):
                answer = engine.request("GET", "/v1/projects/default/jobs?pageSize=100&pageToken="
                                        + answer["nextPageToken"])[1]
                known |= {job["jobId"] for job in answer["jobs"]}
            self.assertLessEqual(set(acknowledged), known)
            # What ran is lost with its machine, and runs again by the rules.
            again = engine.wait_job("runs", 60)
            self.assertEqual(again["state"], "SUCCEEDED")
            self.assertTrue(any("lost" in message or "restart" in message.lower() or "again" in message
                                for _, _, message in engine.log_messages("runs", "service")),
                            engine.log_messages("runs", "service"))
            for job in sorted(known):
                engine.request("POST", f"/v1/projects/default/jobs/{job}:cancel", {})
            self.assertTrue((original_data / "state.db").exists())

    def test_a_restored_server_does_not_touch_the_replicas_of_the_original(self):
        with BackupEngine() as engine:
            flag = engine.folder / "flag"
            engine.submit("runs", PROGRAM, str(flag))
            wait_for("the program", lambda: engine.job("runs")["state"] == "RUNNING")
            engine.server("backup", engine.folder / "backup", "--with-buckets")
            other = BackupEngine()
            try:
                engine.server("restore", engine.folder / "backup", "--data-dir", other.data)
                other.start()
                wait_for("the second attempt", lambda: (
                    other.data / "jobs/default/runs/attempt-2").exists(), 30)
                self.assertEqual(engine.job("runs")["state"], "RUNNING")
                flag.touch()
                self.assertEqual(engine.wait_job("runs")["state"], "SUCCEEDED")
                self.assertFalse((engine.data / "jobs/default/runs/attempt-2").exists())
                self.assertEqual(other.wait_job("runs")["state"], "SUCCEEDED")
            finally:
                other.stop()
                shutil.rmtree(other.folder, ignore_errors=True)

    def test_a_restore_goes_into_an_empty_folder_only(self):
        with BackupEngine() as engine:
            engine.server("backup", engine.folder / "backup")
            held = engine.server("restore", engine.folder / "backup", check=False)
            self.assertEqual(held.returncode, 1)
            self.assertIn("a server has", held.stderr)
            engine.stop()
            before = sorted(p.name for p in engine.data.iterdir())
            full = engine.server("restore", engine.folder / "backup", check=False)
            self.assertEqual(full.returncode, 1)
            self.assertIn("is not empty", full.stderr)
            self.assertEqual(sorted(p.name for p in engine.data.iterdir()), before)
            empty = engine.folder / "empty"
            empty.mkdir()
            engine.server("restore", engine.folder / "backup", "--data-dir", empty)
            self.assertTrue((empty / "state.db").exists())
            self.assertFalse((empty.parent / "empty.partial").exists())


class CheckTest(unittest.TestCase):
    def test_findings_in_plain_words_and_what_is_repaired(self):
        with BackupEngine() as engine:
            engine.submit("done", "print('hello')")
            engine.wait_job("done")
            engine.stop()
            self.assertEqual(engine.look()[0], 0)
            index = engine.data / "logs/default/done/index"
            with open(index, "ab") as file:
                file.write(b"torn")
            orphan = engine.data / "jobs/default/stranger/attempt-1"
            orphan.mkdir(parents=True)
            (engine.data / "quotas.json.tmp-1-1").write_text("half")
            done = engine.server("check", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("logs/default/done/index: has 4 bytes behind its last good record", done.stdout)
            self.assertIn("jobs/default/stranger: is a folder of a job that the store does not know", done.stdout)
            self.assertIn("3 findings", done.stdout)
            code, report = engine.look(None, "--repair")
            self.assertEqual((code, report["open"]), (1, 1))
            self.assertTrue(orphan.exists())
            kept = engine.server("check", "--repair", "--remove", "jobs/default/done", check=False)
            self.assertEqual(kept.returncode, 1)
            self.assertIn("the store knows", kept.stderr)
            code, report = engine.look(None, "--repair", "--remove", "jobs/default/stranger")
            self.assertEqual((code, report["open"]), (0, 0))
            self.assertFalse(orphan.exists())
            engine.start()
            self.assertIn("hello", [m for _, _, m in engine.log_messages("done")])

    def test_a_damaged_store_is_told_and_not_repaired(self):
        with BackupEngine() as engine:
            engine.submit("done", "print('hello')")
            engine.wait_job("done")
            engine.stop()
            store = engine.data / "state.db"
            database = sqlite3.connect(store)
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()
            with open(store, "r+b") as file:
                file.seek(4096)
                file.write(os.urandom(4096))
            done = engine.server("check", "--repair", check=False)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("state.db", done.stdout + done.stderr)

    def test_a_running_server_can_be_checked_and_not_repaired(self):
        with BackupEngine() as engine:
            self.assertEqual(engine.look()[0], 0)
            refused = engine.server("check", "--repair", check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("stop it before a repair", refused.stderr)
            wrong = engine.server("check", "--remove", "jobs/p/j", check=False)
            self.assertEqual(wrong.returncode, 2)

    def test_status_tells_of_the_server_and_the_disk(self):
        with BackupEngine() as engine:
            done = engine.server("status")
            self.assertIn(engine.url, done.stdout)
            self.assertIn("free", done.stdout)
            report = json.loads(engine.server("status", "--format", "json").stdout)
            self.assertEqual((report["running"], report["healthy"], report["pid"]),
                             (True, True, str(engine.process.pid)))
            engine.stop()
            done = engine.server("status", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("no server has", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
