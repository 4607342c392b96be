"""Quotas: what a project may use at once, through our command line and through Google's gcloud."""
import json
import shutil
import unittest

from clients import run_client
from engine import Engine, wait_for

GCLOUD = shutil.which("gcloud")
WAITS = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]):\n    time.sleep(0.02)\n"
READ_MORE = " To read more about Cloud ML Engine quota, see https://cloud.google.com/ml-engine/quotas."
PREMIUM = "The request for 408 vCPUs exceeds the allowed maximum of 100 vCPUs in region us-central1."


class QuotasTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine("--slots", "4").__enter__()
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def tearDown(self):
        self.engine.mlengine("quotas", "profile", "default", "--quiet")

    def quotas(self, *flags):
        listed = json.loads(self.engine.mlengine("quotas", "list", "--format", "json", *flags).stdout)
        return {line["quota"]: line for line in listed}

    def create(self, job_id, headers=None, **training_input):
        return self.engine.request("POST", "/v1/projects/default/jobs", {
            "jobId": job_id, "trainingInput": {"region": "us-central1", "pythonModule": "trainer.task",
                                               "packageUris": ["gs://test_bucket/none.tgz"], **training_input}}, headers)

    def test_the_defaults_profiles_and_settings(self):
        self.assertEqual({name: line["limit"] for name, line in self.quotas().items() if name in (
            "jobs", "vcpus", "creates-per-minute")},
            {"jobs": "unlimited", "vcpus": "450", "creates-per-minute": "unlimited"})
        self.engine.mlengine("quotas", "profile", "original")
        done = self.engine.mlengine("quotas", "set", "vcpus", "100", "--region", "us-central1")
        self.assertEqual(done.stderr, "Quota [vcpus] of project [default] is 100 in region [us-central1].\n")
        table = self.engine.mlengine("quotas", "list")
        self.assertRegex(table.stdout, r"(?m)^QUOTA +REGION +USED +LIMIT +FROM$")
        self.assertRegex(table.stdout, r"(?m)^vcpus +us-central1 +0 +100 +set$")
        self.assertRegex(table.stdout, r"(?m)^k80 +us-central1 +0 +30 +profile$")
        self.assertRegex(table.stdout, r"(?m)^creates-per-minute +60 +profile$")
        self.assertIn("Profile [original]: ", table.stderr)
        self.assertEqual(self.quotas("--region", "europe-west1")["vcpus"]["limit"], "450")
        self.assertEqual(self.quotas("--project", "other")["vcpus"]["source"], "default")
        self.engine.kill()
        self.engine.start()
        self.assertEqual(self.quotas()["vcpus"]["limit"], "100", "it is kept durably")

    def test_what_is_wrong_is_said(self):
        for words, says in ((("set", "vcpu", "1"), "did you mean vcpus?"), (("set", "vcpus", "lots"), "is no limit"),
                            (("set", "vcpus", "1", "--region", "us-centrall1"), "did you mean us-central1?"),
                            (("profile", "fre"), "did you mean free?"),
                            (("list", "--region", "mars"), '"mars" is no region')):
            done = self.engine.mlengine("quotas", *words, check=False)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(says, done.stderr)
        status, answer = self.engine.request("PUT", "/mlengine/v1/projects/default/quotas/vcpus", {"limits": "1"})
        self.assertEqual((status, answer["error"]["status"]), (400, "INVALID_ARGUMENT"))
        self.assertIn("did you mean limit?", answer["error"]["message"])

    def test_a_job_that_can_never_fit_is_refused_in_the_originals_form(self):
        self.engine.mlengine("quotas", "set", "vcpus", "100")
        status, answer = self.create("never", scaleTier="PREMIUM_1")
        self.assertEqual(status, 429)
        self.assertEqual(answer["error"], {
            "code": 429, "status": "RESOURCE_EXHAUSTED",
            "message": "Quota failure for project default. " + PREMIUM + READ_MORE,
            "details": [{"@type": "type.googleapis.com/google.rpc.QuotaFailure",
                         "violations": [{"subject": "default", "description": PREMIUM}]}]})
        self.assertEqual(self.engine.request("GET", "/v1/projects/default/jobs/never")[0], 404)
        done = self.engine.submit("never", "pass", flags=["--scale-tier", "premium-1"], check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("RESOURCE_EXHAUSTED: Quota failure for project default. " + PREMIUM, done.stderr)
        self.assertIn("  violations:\n  - description: The request for 408 vCPUs", done.stderr)
        self.assertIn("subject: default\n", done.stderr)

    @unittest.skipUnless(GCLOUD, "gcloud is not installed")
    def test_gcloud_prints_the_message_and_the_violation(self):
        self.engine.mlengine("quotas", "set", "vcpus", "100")
        done = run_client(self.engine, "gcloud", "ml-engine", "jobs", "submit", "training", "gcloud_never", "--job-dir",
                          "gs://test_bucket/gcloud_never", "--module-name", "trainer.task", "--package-path",
                          self.engine.package("pass"), "--region", "us-central1", "--scale-tier", "premium-1",
                          check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Quota failure for project default. " + PREMIUM + READ_MORE, done.stderr)
        self.assertIn("QuotaFailure", done.stderr)

    def test_the_rate_of_create_requests(self):
        self.engine.mlengine("quotas", "set", "creates-per-minute", "2")
        answers = [self.create(f"rate_{i}") for i in range(3)]
        self.assertEqual([status for status, _ in answers], [400, 400, 429])  # the package is missing
        self.assertRegex(answers[2][1]["error"]["message"],
                         r"^Quota exceeded for quota metric 'Job submission requests' and limit 'Job submission "
                         r"requests per minute' of service 'ml\.googleapis\.com' for consumer 'project:default'\. The "
                         r"limit is 2; the next request is taken in \d+ s\.$")
        self.assertEqual(self.engine.request("POST", "/v1/projects/other/jobs", {})[0], 400)

    def test_a_repeated_call_gets_its_answer_whatever_the_quota_is_now(self):
        self.engine.submit("first", "pass")
        uri = self.engine.job("first")["trainingInput"]["packageUris"]
        key = {"Idempotency-Key": "once"}
        status, first = self.create("repeated", key, packageUris=uri)
        self.assertEqual(status, 200)
        self.engine.mlengine("quotas", "set", "jobs", "0")
        status, again = self.create("repeated", key, packageUris=uri)
        self.assertEqual((status, again["createTime"]), (200, first["createTime"]))
        self.assertEqual(self.create("another", packageUris=uri)[0], 429)
        self.assertEqual(self.create("repeated", packageUris=uri)[0], 409)
        self.engine.mlengine("quotas", "set", "jobs", "default")  # it may have waited when the quota came
        self.engine.wait_job("repeated")

    def test_what_fits_the_quota_but_not_now_waits_and_holds_up_nobody_else(self):
        go = self.engine.folder / "go"
        self.engine.mlengine("quotas", "set", "vcpus", "6")
        self.engine.submit("holder", WAITS, str(go))
        wait_for("the holder to run", lambda: self.engine.job("holder")["state"] == "RUNNING")
        self.assertEqual(self.quotas()["vcpus"]["used"], "4")
        self.engine.submit("short", "pass")
        self.engine.submit("elsewhere", "pass", flags=["--region", "europe-west1"])
        self.engine.submit("other", "pass", flags=["--project", "other"])
        self.assertEqual(self.engine.wait_job("elsewhere")["state"], "SUCCEEDED")
        self.assertEqual(self.engine.wait_job("other", project="other")["state"], "SUCCEEDED")
        self.assertEqual(self.engine.mlengine("jobs", "explain", "short").stdout,
                         "Job [short] is QUEUED.\nIt needs 4 vCPUs. Of the quota of project default in us-central1, 6 "
                         "vCPUs, 2 can be had now; held by holder (4).\n")
        self.engine.mlengine("quotas", "set", "jobs", "9")  # whatever is behind keeps its place
        self.engine.submit("behind", "pass")
        self.assertIn("\nIt goes after short, which waits for the quota of project default in us-central1: ",
                      self.engine.mlengine("jobs", "explain", "behind").stdout)
        self.engine.mlengine("quotas", "set", "vcpus", "8")
        self.assertEqual(self.engine.wait_job("short")["state"], "SUCCEEDED", "a raised quota is taken up")
        self.engine.mlengine("quotas", "set", "jobs", "1")
        self.engine.submit("after", "pass")
        self.assertIn("It needs 1 job.", self.engine.mlengine("jobs", "explain", "after").stdout)
        go.touch()
        self.assertEqual(self.engine.wait_job("after")["state"], "SUCCEEDED")

    def ask_for_gpus(self, job_id, count):
        """Answers of a submit with that many K80s."""
        return self.engine.submit(job_id, "pass", check=False, flags=[
            "--scale-tier", "custom", "--master-machine-type", {1: "standard_gpu", 8: "complex_model_l_gpu"}[count]])

    def test_accelerators_above_the_quota_are_refused_in_the_originals_words(self):
        self.engine.mlengine("quotas", "profile", "free")
        done = self.ask_for_gpus("no_gpu", 1)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Quota failure for project default. The request for 1 K80 accelerators exceeds the allowed maximum of "
                      "0 A100, 0 K80, 0 P100, 0 P4, 0 T4, 0 TPU_V2, 0 TPU_V2_POD, 0 TPU_V3, 0 TPU_V3_POD, 0 V100 "
                      "accelerators." + READ_MORE, done.stderr)

    def test_devices_that_no_pool_has_are_waited_for_and_explained(self):
        self.engine.mlengine("quotas", "set", "k80", "8")
        self.assertEqual(self.ask_for_gpus("patient", 8).returncode, 0)
        try:
            explained = self.engine.mlengine("jobs", "explain", "patient").stdout
            self.assertIn("Job [patient] is QUEUED.\nIt asks for 8 K80 accelerators", explained)
            self.assertRegex(explained, "no pool has such a device|that the pool has, so it waits")
        finally:
            self.engine.mlengine("jobs", "cancel", "patient")


LISTS = """
lists:
  by-the-second:
    currency: USD
    replicaHour: 3600
    default: true
"""


class BudgetsTest(unittest.TestCase):
    """A second of a replica is a unit and costs a dollar."""

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine("--slots", "4")
        cls.engine.data.mkdir()
        (cls.engine.folder / "lists.yaml").write_text(LISTS)
        (cls.engine.data / "mlengine.yaml").write_text(f"priceLists: {cls.engine.folder}/lists.yaml\n")
        cls.engine.start()

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def budgets(self, project):
        listed = json.loads(self.engine.mlengine("budgets", "list", "--project", project, "--format", "json").stdout)
        return {line["budget"]: line for line in listed}

    def submit(self, job_id, source, *user_args, project, flags=()):
        return self.engine.submit(job_id, source, *user_args, flags=["--project", project, *flags], check=False)

    def test_a_job_is_warned_then_told_to_end_and_says_why(self):
        saved = self.engine.folder / "saved"
        source = ("import signal, sys, time\n"
                  "def save(*_):\n    open(sys.argv[1], 'w').write('checkpoint')\n    sys.exit(0)\n"
                  "signal.signal(signal.SIGTERM, save)\nprint('training', flush=True)\ntime.sleep(600)\n")
        # About a second passes between two looks at a job: the warning has several.
        self.engine.mlengine("budgets", "set", "job", "400", "--warn-at", "20")
        self.addCleanup(self.engine.mlengine, "budgets", "set", "job", "default")
        done = self.engine.submit("own", source, str(saved), flags=["--budget", "4.50"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^  budget   \d\.\d\d of 4\.50 USD \(this job\)$")
        self.assertEqual(self.engine.job("own")["labels"], {"mlengine-budget": "4_50"})
        job = self.engine.wait_job("own")
        self.assertEqual(job["state"], "CANCELLED")
        self.assertRegex(job["errorMessage"],
                         r"^The budget of the job is spent: \d\.\d\d of 4\.50 USD\. The job is stopped\.$")
        self.assertEqual(saved.read_text(), "checkpoint")
        said = [(severity, message) for _, severity, message in self.engine.log_messages("own", "service")]
        warnings = [message for severity, message in said if severity == "WARNING" and "budget" in message]
        self.assertEqual(len(warnings), 1, said)
        self.assertRegex(warnings[0], r"^The budget of the job is 4\.50 USD; [0-4]\.\d\d USD of it are spent, more than "
                                      r"the 20 % at which jobs are warned\.")
        self.assertIn(("ERROR", job["errorMessage"]), said)
        self.assertEqual(self.engine.mlengine("jobs", "explain", "own").stdout,
                         f"Job [own] is CANCELLED.\n{job['errorMessage']}\n")

    def test_a_spent_month_stops_what_runs_and_refuses_what_is_new(self):
        done = self.engine.mlengine("budgets", "set", "month", "4", "--warn-at", "10", "--project", "monthly")
        self.assertEqual(done.stderr, "Budget [month] of project [monthly] is 4.\n")
        self.assertEqual(self.submit("first", "pass", project="monthly").returncode, 0)
        self.engine.wait_job("first", project="monthly")
        self.assertEqual(self.submit("second", "import time\ntime.sleep(600)", project="monthly").returncode, 0)
        job = self.engine.wait_job("second", project="monthly")
        self.assertEqual(job["state"], "CANCELLED")
        self.assertRegex(job["errorMessage"], r"^The budget of project monthly in \d{4}-\d\d is spent: \d+\.\d\d of 4\.00 "
                                              r"USD\. The job is stopped\.$")
        refused = self.submit("third", "pass", project="monthly")
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, r"RESOURCE_EXHAUSTED: The budget of project monthly in \d{4}-\d\d is spent: .* New "
                                         r"jobs are taken from \d{4}-\d\d-01T00:00:00Z on, or once it is raised: mlengine "
                                         r"budgets set month AMOUNT --project=monthly")
        self.assertGreaterEqual(float(self.budgets("monthly")["month"]["spent"]), 4)
        self.engine.kill()
        self.engine.start()
        self.assertEqual(self.submit("third", "pass", project="monthly").returncode, 1, "also after a restart")
        self.engine.mlengine("budgets", "set", "month", "400", "--project", "monthly")
        self.assertEqual(self.submit("third", "pass", project="monthly").returncode, 0)
        self.engine.wait_job("third", project="monthly")

    def test_a_job_that_waits_when_the_month_is_spent_goes_on_when_it_is_raised(self):
        project = ["--project", "patient"]
        self.engine.mlengine("quotas", "set", "jobs", "1", *project)
        self.engine.mlengine("budgets", "set", "month", "3", *project)
        self.submit("spends", "import time\ntime.sleep(600)", project="patient")
        wait_for("it to run", lambda: self.engine.job("spends", "patient")["state"] != "QUEUED")
        self.assertEqual(self.submit("waits", "pass", project="patient").returncode, 0)
        self.assertEqual(self.engine.wait_job("spends", project="patient")["state"], "CANCELLED")
        explained = self.engine.mlengine("jobs", "explain", "waits", *project).stdout
        self.assertRegex(explained, r"^Job \[waits\] is QUEUED\.\nThe budget of project patient in \d{4}-\d\d is spent: "
                                    r"\d\.\d\d of 3\.00 USD\. It waits\. New jobs are taken from")
        self.engine.mlengine("budgets", "set", "month", "300", *project)
        self.assertEqual(self.engine.wait_job("waits", project="patient")["state"], "SUCCEEDED")

    def test_the_free_profile_is_a_credit_and_no_accelerators(self):
        self.engine.mlengine("quotas", "profile", "free", "--project", "trial")
        self.assertEqual(self.budgets("trial")["project"],
                         {"budget": "project", "amount": "300.00", "currency": "USD", "warnPercent": 80,
                          "source": "profile", "spent": "0.00"})
        self.assertRegex(self.engine.mlengine("budgets", "list", "--project", "trial").stdout,
                         r"(?m)^project +300\.00 +0\.00 +USD +80 +profile$")
        self.engine.mlengine("budgets", "set", "project", "unlimited", "--project", "trial")
        self.assertEqual(self.budgets("trial")["project"]["amount"], "unlimited")

    def test_what_is_wrong_is_said(self):
        for words, says in ((("set", "moth", "5"), "did you mean month?"), (("set", "month", "much"), "is no amount of money"),
                            (("set", "month", "5", "--warn-at", "200"), "is no share to warn at")):
            done = self.engine.mlengine("budgets", *words, check=False)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(says, done.stderr)
        done = self.submit("wrong", "pass", project="default", flags=["--budget", "cheap"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("The label mlengine-budget is the job's budget", done.stderr)
        done = self.engine.mlengine("jobs", "cost", "--group-by", "teir", check=False)
        self.assertIn("did you mean tier?", done.stderr)

    @unittest.skipUnless(GCLOUD, "gcloud is not installed")
    def test_gcloud_gives_a_budget_by_a_label(self):
        done = run_client(self.engine, "gcloud", "ml-engine", "jobs", "submit", "training", "by_label", "--job-dir",
                          "gs://test_bucket/by_label", "--module-name", "trainer.task", "--package-path",
                          self.engine.package("import time\ntime.sleep(600)"), "--region", "us-central1", "--labels",
                          "mlengine-budget=1_5", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        job = self.engine.wait_job("by_label")
        self.assertRegex(job["errorMessage"], r"^The budget of the job is spent: \d\.\d\d of 1\.50 USD\.")

    def test_what_jobs_cost_in_groups_that_add_up(self):
        for job_id, flags in (("a", ["--labels", "owner=me,team=voice"]), ("b", ["--labels", "owner=you"]),
                              ("c", ["--scale-tier", "custom", "--master-machine-type", "standard"])):
            self.assertEqual(self.submit(job_id, "pass", project="cost", flags=flags).returncode, 0)
            self.engine.wait_job(job_id, project="cost")

        def cost(*flags):
            done = self.engine.mlengine("jobs", "cost", "--project", "cost", "--format", "json", *flags)
            return {row["group"]: (row["jobs"], round(float(row["money"]) * 100), row["units"])
                    for row in json.loads(done.stdout)}, done.stderr

        money = {job_id: round(100 * self.engine.request("GET", f"/mlengine/v1/projects/cost/jobs/{job_id}")[1]["price"][
            "used"]["money"]) for job_id in "abc"}
        tiers, _ = cost("--group-by", "tier")
        self.assertEqual({group: row[:2] for group, row in tiers.items()}, {
            "BASIC": (2, money["a"] + money["b"]), "CUSTOM": (1, money["c"]), "TOTAL": (3, sum(money.values()))})
        labels, notes = cost("--group-by", "label")
        self.assertEqual({group: row[:2] for group, row in labels.items()}, {
            "(none)": (1, money["c"]), "owner=me": (1, money["a"]), "owner=you": (1, money["b"]),
            "team=voice": (1, money["a"]), "TOTAL": (3, sum(money.values()))})
        self.assertIn("1 job with several labels count", notes)
        owners, _ = cost("--group-by", "label=owner", "--filter", "labels.owner=me")
        self.assertEqual(owners["me"][:2], (1, money["a"]))
        self.assertEqual(owners["TOTAL"][:2], (1, money["a"]))
        days, _ = cost("--group-by", "day")
        self.assertEqual(sum(row[1] for group, row in days.items() if group != "TOTAL"), sum(money.values()))
        table = self.engine.mlengine("jobs", "cost", "--project", "cost").stdout
        self.assertRegex(table, r"^TIER +JOBS +UNITS +COST\nBASIC +2 +\d+\.\d\d +\d+\.\d\d USD\nCUSTOM +1 ")
        self.assertRegex(table, r"\nTOTAL +3 +\d+\.\d\d +\d+\.\d\d USD\n$")

        # Another list prices new jobs; those that there are keep theirs, or say that it is gone.
        self.engine.stop()
        config = self.engine.data / "mlengine.yaml"
        config.write_text("priceList: 2019-04\n" + config.read_text())
        self.engine.start()
        self.assertEqual(cost("--group-by", "tier")[0]["TOTAL"][1], sum(money.values()))
        config.write_text("priceList: 2019-04\n")
        self.engine.stop()
        self.engine.start()
        gone = "The price list by-the-second, in force when the job was created, is not among those of this server."
        self.assertIn(f"3 jobs not counted: {gone}", cost("--group-by", "tier")[1])
        self.assertIn(f"Cost: not known: {gone}\n", self.engine.mlengine(
            "jobs", "describe", "a", "--project", "cost").stderr)
        config.write_text(f"priceLists: {self.engine.folder}/lists.yaml\n")
        self.engine.stop()
        self.engine.start()


if __name__ == "__main__":
    unittest.main()
