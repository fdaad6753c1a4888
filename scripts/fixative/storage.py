"""Walking a storage root: regular files and Zarr stores, in order, never out of the root."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STORE_MARKS = {".zgroup", ".zarray", ".zattrs", "zarr.json"}
OWN_MARKS = {"bagit.txt": "a bag: archived already", ".run.lock": "a work folder of Fixative"}
SYSTEM_NAMES = {
    *("$recycle.bin", "system volume information", "@eadir", "lost+found", "#recycle"),
    *("thumbs.db", "desktop.ini", "ehthumbs.db"),
}
TEMPORARY = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp", "~")


@dataclass(frozen=True)
class Look:
    """A file, or a Zarr store with all that is in it, as it was when it was looked at."""

    path: Path
    relative: str
    """POSIX path below the root."""
    bytes: int
    newest: float
    """Latest modification time, in seconds since the epoch."""
    changed: float
    """Latest modification or change of anything about it, in seconds since the epoch."""
    state: tuple[int, ...]
    """What tells it from itself at another time."""
    store: bool = False


@dataclass(frozen=True)
class Skipped:
    """What was left out, and why."""

    path: Path
    reason: str


def walk(root: Path) -> Iterator[Look | Skipped]:
    """Look at everything below a root, sorted by path.

    Hidden and system files are passed over, bags and Fixative's own work folders named; links are not followed:
    what a link within the root points to is met by itself.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(folder, f"folder cannot be read: {error.strerror}")
            continue
        names = {entry.name for entry in entries}
        if own := next((what for mark, what in OWN_MARKS.items() if mark in names), None):
            yield Skipped(folder, own)
            continue
        if folder != root and STORE_MARKS & names:
            yield look_again(folder, root)
            continue
        folders = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name.casefold() in SYSTEM_NAMES:
                continue
            if entry.is_symlink():
                yield Skipped(Path(entry.path), "a link: links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            elif entry.name.casefold().endswith(TEMPORARY):
                yield Skipped(Path(entry.path), "a temporary file")
            elif entry.is_file(follow_symlinks=False):
                yield look_again(Path(entry.path), root)
        waiting += reversed(folders)


def look_again(path: Path, root: Path) -> Look | Skipped:
    """Look at a file or a store now."""
    relative = path.relative_to(root).as_posix()
    try:
        now = path.stat()
        if not stat.S_ISDIR(now.st_mode):
            state = (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)
            return Look(path, relative, now.st_size, now.st_mtime, max(now.st_mtime, now.st_ctime), state)
        return _look_at_store(path, relative, now)
    except OSError as error:
        return Skipped(path, f"cannot be read: {error.strerror}")


def _look_at_store(path: Path, relative: str, folder: os.stat_result) -> Look:
    """Look at every file of a store: its state holds a digest over theirs."""
    size, newest, changed, files = 0, folder.st_mtime, max(folder.st_mtime, folder.st_ctime), 0
    states = hashlib.sha256()
    for place, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            inner = os.stat(os.path.join(place, name), follow_symlinks=False)  # noqa: PTH116, PTH118
            size, newest, files = size + inner.st_size, max(newest, inner.st_mtime), files + 1
            changed = max(changed, inner.st_mtime, inner.st_ctime)
            state = (inner.st_size, inner.st_mtime_ns, inner.st_ctime_ns, inner.st_ino)
            states.update(f"{os.path.join(place, name)!r} {state}\n".encode())  # noqa: PTH118
    state = (size, files, int(newest * 1e6), int.from_bytes(states.digest()[:8]))
    return Look(path, relative, size, newest, changed, state, store=True)
