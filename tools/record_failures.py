"""Records the failures of tests/failures anew: runs each program as a job of a real engine and keeps what its runner and its
streams told.

    MLENGINE_BIN=build/bin python3 tools/record_failures.py --runtime 2.19=/venv/bin/python [NAME…]

A folder of tests/failures holds case.json, the program (task.py, or a whole source tree in src/) and evidence.json, which this
script writes. case.json:

    about         what it is, a sentence
    runtime       name of a runtime; --runtime gives each an interpreter
    args          of the program; {go} and {folder} are replaced by paths
    flags         further flags of the submit
    requires      install_requires of a setup.py that is made
    environment   variables of the server, for pip
    memory        the bytes that a replica may use, set once it waits for {go}
    expect        kind, replica and sentence of the cause; a test compares them (src/scheduler/failure_library_test.cc)
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from engine import Engine, wait_for  # noqa: E402

FAILURES = ROOT / "tests/failures"
TAIL = 64 << 10
PROBE = """
import importlib.metadata, json, platform
print(json.dumps({"python": platform.python_version(),
                  "distributions": {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}}))
"""


def probe(interpreter):
    """What is behind an interpreter: {"python", "distributions"}."""
    found = json.loads(subprocess.run([interpreter, "-c", PROBE], check=True, text=True, stdout=subprocess.PIPE).stdout)
    found["distributions"] = {re.sub("[-_.]+", "-", name).lower(): version
                              for name, version in sorted(found["distributions"].items())}
    return found


class Recorder:
    def __init__(self, runtimes, environment):
        self.engine = Engine("--slots", "6")
        self.runtimes = runtimes
        self.engine.data.mkdir()
        (self.engine.data / "mlengine.yaml").write_text("outputLimitBytes: 3000000\nmaxProcesses: 200\nstopGraceSeconds: 2\n")
        folder = self.engine.data / "runtimes"
        folder.mkdir()
        (folder / "catalog.yaml").write_text("runtimes:\n" + "".join(
            f'  "{name}":\n    interpreter: {interpreter}\n' for name, interpreter in runtimes.items()))
        for name in [n for n in self.engine.environment if n.startswith("PIP_")]:
            del self.engine.environment[name]
        self.engine.environment.update(PIP_CONFIG_FILE="/dev/null", PIP_DISABLE_PIP_VERSION_CHECK="1",
                                       **(environment or {"PIP_NO_INDEX": "1"}))

    def __enter__(self):
        self.engine.__enter__()
        self.engine.mlengine("storage", "mb", "gs://test_bucket")
        return self

    def __exit__(self, *_):
        self.engine.__exit__()

    def source(self, name, case):
        """The package folder of a case, copied."""
        folder = self.engine.folder / f"src-{name}"
        if (FAILURES / name / "src").exists():
            shutil.copytree(FAILURES / name / "src", folder)
        else:
            (folder / "trainer").mkdir(parents=True)
            (folder / "trainer/__init__.py").touch()
            shutil.copy(FAILURES / name / "task.py", folder / "trainer/task.py")
        if case.get("requires"):
            (folder / "setup.py").write_text("from setuptools import setup\nsetup(name='trainer', version='1.0', "
                                             f"packages=['trainer'], install_requires={case['requires']!r})\n")
        return folder / "trainer"

    def submit(self, name, case):
        places = {"go": str(self.engine.folder / f"go-{name}"), "folder": str(self.engine.folder)}
        args = [re.sub(r"\{(\w+)\}", lambda m: places[m[1]], a) for a in case.get("args", [])]
        if case.get("package_uri"):
            body = {"jobId": name, "trainingInput": {
                "region": "us-central1", "pythonModule": "trainer.task", "runtimeVersion": case["runtime"],
                "packageUris": [case["package_uri"]]}}
            path = self.engine.folder / "broken.tar.gz"
            path.write_bytes(b"this is no archive\n" * 100)
            self.engine.mlengine("storage", "cp", path, case["package_uri"])
            status, answer = self.engine.request("POST", "/v1/projects/default/jobs", body)
            assert status == 200, answer
            return
        flags = case.get("flags", [])
        self.engine.mlengine("jobs", "submit", "training", name, "--staging-bucket", "gs://test_bucket",
                             "--package-path", self.source(name, case), "--region", "us-central1", "--runtime-version",
                             case["runtime"], *([] if "--module-name" in flags else ["--module-name", "trainer.task"]),
                             *flags, *(["--", *args] if args else []))
        if case.get("memory"):
            record = self.engine.data / f"jobs/default/{name}/attempt-1/{case.get('hog', 'master-0')}/status-0.json"
            groups = wait_for("its cgroup", lambda: record.exists() and json.loads(record.read_text()).get(
                "controlGroups"), 120)
            limits = [Path(g) / f for g in groups for f in ("memory.max", "memory.limit_in_bytes") if (Path(g) / f).exists()]
            assert limits, "no cgroup keeps memory here: this one cannot be recorded"
            limits[0].write_text(str(case["memory"]))
            time.sleep(1)
            Path(places["go"]).touch()

    def scrubbed(self, case, value):
        """Without what belongs to this machine alone."""
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        text = json.dumps(value).replace(boot_id, "boot")
        interpreter = self.runtimes[case["runtime"]]
        for path, name in ((str(self.engine.folder), "/engine"), (str(Path(interpreter).parent.parent), "/runtime"),
                           (str(Path(interpreter).resolve().parent.parent), "/python")):
            text = text.replace(path, name)
        return json.loads(text)

    def evidence(self, name, case):
        self.engine.wait_job(name, 900)
        detail = self.engine.request("GET", f"/mlengine/v1/projects/default/jobs/{name}")[1]
        assert detail["job"]["state"] == "FAILED", (name, detail["job"])
        attempt = detail["attempts"][-1]
        tails = {}
        for folder in sorted((self.engine.data / f"jobs/default/{name}/attempt-{attempt['number']}").iterdir()):
            for spool in sorted(folder.glob("std*-*")):
                stream, restart = spool.name.split("-")
                text = spool.read_bytes()[-TAIL:].decode(errors="replace")
                if text:
                    tails.setdefault(f"{folder.name}.{restart}", {})[stream] = text
        for replica in attempt["replicas"]:
            for status in (replica.get("status", {}), *replica.get("earlier", [])):
                for key in ("controlGroups", "bootId", "runnerPid"):
                    status.pop(key, None)
                status["notes"] = status.get("notes", [])[-1:]  # the others tell what every start does
        attempt.pop("bootId", None)
        behind = probe(self.runtimes[case["runtime"]])
        record = {"python": behind["python"], "runtime": case["runtime"],
                  "module": detail["job"]["trainingInput"]["pythonModule"], "attempt": attempt, "tails": tails,
                  "distributions": behind["distributions"]}
        return self.scrubbed(case, record)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runtime", action="append", default=[], metavar="NAME=INTERPRETER")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    runtimes = dict(one.split("=", 1) for one in options.runtime)
    cases = {path.parent.name: json.loads(path.read_text()) for path in sorted(FAILURES.glob("*/case.json"))
             if not options.names or path.parent.name in options.names}
    groups = {}
    for name, case in cases.items():
        if case["runtime"] in runtimes:
            groups.setdefault(json.dumps(case.get("environment")), []).append(name)
        else:
            print(f"{name}: no --runtime {case['runtime']}", flush=True)
    failed = []
    for environment, names in groups.items():
        with Recorder(runtimes, json.loads(environment)) as recorder:
            for name in names:
                try:
                    recorder.submit(name, cases[name])
                except Exception as error:  # the others are recorded all the same
                    failed.append(name)
                    print(f"{name}: {error}", flush=True)
            for name in names:
                if name in failed:
                    continue
                try:
                    evidence = recorder.evidence(name, cases[name])
                except Exception as error:
                    failed.append(name)
                    print(f"{name}: {error}", flush=True)
                    continue
                (FAILURES / name / "evidence.json").write_text(json.dumps(evidence, indent=1, sort_keys=True) + "\n")
                print(f"{name}: recorded", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
