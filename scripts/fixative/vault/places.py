"""Folders and files that nobody but their owner may open, whatever the umask."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fixative.files import fsync_folder
from fixative.findings import RefusedSample
from fixative.proven_read import write_all

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
OTHERS = 0o077
LOCK = ".lock"


def open_to_others(path: Path) -> int | None:
    """Give the mode of what others than its owner may enter, read or write; None where it is closed or not there."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    return mode if mode & OTHERS else None


def private_folder(path: Path, name: str) -> Path:
    """Make a folder for the owner alone, with all above it that is missing; refuse one that is open to others.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in public.

    Raises
    ------
    RefusedSample
        VLT001 where it is there and open to others, or no folder.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        try:
            folder.mkdir(mode=PRIVATE_FOLDER)
        except FileExistsError:
            continue  # another job was quicker
        folder.chmod(PRIVATE_FOLDER)
        fsync_folder(folder.parent)
    if not path.is_dir():
        raise RefusedSample("VLT001", reason=f"{name} is no folder")
    if mode := open_to_others(path):
        raise RefusedSample("VLT001", reason=f"{name} is open to others: expected 0700, found {mode:04o}")
    return path


@contextmanager
def private_file(path: Path) -> Iterator[int]:
    """Create a file for the owner alone; it is durable afterwards. Gives the file's handle."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        os.fchmod(handle, PRIVATE_FILE)
        yield handle
        os.fsync(handle)
    finally:
        os.close(handle)


def write_private(path: Path, content: bytes) -> None:
    """Write a small file for the owner alone."""
    with private_file(path) as handle, open(handle, "wb", buffering=0, closefd=False) as stream:
        write_all(stream, content)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs, from whichever work folder, out of a sample's part of the vault."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        os.fchmod(handle, PRIVATE_FILE)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
