"""Every rule of what a job may ask for, tried through an unmodified gcloud where gcloud lets it through to the server; one
table, each row with the sentence that names the field and says what to do. Rows that gcloud stops by itself are sent as
the request that it would have sent."""
import json
import shutil
import unittest

from clients import run_client, source_distribution
from engine import Engine

GCLOUD = shutil.which("gcloud")

CUSTOM = {"scaleTier": "CUSTOM", "masterType": "standard"}

# name, trainingInput of --config beside what the command line gives, flags, what stderr must have
RULES = [
    ("custom_needs_a_master", {"scaleTier": "CUSTOM"}, [],
     "job.training_input.master_type Error: The machine type of the master is required with scale tier CUSTOM."),
    ("workers_need_a_type", {**CUSTOM, "workerCount": 2}, [], "job.training_input.worker_type Error:"),
    ("ps_need_a_type", {**CUSTOM, "parameterServerCount": 1}, [], "job.training_input.parameter_server_type Error:"),
    ("evaluators_need_a_type", {**CUSTOM, "evaluatorCount": 1}, [], "job.training_input.evaluator_type Error:"),
    ("counts_are_for_custom", {"scaleTier": "BASIC", "workerCount": 2, "workerType": "standard"}, [],
     "job.training_input.worker_count Error: A number of workers may be given with scale tier CUSTOM only"),
    ("types_are_for_custom", {"scaleTier": "STANDARD_1", "masterType": "standard"}, [],
     "job.training_input.master_type Error: A machine type may be given with scale tier CUSTOM only"),
    ("all_of_one_kind", {**CUSTOM, "workerType": "n1-standard-8", "workerCount": 1}, [],
     "all machine types of a job must be of the same kind"),
    ("a_machine_that_is_none", {"scaleTier": "CUSTOM", "masterType": "complex_mode_m"}, [],
     "did you mean complex_model_m?"),
    ("accelerators_on_compute_engine_only",
     {**CUSTOM, "masterConfig": {"acceleratorConfig": {"count": 1, "type": "NVIDIA_TESLA_K80"}}}, [],
     "job.training_input.master_config.accelerator_config.type Error: Accelerators are added to Compute Engine machine"),
    ("accelerators_are_counted",
     {"scaleTier": "CUSTOM", "masterType": "n1-standard-8",
      "masterConfig": {"acceleratorConfig": {"count": 3, "type": "NVIDIA_TESLA_K80"}}}, [],
     "A machine may have 1, 2, 4, 8 of NVIDIA_TESLA_K80, not 3."),
    ("accelerators_have_a_type",
     {"scaleTier": "CUSTOM", "masterType": "n1-standard-8", "masterConfig": {"acceleratorConfig": {"count": 1}}}, [],
     "The type of accelerator is required."),
    ("accelerators_and_their_cpus",
     {"scaleTier": "CUSTOM", "masterType": "n1-standard-16",
      "masterConfig": {"acceleratorConfig": {"count": 1, "type": "NVIDIA_TESLA_K80"}}}, [],
     "With 1 NVIDIA_TESLA_K80 a machine may have at most 8 virtual CPUs; n1-standard-16 has 16."),
    ("negative_counts", {**CUSTOM, "workerType": "standard", "workerCount": -1}, [],
     "job.training_input.worker_count Error: The count may not be negative."),
    ("too_many_replicas", {**CUSTOM, "workerType": "standard", "workerCount": 2000}, [],
     "A job may have at most 1000 replicas, the master counted."),
    ("an_image_and_a_runtime", {"masterConfig": {"imageUri": "gcr.io/p/i"}}, [], "image_uri"),
    ("a_region_that_is_none", {}, ["--region", "mars-central1"],
     "job.training_input.region Error: \"mars-central1\" is not a region for training"),
    ("a_zone", {}, ["--region", "us-central1-a"], "is a zone; give its region, us-central1."),
    ("a_wrong_pair", {}, ["--runtime-version", "1.4", "--python-version", "3.7"],
     "The specified runtime version '1.4' with the Python version '3.7' is not supported"),
    ("a_runtime_that_is_none", {}, ["--runtime-version", "1.3"], "The specified runtime version '1.3'"),
    ("priority", {"scheduling": {"priority": 2000}}, [], "The priority must be 0 to 1000."),
    ("a_short_wait", {"scheduling": {"maxWaitTime": "60s"}}, [], "The time must be at least 1800s."),
    ("tuning_is_not_built", {"hyperparameters": {"goal": "MAXIMIZE", "maxTrials": 4}}, [], "hyperparameters"),
    ("a_network_is_not_built", {"network": "projects/1/global/networks/n"}, [], "job.training_input.network"),
    ("a_key_that_is_none", {"workerCont": 3}, [], "workerCont"),
    ("more_gpus_than_there_are", {"scaleTier": "BASIC_GPU"}, [],
     "The request for 1 K80 accelerators exceeds the allowed maximum of"),
    ("a_tpu", {"scaleTier": "BASIC_TPU"}, [], "TPU_V2"),
]


@unittest.skipUnless(GCLOUD, "no gcloud on this machine")
class ValidationByGcloudTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text("gpus: none\n")
        cls.engine.start()
        cls.engine.mlengine("storage", "mb", "gs://rules")
        archive = cls.engine.folder / "trainer-0.0.0.tar.gz"
        archive.write_bytes(source_distribution("print('never')\n"))
        cls.engine.mlengine("storage", "cp", str(archive), "gs://rules/trainer-0.0.0.tar.gz")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def test_every_rule(self):
        for name, training, flags, sentence in RULES:
            with self.subTest(name):
                config = self.engine.folder / f"{name}.yaml"
                config.write_text(json.dumps({"trainingInput": training}))  # JSON is YAML
                words = ["gcloud", "ml-engine", "jobs", "submit", "training", name, "--packages",
                         "gs://rules/trainer-0.0.0.tar.gz", "--module-name", "trainer.task"]
                if "--region" not in flags:
                    words += ["--region", "us-central1"]
                done = run_client(self.engine, *words, *flags, "--config", str(config), check=False)
                self.assertNotEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn(sentence, " ".join(done.stderr.split()))
                self.assertEqual(self.engine.request("GET", f"/v1/projects/default/jobs/{name}")[0], 404,
                                 "nothing is stored")

    def test_all_that_is_wrong_is_told_at_once(self):
        config = self.engine.folder / "all.yaml"
        config.write_text(json.dumps({"trainingInput": {"scaleTier": "CUSTOM", "workerCount": 2, "region": "mars",
                                                        "scheduling": {"priority": 2000}}}))
        done = run_client(self.engine, "gcloud", "ml-engine", "jobs", "submit", "training", "all_wrong", "--packages",
                          "gs://rules/trainer-0.0.0.tar.gz", "--module-name", "trainer.task", "--region", "mars",
                          "--config", str(config), check=False)
        for field in ("master_type", "worker_type", "region", "scheduling.priority"):
            self.assertIn(f"job.training_input.{field}", done.stderr)


if __name__ == "__main__":
    unittest.main()
