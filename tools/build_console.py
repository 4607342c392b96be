#!/usr/bin/env python3
"""Builds the web console into build/console when something that it is made of has changed (./dev build).

Its packages are fetched by the lock file alone, none of their own scripts is run, and they stay in console/node_modules
until the lock file changes.
"""
import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "console"
BUILT = ROOT / "build/console"


def digest(paths):
    sum_ = hashlib.sha256()
    for path in sorted(paths):
        sum_.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return sum_.hexdigest()


def sources():
    """Whatever the bundle depends on."""
    files = [CONSOLE / name for name in ("package-lock.json", "index.html", "vite.config.ts", "tsconfig.json")]
    files += [path for path in (CONSOLE / "src").rglob("*") if path.is_file() and CONSOLE / "src/api/gen" not in path.parents]
    files += (CONSOLE / "tools").glob("*.mjs")
    files += (ROOT / "api").rglob("*.proto")
    return files


def is_of(stamp, value):
    return stamp.exists() and stamp.read_text() == value


def packages():
    """console/node_modules as the lock file says."""
    stamp = CONSOLE / "node_modules/.of-lock-file"
    wanted = digest([CONSOLE / "package-lock.json"])
    if is_of(stamp, wanted):
        return
    if not shutil.which("npm"):
        sys.exit("build_console: there is no npm; ./dev setup installs it")
    print("console: fetching packages", file=sys.stderr, flush=True)
    for attempt in (1, 2, 3):
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=CONSOLE)
        if done.returncode == 0:
            stamp.write_text(wanted)
            return
        print(f"console: npm ci failed (attempt {attempt} of 3)", file=sys.stderr, flush=True)
    sys.exit("build_console: the packages of console/package-lock.json cannot be fetched")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--types", action="store_true", help="only fetch the packages and make the types of the API")
    arguments = parser.parse_args()
    packages()
    if arguments.types:
        subprocess.run(["node", "tools/api_types.mjs"], cwd=CONSOLE, check=True)
        return
    stamp = BUILT / ".of-sources"
    wanted = digest(sources())
    if is_of(stamp, wanted):
        return
    subprocess.run(["node", "tools/build.mjs"], cwd=CONSOLE, check=True)
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
