"""Versions that Python answers for: models that scikit-learn and XGBoost made themselves, ONNX, prediction routines with
packages. What the engine answers is held against the frameworks' own answers in their own process; and nothing that a
model's code does may hurt the engine."""
import concurrent.futures
import io
import json
import os
import signal
import subprocess
import textwrap
import threading
import time
import unittest
import zipfile

from clients import run_client
from engine import ROOT, Engine, built_runtime, processes_with, wait_for
from test_prediction import GCLOUD

TRAIN = textwrap.dedent("""
    import json, os, pickle, sys
    import joblib, numpy as np, xgboost
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    out = sys.argv[1]
    x, y = load_iris(return_X_y=True)
    cases = x[::7].tolist()

    def folder(name):
        path = os.path.join(out, name)
        os.makedirs(path)
        return path

    answers = {}
    classes = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    joblib.dump(classes, folder("classes") + "/model.joblib")
    answers["classes"] = classes.predict(cases).tolist()
    forest = RandomForestRegressor(n_estimators=20, random_state=1).fit(x, y * 0.37)
    with open(folder("forest") + "/model.pkl", "wb") as file:
        pickle.dump(forest, file)
    answers["forest"] = forest.predict(cases).tolist()
    words = LogisticRegression(max_iter=1000).fit(x, np.array(["a", "b", "ü"])[y])
    joblib.dump(words, folder("words") + "/model.joblib", compress=3)
    answers["words"] = words.predict(cases).tolist()

    booster = xgboost.train({"objective": "multi:softprob", "num_class": 3}, xgboost.DMatrix(x, y), 5)
    booster.save_model(folder("booster") + "/model.bst")
    answers["booster"] = booster.predict(xgboost.DMatrix(np.array(cases))).tolist()
    with open(folder("booster_json") + "/model.bst", "wb") as file:
        file.write(booster.save_raw("json"))
    answers["booster_json"] = answers["booster"]
    with open(folder("pickled_booster") + "/model.pkl", "wb") as file:
        pickle.dump(booster, file)
    answers["pickled_booster"] = answers["booster"]
    classifier = xgboost.XGBClassifier(n_estimators=4).fit(x, y)
    joblib.dump(classifier, folder("xgb_classifier") + "/model.joblib")
    answers["xgb_classifier"] = classifier.predict(np.array(cases)).tolist()
    json.dump({"cases": cases, "answers": answers}, open(os.path.join(out, "expected.json"), "w"))
    """)

ROUTINE = textwrap.dedent("""
    import os, sys, time
    import helper_code

    class Predictor:
        def __init__(self, factor):
            self.factor = factor

        @classmethod
        def from_path(cls, model_dir):
            with open(os.path.join(model_dir, "factor.txt")) as file:
                return cls(float(file.read()))

        def predict(self, instances, **kwargs):
            what = instances[0]
            if what == "exit":
                sys.exit(3)
            if what == "_exit":
                os._exit(3)
            if what == "raise":
                raise ValueError("three features are expected")
            if what == "print":
                print("printed by the model", flush=True)
                return [sys.stdin.read()]
            if what == "object":
                return object()
            if what == "loop":
                while True:
                    pass
            if what == "sleep":
                time.sleep(kwargs["seconds"])
                return ["slept"]
            return [helper_code.scale(one, self.factor) for one in instances] + ([kwargs] if kwargs else [])
    """)


