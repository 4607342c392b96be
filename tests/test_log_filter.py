"""The filter language: the table of cases against the reference, and filters made at random over a real job's log, the
engine's answer against the reference's."""
import json
import random
import unittest

import log_filter_reference as reference
from engine import ROOT, Engine

TABLE = json.loads((ROOT / "src/logging_api/testdata/filter_cases.json").read_text())

# One line each; what a program may print.
TRAINER = """
import json
for line in %r:
    print(line, flush=True)
"""


def api_entry(entry):
    """An entry of the table as the API gives it."""
    service = entry["task"] == "service"
    out = {"insertId": "%012d" % entry["id"], "timestamp": entry["stamp"], "receiveTimestamp": entry["stamp"],
           "severity": entry["severity"],
           "logName": "projects/p/logs/" + ("ml.googleapis.com%2F" + entry["job"] if service else entry["task"]),
           "resource": {"type": "ml_job", "labels": {"job_id": entry["job"], "project_id": "p", "task_name": entry["task"]}},
           "labels": {"ml.googleapis.com/job_id": entry["job"], "ml.googleapis.com/task_name": entry["task"],
                      "ml.googleapis.com/trial_id": entry.get("trial", "")}}
    if service and entry["message"].isascii():
        out["textPayload"] = entry["message"]
    else:
        out["jsonPayload"] = {"levelname": entry["severity"], **entry.get("json", {}), "message": entry["message"]}
    return out


class TableTest(unittest.TestCase):
    def test_the_reference_agrees_with_the_table(self):
        entries = {name: api_entry(entry) for name, entry in TABLE["entries"].items()}
        self.assertGreaterEqual(len(TABLE["cases"]), 250)
        for case in TABLE["cases"]:
            with self.subTest(case["filter"]):
                try:
                    tree = reference.parse(case["filter"])
                except reference.Wrong:
                    self.assertIn("error", case)
                    continue
                self.assertEqual({name for name, entry in entries.items() if reference.passes(tree, entry)},
                                 set(case["passes"].split()))


class Maker:
    """Filters at random, spelled in many ways."""

    TEXTS = ["step", "Loss", "red", "a\"b", "back\\slash", "\u00fc", "7", "500", "0.25", "-5", "true", "x y", "service",
             "master-replica-0", "INFO", "queued", "2018-01-02", "NaN", "e", ""]
    PATTERNS = ["^step", "[0-9]+", "(?i)LOSS", "red|green", "s$", "\\d\\.\\d", "\u00fc", "^$", "a.b"]

    def __init__(self, seed, entries):
        self.random = random.Random(seed)
        self.entries = entries

    def one(self, *of):
        return self.random.choice(of)

    def quoted(self, text):
        mark = self.one('"', '"', "'")
        return mark + "".join("\\" + c if c in (mark, "\\") else c for c in text) + mark

    def text(self, text):
        bare = text and all(c.isalnum() or c in "-_" for c in text) and text not in ("AND", "OR", "NOT")
        return text if bare and self.random.random() < 0.5 else self.quoted(text)

    def value(self, path, op):
        if op in ("=~", "!~"):
            return '"' + self.one(*self.PATTERNS) + '"'
        if path in ("timestamp", "receiveTimestamp"):
            return '"' + self.one(*self.entries)["timestamp"] + '"'
        if path == "severity":
            return self.one("DEFAULT", "info", "WARNING", '"ERROR"', "350")
        if path == "insertId":
            return self.text(self.one(*self.entries)["insertId"])
        if op == ":" and self.random.random() < 0.2:
            return "*"
        value = self.text(self.one(*self.TEXTS))
        return value

    def comparison(self):
        path = self.one("textPayload", "jsonPayload.message", "jsonPayload.n", "jsonPayload.ok", "jsonPayload.tags",
                        "jsonPayload.in.k", 'jsonPayload."a.b"', "jsonPayload.list.v", "jsonPayload.none",
                        "jsonPayload.missing", "severity", "timestamp", "receiveTimestamp", "insertId", "logName",
                        "resource.type", "resource.labels.task_name", "resource.labels.job_id", "labels.task_name",
                        'labels."ml.googleapis.com/task_name"', "trace", "jsonPayload", "labels", "resource")
        if path in ("jsonPayload", "labels", "resource"):
            op = ":"
        elif path in ("severity", "timestamp", "receiveTimestamp"):
            op = self.one("=", "!=", "<", "<=", ">", ">=", ":")
        else:
            op = self.one("=", "!=", "<", "<=", ">", ">=", ":", ":", "=~", "!~")
        space = self.one("", "", " ")
        value = self.value(path, op)
        if self.random.random() < 0.15 and value != "*":
            value = "(" + self.one("", "NOT ") + value + self.one(" OR ", " AND ", " ") + self.value(path, op) + ")"
        return path + space + op + space + value

    def term(self):
        kind = self.random.randrange(10)
        if kind == 0:
            return self.text(self.one(*self.TEXTS).replace("-5", "5"))
        if kind == 1:
            phrase = self.one("step", "loss step", "`step 1`", "red", "\u00fc")
            field = self.one("", "", "textPayload, ", "jsonPayload, ", "jsonPayload.message, ")
            return f'SEARCH({field}"{phrase}")'
        if kind == 2:
            return self.one('log_id("master-replica-0")', 'ip_in_net(jsonPayload.ip, "10.0.0.0/8")')
        return self.comparison()

    def tree(self, depth):
        kind = self.random.randrange(6) if depth else 0
        if kind == 1:
            return self.one("NOT ", "-") + self.group(depth - 1)
        if kind == 2:
            return self.group(depth - 1) + " OR " + self.group(depth - 1)
        if kind == 3:
            return self.tree(depth - 1) + self.one(" AND ", " ", "\n", " -- why\n") + self.tree(depth - 1)
        if kind == 4:
            return self.tree(depth - 1) + " OR " + self.tree(depth - 1)
        return self.term()

    def group(self, depth):
        return "(" + self.tree(depth) + ")"


