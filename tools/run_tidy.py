#!/usr/bin/env python3
"""Runs clang-tidy over our own sources, all cores, and remembers which files passed.

A file is checked again when it, a header of ours that it includes, its command or .clang-tidy changes. The memory lies
in the user's cache folder, as the compiler's does, so that a fresh clone of a checked tree answers in seconds.
"""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlengine/tidy-passed.json"
KEPT = 20_000  # newest entries kept


def our_dependencies(build):
    """Source -> files of ours that its last build read, as ninja recorded them; sources never built are missing."""
    done = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    found = {}
    for block in done.stdout.split("\n\n"):
        lines = block.splitlines()[1:]
        paths = [(build / line.strip()).resolve() for line in lines]
        ours = sorted(p for p in paths if ROOT in p.parents)
        if ours:
            source = next((p for p in ours if p.suffix == ".cc"), None)
            if source:
                found[str(source)] = ours
    return found


def all_headers():
    return sorted([*(ROOT / "src").rglob("*.h"), *(ROOT / "apps").rglob("*.h"), *(ROOT / "fuzz").rglob("*.h"),
                   *(ROOT / "api").rglob("*.proto")])


class Keys:
    def __init__(self, build):
        self.dependencies = our_dependencies(build)
        self.fallback = all_headers()
        self.digests = {}
        self.rules = (ROOT / ".clang-tidy").read_bytes()

    def digest(self, path):
        if path not in self.digests:
            self.digests[path] = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "gone"
        return self.digests[path]

    def of(self, source):
        key = hashlib.sha256(self.rules)
        for path in [Path(source), *self.dependencies.get(source, self.fallback)]:
            key.update(f"{path.relative_to(ROOT)} {self.digest(path)}\n".encode())
        return key.hexdigest()


def check(build, source):
    done = subprocess.run(["clang-tidy-19", "-p", str(build), "--quiet", source], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return source, done.returncode, done.stdout


def read_memory():
    try:
        return dict.fromkeys(json.loads(MEMORY.read_text()))
    except (OSError, ValueError):
        return {}


def write_memory(memory):
    MEMORY.parent.mkdir(parents=True, exist_ok=True)
    beside = MEMORY.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(list(memory)[-KEPT:]))
    os.replace(beside, MEMORY)


def main():
    build = Path(sys.argv[1]).resolve()
    commands = json.load(open(build / "compile_commands.json"))
    sources = sorted({c["file"] for c in commands
                      if c["file"].startswith(tuple(str(ROOT / name) for name in ("src", "apps", "fuzz")))})
    memory = read_memory()
    keys = Keys(build)
    todo = {source: key for source, key in ((s, keys.of(s)) for s in sources) if key not in memory}
    print(f"clang-tidy: {len(todo)} of {len(sources)} files to check", flush=True)
    bad, done = 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for source, code, text in pool.map(lambda s: check(build, s), todo):
            done += 1
            if code == 0:
                memory[todo[source]] = None
            else:
                bad += 1
                print(text, flush=True)
            if done % 20 == 0:
                print(f"clang-tidy: {done} of {len(todo)} done", flush=True)
                write_memory(memory)
    write_memory(memory)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
