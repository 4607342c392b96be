"""The same small jobs on mlengine and on Slurm while the controller of each (mlengine-server, slurmctld) is killed with
SIGKILL at the same moments and started again half a second later. What the jobs wrote down themselves is held against
what was acknowledged and against what each system says in the end. Prints a table: lost, doubled, cut, wrong."""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from slurm_cluster import PACKAGES, SlurmCluster, missing
from world import BIN, Violation, World

# JOURNAL NAME LINES PAUSE CODE: the start and the end are told to the journal, which is what the judge believes.
PROGRAM = '''
import os, sys, time
journal, name, lines, pause, code = sys.argv[1:6]
fd = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
os.write(fd, ("start %s %d\\n" % (name, os.getpid())).encode())
for i in range(int(lines)):
    os.write(1, ("%s line %d\\n" % (name, i)).encode())
    time.sleep(float(pause))
os.write(fd, ("end %s %s\\n" % (name, code)).encode())
sys.exit(int(code))
'''

SLOTS = 8
DOWN = 0.5  # seconds from a kill to the next start
DRAIN = 120  # seconds in which what was acknowledged must have ended once nobody kills any more


class Plan:
    """What a job prints and how it ends; whether it is cancelled once it runs. The same for both systems."""

    def __init__(self, number, chance):
        self.name = f"beside_{number}"
        self.lines = chance.randint(5, 60)
        self.code = 3 if number % 5 == 2 else 0
        self.cancel = number % 6 == 4
        if self.cancel:
            self.lines = 3000
        self.args = (self.name, str(self.lines), "0.05", str(self.code))

    def printed(self):
        return "".join(f"{self.name} line {i}\n" for i in range(self.lines))


class Mlengine:
    name = "mlengine"

    def __init__(self, folder):
        self.journal = Path(folder) / "journal"
        self.world = World()
        self.world.SLOTS = SLOTS
        self.world.keep_server = lambda: None  # only the killer starts servers

    def __enter__(self):
        self.world.__enter__()
        self.world.start()
        self.world.upload(PROGRAM)
        self.environment = {**self.world.environment(), "MLENGINE_ENDPOINT": f"http://{self.world.host}:{self.world.port}"}
        return self

    def __exit__(self, *_):
        self.world.__exit__()

    def kill(self):
        self.world.server.kill()
        self.world.server.wait()

    def start(self):
        self.world.start()

    def client(self, *words):
        return subprocess.run([str(BIN / "mlengine"), *words], env=self.environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120)

    def submit(self, plan):
        done = self.client("jobs", "submit", "training", plan.name, "--module-name", "trainer.task", "--packages",
                           World.PACKAGE, "--region", "us-central1", "--async", "--", str(self.journal), *plan.args)
        return done.returncode == 0

    def cancel(self, plan):
        return self.client("jobs", "cancel", plan.name).returncode == 0

    def states(self):
        """{name: "succeeded" | "failed" | "cancelled" | another word while it has not ended}."""
        out, token = {}, ""
        while token is not None:
            _, answer = self.world.persist("GET", f"/v1/projects/default/jobs?pageSize=500&pageToken={token}")
            for job in answer.get("jobs", []):
                out[job["jobId"]] = job["state"].lower()
            token = answer.get("nextPageToken")
        return out

    def output(self, plan):
        status, text = self.world.persist("GET", f"/mlengine/v1/projects/default/jobs/{plan.name}/log:raw"
                                                 "?task=master-replica-0")
        return text if status == 200 and isinstance(text, str) else ""


class Slurm:
    """`requeue`: as Slurm does by default; without it sbatch is told --no-requeue."""

    WORDS = {"COMPLETED": "succeeded", "FAILED": "failed", "CANCELLED": "cancelled", "NODE_FAIL": "node failed",
             "TIMEOUT": "timeout", "OUT_OF_MEMORY": "out of memory", "BOOT_FAIL": "boot failed"}

    def __init__(self, folder, requeue):
        self.name = "Slurm" if requeue else "Slurm, --no-requeue"
        self.requeue = requeue
        self.folder = Path(folder)
        self.journal = self.folder / "journal"
        (self.folder / "cluster").mkdir()
        self.cluster = SlurmCluster(self.folder / "cluster", SLOTS)
        self.ids = {}

    def __enter__(self):
        (self.folder / "task.py").write_text(PROGRAM)
        (self.folder / "out").mkdir()
        self.cluster.__enter__()
        return self

    def __exit__(self, *_):
        self.cluster.__exit__()

    def kill(self):
        self.cluster.kill_controller()

    def start(self):
        self.cluster.start_controller()

    def submit(self, plan):
        script = self.folder / f"{plan.name}.sh"
        script.write_text("#!/bin/sh\nexec " + " ".join([sys.executable, str(self.folder / "task.py"), str(self.journal),
                                                         *plan.args]) + "\n")
        done = self.cluster.call("sbatch", "--parsable", "-n1", "--job-name", plan.name, "--chdir", str(self.folder),
                                 "--output", str(self.folder / "out" / plan.name),
                                 "--requeue" if self.requeue else "--no-requeue", str(script), timeout=120)
        if done.returncode != 0:
            return False
        self.ids[plan.name] = done.stdout.strip().split(";")[0]
        return True

    def cancel(self, plan):
        return self.cluster.call("scancel", self.ids[plan.name]).returncode == 0

    def states(self):
        while True:
            done = self.cluster.call("squeue", "-h", "-t", "all", "-o", "%i|%T|%j")
            if done.returncode == 0:
                break
            time.sleep(0.5)
        rows = [line.split("|") for line in done.stdout.splitlines()]
        return {name: self.WORDS.get(state, state.lower() + "...") for number, state, name in rows
                if self.ids.get(name) == number}

    def output(self, plan):
        path = self.folder / "out" / plan.name
        return path.read_text() if path.exists() else ""


