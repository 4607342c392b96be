"""Followers of a log: server-sent events, long polls, raw bytes from an offset; two thousand of one job at once."""
import http.client
import json
import os
import time
import unittest
import urllib.parse

import crowd
from engine import BIN, Engine, wait_for

# Prints a line when a file "go-N" is there, N from 0; ends with "stop".
STEPPED = """
import os, sys, time
folder = sys.argv[1]
n = 0
while not os.path.exists(folder + "/stop"):
    if os.path.exists(folder + "/go-%d" % n):
        print("line", n, flush=True)
        n += 1
    else:
        time.sleep(0.005)
print("last words")
"""
# LINES lines at RATE a second, once a file is there, each with the moment of its write.
PACED = """
import os, sys, time
lines, rate, start = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
while not os.path.exists(start):
    time.sleep(0.01)
begun = time.time() + 1
for i in range(lines):
    due = begun + i / rate
    while time.time() < due:
        time.sleep(max(0, due - time.time()))
    sys.stdout.write("%.6f line %d %s\\n" % (time.time(), i, "." * 80))
    sys.stdout.flush()
"""
FOLLOWERS = int(os.environ.get("MLENGINE_TEST_FOLLOWERS", "2000"))


class Events:
    """One connection that reads server-sent events."""

    def __init__(self, engine, job_id, query="", headers=None):
        url = urllib.parse.urlsplit(engine.url)
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        self.connection.request("GET", f"/mlengine/v1/projects/default/jobs/{job_id}/log?{query}", headers={
            "Accept": "text/event-stream", **(headers or {})})
        self.answer = self.connection.getresponse()

    def next(self):
        """The next event's fields; None at the end of the answer."""
        event = {}
        while True:
            line = self.answer.readline().decode()
            if not line:
                return None
            line = line.rstrip("\n")
            if not line:
                if "data" in event:
                    return event
                event = {}
                continue
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")

    def message(self):
        return json.loads(self.next()["data"])["message"]

    def until(self, message):
        while True:
            event = self.next()
            if json.loads(event["data"])["message"] == message:
                return event

    def close(self):
        self.answer.close()
        self.connection.close()


class FollowersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)

    def begin(self, job_id):
        folder = self.engine.folder / f"steps-{job_id}"
        folder.mkdir()
        self.engine.submit(job_id, STEPPED, str(folder))
        return folder

    def poll(self, job_id, after, wait):
        status, answer = self.engine.request(
            "GET", f"/mlengine/v1/projects/default/jobs/{job_id}/log?after={after}&wait={wait}")
        self.assertEqual(status, 200, answer)
        return answer

    def test_events_come_as_they_happen_and_resume_without_a_gap(self):
        steps = self.begin("events")
        events = Events(self.engine, "events")
        self.assertEqual(events.answer.headers["Content-Type"], "text/event-stream")
        self.assertEqual(events.answer.headers["Cache-Control"], "no-store")
        (steps / "go-0").touch()
        seen = events.until("line 0")
        self.assertEqual(seen["id"], json.loads(seen["data"])["insertId"])
        events.close()
        (steps / "go-1").touch()
        again = Events(self.engine, "events", headers={"Last-Event-ID": seen["id"]})
        self.assertEqual(again.message(), "line 1")
        (steps / "stop").touch()
        last = again.until("last words")
        rest = []
        while (event := again.next()) is not None:
            rest.append(event)
        self.assertEqual(rest[-1], {"event": "end", "data": '{"end":true}'})
        # Once more after the end: only the end, at once.
        final = rest[-2]["id"] if len(rest) > 1 else last["id"]
        begun = time.monotonic()
        ended = Events(self.engine, "events", "follow=sse", {"Last-Event-ID": final})
        self.assertEqual(ended.next()["event"], "end")
        self.assertIsNone(ended.next())
        self.assertLess(time.monotonic() - begun, 5)
        # All of it at once is what was seen in pieces: none twice, none missing.
        whole, ids = Events(self.engine, "events"), []
        while "id" in (event := whole.next()):
            ids.append(event["id"])
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual(ids[-1], final)

    def test_a_stopping_server_cuts_no_follower_and_the_next_goes_on(self):
        steps = self.begin("handover")
        events = Events(self.engine, "handover")
        (steps / "go-0").touch()
        seen = events.until("line 0")
        self.engine.stop()
        while (event := events.next()) is not None:  # what came meanwhile; a proper end, not a cut
            self.assertIn("id", event)
            seen = event
        self.engine.start()
        (steps / "go-1").touch()
        again = Events(self.engine, "handover", headers={"Last-Event-ID": seen["id"]})
        self.assertEqual(again.message(), "line 1")
        (steps / "stop").touch()
        again.until("last words")

    def test_a_poll_answers_at_once_when_there_is_an_entry(self):
        steps = self.begin("polls")
        wait_for("the program", lambda: self.engine.job("polls")["state"] == "RUNNING")
        place, said, answer = "", [], {"ended": False}
        for i in range(3):
            (steps / f"go-{i}").touch()
            while f"line {i}" not in said:
                answer = self.poll("polls", place, 30)
                self.assertTrue(answer["entries"])
                said += [e["message"] for e in answer["entries"]]
                place = answer["next"]
        begun = time.monotonic()
        empty = self.poll("polls", place, 1)
        self.assertGreaterEqual(time.monotonic() - begun, 0.9)
        self.assertEqual(empty, {"entries": [], "next": place, "ended": False})
        (steps / "stop").touch()
        while not answer["ended"]:
            answer = self.poll("polls", place, 30)
            said += [e["message"] for e in answer["entries"]]
            place = answer["next"]
        self.assertEqual([m for m in said if m.startswith("line")], ["line 0", "line 1", "line 2"])
        self.assertIn("last words", said)
        self.assertEqual(self.poll("polls", place, 30), {"entries": [], "next": place, "ended": True})

    def test_raw_bytes_go_on_from_an_offset(self):
        self.engine.submit("raw", "import os\nfor i in range(2000): os.write(1, b'%06d\\xff\\n' % i)\n")
        self.engine.wait_job("raw")
        whole = b"".join(b"%06d\xff\n" % i for i in range(2000))
        url = urllib.parse.urlsplit(self.engine.url)
        for offset in (0, 1, 7999, 8000, len(whole) - 1, len(whole), len(whole) + 100):
            connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
            connection.request("GET", "/mlengine/v1/projects/default/jobs/raw/log:raw?follow=true&offset="
                               f"{offset}")
            self.assertEqual(connection.getresponse().read(), whole[offset:], offset)


