#!/usr/bin/env python3
"""Holds the includes of src/, apps/ and fuzz/ against src/layers.txt.

Law 1: an include goes only to a lower floor; rooms on one floor never include each other.
Law 2: only the arrows written in layers.txt exist.
Further: Boost.Asio/Beast in net alone, prometheus-cpp in telemetry alone, headers of concrete back ends only in
their own room, in apps/ and in fuzz/.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
# Outside header prefix: the only rooms that may include it.
WRAPPED = {
    "boost/asio": {"net"},
    "boost/beast": {"net"},
    "prometheus/": {"telemetry"},
    "re2/": {"logging_api"},
    "sqlite3.h": {"store", "objects"},
    "archive.h": {"runner", "cli"},
}
CONCRETE = re.compile(r"^(store/(sqlite|memory)_|objects/(file|memory)_|logs/(file|memory)_|executor/(local|slurm|kubernetes)/)")


def read_layers():
    floor, floors, arrows = None, {}, {}
    for number, line in enumerate((ROOT / "src/layers.txt").read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("floor "):
            floor = int(line.split()[1])
            continue
        room, _, targets = line.partition(":")
        room = room.strip()
        floors[room], arrows[room] = floor, set(targets.split())
        for target in arrows[room]:
            if target not in floors:
                sys.exit(f"src/layers.txt:{number}: {room} names {target}, which is not listed above it")
            if floors[target] >= floor:
                sys.exit(f"src/layers.txt:{number}: {room} -> {target} does not go to a lower floor")
    return arrows


def check_file(path, room, arrows, problems):
    """room is None for apps/ and fuzz/, which may include anything of ours."""
    for match in INCLUDE.finditer(path.read_text()):
        name = match.group(1)
        where = f"{path.relative_to(ROOT)}: includes {name}"
        for prefix, rooms in WRAPPED.items():
            if name.startswith(prefix) and room not in rooms:
                problems.append(f"{where}; only {', '.join(sorted(rooms))} may")
        target = name.split("/")[0]
        if room is None or target == room:
            continue
        if target == "mlengine":  # generated from api/
            target = "wire"
            if room == "wire":
                continue
        if target in arrows and target not in arrows[room]:
            problems.append(f"{where}; layers.txt has no arrow {room} -> {target}")
        if CONCRETE.match(name) and not path.name.endswith("_test.cc") and path.parent.name != "testing":
            problems.append(f"{where}; concrete back ends are for their own room and apps/")


def main():
    arrows = read_layers()
    problems = []
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        room = path.relative_to(ROOT / "src").parts[0]
        if room not in arrows:
            problems.append(f"src/{room}: not listed in layers.txt")
        # A test may use the concrete back ends and fakes of lower rooms that it names in its CMakeLists.
        elif not path.name.endswith("_test.cc"):
            check_file(path, room, arrows, problems)
    for path in sorted((ROOT / "apps").rglob("*.cc")):
        check_file(path, None, arrows, problems)
        lines = len(path.read_text().splitlines())
        if path.name == "main.cc" and lines > 150:
            problems.append(f"{path.relative_to(ROOT)}: {lines} lines; a main is a parts list of at most 150")
    for path in sorted([*(ROOT / "fuzz").glob("*.cc"), *(ROOT / "fuzz").glob("*.h")]):
        check_file(path, None, arrows, problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"layers: {len(arrows)} rooms, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
