"""The restart storm: a store with many ended jobs, 20 slots, hundreds of jobs queued, and a server that is killed every
two seconds at random while clients submit, follow, cancel and list. Nothing may be lost, doubled or wrong."""
import argparse
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from matrix import prepare
from reader import check_leftovers, check_starts, journal
from world import BIN, FINAL, Violation, World


class Storm(World):
    SLOTS = 20
    PATIENCE = 120.0

    def __init__(self, arguments, template):
        super().__init__(seed=arguments.seed, template=template)
        self.arguments = arguments
        self.plans = {}  # job id -> (lines, pause, code)
        self.cancelled = set()
        self.problems = []
        self.restarts = []  # seconds from a start to the first answered request
        self.lock = threading.Lock()
        self.over = threading.Event()

    def keep_server(self):
        """The storm alone starts servers."""

    def make(self, job_id, lines, pause, code):
        args = [str(self.journal), job_id, str(lines), str(pause), str(code)]
        status, answer = self.persist("POST", "/v1/projects/default/jobs", {"jobId": job_id, "trainingInput": {
            "scaleTier": "BASIC", "region": "us-central1", "pythonModule": "trainer.task",
            "packageUris": [self.PACKAGE], "args": args}}, {"Idempotency-Key": job_id})
        if status != 200:
            raise Violation(f"create {job_id}: {status} {answer}")
        with self.lock:
            self.plans[job_id] = (lines, pause, code)
            self.acknowledged.add(job_id)

    def fill(self, count):
        """So many ended jobs: made while one job has all slots, and cancelled before they ran."""
        self.make("filler_holds", 10000, 0.1, 0)

        def some(worker):
            for number in range(worker, count, 8):
                self.make(f"filler_{number}", 1, 0, 0)
                self.persist("POST", f"/v1/projects/default/jobs/filler_{number}:cancel", {})
        threads = [threading.Thread(target=self.guarded, args=(some, worker)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.persist("POST", "/v1/projects/default/jobs/filler_holds:cancel", {})
        self.wait_for("the fillers", lambda: self.state("filler_holds").get("endTime"))
        self.cancelled |= set(self.plans)

    def guarded(self, work, *words):
        try:
            work(*words)
        except Exception as error:  # told at the end
            self.problems.append(f"{work.__name__}: {type(error).__name__}: {error}")

    def submitter(self, number, count):
        chance = random.Random(number)
        for index in range(count):
            self.make(f"storm_{number}_{index}", chance.randint(1, 60), 0.1, 3 if index % 7 == 3 else 0)

    def canceller(self):
        chance = random.Random(99)
        while not self.over.is_set():
            time.sleep(1)
            with self.lock:
                candidates = sorted(j for j in self.acknowledged if j.startswith("storm_") and j not in self.cancelled)
            if not candidates:
                continue
            job_id = chance.choice(candidates)
            status, answer = self.persist("POST", f"/v1/projects/default/jobs/{job_id}:cancel", {})
            if status == 200:
                self.cancelled.add(job_id)
            elif status != 400:
                raise Violation(f"cancel {job_id}: {status} {answer}")

    def lister(self):
        while not self.over.is_set():
            with self.lock:
                known = {j for j in self.acknowledged if j.startswith("storm_")}
            seen = set()
            token = ""
            while token is not None and not known <= seen:
                _, answer = self.persist("GET", f"/v1/projects/default/jobs?pageSize=500&pageToken={token}")
                seen |= {job["jobId"] for job in answer.get("jobs", [])}
                token = answer.get("nextPageToken")
            if not known <= seen:
                raise Violation(f"the list lacks {sorted(known - seen)[:5]}")
            time.sleep(0.5)

    def follower(self, number):
        """Follows one job after the other with the command line; each byte once, in order."""
        chance = random.Random(number)
        environment = {**self.environment(), "MLENGINE_ENDPOINT": f"http://{self.host}:{self.port}"}
        while not self.over.is_set():
            with self.lock:
                candidates = sorted(j for j in self.acknowledged if j.startswith("storm_") and j not in self.cancelled)
            if not candidates:
                time.sleep(0.2)
                continue
            job_id = chance.choice(candidates[-60:])
            done = subprocess.run([str(BIN / "mlengine"), "jobs", "stream-logs", job_id], env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
            if job_id in self.cancelled:
                continue
            if done.returncode == 69 and not done.stdout:
                continue  # who comes while nobody listens is told so at once
            if done.returncode not in (0, 1):  # 1: the job ended as FAILED
                raise Violation(f"stream-logs {job_id} ended with {done.returncode}: {done.stderr[-300:]}")
            got = [line.split("\t")[-1] for line in done.stdout.splitlines() if f"\t{job_id} line " in line]
            wanted = [f"{job_id} line {i}" for i in range(self.plans[job_id][0])]
            if got != wanted:
                raise Violation(f"the follower of {job_id} got {len(got)} lines of {len(wanted)}")
            self.followed = getattr(self, "followed", 0) + 1
            time.sleep(0.2)

    def blow(self):
        until = time.monotonic() + self.arguments.seconds
        while time.monotonic() < until:
            time.sleep(self.chance.uniform(1.0, 3.0))
            self.server.kill()
            self.server.wait()
            begun = time.monotonic()
            self.start()
            while self.once("GET", "/v1/projects/default/jobs?pageSize=1") is None:
                time.sleep(0.005)
            self.restarts.append(time.monotonic() - begun)

    def run(self):
        self.start()
        self.fill(self.arguments.stored)
        each = self.arguments.jobs // 3
        threads = [threading.Thread(target=self.guarded, args=words) for words in (
            (self.submitter, 1, each), (self.submitter, 2, each), (self.submitter, 3, each), (self.canceller,),
            (self.lister,), (self.follower, 1), (self.follower, 2), (self.follower, 3))]
        for thread in threads:
            thread.start()
        self.blow()
        self.wait_for("the ends", lambda: all(not thread.is_alive() for thread in threads[:3]), 600)
        for job_id in sorted(self.acknowledged):
            if job_id.startswith("storm_"):
                self.wait_for(job_id, lambda: self.state(job_id).get("endTime"), 900)  # noqa: B023
        self.over.set()
        for thread in threads:
            thread.join(timeout=120)
        self.judge()

    def judge(self):
        check_leftovers(self)
        database = sqlite3.connect(f"file:{self.data}/state.db?mode=ro", uri=True)
        rows = [row[0] for row in database.execute("SELECT job_id FROM jobs")]
        database.close()
        if len(rows) != len(set(rows)) or set(rows) != self.acknowledged:
            self.problems.append(f"{len(rows)} rows, {len(self.acknowledged)} acknowledged")
        told = journal(self)
        check_starts(told)
        self.bytes = 0
        for job_id in sorted(self.acknowledged):
            if job_id.startswith("storm_"):
                self.guarded(self.judge_job, job_id, told)
        if self.problems:
            raise Violation("; ".join(self.problems[:10]))

    def judge_job(self, job_id, told):
        lines, _, code = self.plans[job_id]
        job = self.state(job_id)
        keys = [key for key in told if key[0] == job_id]
        ended = [told[key]["end"] for key in keys if told[key]["end"]]
        wanted = "FAILED" if code else "SUCCEEDED"
        if job_id not in self.cancelled and (len(keys) != 1 or job["state"] != wanted):
            raise Violation(f"{job_id} started {len(keys)} times and is {job['state']}, wanted {wanted}")
        if job["state"] not in FINAL or (job["state"] == "SUCCEEDED" and not ended):
            raise Violation(f"{job_id} is {job['state']}, its program told {ended}")
        spool = self.data / f"jobs/default/{job_id}/attempt-1/master-0/stdout-0"
        printed = spool.read_text() if spool.exists() else ""
        whole = "".join(f"{job_id} line {i}\n" for i in range(lines))
        if not whole.startswith(printed) or (ended and printed != whole):
            raise Violation(f"{job_id}: the spool holds {len(printed)} bytes of {len(whole)}")
        _, raw = self.persist("GET", f"/mlengine/v1/projects/default/jobs/{job_id}/log:raw?task=master-replica-0")
        if printed and raw != printed:
            raise Violation(f"{job_id}: the log gives {len(raw)} bytes of {len(printed)}")
        self.bytes += len(printed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--jobs", type=int, default=520)
    parser.add_argument("--stored", type=int, default=10000, help="ended jobs in the store before it begins")
    parser.add_argument("--seed", type=int, default=20170405)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlengine-storm-") as folder:
        template, _ = prepare(folder)
        with Storm(arguments, template) as storm:
            try:
                storm.run()
            except Violation as error:
                print(f"VIOLATION: {error}")
                return 1
            print(f"{len(storm.plans)} jobs, {len(storm.restarts)} kills in {arguments.seconds:.0f} s, "
                  f"{getattr(storm, 'followed', 0)} jobs followed to their end, {storm.bytes} bytes of logs compared: "
                  f"0 lost, 0 doubled, 0 wrong; from start to answer {statistics.median(storm.restarts):.2f} s "
                  f"(median), {max(storm.restarts):.2f} s (longest)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
