"""What can happen to a world at a point. A fault of the process itself is an action of base/crash_point.h; the others wait
there ("pause") while the world around the process changes. Each is a class with `action`, `act(world)` called once the
point is reached, and `excused(job)`, the jobs that may have ended otherwise because of it."""
import json
import os
import re
import signal
import socket
import subprocess
import time


class Fault:
    action = "pause"
    needs_root = False
    tmpfs = None

    def act(self, world):
        """Called by the watcher when the point is reached; the process waits there until this returns."""

    def after(self, world):
        """Called by the watcher when the process has been let go."""

    def check(self, world):
        """What must hold at the end besides the invariants."""

    excused = None


class Kill(Fault):
    action = "kill"


class Exit(Fault):
    action = "exit"


class Stop(Fault):
    """SIGSTOP, SIGCONT after a while."""
    action = "stop"

    def __init__(self, seconds):
        self.seconds = seconds

    def after(self, world):
        time.sleep(self.seconds)
        for pid in world.processes():
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass


class Jump(Fault):
    def __init__(self, seconds):
        self.action = f"jump:{seconds}"


class Hangup(Fault):
    """The terminal of the server, or of the client that is looked at, is closed: a logout."""

    def act(self, world):
        while world.victim() is None:  # it is quicker than its starter
            time.sleep(0.001)
        try:
            os.kill(world.victim().pid, signal.SIGHUP)
        except ProcessLookupError:
            pass


def disk_words(job):
    """A job may fail for want of a disk, and says so; a program that could not print ends as it likes."""
    return job["state"] == "FAILED" and bool(job.get("errorMessage"))


class FullDisk(Fault):
    """Not a byte is left on the data folder's disk for a while."""
    needs_root = True
    tmpfs = "48m"
    seconds = 1.0

    def act(self, world):
        world.filler = world.data / "filler"
        with open(world.filler, "wb", buffering=0) as file:
            size = 1 << 20
            while size >= 1:
                try:
                    file.write(b"x" * size)
                except OSError:
                    size //= 2

    def after(self, world):
        time.sleep(self.seconds)
        world.filler.unlink()

    excused = staticmethod(disk_words)


class ReadOnly(Fault):
    """The data folder is read-only for a while, for whoever opens a file anew."""
    needs_root = True
    seconds = 1.0

    def act(self, world):
        beside = world.folder / "read-only"
        beside.mkdir()
        world.mount("--bind", str(world.data), str(beside))
        world.mount("-o", "remount,bind,ro", str(beside))
        world.mount("--bind", str(beside), str(world.data))  # read-only from its first moment

    def after(self, world):
        time.sleep(self.seconds)
        subprocess.run(["umount", "-l", str(world.data)], check=True)
        world.mounts.remove(str(world.data))

    excused = staticmethod(disk_words)


class Reboot(Fault):
    """All processes are gone, the boot id is another, and the PIDs on disk are somebody else's."""

    def act(self, world):
        world.innocent = subprocess.Popen(["sleep", "1000"], env={"PATH": os.environ["PATH"]}, start_new_session=True)
        world.off = True
        try:
            world.power_off()
            for record in world.data.glob("jobs/*/*/attempt-*/*/status-*.json"):
                text = record.read_text()
                if text:
                    record.write_text(re.sub(r'("\w*[pP]id"\s*:\s*)"?\d+"?', rf"\g<1>{world.innocent.pid}", text))
            if (world.data / "run/pid").exists():
                (world.data / "run/pid").write_text(str(world.innocent.pid))
        finally:
            world.off = False

    def check(self, world):
        alive = world.innocent.poll() is None
        world.innocent.kill()
        world.innocent.wait()
        if not alive:
            return "a process was ended that had only the PID of one of ours"
        return None


class DroppedSocket(Fault):
    """The client's connection is gone when the answer comes."""

    def act(self, world):
        connection = world.connection
        if connection is not None and connection.sock is not None:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class HalfOpen(Fault):
    """Somebody sent half a request, and is silent with the line open; another reads no answer."""

    def act(self, world):
        body = json.dumps({"jobId": "half", "trainingInput": {}})
        world.half = []
        for text in (f"POST /v1/projects/default/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body[:9]}",
                     "GET /v1/projects/default/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3, "POST /v1/pro"):
            try:
                line = socket.create_connection((world.host, world.port or 1), timeout=2)
                line.sendall(text.encode())
                world.half.append(line)
            except OSError:
                pass

    def check(self, world):
        for line in world.half:
            line.close()
        return None


def faults(stop_seconds):
    return {
        "SIGKILL": Kill, "exit": Exit, "SIGSTOP": lambda: Stop(stop_seconds), "disk full": FullDisk,
        "read-only": ReadOnly, "clock +1 h": lambda: Jump(3600), "clock -1 h": lambda: Jump(-3600), "reboot": Reboot,
        "logout": Hangup, "dropped socket": DroppedSocket, "half-open socket": HalfOpen,
    }


OF_SERVER = ("SIGKILL", "exit", "SIGSTOP", "disk full", "read-only", "clock +1 h", "clock -1 h", "reboot", "logout",
             "dropped socket", "half-open socket")
OF_RUNNER = ("SIGKILL", "exit", "SIGSTOP", "disk full", "read-only", "clock +1 h", "clock -1 h", "reboot")
OF_PROGRAM = ("SIGKILL", "exit", "SIGSTOP", "disk full", "read-only", "reboot", "logout")
OF_CLIENT = ("SIGKILL", "exit", "SIGSTOP", "clock +1 h", "clock -1 h", "reboot", "logout")
