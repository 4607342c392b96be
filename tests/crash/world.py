"""One world of the kill matrix: a data folder of its own with its server, hurt at one named point (base/crash_point.h)
while three small jobs go through it: one ends well, one fails, one is cancelled."""
import http.client
import io
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(os.environ.get("MLENGINE_BIN", ROOT / "build/crash/bin"))
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")

# JOURNAL NAME LINES PAUSE CODE [LINE|ACTION|FOLDER]: tells the journal each start and its own end, with the bytes it
# printed; the journal is what the reader believes, not the engine. With the last word it does behind LINE what a
# crash point does (base/crash_point.h), once in all.
PROGRAM = '''
import os, signal, sys, time
journal, name, lines, pause, code = sys.argv[1:6]
hurt = sys.argv[6].split("|") if len(sys.argv) > 6 and "|" in sys.argv[6] else None
fd = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
attempt = os.path.realpath(os.environ["TMPDIR"]).split("/attempt-")[1].split("/")[0]
mark = os.environ["MLENGINE_REPLICA"]
def tell(*words):
    os.write(fd, (" ".join(map(str, words)) + "\\n").encode())
def perform(action, folder):
    try:
        os.unlink(folder + "/ticket")
    except OSError:
        return
    tell("hurt", name, attempt, mark, os.getpid())
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "exit":
        os._exit(1)
    else:
        open(folder + "/reached", "w").close()
        while not os.path.exists(folder + "/go"):
            time.sleep(0.002)
tell("start", name, attempt, mark, os.getpid())
out = 0
for i in range(int(lines)):
    line = "%s line %d\\n" % (name, i)
    written = os.write(1, line.encode())
    out += written
    if written < len(line):
        os._exit(7)  # the disk took less than a line
    if hurt and i == int(hurt[0]):
        perform(*hurt[1:])
    time.sleep(float(pause))
tell("end", name, attempt, mark, out, code)
sys.exit(int(code))
'''

JOBS = {"ok": (6, 0.01, 0, "SUCCEEDED"), "bad": (3, 0.01, 3, "FAILED"), "cancel": (20000, 0.01, 0, "CANCELLED")}

WORLDS = itertools.count()


class Violation(Exception):
    """An invariant does not hold; the text says which and where."""


