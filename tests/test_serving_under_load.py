"""A version is replaced again and again, and a model server killed, while requests come all the time."""
import http.client
import json
import os
import signal
import threading
import time
import unittest
from urllib.parse import urlsplit

from engine import processes_with, wait_for
from served_models import ServedModels

CONNECTIONS, RATE, REPLACEMENTS = 8, 200, 20


class Load:
    """Requests at a rate over kept connections, each answer remembered. Ends with the context."""

    def __init__(self, engine, model, instance, rate=RATE):
        self.address, self.pause = urlsplit(engine.url), CONNECTIONS / rate
        self.path = f"/v1/projects/default/models/{model}:predict"
        self.body = json.dumps({"instances": [instance]})
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.answers = []  # (status, Retry-After, version, text)

    def __enter__(self):
        self.begun = time.monotonic()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        self.seconds = time.monotonic() - self.begun

    def run(self, number):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        due = self.begun + number * self.pause / CONNECTIONS
        while not self.ending.wait(max(0.0, due - time.monotonic())):
            # What was missed is not made up for: a stall would become a flood.
            due = max(due + self.pause, time.monotonic())
            try:
                connection.request("POST", self.path, self.body)
                answer = connection.getresponse()
                found = (answer.status, answer.headers["Retry-After"], answer.headers["X-Mlengine-Version"],
                         answer.read().decode())
            except OSError as error:
                connection.close()
                found = (0, None, None, repr(error))
            with self.lock:
                self.answers.append(found)
        connection.close()

    def wrong(self, right):
        return [answer for answer in self.answers if answer[0] != 200 or json.loads(answer[3]) != right]


class UnderLoadTest(ServedModels):
    models = ("single", "slow")

    def done(self, operation):
        found = wait_for(operation["name"], lambda: (lambda o: o if o.get("done") else None)(
            self.call("GET", "/v1/" + operation["name"])), 120)
        self.assertNotIn("error", found)

    def replace(self, old, new):
        """A version with the files of the first one takes the old one's place."""
        versions = "/v1/projects/default/models/single/versions"
        self.done(self.call("POST", versions, {"name": new, "deploymentUri": "gs://models_bucket/single-v1",
                                               "runtimeVersion": "2.19"}))
        self.call("POST", f"{versions}/{new}:setDefault", {})
        self.done(self.call("DELETE", f"{versions}/{old}"))

    def server_pids(self, model, version=""):
        pids = []
        for pid in processes_with(f"{self.engine.data}/models/default/{model}/{version}"):
            try:
                if os.readlink(f"/proc/{pid}/exe").endswith("/mlengine-model-server"):
                    pids.append(pid)
            except OSError:  # it has just ended
                pass
        return pids

    def test_a_version_replaced_under_load_loses_no_request(self):
        with Load(self.engine, "single", [3, 6]) as load:
            for number in range(1, REPLACEMENTS + 1):
                new = f"v{number + 1}"
                self.replace(f"v{number}", new)
                wait_for(f"an answer of {new}", lambda: any(answer[2] == new for answer in load.answers[-RATE:]))  # noqa: B023
        self.assertEqual(load.wrong({"predictions": [{"out": [1.0, 2.0]}]}), [])
        self.assertEqual({answer[2] for answer in load.answers}, {f"v{i + 1}" for i in range(REPLACEMENTS + 1)})
        self.assertGreater(len(load.answers) / load.seconds, RATE / 2, "the load itself was too slow to say anything")
        wait_for("the end of the old processes", lambda: self.server_pids("single") == self.server_pids(
            "single", f"v{REPLACEMENTS + 1}-"))
        print(f"\n{len(load.answers)} requests in {load.seconds:.1f} s over {REPLACEMENTS} replacements", flush=True)

    def test_a_killed_process_fails_only_what_it_worked_on(self):
        right = {"predictions": [{"steps": 30_000}]}
        with Load(self.engine, "single", [3, 6], 50) as beside, Load(self.engine, "slow", 30_000) as load:
            for _ in range(2):
                before = len(load.answers)
                wait_for("answers", lambda: len(load.answers) > before + 50)
                wrong = len(load.wrong(right))
                # Under load there may be several; one of them dies.
                killed = self.server_pids("slow")[0]
                os.kill(killed, signal.SIGKILL)
                wait_for("the end of the process", lambda: killed not in self.server_pids("slow"))
                after = len(load.answers)
                wait_for("answers", lambda: len(load.answers) > after + 50)
                self.assertLessEqual(len(load.wrong(right)) - wrong, CONNECTIONS)
        lost = load.wrong(right)
        self.assertGreaterEqual(len(lost), 1, "it was not at work when it was killed")
        for status, retry_after, _, text in lost:
            self.assertEqual((status, retry_after), (503, "1"), text)
            self.assertIn("Only the requests that it worked on failed; try again.", text)
        self.assertEqual(beside.wrong({"predictions": [{"out": [1.0, 2.0]}]}), [])


if __name__ == "__main__":
    unittest.main()
