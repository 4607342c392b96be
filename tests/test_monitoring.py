"""What the engine tells those who watch it: /metrics as Prometheus's own client reads it, the dashboard and the alerts that ship,
and a job's trace."""
import json
import re
import subprocess
import unittest

from clients import libraries_python
from engine import ROOT, Engine, wait_for

# Reads the text as Prometheus's Python client does; one JSON object a sample.
PARSE = """
import json, sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(json.dumps([sample.name, sample.labels, sample.value, family.type, family.documentation]))
"""


def samples(text):
    """[name, labels, value, type, help] of each sample. Raises when the text is not Prometheus's."""
    python, why = libraries_python()
    if python is None:
        raise unittest.SkipTest(why)
    done = subprocess.run([python, "-c", PARSE], input=text, text=True, stdout=subprocess.PIPE, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def value(found, name, **labels):
    """The one sample with that name and at least these labels."""
    fitting = [s[2] for s in found if s[0] == name and labels.items() <= s[1].items()]
    if len(fitting) != 1:
        raise AssertionError(f"{len(fitting)} samples of {name} {labels}")
    return fitting[0]


class MonitoringTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = cls.enterClassContext(Engine())
        cls.engine.stop()
        (cls.engine.data / "mlengine.yaml").write_text("logs: {lookEverySeconds: 1}\n")
        cls.engine.start()
        cls.engine.submit("good", "print('hello')")
        cls.engine.submit("bad", "import sys; print('oh no'); sys.exit(3)", check=False)
        cls.engine.wait_job("good")
        cls.engine.wait_job("bad")
        cls.engine.mlengine("storage", "buckets", "create", "gs://pail", check=False)
        # An answer is counted behind it, and what is kept by a look each second.
        cls.text = wait_for("the last answers to be counted", cls.scrape)
        cls.samples = samples(cls.text)

    @classmethod
    def scrape(cls):
        status, text = cls.engine.request("GET", "/metrics")[:2]
        text = text if isinstance(text, str) else text.decode()
        there = "mlengine_http_sent_bytes_total" in text and "mlengine_log_kept_bytes" in text
        return text if status == 200 and there else None

    def test_tells_of_jobs(self):
        self.assertEqual(value(self.samples, "mlengine_jobs", state="SUCCEEDED"), 1)
        self.assertEqual(value(self.samples, "mlengine_jobs", state="FAILED"), 1)
        self.assertEqual(value(self.samples, "mlengine_jobs", state="RUNNING"), 0)
        for state, count in {"QUEUED": 2, "RUNNING": 2, "SUCCEEDED": 1, "FAILED": 1, "CANCELLED": 0}.items():
            self.assertEqual(value(self.samples, "mlengine_job_state_changes_total", state=state), count, state)
        self.assertEqual(value(self.samples, "mlengine_attempts_total", outcome="SUCCEEDED"), 1)
        self.assertEqual(value(self.samples, "mlengine_attempts_total", outcome="USER_ERROR"), 1)
        self.assertEqual(value(self.samples, "mlengine_attempts_total", outcome="INFRASTRUCTURE_FAILURE"), 0)
        for phase in ("queued", "launch", "staging", "environment", "exec", "first_line"):
            self.assertEqual(value(self.samples, "mlengine_job_phase_seconds_count", phase=phase), 2, phase)

    def test_tells_of_logs(self):
        # The lines of the programs and what the service said.
        self.assertGreaterEqual(value(self.samples, "mlengine_log_bytes_total"), len("hellooh no"))
        self.assertGreaterEqual(value(self.samples, "mlengine_log_entries_total"), 2)

    def test_every_metric_says_what_it_is_and_names_no_job(self):
        for name, labels, _, kind, text in self.samples:
            self.assertTrue(text, name)
            self.assertNotEqual(kind, "unknown", name)
            self.assertFalse({"job", "project", "object", "bucket"} & labels.keys(), (name, labels))
            self.assertNotIn("good", " ".join(labels.values()), (name, labels))

    def test_what_ships_asks_only_for_what_there_is(self):
        there = {s[0] for s in self.samples} | {"up"}
        dashboard = (ROOT / "deploy/grafana/mlengine.json").read_text()
        expressions = [t["expr"] for p in json.loads(dashboard)["panels"] for t in p.get("targets", ())]
        self.assertGreater(len(expressions), 20)
        rules = (ROOT / "deploy/prometheus/mlengine-alerts.yml").read_text()
        expressions += re.findall(r"^ +expr: (.+)$", rules, re.MULTILINE)
        for expression in expressions:
            if re.search(r"\bmlengine_(?:prediction|model_server)", expression):
                continue  # this engine serves no model: test_serving.py
            asked = set(re.findall(r"\b(?:mlengine|process)_[a-z_]+", expression))
            self.assertTrue(asked or "up{" in expression, expression)
            self.assertLessEqual(asked, there, expression)
        guide = (ROOT / "docs/guides/monitoring.md").read_text()
        for name in sorted(there):
            family = re.sub(r"_(bucket|count|sum)$", "", name)
            short = "…_" + family.split("_", 2)[-1] if family.startswith("mlengine_pool_") else family
            if family.startswith("mlengine_"):
                self.assertTrue(f"`{family}" in guide or f"`{short}`" in guide, f"the guide does not tell of {family}")

    def test_a_trace_has_the_phases_of_a_job(self):
        trace = json.loads(self.engine.mlengine("jobs", "trace", "bad").stdout)
        [scope] = trace["resourceSpans"][0]["scopeSpans"]
        spans = {s["name"]: s for s in scope["spans"]}
        self.assertEqual(spans.keys(), {"job bad", "queued", "attempt 1", "master-0", "staging", "environment", "exec",
                                        "first_line", "program"})
        ids = {s["spanId"]: s for s in scope["spans"]}
        self.assertEqual(len(ids), len(spans))
        for span in scope["spans"]:
            self.assertRegex(span["traceId"], "^[0-9a-f]{32}$")
            self.assertRegex(span["spanId"], "^[0-9a-f]{16}$")
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]), span["name"])
            if span["name"] != "job bad":
                parent = ids[span["parentSpanId"]]
                self.assertLessEqual(int(parent["startTimeUnixNano"]), int(span["startTimeUnixNano"]), span["name"])
        self.assertEqual(spans["job bad"]["status"]["code"], 2)
        self.assertIn({"key": "process.exit.code", "value": {"intValue": "3"}}, spans["master-0"]["attributes"])
        again = json.loads(self.engine.mlengine("jobs", "trace", "bad").stdout)
        self.assertEqual(again, trace)

    def test_a_trace_goes_to_a_file(self):
        path = self.engine.folder / "trace.json"
        done = self.engine.mlengine("jobs", "trace", "good", f"--output={path}")
        self.assertIn(f"Wrote {path.stat().st_size} bytes", done.stderr)
        self.assertIn("resourceSpans", json.loads(path.read_text()))
        done = self.engine.mlengine("jobs", "trace", "good", "--output=/nowhere/at/all.json", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/at/all.json cannot be written", done.stderr)
        done = self.engine.mlengine("jobs", "trace", "none", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("NOT_FOUND", done.stderr)


if __name__ == "__main__":
    unittest.main()
