"""The catalogue made from the objects alone, whole or not at all; what it remembers of others is kept."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from fixative.catalogue.describe import describe_whole
from fixative.catalogue.former import REST
from fixative.catalogue.records import Entry
from fixative.catalogue.rows import UPSERT_ENTRY, copy_object, entry_row
from fixative.catalogue.store import Catalogue
from fixative.catalogue.update import AT_ONCE
from fixative.files import fsync_folder
from fixative.findings import RefusedSample
from fixative.sealed import CATALOGUE, HIDDEN, is_object, sealed_objects

WORK = f"{HIDDEN}/catalogue.part"


@dataclass(frozen=True)
class Rebuilt:
    """What a new catalogue holds."""

    objects: int
    """That are there."""
    gone: tuple[str, ...] = ()
    """That are remembered, and are there no more."""
    changed: tuple[str, ...] = ()
    """In whose place another object stands than is remembered: the next audit tells of them."""


def rebuild(root: Path, told: Callable[[int, int], None] = lambda done, total: None) -> Rebuilt:
    """Make the catalogue from the objects alone.

    The new one replaces the old one when it is complete. What objects do not say is taken over from the old one and
    from the fixity logs: which there were, with which manifest, and how they were found when they were last checked.

    Parameters
    ----------
    told
        Takes how many objects are done, and how many there are.

    Raises
    ------
    RefusedSample
        AUD006 where there is no such folder, AUD008 where it cannot be written, CAT001 where another process is
        about the same.
    """
    if not root.is_dir():
        raise RefusedSample("AUD006", copy="archive", reason="no such folder")
    try:
        with _alone(root / WORK) as work:
            return _rebuild(root, work, told)
    except (OSError, sqlite3.DatabaseError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RefusedSample("AUD008", where=CATALOGUE, reason=reason) from None


def _rebuild(root: Path, work: Path, told: Callable[[int, int], None]) -> Rebuilt:
    folders = list(sealed_objects(root))
    with Catalogue(root) as old, Catalogue(work, check=False) as new:
        waiting, done = iter(folders), 0
        while some := list(islice(waiting, AT_ONCE)):
            new.tell([describe_whole(folder) for folder in some])
            done += len(some)
            told(done, len(folders))
        # Nobody writes into the old one from here on; who waits to do so finds the new one.
        with old.changing() as base:
            changed = _remember(root, old, base, new)
            gone = _note_gone(root, new)
            new.close()
            (work / CATALOGUE).replace(root / CATALOGUE)
            fsync_folder(root)
    return Rebuilt(len(folders), gone, changed)


def _remember(root: Path, old: Catalogue, base: sqlite3.Connection, new: Catalogue) -> tuple[str, ...]:
    """Take over what no object says; returns objects that are others than is remembered."""
    from fixative.audit.history import Histories

    remembered, found = old.entries(), new.entries()
    new.keep_logs([(name, *log) for name, log in old.logs().items()])
    histories = Histories(root, new, lambda: datetime.now(UTC))
    late = [name for name in remembered if name not in found and is_object(root / name)]
    new.tell([describe_whole(root / name) for name in late])
    with new.changing() as changing:
        for name in remembered.keys() - found.keys() - set(late):
            _copy(base, changing, remembered[name])
    logged = {name: histories.of(name).manifest_sha256 for name in histories.names()}
    new.add(Entry(name) for name in logged.keys() - new.entries().keys())
    before = {**logged, **{name: entry.manifest_sha256 or logged.get(name) for name, entry in remembered.items()}}
    manifests = {name: manifest for name, manifest in before.items() if manifest}
    changed = {
        name: manifests[name]
        for name, entry in found.items()
        if manifests.get(name, entry.manifest_sha256) != entry.manifest_sha256
    }
    new.expect(changed)
    return tuple(sorted(changed))


def _copy(old: sqlite3.Connection, new: sqlite3.Connection, entry: Entry) -> None:
    """Copy all that is known of an object that is gone; where that is damaged, its entry."""
    new.execute("SAVEPOINT one")
    try:
        copy_object(old, new, entry.name)
    except sqlite3.DatabaseError:
        new.execute("ROLLBACK TO one")
        new.execute(UPSERT_ENTRY, entry_row(entry))
    new.execute("RELEASE one")


def _note_gone(root: Path, new: Catalogue) -> tuple[str, ...]:
    gone = tuple(name for name in sorted(new.entries()) if not os.path.lexists(root / name))
    new.mark_gone(gone)
    return gone


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """Give an empty folder to work in, held for as long as this lasts; a killed process holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedSample("CAT001") from None
        except OSError:  # a file system without locks
            pass
        for name in ("", *REST):
            (folder / f"{CATALOGUE}{name}").unlink(missing_ok=True)
        yield folder
        for name in ("", *REST):
            (folder / f"{CATALOGUE}{name}").unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
    finally:
        os.close(handle)
