#!/usr/bin/env python3
"""Runs every test there is and closes with one honest line: N passed, N failed, N skipped.

Four kinds: the rooms' test programs (GoogleTest), the samples' tests and the black-box tests of tests/ (both Python
unittest, file by file), and the console's: pure ones, and those that drive a real engine with a real browser (both
Vitest). A skipped test is named with its reason.

The black-box tests mostly wait for what they started, so some of their files run side by side (--lanes). The others run
alone: room tests count on the processor, browser tests look at the time of frames.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import client_libraries

ROOT = Path(__file__).resolve().parent.parent


# Black-box files that take all of the machine, or look at how long something takes.
ALONE = {"test_unruly.py", "test_limits.py", "test_kill_matrix.py", "test_crash.py", "test_full_disk.py",
         "test_serving_under_load.py", "test_resources.py"}
# Files that are run with --large alone, and why.
LARGE = {"test_torch.py": "it downloads 780 MB, the smallest PyTorch that the package index has for this machine"}


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []
        self.lock = threading.Lock()  # held by a lane while it adds and prints

    def add_gtest(self, program, report):
        for suite in report["testsuites"]:
            for case in suite["testsuite"]:
                name = f"{program}:{suite['name']}.{case['name']}"
                if case.get("failures"):
                    self.failed.append(name)
                elif case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                    reason = (case.get("skipped") or [{}])[0].get("message", "disabled").strip()
                    self.skipped.append(f"{name}: {reason.splitlines()[-1] if reason else ''}")
                else:
                    self.passed += 1


def run_gtest(program, tally):
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        start = time.monotonic()
        done = subprocess.run([str(program), f"--gtest_output=json:{report.name}"], cwd=ROOT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        failed_before = len(tally.failed)
        try:
            tally.add_gtest(program.name, json.load(open(report.name)))
        except (ValueError, KeyError):
            tally.failed.append(f"{program.name}: died with status {done.returncode} before its report")
        if done.returncode != 0 and len(tally.failed) == failed_before:
            tally.failed.append(f"{program.name}: exit status {done.returncode} (sanitizer or crash)")
        verdict = "ok" if len(tally.failed) == failed_before else "FAILED"
        print(f"{verdict:7}{program.name} ({time.monotonic() - start:.1f} s)", flush=True)
        if verdict == "FAILED":
            print(done.stdout[-8000:], flush=True)


RUN_FILE = """
import json, sys, unittest
suite = unittest.defaultTestLoader.discover(sys.argv[1], pattern=sys.argv[2], top_level_dir=sys.argv[1])
result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
bad = [t.id() if hasattr(t, "id") else str(t) for t, _ in result.failures + result.errors] + [
    t.id() for t in result.unexpectedSuccesses]
json.dump({"run": result.testsRun, "bad": bad, "skipped": [[t.id(), why] for t, why in result.skipped]},
          open(sys.argv[3], "w"))
