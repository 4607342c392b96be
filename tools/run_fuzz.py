#!/usr/bin/env python3
"""Runs the fuzzing targets (fuzz/) for a while each, and closes with a table: what was tried, and what was found.

Targets run side by side, one a core. New inputs that reach new edges stay in the build folder and are the start of the
next run; the corpus in the repository only changes with --merge. An input on which a target ends is kept, its path is
printed with the command that runs it again, and the exit status is 1.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RSS_MIB = 2048
INPUT_SECONDS = 20  # longest for one input
LARGEST_INPUT = 4096  # bytes
LARGEST_CORPUS = 40  # files of one target that the repository keeps
RUNS = re.compile(r"stat::number_of_executed_units: *(\d+)")
COVERAGE = re.compile(r"cov: (\d+)")
STARTED = []
LOCK = threading.Lock()


class Target:
    def __init__(self, program, work):
        self.name = program.name.removeprefix("fuzz_")
        self.program = program
        self.found = work / "inputs" / self.name
        self.artifacts = work / "findings"
        self.kept = [ROOT / "fuzz/corpus" / self.name, ROOT / "fuzz/regressions" / self.name]
        self.dictionary = ROOT / "fuzz" / f"{self.name}.dict"

    def flags(self):
        flags = [f"-rss_limit_mb={RSS_MIB}", f"-timeout={INPUT_SECONDS}", f"-max_len={LARGEST_INPUT}",
                 f"-artifact_prefix={self.artifacts}/{self.name}-", "-print_final_stats=1"]
        if self.dictionary.exists():
            flags.append(f"-dict={self.dictionary}")
        return flags

    def environment(self, scratch):
        environment = dict(os.environ, TMPDIR=scratch)
        symbolizer = shutil.which("llvm-symbolizer-19") or shutil.which("llvm-symbolizer") or shutil.which("addr2line")
        if symbolizer:
            environment["ASAN_SYMBOLIZER_PATH"] = symbolizer
        return environment

    def call(self, words, folders):
        """Output and exit status of the program; what it leaves below its own TMPDIR goes with it."""
        with tempfile.TemporaryDirectory(prefix=f"mlengine-fuzz-{self.name}-", dir=scratch_base()) as scratch:
            process = subprocess.Popen([str(self.program), *words, *map(str, folders)], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                       env=self.environment(scratch), cwd=scratch, start_new_session=True)
            with LOCK:
                STARTED.append(process)
            output, _ = process.communicate()
            return output, process.returncode

    def run(self, seconds, seed):
        self.found.mkdir(parents=True, exist_ok=True)
        self.artifacts.mkdir(parents=True, exist_ok=True)
        before = len(list(self.found.iterdir()))
        words = [*self.flags(), f"-max_total_time={seconds}"]
        if seed is not None:
            words.append(f"-seed={seed}")
        output, code = self.call(words, [self.found, *[p for p in self.kept if p.exists()]])
        return Outcome(self, output, code, len(list(self.found.iterdir())) - before)


class Outcome:
    def __init__(self, target, output, code, new):
        self.target, self.output, self.code, self.new = target, output, code, new
        runs = RUNS.findall(output)
        self.runs = int(runs[-1]) if runs else 0
        coverage = COVERAGE.findall(output)
        self.coverage = int(coverage[-1]) if coverage else 0
        written = re.search(r"Test unit written to (\S+)", output)
        self.input = Path(written.group(1)) if written else None


def scratch_base():
    """Memory rather than a disk: a target's own files are written at every turn."""
    return os.environ.get("TMPDIR") or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def report(outcomes, seconds):
    print(f"\n{'target':<18}{'executions':>12}{'exec/s':>9}{'new inputs':>12}{'coverage':>10}  result")
    for outcome in outcomes:
        verdict = "ok" if outcome.code == 0 else "FOUND" if outcome.input else f"exit status {outcome.code}"
        print(f"{outcome.target.name:<18}{outcome.runs:>12}{outcome.runs / max(seconds, 1):>9.0f}{outcome.new:>12}"
              f"{outcome.coverage:>10}  {verdict}")
    bad = [outcome for outcome in outcomes if outcome.code != 0]
    for outcome in bad:
        print(f"\n{outcome.target.name}: the end of its output")
        print("\n".join(outcome.output.splitlines()[-60:]))
        if outcome.input:
            print(f"input: {outcome.input}\nagain: {outcome.target.program} {outcome.input}")
    total = sum(outcome.runs for outcome in outcomes)
    print(f"\n{len(outcomes)} targets, {total} executions, {len(bad)} findings")
    return 1 if bad else 0


def merge(target):
    """What was found goes into the corpus: the fewest inputs that reach the same edges."""
    corpus = ROOT / "fuzz/corpus" / target.name
    with tempfile.TemporaryDirectory(prefix="mlengine-merge-") as scratch:
        best = Path(scratch) / "best"
        best.mkdir()
        sources = [path for path in (corpus, target.found) if path.exists()]
        # By hand written seeds stay; to them comes what reaches more.
        seeds = {path.name for path in corpus.iterdir() if "-" in path.name} if corpus.exists() else set()
        for name in seeds:
            shutil.copyfile(corpus / name, best / name)
        output, code = target.call(["-merge=1", *target.flags()], [best, *sources])
        if code != 0:
            sys.exit(f"{target.name}: -merge failed\n{output[-2000:]}")
        corpus.mkdir(parents=True, exist_ok=True)
        for path in corpus.iterdir():
            if path.name not in seeds:
                path.unlink()
        merged = sorted((path for path in best.iterdir() if path.name not in seeds),
                        key=lambda path: path.stat().st_size)
        for path in merged[:LARGEST_CORPUS]:
            shutil.copyfile(path, corpus / path.name[:16])
    print(f"{target.name}: {len(list(corpus.iterdir()))} inputs, of {len(seeds) + len(merged)} that reach something of their own")


def main():
    parser = argparse.ArgumentParser(prog="./dev test --fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="only targets whose name holds one of these")
    parser.add_argument("--bin", type=Path, default=ROOT / "build/fuzz/bin")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="targets at once (default: one a core)")
    parser.add_argument("--seed", type=int, help="of the random numbers; by default another one each time")
    parser.add_argument("--merge", action="store_true", help="instead: bring what was found into fuzz/corpus")
    arguments = parser.parse_args()
    work = arguments.bin.resolve().parent
    targets = [Target(program, work) for program in sorted(arguments.bin.resolve().glob("fuzz_*"))
               if not arguments.targets or any(word in program.name for word in arguments.targets)]
    if not targets:
        sys.exit("run_fuzz: no target of that name is built")
    if arguments.merge:
        for target in targets:
            merge(target)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    outcomes = []
    try:
        with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
            for outcome in pool.map(lambda target: target.run(arguments.seconds, arguments.seed), targets):
                outcomes.append(outcome)
                print(f"{'ok' if outcome.code == 0 else 'FAILED':7}{outcome.target.name}: {outcome.runs} executions",
                      flush=True)
    finally:
        for process in STARTED:
            if process.poll() is None:
                process.terminate()
    return report(outcomes, arguments.seconds)


if __name__ == "__main__":
    sys.exit(main())
