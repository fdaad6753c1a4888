"""Locks that die with their process: one run at a time in a work folder."""

import fcntl
import os
from pathlib import Path

from fixative.findings import BadBatch

RUN_LOCK = Path("results/.run.lock")
JOBS_LOCK = Path("results/.jobs.lock")
_held: list[int] = []
_planning: list[int] = []


def lock_work_folder(*, planning: bool = False) -> None:
    """Hold the current folder for as long as this process lives (main process).

    Snakemake's lock files outlive a killed process. Whoever holds this lock knows that no run is alive here, so
    that those files are left over and may go.

    Parameters
    ----------
    planning
        Keep jobs from beginning until `let_jobs_begin` is called: one of a killed run must not start on a sample
        that is being planned anew.

    Raises
    ------
    BadBatch
        When another run, or a job of a killed one, is at work here.
    """
    Path("results").mkdir(exist_ok=True)
    try:
        _held.append(_lock(RUN_LOCK, fcntl.LOCK_EX))
        _planning.append(_lock(JOBS_LOCK, fcntl.LOCK_EX))
        if not planning:
            let_jobs_begin()
    except BlockingIOError:
        raise BadBatch(
            f"another run is at work in {Path.cwd()}\n  wait until it has ended, or use another work folder"
        ) from None
    for stale in Path(".snakemake/locks").glob("*.lock"):
        stale.unlink()


def let_jobs_begin() -> None:
    """Say that the plan is written (main process)."""
    while _planning:
        os.close(_planning.pop())


def hold_job_lock() -> None:
    """Say that a job is at work in the current folder, for as long as its process lives; waits for a plan."""
    _held.append(_lock(JOBS_LOCK, fcntl.LOCK_SH, wait=True))


def _lock(path: Path, kind: int, *, wait: bool = False) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    return handle
