"""Batch predictions and `local predict`, with SavedModels that TensorFlow made, through our command line, plain HTTP and
Google's gcloud. Every line of the input must come out once, whatever is killed on the way."""
import csv
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import textwrap
import time
import unittest

from clients import run_client
from engine import ROOT, Engine, processes_with, tensorflow_runtime, wait_for
from served_models import exported_models, random_cases

GCLOUD = shutil.which("gcloud")
RUNTIME = tensorflow_runtime()
LINES = int(os.environ.get("MLENGINE_BATCH_LINES", "100000"))

EXPORT = textwrap.dedent("""
    import sys, tensorflow as tf
    spec = tf.TensorSpec

    class Fatal(tf.Module):
        @tf.function(input_signature=[spec([None], tf.float32, "x")])
        def __call__(self, x):
            def die():
                with tf.control_dependencies([tf.raw_ops.Abort(error_msg="it was asked to")]):
                    return tf.identity(x)
            return {"y": tf.cond(tf.reduce_any(x == 66.0), die, lambda: x * 2.0)}

    class Slow(tf.Module):
        @tf.function(input_signature=[spec([None], tf.int64, "n")])
        def __call__(self, n):
            steps = tf.while_loop(lambda i: i < 10000, lambda i: [i + 1], [tf.constant(0)], parallel_iterations=1)[0]
            return {"n": n, "steps": tf.fill(tf.shape(n), steps)}

    for name, module in (("fatal", Fatal()), ("slow", Slow())):
        tf.saved_model.save(module, sys.argv[1] + "/" + name, signatures=module.__call__)
    """)


def own_models(python):
    folder = ROOT / "build/test-models" / ("batch-" + hashlib.sha256(EXPORT.encode()).hexdigest()[:16])
    if (folder / "whole").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = subprocess.run([python, "-c", EXPORT, folder], text=True, timeout=900, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 0, done.stdout[-3000:]
    (folder / "whole").touch()
    return folder


def crc32c_table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
        table.append(i)
    return table


TABLE = crc32c_table()


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frames(records):
    return b"".join(struct.pack("<Q", len(r)) + masked_crc(struct.pack("<Q", len(r))) + r + masked_crc(r)
                    for r in records)


@unittest.skipIf(RUNTIME is None, "runtime version 2.19 could not be built here")
class BatchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder, python = RUNTIME
        cls.python = python
        cls.models = {"mixed": exported_models(python) / "mixed", "single": exported_models(python) / "single",
                      "audio": exported_models(python) / "audio", "fatal": own_models(python) / "fatal",
                      "slow": own_models(python) / "slow"}
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text(f"runtimesDir: {folder}\nslots: 3\n")
        cls.addClassCleanup(cls.engine.__exit__)
        cls.engine.__enter__()
        cls.engine.mlengine("storage", "mb", "gs://batch_bucket")
        for name, source in cls.models.items():
            cls.copy_in(source, f"models/{name}")

    @classmethod
    def copy_in(cls, folder, prefix):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                cls.put(f"{prefix}/{path.relative_to(folder)}", path.read_bytes())

    @classmethod
    def put(cls, name, data):
        quoted = name.replace("/", "%2F")
        status, answer = cls.engine.request("POST", f"/upload/storage/v1/b/batch_bucket/o?uploadType=media&name={quoted}",
                                            data if isinstance(data, bytes) else data.encode())
        assert status == 200, answer

    def outputs(self, folder):
        """The objects below a folder of the bucket, as bytes by name; objects are plain files."""
        root = self.engine.data / "buckets/batch_bucket" / folder
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}

    def results(self, folder):
        """Lines of all results, in the order of the files."""
        return [line for name, data in self.outputs(folder).items() if name.startswith("prediction.results-")
                for line in data.decode().splitlines()]

    def errors(self, folder):
        data = self.outputs(folder)["prediction.errors_stats-00000-of-00001"]
        return [json.loads(line) for line in data.decode().splitlines()]

    def submit(self, job, folder, *flags, model="single", data_format="text", check=True):
        return self.engine.mlengine("jobs", "submit", "prediction", job, "--model-dir",
                                    f"gs://batch_bucket/models/{model}", "--data-format", data_format, "--input-paths",
                                    f"gs://batch_bucket/{folder}/in*", "--output-path", f"gs://batch_bucket/{folder}/out",
                                    "--region", "us-central1", *flags, check=check)

    def run_job(self, job, folder, *flags, seconds=240, **options):
        self.submit(job, folder, *flags, **options)
        ended = self.engine.wait_job(job, seconds)
        self.assertEqual(ended["state"], "SUCCEEDED", (ended, self.engine.log_messages(job)))
        return ended

    def pids(self, program):
        found = []
        for pid in processes_with(str(self.engine.data)):
            try:
                if os.readlink(f"/proc/{pid}/exe").endswith("/" + program):
                    found.append(pid)
            except OSError:
                pass
        return found


