"""A real Slurm of two nodes on this machine, for as long as a command runs: cluster.py COMMAND...

Every process of it is this program's own, all its state lies in one temporary folder, and it is ended with the
command, whatever becomes of that. Runs as any account that may start munged, slurmctld and slurmd; jobs are of the
same account. There is no slurmdbd: `sacct` is on the PATH, as on many a cluster, and answers nothing.
"""

import ctypes
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NODES = ("n1", "n2")
COMMANDS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo", "sacctmgr")
DAEMONS = ("munged", "slurmctld", "slurmd")
FOLDER = "FIXATIVE_TEST_SLURM"
"""Names the folder of the cluster: set for the command, and in the environment of every process of the cluster."""

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
PR_SET_PDEATHSIG = 1

CONF = """\
ClusterName=fixative
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
# A job that a dead node has left begins again when its credential has expired, after two minutes as a rule.
AuthInfo=socket={folder}/munge.socket,cred_expire=10
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SlurmdParameters=config_overrides
# No cgroups in a container: processes are found by their parents, memory is looked at every second.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MinJobAge=300
ReturnToService=2
SlurmdTimeout=6
KillWait=2
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=02:00:00 State=UP
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=6000 State=UNKNOWN"


class Cluster:
    """The daemons, by their folder: another process may end a node and start it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs; `sacct` is not among the commands."""
        return {
            **os.environ,
            "SLURM_CONF": str(self.conf),
            FOLDER: str(self.folder),
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
        }

    def configure(self) -> None:
        """Write the configuration, a key for munge, and a folder of the commands a user has."""
        host = socket.gethostname().partition(".")[0]
        ports = free_ports(1 + len(NODES))
        nodes = [NODE.format(name=name, host=host, port=port) for name, port in zip(NODES, ports[1:], strict=True)]
        text = CONF.format(host=host, ports=ports, user=getpass.getuser(), folder=self.folder, nodes="\n".join(nodes))
        self.conf.write_text(text)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        for name in ("state", *(f"spool.{node}" for node in NODES)):
            (self.folder / name).mkdir()

    def start_node(self, name: str) -> None:
        """Start a node's daemon."""
        self.start("slurmd", "-D", "-N", name, "-f", str(self.conf))

    def kill_node(self, name: str) -> None:
        """End a node as a power cut does: its daemon, and all that it has started."""
        for pid in [*self.processes("slurmd", "-N", name), *self.on_node(name)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start(self, daemon: str, *arguments: str) -> None:
        """Start a daemon in the foreground, as a process that dies with this one."""
        program = shutil.which(daemon, path=f"{os.environ['PATH']}:{SBIN}")
        assert program is not None
        with (self.folder / f"{daemon}.out").open("ab") as output:
            process = subprocess.Popen(
                [program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=self.environment,
                preexec_fn=die_with_parent,
            )
        self.started.append(process)

    def say(self, *command: str) -> str:
        """Run a command of Slurm's."""
        done = subprocess.run(command, env=self.environment, capture_output=True, encoding="utf-8", timeout=30)
        return done.stdout

    def processes(self, *words: str) -> list[int]:
        """Processes of this cluster whose command line begins with a program of that name, and holds the words."""
        program, *others = words or ("",)
        found = []
        for pid in self.everyone():
            with suppress(OSError):
                line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
                if Path(line[0]).name.startswith(program) and all(word in line for word in others):
                    found.append(pid)
        return found

    def on_node(self, name: str) -> list[int]:
        """Processes of jobs on a node."""
        mark = f"SLURMD_NODENAME={name}".encode()
        return [pid for pid in self.everyone() if mark in environment_of(pid)]

    def everyone(self) -> Iterator[int]:
        """Every process that has this cluster's folder in its environment, but for this one."""
        mark = f"{FOLDER}={self.folder}".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            if int(entry.name) != os.getpid() and mark in environment_of(int(entry.name)):
                yield int(entry.name)

    def wait_until_idle(self, seconds: float = 30) -> None:
        """Wait until each node takes jobs."""
        end = time.monotonic() + seconds
        while self.say("sinfo", "-h", "-N", "-o", "%T").split() != ["idle"] * len(NODES):
            if time.monotonic() > end:
                logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log"))
                raise TimeoutError(f"Slurm has not started:\n{logs}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End whatever still runs."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            for pid in list(self.everyone()):
                with suppress(ProcessLookupError):
                    os.kill(pid, kind)
            end = time.monotonic() + 3
            while list(self.everyone()) and time.monotonic() < end:
                time.sleep(0.1)
        self.stop_started()

    def stop_started(self) -> None:
        """End the daemons that this object has started."""
        for process in self.started:
            process.kill()
            process.wait()


def environment_of(pid: int) -> list[bytes]:
    """The environment a process was started with; empty where it is gone or not ours to read."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start munge, the controller and the nodes; end all of it."""
    with tempfile.TemporaryDirectory(prefix="fixative-slurm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = Cluster(folder)
        made.configure()
        commands = folder / "bin"
        commands.mkdir()
        for command in COMMANDS:
            # Snakemake's plugin takes SLURM_CONF from the environment of a job's steps: a cluster's lies in /etc.
            client = commands / command
            client.write_text(f'#!/bin/sh\nSLURM_CONF={made.conf} exec {shutil.which(command)} "$@"\n')
            client.chmod(0o755)
        try:
            munge = ("--key-file", "munge.key", "--pid-file", "munge.pid", "--log-file", "munge.log")
            places = [str(folder / word) if "." in word else word for word in munge]
            seed = ("--seed-file", str(folder / "munge.seed"))
            made.start("munged", "--foreground", "--force", "--socket", str(folder / "munge.socket"), *places, *seed)
            made.start("slurmctld", "-D", "-f", str(made.conf))
            for node in NODES:
                made.start_node(node)
            made.wait_until_idle()
            yield made
        finally:
            made.stop()


def main(command: list[str]) -> int:
    """Run a command beside a cluster; its exit status."""
    lacking = [name for name in (*DAEMONS, *COMMANDS) if not shutil.which(name, path=f"{os.environ['PATH']}:{SBIN}")]
    if lacking:
        print(f"no Slurm here: {', '.join(lacking)} not found (Debian: slurm-wlm, munge)", file=sys.stderr)
        return 3
    # So that `finally` is reached, and the daemons end, when make or a timeout ends this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with cluster() as made:
        return subprocess.run(command, env=made.environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