def sanitized():
    program = (BIN / "mlengine-server").read_bytes()
    return b"__asan_" in program or b"__tsan_" in program


class CrowdTest(unittest.TestCase):
    """One job, FOLLOWERS of it, and some that never read."""
    LINES, RATE, SLOW = 100, 10, 50

    def memory(self):
        status = (f"/proc/{self.engine.process.pid}/status")
        with open(status) as lines:
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS"))

    def test_a_crowd_follows_one_job_whole_and_in_order(self):
        self.engine = Engine()
        with self.engine:
            before = self.memory()
            self.engine.submit("crowd", PACED, str(self.LINES), str(self.RATE), str(self.engine.folder / "start"))
            self.assertEqual(self.engine.job("crowd")["jobId"], "crowd")
            followers, _ = crowd.follow(self.engine.url, "/mlengine/v1/projects/default/jobs/crowd/log", FOLLOWERS, self.SLOW,
                                        (self.engine.folder / "start").touch)
            grown = self.memory() - before
            self.assertEqual(self.engine.wait_job("crowd")["state"], "SUCCEEDED")
            lags, moments = [], None
            for follower in followers:
                told = [(at, m.split()) for at, m in follower.messages() if m.split()[1:2] == [b"line"]]
                self.assertEqual([int(words[2]) for _, words in told], list(range(self.LINES)))
                lags += [at - float(words[0]) for at, words in told]
                moments = moments or [float(words[0]) for _, words in told]
            # The job wrote at its own pace, whoever followed.
            self.assertLess(moments[-1] - moments[0], 1.5 * self.LINES / self.RATE)
            lags.sort()
            print(f"{FOLLOWERS} followers: lag p50 {lags[len(lags) // 2] * 1000:.0f} ms, "
                  f"p99 {lags[len(lags) * 99 // 100] * 1000:.0f} ms; the server grew by {grown >> 20} MiB", flush=True)
            # A sanitizer keeps what was freed for a while, and has room of its own around each piece of memory.
            limit = (200 << 20) + FOLLOWERS * (100 << 10)
            self.assertLess(grown, 5 * limit if sanitized() else limit)


if __name__ == "__main__":
    unittest.main()
