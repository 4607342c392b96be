"""SavedModels that TensorFlow made, served by an engine: what tests of online prediction share."""
import contextlib
import fcntl
import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import textwrap
import threading
import unittest

from engine import ROOT, Engine, processes_with, tensorflow_runtime, wait_for

EXPORT = textwrap.dedent("""
    import base64, json, os, sys
    import numpy as np, tensorflow as tf
    out, cases = sys.argv[1], json.load(open(sys.argv[2]))
    spec = tf.TensorSpec

    class Mixed(tf.Module):
        def __init__(self):
            self.w = tf.Variable([[0.1, -2.5], [3.3, 1e-3], [7.0, 0.7]])

        @tf.function(input_signature=[spec([None, 3], tf.float32, "x"), spec([None], tf.int64, "n"),
                                      spec([None, 2], tf.string, "s"), spec([None], tf.float64, "d")])
        def serve(self, x, n, s, d):
            return {"y": tf.nn.softmax(x @ self.w), "n": n * 3 - 1, "upper": tf.strings.upper(s),
                    "raw_bytes": s[:, 0], "big": n > 5, "d": tf.sqrt(d), "small": tf.cast(n, tf.uint8)}

        @tf.function(input_signature=[spec([None, 3], tf.float32, "x")])
        def total(self, x):
            return {"total": tf.reduce_sum(x, axis=1)}

        @tf.function(input_signature=[spec([None, 3], tf.float32, "x")])
        def uneven(self, x):
            return {"a": x, "b": tf.concat([x, x], 0)}

    class Single(tf.Module):
        @tf.function(input_signature=[spec([None, 2], tf.float32, "x")])
        def __call__(self, x):
            return {"out": x / 3.0}

    class Audio(tf.Module):
        @tf.function(input_signature=[spec([None], tf.string, "audio_bytes")])
        def __call__(self, audio_bytes):
            return {"length": tf.strings.length(audio_bytes), "echo_bytes": audio_bytes}

    class Slow(tf.Module):
        @tf.function(input_signature=[spec([None], tf.int32, "n")])
        def __call__(self, n):
            steps = tf.while_loop(lambda i: i < tf.reduce_max(n), lambda i: [i + 1], [tf.constant(0)])[0]
            return {"steps": tf.fill(tf.shape(n), steps)}

    mixed = Mixed()
    tf.saved_model.save(mixed, out + "/mixed", signatures={"serving_default": mixed.serve, "total": mixed.total,
                                                           "uneven": mixed.uneven})
    for name, module in (("single", Single()), ("audio", Audio()), ("slow", Slow())):
        tf.saved_model.save(module, out + "/" + name, signatures=module.__call__)

    def field(number, value):
        size, length = len(value), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + value

    # The warm-up requests of TensorFlow Serving, whose messages TensorFlow has not.
    for name, alias in (("warm", b"x"), ("cold", b"z")):
        tf.saved_model.save(Single(), out + "/" + name, signatures=Single().__call__)
        os.makedirs(out + "/" + name + "/assets.extra")
        with tf.io.TFRecordWriter(out + "/" + name + "/assets.extra/tf_serving_warmup_requests") as writer:
            tensor = tf.make_tensor_proto(np.array([[1, 2], [3, 4]], np.float32)).SerializeToString()
            request = field(1, field(1, b"any")) + field(2, field(1, alias) + field(2, tensor))
            writer.write(field(6, field(1, request)))

    def plain(alias, value):
        if isinstance(value, bytes):
            return {"b64": base64.b64encode(value).decode()} if alias.endswith("_bytes") else value.decode()
        return value.tolist() if isinstance(value, np.generic) else value

    def nested(alias, array):
        if isinstance(array, np.ndarray):
            return [nested(alias, one) for one in array] if array.ndim else plain(alias, array.item())
        return plain(alias, array)

    types = {"x": np.float32, "n": np.int64, "d": np.float64}
    serve = tf.saved_model.load(out + "/mixed").signatures["serving_default"]
    feeds = {k: tf.constant(np.array([c[k] for c in cases], types[k])) if k in types
             else tf.constant([c[k] for c in cases]) for k in cases[0]}
    answers = {k: v.numpy() for k, v in serve(**feeds).items()}
    json.dump([{k: nested(k, v[i]) for k, v in answers.items()} for i in range(len(cases))],
              open(out + "/expected.json", "w"))
    """)


