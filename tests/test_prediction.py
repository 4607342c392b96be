"""Online prediction with SavedModels that TensorFlow made, through plain HTTP, Google's gcloud, its Python client and
our command line. What the engine answers is held against what TensorFlow answers in its own process."""
import base64
import json
import os
import shutil
import signal
import subprocess
import textwrap
import threading
import unittest
import urllib.error
import urllib.request

from clients import libraries_python, run_client
from engine import processes_with, wait_for
from served_models import ServedModels, random_cases

GCLOUD = shutil.which("gcloud")


class AnswersTest(ServedModels):
    def test_answers_are_those_of_tensorflow_in_its_own_process(self):
        expected = json.loads((self.export / "expected.json").read_text())
        cases = random_cases()
        self.assertEqual(self.predict("mixed", {"instances": cases}), {"predictions": expected})
        self.assertEqual(self.predict("mixed", {"instances": cases[7:8]}, version="v1")["predictions"][0]["d"],
                         expected[7]["d"])

    def test_single_inputs_may_be_bare(self):
        answer = self.predict("single", {"instances": [[3, 6], {"x": [1.5, -3]}]})
        self.assertEqual(answer, {"predictions": [{"out": [1.0, 2.0]}, {"out": [0.5, -1.0]}]})

    def test_bytes_go_in_and_come_out_as_base64(self):
        sound = bytes(range(256)) * 300
        encoded = base64.b64encode(sound).decode()
        answer = self.predict("audio", {"instances": [{"b64": encoded}, "text", {"audio_bytes": {"b64": ""}}]})
        self.assertEqual(answer["predictions"], [
            {"length": len(sound), "echo_bytes": {"b64": encoded}},
            {"length": 4, "echo_bytes": {"b64": base64.b64encode(b"text").decode()}},
            {"length": 0, "echo_bytes": {"b64": ""}}])

    def test_signatures(self):
        total = self.predict("mixed", {"instances": [[1, 2, 3]], "signature_name": "total"})
        self.assertEqual(total, {"predictions": [{"total": 6.0}]})
        for body, text in (
                ({"instances": [[1]], "signature_name": "none"}, "No signature found for signature key none."),
                ({"instances": [[1, 2, 3]], "signature_name": "uneven"},
                 "outputs had differing sizes in the batch (outer) dimension")):
            self.assertIn(text, self.predict("mixed", body)["error"])

    def test_wrong_instances_are_answered_with_the_originals_words(self):
        good = random_cases()[0]
        for model, body, text in (
                ("single", {"instances": [{"y": [1, 2]}]}, "Expected tensor name: x, got tensor name: [y]."),
                ("single", {"instances": [[1, 2, 3]]}, "Input x has shape [1, 3]"),
                ("single", {"instances": [["a", "b"]]}, "it takes numbers, not a string"),
                ("mixed", {"instances": [{**good, "k": 1}]}, "Unexpected tensor name: k"),
                ("mixed", {"instances": [{"x": [1, 2, 3]}]}, "Input d was missing in at least one input instance."),
                ("audio", {"instances": [{"b64": "%%"}]}, 'the value of "b64" is not base64'),
                ("single", {}, "Required field 'instances' missing in prediction server request"),
                ("single", [1], "Invalid request sent to prediction server")):
            error = self.predict(model, body)["error"]
            self.assertTrue(error.startswith("Prediction failed: "), error)
            self.assertIn(text, error)

    def test_explain_says_that_there_is_no_explainer(self):
        for path in ("single", "single/versions/v1"):
            answer = self.call("POST", f"/v1/projects/default/models/{path}:explain", {"instances": [[1, 2]]}, 501)
            self.assertIn("The version v1 has no explainer", answer["error"]["message"])

    def test_raw_predict_has_the_status_of_what_the_model_says(self):
        door = "/mlengine/v1/projects/default/models/single"
        self.assertEqual(self.call("POST", door + ":rawPredict", {"instances": [[3, 6]]}), {"predictions": [{"out": [1.0, 2.0]}]})
        answer = self.call("POST", door + "/versions/v1:rawPredict", {"instances": [["a", "b"]]}, 400)
        self.assertIn("it takes numbers, not a string", answer["error"])

    def test_errors_of_the_api(self):
        def refused(status, path, body, text):
            answer = self.call("POST", "/v1/projects/default/models/" + path, body, status)
            self.assertIn(text, answer["error"]["message"])
        refused(404, "none:predict", {"instances": [1]}, "The specified model could not be found.")
        refused(404, "single/versions/v9:predict", {"instances": [1]}, "The specified version could not be found.")
        refused(400, "single:predict", b'{"instances": [NaN]}', "Invalid JSON payload received.")
        refused(400, "single:predict", b"\xff", "UTF-8")
        refused(413, "single:predict", b" " * 2_000_000, "")
        self.call("POST", "/v1/projects/default/models", {"name": "empty"})
        refused(400, "empty:predict", {"instances": [1]}, "The model has no default version.")

    def test_a_model_that_tensorflow_refuses_fails_with_its_words(self):
        broken = self.engine.folder / "broken"
        shutil.copytree(self.export / "mixed", broken)
        data = broken / "variables/variables.data-00000-of-00001"
        data.write_bytes(data.read_bytes()[:3])
        self.call("POST", "/v1/projects/default/models", {"name": "broken"})
        failed = self.operation("broken", "v1", broken)
        self.assertIn('Bad model detected with error: "Failed to load model: ', failed["error"]["message"])
        self.assertIn("Read", failed["error"]["message"])
        version = self.call("GET", "/v1/projects/default/models/broken/versions/v1")
        self.assertEqual((version["state"], version["errorMessage"]), ("FAILED", failed["error"]["message"]))
        answer = self.call("POST", "/v1/projects/default/models/broken/versions/v1:predict", {"instances": [1]}, 400)
        self.assertIn("The version is FAILED", answer["error"]["message"])
        self.assertIsNone(self.server_pid("broken"))


