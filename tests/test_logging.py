"""Reading logs: gcloud and Google's library, unmodified; mlengine logs; the tail; the log as a file."""
import json
import re
import shutil
import threading
import time
import unittest
import urllib.request

from clients import libraries_python, run_client
from engine import Engine, wait_for

TRAINER = """
import json, sys
for step in range(5):
    print(f"step {step} loss {1.0 / (step + 1):.3f}")
print(json.dumps({"message": "epoch done", "levelname": "WARNING", "epoch": 1, "metrics": {"loss": 0.25}}))
print("Traceback of nothing", file=sys.stderr)
"""
CHATTY = """
import time
for i in range(%d):
    print("line", i, flush=True)
    time.sleep(%f)
"""


def list_entries(engine, filter_="", **more):
    status, answer = engine.request("POST", "/v2/entries:list",
                                    {"resourceNames": ["projects/default"], "filter": filter_, **more})
    assert status == 200, answer
    return answer.get("entries", [])


class LoggingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        for name in ("read_1", "read_2"):
            cls.engine.submit(name, TRAINER)
        for name in ("read_1", "read_2"):
            cls.engine.wait_job(name)

    def texts(self, *arguments):
        return self.engine.mlengine("logs", "read", *arguments,
                                    "--format=value(jsonPayload.message)").stdout.splitlines()

    def test_read(self):
        newest = self.texts("jsonPayload.message:step resource.labels.job_id=read_1")
        self.assertEqual(newest, [f"step {i} loss {1.0 / (i + 1):.3f}" for i in (4, 3, 2, 1, 0)])
        oldest = self.texts("jsonPayload.message:step", "--order=asc", "--limit=7")
        self.assertEqual(len(oldest), 7)
        self.assertEqual(self.texts("jsonPayload.metrics.loss<=0.25 severity=WARNING"), ["epoch done"] * 2)
        self.assertEqual(self.texts("jsonPayload.message:step", "--freshness=0s"), [])
        entries = json.loads(self.engine.mlengine("logs", "read", "severity>=ERROR", "--format=json").stdout)
        self.assertEqual({e["jsonPayload"]["message"] for e in entries}, {"Traceback of nothing"})
        done = self.engine.mlengine("logs", "read", "severity>=LOUD", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'INVALID_ARGUMENT: filter: "LOUD" at character \d+ is not a severity')

    def test_grep(self):
        found = self.engine.mlengine("logs", "grep", r"step [34]", "--job=read_1", "-C", "1").stdout
        self.assertEqual([line.split("\t")[4] for line in found.splitlines()],
                         ["step 2 loss 0.333", "step 3 loss 0.250", "step 4 loss 0.200", "epoch done"])
        both = self.engine.mlengine("logs", "grep", "-i", "EPOCH").stdout.splitlines()
        self.assertEqual({line.split("\t")[0] for line in both}, {"read_1", "read_2"})
        self.assertEqual(self.engine.mlengine("logs", "grep", "nowhere", check=False).returncode, 1)
        unknown = self.engine.mlengine("logs", "grep", "x", "--job=no_such", check=False)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("could not be found", unknown.stderr)
        wrong = self.engine.mlengine("logs", "grep", "(", check=False)
        self.assertIn("regular expression", wrong.stderr)

    def test_list(self):
        names = self.engine.mlengine("logs", "list").stdout.split()
        self.assertEqual(names, ["NAME", "projects/default/logs/master-replica-0",
                                 "projects/default/logs/ml.googleapis.com%2Fread_1",
                                 "projects/default/logs/ml.googleapis.com%2Fread_2"])

    def test_pages_of_all_jobs_are_in_one_order(self):
        whole = list_entries(self.engine, pageSize=1000, orderBy="timestamp asc")
        self.assertEqual([e["timestamp"] for e in whole], sorted(e["timestamp"] for e in whole))
        self.assertEqual({e["resource"]["labels"]["job_id"] for e in whole}, {"read_1", "read_2"})
        for order in ("timestamp asc", "timestamp desc"):
            got, token = [], None
            while True:
                body = {"resourceNames": ["projects/default"], "pageSize": 7, "orderBy": order}
                status, answer = self.engine.request("POST", "/v2/entries:list", {**body, **({"pageToken": token} if token else {})})
                self.assertEqual(status, 200, answer)
                got += answer.get("entries", [])
                token = answer.get("nextPageToken")
                if not token:
                    break
            self.assertEqual(got if order.endswith("asc") else got[::-1], whole)

    def test_download(self):
        folder = self.engine.folder
        self.engine.mlengine("logs", "download", "read_1", "--output", folder / "whole.log")
        text = (folder / "whole.log").read_text()
        self.assertRegex(text, r"(?m)^INFO\t\d{4}-\d\d-\d\dT[\d:.]{18}Z\tmaster-replica-0\t\tstep 2 loss 0\.333$")
        self.assertEqual(self.engine.mlengine("logs", "download", "read_1").stdout, text)
        lines = self.engine.mlengine("logs", "download", "read_1", "--as=jsonl").stdout.splitlines()
        self.assertEqual(sum(len(json.loads(line)["message"].split("\n")) for line in lines), text.count("\n"))
        # The end of a file that was cut.
        (folder / "part.log").write_text(text[:100])
        self.engine.mlengine("logs", "download", "read_1", "--output", folder / "part.log", "--continue")
        self.assertEqual((folder / "part.log").read_text(), text)
        request = urllib.request.Request(self.engine.url + "/mlengine/v1/projects/default/jobs/read_1/log?format=text",
                                         headers={"Range": "bytes=10-19"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            self.assertEqual((answer.status, answer.read().decode(), answer.headers["Content-Range"]),
                             (206, text[10:20], f"bytes 10-19/{len(text.encode())}"))

    def test_what_is_not_built_is_refused_by_name(self):
        for method, path in (("POST", "/v2/entries:write"), ("DELETE", "/v2/projects/default/logs/x")):
            status, answer = self.engine.request(method, path, {})
            self.assertEqual((status, answer["error"]["status"]), (501, "UNIMPLEMENTED"))
        status, answer = self.engine.request("POST", "/v2/entries:list", {"resourceNames": ["folders/1"]})
        self.assertEqual((status, answer["error"]["status"]), (400, "INVALID_ARGUMENT"))


class TailTest(unittest.TestCase):
    def test_entries_come_as_they_are_written_of_jobs_that_begin_later_too(self):
        with Engine() as engine:
            pieces, begun = [], threading.Event()

            def follow():
                request = urllib.request.Request(
                    engine.url + "/v2/entries:tail", method="POST", headers={"Content-Type": "application/json"},
                    data=json.dumps({"resourceNames": ["projects/default"], "filter": "jsonPayload.message:line"}).encode())
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                    while piece := answer.read1(65536):
                        pieces.append((time.monotonic(), piece))
                        begun.set()
            thread = threading.Thread(target=lambda: _quiet(follow), daemon=True)
            thread.start()
            self.assertTrue(begun.wait(30))
            engine.submit("tailed", CHATTY % (20, 0.1))

            def messages():
                text = b"".join(piece for _, piece in pieces).decode()
                return [e["jsonPayload"]["message"] for m in json.loads(text + "]") for e in m.get("entries", [])]
            wait_for("all lines", lambda: len(messages()) >= 20)
            self.assertEqual(messages(), [f"line {i}" for i in range(20)])
            # They did not come all at once, at the end.
            self.assertGreater(len(pieces), 5)


def _quiet(call):
    try:
        call()
    except OSError:
        pass  # the server went


@unittest.skipUnless(shutil.which("gcloud"), "gcloud is not installed")
class GcloudReadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        for name in ("cloud_1", "cloud_2"):
            cls.engine.submit(name, TRAINER)
        for name in ("cloud_1", "cloud_2"):
            cls.engine.wait_job(name)

    def both(self, filter_, *flags):
        """gcloud's output, which must be ours."""
        theirs = run_client(self.engine, "gcloud", "logging", "read", filter_, *flags)
        ours = self.engine.mlengine("logs", "read", filter_, *flags)
        self.assertEqual(theirs.stdout, ours.stdout, (filter_, flags))
        return ours.stdout

    def test_reads_what_mlengine_reads(self):
        self.assertIn("jsonPayload:", self.both("resource.labels.job_id=cloud_1 severity>=WARNING"))
        self.assertEqual(self.both('jsonPayload.message=~"^step [0-2]"', "--order=asc", "--format=value(jsonPayload.message)").count("\n"), 6)
        self.assertEqual(len(json.loads(self.both("resource.type=ml_job", "--limit=3", "--format=json"))), 3)
        self.assertIn("epoch done", self.both('SEARCH("epoch") OR textPayload:nothing', "--freshness=1h", "--format=json"))
        self.assertEqual(self.both("", "--limit=1", "--format=value(insertId)").count("\n"), 1)
        self.assertEqual(self.both('timestamp>="2018-01-01" AND NOT jsonPayload:* AND textPayload:"completed successfully"',
                                   "--format=value(textPayload)"), "Job completed successfully.\n" * 2)

    def test_says_what_is_wrong(self):
        done = run_client(self.engine, "gcloud", "logging", "read", "severity>=LOUD", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('"LOUD" at character', done.stderr)
        self.assertIn("is not a severity", done.stderr)

    def test_lists_logs_and_descriptors(self):
        theirs = run_client(self.engine, "gcloud", "logging", "logs", "list").stdout
        self.assertEqual(theirs, self.engine.mlengine("logs", "list").stdout)
        descriptors = run_client(self.engine, "gcloud", "logging", "resource-descriptors", "list", "--format=value(type)").stdout
        self.assertEqual(descriptors.split(), ["ml_job", "cloudml_job", "cloudml_model_version"])
        refused = run_client(self.engine, "gcloud", "logging", "logs", "delete", "x", "--quiet", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("not supported by this engine", refused.stderr)


LIBRARY = """
import os
import google.auth.credentials
from google.cloud import logging
from google.cloud.logging import Client

client = %s
mine = "resource.labels.job_id=lib_1"
entries = list(client.list_entries(filter_=mine + ' jsonPayload.message:step', order_by=logging.ASCENDING, page_size=2))
assert [e.payload["message"].split()[1] for e in entries] == ["0", "1", "2", "3", "4"], entries
assert entries[0].resource.type == "ml_job" and entries[0].resource.labels["job_id"] == "lib_1", entries[0]
assert entries[0].timestamp <= entries[-1].timestamp, entries  # a datetime has microseconds only
assert entries[0].insert_id < entries[-1].insert_id, entries
newest = list(client.list_entries(filter_=mine, order_by=logging.DESCENDING, max_results=1))
assert newest[0].payload == "Job completed successfully.", newest
logger = client.logger("master-replica-0")
assert len(list(logger.list_entries(filter_="severity>=WARNING"))) == 2
try:
    list(client.list_entries(filter_="severity>=LOUD"))
except Exception as error:
    assert "is not a severity" in str(error), error
else:
    raise AssertionError("no error")
try:
    logger.log_text("hello")
except Exception as error:
    assert "entries.write is not supported" in str(error), error
else:
    raise AssertionError("written")
print("all good")
"""


class LibraryTest(unittest.TestCase):
    def test_google_cloud_logging_over_http(self):
        python, missing = libraries_python()
        if missing:
            self.skipTest(missing)
        with Engine() as engine:
            engine.submit("lib_1", TRAINER)
            engine.wait_job("lib_1")
            script = engine.folder / "library.py"
            # The line that `gcloud-env` prints for this library, to the letter.
            printed = run_client(engine, "mlengine", "gcloud-env").stdout
            script.write_text(LIBRARY % re.search(r"(?m)^# google-cloud-logging: (Client\(.*\))$", printed).group(1))
            self.assertEqual(run_client(engine, python, script, cwd=engine.folder).stdout, "all good\n")


if __name__ == "__main__":
    unittest.main()
