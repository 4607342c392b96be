"""Numbers that JSON has no word for or TensorFlow keeps in 16 bits, and models that were cut off, through the public doors."""
import json
import shutil
import textwrap
import unittest
import urllib.request

from served_models import RUNTIME, ServedModels, exported_models

EXPORT = textwrap.dedent("""
    import json, sys
    import tensorflow as tf
    out = sys.argv[1]
    spec = tf.TensorSpec

    class Numbers(tf.Module):
        @tf.function(input_signature=[spec([None, 2], tf.float16, "half"), spec([None], tf.bfloat16, "brain")])
        def serve(self, half, brain):
            return {"half": half * 3, "brain": brain / 3, "root": tf.sqrt(tf.cast(brain, tf.float32)),
                    "inverse": 1 / tf.cast(brain, tf.float64)}

    numbers = Numbers()
    tf.saved_model.save(numbers, out + "/numbers", signatures=numbers.serve)
    half, brain = [[0.1, -65504.0], [1e-7, 0.333], [2049.0, 2051.0]], [7.0, -0.001, 0.0]
    answers = numbers.serve(tf.constant(half, tf.float16), tf.constant(brain, tf.bfloat16))
    json.dump({"instances": [{"half": h, "brain": b} for h, b in zip(half, brain)],
               "predictions": [{name: tf.cast(value[i], tf.float64).numpy().tolist() for name, value in answers.items()}
                               for i in range(3)]}, open(out + "/numbers.json", "w"))
    """)


class NumbersTest(ServedModels):
    models = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.numbers = exported_models(RUNTIME[1], EXPORT)
        cls.deploy("numbers", cls.numbers / "numbers")

    def test_numbers_are_those_of_tensorflow(self):
        told = json.loads((self.numbers / "numbers.json").read_text())
        body = json.dumps({"instances": told["instances"]}).encode()
        request = urllib.request.Request(self.engine.url + "/v1/projects/default/models/numbers:predict", data=body)
        text = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).read().decode()
        # As text, for NaN is not equal to itself.
        self.assertEqual(json.dumps(json.loads(text), sort_keys=True),
                         json.dumps({"predictions": told["predictions"]}, sort_keys=True))
        for word in ("NaN", "Infinity"):
            self.assertIn(word, text)

    def test_our_command_line_reads_them(self):
        told = json.loads((self.numbers / "numbers.json").read_text())
        lines = self.engine.folder / "lines.json"
        lines.write_text("\n".join(map(json.dumps, told["instances"])))
        shown = self.engine.mlengine("predict", "--model=numbers", f"--json-instances={lines}", "--format=json").stdout
        self.assertEqual(json.dumps(json.loads(shown), sort_keys=True), json.dumps(told["predictions"], sort_keys=True))
        # A table has them as Python prints them, and gcloud.
        self.assertIn("nan", self.engine.mlengine("predict", "--model=numbers", f"--json-instances={lines}").stdout)

    def test_what_does_not_go_in(self):
        for half, text in ((["a", 1], "Input half, instance 0: it takes numbers, not a string"),
                           ([1], "Input half has shape [1, 1], the instances first; the model takes [?, 2]")):
            answer = self.predict("numbers", {"instances": [{"half": half, "brain": 1}]})
            self.assertEqual(answer, {"error": f"Prediction failed: Invalid inputs: {text} (Error code: 1)"})
        answer = self.predict("numbers", b'{"instances": [{"brain": NaN}]}', wanted=400)
        self.assertIn("Invalid JSON payload received.", answer["error"]["message"])
        answer = self.predict("numbers", b" " * 2_000_000, wanted=413)
        self.assertIn("the request's body is longer than 1572864 bytes", answer["error"]["message"])

    def test_a_saved_model_that_is_cut_off_fails_with_a_reason(self):
        whole = (self.numbers / "numbers/saved_model.pb").read_bytes()
        for number, size in enumerate((0, 1, len(whole) // 2, len(whole) - 1)):
            cut = self.engine.folder / f"cut{number}"
            shutil.copytree(self.numbers / "numbers", cut)
            (cut / "saved_model.pb").write_bytes(whole[:size])
            error = self.operation("numbers", f"cut{number}", cut)["error"]
            self.assertEqual(error["code"], 3, error)
            self.assertIn('Create Version failed. Bad model detected with error: "Failed to load model: ',
                          error["message"])
            version = self.call("GET", f"/v1/projects/default/models/numbers/versions/cut{number}")
            self.assertEqual((version["state"], version["errorMessage"]), ("FAILED", error["message"]))


if __name__ == "__main__":
    unittest.main()
