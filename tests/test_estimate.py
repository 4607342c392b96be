"""Before paying: `jobs submit training --dry-run` and `jobs estimate`, against a real server."""
import json
import os
import signal
import subprocess
import unittest

from engine import BIN, Engine, processes_with, wait_for

# Prints a step each 20 ms; slow to start, pauses now and then, and takes a while at its end.
STEPS = """
import argparse, os, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--train_steps", type=int, default=10000)
parser.add_argument("--job-dir", dest="job_dir")
parser.add_argument("--seen")
options = parser.parse_args()
if options.seen:
    with open(options.seen, "a") as seen:
        seen.write("%s %s %s\\n" % (options.train_steps, options.job_dir, os.getcwd()))
time.sleep(0.5)
for step in range(1, options.train_steps + 1):
    time.sleep(0.02)
    print("step", step, flush=True)
print("Validation accuracy = 50%")
time.sleep(0.5)
"""

# Knows its length, and no flag that tells it.
ENDLESS = """
import signal, sys, time
if "--stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
step = 0
while True:
    step += 1
    time.sleep(0.01)
    print("Step %d/2000: loss 0.5" % step, flush=True)
"""

CRASH = "print('step 1'); raise ValueError('the seventh seal')"
SILENT = "print('hello'); print('bye')"

CUSTOM = """
trainingInput:
  scaleTier: CUSTOM
  masterType: standard
  workerType: standard
  workerCount: 2
  parameterServerType: standard
  parameterServerCount: 1
"""


class EngineCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine("--slots", "4")
        cls.engine.__enter__()
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def words(self, command, source, *flags, job_dir="gs://test_bucket/out"):
        package = self.engine.package(source)
        return ["jobs", *command.split(), "--module-name", "trainer.task", "--package-path", str(package),
                "--job-dir", job_dir, "--region", "us-central1", *flags]


