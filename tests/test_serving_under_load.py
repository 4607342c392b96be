"""A version is replaced again and again, and a model server killed, while requests come all the time."""
import http.client
import json
import os
import signal
import threading
import time
import unittest
from urllib.parse import urlsplit

from engine import Engine, processes_with, wait_for
from test_prediction import RUNTIME, exported_models

CONNECTIONS, RATE, REPLACEMENTS = 8, 200, 20
BUCKET = "/upload/storage/v1/b/models_bucket/o?uploadType=media&name="


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


@unittest.skipIf(RUNTIME is None, "runtime version 2.19 could not be built here")
class UnderLoadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder, python = RUNTIME
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text(f"runtimesDir: {folder}\n")
        cls.addClassCleanup(cls.engine.__exit__)
        cls.engine.__enter__()
        export = exported_models(python)
        cls.call("POST", "/storage/v1/b?project=default", {"name": "models_bucket"})
        for model in ("single", "slow"):
            for path in sorted((export / model).rglob("*")):
                if path.is_file():
                    name = f"{model}/{path.relative_to(export / model)}".replace("/", "%2F")
                    cls.call("POST", BUCKET + name, path.read_bytes())
            cls.call("POST", "/v1/projects/default/models", {"name": model})
            cls.make(model, "v0")

    @classmethod
    def call(cls, method, path, body=None):
        status, answer = cls.engine.request(method, path, body)
        assert status == 200, (method, path, status, answer)
        return answer

    @classmethod
    def done(cls, operation):
        found = wait_for(operation["name"], lambda: (lambda o: o if o.get("done") else None)(
            cls.call("GET", "/v1/" + operation["name"])), 120)
        assert "error" not in found, found

    @classmethod
    def make(cls, model, version):
        cls.done(cls.call("POST", f"/v1/projects/default/models/{model}/versions", {
            "name": version, "deploymentUri": f"gs://models_bucket/{model}", "runtimeVersion": "2.19"}))

    def server_pids(self, model):
        pids = []
        for pid in processes_with(f"/models/default/{model}/"):
            try:
                if os.readlink(f"/proc/{pid}/exe").endswith("/mlengine-model-server"):
                    pids.append(pid)
            except OSError:  # it has just ended
                pass
        return pids

    def test_a_version_replaced_under_load_loses_no_request(self):
        versions = "/v1/projects/default/models/single/versions/"
        with Load(self.engine, "single", [3, 6]) as load:
            for number in range(1, REPLACEMENTS + 1):
                self.make("single", f"v{number}")
                self.call("POST", f"{versions}v{number}:setDefault", {})
                self.done(self.call("DELETE", f"{versions}v{number - 1}"))
        self.assertEqual(load.wrong({"predictions": [{"out": [1.0, 2.0]}]}), [])
        self.assertEqual({answer[2] for answer in load.answers}, {f"v{i}" for i in range(REPLACEMENTS + 1)})
        self.assertGreater(len(load.answers) / load.seconds, RATE / 2, "the load itself was too slow to say anything")
        wait_for("the end of the old processes", lambda: len(self.server_pids("single")) == 1)
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
