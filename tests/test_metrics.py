"""The scalars of a job's event files: table, plot and JSON, from a bucket, a local folder and the working folder, while
the job runs and after it; and TensorBoard on them."""
import json
import re
import shutil
import signal
import subprocess
import sys
import unittest
import urllib.request

from engine import BIN, ROOT, Engine, processes_with, strip_colour, tensorflow_runtime, wait_for

# What a library's writer does, in a few lines: frames with masked checksums, events, summaries.
WRITER = '''
import os, struct, sys, time, urllib.parse, urllib.request

TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)

def masked(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])

def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data

def frame(record):
    length = struct.pack("<Q", len(record))
    return length + masked(length) + record + masked(record)

def scalar(tag, step, value):
    summary = field(1, field(1, tag.encode()) + b"\\x15" + struct.pack("<f", value))
    return frame(b"\\x09" + struct.pack("<d", time.time()) + b"\\x10" + varint(step) + field(5, summary))

def store(path, data):
    """The whole file anew, as TensorFlow does with an object at each flush; locally it is appended to."""
    if path.startswith("gs://"):
        bucket, name = path[5:].split("/", 1)
        url = "%s/upload/storage/v1/b/%s/o?uploadType=media&name=%s" % (
            os.environ["STORAGE_EMULATOR_HOST"], bucket, urllib.parse.quote(name, ""))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(urllib.request.Request(url, data=data, method="POST"), timeout=60).read()
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    size = os.path.getsize(path) if os.path.exists(path) else 0
    with open(path, "ab") as out:
        out.write(data[size:])
'''

TRAIN = WRITER + '''
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--job-dir", dest="job_dir")
parser.add_argument("--logdir")
parser.add_argument("--wait_for")
options = parser.parse_args()
folder = options.logdir or options.job_dir or "runs/one"
data = {"train": b"", "eval": b""}
for step in range(0, 300, 10):
    data["train"] += scalar("loss", step, 3.0 / (step + 1)) + scalar("accuracy", step, step / 300.0)
    if step % 100 == 0:
        data["eval"] += scalar("loss", step, float("nan") if step == 200 else 4.0 / (step + 1))
        for run in data:
            store("%s/%s/events.out.tfevents.1500000000.host" % (folder, run), data[run])
        print("step", step, flush=True)
    while options.wait_for and step == 100 and not os.path.exists(options.wait_for):
        time.sleep(0.05)
for run in data:
    store("%s/%s/events.out.tfevents.1500000000.host" % (folder, run), data[run])
'''

TABLE = """RUN    TAG       POINTS  LAST_STEP  LAST_VALUE  MIN      MAX
eval   loss      3       200        NaN         0.0396   4
train  accuracy  30      290        0.9667      0        0.9667
train  loss      30      290        0.01031     0.01031  3
"""


class EventFileCase(unittest.TestCase):
    engine_arguments = ("--slots", "4")

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine(*cls.engine_arguments)
        cls.engine.__enter__()
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def run_job(self, job, source, *user_args):
        self.engine.submit(job, source, *user_args)
        ended = self.engine.wait_job(job)
        self.assertEqual(ended["state"], "SUCCEEDED", self.engine.log_messages(job))

    def metrics(self, job, query="", status=200):
        found, answer = self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{job}/metrics{query}")
        self.assertEqual(found, status, answer)
        return answer

    def series(self, job, query=""):
        return {(s["run"], s["tag"]): s for s in self.metrics(job, query)["series"]}


