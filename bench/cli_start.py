"""The command line as a whole process: `mlengine version` beside `python3 -c pass` and, where installed, gcloud."""
import os
import shutil
import subprocess
import time

from measure import keep, print_table

RUNS = 30


def milliseconds(command):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1e3


def run():
    mlengine = os.path.join(os.environ["MLENGINE_BIN"], "mlengine")
    commands = {"mlengine version": [mlengine, "version"], "mlengine jobs list --help": [mlengine, "jobs", "list", "--help"],
                "python3 -c pass (peer)": ["/usr/bin/python3", "-c", "pass"]}
    figures = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            figures[name].append(milliseconds(command))
    if shutil.which("gcloud"):
        figures["gcloud version (peer)"] = [milliseconds(["gcloud", "version"]) for _ in range(3)]
    print_table("Start of the command line, whole process", "ms", figures)
    print("  goal: under 20 ms")
    keep("cli_start", {"ms": figures})
