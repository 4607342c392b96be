"""The console's doors through a real server: what a browser may send, the pool, prices, the system and estimates."""
import http.client
import json
import unittest
from pathlib import Path

from engine import BIN, Engine, wait_for


class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.address = cls.engine.url.removeprefix("http://")
        cls.port = cls.address.rsplit(":", 1)[1]
        status, answer = cls.engine.request("POST", "/storage/v1/b?project=p", {"name": "browser_bucket"})
        assert status == 200, answer

    def send(self, method, path, body=None, **headers):
        """(status, headers, body) with exactly these headers; __ is written for a dash."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {name.replace("__", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def upload(self, name, **headers):
        return self.send("POST", f"/upload/storage/v1/b/browser_bucket/o?uploadType=media&name={name}",
                         "<script>alert(1)</script>", Content__Type="text/html", **headers)

    def exists(self, name):
        return self.engine.request("GET", f"/storage/v1/b/browser_bucket/o/{name}")[0] == 200

    def test_another_sites_page_changes_nothing(self):
        for name, headers in (("form", {"Origin": "http://evil.example"}), ("sandbox", {"Origin": "null"}),
                              ("neighbour", {"Origin": "http://127.0.0.1:1"}),
                              ("fetch", {"Sec__Fetch__Site": "cross-site", "Sec__Fetch__Mode": "cors"}),
                              ("navigation", {"Sec__Fetch__Site": "cross-site", "Sec__Fetch__Mode": "navigate"}),
                              ("rebound", {"Host": f"evil.example:{self.port}"})):
            with self.subTest(name):
                status, _, body = self.upload(name, **headers)
                self.assertEqual(status, 403, body)
                self.assertIn('"PERMISSION_DENIED"', body)
                self.assertFalse(self.exists(name))

    def test_another_sites_page_reads_nothing_but_may_link(self):
        jobs = "/v1/projects/default/jobs"
        for headers in ({"Host": "evil.example"}, {"Sec__Fetch__Site": "same-site", "Sec__Fetch__Mode": "no-cors"},
                        {"Origin": "https://evil.example"}):
            status, answered, body = self.send("GET", jobs, **headers)
            self.assertEqual(status, 403, body)
            self.assertIsNone(answered["Access-Control-Allow-Origin"])
        self.assertEqual(self.send("OPTIONS", jobs, Origin="http://evil.example",
                                   Access__Control__Request__Method="POST")[0], 403)
        self.assertEqual(self.send("GET", jobs, Sec__Fetch__Site="cross-site", Sec__Fetch__Mode="navigate")[0], 200)

    def test_the_console_and_clients_work(self):
        for name, headers in (("by_address", {"Origin": self.engine.url, "Sec__Fetch__Site": "same-origin"}),
                              ("by_name", {"Host": f"localhost:{self.port}", "Origin": f"http://localhost:{self.port}",
                                           "Sec__Fetch__Site": "same-origin", "Sec__Fetch__Mode": "cors"}),
                              ("by_original", {"Host": "storage.googleapis.com"}), ("plain", {})):
            with self.subTest(name):
                status, _, body = self.upload(name, **headers)
                self.assertEqual(status, 200, body)
                self.assertTrue(self.exists(name))

    def test_an_object_is_no_page_of_the_server(self):
        self.assertEqual(self.upload("page")[0], 200)
        for path in ("/browser_bucket/page", "/download/storage/v1/b/browser_bucket/o/page?alt=media"):
            status, headers, _ = self.send("GET", path)
            self.assertEqual(status, 200)
            self.assertEqual(headers["Content-Type"], "text/html")
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Content-Security-Policy"], "sandbox")


BUSY = """
import os, sys, time
kept = b"x" * (50 << 20)
print("busy", flush=True)
while not os.path.exists(sys.argv[sys.argv.index("--until") + 1]):
    time.sleep(0.001)
