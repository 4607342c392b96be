"""200 no-op jobs until all have ended, beside the same module 200 times, two at a time, by xargs."""
import subprocess
import time

from measure import create_body, keep, print_table, staged_package
from engine import Engine

JOBS, ROUNDS = 200, 5
SOURCE = "pass\n"


def by_xargs(engine, package, interpreter):
    numbers = "\n".join(map(str, range(JOBS)))
    start = time.perf_counter()
    subprocess.run(["xargs", "-P", "2", "-I{}", interpreter, "-m", "trainer.task"], input=numbers, text=True,
                   check=True, cwd=package.parent, env=engine.environment)
    return JOBS / (time.perf_counter() - start)


def by_engine(engine, uri, tag):
    start = time.perf_counter()
    for i in range(JOBS):
        status, answer = engine.request("POST", "/v1/projects/default/jobs", create_body(f"{tag}_{i}", uri))
        assert status == 200, answer
    # Seldom, because the one who looks runs on the same two cores; what that adds counts against the engine.
    while not engine.job(f"{tag}_{JOBS - 1}").get("endTime") or any(
            job["state"] in ("QUEUED", "PREPARING", "RUNNING") for job in newest(engine)):
        time.sleep(0.2)
    took = time.perf_counter() - start
    states = [engine.job(f"{tag}_{i}")["state"] for i in range(JOBS)]
    assert states.count("SUCCEEDED") == JOBS, {s: states.count(s) for s in set(states)}
    return JOBS / took


def newest(engine):
    return engine.request("GET", "/v1/projects/default/jobs?pageSize=100")[1].get("jobs", [])


def run():
    with Engine("--slots", "2") as engine:
        uri = staged_package(engine, SOURCE)
        package = engine.package(SOURCE)
        interpreter = engine.request("GET", "/mlengine/v1/runtimes/system")[1]["interpreter"]
        theirs, ours = [], []
        for i in range(ROUNDS):
            theirs.append(by_xargs(engine, package, interpreter))
            ours.append(by_engine(engine, uri, f"drain{i}"))
        ratios = [a / b for a, b in zip(ours, theirs)]
        print_table("200 no-op jobs", "jobs/s", {"xargs -P 2 (peer)": theirs, "mlengine, 2 slots": ours})
        print_table("Rate against the peer", "ratio", {"mlengine / xargs": ratios})
        print("  goal: at least 0.60")
        keep("drain", {"xargs_per_s": theirs, "mlengine_per_s": ours, "ratio": ratios})
