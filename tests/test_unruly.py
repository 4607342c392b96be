"""Packages that do not behave: each ends in bounded time, leaves no process, port, cgroup or folder behind, and its job
names the reason. All run side by side on one engine, as their users' would."""
import glob
import json
import os
import signal
import socket
import subprocess
import time
import unittest
from pathlib import Path

from engine import BIN, wait_for
from test_crash import CrashEngine, message

# BEHAVIOUR [ARGUMENT]: one function for each; "up" first, so that it is known to have run.
PROGRAM = r'''
import ctypes, os, resource, signal, socket, subprocess, sys, time

def main(name, *args):
    print("up", flush=True)
    globals()[name](*(args[:args.index("--job-dir")] if "--job-dir" in args else args))

def forever():
    while True:
        time.sleep(100)

def orphan(run, session=True):
    """Runs it in a grandchild whose parent has gone, in a session of its own."""
    if os.fork() == 0:
        if session:
            os.setsid()
        if os.fork() == 0:
            run()
        os._exit(0)
    os.wait()

def fork_bomb():
    while True:
        try:
            os.fork()
        except OSError:
            pass

def thread_bomb():
    import threading
    while True:
        threading.Thread(target=forever, daemon=True).start()

def orphans():
    for _ in range(20):
        orphan(forever)

def fork_chain():
    """Never two of them for long: each starts the next and ends."""
    def chain():
        os.setsid()
        while os.fork() != 0:
            os._exit(0)
        while True:
            if os.fork() != 0:
                os._exit(0)
    for _ in range(3):
        orphan(chain)
    time.sleep(0.3)

def ignores_signals():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    print("ready", flush=True)
    forever()

def stops_itself():
    print("ready", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    forever()

def saves_when_stopped():
    def save(*_):
        print("saved", flush=True)
        sys.exit(0)
    signal.signal(signal.SIGTERM, save)
    print("ready", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    forever()

def log_flood():
    line = b"x" * 120 + b"\n"
    while True:
        os.write(1, line * 200)

def endless_line():
    while True:
        os.write(2, b"y" * 65536)

def waits_for(path):
    while not os.path.exists(path):
        time.sleep(0.02)

def memory_hog(path):
    waits_for(path)
    held = [b"z" * 1000000 for _ in range(2000)]

def memory_hog_in_a_child(path):
    waits_for(path)
    if os.fork() == 0:
        memory_hog(path)
    os.wait()
    forever()  # it would hang for good

def closes_its_output():
    os.close(1)
    os.close(2)
    time.sleep(0.3)
    os._exit(7)

def many_files():
    for i in range(10000):
        open(os.path.join(os.environ["TMPDIR"], "f%d" % i), "w").close()

def listens(port):
    def listen():
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", int(port)))
        s.listen()
        forever()
    orphan(listen)
    while True:
        try:
            socket.create_connection(("127.0.0.1", int(port))).close()
            return
        except OSError:
            time.sleep(0.02)

def hides_its_folder():
    os.chmod("..", 0)
    os.chmod(".", 0)
    sys.exit(5)

def removes_its_spool():
    print("before", flush=True)
    os.unlink("../stdout-0")
    print("after", flush=True)
    sys.exit(6)

def replaces_its_spool():
    print("before", flush=True)
    os.unlink("../stdout-0")
    with open("../stdout-0", "w") as f:
        f.write("forged\n" * 1000)
    print("after", flush=True)
    sys.exit(6)

def forges_its_spool():
    print("before", flush=True)
    time.sleep(0.5)  # what it wrote has been read in
    os.unlink("../stdout-0")
    with open("../stdout-0", "w") as f:
        f.write("f\n" * 3 + "forged\n" * 1000)
        f.flush()
        for i in range(20):
            print("line", i, flush=True)
            f.write("forged later\n")
            f.flush()
            time.sleep(0.05)
    sys.exit(6)

def cuts_its_spool():
    print("before " + "." * 5000, flush=True)
    time.sleep(0.5)
    os.ftruncate(1, 3)
    sys.exit(6)

def exits(code):
    os._exit(int(code))

def says_why():
    raise SystemExit("the data set is empty")

def segfault():
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    ctypes.string_at(0)

def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)

def kills_its_parent():
    os.kill(os.getppid(), signal.SIGKILL)
    forever()

def kills_its_group():
    os.fork()
    os.killpg(0, signal.SIGTERM)
    forever()

def zombies():
    # Fewer than may be, even when nobody takes them away in time.
    for _ in range(40):
        if os.fork() == 0:
            os._exit(0)
    for _ in range(40):
        orphan(lambda: os._exit(0))
    forever_for(0.3)

def forever_for(seconds):
    time.sleep(seconds)

def escapes_its_death():
    libc = ctypes.CDLL(None)
    def hide():
        libc.prctl(1, 0)        # PR_SET_PDEATHSIG: none
        libc.prctl(15, b"kworker/0:1")  # PR_SET_NAME
        os.close(0), os.close(1), os.close(2)
        os.chdir("/")
        os.execve(sys.executable, ["[kworker/0:1]", "-c", "import time; time.sleep(1000)"], {})
    orphan(hide)
    hide()

def loses_its_runner(words):
    """As escapes_its_death, once the runner is dead: the second attempt finds the mark and ends well."""
    mark = os.path.join(os.environ["HOME"], "../../../ran")
    if os.path.exists(mark):
        return
    open(mark, "w").close()
    orphan(lambda: os.execve(sys.executable, ["[hidden]", "-c", "import os, time; os.closerange(0, 99); time.sleep(1000)",
                                              words], {}))
    kills_its_parent()

def traces():
    """Holds a child of its own by ptrace, stopped."""
    libc = ctypes.CDLL(None)
    if os.fork() == 0:
        libc.ptrace(0, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        forever()
    os.waitpid(-1, 0)
    print("ready", flush=True)
    sys.exit(4)

def disk_filler():
    with open("junk", "wb") as f:
        while True:
            f.write(b"d" * 1000000)

if __name__ == "__main__":
    main(*sys.argv[1:])
'''

