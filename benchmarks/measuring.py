"""What a command costs: CPU-seconds and peak memory of its whole process tree.

CPU-seconds are user and system time as the kernel gives them to ``wait4``: of the process, of every child it waited
for, and so on down. A process whose parent does not wait for it would be missed; this process therefore adopts
orphans (``PR_SET_CHILD_SUBREAPER``) and waits for them itself. Memory is sampled: every 50 ms the proportional set
sizes (PSS, pages that several processes share counted once) of all processes of the tree are added up.
"""

import ctypes
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL_S = 0.05
TICKS = os.sysconf("SC_CLK_TCK")
_SUBREAPER = 36


class CommandFailed(Exception):
    """A contender ended with another exit status than 0: its figures mean nothing."""


@dataclass(frozen=True)
class Usage:
    """What one run has cost."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    """Largest sum of PSS seen, in 10**6 bytes."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """CPU-seconds by part of the tree, as far as samples saw them; see `measure`."""


Label = Callable[[str], str | None]
"""Command line of a process to the part it is, or None where it belongs to its parent's."""


def median_of(runs: Sequence[Usage]) -> Usage:
    """Median of each figure by itself."""
    names = dict.fromkeys(name for run in runs for name in run.parts)
    return Usage(
        cpu_s=statistics.median(run.cpu_s for run in runs),
        wall_s=statistics.median(run.wall_s for run in runs),
        peak_mb=statistics.median(run.peak_mb for run in runs),
        parts={name: statistics.median(run.parts.get(name, 0.0) for run in runs) for name in names},
    )


def added(usages: Sequence[Usage]) -> Usage:
    """Usage of runs one after the other: times added, the largest peak."""
    return Usage(
        cpu_s=sum(usage.cpu_s for usage in usages),
        wall_s=sum(usage.wall_s for usage in usages),
        peak_mb=max(usage.peak_mb for usage in usages),
    )


def measure(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    label: Label | None = None,
    log: Path | None = None,
) -> Usage:
    """Run a command to its end and say what it cost.

    Parameters
    ----------
    command
        Program and arguments.
    folder, environment
        Where it runs, and variables on top of this process's own.
    label
        Sorts the processes of the tree into parts.
    log
        File that gets its output; nowhere when None.

    Raises
    ------
    CommandFailed
        With the end of its output.
    """
    _adopt_orphans()
    output = log or Path(os.devnull)
    with output.open("wb") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        tree = _Sampler(label)
        tree.start()
        try:
            status, used = _wait_for_all(process.pid)
        except BaseException:  # a person's Ctrl-C, or SIGTERM: nothing is left running
            os.killpg(process.pid, signal.SIGKILL)
            raise
        wall = time.perf_counter() - began
    process.returncode = status
    tree.stop()
    if status:
        tail = log.read_bytes()[-2000:].decode("utf-8", "replace") if log else "(no log was kept)"
        raise CommandFailed(f"{command[0]}: exit status {status}\n{tail}")
    return Usage(cpu_s=used, wall_s=wall, peak_mb=tree.peak / 1e6, parts=tree.parts())


def output_of(program: str, *arguments: str | Path, folder: Path) -> str:
    """What one of the programs beside this module prints on its standard output."""
    command = [sys.executable, str(folder / program), *(str(argument) for argument in arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def output_of_command(*command: str | Path) -> str:
    """What a program prints on either stream."""
    words = [str(word) for word in command]
    return subprocess.run(
        words, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ).stdout


def _adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (Linux)."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _wait_for_all(pid: int) -> tuple[int, float]:
    """Wait for a child, and for whatever it left behind; its exit status and the CPU-seconds of all."""
    status, seconds = 0, 0.0
    while True:
        try:
            done, code, used = os.wait4(-1, 0)
        except ChildProcessError:
            return status, seconds
        seconds += used.ru_utime + used.ru_stime
        if done == pid:
            status = os.waitstatus_to_exitcode(code)


class _Sampler(threading.Thread):
    """Follows a process tree through ``/proc``."""

    def __init__(self, label: Label | None) -> None:
        super().__init__(daemon=True)
        self._label, self._over = label, threading.Event()
        self.peak = 0
        self._parents: dict[int, int] = {}
        self._own: dict[int, float] = {}
        self._labels: dict[int, str] = {}

    def run(self) -> None:
        """Look until told to stop."""
        while not self._over.wait(INTERVAL_S):
            pids = self._tree()
            self.peak = max(self.peak, sum(_pss(pid) for pid in pids))

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self.join()

    def parts(self) -> dict[str, float]:
        """CPU-seconds by label; of a process that ended between two looks, up to the last of them."""
        found: dict[str, float] = {}
        for pid, seconds in self._own.items():
            name = self._part(pid)
            found[name] = found.get(name, 0.0) + seconds
        return found

    def _part(self, pid: int) -> str:
        while pid in self._parents:
            if name := self._labels.get(pid):
                return name
            pid = self._parents[pid]
        return "other"

    def _tree(self) -> list[int]:
        """Processes of the tree that live now; their own CPU-seconds are noted.

        This process has no other children than the root, and orphans of the tree.
        """
        alive: list[int] = []
        upcoming = [(child, 0) for child in _children(os.getpid())]
        while upcoming:
            pid, parent = upcoming.pop()
            seconds = _own_seconds(pid)
            if seconds is None:
                continue
            self._parents.setdefault(pid, parent)
            self._own[pid] = seconds
            alive.append(pid)
            # Asked each time: between fork and exec a process still has its parent's command line.
            if self._label and (label := self._label(_command_line(pid))):
                self._labels[pid] = label
            upcoming += [(child, pid) for child in _children(pid)]
        return alive


def _children(pid: int) -> list[int]:
    """Children of all threads of a process; none of one that is gone."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_bytes().split())
    except OSError:
        pass
    return found


def _own_seconds(pid: int) -> float | None:
    """User and system seconds of a process without its children's; None for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / TICKS


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def _pss(pid: int) -> int:
    """Bytes of memory of a process, pages shared with others in proportion; 0 for one that is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