class FormatsTest(BatchTest):
    def test_answers_are_those_of_online_prediction(self):
        cases = random_cases()
        self.engine.mlengine("models", "create", "mixed", "--regions", "us-central1")
        self.engine.mlengine("versions", "create", "v1", "--model", "mixed", "--origin", "gs://batch_bucket/models/mixed",
                             "--runtime-version", "2.19", timeout=300)
        status, online = self.engine.request("POST", "/v1/projects/default/models/mixed:predict", {"instances": cases})
        self.assertEqual(status, 200)
        lines = [json.dumps(case) for case in cases]
        self.put("mixed/in-1", "\n".join(lines[:25]) + "\n\n")
        self.put("mixed/in-2", "\r\n".join(lines[25:]))
        done = self.engine.mlengine("jobs", "submit", "prediction", "mixed1", "--model", "mixed", "--data-format", "TEXT",
                                    "--input-paths", "gs://batch_bucket/mixed/in-1,gs://batch_bucket/mixed/in-2",
                                    "--output-path", "gs://batch_bucket/mixed/out", "--region", "us-central1",
                                    "--batch-size", "7", "--labels", "team=red")
        self.assertIn("Job [mixed1] submitted successfully.", done.stderr)
        job = self.engine.wait_job("mixed1", 240)
        self.assertEqual(job["state"], "SUCCEEDED", (job, self.engine.log_messages("mixed1")))
        self.assertEqual([json.loads(line) for line in self.results("mixed/out")], online["predictions"])
        self.assertEqual(sorted(self.outputs("mixed/out")), ["prediction.errors_stats-00000-of-00001",
                                                             "prediction.results-00000-of-00001"])
        self.assertEqual(self.errors("mixed/out"), [])
        output = job["predictionOutput"]
        self.assertEqual((output["predictionCount"], output["outputPath"]), ("60", "gs://batch_bucket/mixed/out"))
        self.assertNotIn("errorCount", {k: v for k, v in output.items() if v != "0"})
        self.assertGreater(output["nodeHours"], 0)
        self.assertEqual(job["predictionInput"]["modelName"], "projects/default/models/mixed")
        self.assertNotIn("trainingOutput", job)
        said = [text for _, _, text in self.engine.log_messages("mixed1")]
        self.assertIn("Job mixed1 is queued.", said)
        self.assertEqual(said[-1], "Job completed successfully.")
        self.assertTrue(any("Predicted 60 instances, 0 errors." in text for text in said), said)
        estimate = json.loads(self.engine.mlengine("jobs", "estimate", "--from-job=mixed1", "--format=json").stdout)
        self.assertEqual((estimate["kind"], estimate["measured"][0]["where"]), ("prediction", "in job mixed1"))
        row = estimate["tiers"][0]
        self.assertEqual((row["replicas"], row["perHour"]), (1, 0.0926))
        self.assertGreater(row["seconds"], 0)
        self.assertIn("WORKERS  TIME", self.engine.mlengine("jobs", "estimate", "--from-job=mixed1").stdout)
        status, plan = self.engine.request("POST", "/mlengine/v1/projects/default/jobs:plan", {
            "jobId": "mixed2", "predictionInput": job["predictionInput"]})
        self.assertEqual((status, plan["price"]["text"], plan["runtime"]["name"]), (200, "0.0926 USD/h", "2.19"))
        self.assertEqual(plan["input"], {"files": "2", "bytes": str(sum(
            len(self.outputs("mixed")[name]) for name in ("in-1", "in-2")))})
        # A default version that is set later changes nothing; a named one is the same.
        self.assertIn("versions/v1", json.dumps(self.engine.request(
            "GET", "/v1/projects/default/models/mixed")[1]["defaultVersion"]["name"]))

    def test_records_plain_and_gzipped(self):
        records = [bytes(random.Random(i).randbytes(i * 7 % 300)) for i in range(500)]
        self.put("rec/in", frames(records))
        self.put("gz/in-1", gzip.compress(frames(records[:200])) + gzip.compress(frames(records[200:300])))
        self.put("gz/in-2", gzip.compress(frames(records[300:])))
        self.run_job("rec1", "rec", model="audio", data_format="tf-record")
        self.run_job("gz1", "gz", model="audio", data_format="tf-record-gzip")
        for folder in ("rec/out", "gz/out"):
            rows = [json.loads(line) for line in self.results(folder)]
            self.assertEqual([row["length"] for row in rows], [len(record) for record in records])
        self.assertEqual(len([n for n in self.outputs("gz/out") if n.startswith("prediction.results")]), 2)

    def test_csv_has_its_keys_in_a_file_of_its_own(self):
        cases = random_cases()[:5]
        self.put("csv/in", "\n".join(map(json.dumps, cases)))
        self.run_job("csv1", "csv", "--output-data-format", "csv", model="mixed")
        keys = self.outputs("csv/out")["prediction.keys-00000-of-00001"].decode().strip().split(",")
        rows = list(csv.reader(io.StringIO("\n".join(self.results("csv/out")))))
        self.assertEqual(keys, ["big", "d", "n", "raw_bytes", "small", "upper", "y"])
        self.assertEqual([int(row[keys.index("n")]) for row in rows], [case["n"] * 3 - 1 for case in cases])
        self.assertEqual(json.loads(rows[1][keys.index("upper")]), ["WöRT 1", "X"])

    def test_a_bad_line_costs_itself_alone(self):
        lines = ["[3, 6]", "{nonsense", "", "[1]", '{"x": [0, 3]}', '{"y": [0, 3]}', '"text"', "[9, 9]"]
        self.put("bad/in", "\n".join(lines))
        job = self.run_job("bad1", "bad")
        self.assertEqual([json.loads(line)["out"] for line in self.results("bad/out")],
                         [[1.0, 2.0], [0.0, 1.0], [3.0, 3.0]])
        errors = self.errors("bad/out")
        self.assertEqual([(e["file"], e["line"]) for e in errors],
                         [("gs://batch_bucket/bad/in", n) for n in (2, 4, 6, 7)])
        self.assertIn("Expected tensor name: x", errors[2]["error"])
        self.assertEqual((job["predictionOutput"]["predictionCount"], job["predictionOutput"]["errorCount"]), ("3", "4"))

    def test_a_line_that_kills_the_model_costs_itself_alone(self):
        self.put("fatal/in", "\n".join(str(n) for n in range(80)))
        job = self.run_job("fatal1", "fatal", "--batch-size", "8", model="fatal")
        self.assertEqual([json.loads(line)["y"] for line in self.results("fatal/out")],
                         [2.0 * n for n in range(80) if n != 66])
        errors = self.errors("fatal/out")
        self.assertEqual([e["line"] for e in errors], [67])
        self.assertIn("signal 6", errors[0]["error"])
        self.assertEqual(job["predictionOutput"]["errorCount"], "1")

    def test_a_signature_by_name_and_one_that_is_not_there(self):
        self.put("sig/in", "[1, 2, 3]\n")
        self.run_job("sig1", "sig", "--signature-name", "total", model="mixed")
        self.assertEqual(self.results("sig/out"), ['{"total": 6.0}'])
        self.submit("sig2", "sig", "--signature-name", "none", model="mixed")
        job = self.engine.wait_job("sig2", 240)
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("No signature found for signature key none.", job["errorMessage"])


