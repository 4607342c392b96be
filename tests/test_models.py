"""Models, versions and operations through Google's gcloud, its Python client, our command line and plain HTTP."""
import json
import os
import re
import shutil
import textwrap
import threading
import time
import unittest
from urllib.parse import quote

from clients import libraries_python, run_client, tensorflow_python
from engine import Engine, wait_for
from saved_models import saved_model

GCLOUD = shutil.which("gcloud")
OPERATION_METADATA = "type.googleapis.com/google.cloud.ml.v1.OperationMetadata"


class ModelsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.call("POST", "/storage/v1/b?project=default", {"name": "model_bucket"})
        cls.put("good/saved_model.pb", saved_model())
        cls.put("good/assets.extra/notes.txt", b"hello")
        cls.put("cut/saved_model.pb", saved_model()[:-5])
        cls.put("untagged/saved_model.pb", saved_model(tags=("train",)))
        cls.put("both/saved_model.pb", saved_model())
        cls.put("both/model.bst", b"binf")
        cls.put("text/readme.txt", b"no model")

    @classmethod
    def call(cls, method, path, body=None, wanted=200):
        status, answer = cls.engine.request(method, path, body)
        assert status == wanted, (status, answer)
        return answer

    @classmethod
    def put(cls, name, data):
        cls.call("POST", f"/upload/storage/v1/b/model_bucket/o?uploadType=media&name={quote(name, safe='')}", data)

    def models(self, path="", project="default"):
        return f"/v1/projects/{project}/models{path}"

    def make_model(self, name):
        return self.call("POST", self.models(), {"name": name})

    def make_version(self, model, name, origin="good", **fields):
        """The version's operation, once it is done."""
        body = {"name": name, "deploymentUri": f"gs://model_bucket/{origin}", "runtimeVersion": "1.15", **fields}
        operation = self.call("POST", self.models(f"/{model}/versions"), body)
        return self.done(operation)

    def done(self, operation, seconds=30):
        return wait_for("the operation's end", lambda: (lambda o: o if o.get("done") else None)(
            self.call("GET", "/v1/" + operation["name"])), seconds)

    def version(self, model, name):
        return self.call("GET", self.models(f"/{model}/versions/{name}"))

    def error(self, method, path, body=None):
        status, answer = self.engine.request(method, path, body)
        self.assertGreaterEqual(status, 400, answer)
        return f"{status} {answer['error']['status']} {answer['error']['message']}"


