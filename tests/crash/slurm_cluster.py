"""A Slurm of its own on loopback: munged, slurmctld and one slurmd in the foreground, everything in one folder, nothing
in /etc. Wants root and Debian's packages (PACKAGES); ends only the processes that it started, and what its jobs left."""
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "slurm-wlm-basic-plugins", "munge")

# State is saved where and as often as Slurm does by default; only what keeps a small job waiting is turned off.
CONFIGURATION = """\
ClusterName=beside
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=5
MinJobAge=3600
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={node_port} CPUs={slots} RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing():
    """Programs that are not installed."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
            if shutil.which(name, path=path) is None]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SlurmCluster:
    """Use as a context manager. `folder` is an empty folder of its own."""

    def __init__(self, folder, slots):
        self.folder = Path(folder)
        self.slots = slots
        self.daemons = {}
        self.environment = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                            "SLURM_CONF": str(self.folder / "slurm.conf")}

    def __enter__(self):
        for name in ("state", "spool", "munge"):
            (self.folder / name).mkdir(mode=0o700)
        key = self.folder / "munge/key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.folder.chmod(0o755)
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            folder=self.folder, slots=self.slots, controller_port=free_port(), node_port=free_port()))
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
        try:
            self.daemon("munged", "-F", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.sock",
                        f"--pid-file={self.folder}/munge/pid", f"--log-file={self.folder}/munged.log",
                        f"--seed-file={self.folder}/munge/seed")
            self.wait_for("munged", lambda: (self.folder / "munge.sock").exists())
            self.start_controller()
            self.daemon("slurmd", "-D", "-N", "n1")
            self.wait_for("the node", lambda: self.call("sinfo", "-h", "-o", "%T").stdout.strip() in ("idle", "mixed"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in ("slurmctld", "slurmd", "munged"):
            if name in self.daemons:
                self.daemons[name].kill()
                self.daemons[name].wait()
        until = time.monotonic() + 10
        while self.processes() and time.monotonic() < until:
            for pid in self.processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)

    def daemon(self, name, *words):
        with open(self.folder / f"{name}.out", "ab") as out:
            self.daemons[name] = subprocess.Popen([name, *words], env=self.environment, stdout=out, stderr=out,
                                                  stdin=subprocess.DEVNULL, start_new_session=True)

    def processes(self):
        """PIDs of the shepherds of jobs and of the jobs themselves, by their environment."""
        marker = f"SLURM_CONF={self.folder}/slurm.conf".encode()
        found = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and marker in Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                    found.append(int(entry))
            except OSError:
                continue
        return found

    def wait_for(self, what, condition, seconds=60):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise RuntimeError(f"Slurm: {what} is not up after {seconds} s; see {self.folder}")
            time.sleep(0.1)

    def call(self, *words, timeout=60):
        """A client command; its exit status is 124 when it took too long."""
        try:
            return subprocess.run(words, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, timeout=timeout)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, 124, "", "no answer in time")

    def start_controller(self):
        self.daemon("slurmctld", "-D")

    def kill_controller(self):
        self.daemons["slurmctld"].kill()
        self.daemons["slurmctld"].wait()