class RefusalTest(BatchTest):
    def refused(self, **changes):
        self.put("no/in", "[1, 2]")
        body = {"uri": "gs://batch_bucket/models/single", "dataFormat": "JSON", "inputPaths": ["gs://batch_bucket/no/in"],
                "outputPath": "gs://batch_bucket/no/out", "region": "us-central1"}
        body.update(changes)
        status, answer = self.engine.request("POST", "/v1/projects/default/jobs", {
            "jobId": "refused", "predictionInput": {k: v for k, v in body.items() if v is not None}})
        self.assertEqual(status, 400, answer)
        return {v["field"].removeprefix("job.prediction_input"): v["description"]
                for v in answer["error"]["details"][0]["fieldViolations"]}

    def test_everything_that_is_not_there_is_named_at_once(self):
        told = self.refused(uri="gs://batch_bucket/no", inputPaths=["gs://batch_bucket/none*"],
                            outputPath="gs://no_such_bucket/out")
        self.assertEqual(sorted(told), [".input_paths", ".output_path", ".uri"])
        self.assertIn("Please use SavedModel.", told[".uri"])
        self.assertIn("gs://batch_bucket/none*", told[".input_paths"])
        self.assertIn("There is no model none", self.refused(uri=None, modelName="projects/default/models/none")[".model_name"])
        self.engine.mlengine("models", "create", "empty", "--regions", "us-central1")
        self.assertIn("no default version", self.refused(uri=None, modelName="projects/default/models/empty")[".model_name"])
        self.assertIn("has no version v1", self.refused(
            uri=None, versionName="projects/default/models/empty/versions/v1")[".version_name"])

    def test_wrong_fields(self):
        self.assertIn("given, not 0", self.refused(uri=None)[""])
        self.assertIn("CSV", self.refused(dataFormat="CSV")[".data_format"])
        self.assertIn("required", self.refused(dataFormat=None)[".data_format"])
        self.assertIn("gs://", self.refused(inputPaths=["/tmp/x"])[".input_paths[0]"])