def field(number, value):
    """One field of a protobuf message."""
    def varint(rest):
        return bytes([rest]) if rest < 128 else bytes([rest % 128 + 128]) + varint(rest // 128)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def onnx_model(inputs):
    """An ONNX model of float inputs, the rows of two numbers: "sum" is the sum of all, "first" the first."""
    def value(name):
        dims = field(1, field(2, "N")) + field(1, field(1, 2))
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))
    nodes = [field(1, name) for name in inputs] + [field(2, "sum"), field(4, "Sum")]
    same = field(1, inputs[0]) + field(2, "first") + field(4, "Identity")
    graph = (field(1, b"".join(nodes)) + field(1, same) + field(2, "g")
             + b"".join(field(11, value(name)) for name in inputs)
             + b"".join(field(12, value(name)) for name in ("sum", "first")))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def wheel(name, files, requires=()):
    """The bytes of a wheel that holds these files."""
    info = f"{name}-1.0.dist-info/"
    files = {**files, info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
             info + "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
                                + "".join(f"Requires-Dist: {one}\n" for one in requires)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(info + "RECORD", "".join(f"{path},,\n" for path in files) + info + "RECORD,,\n")
    return out.getvalue()


HELPER = wheel("helper_code", {"helper_code.py": "def scale(value, factor):\n    return value * factor\n"})
RUNTIME = built_runtime("scikit-learn")


class WorkersTest(unittest.TestCase):
    options = f"runtimesDir: {ROOT / 'build/runtimes'}\n"

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text(cls.options)
        cls.addClassCleanup(cls.engine.__exit__)
        cls.engine.__enter__()
        cls.call("POST", "/storage/v1/b?project=default", {"name": "models_bucket"})

    @classmethod
    def call(cls, method, path, body=None, wanted=200):
        status, answer = cls.engine.request(method, path, body)
        assert status == wanted, (status, answer)
        return answer

    @classmethod
    def upload(cls, name, content):
        path = f"/upload/storage/v1/b/models_bucket/o?uploadType=media&name={name.replace('/', '%2F')}"
        cls.call("POST", path, content)
        return f"gs://models_bucket/{name}"

    @classmethod
    def create(cls, model, files, wanted=200, version="v1", **fields):
        """The answer to versions.create of a model that is made with it."""
        cls.engine.request("POST", "/v1/projects/default/models", {"name": model})
        for name, content in files.items():
            cls.upload(f"{model}-{version}/{name}", content)
        return cls.call("POST", f"/v1/projects/default/models/{model}/versions",
                        {"name": version, "deploymentUri": f"gs://models_bucket/{model}-{version}", **fields}, wanted)

    @classmethod
    def made(cls, *words, **fields):
        """The operation of such a creation, done."""
        operation = cls.create(*words, **fields)
        return wait_for("the version", lambda: (lambda o: o if o.get("done") else None)(
            cls.call("GET", "/v1/" + operation["name"])), 300)

    @classmethod
    def deploy(cls, *words, **fields):
        done = cls.made(*words, **fields)
        assert "error" not in done, done

    @classmethod
    def predict(cls, model, body, wanted=200):
        return cls.call("POST", f"/v1/projects/default/models/{model}:predict", body, wanted)

    def failure(self, model, what, **others):
        """The words of a prediction that the model refuses."""
        return self.predict(model, {"instances": [what], **others})["error"]

    def worker_pid(self, model):
        # Of this engine: other files' tests run beside this one.
        marker = f"{self.engine.data}/models/default/{model}/"
        for pid in processes_with(marker):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if b"--kind" in file.read():
                        return pid
            except OSError:
                pass  # it has just ended
        return None


class RefusalTest(WorkersTest):
    """A project that allows no code of models, which is the default; and no runtime that could run it."""
    options = ""

    def test_what_would_run_code_is_refused_with_the_command_that_allows_it(self):
        code = self.upload("p/helper_code-1.0-py3-none-any.whl", HELPER)
        for files, fields, field, why in (
                ({"model.pkl": b"\x80\x04N."}, {"framework": "SCIKIT_LEARN"}, "version.deployment_uri",
                 "model.pkl is a pickle, and a pickle may run any program when it is read"),
                ({"model.joblib": b"\x80\x04N."}, {}, "version.deployment_uri", "model.joblib is a pickle"),
                ({"factor.txt": b"1"}, {"predictionClass": "m.C", "packageUris": [code]}, "version.prediction_class",
                 "a prediction class is the user's own program"),
                ({"model.bst": b"{}"}, {"framework": "XGBOOST", "packageUris": [code]}, "version.package_uris",
                 "its packages are the user's own program")):
            error = self.create(f"refused_{field[8:]}", files, wanted=400, version=f"v{len(files) + len(fields)}",
                                runtimeVersion="1.15", **fields)["error"]
            self.assertEqual(error["status"], "FAILED_PRECONDITION")
            self.assertIn(why, error["message"])
            self.assertIn("allow it: mlengine quotas set python-models unlimited", error["message"])
            self.assertEqual(error["details"][0]["fieldViolations"][0]["field"], field)

    def test_the_setting(self):
        listed = json.loads(self.engine.mlengine("quotas", "list", "--format", "json").stdout)
        self.assertEqual([one["limit"] for one in listed if one["quota"] == "python-models"], ["0"])
        for limit, text in (("3", "python-models is 0, which refuses models"), ("x", "is no limit")):
            wrong = self.engine.mlengine("quotas", "set", "python-models", limit, check=False)
            self.assertEqual(wrong.returncode, 1)
            self.assertIn(text, wrong.stderr)
        self.engine.mlengine("quotas", "profile", "none")
        self.create("still_refused", {"model.pkl": b"\x80\x04N."}, wanted=400, framework="SCIKIT_LEARN")

    def test_without_a_runtime_it_says_what_to_install(self):
        for name, file, text in (("no_xgboost", "model.bst", "No runtime version with XGBoost is installed"),
                                 ("no_torch", "model.pt", "No runtime version with PyTorch is installed"),
                                 ("no_onnx", "model.onnx", "No runtime version with ONNX Runtime is installed")):
            self.deploy(name, {file: b"\x08\x00 not empty"})
            error = self.predict(name, {"instances": [1]}, wanted=400)["error"]
            self.assertEqual(error["status"], "FAILED_PRECONDITION")
            self.assertIn(text, error["message"])
            self.assertIn("mlengine runtimes install ", error["message"])


@unittest.skipIf(RUNTIME is None, "runtime version scikit-learn could not be built here")
class AllowedTest(WorkersTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine.mlengine("quotas", "set", "python-models", "unlimited")


class FrameworksTest(AllowedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trained = cls.engine.folder / "trained"
        cls.trained.mkdir()
        subprocess.run([RUNTIME[1], "-c", TRAIN, cls.trained], check=True, timeout=300)
        cls.expected = json.loads((cls.trained / "expected.json").read_text())

    def files(self, name):
        return {path.name: path.read_bytes() for path in (self.trained / name).iterdir()}

    def test_answers_are_those_of_the_framework_in_its_own_process(self):
        for name, framework in (("classes", "SCIKIT_LEARN"), ("forest", "SCIKIT_LEARN"), ("words", None),
                                ("booster", "XGBOOST"), ("booster_json", None), ("pickled_booster", "XGBOOST"),
                                ("xgb_classifier", None)):
            with self.subTest(name):
                self.deploy(name, self.files(name), runtimeVersion="1.15", pythonVersion="3.7",
                            **({"framework": framework} if framework else {}))
                answer = self.predict(name, {"instances": self.expected["cases"]})
                self.assertEqual(answer, {"predictions": self.expected["answers"][name]})
        version = self.call("GET", "/v1/projects/default/models/xgb_classifier/versions/v1")
        self.assertEqual(version["framework"], "XGBOOST")

    def test_the_rules_of_the_original(self):
        self.deploy("rules", self.files("classes"), framework="SCIKIT_LEARN")
        good = self.expected["cases"][:1]
        self.assertEqual(self.predict("rules", {"instances": good, "signature_name": "any"}),
                         {"predictions": self.expected["answers"]["classes"][:1]})
        for body, text in (
                ({"instances": [[1, 2]]}, "Failed to run the model: ValueError: X has 2 features, but StandardScaler is"),
                ({"instances": good, "other": 1}, "unexpected keyword argument 'other' (Error code: 2)"),
                ({"instances": 1}, "Invalid inputs: instances is no list (Error code: 1)"),
                ({}, "Required field 'instances' missing in prediction server request"),
                ([], "Invalid request sent to prediction server")):
            error = self.predict("rules", body)["error"]
            self.assertTrue(error.startswith("Prediction failed: "), error)
            self.assertIn(text, error)

    def test_what_cannot_be_loaded_fails_with_the_loaders_words(self):
        pickles = {
            "no_module": (b"\x80\x03cno_such_module\nThing\n.", "No module named 'no_such_module'"),
            "no_model": (b"\x80\x03N.", "which has no method predict"),
            "leaves": (b"cos\n_exit\n(I5\ntR.", "The model server of this version exited with status 5."),
        }
        for name, (content, text) in pickles.items():
            done = self.made(name, {"model.pkl": content}, framework="SCIKIT_LEARN")
            self.assertIn('Create Version failed. Bad model detected with error: "Failed to load model: ',
                          done["error"]["message"])
            self.assertIn(text, done["error"]["message"])
            self.assertTrue(done["error"]["message"].endswith('(Error code: 0)"'))
        cut = self.files("booster")["model.bst"][:200]
        self.assertIn("Could not load the model: model.bst.",
                      self.made("cut", {"model.bst": cut}, framework="XGBOOST")["error"]["message"])

    def test_onnx(self):
        self.deploy("onnx", {"model.onnx": onnx_model(["x"])})
        self.assertEqual(self.predict("onnx", {"instances": [[0.1, 2], {"x": [3, 4]}]}), {"predictions": [
            {"sum": [0.10000000149011612, 2.0], "first": [0.10000000149011612, 2.0]},
            {"sum": [3.0, 4.0], "first": [3.0, 4.0]}]})
        self.deploy("onnx_two", {"model.onnx": onnx_model(["a", "b"])})
        self.assertEqual(self.predict("onnx_two", {"instances": [{"a": [1, 2], "b": [10, 20]}]}),
                         {"predictions": [{"sum": [11.0, 22.0], "first": [1.0, 2.0]}]})
        for model, instance, text in (("onnx", {"y": [1, 2]}, "Expected tensor name: x, got tensor name: [y]."),
                                      ("onnx", "a", "Invalid inputs: Input x: ValueError"),
                                      ("onnx_two", {"a": [1, 2]}, "Input b was missing in at least one input instance."),
                                      ("onnx_two", [1, 2], "The model has more than one input"),
                                      ("onnx", [1, 2, 3], "(Error code: 2)")):
            self.assertIn(text, self.failure(model, instance))
        self.assertIn("Could not load the model: model.onnx.",
                      self.made("onnx_cut", {"model.onnx": b"\x08\x08no"})["error"]["message"])

    def local(self, folder, lines, *words, python=RUNTIME and RUNTIME[1]):
        """A run of `local predict`."""
        file = self.engine.folder / "local.json"
        file.write_text("".join(json.dumps(one) + "\n" for one in lines))
        return self.engine.mlengine("local", "predict", "--model-dir", folder, "--python", python, "--json-instances", file,
                                    "--format", "json", *words, check=False)

    def test_local_predict_answers_as_the_engine_does(self):
        for name, words in (("classes", ["--framework", "scikit-learn"]), ("forest", ["--framework", "scikit-learn"]),
                            ("words", ["--framework=scikit-learn", "--signature-name=any"]), ("booster", []),
                            ("booster_json", ["--framework", "xgboost"]), ("pickled_booster", ["--framework", "xgboost"]),
                            ("xgb_classifier", ["--framework", "xgboost"])):
            with self.subTest(name):
                done = self.local(self.trained / name, self.expected["cases"], *words)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(json.loads(done.stdout), self.expected["answers"][name])
        onnx = self.engine.folder / "local_onnx"
        onnx.mkdir()
        (onnx / "model.onnx").write_bytes(onnx_model(["a", "b"]))
        self.assertEqual(json.loads(self.local(onnx, [{"a": [1, 2], "b": [10, 20]}]).stdout),
                         [{"sum": [11.0, 22.0], "first": [1.0, 2.0]}])

    def test_local_predict_fails_as_the_engine_does(self):
        self.deploy("local_errors", self.files("classes"), framework="SCIKIT_LEARN")
        done = self.local(self.trained / "classes", [[1, 2]], "--framework", "scikit-learn")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(self.failure("local_errors", [1, 2]), done.stderr)
        empty = self.engine.folder / "no_model"
        empty.mkdir()
        for folder, words, python, text in (
                (empty, ["--framework", "scikit-learn"], RUNTIME[1], "There is neither model.joblib nor model.pkl."),
                (self.trained / "classes", ["--framework", "pytorch"], RUNTIME[1],
                 "Cannot import torch: " + RUNTIME[1] + " says: ModuleNotFoundError: No module named 'torch'. Install torch"),
                (self.trained / "classes", ["--framework", "onnx"], "no-such-python", "no-such-python")):
            done = self.local(folder, [[1]], *words, python=python)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("ERROR: (mlengine.local.predict) ", done.stderr)
            self.assertIn(text, done.stderr)
        self.assertEqual(self.local(empty, [[1]], "--framework", "caffe").returncode, 2)

    @unittest.skipIf(GCLOUD is None, "gcloud is not installed")
    def test_gcloud(self):
        (self.engine.folder / "lines.json").write_text(
            "".join(json.dumps(one) + "\n" for one in self.expected["cases"][:3]))
        run_client(self.engine, GCLOUD, "ml-engine", "models", "create", "by_gcloud", "--regions", "us-central1")
        run_client(self.engine, GCLOUD, "ml-engine", "versions", "create", "v1", "--model", "by_gcloud", "--origin",
                   self.trained / "forest", "--staging-bucket", "gs://models_bucket", "--framework", "scikit-learn",
                   "--runtime-version", "1.15", "--python-version", "3.7")
        done = run_client(self.engine, GCLOUD, "ml-engine", "predict", "--model", "by_gcloud", "--json-instances",
                          self.engine.folder / "lines.json", "--format", "json")
        self.assertEqual(json.loads(done.stdout), {"predictions": self.expected["answers"]["forest"][:3]})


class RoutineTest(AllowedTest):
    options = AllowedTest.options + "predictionSeconds: 8\n"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packages = [cls.upload("p/my_code-1.0-py3-none-any.whl",
                                   wheel("my_code", {"my_code.py": ROUTINE}, ["helper_code==1.0"])),
                        cls.upload("p/helper_code-1.0-py3-none-any.whl", HELPER)]

    @classmethod
    def routine(cls, model, name="my_code.Predictor", **fields):
        return cls.made(model, {"factor.txt": b"2.5"},
                        **{"packageUris": cls.packages, "predictionClass": name, "runtimeVersion": "1.15", **fields})

    def test_a_routine_with_packages_answers(self):
        self.assertNotIn("error", self.routine("routine"))
        self.assertEqual(self.predict("routine", {"instances": [2, 4], "k": "v"}),
                         {"predictions": [5.0, 10.0, {"k": "v"}]})

    def test_what_a_routine_does_has_a_clear_answer(self):
        self.assertNotIn("error", self.routine("unruly"))
        pid = self.worker_pid("unruly")
        self.assertEqual(self.failure("unruly", "raise"), "Prediction failed: Failed to run the model: "
                         "ValueError: three features are expected (Error code: 2)")
        self.assertEqual(self.failure("unruly", "exit"), "Prediction failed: Invalid user code: SystemExit: the code "
                         "called sys.exit(3) (Error code: 4)")
        self.assertIn("Invalid outputs: what predict returned cannot be answered as JSON: TypeError: an object of type "
                      "object has no form in JSON (Error code: 3)", self.failure("unruly", "object"))
        self.assertEqual(self.predict("unruly", {"instances": ["print"]}), {"predictions": [""]})
        self.assertEqual(self.worker_pid("unruly"), pid)
        log = (self.engine.data / "serving/default.unruly.v1.log").read_text()
        self.assertIn("printed by the model\n", log)
        self.assertIn("ValueError: three features are expected", log)
        died = self.predict("unruly", {"instances": ["_exit"]}, wanted=503)["error"]["message"]
        self.assertIn("exited with status 3. Only the requests that it worked on failed; try again.", died)
        self.assertEqual(self.predict("unruly", {"instances": [2]}), {"predictions": [5.0]})
        self.assertNotIn(self.worker_pid("unruly"), (None, pid))

    def test_a_loop_ends_at_the_deadline_and_the_next_request_is_answered(self):
        self.assertNotIn("error", self.routine("loop"))
        pid, begun = self.worker_pid("loop"), time.monotonic()
        # The client waits longer than the engine.
        done = subprocess.run(["curl", "-s", "--noproxy", "*", "-m", "90", "-d", '{"instances": ["loop"]}',
                               f"{self.engine.url}/v1/projects/default/models/loop:predict"],
                              stdout=subprocess.PIPE, timeout=100)
        self.assertIn("The model did not answer within 8 s.", json.loads(done.stdout)["error"]["message"])
        self.assertGreater(time.monotonic() - begun, 7)
        wait_for("the end of the process", lambda: self.worker_pid("loop") != pid, 20)
        self.assertEqual(self.predict("loop", {"instances": [2]}), {"predictions": [5.0]})

    def entries(self, filter_):
        return self.call("POST", "/v2/entries:list", {"resourceNames": ["projects/default"], "filter": filter_,
                                                      "orderBy": "timestamp asc"}).get("entries", [])

    def test_the_logs_that_a_model_asks_for(self):
        self.call("POST", "/v1/projects/default/models", {
            "name": "logged", "regions": ["europe-west1"], "onlinePredictionLogging": True,
            "onlinePredictionConsoleLogging": True})
        for model in ("logged", "silent"):
            self.assertNotIn("error", self.routine(model))
            self.predict(model, {"instances": ["print"], "word": "s3cret"})
            self.failure(model, "raise")
            self.predict(model, {"instances": ["_exit"]}, wanted=503)
        filter_ = 'resource.type="cloudml_model_version" AND resource.labels.model_id="logged"'
        of_access, of_stream = (f'{filter_} AND logName:"ml.googleapis.com%2F{name}"' for name in ("access", "stream"))
        access = wait_for("the requests' lines", lambda: (lambda e: e if len(e) == 3 else None)(self.entries(of_access)))
        self.assertEqual([one["jsonPayload"]["status"] for one in access], [200, 200, 503])
        self.assertEqual([one["jsonPayload"].get("refused", False) for one in access], [False, True, False])
        self.assertEqual([one["severity"] for one in access], ["INFO", "INFO", "ERROR"])
        self.assertEqual(access[0]["resource"], {"type": "cloudml_model_version", "labels": {
            "model_id": "logged", "version_id": "v1", "region": "europe-west1", "project_id": "default"}})
        self.assertEqual(access[0]["logName"], "projects/default/logs/ml.googleapis.com%2Faccess")
        self.assertGreater(access[0]["jsonPayload"]["latencySeconds"], 0)
        self.assertNotIn("s3cret", json.dumps(access))
        self.assertEqual(len(self.entries(f"{filter_} AND jsonPayload.status>=500")), 1)
        printed = wait_for("what it prints", lambda: [one for one in self.entries(of_stream)
                                                      if one["jsonPayload"]["message"] == "printed by the model"])
        self.assertEqual(len(printed), 1)
        blocks = wait_for("the traceback", lambda: self.entries(f'{of_stream} AND "three features are expected"'))
        self.assertTrue(blocks[0]["jsonPayload"]["message"].startswith("Traceback (most recent call last):\n"))
        self.assertEqual(blocks[0]["severity"], "ERROR")
        self.assertEqual(self.entries('resource.labels.model_id="silent"'), [])
        words = self.engine.mlengine("logs", "read", filter_, "--format=value(jsonPayload.message)").stdout
        self.assertIn("printed by the model\n", words)
        self.assertIn("projects/default/logs/ml.googleapis.com%2Faccess", self.engine.mlengine("logs", "list").stdout)
        if GCLOUD:
            done = run_client(self.engine, GCLOUD, "logging", "read", of_access, "--format", "json")
            self.assertEqual(len(json.loads(done.stdout)), 3)
        # They outlive the server and the version, and go with their time.
        self.engine.stop()
        self.engine.start()
        self.assertEqual(len(self.entries(of_access)), 3)
        self.predict("logged", {"instances": [2]})
        wait_for("a line in the next log", lambda: len(self.entries(of_access)) == 4)
        self.assertEqual(len([one for one in self.entries(of_stream)
                              if one["jsonPayload"]["message"] == "printed by the model"]), 1)
        self.engine.mlengine("server", "check")

    def test_packages_that_cannot_be_installed(self):
        broken = self.upload("p/broken-1.0-py3-none-any.whl", HELPER[:60])
        done = self.routine("broken", packageUris=[broken])
        self.assertIn("Version creation failed: user-provided package broken-1.0-py3-none-any.whl failed to install: ",
                      done["error"]["message"])
        version = self.call("GET", "/v1/projects/default/models/broken/versions/v1")
        self.assertEqual((version["state"], version["errorMessage"]), ("FAILED", done["error"]["message"]))

    def test_classes_that_cannot_be_used(self):
        for name, text in (("my_code.Nobody", "the module my_code has no Nobody"),
                           ("helper_code.scale", "has no class method from_path(model_dir)"),
                           ("absent.Predictor", "problem in predictor - ModuleNotFoundError: No module named 'absent'")):
            done = self.routine("wrong_" + name.replace(".", "_"), name)
            self.assertIn(text, done["error"]["message"])
            self.assertIn('"Failed to load model: ', done["error"]["message"])

    def test_a_worker_killed_under_load_fails_only_what_it_worked_on(self):
        self.assertNotIn("error", self.routine("load"))
        self.assertNotIn("error", self.routine("beside"))
        answers, stop = {"load": [], "beside": []}, threading.Event()

        def ask(model):
            while not stop.is_set():
                status, answer = self.engine.request("POST", f"/v1/projects/default/models/{model}:predict",
                                                     {"instances": ["sleep"], "seconds": 0.05})
                answers[model].append((status, answer))
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            askers = [pool.submit(ask, model) for model in ("load", "load", "load", "load", "beside")]
            try:
                for _ in range(3):
                    pid = wait_for("the worker", lambda: self.worker_pid("load"), 60)
                    before = len([1 for status, _ in answers["load"] if status == 200])
                    wait_for("answers", lambda: len([1 for s, _ in answers["load"] if s == 200]) > before + 5, 60)
                    os.kill(pid, signal.SIGKILL)
                    wait_for("another worker", lambda: self.worker_pid("load") not in (None, pid), 60)
                    before = len([1 for status, _ in answers["load"] if status == 200])
                    wait_for("answers again", lambda: len([1 for s, _ in answers["load"] if s == 200]) > before + 5, 60)
            finally:
                stop.set()
            for asker in askers:
                asker.result(60)
        self.assertEqual({status for status, _ in answers["beside"]}, {200})
        self.assertEqual({status for status, _ in answers["load"]}, {200, 503})
        failed = [answer["error"]["message"] for status, answer in answers["load"] if status == 503]
        self.assertLessEqual(len(failed), 3 * 4)  # those under way at each kill
        for message in failed:
            self.assertIn("was killed by signal 9 (SIGKILL). Only the requests that it worked on failed", message)
        print(f"workers: {len(answers['load'])} requests, {len(failed)} failed by 3 kills", flush=True)

    def test_the_permission_can_be_taken_back(self):
        self.assertNotIn("error", self.routine("taken"))
        os.kill(self.worker_pid("taken"), signal.SIGKILL)
        wait_for("its end", lambda: self.worker_pid("taken") is None, 20)
        try:
            self.engine.mlengine("quotas", "set", "python-models", "0")
            error = self.predict("taken", {"instances": [2]}, wanted=400)["error"]["message"]
            self.assertIn("mlengine quotas set python-models unlimited", error)
        finally:
            self.engine.mlengine("quotas", "set", "python-models", "unlimited")
        self.assertEqual(self.predict("taken", {"instances": [2]}), {"predictions": [5.0]})


if __name__ == "__main__":
    unittest.main()