def sdist(program=PROGRAM):
    """A program as a source distribution, in memory."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        def add(name, text):
            entry = tarfile.TarInfo("trainer-0.1/" + name)
            data = text.encode()
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        add("PKG-INFO", "Metadata-Version: 1.0\nName: trainer\nVersion: 0.1\n")
        add("setup.py", "from setuptools import setup\nsetup(name='trainer', version='0.1', packages=['trainer'])\n")
        add("trainer/__init__.py", "")
        add("trainer/task.py", program)
    return buffer.getvalue()


class World:
    """Use as a context manager. `crash` is (program, point, nth, action) or None."""

    PACKAGE = "gs://crash-bucket/pkg/trainer-0.1.tar.gz"
    SLOTS = 4
    PATIENCE = 60.0  # seconds in which every job must have ended once nothing hurts any more

    def __init__(self, crash=None, seed=0, template=None, tmpfs=None, trace=None):
        self.chance = random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="mlengine-crash-"))
        self.data = self.folder / "data"
        self.tmpfs = tmpfs
        self.mounts = []
        self.template = template
        self.journal = self.folder / "journal"
        self.crash = crash
        self.acknowledged = set()
        self.server = None
        # Of its own, so that no other world takes its port while its server is down.
        number = next(WORLDS) * 8191 + os.getpid()
        self.host = f"127.{number // 62500 % 250 + 1}.{number // 250 % 250}.{number % 250 + 1}"
        self.port = None
        self.connection = None  # the client's, while it waits for an answer
        self.boot = "boot-1"
        self.off = False  # while the machine is down
        self.trace = trace
        self.log = open(self.folder / "server.log", "ab")

    def __enter__(self):
        self.data.mkdir(mode=0o700)
        if self.tmpfs:
            self.mount("-t", "tmpfs", "-o", f"size={self.tmpfs}", "none", str(self.data))
        if self.template:
            subprocess.run(["cp", "-a", str(self.template) + "/.", str(self.data)], check=True)
        # The small disks of this matrix are below any sensible mark; the mark has tests of its own.
        (self.data / "mlengine.yaml").write_text("disk: {lowWater: 0, reserve: 0}\n")
        (self.folder / "ticket").touch()
        return self

    def __exit__(self, *_):
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.server and self.server.poll() is None:
            self.server.kill()
        if self.server:
            self.server.wait()
        self.log.close()
        for mount in reversed(self.mounts):
            for _ in range(50):
                if subprocess.run(["umount", mount], stderr=subprocess.DEVNULL).returncode == 0:
                    break
                time.sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)

    def mount(self, *words):
        subprocess.run(["mount", *words], check=True, stderr=subprocess.PIPE)
        if "remount" not in ",".join(words):
            self.mounts.append(words[-1])

    # The processes.

    def environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CLOUDSDK_", "MLENGINE_"))}
        kept.update(HOME=str(self.folder), MLENGINE_DATA_DIR=str(self.data), MLENGINE_BOOT_ID=self.boot,
                    XDG_CONFIG_HOME=str(self.folder / "config"), LC_ALL="C.UTF-8", TZ="UTC",
                    ASAN_OPTIONS="detect_leaks=0")
        if self.crash:
            kept["MLENGINE_CRASH"] = "|".join(map(str, (*self.crash, self.folder)))
        if self.trace:
            kept["MLENGINE_CRASH_TRACE"] = str(self.trace)
        return kept

    def start(self):
        """Starts the server; it may be killed, or stand still, before it is heard of."""
        endpoint = self.data / "run/endpoint"
        try:
            endpoint.unlink(missing_ok=True)
        except OSError:
            pass  # the folder is read-only just now
        listen = f"{self.host}:{self.port or 0}"
        self.server = subprocess.Popen(
            [str(BIN / "mlengine-server"), "--data-dir", str(self.data), "--listen", listen, "--slots",
             str(self.SLOTS)],
            env=self.environment(), stderr=self.log, stdout=self.log, start_new_session=True)
        until = time.monotonic() + self.PATIENCE
        while self.server.poll() is None:
            try:
                self.port = int(endpoint.read_text().rsplit(":", 1)[1])
                return
            except (OSError, IndexError, ValueError):
                pass
            if time.monotonic() > until:
                raise Violation("the server was not up in time")
            time.sleep(0.005)

    def fired(self):
        return not (self.folder / "ticket").exists()

    def keep_server(self):
        """Starts it again when it has died. Called in every wait."""
        if self.server.poll() is not None and not self.off:
            time.sleep(self.chance.random() * 0.1)
            self.start()

    def processes(self, but_server=False):
        """PIDs of whatever belongs to this world, by environment and command line."""
        marker = str(self.folder).encode()
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    text = file.read()
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    text += file.read()
            except OSError:
                continue
            if marker in text and not (but_server and self.server and int(entry) == self.server.pid):
                found.append(int(entry))
        return found

    def runner_pids(self):
        found = []
        for pid in self.processes(but_server=True):
            try:
                if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(b"mlengine-runner"):
                    found.append(pid)
            except OSError:
                continue
        return found

    def power_off(self):
        """All processes of this world are gone, with those that were just being started, and the machine's next start has
        another id."""
        until = time.monotonic() + 10
        while True:
            left = self.processes()
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if self.server:
                self.server.poll()
            if not left or time.monotonic() > until:
                break
            time.sleep(0.01)
        if self.server:
            self.server.wait()
        self.boot = "boot-2"

    def victim(self):
        """The process that a terminal's end would meet."""
        return self.server

    def stop_server(self):
        """Tells it to stop, and waits for its end."""
        self.server.terminate()
        self.server.wait(timeout=self.PATIENCE)

    # The client.

    def once(self, method, path, body=None, headers=None, timeout=2.0):
        """(status, parsed JSON or text), or None when nobody answered in time."""
        if self.port is None:
            return None
        connection = self.connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            data = json.dumps(body) if isinstance(body, dict) else body
            connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode(errors="replace")

    def persist(self, method, path, body=None, headers=None, wanted=lambda status, answer: status < 500 and status != 429):
        """The answer, asked for again until there is one: what a careful client does."""
        until = time.monotonic() + self.PATIENCE
        while True:
            self.keep_server()
            answer = self.once(method, path, body, headers)
            if answer is not None and wanted(*answer):
                return answer
            if time.monotonic() > until:
                raise Violation(f"{method} {path} was not answered within {self.PATIENCE:.0f} s; last: {answer}")
            time.sleep(0.02)

    def arguments_of(self, job_id):
        lines, pause, code, _ = JOBS[job_id]
        words = [str(self.journal), job_id, str(lines), str(pause), str(code)]
        if self.crash and self.crash[0] == "program" and self.crash[1].startswith(job_id + " "):
            words.append(f"{self.crash[1].rsplit(' ', 1)[1]}|{self.crash[3]}|{self.folder}")
        return words

    def create(self, job_id):
        status, answer = self.persist(
            "POST", "/v1/projects/default/jobs", {"jobId": job_id, "trainingInput": {
                "scaleTier": "BASIC", "region": "us-central1", "pythonModule": "trainer.task",
                "packageUris": [self.PACKAGE], "args": self.arguments_of(job_id)}}, {"Idempotency-Key": job_id})
        if status != 200:
            raise Violation(f"create {job_id}: {status} {answer}")
        self.acknowledged.add(job_id)

    def upload(self, program=PROGRAM):
        package = sdist(program)
        self.persist("POST", "/storage/v1/b?project=default", {"name": "crash-bucket"},
                     wanted=lambda status, _: status in (200, 409))
        path = "/upload/storage/v1/b/crash-bucket/o?uploadType=media&name=" + urllib.parse.quote("pkg/trainer-0.1.tar.gz")
        status, answer = self.persist("POST", path, package, {"Content-Type": "application/gzip"})
        if status != 200 or int(answer["size"]) != len(package):
            raise Violation(f"the upload was answered {status} {answer}")

    def state(self, job_id):
        answer = self.persist("GET", f"/v1/projects/default/jobs/{job_id}")
        if answer[0] != 200:
            raise Violation(f"{job_id} was acknowledged and is not known: {answer}")
        return answer[1]

    def wait_for(self, what, condition, seconds=None):
        until = time.monotonic() + (seconds or self.PATIENCE)
        while not condition():
            self.keep_server()
            if time.monotonic() > until:
                raise Violation(f"waited {seconds or self.PATIENCE:.0f} s for {what}")
            time.sleep(0.02)

    def cancel(self, job_id):
        status, answer = self.persist("POST", f"/v1/projects/default/jobs/{job_id}:cancel", {})
        if status != 200 and self.state(job_id)["state"] not in FINAL:
            raise Violation(f"the cancellation was answered {status} {answer}")

    def go_through(self, once_started=False):
        """Makes the three jobs and waits for their ends, whatever happens meanwhile. The third is cancelled as soon as
        it is RUNNING, or once its program has told that it started."""
        for job_id in JOBS:
            self.create(job_id)
        self.wait_for("the one to be cancelled", lambda: self.state("cancel")["state"] in ("RUNNING", *FINAL))
        if self.crash and self.crash[:2] == ("program", "cancel line 0"):
            self.wait_for("its first line", self.fired)
        if once_started:
            self.wait_for("its program", lambda: self.journal.exists() and "start cancel" in self.journal.read_text())
        self.cancel("cancel")
        self.wait_for("the ends", lambda: all(self.state(job_id).get("endTime") for job_id in JOBS))


