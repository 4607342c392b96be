"""A data folder on a small disk of its own that becomes full: what runs goes on and its end is known, what is new is
refused in words, a server starts on it, and all of it ends by itself when there is room again."""
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from engine import Engine, wait_for

MIB = 1 << 20

# FLAG: prints a line, waits until the file is there, prints another, ends with 7.
WAITER = """
import os, sys, time
print("waiting", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
try:
    print("last line", flush=True)
except OSError as error:
    os._exit(9)
sys.exit(7)
"""


class SmallDisk:
    """A mounted tmpfs; a context manager. Raises SkipTest where mounting is not permitted."""

    def __init__(self, size="64m"):
        self.folder = Path(tempfile.mkdtemp(prefix="mlengine-disk-"))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(self.folder)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            self.folder.rmdir()
            raise unittest.SkipTest("a small disk cannot be mounted here: " + done.stderr.strip())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
        self.folder.rmdir()

    def free(self):
        info = os.statvfs(self.folder)
        return info.f_bavail * info.f_frsize

    def fill(self, leave=0):
        """Writes ballast until only so many bytes are left; 0: not one more block can be had."""
        with open(self.folder / "ballast", "ab", buffering=0) as ballast:
            while self.free() > leave:
                piece = min(MIB, self.free() - leave)
                try:
                    ballast.write(bytes(max(piece, 1)))
                except OSError:
                    break

    def clear(self):
        (self.folder / "ballast").unlink(missing_ok=True)


class DiskEngine(Engine):
    def __init__(self, disk, *arguments, yaml=""):
        super().__init__(*arguments)
        self.data = disk.folder / "data"
        self.data.mkdir()
        (self.data / "mlengine.yaml").write_text(yaml)
        self.environment["MLENGINE_DATA_DIR"] = str(self.data)

    def log_lines(self):
        text = (self.folder / "server.log").read_text(errors="replace")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def told(self, words):
        return [line for line in self.log_lines() if words in line["message"]]

    def create(self, job_id, packages, *args):
        return self.request("POST", "/v1/projects/default/jobs", {"jobId": job_id, "trainingInput": {
            "scaleTier": "BASIC", "region": "us-central1", "pythonModule": "trainer.task", "packageUris": packages,
            "args": list(map(str, args))}}, {"Idempotency-Key": job_id})

    def upload(self, name, size):
        return self.request("POST", f"/upload/storage/v1/b/test_bucket/o?uploadType=media&name={name}", bytes(size))


class LowWaterTest(unittest.TestCase):
    def test_below_the_mark_new_work_is_refused_and_taken_again(self):
        with SmallDisk() as disk, DiskEngine(disk) as engine:
            engine.submit("stage", "print('hello')")
            engine.wait_job("stage")
            packages = engine.job("stage")["trainingInput"]["packageUris"]
            self.assertEqual(engine.request("GET", "/healthz"), (200, "ok\n"))
            disk.fill(leave=4 * MIB)

            status, answer = engine.create("refused", packages)
            self.assertEqual((status, answer["error"]["status"]), (429, "RESOURCE_EXHAUSTED"), answer)
            message = answer["error"]["message"]
            for words in ("4.0 MiB free", "6.4 MiB must stay free", str(engine.data), "Free some space"):
                self.assertIn(words, message)
            status, answer = engine.upload("refused", 10)
            self.assertEqual(status, 429, answer)
            # What is there already is served, and a repeated call has its answer.
            self.assertEqual(engine.job("stage")["state"], "SUCCEEDED")
            self.assertEqual(engine.request("GET", "/v1/projects/default/jobs")[0], 200)
            self.assertIn("hello", [line for _, _, line in engine.log_messages("stage")])
            status, health = engine.request("GET", "/healthz")
            self.assertEqual(status, 200)
            self.assertIn("new jobs and uploads are refused", health)
            wait_for("the server's word", lambda: engine.told("new jobs and uploads are refused"), 5)
            done = engine.mlengine("server", "status")
            self.assertIn("new jobs and uploads are refused", done.stdout)

            disk.clear()
            wait_for("work to be taken again", lambda: engine.create("taken", packages)[0] == 200, 5)
            self.assertEqual(engine.wait_job("taken")["state"], "SUCCEEDED")
            self.assertEqual(engine.request("GET", "/healthz"), (200, "ok\n"))
            wait_for("the server's word", lambda: engine.told("new work is taken"), 5)
            self.assertEqual(len(engine.told("new jobs and uploads are refused")), 1)
            self.assertEqual(engine.request("GET", "/v1/projects/default/jobs/refused")[0], 404)

    def test_an_upload_that_would_fill_the_disk_is_refused_before_or_while_it_comes(self):
        with SmallDisk() as disk, DiskEngine(disk) as engine:
            engine.mlengine("storage", "mb", "gs://test_bucket")
            free = disk.free()
            status, answer = engine.upload("large", 60 * MIB)
            self.assertEqual(status, 429, answer)
            self.assertIn("this needs 60.0 MiB more", answer["error"]["message"])
            self.assertLess(free - disk.free(), MIB)
            # Without a length it comes until the mark, and nothing of it stays.
            done = subprocess.run(["curl", "-sS", "-o", "-", "-w", "%{http_code}", "-H", "Transfer-Encoding: chunked",
                                   "-T", "/dev/stdin", engine.url + "/test_bucket/endless"],
                                  input=bytes(60 * MIB), capture_output=True)
            self.assertTrue(done.stdout.endswith(b"429"), done)
            wait_for("the bytes to go", lambda: free - disk.free() < MIB, 5)
            self.assertEqual(engine.request("GET", "/storage/v1/b/test_bucket/o")[1].get("items", []), [])


