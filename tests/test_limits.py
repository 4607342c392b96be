"""Every limit of docs/guides/limits.md through the public door, by raw sockets: what is beyond it gets its status and a
sentence, and the server goes on serving others all the while."""
import json
import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path

from engine import BIN, Engine, wait_for

MIB = 1 << 20


class LimitEngine(Engine):
    def __init__(self, yaml):
        super().__init__()
        self.data.mkdir(parents=True)
        (self.data / "mlengine.yaml").write_text(yaml)

    def address(self):
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def connect(self, window=None):
        """`window`: bytes that the kernel may hold for a client that does not read."""
        connection = socket.socket()
        if window:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        connection.settimeout(30)
        connection.connect(self.address())
        return connection

    def raw(self, *pieces, pause=0.0):
        """(status, body) of what comes after these bytes; (0, ...) when nothing did."""
        with self.connect() as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
            except OSError:
                pass  # the answer came before all was sent
            return self.answer(connection)

    @staticmethod
    def answer(connection):
        """(status, body as JSON or text) of the one answer on a connection that is closed behind it, or kept."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return 0, data.decode(errors="replace")
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length:")), None)
        while length is None or len(body) < length:
            more = connection.recv(65536)
            if not more:
                break
            body += more
        status = int(head.split()[1])
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body.decode(errors="replace")

    def alive(self):
        return self.request("GET", "/v1/projects/default/jobs")[0] == 200


def message(answer):
    return answer["error"]["message"] if isinstance(answer, dict) else answer


def post(path, body, extra=""):
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n{extra}\r\n").encode() + body


class RequestLimitsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = LimitEngine("""
limits:
  headerSeconds: 1
  bodySeconds: 1
  bodyBytesPerSecond: 1000
  idleSeconds: 1
  readerSeconds: 1
  unfinishedUploads: 3
  unfinishedUploadBytes: 1MiB
