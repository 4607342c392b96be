"""The independent reader of the kill matrix: looks at files, at SQLite and at the program's own journal, never at the
engine's word alone. Each check raises Violation with what it saw."""
import json
import sqlite3
import time
from pathlib import Path

from world import FINAL, JOBS, Violation, World

LAST = {"SUCCEEDED": "Job completed successfully.", "FAILED": "Job failed.", "CANCELLED": "Job cancelled."}


def message(entry):
    return entry.get("jsonPayload", {}).get("message", entry.get("textPayload", ""))


def journal(world):
    """{(job, attempt, mark): [starts, end or None]} as the programs told it."""
    told = {}
    text = world.journal.read_text() if world.journal.exists() else ""
    for line in text.splitlines():
        words = line.split()
        entry = told.setdefault(tuple(words[1:4]), {"starts": 0, "end": None})
        if words[0] == "start":
            entry["starts"] += 1
        elif words[0] == "end":
            entry["end"] = (int(words[4]), int(words[5]))
    return told


def check_store(world, jobs):
    """Acknowledged implies known, and known once."""
    database = sqlite3.connect(f"file:{world.data}/state.db?mode=ro", uri=True)
    try:
        if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise Violation("state.db is damaged")
        rows = [row[0] for row in database.execute("SELECT job_id FROM jobs")]
    finally:
        database.close()
    if sorted(rows) != sorted(set(rows)):
        raise Violation(f"a job is stored twice: {rows}")
    lost = world.acknowledged - set(rows)
    if lost:
        raise Violation(f"acknowledged and lost: {sorted(lost)}")
    for job_id, job in jobs.items():
        if job.get("state") not in FINAL or not job.get("endTime"):
            raise Violation(f"{job_id} is {job.get('state')} and nothing works on it")


def check_starts(told):
    for key, entry in told.items():
        if entry["starts"] > 1:
            raise Violation(f"{key} was started {entry['starts']} times")


def check_exit(world, told, key):
    """What the status record says of a program that ended by itself is what the program said."""
    job_id, attempt, mark = key
    replica, restart = mark.rsplit(".", 1)
    folder = world.data / f"jobs/default/{job_id}/attempt-{attempt}/{replica}"
    lines = JOBS[job_id][0]
    spool = folder / f"stdout-{restart}"
    printed = spool.read_bytes() if spool.exists() else b""
    wanted = "".join(f"{job_id} line {i}\n" for i in range(lines)).encode()
    if not wanted.startswith(printed):
        raise Violation(f"the spool of {key} holds what the program did not print: {printed[-80:]!r}")
    end = told[key]["end"]
    if end is None:
        return printed
    written, code = end
    if len(printed) != written:
        raise Violation(f"{key} printed {written} bytes, its spool has {len(printed)}")
    record = folder / f"status-{restart}.json"
    if record.exists():
        status = json.loads(record.read_text())
        exit_ = status.get("exit")
        if exit_ and not exit_.get("signal") and exit_.get("exitCode", 0) != code:
            raise Violation(f"{key} ended with {code}, its record says {exit_}")
    return printed


def check_log(world, job_id, job, printed):
    filter_ = f'resource.type="ml_job" AND resource.labels.job_id="{job_id}"'
    entries = []
    token = ""
    while token is not None:
        _, answer = world.persist("POST", "/v2/entries:list", {
            "resourceNames": ["projects/default"], "filter": filter_, "pageSize": 1000, "orderBy": "timestamp asc",
            "pageToken": token})
        entries += answer.get("entries", [])
        token = answer.get("nextPageToken")
    lines = [message(e) for e in entries if message(e).startswith(job_id + " line ")]
    if sorted(lines) != sorted(printed):
        raise Violation(f"{job_id}: {len(printed)} lines were printed, the log has {len(lines)}")
    for field in ("timestamp", "insertId"):
        values = [entry[field] for entry in entries]
        if values != sorted(set(values)):
            raise Violation(f"{job_id}: the {field}s of the log do not strictly rise")
    last = LAST[job["state"]]
    messages = [message(e) for e in entries]
    if messages.count(last) != 1 or messages[-1] != last:
        raise Violation(f"{job_id}: the log ends with {messages[-2:]}, not once with {last!r}")


def check_state(job_id, job, told, excused):
    wanted = JOBS[job_id][3]
    if job["state"] == wanted:
        return
    ended = [entry["end"] for key, entry in told.items() if key[0] == job_id and entry["end"]]
    if excused and excused(job):
        return
    raise Violation(f"{job_id} is {job['state']} ({job.get('errorMessage')}), wanted {wanted}; "
                    f"the program's own ends: {ended}")


def temporary_files(world):
    """What an interrupted write may leave beside its file, and half an upload."""
    found = []
    for path in world.data.rglob("*"):
        inside = path.relative_to(world.data)
        if ".tmp-" in path.name or "%tmp" in inside.parts[:-1]:
            found.append(str(inside))
    return found


def check_leftovers(world):
    until = time.monotonic() + 10
    while True:
        left = world.processes(but_server=True)
        if not left:
            break
        if time.monotonic() > until:
            names = []
            for pid in left:
                try:
                    names.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[-120:])
                except OSError:
                    continue
            if not names:
                break
            raise Violation(f"processes are left: {names}")
        time.sleep(0.02)


def check_jobs(world: World, lost=False, excused=None):
    """The invariants of all acknowledged jobs; each has ended. `excused(job)` lets a job have ended otherwise. `lost`: of
    an attempt that is not a job's last, the program's last words may be lost with the machine."""
    jobs = {job_id: world.state(job_id) for job_id in world.acknowledged}
    check_leftovers(world)
    check_store(world, jobs)
    told = journal(world)
    check_starts(told)
    for job_id, job in jobs.items():
        printed = []
        attempts = sorted(key for key in told if key[0] == job_id)
        for key in attempts:
            if lost and key != attempts[-1]:
                told[key]["end"] = None
            printed += check_exit(world, told, key).decode().splitlines()
        check_log(world, job_id, job, printed)
        check_state(job_id, job, told, excused)


def check(world: World, excused=None):
    """Every invariant, of a world in which every job has ended, and of its server's own end."""
    check_jobs(world, excused=excused)
    complaints = [line for line in (world.folder / "server.log").read_text(errors="replace").splitlines()
                  if "Sanitizer" in line or "runtime error" in line]
    if complaints:
        raise Violation("; ".join(complaints[:3]))
    world.server.terminate()
    if world.server.wait(timeout=20) != 0:
        raise Violation(f"the server ended with {world.server.returncode} when it was told to stop")
    left = temporary_files(world)
    if left:
        raise Violation(f"temporary files are left: {left}")
