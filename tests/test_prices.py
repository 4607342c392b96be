"""What a job costs: in the receipt, while it runs and when it has ended."""
import math
import os
import shutil
import subprocess
import unittest
from datetime import datetime

from engine import BIN, Engine, wait_for

GCLOUD = shutil.which("gcloud")

# A second of a machine is a unit or two, so that short jobs have a price.
LISTS = """
lists:
  by-the-second:
    currency: USD
    regions:
      us: {unitPrice: 0.5, regions: [us-*]}
      europe: {unitPrice: 1, regions: [europe-*]}
    machines: {standard: 3600, complex_model_s: 7200}
"""

WAITS = """
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
"""


def seconds(stamp):
    """Of an RFC 3339 moment with up to nine digits of a second."""
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0"))


class PricesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.folder / "lists.yaml").write_text(LISTS)
        (cls.engine.data / "mlengine.yaml").write_text(
            f"slots: 4\npriceList: by-the-second\npriceLists: {cls.engine.folder}/lists.yaml\n")
        cls.engine.start()

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def units(self, job_id):
        return self.engine.job(job_id).get("trainingOutput", {}).get("consumedMLUnits", 0)

    def counted_units(self, job_id):
        """By the lives of the replicas that the engine tells."""
        attempts = self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job_id}")[1]["attempts"]
        rates = {"master": 2, "worker": 2, "ps": 1}
        return sum(rates[replica["role"]] * (seconds(replica["status"]["exit"]["endTime"]) -
                                             seconds(replica["status"]["phases"][0]["startTime"]))
                   for attempt in attempts for replica in attempt["replicas"])

    def test_units_grow_while_a_cluster_runs_and_stay_when_it_has_ended(self):
        go = self.engine.folder / "go"
        done = self.engine.submit("cluster", WAITS, str(go), flags=["--scale-tier", "standard-1"])
        # 5 x 7200 + 3 x 3600 units at half a dollar.
        self.assertIn("\n  price    23400.00 USD/h (list by-the-second, region us-central1)\n", done.stderr)
        self.assertNotIn("cheaper", done.stderr)
        wait_for("the first units", lambda: self.units("cluster") > 0)
        first = self.units("cluster")
        wait_for("more units", lambda: self.units("cluster") > first)
        go.touch()
        self.assertEqual(self.engine.wait_job("cluster")["state"], "SUCCEEDED")

        units = self.units("cluster")
        self.assertAlmostEqual(units, math.floor(self.counted_units("cluster") * 100) / 100, delta=0.0101)
        self.assertAlmostEqual(units, round(units, 2), places=9)
        listed = self.engine.request("GET", "/v1/projects/default/jobs")[1]["jobs"]
        self.assertIn(units, [job.get("trainingOutput", {}).get("consumedMLUnits") for job in listed])
        described = self.engine.mlengine("jobs", "describe", "cluster")
        self.assertIn(f"trainingOutput:\n  consumedMLUnits: {units}\n", described.stdout)
        self.assertRegex(described.stderr, rf"(?m)^Cost: {units:.2f} units, \d+\.\d\d USD at 23400\.00 USD/h ")
        if GCLOUD:
            self.assertEqual(self.gcloud("describe", "cluster"), described.stdout)

        self.engine.kill()
        self.engine.start()
        self.assertEqual(self.units("cluster"), units)

    def gcloud(self, *words):
        environment = {**self.engine.environment, "CLOUDSDK_CONFIG": str(self.engine.folder / "gcloud"),
                       "PATH": f"{BIN}:{os.environ['PATH']}"}
        return subprocess.run(["bash", "-c", 'eval "$(mlengine gcloud-env)"; exec gcloud ml-engine jobs "$@"', "gcloud",
                               *words], env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=True, timeout=180).stdout

    def test_a_dearer_region_names_the_cheapest_and_a_machine_without_price_is_told(self):
        done = self.engine.submit("dear", "pass", flags=["--region", "europe-west1"])
        self.assertIn("  price    3600.00 USD/h (list by-the-second, region europe-west1)\n"
                      "  cheaper  1800.00 USD/h in region us-central1\n", done.stderr)
        done = self.engine.submit("unknown", "pass", flags=["--scale-tier", "custom", "--master-machine-type",
                                                             "complex_model_m"])
        self.assertIn("  price    not known: complex_model_m is not in the price list by-the-second.\n", done.stderr)
        job = self.engine.wait_job("unknown")
        self.assertEqual((job["state"], job.get("trainingOutput")), ("SUCCEEDED", None))

    def test_a_server_with_a_broken_list_does_not_start_and_names_the_line(self):
        broken = self.engine.folder / "broken.yaml"
        broken.write_text("lists:\n  mine:\n    currency: USD\n    replicaHour: cheap\n")
        config = self.engine.folder / "broken-server.yaml"
        config.write_text(f"priceLists: {broken}\n")
        done = subprocess.run([str(BIN / "mlengine-server"), "--data-dir", str(self.engine.folder / "other"), "--config",
                               str(config)], env=self.engine.environment, text=True, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f'{broken}:4: mine.replicaHour: "cheap" is not a number', done.stderr)


if __name__ == "__main__":
    unittest.main()
