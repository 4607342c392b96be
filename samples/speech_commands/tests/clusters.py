"""Clusters of real processes for the tests: each replica a Python of its own, on free ports of the loopback."""
import json
import os
import socket
import subprocess
import sys
import time

PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATIENCE_SECONDS = 120  # until a replica must have said or ended what a test waits for


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Replica:
    """A started python -m speech_commands.train; what it says goes into `log`, the path of a file."""

    def __init__(self, name, log, environment, arguments):
        self.name, self._log = name, log
        with open(log, "w") as out:
            self._process = subprocess.Popen([sys.executable, "-m", "speech_commands.train", *arguments], stdout=out,
                                             stderr=subprocess.STDOUT, env=environment, cwd=os.path.dirname(log))

    def said(self):
        with open(self._log, errors="replace") as file:
            return file.read()

    def wait_for(self, text):
        self._until(lambda: text in self.said(), "said \"%s\"" % text)

    def wait(self):
        """Its exit status."""
        self._until(lambda: self._process.poll() is not None, "ended", alive=False)
        return self._process.returncode

    def terminate(self):
        self._process.terminate()

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _until(self, holds, what, alive=True):
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > give_up or alive and self._process.poll() is not None and not holds():
                raise AssertionError("%s has not %s:\n%s" % (self.name, what, self.said()[-4000:]))
            time.sleep(0.1)


class Cluster:
    """A chief, `workers` and `servers` (parameter servers) that keep their addresses; `folder`: for their logs."""

    def __init__(self, folder, workers, servers, arguments):
        self._folder, self._arguments, self._started = folder, arguments, []
        ports = free_ports(1 + workers + servers)
        address = ["127.0.0.1:%d" % port for port in ports]
        self._hosts = {"chief": address[:1], "worker": address[1:1 + workers], "ps": address[1 + workers:]}

    def start(self, kind, index=0, *arguments):
        """A Replica. A master's cluster has its master where a chief's has its chief."""
        hosts = dict(self._hosts)
        if kind == "master":
            hosts["master"] = hosts.pop("chief")
        config = {"cluster": hosts, "task": {"type": kind, "index": index}, "environment": "cloud"}
        environment = dict(os.environ, TF_CONFIG=json.dumps(config), PYTHONPATH=PACKAGE_PARENT, PYTHONUNBUFFERED="1",
                           TF_NUM_INTEROP_THREADS="2", TF_NUM_INTRAOP_THREADS="1", CUDA_VISIBLE_DEVICES="")
        name = "%s-%d-%d" % (kind, index, len(self._started))
        replica = Replica(name, os.path.join(self._folder, name + ".log"), environment,
                          [*self._arguments, *arguments])
        self._started.append(replica)
        return replica

    def start_servers(self):
        """(a Replica of each worker, a Replica of each parameter server)."""
        return ([self.start("worker", index) for index in range(len(self._hosts["worker"]))],
                [self.start("ps", index) for index in range(len(self._hosts["ps"]))])

    def stop(self):
        for replica in self._started:
            replica.kill()
