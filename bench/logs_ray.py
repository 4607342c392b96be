"""Logs beside Ray Jobs: the same compiled program submitted to both, its lines followed, its gigabyte stored, its tail looked at."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from measure import ROOT, keep, print_table
from engine import Engine
from logs import GIGABYTE, Bench, describe, percentiles, producer

sys.path.insert(0, str(ROOT / "tools"))
import client_libraries  # noqa: E402

ROUNDS = 3
RATE, SECONDS = 2000, 10
RAY = "ray[default]==2.60.0"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ray_python():
    """The interpreter of build/ray, built first where needed."""
    place = ROOT / "build/ray"
    if not (place / "bin/ray").exists():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([client_libraries.base_python(), "-m", "venv", place], check=True)
        subprocess.run([place / "bin/pip", "install", "-q", "--disable-pip-version-check", RAY], check=True)
    return place / "bin/python"


class Ray:
    """A Ray of one node on loopback and the driver that speaks to it. Ends with the context, by its process group."""

    def __init__(self, python, folder):
        self.environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
        self.python, self.folder = python, folder
        self.address = f"http://127.0.0.1:{free_port()}"
        self.store_port = str(free_port())

    def __enter__(self):
        port = self.address.rsplit(":", 1)[1]
        self.log = open(self.folder / "ray.log", "wb")
        self.head = subprocess.Popen(
            [self.python.parent / "ray", "start", "--head", "--block", "--num-cpus", "4", "--node-ip-address", "127.0.0.1",
             "--port", self.store_port, "--dashboard-host", "127.0.0.1", "--dashboard-port", port, "--temp-dir",
             self.folder / "ray", "--min-worker-port", "0", "--max-worker-port", "0"],
            stdout=self.log, stderr=self.log, env=self.environment, start_new_session=True)
        self.wait()
        self.driver = subprocess.Popen([self.python, ROOT / "bench/ray_driver.py", self.address,
                                        f"127.0.0.1:{self.store_port}"], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        return self

    def wait(self):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                host = http.client.HTTPConnection("127.0.0.1", int(self.address.rsplit(":", 1)[1]), timeout=5)
                host.request("GET", "/api/version")
                if host.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise TimeoutError((self.folder / "ray.log").read_text()[-2000:])

    def __exit__(self, *_):
        self.driver.stdin.close()
        self.driver.wait(30)
        os.killpg(self.head.pid, signal.SIGTERM)
        try:
            self.head.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.head.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.head.wait(10)

    def ask(self, **words):
        self.driver.stdin.write(json.dumps(words) + "\n")
        self.driver.stdin.flush()
        line = self.driver.stdout.readline()
        if not line:
            raise RuntimeError((self.folder / "ray.log").read_text()[-2000:])
        return json.loads(line)


def follow_ours(bench):
    """(ms from the submit to the first line at the follower, ms of each line from its write to the follower)."""
    # Staged before, as Ray needs no package for this program.
    begun = time.time_ns()
    job_id = bench.begin("paced", RATE, SECONDS)
    url = urllib.parse.urlsplit(bench.engine.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
    connection.request("GET", f"/mlengine/v1/projects/default/jobs/{job_id}/log?follow=true")
    first, lags = None, []
    for line in connection.getresponse():
        now = time.time_ns()
        message = json.loads(line).get("message", "")
        if message[:19].isdigit():
            first = first or (now - begun) / 1e6
            lags.append((now - int(message[:19])) / 1e6)
    bench.ended(job_id)
    return first, lags


def run():
    python = ray_python()
    with tempfile.TemporaryDirectory(prefix="mlengine-bench-") as name:
        folder = Path(name)
        program = producer(folder)
        engine = Engine("--slots", "4")
        engine.data.mkdir()
        (engine.data / "mlengine.yaml").write_text("outputLimitBytes: 20000000000\n")
        with engine, Ray(python, folder) as ray:
            compare(Bench(engine, program, folder), ray, program, folder)


def compare(bench, ray, program, folder):
    first, lags, stored, tails = ({"ray": [], "mlengine": []} for _ in range(4))
    last = None
    for _ in range(ROUNDS):
        theirs = ray.ask(do="follow", command=f"{program} paced {RATE} {SECONDS}")
        first["ray"].append(theirs["first_ms"])
        lags["ray"] += theirs["lags_ms"]
        begun, ours = follow_ours(bench)
        first["mlengine"].append(begun)
        lags["mlengine"] += ours

        start = folder / "ray-start"
        flood = ray.ask(do="flood", command=f"{program} flood {GIGABYTE} {start}")
        stored["ray"].append((flood["end_ns"] - int(start.read_text())) / 1e9)
        if last:
            bench.forget(last)
        last, took = bench.flood(GIGABYTE)
        stored["mlengine"].append(took)

        tail = ray.ask(do="tail", id=flood["id"], lines=100)
        assert tail["lines"] >= 100, tail
        tails["ray"].append(tail["ms"])
        took, entries = bench.list_entries(last, size=100)
        assert len(entries) == 100
        tails["mlengine"].append(took)
    for side in lags:
        assert len(lags[side]) == ROUNDS * RATE * SECONDS, (side, len(lags[side]))
    names = {"ray": "Ray Jobs (peer)", "mlengine": "mlengine"}
    for title, unit, figures in (("From the submit to the first line at a follower", "ms", first),
                                 (f"From a line's write to its follower, {RATE} lines/s", "ms", lags),
                                 ("1 GB of lines by one job, from its first write to its stored end", "s", stored),
                                 ("The last 100 lines of that 1 GB", "ms", tails)):
        print_table(title, unit, {names[side]: values for side, values in figures.items()})
    for side, values in lags.items():
        print(f"  {names[side]}: {describe(values)}")
    keep("logs_ray", {"first_ms": first, "lag_ms": {side: percentiles(values) for side, values in lags.items()},
                      "stored_s": stored, "tail_ms": tails})


if __name__ == "__main__":
    sys.exit(run())