class RestTest(ModelsTest):
    def test_a_version_is_a_copy_that_the_bucket_does_not_change(self):
        self.make_model("copied")
        operation = self.make_version("copied", "v1", "good")
        self.assertEqual(operation["metadata"]["@type"], OPERATION_METADATA)
        self.assertEqual(operation["response"]["@type"], "type.googleapis.com/google.cloud.ml.v1.Version")
        self.assertEqual((operation["response"]["state"], operation["response"]["isDefault"]), ("READY", True))
        self.assertEqual(operation["response"]["framework"], "TENSORFLOW")
        [folder] = (self.engine.data / "models/default/copied").iterdir()
        self.assertEqual((folder / "model/saved_model.pb").read_bytes(), saved_model())
        self.assertEqual((folder / "model/assets.extra/notes.txt").read_bytes(), b"hello")
        self.put("good2/saved_model.pb", saved_model())
        self.make_version("copied", "v2", "good2")
        self.put("good2/saved_model.pb", b"changed")
        self.assertEqual(self.version("copied", "v2")["state"], "READY")
        self.assertNotIn("isDefault", self.version("copied", "v2"))
        self.done(self.call("DELETE", self.models("/copied/versions/v2")))
        # The operation is done first: what a crash leaves of the folder is swept.
        wait_for("the folder's end", lambda: list((self.engine.data / "models/default/copied").iterdir()) == [folder])

    def test_a_small_version_is_ready_in_the_answer(self):
        self.make_model("quick")
        answers = [self.call("POST", self.models("/quick/versions"),
                             {"name": f"v{i}", "deploymentUri": "gs://model_bucket/good"}) for i in range(3)]
        for answer in answers:
            self.done(answer)
        self.assertTrue(any(answer.get("done") for answer in answers), answers)

    def test_a_model_that_does_not_load_says_why(self):
        self.make_model("broken")
        for name, origin, text in (("cut", "cut", "saved_model.pb is damaged"),
                                   ("tag", "untagged", 'no graph has the tag "serve"; the tags of its graphs are')):
            operation = self.make_version("broken", name, origin)
            self.assertEqual(operation["error"]["code"], 3)
            message = operation["error"]["message"]
            self.assertIn('Create Version failed. Bad model detected with error: "Failed to load model: ', message)
            self.assertIn(text, message)
            version = self.version("broken", name)
            self.assertEqual((version["state"], version["errorMessage"]), ("FAILED", message))
        self.assertNotIn("defaultVersion", self.call("GET", self.models("/broken")))
        self.assertFalse(any((self.engine.data / "models/default/broken").iterdir()))
        self.done(self.call("DELETE", self.models("/broken/versions/cut")))
        self.done(self.call("DELETE", self.models("/broken/versions/tag")))
        self.assertTrue(self.call("DELETE", self.models("/broken"))["done"])

    def test_wrong_origins_are_refused_at_once(self):
        self.make_model("origins")
        path = self.models("/origins/versions")
        for origin, text in (
                ("gs://model_bucket/nothing", "There are no files in the deployment directory gs://model_bucket/nothing/"),
                ("gs://no_such_bucket/m", "gs://no_such_bucket/m/ cannot be read"),
                ("gs://model_bucket/text", "is expected to contain exactly one of: [saved_model.pb, "),
                ("gs://model_bucket/both", "Multiple model files are found in gs://model_bucket/both/: saved_model.pb, model.bst"),
                ("/tmp/model", "is not a path of the form gs://")):
            error = self.error("POST", path, {"name": "v", "deploymentUri": origin})
            self.assertTrue(error.startswith("400 "), error)
            self.assertIn("Field: version.deployment_uri Error: ", error)
            self.assertIn(text, error)
        self.assertEqual(self.call("GET", path), {})

    def test_a_folder_of_a_hundred_thousand_files_is_refused_quickly(self):
        folder = self.engine.data / "buckets/model_bucket/many"
        folder.mkdir()
        (folder / "saved_model.pb").write_bytes(saved_model())
        for i in range(100_000):
            os.mknod(f"{folder}/f{i}")
        self.make_model("many")
        begun = time.monotonic()
        error = self.error("POST", self.models("/many/versions"),
                           {"name": "v", "deploymentUri": "gs://model_bucket/many"})
        self.assertIn("There are more than 1000 files in gs://model_bucket/many/", error)
        self.assertLess(time.monotonic() - begun, 15)

    def test_what_is_made_is_made_after_a_restart(self):
        engine = Engine()
        with engine:
            engine.request("POST", "/storage/v1/b?project=default", {"name": "big_bucket"})
            folder = engine.data / "buckets/big_bucket/m"
            folder.mkdir()
            (folder / "saved_model.pb").write_bytes(saved_model())
            with open(folder / "weights.bin", "wb") as file:
                for i in range(192):
                    file.write(bytes([i]) * (1 << 20))
            engine.request("POST", "/v1/projects/default/models", {"name": "m"})
            body = {"name": "v1", "deploymentUri": "gs://big_bucket/m"}

            def create():
                try:
                    engine.request("POST", "/v1/projects/default/models/m/versions", body)
                except OSError:
                    pass  # the server is killed meanwhile
            caller = threading.Thread(target=create)
            caller.start()
            models = engine.data / "models/default/m"
            wait_for("the copy to begin", lambda: list(models.glob("*.partial/model/weights.bin")))
            engine.kill()
            caller.join()
            (models / "stray-1/model").mkdir(parents=True)
            engine.start()
            [name] = [o["name"] for o in engine.request("GET", "/v1/projects/default/operations")[1]["operations"]]
            operation = wait_for("the operation's end", lambda: (lambda o: o if o.get("done") else None)(
                engine.request("GET", "/v1/" + name)[1]), 60)
            self.assertEqual(operation["response"]["state"], "READY")
            [made] = models.iterdir()
            self.assertEqual((made / "model/weights.bin").read_bytes(), (folder / "weights.bin").read_bytes())

    def test_a_version_whose_copy_is_gone_is_failed_after_a_restart(self):
        engine = Engine()
        with engine:
            engine.request("POST", "/storage/v1/b?project=default", {"name": "gone_bucket"})
            engine.request("POST", "/upload/storage/v1/b/gone_bucket/o?uploadType=media&name=m%2Fsaved_model.pb",
                           saved_model())
            engine.request("POST", "/v1/projects/default/models", {"name": "m"})
            versions = "/v1/projects/default/models/m/versions"
            engine.request("POST", versions, {"name": "v1", "deploymentUri": "gs://gone_bucket/m"})
            wait_for("v1", lambda: engine.request("GET", versions + "/v1")[1]["state"] == "READY")
            engine.stop()
            shutil.rmtree(engine.data / "models/default/m")
            engine.start()
            version = wait_for("the sweep", lambda: (lambda v: v if v["state"] == "FAILED" else None)(
                engine.request("GET", versions + "/v1")[1]))
            self.assertIn("create the version again", version["errorMessage"])

    def test_explain_looks_for_the_model_first(self):
        error = self.error("POST", self.models("/no_such:explain"), {"instances": []})
        self.assertIn("404 NOT_FOUND", error)


