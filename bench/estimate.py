"""What `jobs estimate` says of the sample on BASIC, against what the same job then takes; interleaved."""
import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from measure import ROOT, keep, print_table, summary

SAMPLE = ROOT / "samples/speech_commands"
ROUNDS = 5
STEPS = "800,200"  # a third of the demo's, with its other flags


def moment(stamp):
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0"))


def taken(engine, job_id):
    """Seconds from the replica's first phase to its exit, as its runner recorded them; the job's own startTime and
    endTime tell whole seconds."""
    detail = engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job_id}")[1]
    assert detail["job"]["state"] == "SUCCEEDED", detail["job"]
    status = detail["attempts"][-1]["replicas"][0]["status"]
    return moment(status["exit"]["endTime"]) - moment(status["phases"][0]["startTime"])


def data_set(folder):
    """The clips that the sample's own script makes; those of an earlier ./dev demo where there are any."""
    made = Path(os.environ.get("MLENGINE_SAMPLE_DATA", ROOT / "build/demo/data_set"))
    if made.is_dir():
        return made
    subprocess.run([str(SAMPLE / "make_dataset"), "--output", str(folder)], check=True)
    return folder


def run():
    from engine import Engine, tensorflow_runtime
    runtime = tensorflow_runtime()
    if runtime is None:
        print("estimate: skipped, runtime version 2.19 cannot be built here")
        return
    demo = json.loads((SAMPLE / "demo.json").read_text())
    engine = Engine("--slots", "2")
    engine.data.mkdir()
    (engine.data / "mlengine.yaml").write_text(f"runtimesDir: {runtime[0]}\n")
    rounds = []
    with engine:
        engine.mlengine("storage", "mb", "gs://bench_bucket")
        data = data_set(engine.folder / "words")
        for number in range(ROUNDS):
            rounds.append(one_round(engine, number, data, demo))
            print("round %d: %s" % (number + 1, rounds[-1]), flush=True)
    report(rounds)


def one_round(engine, number, data, demo):
    """One estimate, then one job of the same flags."""
    words = ["--module-name", "speech_commands.train", "--package-path", str(SAMPLE / "speech_commands"), "--job-dir",
             f"gs://bench_bucket/run_{number}", "--region", "us-central1", "--runtime-version", demo["runtime_version"]]
    training = [word for word in demo["training"] if not word.startswith("--how_many_training_steps")]
    args = ["--", "--data_url=", f"--data_dir={data}", *training, f"--how_many_training_steps={STEPS}"]
    start = time.monotonic()
    done = engine.mlengine("jobs", "estimate", *words, "--format", "json", *args, timeout=600)
    asked = time.monotonic() - start
    answer = json.loads(done.stdout)
    basic = next(tier for tier in answer["tiers"] if tier["tier"] == "BASIC")
    measured = answer["measured"][0]
    assert measured["steps"] * 10 <= answer["steps"]["count"], answer
    engine.mlengine("jobs", "submit", "training", f"run_{number}", *words, *args)
    while not engine.job(f"run_{number}").get("endTime"):
        time.sleep(1)  # often asking would take the processors from the job
    took = taken(engine, f"run_{number}")
    return {"estimate": basic["seconds"], "job": took, "error": 100 * (basic["seconds"] - took) / took,
            "profile": asked, "profileSteps": measured["steps"], "steps": answer["steps"]["count"],
            "confidence": basic["confidence"], "inputShare": answer["model"]["inputShare"]}


def report(rounds):
    print_table("The sample on BASIC: foretold and taken", "s",
                {"jobs estimate": [r["estimate"] for r in rounds], "the job (peer)": [r["job"] for r in rounds],
                 "the estimate itself took": [r["profile"] for r in rounds]})
    print_table("Error of the estimate", "%", {"signed": [r["error"] for r in rounds],
                                               "without sign": [abs(r["error"]) for r in rounds]})
    median = abs(summary([r["estimate"] for r in rounds])[1] / summary([r["job"] for r in rounds])[1] - 1) * 100
    print(f"median against median: {median:.1f} % (goal: 15)")
    keep("estimate", {"rounds": rounds, "median_error_percent": median})
    if median > 15:
        sys.exit("estimate: the goal was missed")


if __name__ == "__main__":
    run()
