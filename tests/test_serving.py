"""How a model is served: requests that share runs, traffic between versions, a log of a sample, processes that come and
go with the load, and the figures of all that."""
import json
import re
import threading
import unittest
import urllib.request

from engine import ROOT, wait_for
from served_models import RUNTIME, ServedModels


class ServingTest(ServedModels):
    models = ("single", "slow")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = cls.operation("single", "v2", cls.export / "single")
        assert "error" not in done, done

    def raw(self, path, body=None):
        """(headers, bytes) of one request."""
        request = urllib.request.Request(self.engine.url + path, data=body, headers={"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return answer.headers, answer.read()

    def ask(self, model, body):
        """The version that answered, and its answer."""
        headers, answer = self.raw(f"/v1/projects/default/models/{model}:predict", json.dumps(body).encode())
        return headers["X-Mlengine-Version"], json.loads(answer)

    def test_the_models_of_a_project_are_told_at_once(self):
        path = "/mlengine/v1/projects/default/serving"
        self.predict("single", {"instances": [[3, 6]]})
        whole = self.call("GET", path)
        names = [model["model"] for model in whole["models"]]
        self.assertEqual(names, sorted(names))
        self.assertLessEqual(set(self.models), set(names))  # the other tests make some more
        self.assertEqual(whole["nextPageToken"], "")
        [single] = [model for model in whole["models"] if model["model"] == "single"]
        self.assertEqual([(v["version"], v["state"], v["isDefault"]) for v in single["versions"]],
                         [("v1", "READY", True), ("v2", "READY", False)])
        told = self.shown("single")
        self.assertEqual(single["versions"][0]["latency"], told["latency"])
        self.assertEqual(int(single["versions"][0]["lastHour"]["requests"]),
                         sum(int(point["requests"]) for point in told["traffic"]))
        first = self.call("GET", path + "?pageSize=1")
        second = self.call("GET", path + "?pageSize=1&pageToken=" + first["nextPageToken"])
        self.assertEqual([page["models"][0]["model"] for page in (first, second)], names[:2])
        self.assertEqual(self.engine.request("GET", path + "?pageSize=1000")[0], 400)
        self.assertEqual(self.call("GET", "/mlengine/v1/projects/other-one/serving"), {"models": [], "nextPageToken": ""})

    def test_requests_that_wait_share_a_run_and_each_gets_its_own_answer(self):
        before = self.shown("slow")
        answers = {}

        def ask(instances):
            answers[len(instances)] = self.predict("slow", {"instances": instances})

        threads = [threading.Thread(target=ask, args=([20000] * count,)) for count in range(1, 25)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for count, answer in answers.items():
            self.assertEqual(answer, {"predictions": [{"steps": 20000}] * count})
        after = self.shown("slow")
        self.assertGreater(int(after["batches"]["sharedRequests"]), int(before["batches"]["sharedRequests"]))
        self.assertLess(int(after["batches"]["runs"]) - int(before["batches"]["runs"]), 24)
        self.assertEqual(int(after["totals"]["answered"]) - int(before["totals"]["answered"]), 24)

        self.engine.mlengine("models", "set-serving", "slow", "--separate-runs")
        before = self.shown("slow")
        threads = [threading.Thread(target=ask, args=([20000] * count,)) for count in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.shown("slow")["batches"]["sharedRequests"], before["batches"]["sharedRequests"])
        self.engine.mlengine("models", "set-serving", "slow", "--shared-runs")

    def test_traffic_is_shared_exactly_and_falls_back_to_the_default(self):
        self.engine.mlengine("models", "set-serving", "single", "--traffic=v2=10")
        counts = {"v1": 0, "v2": 0}
        for _ in range(100):
            version, answer = self.ask("single", {"instances": [[3, 6]]})
            self.assertEqual(answer, {"predictions": [{"out": [1.0, 2.0]}]})
            counts[version] += 1
        self.assertEqual(counts, {"v1": 90, "v2": 10})
        table = self.engine.mlengine("models", "serving", "single").stdout
        self.assertRegex(table, r"(?m)^v1 +READY +90% ")
        self.assertRegex(table, r"(?m)^v2 +READY +10% ")
        used = self.call("GET", "/v1/projects/default/models/single/versions/v2")["lastUseTime"]
        self.engine.stop()
        self.engine.start()
        self.assertEqual(self.call("GET", "/v1/projects/default/models/single/versions/v2")["lastUseTime"], used)

        self.engine.mlengine("models", "set-serving", "single", "--traffic=v2=100")
        self.assertEqual(self.ask("single", {"instances": [[3, 6]]})[0], "v2")
        self.operation("single", "v3", self.export / "single")
        self.engine.mlengine("models", "set-serving", "single", "--traffic=v3=100")
        self.engine.mlengine("versions", "delete", "v3", "--model=single", "--quiet")
        self.assertEqual(self.ask("single", {"instances": [[3, 6]]})[0], "v1")
        refused = self.engine.mlengine("models", "set-serving", "single", "--traffic=v9=10", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn('The model has no version "v9"', refused.stderr)
        self.engine.mlengine("models", "set-serving", "single", "--clear-traffic")

    def test_a_sample_of_the_requests_is_kept(self):
        missing = self.engine.mlengine("models", "set-serving", "single", "--log-requests-to=gs://nowhere/x", check=False)
        self.assertIn("There is no bucket nowhere", missing.stderr)
        self.engine.mlengine("models", "set-serving", "single", "--log-requests-to=gs://models_bucket/kept", "--log-sample=50")
        for i in range(20):
            self.predict("single", {"instances": [[i, 0]]}, wanted=200)
        self.engine.mlengine("models", "set-serving", "single", "--clear-request-log")
        self.predict("single", {"instances": [[99, 0]]})

        def kept():
            listed = self.call("GET", "/storage/v1/b/models_bucket/o?prefix=kept/").get("items", [])
            lines = []
            for item in listed:
                self.assertRegex(item["name"], r"^kept/single/v1/\d{4}-\d\d-\d\d/\d{6}-[0-9a-f]{16}\.jsonl$")
                name = item["name"].replace("/", "%2F")
                text = self.raw(f"/storage/v1/b/models_bucket/o/{name}?alt=media")[1].decode()
                lines += [json.loads(line) for line in text.splitlines()]
            return lines if len(lines) >= 10 else None
        lines = wait_for("the log of requests", kept, 30)
        self.assertEqual(len(lines), 10)
        for line in lines:
            asked = line["request"]["instances"][0][0]
            self.assertAlmostEqual(line["response"]["predictions"][0]["out"][0], asked / 3, 5)
            self.assertNotEqual(asked, 99)

    def test_processes_come_with_the_load_and_stay_where_they_are_asked_for(self):
        self.scale("slow", "v1", "maxNodes: 2")
        with self.asked_without_end("slow", {"instances": [60000]}):
            wait_for("a second process", lambda: len(self.shown("slow")["processes"]) > 1, 30)
        for process in self.shown("slow")["processes"]:
            self.assertGreater(int(process["memoryBytes"]), 50 << 20)

        self.scale("single", "v2", "minNodes: 2")
        wait_for("two processes that nobody asked",
                 lambda: len(self.shown("single", "v2")["processes"]) == 2, 30)

    def test_a_version_tells_its_signature_and_figures_without_a_process(self):
        door = "/mlengine/v1/projects/default/models/single/versions/v1/signature"
        self.assertEqual(self.call("GET", door), {
            "model": "single", "version": "v1", "answeredBy": "tensorflow", "signatures": [
                {"name": "serving_default", "isDefault": True,
                 "inputs": [{"name": "x", "dtype": "float32", "shape": [-1, 2]}],
                 "outputs": [{"name": "out", "dtype": "float32", "shape": [-1, 2]}],
                 "text": "x float32[-1, 2] -> out float32[-1, 2]"}]})
        self.predict("single", {"instances": [[1, 2]]}, version="v1")
        self.predict("single", {"instances": [[1]]}, version="v1")
        shown = json.loads(self.engine.mlengine("versions", "describe", "v1", "--model=single", "--format=json").stdout)
        figures = shown["mlengine"]["serving"]
        self.assertGreaterEqual(figures["requests"], 2)
        self.assertGreaterEqual(figures["errors"], 1)
        self.assertEqual(figures["waiting"], 0)
        self.assertGreater(figures["memoryBytes"], 1 << 20)
        self.assertGreater(figures["latencyMilliseconds"]["p99"], 0)
        self.assertGreaterEqual(figures["instancesPerRun"], 1)
        text = self.engine.mlengine("versions", "describe", "v1", "--model=single").stdout
        self.assertIn("\nmlengine:\n  serving:\n", text)
        self.assertIn("    serving_default: x float32[-1, 2] -> out float32[-1, 2]\n", text)

    def test_a_model_is_warmed_up_with_the_requests_that_it_brings_along(self):
        self.deploy("warm", self.export / "warm")
        self.assertEqual(self.predict("warm", {"instances": [[3, 6]]}), {"predictions": [{"out": [1.0, 2.0]}]})
        self.call("POST", "/v1/projects/default/models", {"name": "cold"})
        failed = self.operation("cold", "v1", self.export / "cold")["error"]["message"]
        self.assertIn("assets.extra/tf_serving_warmup_requests: request 1 has the input z, which the signature has not", failed)

    def test_figures_are_told_to_prometheus(self):
        self.predict("single", {"instances": [[3, 6]]})
        self.predict("single", {"instances": [["a"]]})
        text = self.raw("/metrics")[1].decode()
        labels = r'model="single",{}project="default",version="v1"'
        for line in (r"mlengine_predictions_total\{" + labels.format('outcome="answered",') + r"\} [1-9]",
                     r"mlengine_predictions_total\{" + labels.format('outcome="refused",') + r"\} [1-9]",
                     r"mlengine_prediction_seconds_bucket\{" + labels.format("") + r',le="0.002"\} \d',
                     r"mlengine_model_servers\{" + labels.format("") + r"\} [1-9]"):
            self.assertRegex(text, re.compile(line))
        self.assertGreater(self.shown("single")["latency"]["p50"], 0)

        # What ships to watch an engine with, and what tells of it.
        watching = (ROOT / "deploy/grafana/mlengine.json").read_text()
        watching += (ROOT / "deploy/prometheus/mlengine-alerts.yml").read_text()
        asked = set(re.findall(r"\bmlengine_(?:prediction|model_server)[a-z_]*", watching))
        self.assertGreater(len(asked), 6)
        there = set(re.findall(r"(?m)^(mlengine_(?:prediction|model_server)[a-z_]*)", text))
        self.assertEqual(asked - there, set())
        guide = (ROOT / "docs/guides/monitoring.md").read_text()
        for name in there:
            self.assertIn("`" + re.sub(r"_(bucket|count|sum)$", "", name), guide)


class CoolDownTest(ServedModels):
    models = ("slow",)
    more_options = "servingCoolDownSeconds: 1\nservingIdleSeconds: 5\n"

    def test_processes_go_one_by_one_when_the_load_has_gone_and_come_again_from_none(self):
        self.scale("slow", "v1", "maxNodes: 3")
        with self.asked_without_end("slow", {"instances": [60000]}):
            wait_for("three processes", lambda: len(self.shown("slow")["processes"]) == 3, 60)
        seen = []

        def none_is_left():
            seen.append(len(self.shown("slow")["processes"]))
            return seen[-1] == 0

        wait_for("no process", none_is_left, 60)
        self.assertEqual(sorted(set(seen)), [0, 1, 2, 3])
        self.assertEqual(seen, sorted(seen, reverse=True))
        wait_for("the end of the last", lambda: self.server_pid("slow") is None)
        self.assertEqual(self.predict("slow", {"instances": [3]}), {"predictions": [{"steps": 3}]})
        self.assertEqual(len(self.shown("slow")["processes"]), 1)


class MemoryTest(ServedModels):
    models = ("single",)
    more_options = "servingMemory: 400 MiB\n"

    def test_what_would_not_fit_is_refused_with_a_sentence(self):
        self.assertEqual(self.predict("single", {"instances": [[3, 6]]}), {"predictions": [{"out": [1.0, 2.0]}]})
        self.engine.stop()
        (self.engine.data / "mlengine.yaml").write_text(f"runtimesDir: {RUNTIME[0]}\nservingMemory: 64 MiB\n")
        self.engine.start()
        error = self.predict("single", {"instances": [[3, 6]]}, wanted=400)["error"]
        self.assertEqual(error["status"], "FAILED_PRECONDITION")
        self.assertRegex(error["message"], r"A process of this version needs about \d+ MiB of memory, and all model servers "
                                           r"may take 64 MiB \(servingMemory in mlengine.yaml\)\.")
        self.assertIsNone(self.server_pid("single"))
        refused = self.call("POST", "/v1/projects/default/models/single/versions", {
            "name": "v2", "deploymentUri": "gs://models_bucket/single-v1", "runtimeVersion": "1.15"}, wanted=400)["error"]
        self.assertIn("needs about", refused["message"])
        self.assertEqual(refused["details"][0]["fieldViolations"][0]["field"], "version.deployment_uri")


if __name__ == "__main__":
    unittest.main()
