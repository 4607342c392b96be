"""The Python worker by itself, on every Python of this machine: its messages, what it answers, and what a model's own
code cannot do to it. The engine's side of the same protocol is in src/tensors and src/serving."""
import glob
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKER = ROOT / "python"
HELLO, PING, PONG, PREDICT, PREDICTION = 1, 4, 5, 6, 7
NO_PROCESSOR = 0xFFFFFFFF  # a worker cannot tell

ROUTINE = textwrap.dedent("""
    from __future__ import print_function
    import os, sys, time

    class Predictor(object):
        def __init__(self, word):
            self.word = word

        @classmethod
        def from_path(cls, model_dir):
            with open(os.path.join(model_dir, "word.txt")) as file:
                return cls(file.read())

        def predict(self, instances, **kwargs):
            what = instances[0]
            if what == "exit":
                sys.exit(7)
            if what == "_exit":
                os._exit(7)
            if what == "raise":
                raise ValueError(u"wrong \\xfc")
            if what == "interrupt":
                raise KeyboardInterrupt()
            if what == "print":
                print("printed to stdout")
            if what == "stdin":
                return [sys.stdin.read(), os.read(0, 10).decode("ascii")]
            if what == "write":
                os.write(0, b"x")
            if what == "object":
                return [object()]
            if what == "circle":
                circle = []
                circle.append(circle)
                return circle
            if what == "nan":
                return [float("nan"), float("inf")]
            if what == "sleep":
                time.sleep(kwargs["seconds"])
            if what == "loop":
                while True:
                    pass
            return [[self.word, one, sorted(kwargs.items())] for one in instances]

    class NoPath(object):
        pass

    class Bad(object):
        @classmethod
        def from_path(cls, model_dir):
            raise RuntimeError("the weights are cut")

    class Leaves(object):
        @classmethod
        def from_path(cls, model_dir):
            sys.exit("no")

    class NoPredict(object):
        @classmethod
        def from_path(cls, model_dir):
            return cls()
    """)


def pythons():
    """Every interpreter that a runtime might have."""
    found = {sys.executable}
    for pattern in ("/usr/bin/python3.[0-9]*", "~/.pyenv/versions/*/bin/python"):
        for path in glob.glob(os.path.expanduser(pattern)):
            if not path.endswith("-config"):
                found.add(path)
    return sorted(found)


