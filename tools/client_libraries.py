#!/usr/bin/env python3
"""The Python with Google's and Prometheus's client libraries in which tests run them (test_python_clients.py,
test_logging.py, test_monitoring.py): build/clients, of exact pins.

Built once, within a bounded time; where it cannot be built the tests that need it are skipped by name.
"""
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build/clients"
SECONDS = 120
PINS = """
certifi==2026.10.18
cffi==2.1.1
charset-normalizer==3.5.2
cryptography==50.0.2
google-api-core==2.44.0
google-api-python-client==2.202.0
google-auth==2.62.2
google-auth-httplib2==0.4.4
google-cloud-appengine-logging==1.11.0
google-cloud-audit-log==0.6.3
google-cloud-core==2.8.0
google-cloud-logging==3.17.0
google-cloud-storage==3.17.1
google-crc32c==1.9.0
google-resumable-media==2.11.0
googleapis-common-protos==1.76.0
grpc-google-iam-v1==0.14.6
grpcio==1.85.3
grpcio-status==1.85.3
httplib2==0.32.1
idna==3.20
opentelemetry-api==1.45.2
prometheus_client==0.26.0
proto-plus==1.29.0
protobuf==7.36.2
pyasn1==0.6.5
pyasn1_modules==0.4.2
pycparser==3.12
pyparsing==3.3.3
requests==2.34.2
typing_extensions==4.16.0
uritemplate==4.2.0
urllib3==2.8.0
""".split()


class NotBuilt(Exception):
    """One sentence: why there is no such Python."""


def run(command, what, seconds=None):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"{what} took longer than the {seconds:.0f} s that were left for it") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise NotBuilt(f"{what} failed: {lines[-1] if lines else done.returncode}")


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


def ensure():
    """The path of the interpreter. Raises NotBuilt."""
    return complete(PLACE, PINS, ["googleapiclient.discovery", "google.cloud.logging", "google.cloud.storage",
                                  "prometheus_client"],
                    "the Python with Google's client libraries (once)", SECONDS)


if __name__ == "__main__":
    try:
        print(ensure())
    except NotBuilt as reason:
        sys.exit(f"client_libraries: {reason}")