def random_cases():
    """Instances whose numbers have every magnitude and all their digits."""
    source = random.Random(7)
    cases = []
    for i in range(60):
        cases.append({"x": [source.uniform(-1, 1) * 10.0 ** source.randint(-6, 1) for _ in range(3)],
                      "n": source.randint(-2**40, 2**40) if i % 2 else i, "s": [f"wört {i}", "x" * i],
                      "d": source.random() * 10.0 ** source.randint(-300, 300)})
    return cases


def exported_models(python, source=EXPORT):
    """The folder with what a script like EXPORT made: once, for it takes a minute; again when it or the instances change."""
    cases = json.dumps(random_cases())
    folder = ROOT / "build/test-models" / hashlib.sha256((source + cases).encode()).hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / "lock", "w") as lock:  # test files run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        export_models(python, folder, cases, source)
    return folder


def export_models(python, folder, cases, source):
    if (folder / "whole").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "cases.json").write_text(cases)
    (folder / "export.py").write_text(source)
    done = subprocess.run([python, folder / "export.py", folder, folder / "cases.json"], text=True, timeout=900,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 0, done.stdout[-3000:]
    (folder / "whole").touch()


RUNTIME = tensorflow_runtime()


@unittest.skipIf(RUNTIME is None, "runtime version 2.19 could not be built here")
class ServedModels(unittest.TestCase):
    models = ("mixed", "single", "audio", "slow")
    more_options = ""  # of mlengine.yaml

    @classmethod
    def setUpClass(cls):
        folder, python = RUNTIME
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text(f"runtimesDir: {folder}\n{cls.more_options}")
        cls.addClassCleanup(cls.engine.__exit__)
        cls.engine.__enter__()
        cls.export = exported_models(python)
        cls.call("POST", "/storage/v1/b?project=default", {"name": "models_bucket"})
        for name in cls.models:
            cls.deploy(name, cls.export / name)

    @classmethod
    def call(cls, method, path, body=None, wanted=200):
        status, answer = cls.engine.request(method, path, body)
        assert status == wanted, (status, answer)
        return answer

    @classmethod
    def operation(cls, model, version, folder):
        """The operation that made a version of a local folder, done."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = f"{model}-{version}/{path.relative_to(folder)}".replace("/", "%2F")
                cls.call("POST", f"/upload/storage/v1/b/models_bucket/o?uploadType=media&name={name}",
                         path.read_bytes())
        made = cls.call("POST", f"/v1/projects/default/models/{model}/versions", {
            "name": version, "deploymentUri": f"gs://models_bucket/{model}-{version}", "runtimeVersion": "1.15"})
        return wait_for("the version", lambda: (lambda o: o if o.get("done") else None)(
            cls.call("GET", "/v1/" + made["name"])), 180)

    @classmethod
    def deploy(cls, model, folder):
        cls.call("POST", "/v1/projects/default/models", {"name": model})
        done = cls.operation(model, "v1", folder)
        assert "error" not in done, done

    def predict(self, model, body, version=None, wanted=200):
        path = f"/v1/projects/default/models/{model}" + (f"/versions/{version}" if version else "")
        return self.call("POST", path + ":predict", body, wanted)

    def door(self, model):
        return f"/mlengine/v1/projects/default/models/{model}/serving"

    def shown(self, model, version="v1"):
        return next(v for v in self.call("GET", self.door(model))["versions"] if v["version"] == version)

    def scale(self, model, version, setting):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write(f"autoScaling:\n  {setting}\n")
            config.flush()
            self.engine.mlengine("versions", "update", version, "--model", model, "--config", config.name)

    @contextlib.contextmanager
    def asked_without_end(self, model, body, clients=12):
        """So many clients ask, each again as soon as it is answered, until the block is left."""
        stop = threading.Event()

        def ask():
            while not stop.is_set():
                self.predict(model, body)

        threads = [threading.Thread(target=ask) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def server_pid(self, model):
        # Of this engine: other files' tests run beside this one, with models of the same names.
        marker = f"{self.engine.data}/models/default/{model}/"
        pids = [pid for pid in processes_with(marker) if os.readlink(f"/proc/{pid}/exe").endswith("-model-server")]
        return pids[0] if pids else None
