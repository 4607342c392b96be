"""The doors of the console that show many jobs and any place of a log: the table of jobs with filter, search, order and its
wait for changes, the list of projects, the window into a log, and the log entry that shows a first cause."""
import threading
import time
import unittest
import urllib.parse

from engine import Engine, wait_for

WELL = """
import os, sys, time
print("working", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
"""

# 3000 lines, each hundredth a warning, then a traceback.
LONG = """
import logging
for i in range(3000):
    if i % 100 == 7:
        logging.warning("odd Line %d", i)
    else:
        print("line %d" % i, flush=True)
raise ValueError("shard 1 has no labels")
"""


class ConsoleDoorsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.__enter__()
        cls.gate = cls.engine.folder / "gate"
        cls.engine.submit("waits_1", WELL, cls.gate, flags=("--labels", "owner=me", "--scale-tier", "basic"))
        cls.engine.submit("long_1", LONG)
        wait_for("waits_1 to run", lambda: cls.engine.job("waits_1")["state"] == "RUNNING")
        cls.failed = cls.engine.wait_job("long_1")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def ask(self, path, status=200, **query):
        words = urllib.parse.urlencode(query, doseq=True)
        found, answer = self.engine.request("GET", f"/mlengine/v1/projects{path}?{words}")
        self.assertEqual(found, status, answer)
        return answer

    def table(self, **query):
        return self.ask("/default/jobs:table", **query)

    def window(self, status=200, job="long_1", **query):
        return self.ask(f"/default/jobs/{job}/log:window", status, **query)

    @staticmethod
    def ids(answer):
        return [job["jobId"] for job in answer["jobs"]]

    def test_the_table_tells_what_the_jobs_tell(self):
        answer = self.table()
        rows = {job["jobId"]: job for job in answer["jobs"]}
        for job_id, row in rows.items():
            job = self.engine.job(job_id)
            for field in ("state", "createTime", "startTime", "endTime", "labels"):
                self.assertEqual(row.get(field), job.get(field), (job_id, field))
            for field in ("scaleTier", "region"):
                self.assertEqual(row[field], job["trainingInput"].get(field, "BASIC"))
            self.assertEqual(row["module"], job["trainingInput"]["pythonModule"])
        self.assertEqual(rows["long_1"]["group"], "failed")
        cause = self.ask("/default/jobs/long_1/explanation")["cause"]
        self.assertEqual(rows["long_1"]["error"], cause["sentence"][:200])
        self.assertEqual(rows["waits_1"]["replicas"], 1)
        self.assertIn("text", rows["waits_1"]["progress"])
        price = self.ask("/default/jobs/long_1")["price"]
        self.assertEqual((rows["long_1"]["perHour"], rows["long_1"]["currency"]), (price["perHour"], price["currency"]))
        self.assertEqual(rows["long_1"]["money"], price["used"]["money"])
        self.assertEqual(answer["counts"]["failed"], 1)

    def test_filter_search_group_and_order(self):
        self.assertEqual(self.ids(self.table(filter="state:FAILED")), ["long_1"])
        self.assertEqual(self.ids(self.table(filter="errorMessage:*labels*")), ["long_1"])
        self.assertEqual(self.ids(self.table(filter="labels.owner:me")), ["waits_1"])
        self.assertEqual(self.ids(self.table(search="OWNER=me basic")), ["waits_1"])
        self.assertEqual(self.ids(self.table(group="failed", search="trainer")), ["long_1"])
        self.assertEqual(self.ids(self.table(orderBy="jobId", limit=1, offset=0)), ["long_1"])
        self.assertIn("orderBy", self.ask("/default/jobs:table", 400, orderBy="size")["error"]["message"])
        self.assertIn("filter", self.ask("/default/jobs:table", 400, filter="state")["error"]["message"])

    def test_a_wait_ends_with_the_change(self):
        revision = self.table()["revision"]
        began = time.monotonic()
        quiet = self.table(wait=1, revision=revision)
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertEqual(quiet["revision"], revision)
        answers = []
        waiting = threading.Thread(target=lambda: answers.append((self.table(wait=30, revision=revision), time.monotonic())))
        waiting.start()
        time.sleep(0.3)
        self.assertFalse(answers)
        patched = time.monotonic()
        status, answer = self.engine.request("PATCH", "/v1/projects/default/jobs/long_1?updateMask=labels",
                                             {"labels": {"seen": "yes"}})
        self.assertEqual(status, 200, answer)
        waiting.join()
        self.assertLess(answers[0][1] - patched, 5)
        labels = {job["jobId"]: job.get("labels") for job in answers[0][0]["jobs"]}
        self.assertEqual(labels["long_1"], {"seen": "yes"})

    def test_a_restart_keeps_the_rows_and_is_news(self):
        before = self.table()
        self.engine.kill()
        self.engine.start()
        after = self.table(wait=30, revision=before["revision"])
        self.assertNotIn("loading", after)
        self.assertNotEqual(after["revision"], before["revision"])
        self.assertEqual(self.ids(after), self.ids(before))

    def test_projects(self):
        projects = {one["project"]: one for one in self.ask("")["projects"]}
        self.assertEqual(projects["default"], {"project": "default", "jobs": 2, "unfinished": 1})

    def test_a_log_is_walked_both_ways(self):
        all_entries = self.window(after="", limit=2000)["entries"]
        last = self.window(after=all_entries[-1]["insertId"], limit=2000)
        all_entries += last["entries"]
        self.assertTrue(last["end"])
        self.assertTrue(last["ended"])
        self.assertGreater(len(all_entries), 3000)
        back = []
        answer = self.window(limit=700)
        while True:
            back = answer["entries"] + back
            if answer["start"]:
                break
            answer = self.window(before=answer["previous"], limit=700)
        self.assertEqual(back, all_entries)
        middle = all_entries[1500]
        self.assertEqual(self.window(time=middle["timestamp"], limit=1)["entries"], [middle])
        half = self.window(fraction=0.5, limit=1)
        self.assertEqual(half["entries"][0]["insertId"], "%012d" % (half["count"] // 2))

    def test_a_log_is_filtered(self):
        found = self.window(contains="oDD lINE", limit=2000)["entries"]
        self.assertEqual([entry["message"] for entry in found], [f"WARNING:root:odd Line {i}" for i in range(7, 3000, 100)])
        found = self.window(severity="WARNING", task="master-replica-0", limit=10, after="")
        self.assertEqual(len(found["entries"]), 10)
        self.assertTrue(found["start"])
        self.assertFalse(found["end"])
        self.assertEqual(self.window(task="worker-replica-9")["entries"], [])
        self.assertIn("limit", self.window(400, limit=0)["error"]["message"])
        self.window(404, job="none")

    def test_the_cause_tells_its_place_in_the_log(self):
        cause = self.ask("/default/jobs/long_1/explanation")["cause"]
        shown = self.window(**{"from": cause["insertId"], "limit": 1})["entries"][0]
        self.assertTrue(shown["message"].startswith("Traceback"), shown)
        self.assertTrue(shown["message"].endswith("ValueError: shard 1 has no labels"), shown)


if __name__ == "__main__":
    unittest.main()
