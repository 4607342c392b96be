"""Clients that are not ours, started in a shell in which nothing but `mlengine gcloud-env` names the server."""
import functools
import io
import os
import subprocess
import sys
import tarfile

from engine import BIN, ROOT, tensorflow_runtime

sys.path.insert(0, str(ROOT / "tools"))
import client_libraries  # noqa: E402

# What the caller's own shell may have set for such clients.
FOREIGN = ("CLOUDSDK_", "CLOUD_STORAGE_", "GCS_", "GOOGLE_", "GCLOUD_", "MLENGINE_PROJECT", "STORAGE_EMULATOR_HOST",
           "TF_", "PYTHON", "BOTO")


def run_client(engine, *words, check=True, cwd=None, timeout=180):
    """The finished client. Its output is text."""
    environment = {k: v for k, v in engine.environment.items() if not k.startswith(FOREIGN)}
    environment.update(CLOUDSDK_CONFIG=str(engine.folder / "gcloud"), PATH=f"{BIN}:{environment['PATH']}")
    done = subprocess.run(["bash", "-c", 'eval "$(mlengine gcloud-env)"; exec "$@"', "client", *map(str, words)],
                          env=environment, cwd=cwd, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


@functools.cache
def libraries_python():
    """(interpreter, None) with google-api-python-client, google-cloud-storage and google-cloud-logging: that of
    MLENGINE_CLIENTS_PYTHON, else build/clients; or (None, why there is none)."""
    given = os.environ.get("MLENGINE_CLIENTS_PYTHON")
    if given:
        return given, None
    try:
        return str(client_libraries.ensure()), None
    except client_libraries.NotBuilt as reason:
        return None, f"Google's client libraries are not installed: {reason}"


def tensorflow_python():
    """(interpreter, None) with TensorFlow 2.19: the engine's own runtime version; or (None, why there is none)."""
    given = os.environ.get("MLENGINE_SAMPLE_PYTHON")
    if given:
        return given, None
    runtime = tensorflow_runtime()
    return (runtime[1], None) if runtime else (None, "runtime version 2.19 could not be built here")


def source_distribution(source, name="trainer", module="task"):
    """The bytes of a source distribution with one module."""
    files = {"setup.py": f"from setuptools import setup\nsetup(name='{name}', version='0.0.0', packages=['{name}'])\n",
             f"{name}/__init__.py": "", f"{name}/{module}.py": source}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-0.0.0/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()
