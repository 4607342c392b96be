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
        self.engine.wait_job("repeated")

    def test_a_device_that_no_pool_has_is_waited_for_and_explained(self):
        self.engine.mlengine("quotas", "set", "tpu-v2", "8")
        self.assertEqual(self.quotas()["tpu-v2"]["limit"], "8")


if __name__ == "__main__":
    unittest.main()
