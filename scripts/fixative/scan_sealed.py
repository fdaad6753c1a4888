"""Whether what a scan found is sealed: asked of the archive, of what the last scan knew, and of receipts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fixative.files import digest_file
from fixative.filesets import file_set
from fixative.grouping import Image
from fixative.inventory import fileset_digest, names_in_set
from fixative.models import Receipt
from fixative.readers.options import READER_DEFAULTS, ReaderOptions
from fixative.records import read_record
from fixative.scan_memory import ScanMemory
from fixative.storage import Look, look_again

SEALED = "sealed already"
CHANGED = "changed after sealing: a new version is archived on request, under a sample_id of its own"


@dataclass(frozen=True)
class FoundSet:
    """A set: the image that leads it, its files and its sidecars as they were first looked at."""

    image: Image
    members: list[Look]
    sidecars: list[Look]

    @property
    def single(self) -> bool:
        """Whether it is one file, which its own digest tells from any other."""
        return len(self.image.members) == 1 and not self.image.look.store

    def looks(self) -> list[Look] | None:
        """Every file that its digest stands for, main file first; None where one cannot be looked at."""
        if self.single:
            return [self.image.look]
        known = {look.path: look for look in self.members}
        root = self.image.look.path.parent
        # A member that the walk passes over, a hidden file for instance, is looked at here.
        found = [known.get(path) or _look(path, root) for path in self.image.members]
        looks = [look for look in [*found, *self.sidecars] if look is not None]
        return looks if len(looks) == len(found) + len(self.sidecars) else None


@dataclass(frozen=True)
class Sealed:
    """What is sealed.

    Parameters
    ----------
    sets : mapping of int to set of str
        As `fixative.sealed.sealed_sets` gives it.
    archive_root, samples : Path, optional
        The archive, and the folder of the work folder that holds the samples' receipts.
    """

    sets: Mapping[int, set[str]]
    archive_root: Path | None = None
    samples: Path | None = None

    @cached_property
    def digests(self) -> frozenset[str]:
        """Every digest of a sealed source."""
        return frozenset(digest for digests in self.sets.values() for digest in digests)

    def verdict(
        self, found: FoundSet, sample_id: str, memory: ScanMemory, options: ReaderOptions = READER_DEFAULTS
    ) -> str | None:
        """Say why a set is left out: it is sealed, or it was sealed and has changed since; None: it is new.

        Raises
        ------
        OSError
            When a file of the set cannot be read.
        """
        path = found.image.look.path
        digest = _digest(found, memory, options, self.sets)
        if digest is not None and digest in self.digests:
            memory.keep_sealed(path, digest)
            return SEALED
        if memory.sealed_before(path) in self.digests:
            return CHANGED
        return self._by_receipt(found, sample_id, memory, options)

    def _by_receipt(self, found: FoundSet, sample_id: str, memory: ScanMemory, options: ReaderOptions) -> str | None:
        """Ask the receipt of the sample that this path would be: its object may say nothing any more."""
        if self.samples is None or self.archive_root is None:
            return None
        receipt = read_record(Receipt, self.samples / sample_id / "sealed.json")
        if receipt is None or receipt.source != str(found.image.look.path):
            return None
        if not (self.archive_root / receipt.object).is_dir():
            return None
        now = _digest(found, memory, options, None)
        if found.single and now is not None:
            names = names_in_set(
                found.image.look.path, [found.image.look.path], [look.path for look in found.sidecars]
            )
            others = {name: digest_file(path).sha256 for name, path in list(names.items())[1:]}
            now = fileset_digest({next(iter(names)): now, **others})
        return SEALED if now == receipt.fileset_sha256 else CHANGED


def _digest(
    found: FoundSet, memory: ScanMemory, options: ReaderOptions, sizes: Mapping[int, set[str]] | None
) -> str | None:
    """Digest of a set: as it was remembered, or else computed where the main file's size is one of ``sizes``."""
    looks = found.looks()
    if looks is not None and (known := memory.digest(looks)) is not None:
        return known
    image = found.image
    members = file_set(image.look.path, image.format, options) if image.look.store else list(image.members)
    if sizes is not None and members[0].stat().st_size not in sizes:
        return None
    if found.single:
        digest = digest_file(members[0]).sha256
    else:
        names = names_in_set(image.look.path, members, [look.path for look in found.sidecars])
        digest = fileset_digest({name: digest_file(path).sha256 for name, path in names.items()})
    if looks is not None and all(_same(look) for look in looks):
        memory.keep_digest(looks, digest)
    return digest


def _look(path: Path, root: Path) -> Look | None:
    found = look_again(path, root) if path.is_relative_to(root) else None
    return found if isinstance(found, Look) else None


def _same(look: Look) -> bool:
    """Whether a file is as it was when it was looked at."""
    again = _look(look.path, look.path.parent)
    return again is not None and again.state == look.state