class FullDiskTest(unittest.TestCase):
    def test_a_job_that_ends_on_a_full_disk(self):
        with SmallDisk() as disk, DiskEngine(disk) as engine:
            flag = engine.folder / "flag"
            engine.submit("ends", WAITER, str(flag))
            wait_for("the program", lambda: "waiting" in [line for _, _, line in engine.log_messages("ends")])
            disk.fill()
            self.assertEqual(disk.free(), 0)
            flag.touch()
            replica = engine.data / "jobs/default/ends/attempt-1/master-0"
            wait_for("the program's end", lambda: not any(
                "trainer.task" in (p / "cmdline").read_bytes().decode(errors="replace")
                for p in Path("/proc").iterdir() if p.name.isdigit() and self.runs_in(p, replica)), 20)
            # The server answers all the while.
            self.assertEqual(engine.request("GET", "/v1/projects/default/jobs/ends")[0], 200)
            disk.clear()
            job = engine.wait_job("ends", 20)
            self.assertEqual(job["state"], "FAILED")
            record = json.loads((replica / "status-0.json").read_text())
            # 7 as the program ended; 9 where its last line found no room.
            self.assertIn(record["exit"].get("exitCode"), (7, 9))
            self.assertIn(str(record["exit"]["exitCode"]), job["errorMessage"])

    @staticmethod
    def runs_in(process, folder):
        try:
            return os.readlink(process / "cwd").startswith(str(folder)) and (process / "cmdline").read_bytes()
        except OSError:
            return False

    def test_cancel_and_its_end_are_written_on_a_full_disk(self):
        with SmallDisk() as disk, DiskEngine(disk) as engine:
            engine.submit("stopped", WAITER, str(engine.folder / "never"))
            wait_for("the program", lambda: engine.job("stopped")["state"] == "RUNNING" and
                     "waiting" in [line for _, _, line in engine.log_messages("stopped")])
            disk.fill()
            status, answer = engine.request("POST", "/v1/projects/default/jobs/stopped:cancel", {})
            self.assertEqual(status, 200, answer)
            self.assertEqual(engine.wait_job("stopped", 40)["state"], "CANCELLED")
            self.assertTrue(engine.told("a piece of the reserve is given up"))
            self.assertLess((engine.data / "reserve").stat().st_size, 4 * MIB)
            disk.clear()
            wait_for("the reserve", lambda: (engine.data / "reserve").stat().st_size == 4 * MIB, 10)

    def test_a_job_that_waits_starts_when_there_is_room(self):
        with SmallDisk() as disk, DiskEngine(disk, "--slots", "1") as engine:
            engine.submit("first", WAITER, str(engine.folder / "never"))
            wait_for("the program", lambda: "waiting" in [line for _, _, line in engine.log_messages("first")])
            engine.submit("second", "print('ran')")
            wait_for("the queue", lambda: engine.job("second")["state"] == "QUEUED")
            disk.fill()
            self.assertEqual(engine.request("POST", "/v1/projects/default/jobs/first:cancel", {})[0], 200)
            self.assertEqual(engine.wait_job("first", 40)["state"], "CANCELLED")
            # Its slot is free; the second finds no room for a while, and does not use up the reserve for that.
            deadline = time.monotonic() + 6
            while time.monotonic() < deadline:
                disk.fill()
                self.assertNotIn("endTime", engine.job("second"))
                time.sleep(0.2)
            explained = engine.mlengine("jobs", "explain", "second").stdout
            self.assertIn("It waits for room: the disk of", explained)
            self.assertGreater((engine.data / "reserve").stat().st_size, 0)
            disk.clear()
            self.assertEqual(engine.wait_job("second", 40)["state"], "SUCCEEDED")
            self.assertIn("ran", [line for _, _, line in engine.log_messages("second")])

    def test_what_was_acknowledged_while_the_disk_filled_up_is_known_ever_after(self):
        # Without a mark jobs are taken until the store itself finds no room.
        with SmallDisk("24m") as disk, DiskEngine(disk, "--slots", "1", yaml="disk: {lowWater: 1}\n") as engine:
            flag = engine.folder / "flag"
            engine.submit("holds", WAITER, str(flag))
            wait_for("the program", lambda: "waiting" in [line for _, _, line in engine.log_messages("holds")])
            packages = engine.job("holds")["trainingInput"]["packageUris"]
            disk.fill(leave=512 << 10)
            acknowledged, refused = [], []
            for number in range(400):
                name = f"job{number}"
                status, answer = engine.create(name, packages, "x" * 20000)
                (acknowledged if status == 200 else refused).append(name)
                if status != 200:
                    self.assertEqual(answer["error"]["status"], "RESOURCE_EXHAUSTED", answer)
                if len(refused) == 5:
                    break
            self.assertEqual(len(refused), 5, len(acknowledged))
            self.assertGreater(len(acknowledged), 0)
            engine.kill()
            engine.start(listen=engine.url.removeprefix("http://"))

            def known():
                names, token = set(), ""
                while True:
                    status, answer = engine.request("GET", "/v1/projects/default/jobs?pageSize=100&pageToken=" + token)
                    self.assertEqual(status, 200, answer)
                    names |= {job["jobId"] for job in answer["jobs"]}
                    token = answer.get("nextPageToken")
                    if not token:
                        return names
            self.assertEqual(known(), {"holds", *acknowledged})
            for name in acknowledged:
                self.assertEqual(engine.request("POST", f"/v1/projects/default/jobs/{name}:cancel", {})[0], 200, name)
            disk.clear()
            flag.touch()
            self.assertEqual(engine.wait_job("holds", 20)["state"], "FAILED")
            for name in acknowledged:
                self.assertEqual(engine.wait_job(name, 20)["state"], "CANCELLED")
            self.assertEqual(known(), {"holds", *acknowledged})

    def test_a_killed_server_starts_on_the_full_disk_and_answers(self):
        with SmallDisk() as disk, DiskEngine(disk) as engine:
            def states():
                status, answer = engine.request("GET", "/v1/projects/default/jobs")
                self.assertEqual(status, 200, answer)
                return [(job["jobId"], job["state"], job["createTime"]) for job in answer["jobs"]]

            flag = engine.folder / "flag"
            engine.submit("ends", WAITER, str(flag))
            engine.submit("stopped", WAITER, str(engine.folder / "never"))
            for job in ("ends", "stopped"):
                wait_for("the program", lambda job=job: engine.job(job)["state"] == "RUNNING" and
                         "waiting" in [line for _, _, line in engine.log_messages(job)])
            before = states()
            disk.fill()
            for _ in range(3):
                engine.kill()
                disk.fill()
                engine.start(listen=engine.url.removeprefix("http://"))
                self.assertEqual(states(), before)
            self.assertEqual(engine.job("ends")["state"], "RUNNING")
            disk.fill()
            status, answer = engine.request("POST", "/v1/projects/default/jobs/stopped:cancel", {})
            self.assertEqual(status, 200, answer)
            self.assertEqual(engine.wait_job("stopped", 40)["state"], "CANCELLED")
            self.assertEqual(engine.create("new", engine.job("ends")["trainingInput"]["packageUris"])[0], 429)
            disk.clear()
            flag.touch()
            job = engine.wait_job("ends", 20)
            self.assertEqual(job["state"], "FAILED")
            self.assertIn("7", job["errorMessage"])
            self.assertIn("last line", [line for _, _, line in engine.log_messages("ends")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