def lines_at_random(seed, count):
    made = random.Random(seed)
    lines = []
    for i in range(count):
        if i % 2:
            lines.append(made.choice([f"step {i} loss 0.{i}", "Red alert", 'a"b back\\slash', "\u00fcber 500", ""]))
            continue
        item = {"message": made.choice(["step 1", "Loss is nan", "a.b", "", "\u00fc and \u00e9"])}
        for key, values in {"n": [7, 0.25, -5, 500, "500", 1e300], "ok": [True, False, "true"], "ip": ["10.1.2.3", "::1", "x"],
                            "tags": [["red", "green"], [], ["Red"], "red", [["deep"]]], "none": [None, 1],
                            "in": [{"k": "red"}, {"k": 7}, {"k": {"v": 1}}, 5], "a.b": ["x y", True],
                            "list": [[{"v": 1}, {"v": "step"}], {"v": 7}],
                            "severity": ["ERROR", "WARNING", "DEBUG"]}.items():
            if made.random() < 0.5:
                item[key] = made.choice(values)
        lines.append(json.dumps(item, ensure_ascii=made.random() < 0.5))
    return lines


class RandomTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        for name in ("first", "Second"):
            cls.engine.submit(name, TRAINER % (lines_at_random(name, 60),))
        for name in ("first", "Second"):
            cls.engine.wait_job(name)
        cls.all = cls.list("")
        assert len(cls.all) > 120, len(cls.all)

    @classmethod
    def list(cls, text, **more):
        entries, token = [], {}
        while True:
            status, answer = cls.engine.request("POST", "/v2/entries:list", {
                "resourceNames": ["projects/default"], "filter": text, "pageSize": 1000, **more, **token})
            if status != 200:
                return answer["error"]["message"]
            entries += answer.get("entries", [])
            if "nextPageToken" not in answer:
                return entries
            token = {"pageToken": answer["nextPageToken"]}

    def test_the_engine_agrees_with_the_reference(self):
        maker = Maker(2018, self.all)
        understood = some = 0
        for number in range(1000):
            text = maker.tree(number % 5)
            got = self.list(text, orderBy=maker.one("timestamp asc", "timestamp desc"))
            try:
                tree = reference.parse(text)
            except reference.Wrong as wrong:
                self.assertIsInstance(got, str, f"{text!r}: {wrong}")
                continue
            self.assertIsInstance(got, list, f"{text!r}: {got}")
            wanted = [(e["timestamp"], e["insertId"]) for e in self.all if reference.passes(tree, e)]
            self.assertEqual(sorted((e["timestamp"], e["insertId"]) for e in got), sorted(wanted), repr(text))
            understood += 1
            some += 0 < len(wanted) < len(self.all)
        # Filters that all or nothing passes show little.
        self.assertGreater(understood, 800)
        self.assertGreater(some, 300)


if __name__ == "__main__":
    unittest.main()
