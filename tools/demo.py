#!/usr/bin/env python3
"""./dev demo: a data set, an engine, a submitted training of spoken words, its log, the trained model served, a word
recognised, and a minute of speech listened to.

Everything lies in build/demo and ends with the program, unless --keep leaves the engine running.
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "build/bin"
SAMPLE = ROOT / "samples/speech_commands"
WORK = ROOT / "build/demo"
BUCKET = "mlengine_demo"


class Demo:
    def __init__(self, keep):
        self.keep = keep
        self.recipe = json.loads((SAMPLE / "demo.json").read_text())
        self.start = time.monotonic()
        self.job = time.strftime("speech_commands_%Y%m%d_%H%M%S")
        self.environment = dict(os.environ, MLENGINE_DATA_DIR=str(WORK / "data"))
        self.server = None

    def say(self, text):
        print(f"\n[{time.monotonic() - self.start:5.0f} s] {text}", flush=True)

    def mlengine(self, *words, **options):
        command = [str(BIN / "mlengine"), *words]
        print("$ mlengine " + " ".join(words), flush=True)
        return subprocess.run(command, env=self.environment, check=True, cwd=SAMPLE, text=True, **options)

    def make_dataset(self):
        data = WORK / "data_set"
        shutil.rmtree(data, ignore_errors=True)  # of an earlier demo, which may not have come to its end
        self.say("making a set of spoken words with this machine's speech synthesisers")
        subprocess.run([str(SAMPLE / "make_dataset"), "--output", str(data), *self.recipe["dataset"]], check=True)
        return data

    def start_server(self):
        self.say("starting the engine")
        self.server_start = time.monotonic()
        (WORK / "data").mkdir(parents=True, exist_ok=True)
        (WORK / "data/mlengine.yaml").write_text(f"runtimesDir: {ROOT / 'build/runtimes'}\n")
        self.server = subprocess.Popen([str(BIN / "mlengine"), "server", "--data-dir", str(WORK / "data"),
                                        "--listen", "127.0.0.1:0"], env=self.environment,
                                       stderr=open(WORK / "server.log", "wb"))
        endpoint = WORK / "data/run/endpoint"
        deadline = time.monotonic() + 20
        while not endpoint.exists():
            if self.server.poll() is not None or time.monotonic() > deadline:
                sys.exit("demo: the engine did not start; see build/demo/server.log")
            time.sleep(0.02)
        self.url = endpoint.read_text().strip()
        print(f"the engine listens on {self.url}")
        self.environment["MLENGINE_ENDPOINT"] = self.url

    def stop_server(self):
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(timeout=60)

    def train(self, data):
        self.say("throwing the training package at the engine")
        job_dir = f"gs://{BUCKET}/{self.job}"
        if not (WORK / "data/buckets" / BUCKET).exists():  # that of an earlier demo is used again
            self.mlengine("storage", "mb", f"gs://{BUCKET}")
        print("training arguments: " + " ".join(self.recipe["training"]))
        self.mlengine("jobs", "submit", "training", self.job, "--job-dir", job_dir, "--module-name",
                      "speech_commands.train", "--package-path", "speech_commands", "--region", "us-central1",
                      "--runtime-version", self.recipe["runtime_version"], "--", "--data_url=", f"--data_dir={data}",
                      *self.recipe["training"])
        self.say("following its log (Ctrl-C stops looking, not the job)")
        lines = []
        follower = subprocess.Popen([str(BIN / "mlengine"), "jobs", "stream-logs", self.job], env=self.environment,
                                    stdout=subprocess.PIPE, text=True)
        for line in follower.stdout:
            lines.append(line)
            self.show(line)
        if follower.wait() != 0:
            sys.exit(f"demo: the job did not succeed; look at it: mlengine jobs describe {self.job}")
        accuracy = [m for m in (re.search(r"Final test accuracy = ([0-9.]+)%", line) for line in lines) if m]
        if not accuracy:
            sys.exit("demo: the job printed no final test accuracy")
        return job_dir, float(accuracy[-1].group(1))

    def show(self, line):
        """Prints one log line; of the training steps only every 50th, so that the rest can be read."""
        step = re.search(r"Step #(\d+):", line)
        if not step or int(step.group(1)) % 50 == 0:
            print("  " + line.rstrip("\n").split("\t")[-1], flush=True)

    def deploy(self):
        """Returns the name of the model that serves what the job exported."""
        self.say("serving what the job exported")
        told = self.mlengine("models", "deploy", self.job, stderr=subprocess.PIPE).stderr
        print(told.rstrip())
        return re.search(r"^Created version \[\S+\] of model \[(\S+)\]", told, re.MULTILINE).group(1)

    def recognise(self, model, data):
        word = self.recipe["recognise"]
        wav = sorted((data / word).glob("*.wav"))[0]
        self.say(f"asking the served model about a recording of the word \"{word}\"")
        answer = self.mlengine("predict", f"--model={model}", f"--file=audio_bytes={wav}",
                               stdout=subprocess.PIPE).stdout
        print(answer.rstrip())
        return answer.splitlines()[1].split()[0]

    def sample(self, module, *words):
        """A program of the sample; these need nothing but Python."""
        print(f"$ python3 -m speech_commands.{module} " + " ".join(words), flush=True)
        subprocess.run([sys.executable, "-m", "speech_commands." + module, *words], env=self.environment, cwd=SAMPLE,
                       check=True)

    def listen(self, model, data):
        self.say("listening to a minute of speech and noise")
        sound = WORK / "stream.wav"
        for old in (sound, sound.with_suffix(".txt")):
            old.unlink(missing_ok=True)
        self.sample("make_stream", f"--data_dir={data}", f"--output={sound}", "--seconds=60")
        self.sample("stream", f"--wav={sound}", f"--model={model}", f"--ground_truth={sound.with_suffix('.txt')}",
                    *self.recipe["listening"])

    def run(self):
        if not self.keep:
            shutil.rmtree(WORK / "data" / "jobs", ignore_errors=True)
        WORK.mkdir(parents=True, exist_ok=True)
        data = self.make_dataset()
        self.start_server()
        self.say(f"installing the runtime version {self.recipe['runtime_version']} (once; kept in build/runtimes)")
        self.mlengine("runtimes", "install", self.recipe["runtime_version"])
        submitted = time.monotonic()
        job_dir, accuracy = self.train(data)
        model = self.deploy()
        label = self.recognise(model, data)
        self.say(f"the job SUCCEEDED: test accuracy {accuracy:.1f} %, top label \"{label}\" "
                 f"({time.monotonic() - submitted:.0f} s from the submission to the label, "
                 f"{time.monotonic() - self.server_start:.0f} s from the server's start)")
        self.listen(model, data)
        self.describe_next_steps(job_dir, model, data)

    def describe_next_steps(self, job_dir, model, data):
        if self.keep:
            print(f"\nThe engine still runs (PID {self.server.pid}, {self.url}). Go on with:")
            print(f"  export PATH={BIN}:$PATH MLENGINE_ENDPOINT={self.url}")
        else:
            print("\nGo on with your own engine:")
            print(f"  export PATH={BIN}:$PATH; mlengine server --data-dir {WORK / 'data'} --detach")
        print(f"  mlengine jobs describe {self.job}")
        print(f"  mlengine storage ls {job_dir}/")
        print(f"  mlengine predict --model={model} --file=audio_bytes=ANY.wav    # 16 bits, mono, 16 kHz, one second: "
              f"those in {data}, or your own")
        print(f"  cd {SAMPLE}; arecord -q -f S16_LE -r 16000 -c 1 | python3 -m speech_commands.stream --wav - "
              f"--model={model}")


def main():
    parser = argparse.ArgumentParser(prog="dev demo")
    parser.add_argument("--keep", action="store_true", help="leave the engine running at the end")
    demo = Demo(parser.parse_args().keep)
    try:
        demo.run()
    except subprocess.CalledProcessError as error:
        sys.exit(f"demo: {' '.join(map(str, error.cmd))} ended with status {error.returncode}")
    except KeyboardInterrupt:
        sys.exit("demo: stopped")
    finally:
        if not demo.keep:
            demo.stop_server()


if __name__ == "__main__":
    main()