class EstimateTest(EngineCase):
    def estimate(self, source, *flags, check=True):
        words = self.words("estimate", source, *flags, job_dir="gs://test_bucket/foretold")
        return self.engine.mlengine(*words, check=check, timeout=180)

    def tiers(self, done):
        return {tier["tier"]: tier for tier in json.loads(done.stdout)["tiers"]}

    def jobs(self):
        return self.engine.request("GET", "/v1/projects/default/jobs")[1].get("jobs", [])

    def test_a_short_run_foretells_a_long_one(self):
        seen = self.engine.folder / "seen"
        before = len(self.jobs())
        done = self.estimate(STEPS, "--format", "json", "--", "--train_steps=1000", f"--seen={seen}")
        steps, job_dir, folder = seen.read_text().split()
        self.assertEqual(steps, "100")
        self.assertFalse(job_dir.startswith("gs://"))
        self.assertFalse(os.path.exists(job_dir) or os.path.exists(folder), "the profile's folder is left")
        answer = json.loads(done.stdout)
        self.assertEqual(answer["steps"], {"count": 1000, "source": "--train_steps"})
        measured = answer["measured"][0]
        self.assertEqual(measured["steps"], 100)
        self.assertTrue(25 < measured["stepsPerSecond"] <= 50, measured)
        basic = self.tiers(done)["BASIC"]
        self.assertAlmostEqual(basic["seconds"], measured["startSeconds"] + 1000 / measured["stepsPerSecond"] +
                               10 * measured["pauseSeconds"] + measured["endSeconds"], delta=1.5)
        self.assertAlmostEqual(basic["money"], basic["perHour"] * basic["seconds"] / 3600, places=3)
        self.assertTrue(basic["cheapest"])
        self.assertIn("not known without a run on such a device", self.tiers(done)["BASIC_GPU"]["source"])
        self.assertEqual(self.tiers(done)["PREMIUM_1"]["replicas"], 31)
        self.assertTrue(answer["notKnown"])
        self.assertEqual(len(self.jobs()), before)
        listing = self.engine.mlengine("storage", "ls", "-r", "gs://test_bucket/", check=False).stdout
        self.assertNotIn("gs://test_bucket/foretold", listing)

    def test_the_table_says_what_is_cheapest_how_and_what_it_does_not_know(self):
        done = self.estimate(STEPS, "--config", self.config(), "--", "--train_steps", "300")
        self.assertRegex(done.stdout, r"(?m)^BASIC +1 +\S+ s +0\.\d+ USD +0\.28 USD/h +\w+ +cheapest")
        self.assertRegex(done.stdout, r"(?m)^CUSTOM +4 +")
        self.assertIn("input-pipeline share", done.stdout)
        self.assertIn("What it cannot know", done.stdout)
        self.assertIn("its end was not seen" if "not seen, taken as" in done.stdout else "Amdahl", done.stdout)

    def config(self):
        path = self.engine.folder / "custom.yaml"
        path.write_text(CUSTOM)
        return str(path)

    def test_a_program_without_a_flag_for_its_length_is_ended_and_leaves_nothing(self):
        for flags in ([], ["--", "--stubborn"]):
            done = self.estimate(ENDLESS, "--format", "json", *flags)
            answer = json.loads(done.stdout)
            self.assertEqual(answer["steps"], {"count": 2000, "source": "the program's output"})
            self.assertNotIn("endSeconds", answer["measured"][0])
            self.assertLess(answer["measured"][0]["steps"], 2000 if flags else 300)
            self.assertEqual(self.left(), [])

    def left(self):
        return sorted(set(processes_with("trainer.task")) & set(processes_with(str(self.engine.folder))))

    def test_a_past_job_tells_its_own_tier(self):
        done = self.engine.submit("past_one", STEPS, "--train_steps=150")
        job = self.engine.wait_job("past_one", 120)
        self.assertEqual(job["state"], "SUCCEEDED")
        done = self.engine.mlengine("jobs", "estimate", "--from-job", "past_one", "--steps", "1500", "--format", "json")
        answer = json.loads(done.stdout)
        self.assertEqual(answer["measured"][0]["where"], "in job past_one")
        self.assertEqual(answer["measured"][0]["steps"], 150)
        self.assertFalse(answer["model"]["inputShareMeasured"])
        self.assertGreater(self.tiers(done)["BASIC"]["seconds"], 30)
        done = self.engine.mlengine("jobs", "estimate", "--from-job", "past_one", "--format", "json")
        self.assertEqual(json.loads(done.stdout)["steps"], {"count": 150, "source": "--train_steps"})

    def test_a_clusters_job_leads_back_to_basic(self):
        self.engine.submit("past_cluster", STEPS, "--train_steps=60", flags=("--scale-tier", "STANDARD_1"))
        self.assertEqual(self.engine.wait_job("past_cluster", 240)["state"], "SUCCEEDED")
        done = self.engine.mlengine("jobs", "estimate", "--from-job", "past_cluster", "--steps", "600", "--format", "json")
        answer = json.loads(done.stdout)
        self.assertEqual(answer["measured"][0]["tier"], "STANDARD_1")
        tiers = self.tiers(done)
        # The steps are paced, so a replica alone would take as many times longer as 4 workers are thought to be quicker.
        self.assertGreater(tiers["BASIC"]["seconds"], 1.5 * 600 * 0.02)
        self.assertEqual(tiers["BASIC"]["confidence"], "low")
        self.assertIn("reckoned back from STANDARD_1's 8 replicas", " ".join(answer["assumptions"]))

    def test_what_goes_wrong_is_said(self):
        crash = self.estimate(CRASH, "--steps", "100", check=False)
        self.assertEqual(crash.returncode, 1)
        self.assertIn("ended with status 1", crash.stderr)
        self.assertIn("ValueError: the seventh seal", crash.stderr)
        silent = self.estimate(SILENT, "--steps", "100", check=False)
        self.assertEqual(silent.returncode, 1)
        self.assertIn("the output tells no steps", silent.stderr)
        self.assertIn("bye", silent.stderr)
        nothing = self.engine.mlengine("jobs", "estimate", check=False)
        self.assertIn("nothing to estimate", nothing.stderr)
        unknown = self.engine.mlengine("jobs", "estimate", "--from-job", "no_such", check=False)
        self.assertEqual(unknown.returncode, 1)
        wrong = self.estimate(STEPS, "--master-machine-type", "nonsense", "--runtime-version", "none", "--",
                              "--train_steps=100", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("runtime_version", wrong.stderr)

    def test_without_a_server_it_says_so_and_runs_nothing(self):
        seen = self.engine.folder / "seen-without-server"
        words = self.words("estimate", STEPS, "--endpoint", "http://127.0.0.1:9", "--", "--train_steps=100",
                           f"--seen={seen}")
        done = self.engine.mlengine(*words, check=False)
        self.assertEqual(done.returncode, 69)
        self.assertIn("127.0.0.1:9", done.stderr)
        self.assertFalse(seen.exists())

    def test_ctrl_c_leaves_no_process(self):
        seen = self.engine.folder / "seen-before-ctrl-c"
        words = self.words("estimate", STEPS, "--profile-steps", "5000", "--", "--train_steps=100000",
                           f"--seen={seen}")
        process = subprocess.Popen([str(BIN / "mlengine"), *words], env=self.engine.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_for("the profile run", seen.exists, 60)
            job_dir = seen.read_text().split()[1]
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("stopped", err)
        self.assertEqual(self.left(), [])
        self.assertFalse(os.path.exists(job_dir))


class DryRunTest(EngineCase):
    def dry(self, job_id, *flags, check=True, job_dir="gs://test_bucket/out"):
        return self.engine.mlengine(*self.words(f"submit training {job_id}", STEPS, *flags, job_dir=job_dir), "--dry-run",
                                    check=check)

    def test_a_good_job_is_told_and_not_made(self):
        done = self.dry("dry_one", "--scale-tier", "standard-1", job_dir="gs://test_bucket/dry")
        self.assertIn("Job [dry_one] would be accepted. Nothing was uploaded or started.", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^worker +4 +complex_model_s +8 +7.2$")
        self.assertIn("price    2.90 USD/h (list 2017-12, region us-central1)", done.stdout)
        self.assertRegex(done.stdout, r"package  gs://test_bucket/dry/packages/[0-9a-f]{64}/trainer-0.0.0.tar.gz, to be")
        self.assertIn("more than the 4 slots", done.stdout)
        self.assertEqual(self.engine.request("GET", "/v1/projects/default/jobs/dry_one")[0], 404)
        self.assertNotIn("dry/", self.engine.mlengine("storage", "ls", "-r", "gs://test_bucket/", check=False).stdout)
        plan = json.loads(self.dry("dry_one", "--format", "json", job_dir="gs://test_bucket/dry").stdout)
        self.assertEqual((plan["replicaCount"], plan["pool"]["fits"], plan["packages"][0]["state"]),
                         (1, True, "to be uploaded"))

    def test_a_bad_job_fails_as_a_real_submit_does(self):
        bad = [["bad-name"], ["bad_region", "--region", "mars-1"], ["bad_tier", "--master-machine-type", "standard"],
               ["custom", "--scale-tier", "custom"], ["version", "--runtime-version", "77.1"],
               ["bucket", "--staging-bucket", "gs://no_such_bucket_here"]]
        for job_id, *flags in bad:
            dry = self.dry(job_id, *flags, check=False)
            real = self.engine.mlengine(*self.words(f"submit training {job_id}", STEPS, *flags), check=False)
            self.assertEqual(dry.returncode, real.returncode, (job_id, dry.stderr, real.stderr))
            self.assertNotEqual(dry.returncode, 0, job_id)
            if job_id == "bucket":
                continue  # the same fact; the real one speaks of the object
            errors = [line for line in real.stderr.splitlines() if not line.startswith("Staged ") and "Already" not in line]
            self.assertEqual(dry.stderr.splitlines(), errors)

    def test_packages_that_do_not_build_or_are_not_there_and_names_that_are_taken(self):
        broken = self.engine.mlengine("jobs", "submit", "training", "broken", "--module-name", "a.b", "--package-path",
                                      str(self.engine.folder / "nowhere"), "--job-dir", "gs://test_bucket/out",
                                      "--dry-run", check=False)
        self.assertEqual(broken.returncode, 1)
        self.assertIn("is not a valid directory", broken.stderr)
        missing = self.engine.mlengine("jobs", "submit", "training", "missing", "--module-name", "a.b", "--packages",
                                       "gs://test_bucket/none.tar.gz", "--dry-run", check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("cannot be read", missing.stderr)
        self.engine.submit("taken", "pass")
        taken = self.dry("taken", check=False)
        self.assertEqual(taken.returncode, 1)
        self.assertIn("already exists", taken.stderr)

    def test_the_door_reports_all_that_is_wrong(self):
        status, answer = self.engine.request("POST", "/mlengine/v1/projects/default/jobs:plan", {
            "jobId": "0", "trainingInput": {"scaleTier": "CUSTOM", "region": "mars", "packageUris": ["gs://b/o.tar.gz"]}})
        self.assertEqual(status, 400)
        for field in ("job.job_id", "job.training_input.region", "job.training_input.python_module",
                      "job.training_input.master_type"):
            self.assertIn(field, answer["error"]["message"])


if __name__ == "__main__":
    unittest.main()