""")
        cls.engine.start()
        status, answer = cls.engine.request("POST", "/storage/v1/b?project=p", {"name": "limits_bucket"})
        assert status == 200, answer

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__(None, None, None)

    def tearDown(self):
        self.assertTrue(self.engine.alive())

    def refused(self, answer, status, *words):
        self.assertEqual(answer[0], status, answer)
        for word in words:
            self.assertIn(word, message(answer[1]))

    def test_a_long_request_line_and_a_long_header(self):
        engine = self.engine
        self.refused(engine.raw(b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), 431, "longer than 65536 bytes")
        self.refused(engine.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 70000 + b"\r\n\r\n"), 431, "65536")
        many = b"".join(b"X-%d: a\r\n" % i for i in range(9000))
        self.refused(engine.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + many + b"\r\n"), 431, "65536")

    def test_a_header_that_comes_byte_by_byte(self):
        started = time.monotonic()
        answer = self.engine.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", *[b"a"] * 40, pause=0.1)
        self.refused(answer, 408, "header did not arrive in time")
        self.assertLess(time.monotonic() - started, 10)

    def test_a_connection_that_says_nothing_is_closed(self):
        with self.engine.connect() as connection:
            self.assertEqual(connection.recv(1), b"")
        with self.engine.connect() as connection:  # after a request too
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(self.engine.answer(connection), (200, "ok\n"))
            self.assertEqual(connection.recv(1), b"")

    def test_a_body_that_stops_and_one_that_trickles(self):
        engine = self.engine
        head = b"POST /v1/projects/default/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
        self.refused(engine.raw(head + b"{"), 408, "body did not arrive in time", "1 bytes came")
        started = time.monotonic()
        self.refused(engine.raw(head, *[b"a"] * 60, pause=0.1), 408, "body did not arrive in time")
        self.assertLess(time.monotonic() - started, 15)
        put = b"PUT /limits_bucket/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
        self.refused(engine.raw(put, *[b"a"] * 60, pause=0.1), 408, "body did not arrive in time")
        self.assertEqual(engine.request("GET", "/storage/v1/b/limits_bucket/o/slow")[0], 404)

    def test_a_long_body(self):
        engine = self.engine
        body = b'{"jobId": "' + b"a" * 2 * MIB + b'"}'
        self.refused(engine.raw(post("/v1/projects/default/jobs", body)), 413, "longer than 1048576 bytes")
        chunk = b"%x\r\n" % MIB + b" " * MIB + b"\r\n"
        head = b"POST /v1/projects/default/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.refused(engine.raw(head + chunk * 2), 413, "longer than 1048576 bytes")
        self.refused(engine.raw(post("/v2/entries:list", body)), 413, "longer than")
        self.refused(engine.raw(post("/storage/v1/b?project=p", body)), 413, "longer than")

    def test_deep_json(self):
        engine = self.engine
        deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
        self.refused(engine.raw(post("/v1/projects/default/jobs", deep)), 400, "Message too deep")
        lists = b"[" * 100000
        self.refused(engine.raw(post("/v1/projects/default/jobs", lists)), 400)
        self.refused(engine.raw(post("/storage/v1/b?project=p", deep)), 400)
        self.refused(engine.raw(post("/v2/entries:list", deep)), 400)

    def test_many_wrong_fields_are_told_in_a_bounded_answer(self):
        body = ("{" + ",".join(f'"wrong{i}": {i}' for i in range(20000)) + "}").encode()
        status, answer = self.engine.raw(post("/v1/projects/default/jobs", body))
        self.assertEqual(status, 400)
        self.assertLessEqual(len(answer["error"]["details"][0]["fieldViolations"]), 51)  # the last says that there are more

    def test_labels_pages_and_filters(self):
        engine = self.engine
        labels = {f"k{i}": "v" for i in range(65)}
        self.refused(engine.request("POST", "/v1/projects/default/jobs", {
            "jobId": "many", "labels": labels, "trainingInput": {"region": "us-central1"}}), 400, "At most 64 labels")
        self.refused(engine.request("GET", "/v1/projects/default/jobs?filter=" + "a" * 5000), 400, "at most 4096")
        self.refused(engine.request("POST", "/v2/entries:list", {
            "resourceNames": ["projects/default"], "filter": "a" * 20001}), 400, "at most 20000")
        self.refused(engine.request("POST", "/v2/entries:list", {
            "resourceNames": ["projects/default"], "filter": "(" * 5000}), 400, "more than 32 parentheses")
        self.assertEqual(engine.request("GET", "/v1/projects/default/jobs?pageSize=100000")[0], 200)
        status, _ = engine.request("GET", "/v1/projects/default/jobs?pageSize=-1")
        self.assertEqual(status, 400)

    def test_unfinished_uploads_are_counted(self):
        engine = self.engine

        def start():
            return engine.request("POST", "/upload/storage/v1/b/limits_bucket/o?uploadType=resumable&name=x", {})
        for _ in range(3):
            self.assertEqual(start()[0], 200)
        self.refused(start(), 429, "3 unfinished uploads", "limits.unfinishedUploads")
        folder = engine.data / "uploads"
        sessions = [path.stem for path in folder.glob("*.json")]
        self.assertEqual(len(sessions), 3)
        # Together they hold a bounded number of bytes.
        path = "/upload/storage/v1/b/limits_bucket/o?upload_id="
        status, _ = engine.request("PUT", path + sessions[0], bytes(MIB // 2), {"Content-Range": "bytes 0-524287/*"})
        self.assertEqual(status, 308)
        self.refused(engine.request("PUT", path + sessions[1], bytes(MIB), {"Content-Range": "bytes 0-1048575/*"}), 429,
                     "limits.unfinishedUploadBytes")
        for session in sessions:
            self.assertEqual(engine.request("DELETE", path + session)[0], 499)
        status, _ = start()
        self.assertEqual(status, 200)
        for path_ in folder.glob("*.json"):
            engine.request("DELETE", path + path_.stem)

    def test_a_reader_that_does_not_read_is_cut(self):
        engine = self.engine
        size = 24 * MIB
        status, answer = engine.request("POST", "/upload/storage/v1/b/limits_bucket/o?uploadType=media&name=large",
                                        bytes(size))
        self.assertEqual(status, 200, answer)
        with engine.connect(window=4096) as connection:
            connection.sendall(b"GET /limits_bucket/large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(100)

            def cut():
                self.assertTrue(engine.alive())
                return self.open_connections(connection.getsockname()[1]) == 0
            wait_for("the connection to be cut", cut, 20)
            got = 100
            try:
                while more := connection.recv(MIB):
                    got += len(more)
            except OSError:
                pass
            self.assertLess(got, size)

    def open_connections(self, port):
        """How many established sockets of the server have this port at their other end."""
        count = 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "01" and int(words[2].split(":")[1], 16) == port:
                count += 1
        return count


class FollowerTest(unittest.TestCase):
    def test_a_follower_that_does_not_read_is_cut_and_the_others_get_all(self):
        with LimitEngine("limits: {readerSeconds: 1}\n") as engine:
            source = "for i in range(30000):\n    print('x' * 1000, i)\n"
            engine.submit("chatty", source)
            engine.wait_job("chatty", 120)
            path = "/mlengine/v1/projects/default/jobs/chatty/log?follow=true"
            with engine.connect(window=4096) as lazy:
                lazy.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                self.assertIn(b"200", lazy.recv(30))
                port = lazy.getsockname()[1]
                done = engine.mlengine("jobs", "stream-logs", "chatty")
                text = done.stdout + done.stderr
                for number in (0, 15000, 29999):
                    self.assertIn(f" {number}\n", text)
                wait_for("the connection to be cut", lambda: RequestLimitsTest.open_connections(self, port) == 0, 30)


class ConnectionsTest(unittest.TestCase):
    def test_one_too_many_is_told_so_and_room_comes_back(self):
        with LimitEngine("limits: {connections: 20}\n") as engine:
            held = [engine.connect() for _ in range(20)]
            try:
                wait_for("the last of them", lambda: self.full(engine), 5)
                for _ in range(50):
                    with engine.connect() as connection:
                        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        status, answer = engine.answer(connection)
                    self.assertEqual(status, 503, answer)
                    self.assertIn("as many connections as it takes (20", message(answer))
                # Those that were there first are served.
                held[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertEqual(engine.answer(held[0]), (200, "ok\n"))
            finally:
                for connection in held:
                    connection.close()
            wait_for("room", engine.alive, 5)

    @staticmethod
    def full(engine):
        with engine.connect() as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return engine.answer(connection)[0] == 503

    def test_a_thousand_slow_clients_keep_nobody_from_being_served(self):
        with LimitEngine("limits: {headerSeconds: 5}\n") as engine:
            slow = []
            try:
                for _ in range(1000):
                    connection = engine.connect()
                    connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
                    slow.append(connection)
                started = time.monotonic()
                for _ in range(20):
                    self.assertTrue(engine.alive())
                self.assertLess(time.monotonic() - started, 10)
                results = []

                def read(connection):
                    results.append(engine.answer(connection)[0])
                threads = [threading.Thread(target=read, args=(c,)) for c in slow[:50]]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(results, [408] * 50)
            finally:
                for connection in slow:
                    connection.close()


class ConfigTest(unittest.TestCase):
    def test_wrong_values_are_refused_with_their_line(self):
        cases = {
            "limits:\n  connection: 5\n": "mlengine.yaml:2: unknown key \"limits.connection\"; did you mean limits.connections",
            "limits:\n  connections: 0\n": "mlengine.yaml:2: must be from 1 to",
            "limits: 5\n": "mlengine.yaml:1: the value of limits is not of the right kind",
            "disk:\n  lowWater: lots\n": "mlengine.yaml:2: \"lots\" is not a size",
            "disk:\n  lowWater: 90%\n": "mlengine.yaml:2: must be more than 0% and at most 50%",
            "disk: {reserve: 5 parsecs}\n": "is not a size",
        }
        for yaml, words in cases.items():
            engine = LimitEngine(yaml)
            try:
                with self.assertRaises(AssertionError) as refused:
                    engine.start()
                self.assertIn(words, str(refused.exception))
            finally:
                engine.__exit__(None, None, None)

    def test_a_detached_server_that_cannot_start_says_the_same(self):
        engine = LimitEngine("limits: 5\n")
        self.addCleanup(engine.__exit__, None, None, None)
        for more in ((), ("--detach",)):
            done = subprocess.run([BIN / "mlengine-server", "--data-dir", engine.data, *more], text=True,
                                  capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""), more)
            self.assertIn("mlengine.yaml:1: the value of limits is not of the right kind", done.stderr)


class NoWatchTest(unittest.TestCase):
    """A user has so many inotify instances, and editors and sync programs take them."""
    WORDS = ("unshare", "--user", "--map-root-user", "sh", "-c",
             'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', "sh")

    def test_a_server_that_may_watch_no_folder_looks_now_and_then(self):
        if subprocess.run([*self.WORDS, "true"], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no user namespaces here")
        engine = Engine()
        engine.prefix = self.WORDS
        with engine:
            self.assertIn("are not watched", (engine.folder / "server.log").read_text())
            engine.submit("plain", "print('hello')")
            self.assertEqual(engine.wait_job("plain")["state"], "SUCCEEDED")
            self.assertIn("hello", [message for _, _, message in engine.log_messages("plain")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