class ClientWorld(World):
    """Everything is asked for with the command line, which is hurt at one of its own points; a killed command is given
    again, as its user would."""

    COMMANDS = ("submit", "cancel", "stream-logs")

    client = None

    def victim(self):
        return self.client

    def command(self, kind, *words):
        """(exit status, stdout, stderr). `kind` is one of COMMANDS."""
        environment = {**self.environment(), "MLENGINE_ENDPOINT": f"http://{self.host}:{self.port}"}
        environment.pop("MLENGINE_CRASH", None)
        if self.crash and self.crash[0] == "mlengine " + kind:
            environment["MLENGINE_CRASH"] = "|".join(map(str, ("mlengine", *self.crash[1:], self.folder)))
        if self.trace:
            environment["MLENGINE_CRASH_TRACE"] = f"{self.trace}-{kind}"
        self.client = subprocess.Popen([str(BIN / "mlengine"), "jobs", *words], env=environment, text=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       start_new_session=True)
        out, err = self.client.communicate(timeout=2 * self.PATIENCE)
        return self.client.returncode, out, err

    def insist(self, good, kind, *words):
        """Gives the command until `good(exit status, stdout, stderr)`."""
        until = time.monotonic() + self.PATIENCE
        while True:
            self.keep_server()
            done = self.command(kind, *words)
            if good(*done):
                return done
            if time.monotonic() > until:
                raise Violation(f"mlengine jobs {' '.join(words)}: {done}")
            time.sleep(0.02)

    def create(self, job_id):
        package = self.folder / "trainer-0.1.tar.gz"
        package.write_bytes(sdist())
        self.insist(lambda code, _, err: code == 0 or "already exists" in err, "submit",
                    "submit", "training", job_id, "--packages", str(package), "--staging-bucket", "gs://crash-bucket",
                    "--module-name", "trainer.task", "--region", "us-central1", "--async", "--",
                    *self.arguments_of(job_id))
        self.acknowledged.add(job_id)

    def cancel(self, job_id):
        self.insist(lambda code, _, err: code == 0 or "already" in err, "cancel", "cancel", job_id)

    def go_through(self, once_started=False):
        super().go_through(once_started)
        _, out, _ = self.insist(lambda code, _, err: code == 0, "stream-logs", "stream-logs", "ok")
        told = [line.split("\t")[-1] for line in out.splitlines() if "\tok line " in line]
        if told != [f"ok line {i}" for i in range(JOBS["ok"][0])]:
            raise Violation(f"the follower got {told}")


