"""Logs: how fast they are taken in, how late a follower sees a line, how long a look takes; beside dd, tail -F, grep and
tail on plain files of the same bytes."""
import http.client
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from measure import ROOT, keep, print_table
import crowd
from engine import Engine

LINE = 120
GIGABYTE = 1_000_000_000 // LINE
ROUNDS = 5
WORD = "needle_in_a_haystack"
SOURCE = """
import os, sys
sys.stdout.flush()
words = [word for word in sys.argv[1:] if not word.startswith("--job-dir") and not word.startswith("gs://")]
os.execv(words[0], words)
"""


def producer(folder):
    program = Path(folder) / "producer"
    subprocess.run(["clang-19", "-O2", "-o", program, ROOT / "bench/producer/producer.c"], check=True)
    return str(program)


class Bench:
    def __init__(self, engine, program, folder):
        self.engine, self.program, self.folder, self.count = engine, program, Path(folder), 0
        self.figures = {}

    def begin(self, *words):
        self.count += 1
        job_id = f"logs_{self.count}"
        self.engine.submit(job_id, SOURCE, self.program, *map(str, words))
        return job_id

    def ended(self, job_id, seconds=600):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            job = self.engine.job(job_id)
            if job.get("endTime"):
                assert job["state"] == "SUCCEEDED", job
                return time.time_ns()
            time.sleep(0.02)
        raise TimeoutError(job_id)

    def spool(self, job_id):
        return self.engine.data / f"jobs/default/{job_id}/attempt-1/master-0/stdout-0"

    def entries(self, job_id):
        return ((self.engine.data / f"logs/default/{job_id}/index").stat().st_size - 16) // 36

    def flood(self, lines):
        """Seconds from the program's first byte until the job has ended, its log stored, stamped and readable."""
        start = self.folder / "start"
        start.unlink(missing_ok=True)
        job_id = self.begin("flood", lines, start)
        end = self.ended(job_id)
        assert self.spool(job_id).stat().st_size == lines * LINE
        assert self.entries(job_id) >= lines
        return job_id, (end - int(start.read_text())) / 1e9

    def dd(self, bytes_):
        target = self.folder / "dd"
        begun = time.perf_counter()
        subprocess.run(["dd", "if=/dev/zero", f"of={target}", "bs=1M", f"count={bytes_ >> 20}", "conv=fsync"],
                       check=True, stderr=subprocess.DEVNULL)
        took = time.perf_counter() - begun
        target.unlink()
        return took

    def forget(self, job_id):
        """Room for the next: the spool of a job that has ended."""
        self.spool(job_id).unlink()

    def intake(self):
        ours, theirs, last = [], [], None
        self.dd(GIGABYTE * LINE)
        for _ in range(ROUNDS):
            theirs.append(self.dd(GIGABYTE * LINE))
            if last:
                self.forget(last)
            last, took = self.flood(GIGABYTE)
            ours.append(took)
        rate = [GIGABYTE * LINE / 1e6 / took for took in ours]
        peer = [GIGABYTE * LINE / 1e6 / took for took in theirs]
        print_table("One job writes 1 GB of 120-byte lines", "MB/s", {"dd conv=fsync (peer)": peer,
                                                                       "mlengine, stored and stamped": rate})
        ratio = [a / b for a, b in zip(rate, peer)]
        print_table("Rate against the peer", "ratio", {"mlengine / dd": ratio})
        print("  goal: at least 0.50")
        self.figures["intake"] = {"dd_mb_s": peer, "mlengine_mb_s": rate, "ratio": ratio}
        return last

    def many(self, jobs=50, rate=1000, seconds=20):
        ids = [self.begin("paced", rate, seconds) for _ in range(jobs)]
        lags = []
        for job_id in ids:
            self.ended(job_id)
        for job_id in ids:
            assert self.spool(job_id).stat().st_size == rate * seconds * LINE
            assert self.entries(job_id) >= rate * seconds, self.entries(job_id)
            lags += self.stamp_lags(job_id)
        self.figures["many_lag_ms"] = percentiles(lags)
        print(f"\n{jobs} jobs, {rate} lines/s each for {seconds} s: {jobs * rate * seconds} lines, none missing; from a "
              f"line's write to its stamp {describe(lags)}")

    def stamp_lags(self, job_id):
        """ms from each line's write to its stamp."""
        written = [int(line[:19]) for line in self.spool(job_id).read_bytes().splitlines()]
        index = (self.engine.data / f"logs/default/{job_id}/index").read_bytes()
        stamps = {}
        for at in range(16, len(index) - 35, 36):
            stamp, offset, length, stream, _, flags = struct.unpack_from("<QQIIHH", index, at)
            if flags == 0 and length == LINE and stream == 0:
                stamps[offset // LINE] = stamp
        return [(stamps[i] - moment) / 1e6 for i, moment in enumerate(written)]

    def follow(self, rate=2000, seconds=20):
        """ms from a line's write until a follower has it."""
        job_id = self.begin("paced", rate, seconds)
        url = urllib.parse.urlsplit(self.engine.url)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
        connection.request("GET", f"/mlengine/v1/projects/default/jobs/{job_id}/log?follow=true")
        ours = []
        for line in connection.getresponse():
            seen = time.time_ns()
            entry = json.loads(line)
            if "message" in entry and entry["message"][:19].isdigit():
                ours.append((seen - int(entry["message"][:19])) / 1e6)
        self.ended(job_id)
        assert len(ours) == rate * seconds, len(ours)
        theirs = self.tail(rate, seconds)
        print_table(f"From a line's write to its follower, {rate} lines/s", "ms", {
            "tail -F of a file (peer)": theirs, "mlengine": ours})
        print(f"  tail -F {describe(theirs)}; mlengine {describe(ours)}; goal: p99 under 20 ms")
        self.figures["follow_ms"] = {"tail": percentiles(theirs), "mlengine": percentiles(ours)}

    def crowd(self, followers=2000, rate=10, seconds=20, silent=50):
        """ms from a line's write until each of many followers has it; some more never read."""
        job_id = self.begin("paced", rate, seconds)
        lags, lines = [], 0
        path = f"/mlengine/v1/projects/default/jobs/{job_id}/log"
        readers, gathered = crowd.follow(self.engine.url, path, followers, silent)
        for reader in readers:
            told = [(at, int(said[:19]) / 1e9) for at, said in reader.messages() if said[:19].isdigit()]
            lines += len(told)
            # Those that were there before all had come, and what the coming itself held up, say nothing of the way.
            lags += [(at - written) * 1e3 for at, written in told if written > gathered + 1]
        self.ended(job_id)
        assert lines == followers * rate * seconds, lines
        alone = self.stamp_lags(job_id)
        print(f"\n{followers} followers of one job, {rate} lines/s, {silent} more that never read: {lines} lines, none "
              f"missing; from a line's write to a follower {describe(lags)}; to its stamp {describe(alone)}")
        self.figures["crowd_ms"] = {"followers": followers, "lag": percentiles(lags), "stamp": percentiles(alone)}

    def tail(self, rate, seconds):
        path = self.folder / "plain"
        path.touch()
        lags = []
        with open(path, "ab") as out, subprocess.Popen(["tail", "-n", "+1", "-F", path], stdout=subprocess.PIPE,
                                                      stderr=subprocess.DEVNULL) as follower:
            def read():
                for line in follower.stdout:
                    lags.append((time.time_ns() - int(line[:19])) / 1e6)
            reader = threading.Thread(target=read)
            reader.start()
            subprocess.run([self.program, "paced", str(rate), str(seconds)], stdout=out, check=True)
            time.sleep(1.5)
            follower.terminate()
            reader.join()
        path.unlink()
        return lags

    def list_entries(self, job_id, more="", size=10):
        body = {"resourceNames": ["projects/default"], "orderBy": "timestamp desc", "pageSize": size,
                "filter": f'resource.labels.job_id="{job_id}" {more}'}
        begun = time.perf_counter()
        status, answer = self.engine.request("POST", "/v2/entries:list", body)
        assert status == 200, answer
        return (time.perf_counter() - begun) * 1000, answer.get("entries", [])

    def rare_word(self, job_id):
        ours, theirs = [], []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            found = subprocess.run(["grep", "-i", "-c", "-F", WORD, self.spool(job_id)], env={"LC_ALL": "C.UTF-8"},
                                   capture_output=True, text=True, check=True).stdout
            theirs.append((time.perf_counter() - begun) * 1000)
            assert found == "1\n", found
            took, entries = self.list_entries(job_id, f'"{WORD}"')
            assert len(entries) == 1 and WORD in entries[0]["jsonPayload"]["message"], entries
            ours.append(took)
        print_table("A rare word in 1 GB of log", "ms", {"grep -i -F (peer)": theirs, "entries:list": ours})
        print("  goal: under 1000")
        self.figures["rare_word_ms"] = {"grep": theirs, "mlengine": ours}

    def tail_of_much(self, gigabytes):
        job_id, took = self.flood(gigabytes * GIGABYTE)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            subprocess.run(["tail", "-n", "100", self.spool(job_id)], stdout=subprocess.DEVNULL, check=True)
            theirs.append((time.perf_counter() - begun) * 1000)
            self.engine.stop()  # what it knew of the log is gone
            self.engine.start()
            took, entries = self.list_entries(job_id, size=100)
            assert len(entries) == 100
            ours.append(took)
        print_table(f"The last 100 lines of {gigabytes} GB, by a server that was just started", "ms", {
            "tail -n 100 (peer)": theirs, "entries:list": ours})
        print("  goal: under 200")
        self.figures["tail_ms"] = {"gigabytes": gigabytes, "tail": theirs, "mlengine": ours}


def percentiles(values):
    ordered = sorted(values)
    return {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
            for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("max", 1))}


def describe(values):
    return ", ".join(f"{name} {value:.1f} ms" for name, value in percentiles(values).items())


def run():
    with tempfile.TemporaryDirectory(prefix="mlengine-bench-") as folder:
        program = producer(folder)
        engine = Engine("--slots", "50")
        engine.data.mkdir()
        (engine.data / "mlengine.yaml").write_text("outputLimitBytes: 20000000000\n")
        with engine:
            bench = Bench(engine, program, folder)
            last = bench.intake()
            bench.rare_word(last)
            bench.forget(last)
            bench.follow()
            bench.crowd()
            bench.many()
            bench.tail_of_much(int(os.environ.get("MLENGINE_BENCH_GIGABYTES", "10")))
            keep("logs", bench.figures)


if __name__ == "__main__":
    sys.exit(run())
