"""Versions that PyTorch answers for, on a runtime version of one's own: TorchScript, and a prediction routine that loads
torch itself. What the engine answers is held against torch's own answers in its own process.

tools/run_tests.py runs this with --large alone: the smallest torch that the package index has for x86-64 holds CUDA."""
import json
import subprocess
import textwrap
import unittest

from engine import ROOT, built_runtime
from test_python_workers import WorkersTest, wheel

# The last torch that brings all it needs in one wheel; later ones need 2 GB of CUDA's own wheels to be imported at all.
CATALOG = textwrap.dedent("""\
    runtimes:
      torch:
        framework: PyTorch 1.12.1
        python: ["3.10"]
        requirements: [numpy==1.26.4, torch==1.12.1, typing_extensions==4.12.2, setuptools==80.9.0, wheel==0.48.0]
    """)
FOLDER = ROOT / "build/runtimes-torch"

MAKE = textwrap.dedent("""
    import json, os, sys
    import torch
    from torch import nn

    out = sys.argv[1]
    torch.manual_seed(3)
    cases = torch.randn(9, 4).tolist()
    x = torch.tensor(cases)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = nn.Linear(4, 3), nn.Linear(4, 2)

        def forward(self, x):
            return torch.softmax(self.one(x), 1), self.other(x).argmax(1)

    class Named(Two):
        def forward(self, x):
            return {"scores": torch.softmax(self.one(x), 1), "chosen": self.other(x).argmax(1)}

    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    models = {"net": net, "two": Two(), "named": Named()}
    answers = {}
    with torch.no_grad():
        for name, model in models.items():
            os.makedirs(os.path.join(out, name))
            torch.jit.script(model).save(os.path.join(out, name, "model.pt"))
            result = model.eval()(x)
            if isinstance(result, tuple):
                result = {"output_%d" % i: value for i, value in enumerate(result)}
            if isinstance(result, dict):
                lists = {key: value.tolist() for key, value in result.items()}
                answers[name] = [{key: lists[key][i] for key in lists} for i in range(len(cases))]
            else:
                answers[name] = result.tolist()
    os.makedirs(os.path.join(out, "routine"))
    torch.save(net.state_dict(), os.path.join(out, "routine", "weights.pth"))
    with open(os.path.join(out, "expected.json"), "w") as file:
        json.dump({"cases": cases, "answers": answers, "version": torch.__version__}, file)
    """)

ROUTINE = textwrap.dedent("""
    import os
    import torch
    from torch import nn

    class Predictor:
        def __init__(self, net):
            self.net = net

        @classmethod
        def from_path(cls, model_dir):
            net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
            net.load_state_dict(torch.load(os.path.join(model_dir, "weights.pth")))
            return cls(net.eval())

        def predict(self, instances, **kwargs):
            with torch.no_grad():
                result = self.net(torch.tensor(instances))
            return result.argmax(1).numpy() if kwargs.get("classes") else result.numpy()
    """)

RUNTIME = built_runtime("torch", FOLDER, CATALOG)


class TorchTest(WorkersTest):
    options = f"runtimesDir: {FOLDER}\n"

    @classmethod
    def setUpClass(cls):
        assert RUNTIME is not None, "the runtime version with PyTorch could not be built here; the reason is above"
        super().setUpClass()
        cls.made_here = cls.engine.folder / "made"
        cls.made_here.mkdir()
        script = cls.engine.folder / "make.py"  # TorchScript reads the source of what it compiles
        script.write_text(MAKE)
        subprocess.run([RUNTIME[1], script, cls.made_here], check=True, timeout=300)
        cls.expected = json.loads((cls.made_here / "expected.json").read_text())

    def files(self, name):
        return {path.name: path.read_bytes() for path in (self.made_here / name).iterdir()}

    def test_torchscript_answers_what_torch_answers(self):
        for name, fields in (("net", {}), ("two", {"runtimeVersion": "torch"}), ("named", {"runtimeVersion": "1.15"})):
            with self.subTest(name):
                self.deploy(name, self.files(name), **fields)
                answer = self.predict(name, {"instances": self.expected["cases"]})
                self.assertEqual(answer, {"predictions": self.expected["answers"][name]})
        log = (self.engine.data / "serving/default.net.v1.log").read_text()
        self.assertIn(f"serves with PyTorch {self.expected['version']}", log)

    def test_what_a_model_refuses_comes_in_its_words(self):
        self.deploy("refuses", self.files("net"))
        self.assertIn("mat1 and mat2 shapes cannot be multiplied (1x3 and 4x8) (Error code: 2)",
                      self.failure("refuses", [1, 2, 3]))
        self.assertIn("Invalid inputs: ", self.failure("refuses", "a"))
        good = self.expected["cases"][:1]
        self.assertEqual(self.predict("refuses", {"instances": good}), {"predictions": self.expected["answers"]["net"][:1]})

    def test_a_file_that_is_no_torchscript(self):
        done = self.made("cut", {"model.pt": self.files("net")["model.pt"][:500]})
        self.assertIn("Could not load the model: model.pt.", done["error"]["message"])

    def test_a_routine_that_loads_torch(self):
        self.engine.mlengine("quotas", "set", "python-models", "unlimited")
        code = self.upload("p/torch_code-1.0-py3-none-any.whl", wheel("torch_code", {"torch_code.py": ROUTINE}, ["torch"]))
        self.deploy("routine", self.files("routine"), runtimeVersion="torch", packageUris=[code],
                    predictionClass="torch_code.Predictor")
        answers = self.expected["answers"]["net"]
        self.assertEqual(self.predict("routine", {"instances": self.expected["cases"]}), {"predictions": answers})
        self.assertEqual(self.predict("routine", {"instances": self.expected["cases"], "classes": True}),
                         {"predictions": [row.index(max(row)) for row in answers]})


if __name__ == "__main__":
    unittest.main()
