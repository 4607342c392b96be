"""Sliding over a sound, asking over HTTP, and making a stream; without TensorFlow. tests/test_deploy.py of the
repository asks a real engine."""
import base64
import contextlib
import http.server
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

from speech_commands import accuracy, errors, make_stream, served, stream, wav
from wavs import make_set, tone, wav as wav_bytes

PARENT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAMES = ["_silence_", "_unknown_", "loud"]


class Engine(http.server.BaseHTTPRequestHandler):
    """Answers as a served version that knows one word: whether a window is loud throughout."""

    protocol_version = "HTTP/1.1"
    troubles = []  # (status, body) of the next answers, before good ones
    asked = []  # (path, number of instances)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, len(body["instances"])))
        status, answer = self.troubles.pop(0) if self.troubles else (200, {"predictions": [
            self.judge(base64.b64decode(one["audio_bytes"]["b64"])) for one in body["instances"]]})
        if status == 0:  # the connection is cut
            self.close_connection = True
            return
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    @staticmethod
    def judge(file):
        pcm = io.BytesIO(file)
        size = wav.begin(pcm, 16000)
        samples = struct.unpack("<%dh" % (size // 2), pcm.read())
        loud = sum(abs(sample) > 1000 for sample in samples) / len(samples)
        return {"label": "loud" if loud > 0.5 else "_silence_", "labels": NAMES, "scores": [1 - loud, 0.0, loud]}

    def log_message(self, *_):
        pass


class Listening(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        Engine.troubles, Engine.asked = [], []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.wav = os.path.join(self.folder, "long.wav")
        self.sound = [0] * 32000 + [4000] * 24000 + [0] * 32000 + [4000] * 24000 + [0] * 16000
        self.write(self.wav, wav_bytes(self.sound))

    def write(self, path, data):
        with open(path, "wb") as out:
            out.write(data)
        return path

    def listen(self, *arguments, model=("--model=loudness",)):
        """(exit status, standard output, standard error) of the program, in this process."""
        out, trouble = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(trouble):
            status = errors.run(stream.main, ["--wav", self.wav, "--endpoint", self.url, *model, *arguments])
        return status, out.getvalue(), trouble.getvalue()

    def test_commands_are_printed_with_their_times_and_counted(self):
        truth = self.write(os.path.join(self.folder, "truth.txt"), b"loud,2000\n_unknown_,5500\nloud,7500\n")
        status, said, trouble = self.listen("--ground_truth", truth, "--clip_stride_ms=100")
        self.assertEqual((0, ""), (status, trouble))
        lines = said.splitlines()
        self.assertRegex(lines[0], r"^    2\.\d00 s  loud       0\.[78]\d  correct$")
        self.assertRegex(lines[1], r"^    5\.\d00 s  loud       0\.[78]\d  wrong: _unknown_ at 5\.500 s$")
        self.assertRegex(lines[2], r"^71 windows up to 7\.0 s, in \d")
        self.assertEqual("66.7% matched, 33.3% correctly, 33.3% wrongly, 0.0% false positives (N=3)", lines[3])
        # Several are under way at a time, so they come in any order.
        self.assertEqual([7, 32, 32], sorted(count for _, count in Engine.asked))
        self.assertEqual({"/v1/projects/default/models/loudness:predict"}, {path for path, _ in Engine.asked})

    def test_windows_are_those_of_the_sound(self):
        options = stream.parse(["--wav=-", "--model=m", "--clip_stride_ms=250"])
        found = list(stream.windows(io.BytesIO(wav_bytes(range(24001))), options))
        self.assertEqual([0, 250, 500], [window.time_ms for window in found])
        for start, window in zip((0, 4000, 8000), found):
            self.assertEqual(list(range(start, start + 16000)), list(struct.unpack("<16000h", window.pcm)))

    def test_a_live_sound_is_heard_as_it_comes(self):
        """A recorder's pipe: its header promises more than ever comes, and commands are there before its end."""
        head = wav_bytes(self.sound)[:40] + b"\xff\xff\xff\x7f"
        program = subprocess.Popen([sys.executable, "-m", "speech_commands.stream", "--wav=-", "--model=loudness",
                                    "--endpoint", self.url, "--windows_per_request=4"], cwd=PARENT,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with program:
            program.stdin.write(head + struct.pack("<%dh" % len(self.sound), *self.sound))
            program.stdin.flush()
            first = program.stdout.readline().decode()
            self.assertIsNone(program.poll())
            rest, _ = program.communicate()
        self.assertRegex(first, r"^    [12]\.\d+ s  loud ")
        self.assertEqual((0, 2), (program.returncode, len(rest.splitlines())))

    def test_an_engine_that_is_busy_or_cuts_is_asked_again(self):
        Engine.troubles = [(200, {"predictions": [{"labels": NAMES, "scores": [1, 0, 0]}] * 32})]
        model = served.Served("m", version="v 2", project="p", endpoint=self.url + "/")
        self.addCleanup(model.close)
        self.assertEqual(32, len(model.ask([wav_bytes([0])] * 32)[1]))
        Engine.troubles = [(503, {"error": {"message": "starts"}}), (429, {"error": {"message": "busy"}}), (0, None)]
        self.assertEqual([[1.0, 0.0, 0.0]], model.ask([wav_bytes([0])])[1])
        self.assertEqual({"/v1/projects/p/models/m/versions/v%202:predict"}, {path for path, _ in Engine.asked})

    def test_what_goes_wrong_is_one_sentence(self):
        for trouble, part in (((404, {"error": {"message": "no such model"}}), "status 404: no such model"),
                              ((200, {"error": "Prediction failed: Instance 0"}), "refuses it: Prediction failed: I"),
                              ((200, {"predictions": [{"label": "x", "scores": [1]}]}), "does not name its scores"),
                              ((500, "not an object"), "status 500")):
            Engine.troubles = [trouble] * 3
            status, _, said = self.listen()
            self.assertEqual((1, 1), (status, len(said.splitlines())), said)
            self.assertIn(part, said)
        silent = self.url
        self.server.shutdown()
        self.server.server_close()
        status, _, said = self.listen()
        self.assertEqual(1, status)
        self.assertIn("No answer from %s (" % silent, said)

    def test_bad_sounds_and_flags(self):
        for data, part in ((wav_bytes(tone(300), rate=8000), "must be sampled at 16000 Hz, and is at 8000 Hz"),
                           (wav_bytes(tone(300, samples=900)), "lasts less than one clip, 1000 ms"), (b"", "empty")):
            self.write(self.wav, data)
            status, _, said = self.listen()
            self.assertEqual((1, 1), (status, len(said.splitlines())))
            self.assertIn(part, said)
        self.assertEqual([], Engine.asked)
        for arguments, part in ((["--saved_model=x"], "either --model"), (["--clip_stride_ms=0"], "above 0"),
                                (["--detection_threshold=2"], "between 0 and 1"),
                                (["--clip_stride_ms=1001"], "must not exceed"), (["--suppression_ms=-1"], "negative")):
            status, _, said = self.listen(*arguments)
            self.assertEqual(2, status)
            self.assertIn(part, said)
        self.assertIn("either --model", self.listen(model=())[2])

    def test_a_request_holds_no_more_than_an_engine_takes(self):
        size = len(wav_bytes(tone(300)))
        count = served.most_files(size)
        request = json.dumps({"instances": [{"audio_bytes": {"b64": base64.b64encode(b"x" * size).decode()}}] * count})
        self.assertGreaterEqual(count, 32)
        self.assertLessEqual(len(request), served.REQUEST_BYTES)
        self.assertEqual(1, served.most_files(10 ** 7))


class Making(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.set_folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.set_folder)
        cls.data = os.path.join(cls.set_folder, "data")
        make_set(cls.data, ["yes", "no", "cat"], speakers=20)

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self, *arguments, name="stream"):
        out, trouble = io.StringIO(), io.StringIO()
        output = os.path.join(self.folder, name + ".wav")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(trouble):
            status = errors.run(make_stream.main, ["--data_dir", self.data, "--output", output, "--wanted_words=yes,no",
                                                   "--seconds=30", *arguments])
        return status, output, trouble.getvalue()

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_the_words_are_where_the_list_says(self):
        status, output, _ = self.make("--background_volume=0", "--unknown_percentage=30")
        self.assertEqual(0, status)
        file = io.BytesIO(self.read(output))
        size = wav.begin(file, 16000)
        self.assertEqual(2 * 16000 * 30, size)
        samples = struct.unpack("<%dh" % (size // 2), file.read())
        words = accuracy.read_truth(output[:-4] + ".txt")
        self.assertGreater(len(words), 6)
        self.assertEqual({"yes", "no", "_unknown_"}, {word.label for word in words})
        silent = list(samples)
        for word in words:
            start = round(word.time_ms * 16)
            self.assertGreater(max(samples[start:start + 16000]), 7000, word)
            silent[start:start + 16000] = [0] * 16000
        self.assertEqual({0}, set(silent))
        starts = [word.time_ms for word in words]
        self.assertTrue(all(later - sooner >= 2000 for sooner, later in zip(starts, starts[1:])), starts)

    def test_noise_fills_the_rest_and_a_seed_gives_the_same_bytes(self):
        outputs = [self.make(*arguments, name=name)[1]
                   for name, arguments in (("a", ()), ("b", ()), ("c", ("--seed=2",)))]
        a, b, c = [(self.read(path), self.read(path[:-4] + ".txt")) for path in outputs]
        self.assertEqual(a, b)
        self.assertNotEqual(a[1], c[1])
        samples = struct.unpack("<1600h", a[0][44:44 + 3200])
        self.assertGreater(len(set(samples)), 20)

    def test_only_the_speakers_of_the_part_are_heard(self):
        clips, noises = make_stream.find_clips(make_stream.parse(
            ["--data_dir", self.data, "--output=x.wav", "--wanted_words=yes"]))
        self.assertEqual({"yes", "_unknown_"}, set(clips))
        self.assertEqual(1, len(noises))
        for paths in clips.values():
            self.assertTrue(all(make_stream.part_of(path, 10, 10) == "testing" for path in paths))

    def test_what_cannot_be_made_is_one_sentence(self):
        for arguments, part in ((["--wanted_words=yes,maybe"], 'No clips for testing of "maybe"'),
                                (["--data_dir=/nowhere"], "Cannot read /nowhere"), (["--seconds=0"], "--seconds"),
                                (["--seconds=1"], "no room for a word"), (["--output=x.mp3"], "must end with .wav")):
            status, output, said = self.make(*arguments)
            self.assertNotEqual(0, status)
            self.assertEqual(1, len(said.splitlines()), said)
            self.assertIn(part, said)
            self.assertFalse(os.path.exists(output))
        self.assertEqual(0, self.make()[0])
        self.assertIn("exists already", self.make()[2])


if __name__ == "__main__":
    unittest.main()
