"""Power cuts: from one recording of a server, its runners and their programs, the disk is made anew as each cut would
have left it, a server is started on it under another boot id, and the reader looks. `--without-each-sync` takes out one
kind of sync after the other and wants to see an invariant break."""
import argparse
import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import recording
from matrix import prepare
from reader import check_jobs
from world import BIN, JOBS, Violation, World

# SQLite's, of a store in which nothing is yet: once it holds something it has its write-ahead log.
NOT_OURS = {"file state.db-journal"}
MODES = ("lost", "names", "bytes", "some")  # what of the unsynced survives
TOLD = re.compile(rb'"jobId": ?"(\w+)"')


class TracedWorld(World):
    """Its server, and all that comes from it, is recorded."""

    def start(self):
        real, self.record = subprocess.Popen, self.folder / "record"

        def traced(words, **options):
            return real([*recording.STRACE, "-o", str(self.record), *words], **options)
        subprocess.Popen = traced
        try:
            super().start()
        finally:
            subprocess.Popen = real

    def stop_server(self):
        os.kill(int((self.data / "run/pid").read_text()), 15)
        self.server.wait(timeout=self.PATIENCE)


class Recording:
    """What one run asked of the disk, and what it promised to its clients on the way."""

    def __init__(self, folder, template, with_upload):
        self.folder = Path(folder)
        start = self.folder / "start"
        with TracedWorld(template=None if with_upload else template) as world:
            subprocess.run(["cp", "-a", str(world.data), str(start)], check=True)
            world.start()
            if with_upload:
                world.upload()
            world.go_through(once_started=True)
            for job_id in JOBS:
                world.state(job_id)  # told to a client
            world.stop_server()
            self.root = world.data
            self.journal = world.journal
            self.world_folder = world.folder
            self.calls = recording.read_calls(world.record)
        self.start = start
        self.promises = []  # (index of the call, kind, job or "")
        for index, call in enumerate(self.calls):
            self.look_for_promise(index, call)

    def look_for_promise(self, index, call):
        if call.name in ("sendmsg", "sendto", "write", "writev") and "socket:" in recording.plain(call.words[0]):
            sent = recording.text_of(call.words[1])
            job = TOLD.search(sent)
            if not sent.startswith(b"HTTP/1.1 200"):
                return
            if b"storage#object" in sent:
                self.promises.append((index, "object", ""))
            elif job and job[1].decode() in JOBS:
                ended = re.search(rb'"state": ?"(SUCCEEDED|FAILED|CANCELLED)"', sent)
                kind = "ended" if ended and b"endTime" in sent else "known"
                self.promises.append((index, kind, job[1].decode()))
        elif call.name == "write" and recording.Disk.path_of(call.words[0]) == str(self.journal):
            self.promises.append((index, "journal", recording.text_of(call.words[1]).decode()))

    def disk(self, until, without=()):
        disk = recording.Disk(self.root, self.start, without)
        for call in self.calls[:until]:
            disk.apply(call)
        return disk


def survivors(mode, chance):
    if mode == "lost":
        return lambda node: False
    if mode == "names":  # the names came to the disk, the bytes did not
        return lambda node: isinstance(node, recording.Folder)
    if mode == "bytes":
        return lambda node: isinstance(node, recording.File)
    return lambda node: chance.random() < 0.5


class AfterCut(World):
    """A world whose data folder lies where the recorded one lay: the records hold whole paths."""

    def __init__(self, record):
        super().__init__()
        shutil.rmtree(self.folder)
        self.log.close()
        self.folder = record.world_folder
        self.folder.mkdir(exist_ok=True)
        self.data = self.folder / "data"
        self.journal = record.journal
        self.log = open(self.folder / "server.log", "ab")
        self.boot = "boot-2"

    def __enter__(self):
        return self


def check_cut(record, until, mode, seed=0, without=()):
    """None, or the violation."""
    disk = record.disk(until, without)
    with AfterCut(record) as world:
        shutil.rmtree(world.data, ignore_errors=True)
        world.PATIENCE = 80.0
        try:
            disk.write_out(str(world.data), survivors(mode, random.Random(seed)))
            promises = [p for p in record.promises if p[0] < until]
            world.journal.write_text("".join(p[2] for p in promises if p[1] == "journal"))
            world.acknowledged = {p[2] for p in promises if p[1] == "known" or p[1] == "ended"}
            world.start()
            look(world, {p[2] for p in promises if p[1] == "ended"}, any(p[1] == "object" for p in promises))
        except Violation as error:
            return str(error)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return None


