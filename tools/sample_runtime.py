#!/usr/bin/env python3
"""The Python with TensorFlow in which the samples' tests run: build/sample-runtime, made of the same pins as the engine's
own runtime version, from src/policy/runtimes.yaml.

It is complete or absent: built beside its place, moved there when pip is done, and built again when the pins change.
"""
import os
import re
import shutil
import subprocess
import sys
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


def run(command, what):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise NotBuilt(f"{what} failed: {lines[-1] if lines else done.returncode}")


def ensure():
    """The path of the interpreter; builds it first where it is missing or of other pins. Raises NotBuilt."""
    if not CATALOG.exists():
        raise NotBuilt(f"{CATALOG.relative_to(ROOT)} is missing")
    wanted = "\n".join(pins(CATALOG.read_text(), RUNTIME)) + "\n"
    stamp = PLACE / "requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return PLACE / "bin/python"
    print(f"building the Python of the samples' tests (TensorFlow, once) in {PLACE.relative_to(ROOT)}", flush=True)
    part = PLACE.with_name(PLACE.name + ".part")
    for old in (PLACE, part):
        shutil.rmtree(old, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    run([base_python(), "-m", "venv", str(part)], "venv")
    (part / "requirements.txt").write_text(wanted)
    run([str(part / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--quiet",
         "-r", str(part / "requirements.txt")], "pip")
    run([str(part / "bin/python"), "-c", "import tensorflow"], "importing tensorflow")
    os.rename(part, PLACE)
    return PLACE / "bin/python"


def base_python():
    """Debian's Python where there is one: what the engine builds its runtime versions with."""
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


if __name__ == "__main__":
    try:
        print(ensure())
    except NotBuilt as reason:
        sys.exit(f"sample_runtime: {reason}")
