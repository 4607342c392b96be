"""The kill matrix: every point that the programs pass x every fault, each run in a world of its own, checked by the
reader. `python3 tests/crash/matrix.py` prints the table; see --help."""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import faults
from reader import check
from world import BIN, JOBS, ClientWorld, DrillWorld, Violation, World

WORLDS = {"upload": World, "jobs": World, "client": ClientWorld, "drill": DrillWorld}
FAULTS = {"mlengine-server": faults.OF_SERVER, "mlengine-runner": faults.OF_RUNNER, "program": faults.OF_PROGRAM,
          "mlengine-server, drilled": faults.OF_SERVER, "mlengine-runner, drilled": faults.OF_RUNNER,
          **{f"mlengine {verb}": faults.OF_CLIENT for verb in ClientWorld.COMMANDS}}


def may_mount():
    folder = tempfile.mkdtemp(prefix="mlengine-mount-")
    try:
        if subprocess.run(["mount", "-t", "tmpfs", "none", folder], stderr=subprocess.DEVNULL).returncode != 0:
            return False
        subprocess.run(["umount", folder], check=True)
        return True
    except FileNotFoundError:
        return False
    finally:
        os.rmdir(folder)


def points_of(trace):
    """{(program, point): how often}."""
    counts = collections.Counter(trace.read_text().splitlines()) if trace.exists() else {}
    return {tuple(line.split("|", 1)): count for line, count in counts.items()}