def look(world, ended, has_object):
    for job_id in ended:
        if world.state(job_id)["state"] != JOBS[job_id][3]:
            raise Violation(f"{job_id} was told to have ended as {JOBS[job_id][3]}, now it is {world.state(job_id)}")
    if has_object:
        status, answer = world.persist("GET", "/storage/v1/b/crash-bucket/o/pkg%2Ftrainer-0.1.tar.gz")
        if status != 200 or answer.get("md5Hash") is None:
            raise Violation(f"an uploaded object is lost: {status} {answer}")
        _, whole = world.persist("GET", "/storage/v1/b/crash-bucket/o/pkg%2Ftrainer-0.1.tar.gz?alt=media")
        path = world.data / "buckets/crash-bucket/pkg/trainer-0.1.tar.gz"
        if base64.b64encode(hashlib.md5(path.read_bytes()).digest()).decode() != answer["md5Hash"] or not whole:
            raise Violation("an uploaded object has other bytes than were acknowledged")
    if "cancel" in world.acknowledged:
        world.persist("POST", "/v1/projects/default/jobs/cancel:cancel", {})
    world.wait_for("the ends", lambda: all(world.state(job_id).get("endTime") for job_id in world.acknowledged))
    check_jobs(world, lost=True)


def interesting(record):
    """Cuts that promises hang on: right after each, and right before each next."""
    return sorted({index + 1 for index, _, _ in record.promises} | {len(record.calls)})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=0, help="so many cuts, at random (default: at each change)")
    parser.add_argument("--mode", choices=MODES, help="only cuts of this kind")
    parser.add_argument("--without-each-sync", action="store_true")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--seed", type=int, default=20170405)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="mlengine-power-")
    try:
        template, _ = prepare(folder)
        record = Recording(folder, template, with_upload=True)
        return (without_each_sync if arguments.without_each_sync else cut_everywhere)(record, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def changes(record):
    """Indexes of calls after which another disk is left."""
    disk = record.disk(0)
    return [index + 1 for index, call in enumerate(record.calls) if disk.apply(call)]


def cut_everywhere(record, arguments):
    chance = random.Random(arguments.seed)
    cuts = [(until, mode) for until in changes(record) for mode in MODES
            if arguments.mode in (None, mode)]
    if arguments.cuts:
        cuts = sorted(chance.sample(cuts, min(arguments.cuts, len(cuts))))
    red = []
    begun = time.monotonic()
    for number, (until, mode) in enumerate(cuts, 1):
        problem = check_cut(record, until, mode, arguments.seed + number)
        if problem:
            red.append((until, mode, problem))
            call = record.calls[until - 1]
            print(f"VIOLATION after call {until} ({call.name} {recording.plain(call.words[0])[-60:]}), {mode}: {problem}", flush=True)
        if number % 100 == 0 or number == len(cuts):
            print(f"{number} of {len(cuts)} cuts, {len(red)} violations, {time.monotonic() - begun:.0f} s", flush=True)
    if arguments.output:
        arguments.output.write_text(json.dumps({"cuts": len(cuts), "violations": red}, indent=1))
    return 1 if red else 0


def soon_after(record, syncs, changes_after=12):
    """Cuts between each of these syncs and what the process did next."""
    changed = changes(record)
    return sorted({until for sync in syncs for until in [c for c in changed if c > sync][:changes_after]})


def without_each_sync(record, arguments):
    """Each kind of sync in turn is not done: some cut must then break an invariant."""
    syncs = record.disk(len(record.calls)).syncs
    needless = []
    for kind in sorted(syncs.keys() - NOT_OURS):
        found = None
        for until in dict.fromkeys([*reversed(interesting(record)), *soon_after(record, syncs[kind])]):
            for mode in ("lost", "names"):
                found = check_cut(record, until, mode, without=(kind,))
                if found:
                    break
            if found:
                break
        print(f"without the sync of {kind}: {'red: ' + found[:150] if found else 'NOTHING BREAKS'}", flush=True)
        if not found:
            needless.append(kind)
    print(f"{len(syncs.keys() - NOT_OURS)} kinds of sync, {len(needless)} of them needless: {', '.join(needless)}")
    return 1 if needless else 0


if __name__ == "__main__":
    sys.exit(main())