class ProcessTest(ServedModels):
    def test_a_killed_process_fails_only_what_it_worked_on(self):
        first = wait_for("the process", lambda: self.server_pid("slow"), 60)
        failed = {}

        def ask():
            body = json.dumps({"instances": [2_000_000_000]}).encode()
            request = urllib.request.Request(self.engine.url + "/v1/projects/default/models/slow:predict", data=body)
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120).read()
            except urllib.error.HTTPError as error:
                failed.update(status=error.code, retry=error.headers["Retry-After"], body=json.loads(error.read()))
        asking = threading.Thread(target=ask)
        asking.start()
        # It works: a second request is answered beside the first.
        self.assertEqual(self.predict("slow", {"instances": [3]}), {"predictions": [{"steps": 3}]})
        os.kill(first, signal.SIGKILL)
        asking.join(60)
        self.assertEqual((failed["status"], failed["retry"]), (503, "1"))
        self.assertIn("was killed by signal 9 (SIGKILL). Only the requests that it worked on failed; try again.",
                      failed["body"]["error"]["message"])
        self.assertEqual(self.predict("slow", {"instances": [3, 1]}), {"predictions": [{"steps": 3}, {"steps": 3}]})
        self.assertNotIn(self.server_pid("slow"), (None, first))
        self.assertEqual(self.predict("single", {"instances": [[3, 3]]})["predictions"], [{"out": [1.0, 1.0]}])

    def test_a_process_that_has_stopped_is_ended(self):
        stopped = wait_for("the process", lambda: self.server_pid("audio"), 60)
        os.kill(stopped, signal.SIGSTOP)
        answer = self.predict("audio", {"instances": ["a"]}, wanted=503)
        self.assertIn("was killed by signal 9 (SIGKILL)", answer["error"]["message"])
        self.assertEqual(self.predict("audio", {"instances": ["abc"]})["predictions"][0]["length"], 3)

    def test_many_at_once(self):
        wrong = []

        def ask(i):
            answer = self.predict("single", {"instances": [[3 * i, 0]] * (i % 5 + 1)})
            if answer != {"predictions": [{"out": [float(i), 0.0]}] * (i % 5 + 1)}:
                wrong.append((i, answer))
        for start in range(0, 120, 24):
            threads = [threading.Thread(target=ask, args=(start + i,)) for i in range(24)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])

    def test_the_process_ends_with_its_version_and_with_the_engine(self):
        self.deploy("leaving", self.export / "single")
        pid = wait_for("the process", lambda: self.server_pid("leaving"), 60)
        self.call("DELETE", "/v1/projects/default/models/leaving/versions/v1")
        wait_for("the end of the process", lambda: not os.path.exists(f"/proc/{pid}"), 60)
        self.deploy("staying", self.export / "single")
        pid = wait_for("the process", lambda: self.server_pid("staying"), 60)
        self.engine.kill()
        wait_for("the end of the process", lambda: not os.path.exists(f"/proc/{pid}"), 60)
        self.engine.start()
        self.assertIsNone(self.server_pid("staying"))
        self.assertEqual(self.predict("staying", {"instances": [[3, 3]]})["predictions"], [{"out": [1.0, 1.0]}])


