"""Health hints: what is wrong with a job that runs, once in its log, with what to do; and silence about jobs that are
well. The times are short by mlengine.yaml."""
import stat
import time
import unittest

from engine import Engine, wait_for
from test_metrics import WRITER
from test_resources import NVIDIA_SMI

WAIT = """
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(1)
"""
BUSY = """
import os, sys
while not os.path.exists(sys.argv[1]):
    sum(range(100000))
"""
CHATTY = """
import os, sys, time
while not os.path.exists(sys.argv[1]):
    print("still here", flush=True)
    time.sleep(1)
"""
DIVERGES = WRITER + """
folder = sys.argv[sys.argv.index("--job-dir") + 1]
data = b""
for step in range(10):
    data += scalar("loss", step, 1.0 if step < 7 else float("nan"))
store(folder + "/train/events.out.tfevents.1", data)
while not os.path.exists(sys.argv[1]):
    print("still here", flush=True)
    time.sleep(1)
"""
TRAINS = WRITER + """
folder = sys.argv[sys.argv.index("--job-dir") + 1]
if "--save" in sys.argv:
    store(folder + "/model.ckpt-1.index", b"x")
step = 0
while not os.path.exists(sys.argv[1]):
    step += 1
    print("step %d" % step, flush=True)
    time.sleep(0.5)
"""


# Writes 8 MiB ten times a second.
FILLS = """
import os, sys, time
with open("much", "wb") as file:
    while not os.path.exists(sys.argv[1]):
        file.write(os.urandom(8 << 20))
        file.flush()
        os.fsync(file.fileno())
        print("more", flush=True)
        time.sleep(0.1)
"""


class HintsEngineTest(unittest.TestCase):
    HINTS = "idleSeconds: 5, checkpointSeconds: 4, lookEverySeconds: 1"
    MORE = ""  # of mlengine.yaml

    def setUp(self):
        self.engine = Engine("--slots", "4")
        self.engine.data.mkdir()
        self.configure()
        self.engine.__enter__()
        self.addCleanup(self.engine.__exit__)
        self.addCleanup(self.gate.touch)

    def configure(self):
        (self.engine.data / "mlengine.yaml").write_text(f"hints: {{{self.HINTS}}}\n{self.MORE}")

    @property
    def gate(self):
        return self.engine.folder / "gate"

    def start(self, job, source, *arguments, flags=()):
        self.engine.submit(job, source, str(self.gate), *arguments, flags=flags)

    def hints(self, job):
        """The service's warnings of the job, but for that of a runtime version which is not installed here."""
        return [text for task, severity, text in self.engine.log_messages(job)
                if task == "service" and severity == "WARNING" and "is not installed; the job runs on" not in text]

    def hint(self, job, words):
        return wait_for(f"{words!r} in the log of {job}: {self.engine.log_messages(job)}",
                        lambda: [text for text in self.hints(job) if words in text], 60)


class HintsTest(HintsEngineTest):
    def test_a_job_that_does_nothing_is_told_once(self):
        self.start("silent", WAIT)
        text, = self.hint("silent", "The job does nothing")
        self.assertIn("no line and used no CPU for 5 s", text)
        self.engine.stop()
        self.engine.start()
        wait_for("the server to know the job", lambda: self.engine.job("silent")["state"] == "RUNNING")
        time.sleep(9)
        self.assertEqual(len(self.hints("silent")), 1, "kept over a restart of the server")
        for field in ("hints", "progress"):
            self.assertNotIn(field, self.engine.job("silent"))

    def test_jobs_that_are_well_are_told_nothing(self):
        self.start("busy", BUSY)
        self.start("chatty", CHATTY)
        self.start("trains", TRAINS, "--save")
        for job in ("busy", "chatty", "trains"):
            wait_for(f"{job} to run", lambda job=job: self.engine.job(job)["state"] == "RUNNING")
        time.sleep(12)
        for job in ("busy", "chatty", "trains"):
            self.assertEqual(self.hints(job), [], job)

    def test_a_job_that_waits_for_room_is_told_nothing(self):
        for number in range(4):
            self.start(f"holder_{number}", CHATTY)
        self.start("waits", WAIT)
        time.sleep(9)
        self.assertEqual(self.engine.job("waits")["state"], "QUEUED")
        self.assertEqual(self.hints("waits"), [])

    def test_a_loss_that_is_not_a_number(self):
        self.start("diverges", DIVERGES)
        text, = self.hint("diverges", "The training diverged")
        self.assertIn("loss (train) is NaN or infinite since step 7", text)
        time.sleep(3)
        self.assertEqual(len(self.hints("diverges")), 1)

    def test_a_training_without_a_checkpoint(self):
        self.start("unsaved", TRAINS)
        text, = self.hint("unsaved", "written no checkpoint")
        self.assertIn("none is below gs://test_bucket/unsaved", text)

    def test_hints_may_be_switched_off(self):
        self.engine.stop()
        (self.engine.data / "mlengine.yaml").write_text(
            "hints: {enabled: false, idleSeconds: 3, checkpointSeconds: 3, lookEverySeconds: 1}\n")
        self.engine.start()
        self.start("unsaved", TRAINS)
        wait_for("the job to run", lambda: self.engine.job("unsaved")["state"] == "RUNNING")
        time.sleep(8)
        self.assertEqual(self.hints("unsaved"), [])


class DiskHintTest(HintsEngineTest):
    # At some 50 MB a second a disk of up to 5 TB is full in a day.
    HINTS = HintsEngineTest.HINTS + ", diskSeconds: 86400"

    def test_a_job_that_fills_the_disk(self):
        self.start("fills", FILLS)
        text, = self.hint("fills", "fills while this job runs")
        self.assertIn(f"The disk of {self.engine.data}", text)
        self.assertIn("the low-water mark of", text)


class GpuHintTest(HintsEngineTest):
    """With a script in the place of nvidia-smi: no real GPU."""

    def configure(self):
        program = self.engine.folder / "nvidia-smi"
        program.write_text(NVIDIA_SMI.replace("90", "0"))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.MORE = f"nvidiaSmi: {program}\n"
        super().configure()

    def test_a_gpu_that_is_not_used(self):
        self.start("wasteful", CHATTY, flags=["--scale-tier", "BASIC_GPU"])
        text, = self.hint("wasteful", "A GPU is paid for and not used")
        self.assertIn("master-replica-0's GPU was busy 0.0 % of the time for 5 s", text)


if __name__ == "__main__":
    unittest.main()
