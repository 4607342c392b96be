#!/usr/bin/env python3
"""The Python with TensorFlow in which the samples' tests run: build/sample-runtime, made of the same pins as the
engine's own runtime version, from src/policy/runtimes.yaml.

It is complete or absent: built beside its place, moved there when pip is done, and built again when the pins change.
"""
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOG = ROOT / "src/policy/runtimes.yaml"
PLACE = ROOT / "build/sample-runtime"
RUNTIME = "2.19"


class NotBuilt(Exception):
    """One sentence: why there is no such Python."""


def pins(catalog, runtime):
    """The requirements of one runtime version, as pip reads them. `catalog`: the text of runtimes.yaml, whose lists are
    one item a line."""
    entry = re.search(r'^  "?%s"?:\n((?:    .*\n|\s*\n|\s*#.*\n)*)' % re.escape(runtime), catalog, re.M)
    items = re.search(r"^    requirements:\n((?:\s+- .*\n|\s*#.*\n)*)", entry.group(1), re.M) if entry else None
    if not items:
        raise NotBuilt(f"{CATALOG.name} has no requirements of the runtime version {runtime}")
    return [re.sub(r"^(['\"])(.*)\1$", r"\2", line.strip()[2:]) for line in items.group(1).splitlines()
            if line.strip().startswith("- ")]


def run(command, what, seconds=None):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"{what} took longer than the {seconds:.0f} s that were left for it") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise NotBuilt(f"{what} failed: {lines[-1] if lines else done.returncode}")


def ensure():
    """The path of the interpreter; builds it first where it is missing or of other pins. Raises NotBuilt."""
    if not CATALOG.exists():
        raise NotBuilt(f"{CATALOG.relative_to(ROOT)} is missing")
    return complete(PLACE, pins(CATALOG.read_text(), RUNTIME), ["tensorflow"],
                    "the Python of the samples' tests (TensorFlow, once)")


def complete(place, pinned, modules, what, seconds=None):
    """The interpreter of a virtual environment with exactly these requirements, built first where needed, within
    `seconds` if given. Raises NotBuilt."""
    wanted = "\n".join(pinned) + "\n"
    stamp = place / "requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return place / "bin/python"
    print(f"building {what} in {place.relative_to(ROOT)}", flush=True)
    end = time.monotonic() + seconds if seconds else None

    def left():
        return max(1.0, end - time.monotonic()) if end else None
    part = place.with_name(place.name + ".part")
    for old in (place, part):
        shutil.rmtree(old, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    run([base_python(), "-m", "venv", str(part)], "venv", left())
    (part / "requirements.txt").write_text(wanted)
    run([str(part / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--quiet",
         "-r", str(part / "requirements.txt")], "pip", left())
    run([str(part / "bin/python"), "-c", "import " + ", ".join(modules)], "importing " + ", ".join(modules), left())
    os.rename(part, place)
    return place / "bin/python"


def base_python():
    """Debian's Python where there is one: what the engine builds its runtime versions with."""
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


if __name__ == "__main__":
    try:
        print(ensure())
    except NotBuilt as reason:
        sys.exit(f"sample_runtime: {reason}")
