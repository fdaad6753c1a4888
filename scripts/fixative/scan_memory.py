"""What a scan remembers of the last one: files that have not changed are not read again.

A memory saves time and decides nothing. One that is damaged, or of another form, is none; a file counts as unchanged
where size, times, and inode of each file of its set are what they were; what changed within `GRANULARITY_S` of the
look is not remembered, since a second change may have left the same times; and whether something is sealed is asked
of the archive each time.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fixative.files import write_bytes
from fixative.identify import Places
from fixative.sealed import main_digest, source_of
from fixative.storage import Look

FORM = "fixative-scan-memory-1"
GRANULARITY_S = 2.0
FORGET_S = 30 * 86400.0
"""What is not met for so long is forgotten; a storage that is not mounted for a night is not."""

TOLD_BY_NEIGHBOURS = {"metadata.txt", "fid", "2dseq"}
"""Names of files whose format depends on what lies beside them."""

State = tuple[int, ...]


class AskedPlaces(Places):
    """Knows whether it was asked for a neighbour: what a file is then depends on more than the file."""

    asked = False

    def has(self, path: Path) -> bool:
        """Whether a file is there."""
        self.asked = True
        return super().has(path)


@dataclass(frozen=True)
class Known:
    """What the content of one file says, whatever lies beside it."""

    format: str
    alone: bool
    """Whether it names no other file, so that it is its whole set."""


@dataclass
class ScanMemory:
    """Verdicts of earlier scans, by path; filled anew while a scan goes on.

    Parameters
    ----------
    now : float
        Seconds since the epoch, when the scan began: what changed after it, or just before, is not trusted.
    """

    now: float
    files: dict[str, list[Any]] = field(default_factory=dict)
    """Path to [when met, state, format, alone]."""
    sets: dict[str, list[Any]] = field(default_factory=dict)
    """Path of the main file to [when met, digest over the states of the set, digest of its content]."""
    sealed_as: dict[str, list[Any]] = field(default_factory=dict)
    """Path of the main file to [when met, digest under which it was found sealed]."""
    objects: dict[str, list[Any]] = field(default_factory=dict)
    """Object of the archive to [state of its folder, bytes of its source's main file, digest]."""
    archive_root: str = ""

    def known(self, look: Look) -> Known | None:
        """What is known of a file that has not changed."""
        entry = self.files.get(str(look.path))
        if entry is None or tuple(entry[1]) != look.state:
            return None
        entry[0] = self.now
        return Known(entry[2], entry[3])

    def keep(self, look: Look, known: Known) -> None:
        """Remember what a file is."""
        if self._settled([look]):
            self.files[str(look.path)] = [self.now, look.state, known.format, known.alone]

    def digest(self, looks: Sequence[Look]) -> str | None:
        """Digest of the content of a set that has not changed, main file first."""
        entry = self.sets.get(str(looks[0].path))
        if entry is None or entry[1] != _signature(looks):
            return None
        entry[0] = self.now
        return str(entry[2])

    def keep_digest(self, looks: Sequence[Look], digest: str) -> None:
        """Remember the digest of a set; the looks are those from before it was read, and hold after it."""
        if self._settled(looks):
            self.sets[str(looks[0].path)] = [self.now, _signature(looks), digest]

    def sealed_before(self, path: Path) -> str | None:
        """Digest under which what lay at this path was last found sealed."""
        entry = self.sealed_as.get(str(path))
        if entry is None:
            return None
        entry[0] = self.now
        return str(entry[1])

    def keep_sealed(self, path: Path, digest: str) -> None:
        """Remember that what lies at this path is sealed."""
        self.sealed_as[str(path)] = [self.now, digest]

    def sealed_sets(self, archive_root: Path) -> dict[int, set[str]]:
        """Like `fixative.sealed.sealed_sets`; an object that has not changed is not opened again.

        Each object's folder is looked at: one that is gone, or that was replaced, is not remembered.
        """
        root = str(archive_root)
        before = self.objects if self.archive_root == root else {}
        self.objects, self.archive_root = {}, root
        sets: dict[int, set[str]] = {}
        for name, state in _folders_of_objects(root):
            entry = before.get(name)
            if entry is None or tuple(entry[0]) != state:
                found = main_digest(source_of(Path(root, name)))
                entry = [state, *found] if found else None
            if entry is not None:
                self.objects[name] = entry
                sets.setdefault(entry[1], set()).add(entry[2])
        return sets

    def save(self, path: Path) -> Path:
        """Write the memory; only its owner may read it: it names every file of the storage."""
        content = {
            "format": FORM,
            "code": _code(),
            "archive_root": self.archive_root,
            "objects": self.objects,
            **{name: self._met(getattr(self, name)) for name in ("files", "sets", "sealed_as")},
        }
        data = json.dumps(content, separators=(",", ":")).encode("ascii")
        head = hashlib.sha256(data).hexdigest().encode() + b"\n"
        return write_bytes(path, head + data + b"\n", mode=0o600, durable=False)

    def _met(self, entries: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
        return {path: entry for path, entry in entries.items() if entry[0] > self.now - FORGET_S}

    def _settled(self, looks: Iterable[Look]) -> bool:
        return all(look.changed < self.now - GRANULARITY_S for look in looks)


def read_memory(path: Path, now: float) -> ScanMemory:
    """Read what the last scan wrote; where it is damaged, or not there, nothing is known.

    Where Fixative itself has changed since, formats are told anew; digests of content stay true.
    """
    memory = ScanMemory(now)
    try:
        head, _, data = path.read_bytes().partition(b"\n")
        if hashlib.sha256(data.rstrip(b"\n")).hexdigest().encode() != head:
            return memory
        content = json.loads(data)
        if content["format"] != FORM:
            return memory
        memory.sets, memory.sealed_as = content["sets"], content["sealed_as"]
        memory.objects, memory.archive_root = content["objects"], content["archive_root"]
        memory.files = content["files"] if content["code"] == _code() else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ScanMemory(now)
    return memory


def _signature(looks: Iterable[Look]) -> str:
    """Digest over the paths and states of the files of a set."""
    text = json.dumps([[str(look.path), look.state] for look in looks])
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _folders_of_objects(root: str) -> Iterable[tuple[str, State]]:
    """Folders ARCHIVE_ROOT/<dataset>/<sample> with what tells each from another; hidden names are none."""
    for dataset in _listed(root):
        for folder in _listed(dataset.path):
            state = folder.stat(follow_symlinks=False)
            yield f"{dataset.name}/{folder.name}", (state.st_ino, state.st_mtime_ns, state.st_ctime_ns)


def _listed(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


@cache
def _code() -> str:
    """Digest of Fixative's own code: a newer one may know a file that this one does not."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()
