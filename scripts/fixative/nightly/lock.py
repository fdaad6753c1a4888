"""One night at a time in a work folder: a lock that dies with its process."""

import fcntl
import os
from pathlib import Path

from fixative.findings import BadBatch
from fixative.locks import JOBS_LOCK, RUN_LOCK

NIGHT_LOCK = Path("results/.nightly.lock")
_held: list[int] = []


class AtWork(Exception):
    """Another night, or another run, is at work here."""


def hold_night(work: Path, told: str) -> None:
    """Hold the work folder for as long as this process lives; no child inherits it.

    Parameters
    ----------
    told : str
        Who is at work, for the one that comes second.

    Raises
    ------
    AtWork
        When another night, or a run or job that no night has started, is at work in the folder.
    BadBatch
        When the folder cannot be written, or its file system has no locks.
    """
    path = work / NIGHT_LOCK
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.read(handle, 200).decode("utf-8", "replace").strip()
            os.close(handle)
            raise AtWork(who or "another night") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, told.encode(), 0)
        _held.append(handle)
        if _at_work(work / RUN_LOCK, fcntl.LOCK_EX) or _at_work(work / JOBS_LOCK, fcntl.LOCK_EX):
            raise AtWork("a run of Snakemake, or a job that a killed one has left")
    except OSError as error:
        raise BadBatch(f"the work folder cannot be used: {error.strerror}: {work}") from None


def _at_work(path: Path, kind: int) -> bool:
    if not path.exists():
        return False
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
