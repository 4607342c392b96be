"""The peers of the prediction benchmark: each in a virtual environment of its own under build/peers, started with both
models as its documentation advises, ended with all its processes."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid

from measure import ROOT
from engine import processes_with

sys.path.insert(0, str(ROOT / "tools"))
import client_libraries  # noqa: E402

TENSORFLOW = "tensorflow-cpu==2.19.1"
APPS = ROOT / "bench/predict/peers"
INSTALL_SECONDS, START_SECONDS = 900, 180


class Missing(Exception):
    """One sentence: why a peer is not there."""


def memory_mb(pids):
    """PSS of all of them."""
    total = 0
    for pid in pids:
        try:
            text = open(f"/proc/{pid}/smaps_rollup", encoding="ascii").read()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


class Peer:
    """A server with both models, a context manager. Raises Missing where it cannot be had here."""
    name = requirements = None

    def __init__(self, folder, models, port):
        self.folder, self.port = folder / self.name, port
        self.folder.mkdir()
        self.marker = "bench-peer-" + uuid.uuid4().hex
        self.environment = {**os.environ, "MODELS": str(models), "PYTHONPATH": str(APPS), "BENCH_PEER": self.marker,
                            "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "", "HOME": str(self.folder),
                            **self.settings()}

    def settings(self):
        return {}

    def words(self):
        raise NotImplementedError

    def path(self, model):
        return "/" + model

    def body(self, row):
        return {"instances": [row]}

    def program(self, name):
        return ROOT / "build/peers" / self.name / "bin" / name

    def install(self):
        place = ROOT / "build/peers" / self.name
        wanted = "\n".join([TENSORFLOW, *self.requirements]) + "\n"
        stamp = place / "requirements.txt"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(place, ignore_errors=True)
        print(f"installing {self.name} into {place.relative_to(ROOT)} (about 1.5 GB)", flush=True)
        try:
            client_libraries.run([client_libraries.base_python(), "-m", "venv", place], "venv", 120)
            client_libraries.run([place / "bin/pip", "install", "-q", "--disable-pip-version-check", TENSORFLOW,
                                  *self.requirements], "pip", INSTALL_SECONDS)
        except client_libraries.NotBuilt as reason:
            raise Missing(str(reason)) from None
        stamp.write_text(wanted)

    def __enter__(self):
        self.install()
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(self.words(), cwd=self.folder, env=self.environment, stdout=self.log,
                                        stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True)
        return self

    def wait(self, rows):
        """Until it answers for each model; rows: model -> an instance."""
        until = time.monotonic() + START_SECONDS
        for model, row in rows.items():
            while (status := self.ask(model, row)) != 200:
                if self.process.poll() is not None or time.monotonic() > until:
                    words = (self.folder / "log").read_text(errors="replace").strip().splitlines()
                    raise Missing(f"it does not answer (HTTP {status}): {words[-1] if words else 'no word'}")
                time.sleep(0.3)

    def ask(self, model, row):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", self.path(model), json.dumps(self.body(row)), {"Content-Type": "application/json"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def memory_mb(self):
        return memory_mb(processes_with(self.marker))

    def __exit__(self, *_):
        self.process.terminate()
        until = time.monotonic() + 15
        while processes_with(self.marker) and time.monotonic() < until:
            self.process.poll()
            time.sleep(0.2)
        for pid in processes_with(self.marker):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.log.close()


class FlaskApp(Peer):
    """Its documentation: twice the cores and one as workers; threads for connections that are kept."""
    name, requirements = "flask", ["flask==3.1.3", "gunicorn==27.0.1"]

    def words(self):
        return [self.program("gunicorn"), "-w", str(2 * os.cpu_count() + 1), "-k", "gthread", "--threads", "4",
                "-b", f"127.0.0.1:{self.port}", "flask_app:app"]


class LitServe(Peer):
    name, requirements = "litserve", ["litserve==0.2.19"]

    def words(self):
        return [self.program("python"), APPS / "litserve_app.py", str(self.port)]


class BentoML(Peer):
    name, requirements = "bentoml", ["bentoml==1.4.40"]

    def settings(self):
        return {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(self.folder)}

    def words(self):
        return [self.program("bentoml"), "serve", "bentoml_app:Networks", "--host", "127.0.0.1", "-p", str(self.port),
                "--working-dir", APPS]


class MLServer(Peer):
    # Its workers do not start with a later uvloop.
    name, requirements = "mlserver", ["mlserver==1.7.1", "uvloop==0.21.0"]

    def words(self):
        settings = {"debug": False, "host": "127.0.0.1", "http_port": self.port, "grpc_port": self.port + 1,
                    "metrics_endpoint": None, "parallel_workers": 1}
        (self.folder / "settings.json").write_text(json.dumps(settings))
        for model in ("tiny", "wide"):
            (self.folder / model).mkdir()
            (self.folder / model / "model-settings.json").write_text(json.dumps(
                {"name": model, "implementation": "mlserver_app.NetworkModel", "max_batch_size": 32,
                 "max_batch_time": 0.001}))
        return [self.program("mlserver"), "start", self.folder]

    def path(self, model):
        return f"/v2/models/{model}/infer"

    def body(self, row):
        return {"inputs": [{"name": "x", "shape": [1, len(row)], "datatype": "FP32", "data": [row]}]}


class RayServe(Peer):
    name, requirements = "ray", ["ray[serve]==2.60.0"]

    def settings(self):
        # Direct ingress wants a balancer before it.
        return {"RAY_USAGE_STATS_ENABLED": "0", "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1", "RAY_SERVE_ENABLE_DIRECT_INGRESS": "0"}

    def words(self):
        return [self.program("python"), APPS / "ray_app.py", str(self.port), self.folder / "r"]


PEERS = [RayServe, MLServer, LitServe, BentoML, FlaskApp]