MEMORY = 150_000_000  # bytes, where a test sets a limit


def groups_of_test():
    """Cgroups of the project's that lie anywhere, with their makers' PIDs."""
    found = glob.glob("/sys/fs/cgroup/**/mlengine-[0-9]*-*", recursive=True)
    return {path: int(os.path.basename(path).split("-")[1]) for path in found}


class UnrulyEngine(CrashEngine):
    KEYS = "slots: 40\nmaxProcesses: 100\noutputLimitBytes: 3000000\nstopGraceSeconds: 1\n"

    def begin(self):
        self.data.mkdir(exist_ok=True)
        (self.data / "mlengine.yaml").write_text(self.KEYS)
        self.start()
        self.mlengine("storage", "mb", "gs://test_bucket")
        self.submit("stage", PROGRAM, "exits", "0")
        assert self.wait_job("stage")["state"] == "SUCCEEDED", self.job("stage")
        self.packages = self.job("stage")["trainingInput"]["packageUris"]

    def __exit__(self, *_):
        """Also when a test failed: a bomb must not outlive it. Ends what these jobs' own groups and folders name."""
        for record in self.data.glob("jobs/*/*/*/*/status-*.json"):
            try:
                groups = json.loads(record.read_text()).get("controlGroups", [])
            except (OSError, ValueError):
                continue
            for kill in (Path(group) / "cgroup.kill" for group in groups):
                if kill.exists():
                    kill.write_text("1")
        self.stop()
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        super().__exit__()

    def go(self, job_id, *words):
        status, answer = self.create(job_id, self.packages, *(words or [job_id]))
        assert status == 200, answer

    def messages(self, job_id):
        """All of them, also those of a flood."""
        found = []
        body = {"resourceNames": ["projects/default"], "orderBy": "timestamp asc", "pageSize": 1000,
                "filter": f'resource.type="ml_job" AND resource.labels.job_id="{job_id}"'}
        while True:
            status, answer = self.request("POST", "/v2/entries:list", body)
            assert status == 200, answer
            found += [message(e) for e in answer.get("entries", [])]
            if not answer.get("nextPageToken"):
                return found
            body["pageToken"] = answer["nextPageToken"]

    def cancel(self, job_id):
        status, answer = self.request("POST", f"/v1/projects/default/jobs/{job_id}:cancel", {})
        assert status == 200, answer

    def groups(self, job_id):
        return self.status_record(job_id).get("controlGroups", [])


