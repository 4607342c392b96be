"""Big and silent logs through gcloud, unmodified: very many entries, and last words in the last second.

MLENGINE_TEST_BIG_LOG gives how many entries the big one has (10000), MLENGINE_TEST_LAST_WORDS how many silent jobs are
followed (5)."""
import os
import shutil
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from clients import run_client
from engine import Engine

GCLOUD = shutil.which("gcloud")
ENTRIES = int(os.environ.get("MLENGINE_TEST_BIG_LOG", "10000"))
FLOOD = f"""
import sys
for i in range({ENTRIES}):
    sys.stdout.write("entry %06d of a big log\\n" % i)
"""
# Silent for that many seconds, then as many lines as it takes to be many, then the end.
SILENT = """
import sys, time
time.sleep(float(sys.argv[1]))
for i in range(50):
    print("last word", i, flush=True)
"""
JOBS = int(os.environ.get("MLENGINE_TEST_LAST_WORDS", "5"))
AT_ONCE = 5
INTERVAL = 2  # seconds between gcloud's looks


@unittest.skipUnless(GCLOUD, "gcloud is not installed")
class BigLogTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.engine.submit("big", FLOOD)
        assert cls.engine.wait_job("big")["state"] == "SUCCEEDED"
        cls.expected = [f"entry {i:06d} of a big log" for i in range(ENTRIES)]

    def check(self, what, lines, took):
        said = [line[line.index("entry "):] for line in lines if "entry " in line and "of a big log" in line]
        self.assertEqual(len(said), ENTRIES)
        self.assertEqual(said, self.expected)
        print(f"{what}: {ENTRIES} entries in {took:.1f} s", flush=True)

    def test_stream_logs_gives_them_all_in_order_and_none_twice(self):
        begun = time.monotonic()
        done = run_client(self.engine, "gcloud", "ml-engine", "jobs", "stream-logs", "big",
                          "--polling-interval=1", timeout=500)  # it takes at most 1000 entries at each look
        self.check("gcloud ml-engine jobs stream-logs", done.stdout.splitlines(), time.monotonic() - begun)

    def test_logging_read_gives_them_all_in_order_and_none_twice(self):
        begun = time.monotonic()
        done = run_client(self.engine, "gcloud", "logging", "read",
                          "resource.labels.job_id=big AND jsonPayload.message:entry", "--order=asc",
                          "--format=value(jsonPayload.message)", timeout=500)
        self.check("gcloud logging read", done.stdout.splitlines(), time.monotonic() - begun)


@unittest.skipUnless(GCLOUD, "gcloud is not installed")
class LastWordsTest(unittest.TestCase):
    """gcloud looks for the end and for lines at moments of its own; whatever they are, the lines are there."""

    @classmethod
    def setUpClass(cls):
        cls.one_by_one = threading.Lock()  # the folders of packages are numbered
        cls.engine = Engine("--slots", str(2 * AT_ONCE)).__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        # Configured once: clients that start at the same moment do not make it side by side.
        run_client(cls.engine, "gcloud", "ml-engine", "jobs", "list")

    def follow(self, number):
        job_id = f"silent_{number}"
        with self.one_by_one:
            self.engine.submit(job_id, SILENT, f"{6 + number % 10 * 0.3:.1f}")
        done = run_client(self.engine, "gcloud", "ml-engine", "jobs", "stream-logs", job_id,
                          f"--polling-interval={INTERVAL}", timeout=300)
        lines = done.stdout.splitlines()
        said = [line[line.index("last word"):] for line in lines if "last word" in line]
        return job_id, said == [f"last word {i}" for i in range(50)], said

    def test_every_job_is_streamed_whole(self):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            followed = list(pool.map(self.follow, range(JOBS)))
        whole = sum(good for _, good, _ in followed)
        print(f"last words: {whole} of {JOBS} streamed whole", flush=True)
        self.assertEqual([(job, said) for job, good, said in followed if not good], [])


if __name__ == "__main__":
    unittest.main()
