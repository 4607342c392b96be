"""What a user gets for wrong input and for unruly programs: one clear error, a proper status, and nothing left behind."""
import json
import os
import socket
import subprocess
import time
import unittest
from urllib.parse import urlsplit

from engine import BIN, Engine, processes_with, wait_for


class BadRequestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def create(self, body):
        return self.engine.request("POST", "/v1/projects/default/jobs", body)

    def training(self, **changes):
        return {"packageUris": ["gs://test_bucket/p.tar.gz"], "pythonModule": "trainer.task", "region": "us-central1",
                **changes}

    def assert_refused(self, answer, status, *words):
        self.assertEqual(answer[0], status, answer[1])
        text = json.dumps(answer[1], ensure_ascii=False)
        for word in words:
            self.assertIn(word, text)
        self.assertNotIn("/data/", text)  # no path of the server's own

    def test_an_unknown_field_is_named_with_its_path(self):
        self.assert_refused(self.create({"jobId": "a1", "trainingInput": self.training(workerCont=3)}), 400,
                            "workerCont", "training_input", "Cannot find field")

    def test_wrong_types_and_broken_json(self):
        self.assert_refused(self.create({"jobId": 7, "trainingInput": self.training()}), 400, "job_id")
        self.assert_refused(self.create({"jobId": "a1", "trainingInput": "x"}), 400, "training_input")
        self.assert_refused(self.create({"jobId": "a1", "trainingInput": self.training(args="x")}), 400, "args")
        for body in (b"{", b"", b"[]", b"null", b'{"jobId": "a1",}', b"\xff\xfe", b'{"a":' * 5000):
            self.assert_refused(self.create(body), 400)

    def test_all_errors_at_once(self):
        self.assert_refused(self.create({"jobId": "bad-id", "trainingInput": {"packageUris": ["http://x/y"]}}), 400,
                            "job.job_id", "python_module", "package_uris", "region")

    def test_fields_to_come_are_refused_by_name(self):
        for change, name in (({"hyperparameters": {"maxTrials": 2}}, "hyperparameters"), ({"network": "n"}, "network")):
            self.assert_refused(self.create({"jobId": "a1", "trainingInput": self.training(**change)}), 501, name)

    def test_a_package_that_is_not_there_is_refused_before_the_job_exists(self):
        body = {"jobId": "no_package", "trainingInput": self.training(packageUris=["gs://test_bucket/none.tar.gz"])}
        self.assert_refused(self.create(body), 400, "package_uris", "gs://test_bucket/none.tar.gz",
                            "FAILED_PRECONDITION")
        self.assertEqual(self.engine.request("GET", "/v1/projects/default/jobs/no_package")[0], 404)

    def test_what_is_wrong_in_a_config_file_has_its_line(self):
        self.engine.submit("with_lines_0", "print(1)\n")
        config = self.engine.folder / "lines.yaml"
        for text, words in (("trainingInput:\n  scaleTier: CUSTOM\n  workerCont: 3\n",
                             ('Did you mean "workerCount"?', f"{config}, line 3: workerCont")),
                            ("trainingInput:\n  scaleTier: CUSTOM\n  masterType: large_mode\n",
                             ("did you mean large_model?", f"{config}, line 3: masterType"))):
            config.write_text(text)
            done = self.engine.mlengine("jobs", "submit", "training", "with_lines", "--module-name", "trainer.task",
                                        "--packages", "gs://test_bucket/p.tar.gz", "--config", config, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)

    def test_an_unknown_bucket_names_the_command_that_makes_it(self):
        done = self.engine.mlengine("storage", "cp", __file__, "gs://no_such_bucket/x", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("mlengine storage mb gs://no_such_bucket", done.stderr)

    def test_a_body_of_10_megabytes(self):
        self.assert_refused(self.create({"jobId": "big", "trainingInput": self.training(args=["x" * 10_000_000])}), 413)
        self.assertEqual(self.engine.request("GET", "/healthz")[0], 200)

    def test_a_slow_client_holds_nobody_else(self):
        address = urlsplit(self.engine.url)
        slow = [socket.create_connection((address.hostname, address.port)) for _ in range(100)]
        try:
            for connection in slow:
                connection.sendall(b"POST /v1/projects/default/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            start = time.monotonic()
            self.assertEqual(self.engine.request("GET", "/v1/projects/default/jobs")[0], 200)
            self.assertLess(time.monotonic() - start, 10)
        finally:
            for connection in slow:
                connection.close()

    def test_names_cannot_leave_the_data_folder(self):
        for path in ("/v1/projects/..%2F..%2Fetc/jobs", "/v1/projects/%2e%2e/jobs", "/storage/v1/b/..%2F..%2Fetc/o/passwd",
                     "/download/storage/v1/b/test_bucket/o/..%2F..%2F..%2Fetc%2Fpasswd?alt=media",
                     "/mlengine/v1/projects/..%2F../jobs/x/log"):
            status, text = self.engine.request("GET", path)
            self.assertIn(status, (400, 404), path)
            self.assertNotIn("root:", json.dumps(text))

    def test_bad_yaml_names_file_and_line(self):
        config = self.engine.folder / "config.yaml"
        config.write_text("trainingInput:\n  region: us-central1\n  args: [a, b\n")
        done = self.engine.mlengine("jobs", "submit", "training", "yaml_1", "--module-name", "trainer.task",
                                    "--config", config, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"config\.yaml.*(line )?[34]")

    def test_a_package_without_init(self):
        folder = self.engine.folder / "empty/trainer"
        folder.mkdir(parents=True)
        (folder / "task.py").write_text("print(1)")
        done = self.engine.mlengine("jobs", "submit", "training", "noinit", "--job-dir", "gs://test_bucket/noinit",
                                    "--module-name", "trainer.task", "--package-path", folder, "--region",
                                    "us-central1", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("__init__.py", done.stderr)

    def test_a_used_job_id_is_a_conflict_and_a_replay_is_not(self):
        self.engine.submit("used_1", "print(1)")
        uri = self.engine.job("used_1")["trainingInput"]["packageUris"][0]
        body = {"jobId": "used_2", "trainingInput": self.training(packageUris=[uri])}
        key = {"Idempotency-Key": "k1"}
        first = self.engine.request("POST", "/v1/projects/default/jobs", body, key)
        again = self.engine.request("POST", "/v1/projects/default/jobs", body, key)
        other = self.engine.request("POST", "/v1/projects/default/jobs", body)
        self.assertEqual((first[0], again[0]), (200, 200))
        self.assertEqual(first[1]["createTime"], again[1]["createTime"])
        self.assert_refused(other, 409, "Field: job.job_id Error: A job with this id already exists.")


class UnrulyProgramTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def end_of(self, job_id, source, *args, flags=(), seconds=60):
        self.engine.submit(job_id, source, *args, flags=flags)
        job = self.engine.wait_job(job_id, seconds)
        self.assertEqual(processes_with(f"CLOUD_ML_JOB_ID={job_id}"), [])
        return job

    def test_a_missing_module(self):
        job = self.end_of("no_module", "print(1)", flags=["--module-name", "trainer.nothing"])
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("No module named", json.dumps([job, self.engine.log_messages("no_module")]))
        self.assertIn("trainer.nothing", job["errorMessage"])

    def test_a_module_that_does_not_import(self):
        job = self.end_of("no_import", "import a_module_that_nobody_has\n")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("ModuleNotFoundError: No module named 'a_module_that_nobody_has'", job["errorMessage"])

    def test_one_that_exits_with_1(self):
        job = self.end_of("exits_1", "import sys\nprint('bye')\nsys.exit(1)\n")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("The replica master 0 exited with a non-zero status of 1.", job["errorMessage"])

    def test_one_that_kills_itself(self):
        job = self.end_of("kills_itself", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("137", job["errorMessage"])
        self.assertIn("signal 9", job["errorMessage"])
        # Five further executions in each of four attempts: it might have been killed from outside.
        texts = [text for _, _, text in self.engine.log_messages("kills_itself")]
        self.assertEqual(sum("is started again (restart" in text for text in texts), 20)
        self.assertTrue(any("(attempt 4)" in text for text in texts))

    def test_one_that_leaves_orphans_behind(self):
        source = ("import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
                  "        time.sleep(600)\n    os._exit(0)\nprint('done')\n")
        self.assertEqual(self.end_of("orphans", source)["state"], "SUCCEEDED")

    def test_one_that_prints_bytes_which_are_not_utf_8(self):
        job = self.end_of("bytes_1", "import sys\nsys.stdout.buffer.write(b'caf\\xe9 \\xff\\xfe\\n')\n")
        self.assertEqual(job["state"], "SUCCEEDED")
        self.assertIn("caf\ufffd \ufffd\ufffd", [m[2] for m in self.engine.log_messages("bytes_1")])
        raw = subprocess.run([str(BIN / "mlengine"), "jobs", "stream-logs", "bytes_1", "--raw"],
                             env=self.engine.environment, stdout=subprocess.PIPE, check=True, timeout=60).stdout
        self.assertEqual(raw, b"caf\xe9 \xff\xfe\n")

    def test_one_that_prints_200_megabytes(self):
        source = "line = 'x' * 999\nfor i in range(200_000):\n    print(line)\nprint('last line')\n"
        job = self.end_of("flood", source, seconds=240)
        self.assertEqual(job["state"], "SUCCEEDED")
        raw = subprocess.Popen([str(BIN / "mlengine"), "jobs", "stream-logs", "flood", "--raw"],
                               env=self.engine.environment, stdout=subprocess.PIPE)
        total = 0
        while chunk := raw.stdout.read(1 << 20):
            total += len(chunk)
            tail = chunk[-20:]
        self.assertEqual(raw.wait(), 0)
        self.assertEqual(total, 200_000 * 1000 + len("last line\n"))
        self.assertTrue(tail.endswith(b"last line\n"))

    def test_one_that_cannot_be_unpacked(self):
        if not (self.engine.data / "buckets/test_bucket").exists():
            self.engine.mlengine("storage", "mb", "gs://test_bucket")
        broken = self.engine.folder / "broken-1.0.tar.gz"
        broken.write_bytes(b"this is no archive" * 100)
        self.engine.mlengine("jobs", "submit", "training", "broken", "--packages", broken, "--job-dir",
                             "gs://test_bucket/broken", "--module-name", "trainer.task", "--region", "us-central1")
        job = self.engine.wait_job("broken")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("broken-1.0.tar.gz", job["errorMessage"])


def make_small_disk(folder, size):
    """A file system of that size mounted on the folder; None where this user may not mount."""
    if os.geteuid() != 0:
        return None
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder if done.returncode == 0 else None


class FullDiskTest(unittest.TestCase):
    def test_new_work_is_refused_and_all_goes_on_when_there_is_room_again(self):
        engine = Engine()
        engine.data.mkdir()
        if make_small_disk(engine.data, "48m") is None:
            self.skipTest("mounting a small file system is not permitted here")
        try:
            (engine.data / "mlengine.yaml").write_text("lowWaterBytes: 4000000\n")
            with engine:
                engine.submit("before", "print(1)")
                self.assertEqual(engine.wait_job("before")["state"], "SUCCEEDED")
                with open(engine.data / "filler", "wb") as filler:
                    try:
                        while True:
                            filler.write(b"x" * 65536)
                            filler.flush()
                    except OSError:
                        pass
                refused = engine.submit("during", "print('other code')", check=False)
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn("disk", refused.stderr)
                self.assertEqual(engine.job("before")["state"], "SUCCEEDED")
                (engine.data / "filler").unlink()
                engine.submit("after", "print('again')")
                self.assertEqual(engine.wait_job("after")["state"], "SUCCEEDED")
        finally:
            engine.stop()
            subprocess.run(["umount", str(engine.data)], stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main()
