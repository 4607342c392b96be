"""What the replicas of a job used: second by second while it runs, as sums and peaks when it has ended; with a runner that
is killed, a replica that starts again, a file that is torn; and the short name of TMPDIR."""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

from engine import Engine, wait_for

MIB = 1 << 20

TWO_REPLICAS = ("--scale-tier", "CUSTOM", "--master-machine-type", "n1-standard-4", "--worker-machine-type",
                "n1-standard-4", "--worker-count", "1")

# The master computes and holds memory; the worker sends to itself, writes, and has a child.
USES = '''
import json, os, socket, sys, threading, time
role = json.loads(os.environ["TF_CONFIG"])["task"]["type"]
if role != "worker":
    held = b"x" * (150 << 20)
    end = time.process_time() + 4
    while time.process_time() < end:
        pass
else:
    with open("bytes", "wb") as out:
        out.write(os.urandom(16 << 20))
        out.flush()
        os.fsync(out.fileno())
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    other, _ = server.accept()
    threading.Thread(target=client.sendall, args=(b"y" * 20_000_000,)).start()
    got = 0
    while got < 20_000_000:
        got += len(other.recv(1 << 20))
    child = os.fork()
    if child == 0:
        time.sleep(3)
        os._exit(0)
    time.sleep(3)
    os.waitpid(child, 0)
print("used", flush=True)
'''

WAITS = '''
import os, sys, time
print("up", flush=True)
held = b"x" * (64 << 20)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
'''


def highest(series):
    return series["max"] if series["count"] != "0" else 0


class ResourcesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text("slots: 8\n")
        cls.engine.start()

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def metrics(self, job, **query):
        query = urllib.parse.urlencode({"source": "resources", **query}, doseq=True)
        status, answer = self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job}/metrics?{query}")
        self.assertEqual(status, 200, answer)
        return answer

    def series(self, job, **query):
        answer = self.metrics(job, **query)
        return {(one["run"].removeprefix("resources/"), one["tag"]): one for one in answer["series"]}

    def detail(self, job):
        return self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job}")[1]

    def folder_of(self, job, task="master-0"):
        return self.engine.data / f"jobs/default/{job}/attempt-1/{task}"

    def waiting(self, job, *flags):
        go = self.engine.folder / f"go-{job}"
        self.addCleanup(go.touch)
        self.engine.submit(job, WAITS, str(go), flags=flags)
        wait_for("it to run", lambda: self.engine.job(job)["state"] == "RUNNING")
        return go

    def test_two_replicas_are_told_apart_and_right(self):
        self.engine.submit("two", USES, flags=TWO_REPLICAS)
        live = wait_for("a sample while it runs", lambda: self.series("two").get(("master-replica-0", "cpu")))
        self.assertTrue(live["points"])
        self.assertEqual(self.engine.wait_job("two")["state"], "SUCCEEDED")
        series = self.series("two")
        # One that computes has a CPU as far as the machine has one for it; one that sleeps has next to none.
        self.assertGreater(highest(series["master-replica-0", "cpu"]), 0.3)
        self.assertLess(highest(series["master-replica-0", "cpu"]), 1.3)
        worker = [point["value"] for point in series["worker-replica-0", "cpu"]["points"]]
        self.assertLess(min(worker), 0.2)
        self.assertGreater(highest(series["master-replica-0", "memory"]), 150 * MIB)
        self.assertLess(highest(series["master-replica-0", "memory"]), 200 * MIB)
        self.assertLess(highest(series["worker-replica-0", "memory"]), 100 * MIB)
        self.assertEqual(highest(series["worker-replica-0", "processes"]), 2)
        self.assertEqual(highest(series["master-replica-0", "processes"]), 1)
        steps = [int(point["step"]) for point in series["master-replica-0", "memory"]["points"]]
        self.assertEqual(steps, sorted(steps))
        self.assertIn(steps[0], (0, 1))
        self.assertGreaterEqual(steps[-1], 3)
        replicas = {r["role"]: r["status"]["exit"]["use"] for r in self.detail("two")["attempts"][-1]["replicas"]}
        cpu = {role: (int(use["cpuUserNs"]) + int(use.get("cpuSystemNs", 0))) / 1e9 for role, use in replicas.items()}
        self.assertGreaterEqual(cpu["master"], 4)
        self.assertLess(cpu["master"], 6)
        self.assertLess(cpu["worker"], 3)
        self.assertGreater(int(replicas["master"]["peakMemoryBytes"]), 150 * MIB)
        received = int(replicas["worker"]["network"]["loopbackReceivedBytes"])
        self.assertGreaterEqual(received, 20_000_000)
        self.assertLess(received, 20_010_000)
        if int(replicas["worker"]["disk"].get("writtenBytes", 0)):  # a tmpfs is no block device
            self.assertGreaterEqual(int(replicas["worker"]["disk"]["writtenBytes"]), 16 * MIB)
            self.assertLess(int(replicas["worker"]["disk"]["writtenBytes"]), 20 * MIB)
        described = self.engine.mlengine("jobs", "describe", "two").stderr
        self.assertRegex(described, r"master-replica-0 +EXITED, status 0\n +[45]\.\d s of CPU in \d+\.\d s \([01](\.\d+)? CPUs\), "
                                    r"1\d\d MiB of memory at most")

    def test_the_command_line_shows_units_and_curves(self):
        go = self.waiting("shown")
        wait_for("three samples", lambda: len(self.series("shown", tag="memory").get(
            ("master-replica-0", "memory"), {"points": []})["points"]) > 2)
        table = self.engine.mlengine("jobs", "metrics", "shown", "--resources").stdout
        self.assertRegex(table, r"resources/master-replica-0 +memory +\d+ +\d+ +\d+(\.\d)? MiB +")
        self.assertRegex(table, r"resources/master-replica-0 +network_sent +\d+ +\d+ +0 B/s +")
        plot = self.engine.mlengine("jobs", "metrics", "shown", "--resources", "--tag=memory", "--plot").stdout
        self.assertRegex(plot, r"^memory \(resources/master-replica-0\): \d+(\.\d)? MiB at step \d+")
        self.assertIn("MiB ┤", plot)
        refused = self.engine.mlengine("jobs", "metrics", "shown", "--resources", "--tag=memry", check=False)
        self.assertEqual(refused.returncode, 1)
        go.touch()
        self.engine.wait_job("shown")
        self.assertRegex(self.engine.mlengine("jobs", "describe", "shown").stderr, r"(?m)^Used: \d+\.\d s of CPU in ")

    def test_events_are_served_as_before_and_all_are_both(self):
        self.engine.submit("quick", "print('done')")
        self.engine.wait_job("quick")
        self.assertTrue(self.metrics("quick")["series"], "a program of a moment has its first and its last sample")
        for source in (None, "events"):
            query = "" if source is None else "?source=events"
            _, answer = self.engine.request("GET", "/mlengine/v1/projects/default/jobs/quick/metrics" + query)
            self.assertEqual(answer["series"], [])
        self.assertTrue(self.metrics("quick", source="all")["series"])
        status, answer = self.engine.request("GET", "/mlengine/v1/projects/default/jobs/quick/metrics?source=x")
        self.assertEqual(status, 400)
        self.assertIn("events, resources or all", answer["error"]["message"])

    def test_the_samples_of_a_killed_runner_stay_and_the_next_ones_go_on(self):
        go = self.waiting("runner_lost", *TWO_REPLICAS)
        task = "worker-replica-0"
        wait_for("two samples", lambda: len(self.series("runner_lost").get(
            (task, "memory"), {"points": []})["points"]) > 1)
        worker = next(r for r in self.detail("runner_lost")["attempts"][-1]["replicas"] if r["role"] == "worker")
        before = self.series("runner_lost")[task, "memory"]["points"]
        os.kill(worker["status"]["runnerPid"], signal.SIGKILL)
        # A lost runner ends its attempt; the next is one more start of all.
        wait_for("the next attempt", lambda: len(self.detail("runner_lost")["attempts"]) == 2)
        wait_for("samples of the next attempt", lambda: len(self.series("runner_lost")[task, "memory"]["points"]) >
                 len(before) + 2)
        go.touch()
        self.assertEqual(self.engine.wait_job("runner_lost")["state"], "SUCCEEDED")
        points = self.series("runner_lost")[task, "memory"]["points"]
        self.assertEqual(points[:len(before)], before)
        steps = [int(point["step"]) for point in points]
        self.assertEqual(steps, sorted(steps))
        self.assertEqual([p["time"] for p in points], sorted(p["time"] for p in points))
        self.assertEqual(self.links(), [], "the lost runner's link is gone too")

    @staticmethod
    def replace(path, content):
        beside = path.with_name("beside")
        beside.write_bytes(content)
        beside.rename(path)

    def test_a_torn_and_a_damaged_file(self):
        self.engine.submit("torn", "import time; time.sleep(2.5)")
        self.engine.wait_job("torn")
        path = self.folder_of("torn") / "samples-0"
        whole = path.read_bytes()
        count = len(self.series("torn")["master-replica-0", "memory"]["points"])
        self.assertGreaterEqual(count, 3)
        self.replace(path, whole[:-3])
        answer = self.metrics("torn", tag="memory")
        self.assertEqual(len(answer["series"][0]["points"]), count - 1)
        self.assertEqual(answer["warnings"], [])
        damaged = bytearray(whole)
        damaged[28 + 12] ^= 1  # in the first record
        self.replace(path, damaged)
        answer = self.metrics("torn", tag="memory")
        self.assertEqual(len(answer["series"][0]["points"]), count - 1)
        self.assertRegex(answer["warnings"][0], r"samples-0 is damaged: \d+ bytes were left out")
        self.replace(path, b"nothing of a sample file, and longer than its beginning")
        self.assertIn("no sample file", self.metrics("torn")["warnings"][0])
        path.unlink()
        self.assertEqual(self.engine.request("GET", "/healthz")[0], 200)

    def test_a_restart_goes_on_in_the_same_series(self):
        go = self.waiting("again", *TWO_REPLICAS)
        task = "worker-replica-0"
        wait_for("two samples", lambda: len(self.series("again").get(
            (task, "memory"), {"points": []})["points"]) > 1)
        worker = next(r for r in self.detail("again")["attempts"][-1]["replicas"] if r["role"] == "worker")
        os.kill(worker["status"]["userPid"], signal.SIGKILL)
        folder = self.folder_of("again", "worker-0")
        wait_for("its restart", (folder / "samples-1").exists)
        before = self.series("again")[task, "memory"]["points"]
        wait_for("more samples", lambda: len(self.series("again")[task, "memory"]["points"]) > len(before) + 1)
        go.touch()
        self.assertEqual(self.engine.wait_job("again")["state"], "SUCCEEDED")
        self.assertEqual(len(self.detail("again")["attempts"]), 1)
        points = self.series("again")[task, "memory"]["points"]
        self.assertEqual([int(p["step"]) for p in points], sorted(int(p["step"]) for p in points))
        self.assertEqual([p["time"] for p in points], sorted(p["time"] for p in points))
        replica = next(r for r in self.detail("again")["attempts"][-1]["replicas"] if r["role"] == "worker")
        self.assertEqual(replica["restart"], 1)
        self.assertGreater(int(replica["earlier"][0]["exit"]["use"]["peakMemoryBytes"]), 64 * MIB)

    def test_they_outlive_the_server(self):
        self.engine.submit("kept", "import time; time.sleep(1.5)")
        self.engine.wait_job("kept")
        before = self.metrics("kept")
        self.engine.kill()
        self.engine.start()
        self.assertEqual(self.metrics("kept"), before)

    def links(self):
        folder = self.engine.data / "t"
        return sorted(p.name for p in folder.iterdir()) if folder.exists() else []

    def test_a_socket_below_tmpdir_of_a_job_with_a_long_name(self):
        job = "a_job_whose_name_has_as_many_as_sixty_characters_in_all_here"
        self.assertEqual(len(job), 60)
        program = '''
import multiprocessing, os, socket, tempfile
folder = tempfile.mkdtemp(prefix="pymp-")
address = os.path.join(folder, "listener-" + "x" * 8)
server = socket.socket(socket.AF_UNIX)
server.bind(address)
print("bound", len(address), os.path.realpath(tempfile.gettempdir()), flush=True)
if __name__ == "__main__":
    with multiprocessing.Manager() as manager:  # it listens below TMPDIR itself
        print("manager", manager.list([1, 2]), flush=True)
'''
        self.engine.submit(job, program)
        self.assertEqual(self.engine.wait_job(job)["state"], "SUCCEEDED", self.engine.log_messages(job))
        texts = [text for _, _, text in self.engine.log_messages(job)]
        bound = next(text for text in texts if text.startswith("bound ")).split()
        self.assertLess(int(bound[1]), 108)
        self.assertEqual(bound[2], str(self.folder_of(job) / "tmp"))
        self.assertGreater(len(bound[2]) + 32, 107, "the folder itself would have been too long")
        self.assertIn("manager [1, 2]", texts)
        self.assertEqual(self.links(), [])

    def test_links_of_dead_runners_are_removed_at_the_start(self):
        go = self.waiting("linked")
        living = self.links()
        self.assertEqual(len(living), 1)
        self.engine.kill()
        (self.engine.data / "t/deadbeef").symlink_to(self.engine.data / "jobs/default/gone/attempt-1/master-0/tmp")
        self.engine.start()
        self.assertEqual(self.links(), living)
        go.touch()
        self.engine.wait_job("linked")
        self.assertEqual(self.links(), [])

    def test_a_long_data_folder_is_told(self):
        folder = Path(tempfile.mkdtemp(prefix="mlengine-test-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        engine = Engine()
        engine.data = folder / ("d" * 70)
        engine.environment["MLENGINE_DATA_DIR"] = str(engine.data)
        with engine:
            engine.submit("deep", "import os; print('in', os.environ['TMPDIR'])")
            self.assertEqual(engine.wait_job("deep")["state"], "SUCCEEDED")
            told = [(severity, text) for _, severity, text in engine.log_messages("deep") if "Unix socket" in text]
            self.assertEqual(len(told), 1)
            self.assertEqual(told[0][0], "WARNING")
            self.assertIn("a shorter --data-dir", told[0][1])


# Tells two readings at once, and goes on as --loop does.
NVIDIA_SMI = """#!/bin/sh
case "$*" in
*--loop=*) while :; do echo "GPU-aaaa, 90, 12000"; echo "GPU-bbbb, 5, 300"; sleep 0.2; done ;;
*--query-compute-apps=*) exit 0 ;;
*--id=*) echo "${1#--id=}, Test Device 3000, 24576, 4" ;;
*) echo "0, GPU-aaaa, Test Device 3000, 24576" ;;
esac
"""


class GpuResourcesTest(unittest.TestCase):
    """With a script in the place of nvidia-smi: no real GPU."""

    def test_duty_and_memory_of_the_leased_gpu(self):
        with Engine() as engine:
            engine.stop()
            program = engine.folder / "nvidia-smi"
            program.write_text(NVIDIA_SMI)
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            (engine.data / "mlengine.yaml").write_text(f"slots: 2\nnvidiaSmi: {program}\n")
            engine.start()
            engine.submit("on_gpu", "import time; time.sleep(2.5)", flags=["--scale-tier", "BASIC_GPU"])
            self.assertEqual(engine.wait_job("on_gpu")["state"], "SUCCEEDED")
            status, answer = engine.request(
                "GET", "/mlengine/v1/projects/default/jobs/on_gpu/metrics?source=resources&tag=gpu*")
            self.assertEqual(status, 200)
            series = {one["tag"]: one for one in answer["series"]}
            self.assertEqual(sorted(series), ["gpu0_duty", "gpu0_memory"])
            self.assertEqual((series["gpu0_duty"]["max"], series["gpu0_memory"]["max"]), (90, 12000 * MIB))
            detail = engine.request("GET", "/mlengine/v1/projects/default/jobs/on_gpu")[1]
            gpu = detail["attempts"][-1]["replicas"][0]["status"]["exit"]["use"]["gpus"]
            self.assertEqual(gpu, [{"uuid": "GPU-aaaa", "wasSeen": True, "peakMemoryBytes": str(12000 * MIB),
                                    "meanDutyPercent": 90}])
            self.assertIn("GPU 0 90 % busy with 11.7 GiB at most", engine.mlengine("jobs", "describe", "on_gpu").stderr)
            left = subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE, text=True).stdout
            self.assertNotIn(str(program), left)


if __name__ == "__main__":
    unittest.main()