class ClientsTest(ServedModels):
    def write(self, name, text):
        path = self.engine.folder / name
        path.write_text(text)
        return path

    def test_our_command_line(self):
        def predict(*words, check=True):
            return self.engine.mlengine("predict", *words, check=check)
        lines = self.write("lines.json", "[3, 6]\n{\"x\": [0, 3]}\n")
        shown = predict("--model=single", f"--json-instances={lines}", "--format=json").stdout
        self.assertEqual(json.loads(shown), [{"out": [1.0, 2.0]}, {"out": [0.0, 1.0]}])
        self.assertIn("OUT", predict("--model=single", "--version=v1", f"--json-instances={lines}").stdout)
        texts = self.write("lines.txt", "ab\ncde\n")
        shown = predict("--model=audio", f"--text-instances={texts}", "--format=json").stdout
        self.assertEqual([p["length"] for p in json.loads(shown)], [2, 3])
        sound = self.engine.folder / "a.wav"
        sound.write_bytes(b"RIFF\0\xff")
        shown = predict("--model=audio", f"--file=audio_bytes={sound}", "--format=json").stdout
        self.assertEqual(json.loads(shown)[0]["length"], 6)
        failed = predict("--model=single", f"--text-instances={texts}", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("Prediction failed: Invalid inputs: Input x", failed.stderr)
        self.assertIn("Exactly one of", predict("--model=single", check=False).stderr)

    @unittest.skipUnless(GCLOUD, "gcloud is not installed")
    def test_gcloud(self):
        def predict(*words, check=True):
            return run_client(self.engine, GCLOUD, "ml-engine", "predict", *words, check=check)
        lines = self.write("g.json", "[3, 6]\n{\"x\": [0, 3]}\n")
        shown = predict("--model", "single", "--json-instances", lines, "--format", "json").stdout
        self.assertEqual(json.loads(shown), {"predictions": [{"out": [1.0, 2.0]}, {"out": [0.0, 1.0]}]})
        table = predict("--model", "single", "--version", "v1", "--json-instances", lines).stdout
        self.assertIn("[1.0, 2.0]", table)
        texts = self.write("g.txt", "ab\ncde\n")
        shown = predict("--model", "audio", "--text-instances", texts, "--format", "json").stdout
        self.assertEqual([p["length"] for p in json.loads(shown)["predictions"]], [2, 3])
        failed = predict("--model", "single", "--text-instances", texts)
        self.assertIn("Prediction failed: Invalid inputs", failed.stdout)
        missing = predict("--model", "none", "--text-instances", texts, check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("could not be found", missing.stderr)

    def test_googles_python_client(self):
        python, missing = libraries_python()
        if missing:
            self.skipTest(missing)
        script = self.write("client.py", textwrap.dedent("""
            import os, sys
            from googleapiclient.discovery import build
            import google.auth.credentials
            ml = eval(sys.argv[1])
            name = "projects/" + os.environ["MLENGINE_PROJECT"] + "/models/single"
            for resource in (name, name + "/versions/v1"):
                response = ml.projects().predict(name=resource, body={"instances": [[3, 6]]}).execute()
                assert response == {"predictions": [{"out": [1.0, 2.0]}]}, response
            response = ml.projects().predict(name=name, body={"instances": [1]}).execute()
            assert response["error"].startswith("Prediction failed: "), response
            """))
        printed = run_client(self.engine, "mlengine", "gcloud-env").stdout
        [made] = [line.split(": ", 1)[1] for line in printed.splitlines()
                  if line.startswith("# google-api-python-client: ")]
        run_client(self.engine, python, script, made)


if __name__ == "__main__":
    unittest.main()
