"""From the acknowledged submit to the first line of user code, beside a bare `python3 -m` of the same module."""
import json
import statistics
import subprocess
import time
import urllib.request

from measure import create_body, keep, print_table, staged_package
from engine import Engine

RUNS = 25
SOURCE = "print('first line', flush=True)\n"


def bare(engine, package, interpreter):
    """Milliseconds from the start of the process to its first line."""
    start = time.perf_counter()
    with subprocess.Popen([interpreter, "-m", "trainer.task"], cwd=package.parent, stdout=subprocess.PIPE,
                          env=engine.environment) as process:
        process.stdout.readline()
        took = time.perf_counter() - start
        process.wait()
    return took * 1e3


def submitted(engine, job_id, uri):
    """Milliseconds from the answer to jobs.create until a follower holds the first line of the program."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    status, answer = engine.request("POST", "/v1/projects/default/jobs", create_body(job_id, uri))
    acknowledged = time.perf_counter()
    assert status == 200, answer
    url = f"{engine.url}/mlengine/v1/projects/default/jobs/{job_id}/log?follow=true&task=master-replica-0"
    with opener.open(url, timeout=60) as stream:
        for line in stream:
            if json.loads(line).get("message") == "first line":
                took = time.perf_counter() - acknowledged
                break
    engine.wait_job(job_id)
    return took * 1e3


def run():
    with Engine() as engine:
        uri = staged_package(engine, SOURCE)
        package = engine.package(SOURCE)
        runtime = engine.request("GET", "/mlengine/v1/runtimes/system")[1]
        theirs, ours, phases = [], [], {}
        for i in range(RUNS):
            theirs.append(bare(engine, package, runtime["interpreter"]))
            ours.append(submitted(engine, f"latency_{i}", uri))
            detail = engine.request("GET", f"/mlengine/v1/projects/default/jobs/latency_{i}")[1]
            for phase in detail["phases"]:
                phases.setdefault(phase["name"], []).append(phase["milliseconds"])
        added = [a - b for a, b in zip(ours, theirs)]
        print_table("Submit acknowledged to first user line", "ms",
                    {"python3 -m (peer)": theirs, "mlengine": ours, "added by mlengine": added,
                     **{f"  phase {name}": values for name, values in phases.items()}})
        median = statistics.median(added)
        print(f"  added at the median: {median:.1f} ms (goal: at most 150 ms)")
        keep("submit_latency", {"bare_ms": theirs, "mlengine_ms": ours, "added_median_ms": median,
                                "phases_ms": {n: statistics.median(v) for n, v in phases.items()}})
