"""The wire of the period's own clients, replayed byte for byte over a socket: gcloud 183 (December 2017, Python 2) and
the last gcloud with `ml-engine`. Neither needs to be installed."""
import base64
import json
import re
import socket
import time
import unittest
from urllib.parse import quote, urlsplit

from clients import source_distribution
from engine import Engine, wait_for

BOUNDARY = "===============8617472143085792428=="
HASH = "ac8c6a0f7de1f8a3e3a4f7d6f0a9b1c2d3e4f5061728394a5b6c7d8e9f0045de"
PIECE = 1 << 20


def agent(command, invocation):
    return (f"google-cloud-sdk gcloud/183.0.0 command/gcloud.ml-engine.{command} invocation-id/{invocation} "
            "environment/None environment-version/None interactive/False python/2.7.18 (Linux 4.9.0-4-amd64)")


def invocation(number):
    return f"{number:032x}"


def message_of(entry):
    """As gcloud 183 reads it; a textPayload beyond ASCII crashes it."""
    if "jsonPayload" in entry:
        return entry["jsonPayload"]["message"]
    entry["textPayload"].encode("ascii")
    return entry["textPayload"]


class Wire:
    """One kept connection. Headers are sent as they are written."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=60)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read_head(self):
        """(status, {lower-case name: value})."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        return int(first.split()[1]), {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def read(self):
        """(status, headers, body as bytes) of an answer with a length."""
        status, headers = self.read_head()
        length = int(headers.get("content-length", "0"))
        while len(self.rest) < length:
            self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return status, headers, body

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise AssertionError(f"the server closed the connection after {self.rest!r}")
        self.rest += data


class PeriodClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        parts = urlsplit(cls.engine.url)
        cls.address, cls.host = (parts.hostname, parts.port), parts.netloc
        for bucket in ("bkt", "bkt1", "stg"):
            status, answer = cls.engine.request("POST", "/storage/v1/b?project=myproj", {"name": bucket})
            assert status == 200, answer

    def head(self, line, length, *headers, host=None):
        """A request's head as httplib2 writes it: names in lower case, the length on every request."""
        return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host or self.host}", f"content-length: {length}",
                            "accept-encoding: gzip, deflate", "accept: application/json", *headers, "", ""]).encode()

    def call(self, wire, line, body=b"", *headers, host=None):
        wire.send(self.head(line, len(body), *headers, host=host) + body)
        return wire.read()

    def put_package(self, bucket, name, source):
        status, answer = self.engine.request(
            "POST", f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(name, safe='')}",
            source_distribution(source), {"Content-Type": "application/x-tar"})
        self.assertEqual(status, 200, answer)

    def multipart(self, metadata, data):
        """The body as Python 2's email package writes it: bare line feeds."""
        return (f"--{BOUNDARY}\nContent-Type: application/json\nMIME-Version: 1.0\n\n{metadata}\n"
                f"--{BOUNDARY}\nContent-Type: application/x-tar\nMIME-Version: 1.0\n"
                "Content-Transfer-Encoding: binary\n\n").encode() + data + f"\n--{BOUNDARY}--".encode()

    def create(self, wire, body, number, *headers):
        return self.call(wire, "POST /v1/projects/myproj/jobs?alt=json", body, "content-type: application/json",
                         f"user-agent: {agent('jobs.submit.training', invocation(number))}", *headers)

    def training(self, job_id, package="gs://bkt/quick.tar.gz"):
        return (f'{{"jobId": "{job_id}", "trainingInput": {{"packageUris": ["{package}"], '
                '"pythonModule": "trainer.task", "region": "us-central1", "runtimeVersion": "1.4"}}').encode()

    def test_a_multipart_upload_with_a_single_quoted_boundary_and_bare_line_feeds(self):
        near = f"\n--{BOUNDARY}x\r\n--{BOUNDARY[:-1]}\n\r\n".encode()
        data = (b"\n\x1f\x8b\x00" + near + bytes(range(256)) * 3)[:793] + b"\n\r"
        self.assertEqual(len(data), 795)
        name = f"jobs/job3/packages/{HASH}/trainer-0.0.0.tar.gz"
        with Wire(self.address) as wire:
            line = f"POST /upload/storage/v1/b/stg/o?alt=json&name={quote(name, safe='')}&uploadType=multipart"
            for _ in range(2):  # the second replaces the first
                status, _, body = self.call(wire, line, self.multipart('{"size": "795"}', data),
                                            f"content-type: multipart/related; boundary='{BOUNDARY}'",
                                            "user-agent: " + agent("jobs.submit.training", invocation(1)))
                answer = json.loads(body)
                self.assertEqual((status, answer["bucket"], answer["name"], answer["size"]), (200, "stg", name, "795"))
                self.assertEqual(answer["contentType"], "application/x-tar")
            status, _, body = self.call(wire, f"GET /download/storage/v1/b/stg/o/{quote(name, safe='')}?alt=media")
            self.assertEqual((status, body), (200, data))

    def test_a_resumable_upload_in_pieces_of_1_mib(self):
        data = (bytes(range(251)) * 79_682)[:20_000_000]
        target = None

        def put(wire, at):
            piece = data[at:at + PIECE]
            return self.call(wire, f"PUT {target}", piece,
                             f"content-range: bytes {at}-{at + len(piece) - 1}/20000000")
        with Wire(self.address) as wire:
            status, headers, body = self.call(
                wire, "POST /resumable/upload/storage/v1/b/stg/o?uploadType=resumable&alt=json&name=big%2Fp.tar.gz",
                b'{"size": "20000000"}', "content-type: application/json", "x-upload-content-type: application/x-tar",
                "X-Upload-CONTENT-length: 20000000", host=f"localhost:{self.address[1]}")
            self.assertEqual((status, body), (200, b""))
            location = headers["location"]
            self.assertTrue(location.startswith(f"http://localhost:{self.address[1]}/"), location)
            target = location[location.index("/", 7):]
            for at in range(0, 3 * PIECE, PIECE):
                status, headers, body = put(wire, at)
                self.assertEqual((status, headers["range"], body), (308, f"bytes=0-{at + PIECE - 1}", b""))

        with Wire(self.address) as broken:  # the connection breaks in the middle of the fourth piece
            at = 3 * PIECE
            broken.send(self.head(f"PUT {target}", PIECE, f"content-range: bytes {at}-{at + PIECE - 1}/20000000"))
            broken.send(data[at:at + PIECE // 2])
        with Wire(self.address) as wire:
            status, headers, _ = self.call(wire, f"PUT {target}", b"", "content-range: bytes */20000000")
            self.assertEqual(status, 308)
            at = int(headers["range"].removeprefix("bytes=0-")) + 1
            self.assertTrue(3 * PIECE <= at <= 3 * PIECE + PIECE // 2, at)
            while at + PIECE < len(data):
                status, headers, body = put(wire, at)
                self.assertEqual((status, headers["range"], body), (308, f"bytes=0-{at + PIECE - 1}", b""))
                at += PIECE
            for _ in range(2):  # the answer to the last piece was lost: it is the same again
                status, _, body = put(wire, at)
                answer = json.loads(body)
                self.assertEqual((status, answer["bucket"], answer["name"], answer["size"]),
                                 (200, "stg", "big/p.tar.gz", "20000000"))
            status, headers, body = self.call(wire, "GET /download/storage/v1/b/stg/o/big%2Fp.tar.gz?alt=media")
            self.assertEqual((status, body == data), (200, True))

    def test_a_job_of_gcloud_183_word_for_word(self):
        package = f"jobs/job3/packages/{HASH}/trainer-0.0.0.tar.gz"
        self.put_package("bkt", package, "import sys\nprint('ran', sys.argv[1:])\nprint('결과')\n")
        body = ('{"jobId": "job3", "trainingInput": {"args": ["--epochs", "3"], "jobDir": "gs://bkt/jobs/job3", '
                f'"packageUris": ["gs://bkt/{package}"], "pythonModule": "trainer.task", "region": "us-central1", '
                '"runtimeVersion": "1.4", "scaleTier": "BASIC"}}').encode()
        with Wire(self.address) as wire:
            status, headers, answer = self.create(wire, body, 3)
            self.assertEqual(status, 200, answer)
            self.assertTrue(headers["content-type"].startswith("application/json"))
            job = json.loads(answer)
            self.assertEqual((job["jobId"], job["trainingInput"]["args"]), ("job3", ["--epochs", "3"]))
            base64.b64decode(job["etag"], validate=True)

            def ended():
                status, _, answer = self.call(wire, "GET /v1/projects/myproj/jobs/job3?alt=json")
                self.assertEqual(status, 200)
                return json.loads(answer) if "endTime" in json.loads(answer) else None
            job = wait_for("the end of job3", ended, 60)
            self.assertEqual(job["state"], "SUCCEEDED", job)
            self.assertRegex(job["endTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.follow(wire)
            status, _, answer = self.call(wire, "POST /v1/projects/myproj/jobs/job3:cancel?alt=json", b"{}",
                                          "content-type: application/json")
            self.assertEqual((status, json.loads(answer)["error"]["status"]), (400, "FAILED_PRECONDITION"))

    def follow(self, wire):
        """stream-logs after the end of job3: both forms of its filter. The upper bound must not hide the last lines."""
        bound = time.strftime("%Y-%m-%dT%H:%M:%S.957905Z", time.gmtime(time.time() - 65))

        def poll(lower):
            filter_ = ('(resource.type=\\"ml_job\\" OR resource.type=\\"cloudml_job\\") AND '
                       f'resource.labels.job_id=\\"job3\\" AND {lower} AND timestamp<\\"{bound}\\"')
            body = (f'{{"filter": "{filter_}", "orderBy": "timestamp asc", "pageSize": 1000, '
                    '"resourceNames": ["projects/myproj"]}').encode()
            status, _, answer = self.call(wire, "POST /v2/entries:list?alt=json", body,
                                          "content-type: application/json")
            self.assertEqual(status, 200, answer)
            return json.loads(answer).get("entries", [])
        entries = poll('timestamp>=\\"1970-01-01T01:00:00.000000000Z\\"')
        messages = [message_of(entry) for entry in entries]
        self.assertIn("ran ['--epochs', '3', '--job-dir', 'gs://bkt/jobs/job3']", messages)
        self.assertIn("결과", messages)
        self.assertEqual(messages[-1], "Job completed successfully.")
        places = [(entry["timestamp"], entry["insertId"]) for entry in entries]
        self.assertEqual(places, sorted(set(places)))
        for entry in entries:
            self.assertRegex(entry["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
            self.assertIn(entry["severity"], ("DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"))
        time_, id_ = places[-2]
        rest = poll(f'((timestamp=\\"{time_}\\" AND insertId>\\"{id_}\\") OR timestamp>\\"{time_}\\")')
        self.assertEqual([(entry["timestamp"], entry["insertId"]) for entry in rest], places[-1:])

    def test_what_a_later_gcloud_adds_to_a_job(self):
        self.put_package("bkt1", "p.tgz", "print('x')\n")
        body = (b'{"jobId": "later1", "labels": {"a": "b"}, "trainingInput": {"enableWebAccess": false, "jobDir": '
                b'"gs://bkt1/x", "packageUris": ["gs://bkt1/p.tgz"], "pythonModule": "trainer.task", "pythonVersion": '
                b'"3.7", "region": "us-central1", "runtimeVersion": "2.1"}}')
        with Wire(self.address) as wire:
            status, _, answer = self.create(wire, body, 30)
            self.assertEqual(status, 200, answer)
            self.assertEqual(json.loads(answer)["labels"], {"a": "b"})
            status, _, answer = self.call(wire, "PATCH /v1/projects/myproj/jobs/later1?alt=json&updateMask=labels",
                                          b'{"labels": {"a": "b", "x": "y"}}', "content-type: application/json")
            self.assertEqual((status, json.loads(answer)["labels"]), (200, {"a": "b", "x": "y"}))

    def test_accelerators_and_tuning_are_understood_and_refused_in_the_originals_form(self):
        tuning = (b'{"jobId": "c183", "trainingInput": {"hyperparameters": {"goal": "MAXIMIZE", '
                  b'"hyperparameterMetricTag": "accuracy", "maxParallelTrials": 2, "maxTrials": 4, "params": '
                  b'[{"maxValue": 0.1, "minValue": 0.001, "parameterName": '
                  b'"lr", "scaleType": "UNIT_LOG_SCALE", "type": "DOUBLE"}]}, "masterType": "complex_model_m", '
                  b'"packageUris": ["gs://stg/c183/c0c1/trainer-0.0.0.tar.gz"], '
                  b'"parameterServerCount": "1", "parameterServerType": "large_model", "pythonModule": "trainer.task", '
                  b'"region": "us-east1", "runtimeVersion": "1.4", "scaleTier": "CUSTOM", "workerCount": "2", '
                  b'"workerType": "complex_model_m"}}')
        machines = (b'{"jobId": "adv1", "labels": {"a": "b"}, "trainingInput": {"enableWebAccess": false, "jobDir": '
                    b'"gs://bkt1/x", "masterConfig": {"acceleratorConfig": {"count": "1", "type": "NVIDIA_TESLA_T4"}}, '
                    b'"masterType": "n1-standard-4", "packageUris": ["gs://bkt1/p.tgz"], "parameterServerCount": "1", '
                    b'"parameterServerType": "n1-highmem-2", "pythonModule": "a.b", "pythonVersion": "3.7", "region": '
                    b'"us-central1", "runtimeVersion": "2.1", "scaleTier": "CUSTOM", "useChiefInTfConfig": true, '
                    b'"workerCount": "2", "workerType": "n1-standard-4"}}')
        with Wire(self.address) as wire:
            for number, body, code, name, words in (
                    (40, tuning, 501, "UNIMPLEMENTED", "hyperparameters"),
                    (41, machines, 429, "RESOURCE_EXHAUSTED", "The request for 1 T4 accelerators exceeds")):
                status, _, answer = self.create(wire, body, number)
                error = json.loads(answer)["error"]
                self.assertEqual((status, error["code"], error["status"]), (code, code, name), error)
                self.assertIn(words, error["message"])
                self.assertIn(words, json.dumps(error["details"]))

    def test_a_create_that_is_repeated_after_a_lost_answer_makes_one_job(self):
        self.put_package("bkt", "quick.tar.gz", "print('quick')\n")
        body = self.training("again_1")
        with Wire(self.address) as lost:
            lost.send(self.head("POST /v1/projects/myproj/jobs?alt=json", len(body), "content-type: application/json",
                                f"user-agent: {agent('jobs.submit.training', invocation(5))}") + body)
            # Closed without reading.
        wait_for("the job", lambda: self.engine.request("GET", "/v1/projects/myproj/jobs/again_1")[0] == 200)
        with Wire(self.address) as wire:
            status, _, first = self.create(wire, body, 5)
            self.assertEqual((status, json.loads(first)["jobId"]), (200, "again_1"), first)
            for number, text in ((6, body), (5, body.replace(b"1.4", b"1.5"))):  # another command; another job
                status, _, answer = self.create(wire, text, number)
                error = json.loads(answer)["error"]
                self.assertEqual((status, error["status"], error["message"]), (
                    409, "ALREADY_EXISTS", "Field: job.job_id Error: A job with this id already exists."))
                self.assertEqual(error["details"][0]["fieldViolations"][0]["field"], "job.job_id")
            status, _, answer = self.call(wire, "GET /v1/projects/myproj/jobs?pageSize=100&alt=json")
            found = [job["jobId"] for job in json.loads(answer)["jobs"]]
            self.assertEqual(found.count("again_1"), 1)
            wait_for("the end of the job",
                     lambda: "endTime" in self.engine.request("GET", "/v1/projects/myproj/jobs/again_1")[1])
            entries = self.engine.request("POST", "/v2/entries:list", {
                "resourceNames": ["projects/myproj"], "pageSize": 1000,
                "filter": 'resource.labels.job_id="again_1"'})[1]["entries"]
            self.assertEqual([message_of(entry) for entry in entries].count("quick"), 1)

    def test_expect_100_continue(self):
        self.put_package("bkt", "quick.tar.gz", "print('quick')\n")
        upload = self.multipart('{"size": "4"}', b"data")
        job = self.training("expect_1")
        cases = (("POST /upload/storage/v1/b/bkt/o?alt=json&name=expected&uploadType=multipart", upload,
                  f"content-type: multipart/related; boundary='{BOUNDARY}'"),
                 ("POST /v1/projects/myproj/jobs?alt=json", job, "content-type: application/json"))
        with Wire(self.address) as wire:
            for line, body, type_ in cases:
                wire.send(self.head(line, len(body), type_, "Expect: 100-continue"))
                self.assertEqual(wire.read_head(), (100, {}))
                wire.send(body)
                status, _, answer = wire.read()
                self.assertEqual(status, 200, answer)
            # Without waiting for it.
            line, body, type_ = cases[0]
            wire.send(self.head(line, len(body), type_, "EXPECT: 100-Continue") + body)
            self.assertEqual(wire.read_head()[0], 100)
            self.assertEqual(wire.read()[0], 200)

    def test_header_names_in_any_case_and_bodyless_requests_with_a_length(self):
        with Wire(self.address) as wire:
            data = b"mixed"
            wire.send(b"POST /upload/storage/v1/b/bkt/o?alt=json&uploadType=multipart&name=mixed HTTP/1.1\r\n"
                      b"hOST: " + self.host.encode() + b"\r\nCONTENT-type: Multipart/Related; BOUNDARY='" +
                      BOUNDARY.encode() + b"'\r\ncOnTeNt-LENGTH:" +
                      str(len(self.multipart("{}", data))).encode() + b"\r\n\r\n" + self.multipart("{}", data))
            status, _, answer = wire.read()
            self.assertEqual((status, json.loads(answer)["size"]), (200, "5"), answer)
            status, headers, answer = self.call(wire, "GET /download/storage/v1/b/bkt/o/mixed?alt=media", b"",
                                                "RANGE: bytes=1-3")
            self.assertEqual((status, headers["content-range"], answer), (206, "bytes 1-3/5", b"ixe"))
            # An empty message is {}.
            status, _, answer = self.call(wire, "GET /v1/projects/nobody/jobs?pageSize=100&alt=json")
            self.assertEqual((status, json.loads(answer)), (200, {}))
            status, _, answer = self.call(wire, "DELETE /storage/v1/b/bkt/o/mixed?alt=json")
            self.assertEqual((status, answer), (204, b""))
            self.assertEqual(self.call(wire, "GET /storage/v1/b/bkt/o/mixed?alt=json")[0], 404)

    def test_errors_have_the_shape_that_gcloud_prints(self):
        with Wire(self.address) as wire:
            status, _, answer = self.create(wire, self.training("bad-id"), 60)
            error = json.loads(answer)["error"]
            self.assertEqual((status, error["code"], error["status"]), (400, 400, "INVALID_ARGUMENT"))
            self.assertTrue(re.match(r"Field: job\.job_id Error: .*bad-id", error["message"]), error)
            self.assertEqual(error["details"][0]["@type"], "type.googleapis.com/google.rpc.BadRequest")
            status, _, answer = self.call(wire, "GET /v1/projects/myproj/jobs/none?alt=json")
            self.assertEqual((status, json.loads(answer)["error"]["status"]), (404, "NOT_FOUND"))


if __name__ == "__main__":
    unittest.main()