class Worker:
    """A worker that this test speaks to in the engine's place."""

    def __init__(self, python, *words, path=None):
        self.socket, theirs = socket.socketpair()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        if path:
            environment["PYTHONPATH"] = str(path)
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([python, "-s", "-B", "-u", str(WORKER), *map(str, words)], stdin=theirs,
                                        stdout=self.log, stderr=self.log, env=environment, start_new_session=True)
        theirs.close()
        self.socket.settimeout(60)
        self.next = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def words(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def _take(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def receive(self):
        message = self._take(struct.unpack("<I", self._take(4))[0])
        kind, number, processor = struct.unpack_from("<BQI", message)
        assert processor == NO_PROCESSOR, processor
        return kind, number, message[13:]

    def send(self, kind, number, payload=b""):
        message = struct.pack("<BQI", kind, number, 0) + payload
        self.socket.sendall(struct.pack("<I", len(message)) + message)

    def hello(self):
        """(code, why not, version)."""
        kind, number, payload = self.receive()
        assert (kind, number) == (HELLO, 0), (kind, number)
        (code,), rest, texts = struct.unpack_from("<I", payload), payload[4:], []
        for _ in range(3):
            (size,) = struct.unpack_from("<I", rest)
            texts.append(rest[4:4 + size].decode())
            rest = rest[4 + size:]
        assert rest == b"" and texts[2] == "", (rest, texts)
        return code, texts[0], texts[1]

    def ask(self, body):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.next += 1
        self.send(PREDICT, self.next, struct.pack("<I", len(body)) + body)
        return self.next

    def prediction(self):
        """(id, fault, text)."""
        kind, number, payload = self.receive()
        assert kind == PREDICTION, kind
        fault, size = struct.unpack_from("<II", payload)
        assert len(payload) == 8 + size
        return number, fault, payload[8:].decode()

    def predict(self, body):
        number = self.ask(body)
        answered, fault, text = self.prediction()
        assert answered == number
        return fault, text


class WorkerTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mlengine-worker-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "model").mkdir()
        (self.folder / "model/word.txt").write_text("hello")
        (self.folder / "code").mkdir()
        (self.folder / "code/my_code.py").write_text(ROUTINE)

    def worker(self, python=sys.executable, name="my_code.Predictor", *more):
        return Worker(python, "--kind", "routine", "--model-dir", self.folder / "model", "--prediction-class", name,
                      *more, path=self.folder / "code")

    def test_every_python_of_this_machine_answers(self):
        tried = 0
        for python in pythons():
            with self.subTest(python=python), self.worker(python) as worker:
                code, why, version = worker.hello()
                self.assertEqual((code, why), (0, ""), worker.words())
                self.assertIn("custom prediction routine, Python ", version)
                self.assertEqual(worker.predict({"instances": ["ü", 2.5], "k": 1}),
                                 (0, '[["hello", "\\u00fc", [["k", 1]]], ["hello", 2.5, [["k", 1]]]]'))
                self.assertEqual(worker.predict({"instances": ["raise"]}), (2, "ValueError: wrong ü"))
                fault, text = worker.predict({"instances": ["object"]})
                self.assertEqual(fault, 3)
                self.assertIn("an object of type object has no form in JSON", text)
                self.assertEqual(worker.predict({"instances": ["exit"]}),
                                 (4, "SystemExit: the code called sys.exit(7)"))
                tried += 1
        print(f"worker: {tried} Pythons", flush=True)
        self.assertGreater(tried, 0)

    def test_what_a_routine_may_do_without_harm(self):
        with self.worker() as worker:
            self.assertEqual(worker.hello()[0], 0)
            self.assertEqual(worker.predict({"instances": ["interrupt"]}), (2, "KeyboardInterrupt"))
            self.assertEqual(worker.predict({"instances": ["stdin"]}), (0, '["", ""]'))
            self.assertEqual(worker.predict({"instances": ["circle"]})[0], 3)
            self.assertEqual(worker.predict({"instances": ["nan"]}), (0, "[NaN, Infinity]"))
            self.assertEqual(worker.predict({"instances": ["write"]})[0], 2)  # standard input is read only
            self.assertEqual(worker.predict({"instances": ["print"]})[0], 0)
            self.assertIn("printed to stdout\n", worker.words())
            self.assertEqual(worker.predict(b'{"instances": 1}'), (1, "instances is no list"))
            self.assertEqual(worker.predict(b"\xff")[0], 1)
            worker.ask({"instances": ["_exit"]})
            with self.assertRaises(EOFError):
                worker.prediction()
            self.assertEqual(worker.process.wait(20), 7)

    def test_a_ping_is_answered_while_the_model_works_and_requests_keep_their_order(self):
        with self.worker() as worker:
            self.assertEqual(worker.hello()[0], 0)
            first = worker.ask({"instances": ["sleep"], "seconds": 1.5})
            second = worker.ask({"instances": ["next"]})
            worker.send(PING, 99)
            self.assertEqual(worker.receive(), (PONG, 99, b""))  # before any of the predictions
            self.assertEqual([worker.prediction()[0] for _ in range(2)], [first, second])

    def test_a_prediction_that_does_not_end_ends_the_process(self):
        with self.worker(sys.executable, "my_code.Predictor", "--limit", "1") as worker:
            self.assertEqual(worker.hello()[0], 0)
            worker.ask({"instances": ["loop"]})
            worker.send(PING, 5)
            self.assertEqual(worker.receive()[0], PONG)
            self.assertEqual(worker.process.wait(30), 70)
            self.assertIn("a prediction has run for more than 1 s; this process ends", worker.words())

    def test_it_ends_with_the_engine_whatever_it_does(self):
        with self.worker() as worker:
            self.assertEqual(worker.hello()[0], 0)
            worker.ask({"instances": ["loop"]})
            worker.socket.close()
            self.assertEqual(worker.process.wait(20), -signal.SIGKILL)

    def test_nonsense_ends_it(self):
        for message in (b"\xff\xff\xff\xff", struct.pack("<IBQI", 13, 2, 1, 0), struct.pack("<IB", 1, 1),
                        struct.pack("<IBQII", 17, PREDICT, 1, 0, 99)):
            with self.worker() as worker:
                self.assertEqual(worker.hello()[0], 0)
                worker.socket.sendall(message)
                self.assertEqual(worker.process.wait(20), 1, message)

    def test_what_cannot_be_loaded_says_why(self):
        for name, text in (
                ("none.Predictor", "problem in predictor - ModuleNotFoundError: No module named 'none'"),
                ("my_code.None_", "the module my_code has no None_"),
                ("my_code.NoPath", "The prediction class my_code.NoPath has no class method from_path(model_dir)."),
                ("my_code.Bad", "problem in predictor - RuntimeError: the weights are cut"),
                ("my_code.Leaves", "problem in predictor - SystemExit: the code called sys.exit(no)"),
                ("my_code.NoPredict", "which has no method predict(instances, **kwargs)")):
            with self.worker(sys.executable, name) as worker:
                code, why, _ = worker.hello()
                self.assertEqual(code, 3)
                self.assertIn(text, why)
                self.assertEqual(worker.process.wait(20), 0)

    def wheel(self, number, name, files, requires=()):
        folder = self.folder / f"packages/{number}"
        folder.mkdir(parents=True)
        archive = folder / f"{name}-1.0-py3-none-any.whl"
        info = f"{name}-1.0.dist-info/"
        files = {**files, info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                 info + "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
                                    + "".join(f"Requires-Dist: {one}\n" for one in requires)}
        with zipfile.ZipFile(archive, "w") as out:
            for path, text in files.items():
                out.writestr(path, text)
            out.writestr(info + "RECORD", "".join(f"{path},,\n" for path in files) + info + "RECORD,,\n")
        return archive

    def with_packages(self, name="package_code.Predictor"):
        return Worker(sys.executable, "--kind", "routine", "--model-dir", self.folder / "model", "--prediction-class",
                      name, "--packages", self.folder / "packages", "--environments", self.folder / "overlays",
                      "--runtime", "digest")

    def test_packages_are_installed_once_and_find_each_other(self):
        self.wheel(0, "package_code", {"package_code.py": "from helper_code import Predictor\n"}, ["helper_code==1.0"])
        self.wheel(1, "helper_code", {"helper_code.py": ROUTINE})
        for installs in (True, False):
            with self.with_packages() as worker:
                code, why, _ = worker.hello()
                self.assertEqual((code, why), (0, ""), worker.words())
                self.assertEqual(worker.predict({"instances": [1]}), (0, '[["hello", 1, []]]'))
                self.assertEqual("Successfully installed" in worker.words(), installs)
        environments = [path for path in (self.folder / "overlays").iterdir() if path.is_dir()]
        self.assertEqual(len(environments), 1)
        self.assertTrue((environments[0] / "complete").exists())

    def test_a_package_that_cannot_be_installed_is_named_with_pips_words(self):
        broken = self.wheel(0, "broken", {"broken.py": ""})
        broken.write_bytes(broken.read_bytes()[:50])
        with self.with_packages("broken.Predictor") as worker:
            code, why, _ = worker.hello()
        self.assertEqual(code, 10)
        self.assertIn("Version creation failed: user-provided package broken-1.0-py3-none-any.whl failed to install: ",
                      why)
        self.assertFalse(list((self.folder / "overlays").glob("*/complete")))


if __name__ == "__main__":
    unittest.main()