def prepare(folder):
    """A data folder in which the package lies; the points passed on the way to it, by three jobs, by the programs of these
    and by the commands that make them, with how often: {(program, point): (kind, count)}."""
    template = Path(folder) / "template"
    traces = {kind: Path(folder) / f"trace-{kind}" for kind in WORLDS}
    points = {}
    for kind, make in WORLDS.items():
        with make(trace=traces[kind], template=None if kind == "upload" else template) as world:
            world.start()
            if kind == "upload":
                world.upload()
                world.server.terminate()
                world.server.wait()
                subprocess.run(["cp", "-a", str(world.data), str(template)], check=True)
            else:
                world.go_through()
                check(world)
    for kind in ("upload", "jobs"):
        for key, count in points_of(traces[kind]).items():
            if (kind == "upload") == ("object" in key[1] or "crash-bucket" in key[1]):
                points[key] = (kind, count)
    # What is there for drills alone, and the commits, of which some are theirs.
    for (program, point), count in points_of(traces["drill"]).items():
        if point.startswith("commit") or (program, point) not in points:
            points[(f"{program}, drilled", point)] = ("drill", count)
    for verb in ClientWorld.COMMANDS:
        for (_, point), count in points_of(Path(f"{traces['client']}-{verb}")).items():
            points[(f"mlengine {verb}", point)] = ("client", count // (len(JOBS) if verb == "submit" else 1))
    for job_id, (lines, _, _, wanted) in JOBS.items():
        # Of the one to be cancelled nobody knows how far it comes.
        for line in (0,) if wanted == "CANCELLED" else sorted({0, lines // 2, lines - 1}):
            points[("program", f"{job_id} line {line}")] = ("jobs", 1)
    return template, points


class Cell:
    def __init__(self, process, point, fault, kind, count):
        self.process, self.point, self.fault, self.kind, self.count = process, point, fault, kind, count

    def __str__(self):
        return f"{self.process} | {self.point} | {self.fault}"


def cells(points, with_mounts):
    out = []
    for (program, point), (kind, count) in sorted(points.items()):
        for name in FAULTS.get(program, ()):
            if name in ("disk full", "read-only") and not with_mounts:
                continue
            if name == "dropped socket" and not point.startswith(("answer", "commit", "rename.before object")):
                continue
            if name == "half-open socket" and not point.startswith(("answer", "commit")):
                continue
            out.append(Cell(program, point, name, kind, count))
    return out


def watch(world, fault, done):
    """Waits for the point, does what the fault asks, lets the process go."""
    while not done.is_set():
        if fault.action == "pause":
            if (world.folder / "reached").exists():
                fault.act(world)
                (world.folder / "go").touch()
                fault.after(world)
                return
        elif world.fired():
            fault.after(world)
            return
        time.sleep(0.005)


def excuse(cell, fault):
    """A program that ended itself has failed."""
    if cell.process == "program" and fault.action == "exit":
        return lambda job: job["state"] == "FAILED"
    return fault.excused


def run(cell, seed, template, stop_seconds):
    """("ok" | "not reached" | "violation", text)."""
    # No two worlds pass a point equally often, and of several runners each counts for itself; the drills come late.
    most = max(1, cell.count if cell.kind == "drill" else (cell.count + 1) // 2)
    outcome = run_once(cell, random.Random(seed).randint(1, most), seed, template, stop_seconds)
    if outcome[0] != "not reached":
        return outcome
    return run_once(cell, 1, seed, template, stop_seconds)


def run_once(cell, nth, seed, template, stop_seconds):
    fault = faults.faults(stop_seconds)[cell.fault]()
    crash = (cell.process, cell.point, nth, fault.action)
    done = threading.Event()
    with WORLDS[cell.kind](crash, seed, None if cell.kind == "upload" else template, fault.tmpfs) as world:
        watcher = threading.Thread(target=watch, args=(world, fault, done), daemon=True)
        watcher.start()
        try:
            world.start()
            if cell.kind == "upload":
                world.upload()
            world.go_through()
            # Down and up once more: what comes after a crash is found in order; and there are points on the way.
            world.stop_server()
            world.keep_server()
            fired = world.fired()
            done.set()
            watcher.join(timeout=60)
            world.keep_server()
            problem = fault.check(world) if fired else None
            if problem:
                raise Violation(problem)
            check(world, excuse(cell, fault))
        except Exception as error:  # whatever it is, the cell is red
            kept = ""
            if os.environ.get("MLENGINE_CRASH_KEEP"):
                kept = tempfile.mkdtemp(prefix="mlengine-kept-")
                subprocess.run(["cp", "-a", str(world.folder) + "/.", kept])
            return "violation", f"{type(error).__name__}: {error} (nth {nth}, seed {seed}) {kept}"
        finally:
            done.set()
            (world.folder / "go").touch()
    return ("ok" if fired else "not reached"), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="runs of each cell")
    parser.add_argument("--filter", default="", help="only cells whose name holds it")
    parser.add_argument("--cells", type=Path, help="only cells named in this file, one a line")
    parser.add_argument("--sample", type=int, default=0, help="only so many cells, at random")
    parser.add_argument("--stop-seconds", type=float, default=30.0, help="how long a stopped process stands still")
    parser.add_argument("--jobs", type=int, default=8, help="worlds side by side")
    parser.add_argument("--seed", type=int, default=20170405)
    parser.add_argument("--list", action="store_true", help="print the cells and end")
    parser.add_argument("--output", type=Path, help="write the results as JSON")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="mlengine-matrix-")
    try:
        return matrix(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def matrix(arguments, folder):
    template, points = prepare(folder)
    wanted = [cell for cell in cells(points, may_mount()) if arguments.filter in str(cell)]
    if arguments.cells:
        named = set(arguments.cells.read_text().splitlines())
        wanted = [cell for cell in wanted if str(cell) in named]
    if arguments.sample:
        wanted = random.Random(arguments.seed).sample(wanted, min(arguments.sample, len(wanted)))
    if arguments.list:
        print("\n".join(map(str, wanted)))
        print(f"{len(wanted)} cells, {len(points)} points")
        return 0
    results = {str(cell): collections.Counter() for cell in wanted}
    violations = []
    work = [(cell, arguments.seed + number) for number in range(arguments.runs) for cell in wanted]
    # Those that wait stand side by side with many; they cost no processor.
    quick = [w for w in work if w[0].fault != "SIGSTOP"]
    slow = [w for w in work if w[0].fault == "SIGSTOP"]
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool, \
            concurrent.futures.ThreadPoolExecutor(4 * arguments.jobs) as waiting_pool:
        futures = {pool.submit(run, cell, seed, template, arguments.stop_seconds): cell for cell, seed in quick}
        futures |= {waiting_pool.submit(run, cell, seed, template, arguments.stop_seconds): cell for cell, seed in slow}
        for count, future in enumerate(concurrent.futures.as_completed(futures), 1):
            cell = futures[future]
            outcome, text = future.result()
            results[str(cell)][outcome] += 1
            if outcome == "violation":
                violations.append((str(cell), text))
                print(f"VIOLATION {cell}: {text}", flush=True)
            if count % 200 == 0 or count == len(futures):
                print(f"{count} of {len(futures)} runs, {len(violations)} violations, "
                      f"{time.monotonic() - begun:.0f} s", flush=True)
    runs = sum(sum(counter.values()) for counter in results.values())
    missed = sum(counter["not reached"] for counter in results.values())
    if arguments.output:
        arguments.output.write_text(json.dumps({"cells": results, "violations": violations}, indent=1))
    print(f"{len(results)} cells, {runs} runs, {missed} of them did not come to their point, "
          f"{len(violations)} violations; programs from {BIN}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