class MetricsTest(EventFileCase):
    def test_a_jobs_curves_in_its_bucket(self):
        self.run_job("in_bucket", TRAIN)
        done = self.engine.mlengine("jobs", "metrics", "in_bucket")
        self.assertEqual(done.stdout, TABLE)
        self.assertEqual(done.stderr, "")
        answer = json.loads(self.engine.mlengine("jobs", "metrics", "in_bucket", "--tag=loss", "--run=eval",
                                                 "--format=json").stdout)
        series, = answer["series"]
        self.assertEqual([p["step"] for p in series["points"]], ["0", "100", "200"])
        self.assertEqual([series["points"][i]["value"] for i in (0, 2)], [4, "NaN"])
        self.assertAlmostEqual(series["points"][1]["value"], 4 / 101, places=7)
        self.assertEqual(series["nonFinite"], {"count": "1", "firstStep": "200"})
        self.assertRegex(series["points"][0]["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        self.assertEqual(answer["warnings"], [])

    def test_a_running_jobs_local_folder_is_read_on(self):
        folder = self.engine.folder / "curves"
        gate = self.engine.folder / "gate"
        self.engine.submit("local_folder", TRAIN, f"--logdir={folder}", f"--wait_for={gate}")
        wait_for("two points", lambda: self.series("local_folder").get(("curves/eval", "loss"), {}).get("count") == "2")
        self.assertEqual(self.engine.job("local_folder")["state"], "RUNNING")
        self.assertEqual(self.series("local_folder")["curves/train", "loss"]["count"], "11")
        gate.touch()
        self.engine.wait_job("local_folder")
        found = self.series("local_folder", "?since_step=100&points=3")
        self.assertEqual([p["step"] for p in found["curves/train", "loss"]["points"]], ["110", "200", "290"])
        self.assertEqual(found["curves/train", "loss"]["count"], "30")

    def test_the_working_folder_of_a_job_without_a_job_dir(self):
        package = self.engine.package(TRAIN)
        self.engine.mlengine("jobs", "submit", "training", "no_job_dir", "--module-name", "trainer.task", "--package-path",
                             package, "--region", "us-central1", "--staging-bucket", "gs://test_bucket")
        self.engine.wait_job("no_job_dir")
        found = self.series("no_job_dir")
        self.assertEqual(found["master-replica-0/runs/one/train", "loss"]["count"], "30", found.keys())

    def test_no_event_files(self):
        self.run_job("nothing", "print('hello')")
        done = self.engine.mlengine("jobs", "metrics", "nothing")
        self.assertEqual(done.stdout, "")
        self.assertIn("There are no event files below gs://test_bucket/nothing", done.stderr)
        package = self.engine.package("print('hello')")
        self.engine.mlengine("jobs", "submit", "training", "nothing_nowhere", "--module-name", "trainer.task",
                             "--package-path", package, "--region", "us-central1", "--staging-bucket", "gs://test_bucket")
        self.engine.wait_job("nothing_nowhere")
        done = self.engine.mlengine("jobs", "metrics", "nothing_nowhere", "--plot")
        self.assertIn("The job has no job-dir", done.stderr)

    def test_unknown_names(self):
        self.run_job("known", TRAIN)
        done = self.engine.mlengine("jobs", "metrics", "known", "--tag=los", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('has no series of tag "los". Did you mean "loss"? Its tags: accuracy, loss. Its runs: eval, train.',
                      done.stderr)
        done = self.engine.mlengine("jobs", "metrics", "unknown", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOT_FOUND: The specified job could not be found.", done.stderr)
        self.assertEqual(self.metrics("unknown", status=404)["error"]["status"], "NOT_FOUND")
        self.assertEqual(self.metrics("known", "?points=0", status=400)["error"]["status"], "INVALID_ARGUMENT")

    def test_the_plot(self):
        self.run_job("plotted", TRAIN)
        done = self.engine.mlengine("jobs", "metrics", "plotted", "--plot", "--tag=loss")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "loss (eval): NaN at step 200, min 0.0396, max 4")
        self.assertIn("loss (train): 0.01031 at step 290, min 0.01031, max 3", lines)
        self.assertEqual(max(map(len, lines)), 80)
        self.assertRegex(lines[1], r"^ +4 ┤[⠀-⣿]")
        self.assertIn("  1 value is NaN or infinite, first at step 200", lines)
        self.assertEqual(strip_colour(done.stdout), done.stdout)

    def test_the_terminals_width(self):
        self.run_job("in_terminal", TRAIN)
        if not shutil.which("script"):
            self.skipTest("script(1) is not installed")
        words = f"stty cols 50; {BIN / 'mlengine'} jobs metrics in_terminal --plot --tag=accuracy"
        done = subprocess.run(["script", "-qec", words, "/dev/null"], env=self.engine.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60)
        title, *plot = done.stdout.splitlines()
        self.assertTrue(title.startswith("accuracy (train): "), done.stdout)
        self.assertEqual(max(len(line.rstrip("\r")) for line in plot), 50, done.stdout)

    def test_files_of_real_libraries_and_a_damaged_one(self):
        self.run_job("libraries", "print('hello')")
        for library in ("tf1", "tf2", "keras_train", "torch", "tensorboardx"):
            self.engine.mlengine("storage", "cp", ROOT / f"src/insight/testdata/event_files/{library}.tfevents",
                                 f"gs://test_bucket/libraries/{library}/events.out.tfevents.1")
        found = self.series("libraries")
        for series in (("tf1", "loss"), ("tf2", "loss"), ("torch", "Loss/train"), ("tensorboardx", "loss")):
            values = [p["value"] for p in found[series]["points"]]
            self.assertEqual(values[3:6], ["NaN", "Infinity", "-Infinity"], series)
            self.assertEqual([values[0], values[1], values[2], values[9]], [1, 0.5, 0.33333334, 0.1], series)
        self.assertEqual(found["keras_train", "epoch_loss"]["count"], "3")
        self.assertEqual(self.metrics("libraries")["warnings"], [])
        damaged = self.engine.folder / "damaged"
        whole = bytearray((ROOT / "src/insight/testdata/event_files/tf1.tfevents").read_bytes())
        whole[-100] ^= 1
        damaged.write_bytes(whole[:-3])
        self.engine.mlengine("storage", "cp", damaged, "gs://test_bucket/libraries/tf1/events.out.tfevents.1")
        self.assertLess(int(self.series("libraries")["tf1", "accuracy"]["count"]), 10)
        done = self.engine.mlengine("jobs", "metrics", "libraries", "--run=tf1")
        self.assertIn("gs://test_bucket/libraries/tf1/events.out.tfevents.1 is damaged in 1 place", done.stderr)

    def test_without_a_tensorboard_it_says_how_to_get_one(self):
        self.run_job("no_board", TRAIN)
        environment, self.engine.environment = self.engine.environment, dict(self.engine.environment, PATH="/nowhere")
        try:
            done = self.engine.mlengine("tensorboard", "no_board", "--python", sys.executable, check=False)
        finally:
            self.engine.environment = environment
        if done.returncode == 0:
            self.skipTest("the tests' Python has a TensorBoard")
        self.assertEqual(done.returncode, 1)
        self.assertIn("pip install tensorboard", done.stderr)


TF_TRAIN = """
import argparse
import tensorflow as tf
parser = argparse.ArgumentParser()
parser.add_argument("--job-dir", dest="job_dir")
folder = parser.parse_args().job_dir
model = tf.keras.Sequential([tf.keras.Input([1]), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = tf.reshape(tf.range(8.0), [8, 1]) / 8
model.fit(x, x, epochs=3, validation_data=(x, x), verbose=0,
          callbacks=[tf.keras.callbacks.TensorBoard(folder, write_graph=False)])
with tf.compat.v1.Graph().as_default():
    writer = tf.compat.v1.summary.FileWriter(folder + "/old")
    summary = tf.compat.v1.Summary(value=[tf.compat.v1.Summary.Value(tag="old_loss", simple_value=0.25)])
    writer.add_summary(summary, 7)
    writer.close()
"""


class TensorFlowTest(EventFileCase):
    @classmethod
    def setUpClass(cls):
        runtime = tensorflow_runtime()
        if runtime is None:
            raise unittest.SkipTest("runtime version 2.19 could not be built here")
        cls.python = runtime[1]
        cls.engine = Engine()
        cls.engine.data.mkdir()
        (cls.engine.data / "mlengine.yaml").write_text(f"runtimesDir: {runtime[0]}\n")
        cls.engine.__enter__()
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")
        cls.engine.submit("keras", TF_TRAIN, flags=("--runtime-version", "2.19"))
        ended = cls.engine.wait_job("keras", 300)
        assert ended["state"] == "SUCCEEDED", cls.engine.log_messages("keras")

    def test_what_tensorflow_wrote_into_the_bucket(self):
        found = self.series("keras")
        self.assertEqual(found["train", "epoch_loss"]["count"], "3", found.keys())
        self.assertEqual(found["validation", "epoch_loss"]["count"], "3")
        self.assertEqual(found["old", "old_loss"]["points"][0]["value"], 0.25)

    def board(self, runs, *words):
        """What TensorBoard itself shows of the scalars, once there are so many runs: {run: [tag]}."""
        process = subprocess.Popen([str(BIN / "mlengine"), "tensorboard", *words], env=self.engine.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline()
            url = re.search(r"http://127\.0\.0\.1:\d+/", line)
            self.assertTrue(url, line + (process.stderr.read() if process.poll() is not None else ""))
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

            def tags():
                with opener.open(url.group() + "data/plugin/scalars/tags", timeout=60) as answer:
                    found = {run: sorted(tags) for run, tags in json.loads(answer.read()).items() if tags}
                    return found if len(found) >= runs else None
            return wait_for("TensorBoard's curves", tags, 120)
        finally:
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=30), 0, process.stderr.read())
            self.assertEqual(processes_with("tensorboard.main\0--logdir"), [])
            process.stdout.close()
            process.stderr.close()

    def test_tensorboard_shows_them_and_ends(self):
        shown = self.board(3, "keras")
        self.assertIn("epoch_loss", shown.get("train", []), shown)
        self.assertEqual(shown.get("old"), ["old_loss"])

    def test_tensorboard_of_two_jobs(self):
        self.engine.submit("other", WRITER + "store(sys.argv[sys.argv.index('--job-dir') + 1] + "
                           "'/events.out.tfevents.1', scalar('mine', 1, 2.0))")
        self.engine.wait_job("other")
        shown = self.board(4, "keras", "other", "--python", self.python)
        self.assertEqual(shown.get("other/."), ["mine"], shown)
        self.assertIn("epoch_loss", shown.get("keras/train", []), shown)


if __name__ == "__main__":
    unittest.main()