def has_ended(state):
    return state in ("succeeded", "failed", "cancelled") or state in Slurm.WORDS.values()


class Trial:
    def __init__(self, system, seconds, seed):
        self.system = system
        self.seconds = seconds
        self.seed = seed
        self.acknowledged = {}  # name -> plan
        self.cancelled = set()  # their cancellation was acknowledged
        self.kills = 0
        self.over = threading.Event()
        self.numbers = iter(range(100000))
        self.lock = threading.Lock()

    def started(self, name):
        return self.system.journal.exists() and f"start {name} " in self.system.journal.read_text()

    def submitter(self):
        while not self.over.is_set():
            with self.lock:
                number = next(self.numbers)
            plan = Plan(number, random.Random(self.seed * 100000 + number))
            if not self.system.submit(plan):
                continue
            self.acknowledged[plan.name] = plan
            if plan.cancel:
                until = time.monotonic() + 10
                while not self.started(plan.name) and time.monotonic() < until:
                    time.sleep(0.05)
                if self.system.cancel(plan):
                    self.cancelled.add(plan.name)

    def run(self):
        chance = random.Random(self.seed)  # the same moments for each system
        threads = [threading.Thread(target=self.submitter) for _ in range(2)]
        for thread in threads:
            thread.start()
        begun = time.monotonic()
        at = 0.0
        while True:
            at += chance.uniform(3.0, 7.0)
            if at > self.seconds:
                break
            time.sleep(max(0.0, begun + at - time.monotonic()))
            self.system.kill()
            self.kills += 1
            time.sleep(DOWN)
            self.system.start()
        self.over.set()
        for thread in threads:
            thread.join()
        until = time.monotonic() + DRAIN
        while time.monotonic() < until:
            states = self.system.states()
            if all(has_ended(states.get(name, "cancelled")) for name in self.acknowledged):
                break
            time.sleep(1)
        return self.judge(self.system.states())

    def judge(self, states):
        starts, ends = {}, {}
        for line in self.system.journal.read_text().splitlines():
            word, name, value = line.split()
            if word == "start":
                starts[name] = starts.get(name, 0) + 1
            else:
                ends.setdefault(name, []).append(int(value))
        found = {"lost": [], "doubled": [], "cut": [], "wrong state": [], "wrong output": []}
        for name, plan in sorted(self.acknowledged.items()):
            state = states.get(name, "unknown")
            is_cancelled = name in self.cancelled
            if starts.get(name, 0) > 1:
                found["doubled"].append(f"{name}: {starts[name]} starts")
            if is_cancelled:
                if state != "cancelled":
                    found["wrong state"].append(f"{name}: cancelled, and it is {state}")
                continue
            if plan.cancel:
                continue  # its cancellation was not acknowledged: anything may be
            if not starts.get(name):
                found["lost"].append(f"{name}: never started, and it is {state}")
                continue
            if not ends.get(name):
                found["cut"].append(f"{name}: began and never ended, and it is {state}")
                continue
            wanted = "failed" if plan.code else "succeeded"
            if state != wanted:
                found["wrong state"].append(f"{name}: ended with {plan.code}, and it is {state}")
            if self.system.output(plan) != plan.printed():
                found["wrong output"].append(f"{name}: {len(self.system.output(plan))} of {len(plan.printed())} bytes")
        return {"system": self.system.name, "kills": self.kills, "acknowledged": len(self.acknowledged),
                "cancelled": len(self.cancelled), **found}


def table(results):
    columns = ("system", "kills", "acknowledged", "cancelled", "lost", "doubled", "cut", "wrong state", "wrong output")
    rows = [columns] + [tuple(str(r[c] if isinstance(r[c], (str, int)) else len(r[c])) for c in columns) for r in results]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long jobs come and controllers are killed")
    parser.add_argument("--runs", type=int, default=3, help="runs of each system, one after the other in turn")
    parser.add_argument("--seed", type=int, default=20170405)
    parser.add_argument("--only", default="", help="only the system whose name this is")
    parser.add_argument("--output", type=Path, help="write the results as JSON")
    arguments = parser.parse_args()
    if lacking := missing():
        print(f"Slurm is not installed here ({', '.join(lacking)}): apt-get install {' '.join(PACKAGES)}", file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("Slurm's daemons want root here.", file=sys.stderr)
        return 2
    results = []
    for number in range(arguments.runs):
        for make in (Mlengine, lambda folder: Slurm(folder, True), lambda folder: Slurm(folder, False)):
            with tempfile.TemporaryDirectory(prefix="mlengine-beside-") as folder:
                system = make(folder)
                if arguments.only and system.name != arguments.only:
                    continue
                with system:
                    result = Trial(system, arguments.seconds, arguments.seed + number).run()
            results.append(result)
            print(table([result]).splitlines()[-1], flush=True)
            for kind, names in result.items():
                if isinstance(names, list) and names:
                    print(f"  {kind}: " + "; ".join(names[:6]) + (" ..." if len(names) > 6 else ""), flush=True)
    sums = {}
    for result in results:
        total = sums.setdefault(result["system"], {"system": result["system"]})
        for key, value in result.items():
            if key != "system":
                total[key] = total.get(key, type(value)()) + value
    print("\n" + table(list(sums.values())))
    if arguments.output:
        arguments.output.write_text(json.dumps(results, indent=1))
    ours = sums.get("mlengine", {})
    return 1 if any(isinstance(value, list) and value for value in ours.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Violation as error:
        print(f"VIOLATION: {error}", file=sys.stderr)
        sys.exit(1)