"""


class PoolTest(unittest.TestCase):
    def test_what_runs_and_what_waits(self):
        with Engine("--slots", "1") as engine:
            until = engine.folder / "enough"
            self.addCleanup(lambda: None if not engine.folder.exists() else until.touch())
            empty = engine.request("GET", "/mlengine/v1/pool")[1]
            self.assertEqual((empty["slots"], empty["replicas"], empty["queue"]), ({"total": 1, "used": 0}, [], []))
            self.assertGreater(empty["machine"]["memoryBytes"], empty["machine"]["memoryFreeBytes"])
            self.assertEqual(len(empty["machine"]["load"]), 3)
            engine.submit("busy", BUSY, "--until", str(until))
            wait_for("busy to run", lambda: engine.job("busy").get("state") == "RUNNING")
            for job in ("second", "third"):
                engine.submit(job, "print(1)")

            def pool():
                answer = engine.request("GET", "/mlengine/v1/pool")[1]
                measured = [r for r in answer["replicas"] if "cpu" in r]
                return answer if measured and len(answer["queue"]) == 2 else None
            full = wait_for("two samples of the job", pool)
            self.assertEqual(full["slots"], {"total": 1, "used": 1})
            replica = full["replicas"][0]
            self.assertEqual((replica["project"], replica["jobId"], replica["replica"], replica["state"],
                              replica["slots"], replica["gpus"]),
                             ("default", "busy", "master-replica-0", "RUNNING", 1, []))
            self.assertTrue(50 << 20 < replica["memoryBytes"] < 500 << 20, replica)
            self.assertTrue(0 <= replica["cpu"] < 64, replica)
            self.assertRegex(replica["startTime"], r"^20\d\d-.*Z$")
            self.assertEqual([job["jobId"] for job in full["queue"]], ["second", "third"])
            self.assertEqual(full["waiting"], 2)
            why = engine.request("GET", "/mlengine/v1/projects/default/jobs/third/explanation")[1]["sentences"]
            self.assertEqual(full["queue"][1]["sentences"], why)
            self.assertIn("second (1 slot)", " ".join(why))
            until.touch()
            for job in ("busy", "second", "third"):
                self.assertEqual(engine.wait_job(job)["state"], "SUCCEEDED")
            self.assertEqual(engine.request("GET", "/mlengine/v1/pool")[1]["slots"]["used"], 0)


class PricesTest(unittest.TestCase):
    def test_the_figures_are_those_of_a_plan(self):
        with Engine() as engine:
            status, prices = engine.request("GET", "/mlengine/v1/prices?region=asia-east1")
            self.assertEqual((status, prices["region"]), (200, "asia-east1"))
            self.assertIn("us-central1", prices["regions"])
            self.assertIn("2.19", prices["runtimes"])
            planned = 0
            for tier in prices["tiers"]:
                job = {"jobId": "j", "trainingInput": {
                    "scaleTier": tier["name"], "region": "asia-east1", "pythonModule": "t.t",
                    "packageUris": ["gs://bucket/p.tar.gz"]}}
                status, plan = engine.request("POST", "/mlengine/v1/projects/default/jobs:plan?unstaged=1", job)
                if status != 200:
                    continue  # a device that this pool does not have
                planned += 1
                self.assertEqual(tier["perHour"], plan["price"]["perHour"])
                self.assertEqual(tier["unitsPerHour"], plan["price"]["unitsPerHour"])
                self.assertEqual(tier["replicas"], plan["replicas"])
                self.assertEqual(prices["list"], plan["price"]["list"])
            self.assertGreaterEqual(planned, 3)
            self.assertEqual(engine.request("GET", "/mlengine/v1/prices?region=moon")[0], 400)


class SystemTest(unittest.TestCase):
    def test_what_the_engine_is_and_takes(self):
        with Engine() as engine:
            engine.submit("j", "print(1)")
            engine.wait_job("j")
            status, _ = engine.request("POST", "/upload/storage/v1/b/test_bucket/o?uploadType=media&name=large",
                                       b"x" * (3 << 20), {"Content-Type": "application/octet-stream"})
            self.assertEqual(status, 200)

            def measured():
                answer = engine.request("GET", "/mlengine/v1/system")[1]
                return answer if "bytes" in answer["store"] else None
            system = wait_for("the first measurement", measured)
            self.assertEqual((system["url"], system["dataFolder"]), (engine.url, str(engine.data)))
            self.assertEqual(system["store"]["jobs"], {"total": 1, "running": 0})
            sizes = system["store"]["bytes"]
            self.assertTrue(3 << 20 <= sizes["buckets"] < 4 << 20, sizes)
            self.assertTrue(all(sizes[part] > 0 for part in ("state", "logs", "jobs")), sizes)
            programs = {program["name"]: program for program in system["programs"]}
            self.assertEqual(set(programs), {"mlengine", "mlengine-server", "mlengine-runner", "mlengine-model-server",
                                             "mlengine-batch-predictor"})
            for name, program in programs.items():
                self.assertEqual(program["bytes"], (BIN / name).stat().st_size)
                self.assertEqual(program["version"], system["version"])
            self.assertFalse(system["disk"]["low"])
            self.assertGreater(system["disk"]["freeBytes"], system["disk"]["lowWaterBytes"])
            self.assertEqual(system["bootId"], Path("/proc/sys/kernel/random/boot_id").read_text().strip())
            self.assertEqual(system["defaultRuntime"], "2.19")

    def test_limits_are_those_in_force(self):
        engine = Engine("--slots", "3")
        engine.data.mkdir(parents=True)
        (engine.data / "mlengine.yaml").write_text("limits: {headerSeconds: 7}\nlogs: {budget: 10%}\n"
                                                   "disk: {lowWater: 300MiB}\nhints: {enabled: false}\n")
        with engine:
            limits = {one["name"]: (one["value"], one["unit"])
                      for one in engine.request("GET", "/mlengine/v1/system")[1]["limits"]}
        self.assertEqual(limits["limits.headerSeconds"], (7, "seconds"))
        self.assertEqual(limits["limits.headerBytes"], (65536, "bytes"))
        self.assertEqual(limits["logs.budget"], (10, "percent"))
        self.assertEqual(limits["disk.lowWater"], (300 << 20, "bytes"))
        self.assertEqual(limits["hints.enabled"], (False, ""))
        self.assertEqual(limits["slots"], (3, ""))

STEPS = """
import time
time.sleep(0.3)
for step in range(1, 101):
    time.sleep(0.01)
    print("step", step, flush=True)
"""


class EstimateTest(unittest.TestCase):
    def test_the_very_figures_of_the_command(self):
        with Engine() as engine:
            engine.submit("past", STEPS)
            self.assertEqual(engine.wait_job("past")["state"], "SUCCEEDED")
            path = "/mlengine/v1/projects/default/jobs/past:estimate"
            status, answer = engine.request("POST", path, {"steps": "36000"})
            self.assertEqual(status, 200, answer)
            told = json.loads(engine.mlengine("jobs", "estimate", "--from-job", "past", "--steps", "36000",
                                              "--format", "json").stdout)
            self.assertEqual(answer, told)
            self.assertGreater(answer["tiers"][0]["seconds"], 300)
            status, answer = engine.request("POST", path, {})
            self.assertEqual(status, 400)
            self.assertIn("how many steps the job is to do is not known", answer["error"]["message"])
            engine.submit("silent", "print('hello')")
            engine.wait_job("silent")
            self.assertEqual(engine.request("POST", path.replace("past", "silent"), {"steps": 5})[0], 400)


if __name__ == "__main__":
    unittest.main()
