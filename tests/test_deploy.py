"""From a job that succeeded to a version that answers: `mlengine models deploy`, and the sample as a product."""
import base64
import json
import re
import shutil
import subprocess
import sys
import unittest
from urllib.parse import quote

from clients import run_client
from engine import ROOT, Engine, tensorflow_runtime
from saved_models import saved_model

GCLOUD = shutil.which("gcloud")
SAMPLE = ROOT / "samples/speech_commands"
sys.path.insert(0, str(SAMPLE / "tests"))
import wavs


class DeployTest(unittest.TestCase):
    """Without a runtime version: the files are looked at, and no framework loads them."""

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.run_job("census_20180102_1")
        cls.put("census_20180102_1/export/saved_model.pb", saved_model())
        cls.put("census_20180102_1/train/checkpoint", b"7")

    @classmethod
    def run_job(cls, job, source="print('trained')", state="SUCCEEDED"):
        cls.engine.submit(job, source)
        ended = cls.engine.wait_job(job)
        assert ended["state"] == state, ended

    @classmethod
    def put(cls, name, data):
        status, answer = cls.engine.request(
            "POST", f"/upload/storage/v1/b/test_bucket/o?uploadType=media&name={quote(name, safe='')}", data)
        assert status == 200, answer

    def deploy(self, *words, status=0):
        done = self.engine.mlengine("models", "deploy", *words, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def version(self, model, name):
        return self.engine.request("GET", f"/v1/projects/default/models/{model}/versions/{name}")[1]

    def test_each_deploy_is_the_next_version_and_answers(self):
        said = self.deploy("census_20180102_1").stderr
        self.assertIn("exported gs://test_bucket/census_20180102_1/export/ (saved_model.pb; 1 file, ", said)
        self.assertIn("Created ml engine model [projects/default/models/census].\nCreated version [v1] of", said)
        self.assertIn("\nIt is the model's default version.\n", said)
        made = self.version("census", "v1")
        self.assertEqual((made["state"], made["isDefault"], made["description"], made["deploymentUri"]),
                         ("READY", True, "Exported by job census_20180102_1.",
                          "gs://test_bucket/census_20180102_1/export/"))
        job = self.engine.job("census_20180102_1")
        self.assertEqual(made["runtimeVersion"], job["trainingInput"].get("runtimeVersion", made["runtimeVersion"]))

        said = self.deploy("census_20180102_1", "--labels=round=two").stderr
        self.assertNotIn("Created ml engine model", said)
        self.assertIn("It is the model's default version now, in place of [v1].", said)
        self.assertEqual(self.version("census", "v2")["labels"], {"round": "two"})

        shown = self.deploy("census_20180102_1", "--no-set-default", "--format=json", "--quiet")
        self.assertEqual(shown.stderr, "")
        self.assertEqual(json.loads(shown.stdout)["name"], "projects/default/models/census/versions/v3")
        self.assertTrue(self.version("census", "v2")["isDefault"])

        taken = self.deploy("census_20180102_1", "--version", "v2", status=1).stderr
        self.assertIn("already exists. Leave --version out for [v4], the next free name.", taken)

        started = self.deploy("census_20180102_1", "--model=other", "--async").stdout
        operation = re.search(r"name: projects/default/operations/(\S+)", started).group(1)
        self.engine.mlengine("operations", "wait", operation)
        self.assertEqual(self.version("other", "v1")["state"], "READY")

    def test_only_what_a_job_that_succeeded_exported(self):
        self.run_job("broken", "raise SystemExit(3)", "FAILED")
        self.assertIn("job [broken] is FAILED; only one that SUCCEEDED is deployed. Look why: mlengine jobs explain "
                      "broken.", self.deploy("broken", status=1).stderr)
        self.assertIn("NOT_FOUND", self.deploy("nobody", status=1).stderr)
        self.run_job("empty_1")
        self.assertIn("no exported model below gs://test_bucket/empty_1/: 1 object there, and no saved_model.pb, ",
                      self.deploy("empty_1", status=1).stderr)
        self.put("empty_1/a/saved_model.pb", saved_model())
        self.put("empty_1/b/1/saved_model.pb", saved_model())
        self.put("empty_1/b/12/saved_model.pb", saved_model())
        several = self.deploy("empty_1", status=1).stderr
        self.assertIn("Name one of them with --export:\n  gs://test_bucket/empty_1/a/\n  gs://test_bucket/empty_1/b/12/\n",
                      several)
        self.assertNotIn("b/1/", several)
        self.assertEqual(self.engine.request("GET", "/v1/projects/default/models/empty")[0], 404)
        self.assertIn("exported gs://test_bucket/empty_1/b/12/", self.deploy("empty_1", "--export=b").stderr)
        self.assertIn("exported gs://test_bucket/empty_1/a/",
                      self.deploy("empty_1", "--export=gs://test_bucket/empty_1/a").stderr)

    def test_a_version_that_fails_does_not_take_the_place_of_one_that_answers(self):
        self.run_job("damaged_1")
        self.put("damaged_1/export/saved_model.pb", saved_model())
        self.deploy("damaged_1")
        self.put("damaged_1/export/saved_model.pb", saved_model()[:-5])
        self.assertIn("Bad model detected with error", self.deploy("damaged_1", status=1).stderr)
        self.assertEqual(self.version("damaged", "v2")["state"], "FAILED")
        self.assertTrue(self.version("damaged", "v1")["isDefault"])

    def test_it_is_completed(self):
        self.assertRegex(self.engine.mlengine("completion", "bash").stdout, r'"models"\) candidates="[a-z -]*deploy')


RUNTIME = tensorflow_runtime()


@unittest.skipIf(RUNTIME is None, "runtime version 2.19 could not be built here")
class SampleTest(unittest.TestCase):
    """The sample, trained on a set of two tones by a job, deployed, asked about files and about a stream."""

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text(f"runtimesDir: {RUNTIME[0]}\n")
        cls.addClassCleanup(cls.engine.__exit__)
        cls.engine.__enter__()
        cls.words = cls.engine.folder / "words"
        wavs.make_set(str(cls.words), ["yes", "no", "cat"], speakers=30)
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")
        cls.engine.mlengine(
            "jobs", "submit", "training", "tones_1", "--job-dir", "gs://test_bucket/tones_1", "--module-name",
            "speech_commands.train", "--package-path", SAMPLE / "speech_commands", "--region", "us-central1",
            "--runtime-version", "2.19", "--", "--data_url=", f"--data_dir={cls.words}", "--wanted_words=yes,no",
            "--model_architecture=tiny_conv", "--optimizer=adam", "--learning_rate=0.003", "--batch_size=20",
            "--window_stride_ms=40", "--how_many_training_steps=60", "--save_step_interval=60",
            "--eval_step_interval=60", "--time_shift_ms=500")
        job = cls.engine.wait_job("tones_1", 300)
        assert job["state"] == "SUCCEEDED", [job, cls.engine.log_messages("tones_1")[-20:]]
        cls.said = cls.engine.mlengine("models", "deploy", "tones_1").stderr

    def ask(self, data, *words, check=True):
        path = self.engine.folder / "question.wav"
        path.write_bytes(data)
        return self.engine.mlengine("predict", "--model=tones", f"--file=audio_bytes={path}", *words, check=check)

    def test_a_file_is_answered_with_labels_and_scores(self):
        self.assertRegex(self.said, r"exported gs://test_bucket/tones_1/export/ \(saved_model.pb; \d+ files, ")
        self.assertIn("--file=audio_bytes=FILE", self.said)
        self.assertIn("  takes    audio_bytes string[-1] -> ", self.said)
        for word, hertz in (("yes", 330), ("no", 630)):
            good = wavs.wav(wavs.tone(hertz))
            [answer] = json.loads(self.ask(good, "--format=json").stdout)
            self.assertEqual((answer["label"], answer["labels"]), (word, ["_silence_", "_unknown_", "yes", "no"]))
            self.assertEqual(answer["score"], max(answer["scores"]))
            table = self.ask(good).stdout
            self.assertRegex(table, rf"\ALABEL +SCORE\n{word} +0?[\d.e-]+\n\nLABELS +SCORES\n{word} +[\d.]+\n")
        for data, reason in ((wavs.wav(wavs.tone(300), rate=44100), "Instance 0 is sampled at 44100 Hz"),
                             (wavs.wav(wavs.tone(300), channels=2), "Instance 0 has 2 channels"),
                             (wavs.wav(wavs.tone(300, samples=40000)), "Instance 0 lasts 2.50 s"),
                             (b"no sound", "Instance 0 is not a WAV file; the model takes WAV files of 16-bit PCM")):
            refused = self.ask(data, check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn(reason, refused.stderr)

    @unittest.skipUnless(GCLOUD, "gcloud is not installed")
    def test_the_same_by_gcloud_alone(self):
        def gcloud(*words):
            return run_client(self.engine, GCLOUD, "ml-engine", *words, "--quiet")

        gcloud("models", "create", "heard", "--regions", "us-central1")
        for version in ("v1", "v2"):
            gcloud("versions", "create", version, "--model", "heard", "--origin", "gs://test_bucket/tones_1/export",
                   "--runtime-version", "2.19", "--framework", "tensorflow", "--python-version", "3.11")
        instances = self.engine.folder / "instances.json"
        instances.write_text("".join(json.dumps({"audio_bytes": {"b64": base64.b64encode(data).decode()}}) + "\n"
                                     for data in (wavs.wav(wavs.tone(330)), wavs.wav(wavs.tone(630)))))
        answer = gcloud("predict", "--model", "heard", "--json-instances", instances, "--format", "json").stdout
        self.assertEqual([p["label"] for p in json.loads(answer)["predictions"]], ["yes", "no"])
        texts = self.engine.folder / "texts.txt"
        texts.write_text("no sound\n")
        refused = gcloud("predict", "--model", "heard", "--version", "v2", "--text-instances", texts)
        self.assertIn("Instance 0 is not a WAV file", refused.stdout)
        gcloud("versions", "set-default", "v2", "--model", "heard")
        self.assertTrue(self.engine.request("GET", "/v1/projects/default/models/heard/versions/v2")[1]["isDefault"])
        gcloud("versions", "delete", "v1", "--model", "heard")
        gcloud("versions", "delete", "v2", "--model", "heard")
        gcloud("models", "delete", "heard")
        self.assertEqual(self.engine.request("GET", "/v1/projects/default/models/heard")[0], 404)

    def program(self, module, *arguments):
        """A program of the sample under a Python without TensorFlow."""
        done = subprocess.run([sys.executable, "-m", "speech_commands." + module, *map(str, arguments)], cwd=SAMPLE,
                              env=self.engine.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_stream_is_listened_to_through_the_served_version(self):
        sound = self.engine.folder / "stream.wav"
        self.program("make_stream", "--data_dir", self.words, "--output", sound, "--seconds=40",
                     "--wanted_words=yes,no", "--background_volume=0.02", "--unknown_percentage=0")
        said = self.program("stream", "--wav", sound, "--model=tones", "--ground_truth", sound.with_suffix(".txt"))
        lines = said.splitlines()
        self.assertRegex(lines[-2], r"^1301 windows up to 39\.0 s, in [\d.]+ s: \d+ windows/s$")
        counted = re.match(r"([\d.]+)% matched, ([\d.]+)% correctly, .* \(N=(\d+)\)$", lines[-1])
        self.assertGreater(float(counted.group(2)), 60, said)
        self.assertGreater(int(counted.group(3)), 8, said)
        correct = [line for line in lines[:-2] if line.endswith("  correct")]
        self.assertEqual(round(float(counted.group(2)) / 100 * int(counted.group(3))), len(correct), said)


if __name__ == "__main__":
    unittest.main()
