"""An engine of one's own for a black-box test: real programs, a temporary data folder, the public doors."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(os.environ.get("MLENGINE_BIN", ROOT / "build/bin"))


def wait_for(what, condition, seconds=30.0):
    """Polls until condition() is true and returns its value; fails with `what` after that many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


class Engine:
    """Use as a context manager. `environment` holds what a client needs to find the server."""

    def __init__(self, *server_arguments):
        self.server_arguments = server_arguments
        self.folder = Path(tempfile.mkdtemp(prefix="mlengine-test-"))
        self.data = self.folder / "data"
        self.process = None
        self.process_options = {}  # of the server: another user
        self.url = None
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("CLOUDSDK_", "MLENGINE_"))}
        self.environment.update(HOME=str(self.folder), MLENGINE_DATA_DIR=str(self.data),
                                XDG_CONFIG_HOME=str(self.folder / "config"), LC_ALL="C.UTF-8", TZ="UTC")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.end_jobs()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end_jobs(self):
        """Ends what a test left running: jobs go on without their server."""
        for pid in processes_with(str(self.data)):
            try:
                runs = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
                if runs.endswith("/mlengine-runner"):
                    os.kill(pid, signal.SIGTERM)
            except OSError:
                pass
        until = time.monotonic() + 15
        while (left := processes_with(str(self.data))) and time.monotonic() < until:
            time.sleep(0.02)
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    prefix = ()  # words before the server's own, ending in an exec of it
    programs = BIN  # where the server is

    def start(self, listen="127.0.0.1:0"):
        endpoint = self.data / "run/endpoint"
        if endpoint.exists():
            endpoint.unlink()
        self.log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen(
            [*self.prefix, str(self.programs / "mlengine-server"), "--data-dir", str(self.data), "--listen", listen, *self.server_arguments],
            env=self.environment, stderr=self.log, stdout=self.log, **self.process_options)

        def answered():
            assert self.process.poll() is None, "the server ended: " + (self.folder / "server.log").read_text()[-2000:]
            return endpoint.exists()
        wait_for("the server's endpoint", answered)
        self.url = endpoint.read_text().strip()
        self.environment["MLENGINE_ENDPOINT"] = self.url

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            self.log.close()

    def kill(self):
        """As a power switch for the server alone: SIGKILL, by pid."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def mlengine(self, *words, check=True, timeout=120, **options):
        done = subprocess.run([str(BIN / "mlengine"), *map(str, words)], env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, errors="replace",
                              **options)
        if check and done.returncode != 0:
            raise AssertionError(f"mlengine {' '.join(map(str, words))}: status {done.returncode}\n{done.stdout}\n"
                                 f"{done.stderr}\nserver: {(self.folder / 'server.log').read_text()[-1500:]}")
        return done

    def request(self, method, path, body=None, headers=None):
        """(status, parsed JSON or text) of one plain HTTP request."""
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        request = urllib.request.Request(self.url + path, data=data, method=method,
                                         headers={"Content-Type": "application/json", **(headers or {})})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode(errors="replace")

    def job(self, job_id, project="default"):
        return self.request("GET", f"/v1/projects/{project}/jobs/{job_id}")[1]

    def wait_job(self, job_id, seconds=60, project="default"):
        """The job once it has ended."""
        return wait_for(f"the end of {job_id}", lambda: (lambda j: j if j.get("endTime") else None)(
            self.job(job_id, project)), seconds)

    def log_messages(self, job_id, task=None):
        filter_ = f'resource.type="ml_job" AND resource.labels.job_id="{job_id}"'
        status, answer = self.request("POST", "/v2/entries:list",
                                      {"resourceNames": ["projects/default"], "filter": filter_, "pageSize": 1000})
        assert status == 200, answer
        return [(e["resource"]["labels"]["task_name"], e["severity"],
                 e.get("jsonPayload", {}).get("message", e.get("textPayload", "")))
                for e in answer.get("entries", []) if task in (None, e["resource"]["labels"]["task_name"])]

    def package(self, source, name="trainer", module="task"):
        """A package folder with one module; returns its path."""
        folder = self.folder / f"src-{len(list(self.folder.glob('src-*')))}" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / f"{module}.py").write_text(source)
        return folder

    def submit(self, job_id, source, *user_args, flags=(), check=True):
        """Submits a one-module package through the command line."""
        package = self.package(source)
        if not (self.data / "buckets/test_bucket").exists():
            self.mlengine("storage", "mb", "gs://test_bucket")
        words = ["jobs", "submit", "training", job_id, "--job-dir", f"gs://test_bucket/{job_id}", "--module-name",
                 "trainer.task", "--package-path", str(package), "--region", "us-central1", *flags]
        if user_args:
            words += ["--", *user_args]
        return self.mlengine(*words, check=check)


def built_runtime(version, folder=ROOT / "build/runtimes", catalog=""):
    """(folder of runtimes, interpreter) of a runtime version, which the engine itself builds once into that folder;
    None, with the reason printed, when it cannot be built here. `catalog` is what the folder's catalog.yaml says."""
    folder.mkdir(parents=True, exist_ok=True)
    if catalog:
        (folder / "catalog.yaml").write_text(catalog)
    engine = Engine()
    engine.data.mkdir()
    (engine.data / "mlengine.yaml").write_text(f"runtimesDir: {folder}\n")
    with engine:
        done = engine.mlengine("runtimes", "install", version, check=False, timeout=1800)
        if done.returncode != 0:
            print(f"runtime version {version} cannot be built:", done.stderr.strip().splitlines()[-1:], flush=True)
            return None
        described = engine.mlengine("runtimes", "describe", version, "--format", "json").stdout
    return folder, json.loads(described)["interpreter"]


def tensorflow_runtime():
    return built_runtime("2.19")


def processes_with(marker):
    """PIDs whose environment or command line holds the text."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in text and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def strip_colour(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
