"""The places where copies of objects are: the archive root, and its replicas."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from fixative.audit.fixity_log import ARCHIVE
from fixative.findings import RefusedSample
from fixative.sealed import HIDDEN, sealed_objects


@dataclass(frozen=True)
class Root:
    """A tree of objects."""

    path: Path
    name: str = ARCHIVE
    """In public logs and reports."""
    location: str | None = None
    """Where it stands, as the configuration says."""
    medium: str | None = None

    def problem(self) -> RefusedSample | None:
        """Say why this is no archive: a folder where nothing is mounted must not pass for an empty one (AUD006)."""
        if not self.path.is_dir():
            return RefusedSample("AUD006", copy=self.name, reason="no such folder")
        try:
            # A new replica is marked by hand; an archive has what its first audit has left.
            signs = ("catalogue.sqlite", "fixity") if self.name == ARCHIVE else ("",)
            if any((self.path / HIDDEN / sign).exists() for sign in signs) or next(sealed_objects(self.path), None):
                return None
        except OSError as error:
            return RefusedSample("AUD006", copy=self.name, reason=error.strerror)
        return RefusedSample("AUD006", copy=self.name, reason="an empty folder")

    def holds(self, name: str) -> bool:
        """Whether something stands in the place of the object dataset/sample."""
        return present(self.path / name)


def present(path: Path) -> bool:
    """Whether something stands there; what cannot be looked at is not gone."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def replica_name(path: Path) -> str:
    """Name a replica in public: its folder's name, and a digest of its path that tells it from others."""
    return f"{path.name}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:6]}"


def distinct(roots: list[Root], name: str) -> int:
    """Count the copies of an object that are files of their own: a hard link or a second mount is no copy."""
    seen: set[tuple[int, int]] = set()
    count = 0
    for root in roots:
        files = [path for path in (root.path / name).rglob("*") if path.is_file()]
        identities = {(status.st_dev, status.st_ino) for status in (path.stat() for path in files)}
        if identities and not identities & seen:
            count += 1
        seen |= identities
    return count
