#!/usr/bin/env python3
"""Runs clang-tidy over our own sources, all cores, and remembers which files passed.

A file is checked again when it, a header it may include, .clang-tidy or this list changes: the memory is keyed by the
hash of the preprocessed dependencies' contents, so a clean tree answers in seconds.
"""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def headers_digest():
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for path in sorted([*(ROOT / "src").rglob("*.h"), *(ROOT / "api").rglob("*.proto")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def check(build, source):
    done = subprocess.run(["clang-tidy-19", "-p", str(build), "--quiet", source], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return source, done.returncode, done.stdout


def main():
    build = Path(sys.argv[1])
    commands = json.load(open(build / "compile_commands.json"))
    sources = sorted({c["file"] for c in commands
                      if c["file"].startswith((str(ROOT / "src"), str(ROOT / "apps")))})
    memory_path = build / "tidy-passed.json"
    memory = json.load(open(memory_path)) if memory_path.exists() else {}
    shared = headers_digest()
    key = {s: hashlib.sha256(shared.encode() + Path(s).read_bytes()).hexdigest() for s in sources}
    todo = [s for s in sources if memory.get(s) != key[s]]
    print(f"clang-tidy: {len(todo)} of {len(sources)} files to check", flush=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for source, code, text in pool.map(lambda s: check(build, s), todo):
            if code == 0:
                memory[source] = key[source]
            else:
                bad += 1
                print(text, flush=True)
    json.dump(memory, open(memory_path, "w"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
