"""How far a job is: by its lines, bars and event files, on describe, list and the status line of a terminal; over a
restart of the server, and after the job's end. What nobody tells stays unknown."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unittest

from engine import BIN, Engine, wait_for
from test_metrics import WRITER

# Tells steps, waits for a file, tells the rest.
STEPS = """
import os, sys, time
gate = sys.argv[1]
for step in range(1, 101):
    print("step %d, loss 0.5" % step, flush=True)
    time.sleep(0.03)
    while step == 40 and not os.path.exists(gate):
        time.sleep(0.02)
"""

# One bar that redraws itself, as tqdm does; never a line end.
TQDM = r"""
import os, sys, time
for step in range(0, 61):
    sys.stderr.write("\r%3d%%|###   | %d/200 [00:%02d<00:10, 20.0it/s]" % (step // 2, step, step // 20))
    sys.stderr.flush()
    time.sleep(0.03)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
"""

# The bars of Keras: each epoch has its own.
KERAS = r"""
import os, sys, time
for epoch in range(1, 3):
    print("Epoch %d/4" % epoch, flush=True)
    for step in range(1, 21):
        sys.stdout.write("\r%2d/20 [====>.........] - ETA: 1s - loss: 0.5" % step + ("\n" if step == 20 else ""))
        sys.stdout.flush()
        time.sleep(0.02)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
"""

EVENTS = WRITER + """
folder = sys.argv[sys.argv.index("--job-dir") + 1]
data = b""
for step in range(0, 301, 100):
    data += scalar("loss", step, 0.5)
    time.sleep(0.3)
store(folder + "/train/events.out.tfevents.1", data)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
"""


class ProgressTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine("--slots", "4")
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text("hints: {lookEverySeconds: 1}\n")
        cls.engine.__enter__()
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        cls.engine.__exit__(None, None, None)

    def gate(self, job):
        return self.engine.folder / f"gate-{job}"

    def start(self, job, source, *arguments):
        self.engine.submit(job, source, str(self.gate(job)), *arguments)
        self.addCleanup(lambda: self.gate(job).touch())

    def end(self, job):
        self.gate(job).touch()
        ended = self.engine.wait_job(job)
        self.assertEqual(ended["state"], "SUCCEEDED", self.engine.log_messages(job))

    def progress(self, job):
        status, answer = self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job}/progress")
        self.assertEqual(status, 200, answer)
        return answer

    def until(self, job, done):
        return wait_for(f"{done} of {job}, not {self.progress(job)}",
                        lambda: (lambda p: p if p.get("done") == str(done) else None)(self.progress(job)))

    def listed(self, job):
        table = self.engine.mlengine("jobs", "list").stdout
        return next(line for line in table.splitlines() if line.startswith(job + " ")).split()[3:]

    def test_lines_restart_of_the_server_and_end(self):
        self.start("lines", STEPS, "--train_steps=100")
        found = self.until("lines", 40)
        self.assertEqual((found["total"], found["unit"], found["source"], found["percent"]),
                         ("100", "step", "log", 40), found)
        self.assertGreater(found["perSecond"], 1, found)
        self.assertLess(found["perSecond"], 40, found)
        self.assertIn("secondsLeft", found)
        self.assertIn("USD", found["projected"]["text"])
        described = self.engine.mlengine("jobs", "describe", "lines")
        self.assertIn("Progress: 40 of 100 steps (40 %), ", described.stderr)
        self.assertEqual(self.listed("lines"), ["40%"])
        answer = self.engine.request("GET", "/mlengine/v1/projects/default/progress")[1]
        self.assertIn("40%", [job["short"] for job in answer["jobs"] if job["job"] == "lines"])
        self.engine.stop()
        self.engine.start()
        self.assertEqual(self.until("lines", 40)["total"], "100")
        self.end("lines")
        last = self.progress("lines")
        self.assertEqual(last["text"], "100 of 100 steps (100 %)")
        self.assertNotIn("secondsLeft", last)
        self.assertIn("Progress: 100 of 100 steps (100 %)\n", self.engine.mlengine("jobs", "describe", "lines").stderr)
        self.assertEqual(self.listed("lines"), ["100%"])
        for field in ("progress", "hints"):
            self.assertNotIn(field, self.engine.job("lines"), "the original's API has no such field")

    def test_a_bar_of_tqdm(self):
        self.start("tqdm", TQDM)
        self.assertEqual(self.until("tqdm", 60)["total"], "200")
        self.end("tqdm")
        self.assertEqual(self.progress("tqdm")["text"], "60 of 200 steps (30 %)")

    def test_bars_of_keras(self):
        self.start("keras", KERAS)
        found = self.until("keras", 40)
        self.assertEqual((found["total"], found["percent"]), ("80", 50))
        self.end("keras")

    def test_event_files(self):
        self.start("events", EVENTS, "--max_steps=600")
        found = self.until("events", 300)
        self.assertEqual((found["total"], found["source"]), ("600", "event files"))
        self.end("events")
        self.assertEqual(self.progress("events")["done"], "300")

    def test_a_job_that_tells_nothing_is_unknown(self):
        self.start("mute", "import os, sys, time\nprint('hello', flush=True)\n"
                   "while not os.path.exists(sys.argv[1]):\n    time.sleep(0.02)\n", "--train_steps=100")
        wait_for("the job to run", lambda: self.engine.job("mute")["state"] == "RUNNING")
        time.sleep(2)
        found = self.progress("mute")
        for field in ("done", "total", "percent", "perSecond", "secondsLeft", "projected"):
            self.assertNotIn(field, found)
        self.assertTrue(found["text"].startswith("unknown: "), found)
        self.assertEqual(self.listed("mute"), [])
        self.end("mute")
        self.assertEqual(self.progress("mute")["text"], "unknown: its log and event files told of no steps")

    def test_without_a_total_there_is_no_time_left(self):
        self.start("endless", STEPS)
        found = self.until("endless", 40)
        for field in ("total", "percent", "secondsLeft", "projected"):
            self.assertNotIn(field, found)
        self.assertGreater(found["perSecond"], 1)
        self.assertIn("the time left is not known", found["text"])
        self.assertEqual(self.listed("endless"), ["40", "steps"])
        self.end("endless")

    def test_a_short_job_keeps_what_it_did(self):
        self.engine.submit("short", "for i in range(1, 6):\n    print('step %d/5' % i)\n")
        self.engine.wait_job("short")
        self.assertEqual(self.progress("short")["text"], "5 of 5 steps (100 %)")

    def test_the_status_line_of_a_terminal(self):
        self.start("watched", STEPS, "--train_steps=100")
        self.until("watched", 40)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 44, 0, 0))
        process = subprocess.Popen([str(BIN / "mlengine"), "jobs", "stream-logs", "watched"],
                                   env=self.engine.environment, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        shown = ""

        def read():
            nonlocal shown
            if select.select([master], [], [], 0.1)[0]:
                try:
                    shown += os.read(master, 65536).decode(errors="replace")
                except OSError:
                    return True
            return process.poll() is not None
        try:
            wait_for("the status line", lambda: read() or "RUNNING: 40 of 100 steps" in shown)
            self.gate("watched").touch()
            wait_for("the end of stream-logs", read)
            self.assertEqual(process.wait(timeout=30), 0)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            os.close(master)
        self.assertIn("\r\x1b[K", shown)
        drawn = [text for text in re.split(r"\r\n|\r\x1b\[K", shown) if text.startswith("RUNNING: ")]
        self.assertTrue(drawn)
        self.assertLessEqual(max(map(len, drawn)), 43, drawn)
        # Each line of the log begins where the status line was taken away.
        for line in shown.split("\r\n"):
            if "step 90" in line:
                self.assertNotIn("RUNNING", line.split("\x1b[K")[-1])
        self.assertFalse(shown.rstrip().endswith("left"), "the line is taken away at the end")
        piped = self.engine.mlengine("jobs", "stream-logs", "watched").stdout
        self.assertNotIn("\x1b", piped)
        self.assertNotIn("RUNNING:", piped)

    def test_bad_questions(self):
        status, answer = self.engine.request("GET", "/mlengine/v1/projects/default/jobs/nobody/progress")
        self.assertEqual((status, answer["error"]["status"]), (404, "NOT_FOUND"))
        many = "&".join(f"job=j{i}" for i in range(201))
        self.assertEqual(self.engine.request("GET", f"/mlengine/v1/projects/default/progress?{many}")[0], 400)


if __name__ == "__main__":
    unittest.main()
