"""The packages of a version: installed once, into an environment on top of the runtime, by the runtime's own pip."""
from __future__ import print_function

import fcntl
import hashlib
import os
import shutil
import site
import subprocess
import sys

from mlengine_worker.faults import PackageFault

MARK = "complete"  # written last, as by the runner
FAILED = u"Version creation failed: user-provided package %s failed to install: %s"


def archives_in(folder):
    """Paths of folder/NUMBER/NAME, in the order of the numbers."""
    if not os.path.isdir(folder):
        return []
    return [os.path.join(folder, number, name)
            for number in sorted(os.listdir(folder), key=int)
            for name in sorted(os.listdir(os.path.join(folder, number)))]


def identity(runtime, archives):
    """Hex that names the environment: what the runtime is, and what lies on it."""
    whole = hashlib.sha256(("worker\n%s\n%s\n" % (sys.executable, runtime)).encode("utf-8"))
    for path in archives:
        one = hashlib.sha256()
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                one.update(block)
        whole.update(("%s %s\n" % (os.path.basename(path), one.hexdigest())).encode("utf-8"))
    return whole.hexdigest()


def _place(folder):
    return os.path.join(folder, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")


def _make_environment(folder):
    """A virtual environment that sees the runtime's packages behind its own: pip leaves those as they are."""
    import importlib.util
    import venv
    seen = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    venv.EnvBuilder(symlinks=True, with_pip=importlib.util.find_spec("pip") is None).create(folder)
    with open(os.path.join(_place(folder), "mlengine-runtime.pth"), "w") as file:
        for path in seen:
            file.write("import site; site.addsitedir(%r)\n" % path)


def _can_build_wheels():
    """Whether the runtime's own setuptools can, without importing it."""
    from importlib.util import find_spec
    setuptools = find_spec("setuptools")
    if setuptools is None or not setuptools.origin:
        return False
    command = os.path.join(os.path.dirname(setuptools.origin), "command", "bdist_wheel.py")  # since 70.1
    return find_spec("wheel") is not None or os.path.exists(command)


def _pip_words(folder, archives):
    words = ["--no-input", "--disable-pip-version-check", "--no-color", "--progress-bar", "off"]
    for parent in sorted({os.path.dirname(path) for path in archives}):
        words += ["--find-links", parent]
    if sys.version_info[0] == 2:
        # No venv: what the packages need is in the runtime or among them.
        return [sys.executable, "-m", "pip", "install", "--no-deps", "--target", _place(folder)] + words
    if _can_build_wheels():
        words.append("--no-build-isolation")  # as among the runtime's packages
    return [os.path.join(folder, "bin", "python"), "-m", "pip", "install"] + words


def last_words(output):
    """What pip or a setup.py said last that says why."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for i, line in enumerate(lines):
        if line == "[end of output]" and i > 0:
            return lines[i - 1]
    for line in reversed(lines):
        if line.lower().startswith("error:"):
            return line[len("error:"):].strip()
    return lines[-1] if lines else "pip said nothing"


def _culprit(output, archives):
    """The package that pip worked on last."""
    names = [os.path.basename(path) for path in archives]
    for line in reversed(output.splitlines()):
        for name in names:
            if line.startswith("Processing ") and line.rstrip().endswith(name):
                return name
    return names[0]


def _install(folder, archives):
    if sys.version_info[0] == 2:
        os.makedirs(_place(folder))
    else:
        _make_environment(folder)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET",
                                                                    "PIP_PREFIX", "PIP_ROOT", "PIP_USER")}
    with open(os.devnull, "rb") as nothing:
        process = subprocess.Popen(_pip_words(folder, archives) + archives, stdin=nothing, env=environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = process.communicate()[0].decode("utf-8", "replace")
    sys.stderr.write(output if sys.version_info[0] > 2 else output.encode("utf-8"))
    sys.stderr.flush()
    if process.returncode != 0:
        raise PackageFault(FAILED % (_culprit(output, archives), last_words(output)))


def install(archives, environments, runtime):
    """Has the packages importable, before those of the runtime. PackageFault when one cannot be installed.

    `environments` is a folder that processes share; `runtime` tells one state of the runtime from another."""
    folder = os.path.join(environments, identity(runtime, archives))
    mark = os.path.join(folder, MARK)
    if not os.path.exists(mark):
        try:
            os.makedirs(environments)
        except OSError:
            pass  # it is there, or the next line says why not
        with open(folder + ".lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(mark):
                shutil.rmtree(folder, ignore_errors=True)
                _install(folder, archives)
                if hasattr(os, "sync"):
                    os.sync()
                with open(mark, "w") as file:
                    file.write("1\n")
    before = list(sys.path)
    site.addsitedir(_place(folder))
    added = [path for path in sys.path if path not in before]
    sys.path[:] = before[:1] + added + before[1:]