class CommandLineTest(ModelsTest):
    def test_from_create_to_delete(self):
        run = self.engine.mlengine
        self.assertEqual(run("models", "create", "cli", "--regions=us-central1").stderr,
                         "Created ml engine model [projects/default/models/cli].\n")
        local = self.engine.folder / "export"
        local.mkdir()
        (local / "saved_model.pb").write_bytes(saved_model())
        made = run("versions", "create", "v1", "--model=cli", "--origin", local, "--staging-bucket=gs://model_bucket")
        self.assertIn("Created version [v1] of model [cli].", made.stderr)
        run("versions", "create", "v2", "--model=cli", "--origin=gs://model_bucket/good", "--labels=a=b")
        self.assertRegex(run("versions", "list", "--model=cli").stdout,
                         r"NAME  DEPLOYMENT_URI +STATE\nv1 +gs://model_bucket/[0-9a-f]{64}/ +READY\n"
                         r"v2 +gs://model_bucket/good +READY\n")
        self.assertRegex(run("models", "list").stdout, r"(?m)^cli +v1$")
        run("versions", "set-default", "v2", "--model=cli")
        run("versions", "update", "v2", "--model=cli", "--description=new", "--update-labels=c=d")
        described = json.loads(run("versions", "describe", "v2", "--model=cli", "--format=json").stdout)
        self.assertEqual((described["description"], described["labels"], described["isDefault"]),
                         ("new", {"a": "b", "c": "d"}, True))
        failed = run("versions", "create", "v3", "--model=cli", "--origin=gs://model_bucket/cut", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("Failed to load model: saved_model.pb is damaged", failed.stderr)
        refused = run("versions", "delete", "v2", "--model=cli", check=False)
        self.assertIn("Cannot delete the default version", refused.stderr)
        for name in ("v1", "v3", "v2"):
            run("versions", "delete", name, "--model=cli")
        run("models", "delete", "cli")
        self.assertNotIn("cli", run("models", "list").stdout)
        self.assertIn("CREATE_VERSION", run("operations", "list").stdout)


@unittest.skipUnless(GCLOUD, "gcloud is not installed")
class GcloudModelsTest(ModelsTest):
    def gcloud(self, *words, check=True):
        return run_client(self.engine, GCLOUD, *words, check=check)

    def ml(self, *words, check=True):
        return self.gcloud("ml-engine", *words, check=check)

    def test_from_create_to_delete(self):
        created = self.ml("models", "create", "gm", "--regions", "us-central1", "--description", "d", "--labels", "a=b")
        self.assertIn("[projects/default/models/gm]", created.stderr)
        self.ml("versions", "create", "v1", "--model", "gm", "--origin", "gs://model_bucket/good/",
                "--runtime-version", "1.15", "--framework", "tensorflow", "--python-version", "3.7")
        local = self.engine.folder / "gexport"
        local.mkdir()
        (local / "saved_model.pb").write_bytes(saved_model())
        self.ml("versions", "create", "v2", "--model", "gm", "--origin", local, "--staging-bucket",
                "gs://model_bucket", "--runtime-version", "1.15")
        listed = self.ml("versions", "list", "--model", "gm").stdout
        self.assertRegex(listed, r"v1 +gs://model_bucket/good/ +READY")
        self.assertRegex(listed, r"v2 +gs://model_bucket/[0-9a-f]{64}/ +READY")
        self.assertEqual(listed, self.engine.mlengine("versions", "list", "--model", "gm").stdout)
        self.assertEqual(self.ml("models", "list").stdout, self.engine.mlengine("models", "list").stdout)
        self.assertRegex(self.ml("models", "list").stdout, r"(?m)^gm +v1$")
        described = self.ml("versions", "describe", "v1", "--model", "gm").stdout
        self.assertIn("isDefault: true", described)
        own = self.engine.mlengine("versions", "describe", "v1", "--model", "gm").stdout
        self.assertEqual(own[:len(described)], described)
        self.assertEqual(own[len(described):].split("\n", 1)[0], "mlengine:")
        self.assertIn("isDefault: true", self.ml("versions", "set-default", "v2", "--model", "gm").stdout)
        self.assertIn("versions/v2", self.ml("models", "describe", "gm").stdout)
        self.ml("models", "update", "gm", "--description", "new", "--update-labels", "x=y")
        self.ml("versions", "update", "v1", "--model", "gm", "--description", "d2", "--update-labels", "k=v")
        model = self.call("GET", self.models("/gm"))
        self.assertEqual((model["description"], model["labels"]), ("new", {"a": "b", "x": "y"}))
        version = self.version("gm", "v1")
        self.assertEqual((version["description"], version["labels"]), ("d2", {"k": "v"}))
        operations = self.ml("operations", "list").stdout
        self.assertEqual(operations, self.engine.mlengine("operations", "list").stdout)
        name = re.search(r"(?m)^(create_gm_v1-\d+) +CREATE_VERSION +True$", operations).group(1)
        self.assertIn("operationType: CREATE_VERSION", self.ml("operations", "describe", name).stdout)
        self.assertIn("versions/v1", self.ml("operations", "wait", name, "--format", "json").stdout)
        refused = self.ml("operations", "cancel", name, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("it is already done", refused.stderr)
        self.ml("versions", "delete", "v1", "--model", "gm")
        self.ml("versions", "delete", "v2", "--model", "gm")
        self.ml("models", "delete", "gm")
        self.assertIn("NOT_FOUND", self.ml("models", "describe", "gm", check=False).stderr)

    def test_wrong_input_ends_with_1_and_says_why(self):
        self.ml("models", "create", "gw", "--regions", "us-central1")
        create = ("versions", "create", "v1", "--runtime-version", "1.15", "--model")
        for words, text in (
                (("models", "create", "gw", "--regions", "us-central1"), "A model with the same name already exists."),
                (("models", "create", "bad-name", "--regions", "us-central1"), '"bad-name" is not a model name'),
                ((*create, "none", "--origin", "gs://model_bucket/good"), 'The model resource: "none" was not found.'),
                ((*create, "gw", "--origin", "gs://model_bucket/text"), "is expected to contain exactly one of"),
                ((*create, "gw", "--origin", "gs://model_bucket/cut"), "Failed to load model: saved_model.pb is damaged"),
                (("versions", "set-default", "v1", "--model", "gw"), "The version is FAILED"),
                (("models", "delete", "gw"), "Cannot delete a model that has versions"),
                (("operations", "describe", "none"), "The specified operation could not be found.")):
            done = self.ml(*words, check=False)
            self.assertEqual(done.returncode, 1, f"{words}\n{done.stdout}\n{done.stderr}")
            self.assertIn(text, done.stderr)

    def test_policies(self):
        self.ml("models", "create", "gp", "--regions", "us-central1")
        self.assertIn("etag: ACAB", self.ml("models", "get-iam-policy", "gp").stdout)
        self.ml("models", "add-iam-policy-binding", "gp", "--member", "user:a@example.com", "--role",
                "roles/ml.modelUser")
        self.ml("models", "add-iam-policy-binding", "gp", "--member", "user:b@example.com", "--role",
                "roles/ml.modelUser")
        policy = self.call("GET", self.models("/gp:getIamPolicy"))
        self.assertEqual(policy["bindings"], [{"role": "roles/ml.modelUser",
                                               "members": ["user:a@example.com", "user:b@example.com"]}])
        self.ml("models", "remove-iam-policy-binding", "gp", "--member", "user:a@example.com", "--role",
                "roles/ml.modelUser")
        file = self.engine.folder / "policy.json"
        file.write_text(json.dumps({"bindings": [{"role": "roles/viewer", "members": ["allUsers"]}]}))
        self.ml("models", "set-iam-policy", "gp", file)
        self.assertIn("roles/viewer", self.ml("models", "get-iam-policy", "gp").stdout)


class PythonClientModelsTest(ModelsTest):
    def setUp(self):
        self.python, missing = libraries_python()
        if missing:
            self.skipTest(missing)

    def script(self, text):
        printed = run_client(self.engine, "mlengine", "gcloud-env").stdout
        line = re.search(r"(?m)^# google-api-python-client: (build\(.*\))$", printed).group(1)
        prelude = textwrap.dedent("""
            import os, time
            import google.auth.credentials
            from googleapiclient.discovery import build
            from googleapiclient.errors import HttpError
            ml = %s
            project = "projects/" + os.environ["MLENGINE_PROJECT"]
            models = ml.projects().models()
            versions = models.versions()

            def same(got, wanted):
                assert got == wanted, f"got {got!r}, wanted {wanted!r}"

            def done(operation):
                end = time.monotonic() + 40
                while not operation.get("done"):
                    assert time.monotonic() < end, operation
                    time.sleep(0.1)
                    operation = ml.projects().operations().get(name=operation["name"]).execute()
                return operation

            def refused(request, status, text):
                try:
                    request.execute()
                except HttpError as error:
                    same(error.resp.status, status)
                    assert text in str(error), error
                else:
                    raise AssertionError("not refused")
            """) % line
        path = self.engine.folder / f"{self._testMethodName}.py"
        path.write_text(prelude + textwrap.dedent(text))
        return run_client(self.engine, self.python, path, cwd=self.engine.folder)

    def test_from_create_to_delete(self):
        self.script("""
            model = models.create(parent=project, body={"name": "am", "regions": ["us-central1"]}).execute()
            same(model["name"], f"{project}/models/am")
            for name in ("v1", "v2", "v3"):
                made = done(versions.create(parent=model["name"], body={
                    "name": name, "deploymentUri": "gs://model_bucket/good", "runtimeVersion": "1.15"}).execute())
                same(made["response"]["state"], "READY")
            seen, request = [], versions.list(parent=model["name"], pageSize=2)
            while request is not None:
                answer = request.execute()
                seen += [version["name"].split("/")[-1] for version in answer["versions"]]
                request = versions.list_next(request, answer)
            same(seen, ["v1", "v2", "v3"])
            same(models.get(name=model["name"]).execute()["defaultVersion"]["name"], model["name"] + "/versions/v1")
            refused(versions.delete(name=model["name"] + "/versions/v1"), 400, "Cannot delete the default version")
            same(versions.setDefault(name=model["name"] + "/versions/v2", body={}).execute()["isDefault"], True)
            version = versions.get(name=model["name"] + "/versions/v2").execute()
            changed = done(versions.patch(name=version["name"], updateMask="autoScaling.minNodes,description", body={
                "autoScaling": {"minNodes": 1}, "description": "d", "etag": version["etag"]}).execute())
            same(changed["response"]["autoScaling"], {"minNodes": 1})
            refused(versions.patch(name=version["name"], updateMask="description", body={
                "description": "e", "etag": version["etag"]}), 409, "It was changed since this etag was given")
            listed = ml.projects().operations().list(name=project, filter="metadata.operationType=UPDATE_VERSION")
            same(len(listed.execute()["operations"]), 1)
            refused(models.delete(name=model["name"]), 400, "Cannot delete a model that has versions")
            for name in ("v1", "v3", "v2"):
                same(done(versions.delete(name=f"{model['name']}/versions/{name}").execute())["response"]["@type"],
                     "type.googleapis.com/google.protobuf.Empty")
            done(models.delete(name=model["name"]).execute())
            refused(models.get(name=model["name"]), 404, "could not be found")
            """)

    def test_policies_and_errors(self):
        self.script("""
            model = models.create(parent=project, body={"name": "ap"}).execute()
            policy = models.getIamPolicy(resource=model["name"]).execute()
            policy["bindings"] = [{"role": "roles/ml.modelUser", "members": ["user:a@example.com"]}]
            kept = models.setIamPolicy(resource=model["name"], body={"policy": policy}).execute()
            same(models.getIamPolicy(resource=model["name"]).execute(), kept)
            same(models.testIamPermissions(resource=model["name"], body={"permissions": ["ml.models.get"]}).execute(),
                 {"permissions": ["ml.models.get"]})
            refused(models.setIamPolicy(resource=model["name"], body={"policy": policy}), 409, "policy was changed")
            failed = done(versions.create(parent=model["name"], body={
                "name": "v1", "deploymentUri": "gs://model_bucket/cut"}).execute())
            assert "saved_model.pb is damaged" in failed["error"]["message"], failed
            refused(versions.create(parent=model["name"], body={"name": "1", "deploymentUri": "x"}), 400,
                    "version.deployment_uri")
            """)


class TensorFlowModelsTest(ModelsTest):
    def test_a_model_that_tensorflow_wrote(self):
        python, missing = tensorflow_python()
        if missing:
            self.skipTest(missing)
        script = self.engine.folder / "export.py"
        script.write_text(textwrap.dedent("""
            import sys, tensorflow as tf

            class Scale(tf.Module):
                def __init__(self):
                    self.by = tf.Variable([2.0, 3.0])

                @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
                def __call__(self, x):
                    return {"y": x * self.by}

            module = Scale()
            tf.saved_model.save(module, sys.argv[1], signatures=module.__call__)
            tf.saved_model.save(module, sys.argv[2])
            """))
        run_client(self.engine, python, script, "gs://model_bucket/tf", "gs://model_bucket/tf_unsigned", timeout=300)
        self.make_model("tf")
        made = self.make_version("tf", "v1", "tf")
        self.assertEqual(made.get("response", made)["state"], "READY")
        # The folder's parts, one after the other, are missed by their names.
        [folder] = (self.engine.data / "models/default/tf").iterdir()
        for missing, text in (("variables/variables.index", "variables/variables.index is missing"),
                              ("variables/variables.data-00000-of-00001", "variables.data-… is missing")):
            for path in sorted((folder / "model").rglob("*")):
                name = str(path.relative_to(folder / "model"))
                if path.is_file() and name != missing:
                    self.put(f"without_{len(missing)}/{name}", path.read_bytes())
            failed = self.make_version("tf", f"w{len(missing)}", f"without_{len(missing)}")
            self.assertIn(text, failed["error"]["message"])
        cut = (folder / "model/variables/variables.index").read_bytes()[:-7]
        for path in (folder / "model").rglob("*"):
            if path.is_file():
                self.put(f"cut_index/{path.relative_to(folder / 'model')}", path.read_bytes())
        self.put("cut_index/variables/variables.index", cut)
        failed = self.make_version("tf", "cut", "cut_index")
        self.assertIn("variables/variables.index is damaged", failed["error"]["message"])


if __name__ == "__main__":
    unittest.main()
