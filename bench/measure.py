"""What the benchmarks share: an engine on the release build, medians, and one way to print and keep figures."""
import json
import os
import platform
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("MLENGINE_BIN", str(ROOT / "build/bin"))
sys.path.insert(0, str(ROOT / "tests"))


def summary(values):
    """(minimum, median, maximum) of a list of numbers."""
    return min(values), statistics.median(values), max(values)


def print_table(title, unit, rows):
    """rows: name -> list of measured numbers, in `unit`."""
    print(f"\n{title} ({unit})")
    width = max(len(name) for name in rows)
    print(f"  {'':{width}}  {'min':>10} {'median':>10} {'max':>10}  runs")
    for name, values in rows.items():
        low, mid, high = summary(values)
        print(f"  {name:{width}}  {low:10.2f} {mid:10.2f} {high:10.2f}  {len(values)}")


def keep(name, figures):
    folder = ROOT / "build/bench"
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "kernel": platform.release(),
               "load": os.getloadavg()}
    (folder / f"{name}.json").write_text(json.dumps({"machine": machine, **figures}, indent=1) + "\n")


def create_body(job_id, package_uri, job_dir=None, module="trainer.task", args=()):
    """The body of jobs.create as gcloud sends it."""
    training = {"args": list(args), "packageUris": [package_uri], "pythonModule": module, "region": "us-central1",
                "scaleTier": "BASIC", "enableWebAccess": False}
    if job_dir:
        training["jobDir"] = job_dir
    return {"jobId": job_id, "trainingInput": training}


def staged_package(engine, source, job_id="stage_0"):
    """Submits once through the command line, so that the package is staged and the caches are warm; returns its URI."""
    engine.submit(job_id, source)
    job = engine.wait_job(job_id)
    assert job["state"] == "SUCCEEDED", job
    return job["trainingInput"]["packageUris"][0]