class DrillWorld(World):
    """The job that is to be cancelled goes through each of the fire drills before."""

    PROGRAMS = {"mlengine-server, drilled": "mlengine-server", "mlengine-runner, drilled": "mlengine-runner"}
    DRILLS = ({"action": "kill", "replica": "master"}, {"action": "preempt"}, {"action": "restart-server"})

    def environment(self):
        kept = super().environment()
        if self.crash:
            kept["MLENGINE_CRASH"] = "|".join(map(str, (self.PROGRAMS[self.crash[0]], *self.crash[1:], self.folder)))
        return kept

    def cancel(self, job_id):
        for wish in self.DRILLS:
            self.drill(job_id, wish)
        super().cancel(job_id)

    def drill(self, job_id, wish):
        path = f"/mlengine/v1/projects/default/jobs/{job_id}/drills"
        key = {"Idempotency-Key": wish["action"]}
        answer = {}

        def ordered():
            answer["last"] = self.persist("POST", path, wish, key)
            # What runs not just now is refused, until it does.
            return answer["last"][0] == 200 or self.state(job_id)["state"] in FINAL

        self.wait_for(f"the order of {wish}", ordered)
        status, report = answer["last"]
        if status != 200:
            return
        number = report["drill"]

        def over():
            status, answer["report"] = self.persist("GET", f"{path}/{number}")
            if status != 200:
                raise Violation(f"drill {number} was acknowledged and is not known: {answer['report']}")
            return answer["report"]["result"] != "PENDING"

        self.wait_for(f"the end of {wish}", over)
        report = answer["report"]
        server = report.get("server", {"logLinesLost": 0, "logLinesDoubled": 0})
        if server["logLinesLost"] or server["logLinesDoubled"]:
            raise Violation(f"the log of {job_id} is not whole over the restart: {report}")
        drills = self.persist("GET", path)[1]["drills"]
        if [d["action"] for d in drills].count(wish["action"]) != 1:
            raise Violation(f"{wish} was ordered once, and is stored as {drills}")