class UnrulyTest(unittest.TestCase):
    # What each ends with, and what its errorMessage, else its log, must say.
    ENDS = {
        "fork_chain": ("SUCCEEDED", None),
        "orphans": ("SUCCEEDED", None),
        "thread_bomb": ("FAILED", "It reached its limit of processes and threads"),
        "log_flood": ("FAILED", "it printed"),
        "endless_line": ("FAILED", "it printed"),
        "closes_its_output": ("FAILED", "non-zero status of 7. The program ended itself with this status"),
        "many_files": ("SUCCEEDED", None),
        "listens": ("SUCCEEDED", None),
        "hides_its_folder": ("FAILED", "non-zero status of 5."),
        "removes_its_spool": ("FAILED", "non-zero status of 6."),
        "replaces_its_spool": ("FAILED", "non-zero status of 6."),
        "forges_its_spool": ("FAILED", "non-zero status of 6."),
        "cuts_its_spool": ("FAILED", "non-zero status of 6."),
        "exits_255": ("FAILED", "non-zero status of 255. The program ended itself"),
        "exits_139": ("FAILED", "non-zero status of 139. The program crashed"),
        "exits_137": ("FAILED", "non-zero status of 137. Nobody is known to have sent it"),
        "says_why": ("FAILED", "non-zero status of 1."),
        "segfault": ("FAILED", "non-zero status of 139. Termination reason: killed by signal 11. The program crashed"),
        "kills_itself": ("FAILED", "killed by signal 9. Nobody is known to have sent it"),
        "kills_its_parent": ("FAILED", "The runner of master 0 was lost"),
        "kills_its_group": ("FAILED", "killed by signal 15. Nobody is known to have sent it"),
        "zombies": ("SUCCEEDED", None),
        "traces": ("FAILED", "non-zero status of 4."),
        "loses_its_runner": ("SUCCEEDED", None),
    }
    # These run until they are cancelled.
    STOPPED = ["fork_bomb", "ignores_signals", "stops_itself", "saves_when_stopped", "escapes_its_death"]
    BOUND = 50  # seconds, for all of them together on a busy machine; most take one

    @classmethod
    def setUpClass(cls):
        cls.engine = UnrulyEngine()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.groups_before = set(groups_of_test())
        cls.engine.begin()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            cls.port = free.getsockname()[1]
        for job_id in cls.STOPPED:
            cls.engine.go(job_id)
        for job_id in cls.ENDS:
            words = ["exits", job_id[6:]] if job_id.startswith("exits_") else [job_id]
            if job_id == "listens":
                words.append(cls.port)
            if job_id == "loses_its_runner":
                words.append(str(cls.engine.data / "jobs") + "/")
            cls.engine.go(job_id, *words)
        cls.cancel_all()
        cls.jobs = {job_id: cls.engine.wait_job(job_id, cls.BOUND) for job_id in [*cls.ENDS, *cls.STOPPED]}

    @classmethod
    def cancel_all(cls):
        for job_id in cls.STOPPED:
            word = "up" if job_id in ("fork_bomb", "escapes_its_death") else "ready"
            wait_for(job_id, lambda: word in cls.engine.messages(job_id))  # noqa: B023
        cls.cancelled = {}
        for job_id in cls.STOPPED:
            cls.engine.cancel(job_id)
            cls.cancelled[job_id] = time.time()

    def check_state(self, job_id, state, words):
        job = self.jobs[job_id]
        self.assertEqual(job["state"], state, job)
        self.assertIn("up", self.engine.messages(job_id))
        if words:
            self.assertIn(words, job["errorMessage"])

    def test_each_ends_with_its_reason_named(self):
        for job_id, (state, words) in self.ENDS.items():
            with self.subTest(job=job_id):
                self.check_state(job_id, state, words)

    def test_those_that_are_stopped_end_within_the_grace(self):
        for job_id in self.STOPPED:
            with self.subTest(job=job_id):
                self.check_state(job_id, "CANCELLED", None)
                end = self.engine.status_record(job_id)["exit"]
                self.assertEqual(end["reason"], "STOPPED")
                took = time.mktime(time.strptime(end["endTime"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
                self.assertLess(took - self.cancelled[job_id], 10)
        self.assertIn("saved", self.engine.messages("saves_when_stopped"))

    def test_nothing_is_left(self):
        self.assertEqual(self.engine.leftovers(), {})
        hidden = [p for p in Path("/proc").iterdir() if p.name.isdigit() and self.is_hidden(p)]
        self.assertEqual(hidden, [])
        with socket.socket() as again:  # nobody listens any more
            self.assertNotEqual(again.connect_ex(("127.0.0.1", self.port)), 0)
        # Those whose runner lives are another engine's, for this one has no process left.
        wait_for("the groups to go", lambda: not [path for path, runner in groups_of_test().items()
                                                  if path not in self.groups_before and not Path(f"/proc/{runner}").exists()], 5)
        for path in self.engine.data.rglob("*.back"):
            self.fail(path)

    @staticmethod
    def is_hidden(process):
        try:
            return (process / "cmdline").read_bytes().startswith((b"[kworker/0:1]", b"[hidden]"))
        except OSError:
            return False

    def test_the_log_says_who_keeps_the_limits(self):
        limits = [m for m in self.engine.messages("orphans") if m.startswith("Limits: ")]
        self.assertEqual(len(limits), 1)
        self.assertIn("100 processes and threads, ", limits[0])
        self.assertRegex(limits[0], "kept by a cgroup of version [12]|watched by the runner")

    def test_a_bomb_is_held_at_its_limit_and_that_is_told(self):
        told = [m for m in self.engine.messages("fork_bomb") if "limit of 100" in m]
        if self.engine.groups("fork_bomb"):
            self.assertEqual(len(told), 1, self.engine.messages("fork_bomb"))

    def test_a_program_that_takes_away_its_spool_loses_no_line(self):
        for job_id in ("removes_its_spool", "replaces_its_spool"):
            with self.subTest(job=job_id):
                said = self.engine.messages(job_id)
                self.assertEqual([m for m in said if m in ("up", "before", "after", "forged")],
                                 ["up", "before", "after"])
                self.assertTrue(any("removed or replaced the file stdout-0" in m for m in said), said)

    def test_what_a_program_puts_in_its_spools_place_cuts_no_entry(self):
        said = [m for m in self.engine.messages("forges_its_spool") if m.startswith(("up", "before", "line", "f"))]
        self.assertEqual(said, ["up", "before", *(f"line {i}" for i in range(20))])

    def test_a_text_of_system_exit_is_in_the_log(self):
        self.assertIn("the data set is empty", self.engine.messages("says_why"))

    def test_what_is_killed_from_outside_is_tried_as_often_as_the_original_does(self):
        for job_id in ("kills_itself", "exits_137", "kills_its_group"):
            with self.subTest(job=job_id):
                self.assertEqual(self.engine.messages(job_id).count("up"), 24)  # (1 + 5) executions × (1 + 3) attempts
        self.assertEqual(self.engine.messages("kills_its_parent").count("up"), 4)
        for job_id in ("segfault", "exits_139", "exits_255"):
            self.assertEqual(self.engine.messages(job_id).count("up"), 1, job_id)

    def test_the_engine_is_well(self):
        self.assertEqual(self.engine.complaints(), [])
        self.engine.go("after", "exits", "0")
        self.assertEqual(self.engine.wait_job("after")["state"], "SUCCEEDED")


class HogTest(unittest.TestCase):
    """Memory: the machine types' limits are too large for a test, so that of the group is lowered from outside."""

    def test_memory_hogs(self):
        engine = UnrulyEngine()
        self.addCleanup(engine.__exit__)
        engine.begin()
        go = engine.folder / "go"
        jobs = ("memory_hog", "memory_hog_in_a_child")
        for job_id in jobs:
            engine.go(job_id, job_id, go)
            wait_for(job_id, lambda: "up" in engine.messages(job_id))  # noqa: B023
            limits = [Path(g) / f for g in engine.groups(job_id) for f in ("memory.max", "memory.limit_in_bytes")
                      if (Path(g) / f).exists()]
            if not limits:
                self.skipTest("no cgroup keeps memory here")
            limits[0].write_text(str(MEMORY))
        go.touch()
        for job_id in jobs:
            job = engine.wait_job(job_id)
            self.assertEqual(job["state"], "FAILED")
            self.assertIn("ran out-of-memory and exited with a non-zero status of 137.", job["errorMessage"])
            self.assertIn("Choose a machine type with more memory", job["errorMessage"])
            self.assertEqual(engine.messages(job_id).count("up"), 1, "tried again")
        self.assertEqual(engine.leftovers(), {})


class PlainUserTest(unittest.TestCase):
    """Of a user who may make no cgroup: the runner's own means alone."""
    NOBODY = 65534

    def test_all_ends_without_a_cgroup(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        engine = UnrulyEngine()
        self.addCleanup(engine.__exit__)
        engine.process_options = {"user": self.NOBODY, "group": self.NOBODY, "extra_groups": []}
        engine.environment["PATH"] = "/usr/bin:/bin"
        engine.data.mkdir()
        for path in (engine.folder, engine.data):
            os.chown(path, self.NOBODY, self.NOBODY)
        for folder in (BIN, Path("/usr/bin/python3")):
            done = subprocess.run(["/usr/bin/test", "-x", folder], user=self.NOBODY, group=self.NOBODY, extra_groups=[])
            if done.returncode:
                self.skipTest(f"another user may not use {folder}")
        engine.begin()
        running = ("fork_bomb", "escapes_its_death", "ignores_signals")
        ending = {"fork_chain": "SUCCEEDED", "thread_bomb": "FAILED", "hides_its_folder": "FAILED", "orphans": "SUCCEEDED",
                  "kills_its_parent": "FAILED"}
        begun = time.monotonic()
        # The limit of processes that a plain user has counts all of that user: beside a bomb others cannot fork.
        for job_id, state in ending.items():
            engine.go(job_id)
            self.assertEqual(engine.wait_job(job_id)["state"], state, (job_id, engine.messages(job_id)))
            self.assertEqual(engine.groups(job_id), [])
        for job_id in running:
            engine.go(job_id)
        for job_id in running[1:]:
            wait_for(job_id, lambda: "up" in engine.messages(job_id))  # noqa: B023
            engine.cancel(job_id)
        bomb = engine.wait_job("fork_bomb")
        self.assertEqual(bomb["state"], "FAILED")
        self.assertRegex(bomb["errorMessage"], "it had [0-9]+ processes and threads, its limit is 100. It reached its limit")
        self.assertIn("non-zero status of 5.", engine.job("hides_its_folder")["errorMessage"])
        for job_id in running[1:]:
            self.assertEqual(engine.wait_job(job_id)["state"], "CANCELLED")
        self.assertLess(time.monotonic() - begun, 50)
        self.assertEqual(engine.leftovers(), {})
        hidden = [p for p in Path("/proc").iterdir() if p.name.isdigit() and UnrulyTest.is_hidden(p)]
        self.assertEqual(hidden, [])
        limits = [m for m in engine.messages("orphans") if m.startswith("Limits: ")]
        self.assertRegex(limits[0], "100 processes and threads, watched by the runner.*No cgroup keeps them: ")


class FullDiskTest(unittest.TestCase):
    def test_a_job_that_fills_the_disk_ends_and_says_so(self):
        engine = UnrulyEngine()
        self.addCleanup(engine.__exit__)
        jobs = engine.data / "jobs"
        jobs.mkdir(parents=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", jobs], capture_output=True).returncode:
            self.skipTest("no small file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", jobs], check=True)
        engine.begin()
        engine.go("disk_filler")
        job = engine.wait_job("disk_filler")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("The disk of its working folder was full.", job["errorMessage"])
        self.assertEqual(engine.leftovers(), {})
        engine.go("after", "exits", "0")
        self.assertEqual(engine.wait_job("after")["state"], "SUCCEEDED")


if __name__ == "__main__":
    unittest.main()