class KilledTest(BatchTest):
    def prepare(self, folder, count):
        numbers = list(range(count))
        random.Random(3).shuffle(numbers)
        for i in range(3):
            self.put(f"{folder}/in-{i}", "".join(f"{n}\n" for n in numbers[i::3]))

    def check(self, folder, count):
        seen = sorted(json.loads(line)["n"] for line in self.results(folder))
        self.assertEqual(len(seen), count)
        self.assertEqual(seen, list(range(count)))
        self.assertEqual([name for name in self.outputs(folder) if ".prediction-" in name], [])

    def parts(self, folder):
        return len([name for name in self.outputs(folder) if "/parts/" in name])

    def count(self, job):
        return int(self.engine.job(job).get("predictionOutput", {}).get("predictionCount", 0))

    def test_every_line_once_with_several_workers(self):
        self.prepare("many", LINES)
        self.submit("many1", "many", "--max-worker-count", "3", "--batch-size", "512", model="slow")
        wait_for("some predictions", lambda: self.count("many1") > 0, 120)
        own = self.engine.request("GET", "/mlengine/v1/projects/default/jobs/many1")[1]["job"]
        self.assertGreater(int(own["predictionOutput"]["predictionCount"]), 0)  # the console's door tells them too
        shown = self.engine.request("GET", "/mlengine/v1/projects/default/jobs/many1/progress")[1]
        self.assertIn(" KB", shown["text"])
        job = self.engine.wait_job("many1", 400)
        self.assertEqual(job["state"], "SUCCEEDED", (job, self.engine.log_messages("many1")))
        self.check("many/out", LINES)
        self.assertEqual(job["predictionOutput"]["predictionCount"], str(LINES))

    def test_every_line_once_though_everything_is_killed(self):
        self.prepare("killed", LINES)
        self.submit("killed1", "killed", "--max-worker-count", "1", "--batch-size", "512", model="slow")

        def next_parts(what):
            before = self.parts("killed/out")
            wait_for(f"parts {what}", lambda: self.parts("killed/out") > before, 120)

        next_parts("at first")
        os.kill(self.pids("mlengine-model-server")[0], signal.SIGKILL)
        next_parts("after the model server")
        os.kill(self.pids("mlengine-batch-predictor")[0], signal.SIGKILL)
        next_parts("after the replica's program")
        at = self.count("killed1")
        self.assertGreater(at, 0)
        listen = self.engine.url.removeprefix("http://")
        self.engine.kill()
        time.sleep(2)
        self.engine.start(listen=listen)
        next_parts("after the server")
        self.assertEqual(self.engine.job("killed1")["state"], "RUNNING", "it must not have ended before it was hurt")
        self.assertGreaterEqual(self.count("killed1"), at)
        os.kill(self.pids("mlengine-runner")[0], signal.SIGKILL)  # a new attempt
        job = self.engine.wait_job("killed1", 400)
        self.assertEqual(job["state"], "SUCCEEDED", (job, self.engine.log_messages("killed1")))
        self.check("killed/out", LINES)
        self.assertEqual(job["predictionOutput"]["predictionCount"], str(LINES))
        said = " ".join(text for _, _, text in self.engine.log_messages("killed1"))
        self.assertIn("Going on behind", said)

    def test_cancel(self):
        self.prepare("stop", LINES)
        self.engine.mlengine("models", "create", "kept", "--regions", "us-central1")
        self.engine.mlengine("versions", "create", "v1", "--model", "kept", "--origin", "gs://batch_bucket/models/slow",
                             "--runtime-version", "2.19", timeout=300)
        self.engine.mlengine("jobs", "submit", "prediction", "stop1", "--model", "kept", "--version", "v1", "--data-format",
                             "text", "--input-paths", "gs://batch_bucket/stop/in*", "--output-path",
                             "gs://batch_bucket/stop/out", "--region", "us-central1", "--max-worker-count", "1",
                             "--batch-size", "64")
        wait_for("a part", lambda: self.parts("stop/out") > 0, 120)
        # The version stays for as long as the job may need its files.
        refused = self.engine.mlengine("versions", "delete", "v1", "--model", "kept", "--quiet", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn('The batch prediction job "stop1" uses the version; it is RUNNING.', refused.stderr)
        self.engine.mlengine("jobs", "cancel", "stop1")
        job = self.engine.wait_job("stop1", 60)
        self.engine.mlengine("versions", "delete", "v1", "--model", "kept", "--quiet")
        self.assertEqual(job["state"], "CANCELLED")
        self.assertEqual(self.results("stop/out"), [])
        self.assertEqual(self.pids("mlengine-batch-predictor"), [])
        made = int(job["predictionOutput"]["predictionCount"])
        self.assertGreater(made, 0)
        self.assertLess(made, LINES)


class ClientsTest(BatchTest):
    @unittest.skipUnless(GCLOUD, "gcloud is not installed")
    def test_gcloud(self):
        self.put("gcloud/in", "[3, 6]\n[1.5, -3]\n")
        words = ["--model-dir", "gs://batch_bucket/models/single", "--data-format", "text", "--input-paths",
                 "gs://batch_bucket/gcloud/in", "--output-path", "gs://batch_bucket/gcloud/out", "--region",
                 "us-central1", "--runtime-version", "1.10", "--max-worker-count", "2", "--batch-size", "10"]
        done = run_client(self.engine, GCLOUD, "ml-engine", "jobs", "submit", "prediction", "g1", *words)
        self.assertIn("Job [g1] submitted successfully.", done.stderr)
        self.assertIn("jobId: g1", done.stdout)
        logs = run_client(self.engine, GCLOUD, "ml-engine", "jobs", "stream-logs", "g1", "--polling-interval", "1",
                          timeout=300).stdout
        self.assertIn("Job completed successfully.", logs)
        shown = run_client(self.engine, GCLOUD, "ml-engine", "jobs", "describe", "g1", "--format", "json").stdout
        self.assertEqual(json.loads(shown)["predictionOutput"]["predictionCount"], "2")
        boxes = run_client(self.engine, GCLOUD, "ml-engine", "jobs", "describe", "g1", "--summarize").stdout
        self.assertIn("g1", boxes)
        self.assertEqual(sorted(self.results("gcloud/out")), ['{"out": [0.5, -1.0]}', '{"out": [1.0, 2.0]}'])
        wrong = run_client(self.engine, GCLOUD, "ml-engine", "jobs", "submit", "prediction", "g2",
                           *[w.replace("gcloud/in", "gcloud/none") for w in words], check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("No object matches the input path", wrong.stderr)

    def test_local_predict(self):
        folder = self.engine.folder
        (folder / "lines.json").write_text("[3, 6]\n{\"x\": [0, 3]}\n")
        words = ["local", "predict", "--model-dir", self.models["single"], "--python", self.python]
        shown = self.engine.mlengine(*words, "--json-instances", folder / "lines.json", "--format", "json").stdout
        self.assertEqual(json.loads(shown), [{"out": [1.0, 2.0]}, {"out": [0.0, 1.0]}])
        table = self.engine.mlengine(*words, "--json-instances", folder / "lines.json").stdout
        self.assertIn("OUT", table)
        self.assertIn("[1, 2]", table)
        (folder / "lines.txt").write_text("ab\ncde\n")
        words[3] = self.models["audio"]
        shown = self.engine.mlengine(*words, "--text-instances", folder / "lines.txt", "--format", "json").stdout
        self.assertEqual([row["length"] for row in json.loads(shown)], [2, 3])
        words[3] = folder
        failed = self.engine.mlengine(*words, "--text-instances", folder / "lines.txt", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("ERROR: (mlengine.local.predict)", failed.stderr)
        words[3] = self.models["single"]
        failed = self.engine.mlengine(*words, "--text-instances", folder / "lines.txt", check=False)
        self.assertIn("Invalid inputs", failed.stderr)
        self.assertEqual(failed.returncode, 1)


if __name__ == "__main__":
    unittest.main()