sys.exit(0 if not bad else 1)
"""


def told_by_sanitizer(folder, name):
    """What the programs that a test started were told of by the thread sanitizer, which does not end them."""
    told = sorted(Path(folder).iterdir())
    for path in told[:3]:
        print(path.read_text(errors="replace")[:4000], flush=True)
    return [f"{name}: {len(told)} reports of the thread sanitizer on programs that it started"] if told else []


def run_python(path, interpreter, bin_dir, tally):
    with tempfile.NamedTemporaryFile(suffix=".json") as report, tempfile.TemporaryDirectory() as told:
        start = time.monotonic()
        environment = dict(os.environ, MLENGINE_BIN=str(bin_dir), PYTHONDONTWRITEBYTECODE="1")
        options = os.environ.get("TSAN_OPTIONS", "")
        environment["TSAN_OPTIONS"] = f"{options} log_path={told}/report".strip()
        environment["PYTHONPATH"] = os.pathsep.join([str(path.parent), str(path.parent.parent)])
        done = subprocess.run([interpreter, "-c", RUN_FILE, str(path.parent), path.name, report.name], cwd=ROOT,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace")
        name = str(path.relative_to(ROOT))
        try:
            result = json.load(open(report.name))
        except ValueError:
            result = {"run": 0, "bad": [f"{name}: died with status {done.returncode}"], "skipped": []}
        with tally.lock:
            reports = told_by_sanitizer(told, name)
            tally.failed += result["bad"] + reports
            tally.skipped += [f"{case}: {why}" for case, why in result["skipped"]]
            tally.passed += max(0, result["run"] - len(result["bad"]) - len(result["skipped"]))
            verdict = "ok" if not result["bad"] + reports else "FAILED"
            print(f"{verdict:7}{name} ({time.monotonic() - start:.1f} s)", flush=True)
            if result["bad"]:
                print(done.stdout[-8000:], flush=True)


def run_vitest(name, words, bin_dir, tally):
    """One run of Vitest in console/; `words` choose what it runs."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        start = time.monotonic()
        done = subprocess.run(["node", "node_modules/vitest/vitest.mjs", "run", *words, "--reporter=default", "--reporter=json",
                               f"--outputFile.json={report.name}"], cwd=ROOT / "console", text=True, errors="replace",
                              env=dict(os.environ, MLENGINE_BIN=str(bin_dir), NO_COLOR="1"), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        failed_before = len(tally.failed)
        try:
            for file in json.load(open(report.name))["testResults"]:
                where = os.path.relpath(file["name"], ROOT)
                if file["status"] == "failed" and not file["assertionResults"]:
                    tally.failed.append(f"{where}: did not start")
                for case in file["assertionResults"]:
                    if case["status"] == "passed":
                        tally.passed += 1
                    elif case["status"] == "failed":
                        tally.failed.append(f"{where}: {case['fullName']}")
                    else:
                        tally.skipped.append(f"{where}: {case['fullName']}: {case['status']}")
        except (ValueError, KeyError):
            tally.failed.append(f"{name}: died with status {done.returncode} before its report")
        if done.returncode != 0 and len(tally.failed) == failed_before:
            tally.failed.append(f"{name}: exit status {done.returncode}")
        verdict = "ok" if len(tally.failed) == failed_before else "FAILED"
        print(f"{verdict:7}{name} ({time.monotonic() - start:.1f} s)", flush=True)
        if verdict == "FAILED":
            print(done.stdout[-8000:], flush=True)


def sample_interpreter(bin_dir):
    """A Python with TensorFlow for the samples' tests: that of the engine's own runtime version. Without one, this
    Python, and what needs TensorFlow skips by name."""
    given = os.environ.get("MLENGINE_SAMPLE_PYTHON")
    if given:
        return given
    os.environ["MLENGINE_BIN"] = str(bin_dir)
    sys.path.insert(0, str(ROOT / "tests"))
    from engine import tensorflow_runtime
    print("the runtime with TensorFlow for the samples' tests (built once, kept in build/runtimes)", flush=True)
    runtime = tensorflow_runtime()
    return runtime[1] if runtime else sys.executable


def build_clients():
    """Once, before files that want them run side by side; those say why there are none."""
    try:
        client_libraries.ensure()
    except client_libraries.NotBuilt:
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--lanes", type=int, default=2, help="black-box test files that run at once")
    parser.add_argument("--large", action="store_true", help="also what downloads or computes too much for every run")
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()
    bin_dir = arguments.bin.resolve()
    tally = Tally()
    for program in sorted(bin_dir.glob("*_test")):
        if arguments.filter in program.name:
            run_gtest(program, tally)
    samples = [path for path in sorted(ROOT.glob("samples/*/tests/test_*.py"))
               if arguments.filter in str(path.relative_to(ROOT))]
    interpreter = sample_interpreter(bin_dir) if samples else ""
    for path in samples:
        run_python(path, interpreter, bin_dir, tally)
    black_box = [path for path in sorted(ROOT.glob("tests/**/test_*.py"))
                 if arguments.filter in str(path.relative_to(ROOT)) and (arguments.large or path.name not in LARGE)]
    if len(black_box) > 1:
        build_clients()
    with ThreadPoolExecutor(max(1, arguments.lanes)) as lanes:
        runs = [lanes.submit(run_python, path, sys.executable, bin_dir, tally) for path in black_box
                if path.name not in ALONE]
        for run in runs:
            run.result()
    for path in black_box:
        if path.name in ALONE:
            run_python(path, sys.executable, bin_dir, tally)
    if arguments.filter in "console/src":
        run_vitest("console/src", ["--dir", "src"], bin_dir, tally)
    for path in sorted(ROOT.glob("console/tests/*.test.ts")):
        name = str(path.relative_to(ROOT))
        if arguments.filter in name:
            run_vitest(name, ["--config", "vitest.browser.config.ts", str(path.relative_to(ROOT / "console"))], bin_dir, tally)
    for name, why in LARGE.items():
        if arguments.filter in name and not arguments.large:
            print(f"left out: tests/{name}: {why}; --large runs it")
    for name in tally.skipped:
        print(f"skipped: {name}")
    for name in tally.failed:
        print(f"failed: {name}")
    print(f"{tally.passed} passed, {len(tally.failed)} failed, {len(tally.skipped)} skipped")
    if tally.passed == 0 and not tally.failed:
        print("run_tests: no test ran", file=sys.stderr)
        return 1
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
