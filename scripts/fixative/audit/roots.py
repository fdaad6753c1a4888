"""The places where copies of objects are: the archive root and its replicas, folders or places on remote storage."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fixative.audit.fixity_log import ARCHIVE, FIXITY
from fixative.findings import RefusedSample
from fixative.sealed import CATALOGUE, FORMER_CATALOGUE, HIDDEN, sealed_objects

if TYPE_CHECKING:
    from fixative.audit.check import CopyCheck
    from fixative.audit.pace import Pace
    from fixative.catalogue import Entry


@dataclass(frozen=True)
class Wanted:
    """What a check of a copy asks for."""

    manifest_sha256: str | None = None
    """The manifest that the object had when it was sealed; None where nobody knows."""
    modes: bool = True
    """Whether a changed mode is a finding, where modes are kept."""
    decode: bool = False
    """Decode the image as well, and check every document."""


class Copies(Protocol):
    """A tree of objects, wherever it is."""

    @property
    def name(self) -> str:
        """In public logs and reports."""

    @property
    def location(self) -> str | None:
        """Where it stands, as the configuration says."""

    @property
    def medium(self) -> str | None:
        """On what it stands, as the configuration says."""

    @property
    def place(self) -> str:
        """A path, or an address on remote storage; restricted."""

    def problem(self) -> RefusedSample | None:
        """Say why it cannot be reached, or is no archive."""

    def objects(self) -> Iterable[str]:
        """Every object that is there: dataset/sample."""

    def holds(self, name: str) -> bool:
        """Whether something stands in the place of the object dataset/sample."""

    def check(self, name: str, wanted: Wanted, pace: "Pace") -> "CopyCheck":
        """Check the copy of an object; every file is read once."""

    def describe(self, name: str) -> "Entry":
        """Say of an object what it says of itself."""

    def copy_to(self, name: str, folder: Path, pace: "Pace") -> None:
        """Copy an object into a folder that is not there yet: every byte, durable, read-only."""

    def take(
        self, name: str, source: "Copies", wanted: Wanted, pace: "Pace", *, stamp: str, replace: bool
    ) -> "tuple[CopyCheck, str]":
        """Make a copy from that of another root, and read it back.

        What stands in its place is set aside where it is to be replaced, never removed. Gives the check of the new
        copy, and where the one before is kept, or an empty text.

        Raises
        ------
        CannotCopy
            When the new copy is not good, or something stands in a place that should be empty.
        """

    def lock_again(self, name: str) -> None:
        """Give files and folders the modes of a sealed object, where modes are kept."""


class CannotCopy(Exception):
    """Why a copy was not made, in a sentence."""


@dataclass(frozen=True)
class Root:
    """A tree of objects in a folder."""

    path: Path
    name: str = ARCHIVE
    """In public logs and reports."""
    location: str | None = None
    """Where it stands, as the configuration says."""
    medium: str | None = None

    @property
    def place(self) -> str:
        """Its path."""
        return str(self.path)

    def problem(self) -> RefusedSample | None:
        """Say why this is no archive: a folder where nothing is mounted must not pass for an empty one (AUD006)."""
        if not self.path.is_dir():
            return RefusedSample("AUD006", copy=self.name, reason="no such folder")
        try:
            # A new replica is marked by hand; an archive has what its first night or audit has left.
            signs = (CATALOGUE, FORMER_CATALOGUE, FIXITY) if self.name == ARCHIVE else (HIDDEN,)
            if any((self.path / sign).exists() for sign in signs) or next(sealed_objects(self.path), None):
                return None
        except OSError as error:
            return RefusedSample("AUD006", copy=self.name, reason=error.strerror)
        return RefusedSample("AUD006", copy=self.name, reason="an empty folder")

    def objects(self) -> Iterable[str]:
        """Every object that is there: dataset/sample."""
        return (f"{folder.parent.name}/{folder.name}" for folder in sealed_objects(self.path))

    def holds(self, name: str) -> bool:
        """Whether something stands in the place of the object dataset/sample."""
        return present(self.path / name)

    def check(self, name: str, wanted: Wanted, pace: "Pace") -> "CopyCheck":
        """Check the copy of an object; every file is read once."""
        from fixative.audit.check import check_copy

        return check_copy(
            self.path / name,
            copy=self.name,
            manifest_sha256=wanted.manifest_sha256,
            pace=pace,
            modes=wanted.modes,
            decode=wanted.decode,
        )

    def describe(self, name: str) -> "Entry":
        """Say of an object what it says of itself."""
        from fixative.catalogue import describe

        return describe(self.path / name)

    def copy_to(self, name: str, folder: Path, pace: "Pace") -> None:
        """Copy an object into a folder that is not there yet: every byte, durable, read-only."""
        from fixative.audit.copying import copy_tree

        copy_tree(self.path / name, folder, pace)

    def take(
        self, name: str, source: Copies, wanted: Wanted, pace: "Pace", *, stamp: str, replace: bool
    ) -> "tuple[CopyCheck, str]":
        """Copy under a hidden name, read back, set aside what is to be replaced, rename."""
        from fixative.audit.copying import place_copy

        return place_copy(self, name, source, wanted, pace, stamp=stamp if replace else None)

    def lock_again(self, name: str) -> None:
        """Give files and folders the modes of a sealed object."""
        from fixative.audit.copying import make_read_only

        make_read_only(self.path / name)


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


def distinct(roots: Sequence[Copies], name: str) -> int:
    """Count the copies of an object that are files of their own: a hard link or a second mount is no copy.

    Of copies on remote storage nothing can be seen: each counts, their addresses being different ones.
    """
    seen: set[tuple[int, int]] = set()
    count = 0
    for root in roots:
        if not isinstance(root, Root):
            count += 1
            continue
        files = [path for path in (root.path / name).rglob("*") if path.is_file()]
        identities = {(status.st_dev, status.st_ino) for status in (path.stat() for path in files)}
        if identities and not identities & seen:
            count += 1
        seen |= identities
    return count
