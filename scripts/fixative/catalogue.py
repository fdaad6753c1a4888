"""The catalogue of sealed objects: which there should be, kept beside them (SQLite, one file).

It holds nothing private: only what an object says in public. It can be made anew from the objects at any time:
``python -m fixative.catalogue rebuild ARCHIVE_ROOT``. What it adds to them is memory: an object that is gone is
missed.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from fixative.files import fsync_folder
from fixative.findings import RefusedSample
from fixative.sealed import HIDDEN, sealed_objects

CATALOGUE = f"{HIDDEN}/catalogue.sqlite"
_WAIT_S = 60
_COLUMNS = "name, identifier, fileset_sha256, policy_sha256, manifest_sha256, bytes, sealed"
_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    name TEXT PRIMARY KEY, identifier TEXT, fileset_sha256 TEXT, policy_sha256 TEXT, manifest_sha256 TEXT,
    bytes INTEGER NOT NULL, sealed TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logs (name TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, state TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Entry:
    """One object. What cannot be read from a damaged object is None until a whole copy has been seen."""

    name: str
    """dataset/sample"""
    identifier: str | None = None
    fileset_sha256: str | None = None
    policy_sha256: str | None = None
    manifest_sha256: str | None = None
    """SHA-256 of manifest-sha256.txt: it stands for every byte of the payload."""
    bytes: int = 0
    sealed: str | None = None
    """UTC"""


class Catalogue:
    """The catalogue of one archive root; made when there is none, made anew when it is damaged.

    A rollback journal, not WAL: WAL needs memory that all readers share, which a network file system has not
    (https://sqlite.org/wal.html). Every change is a transaction of its own, synced.

    Parameters
    ----------
    check
        Read the whole file first, for damage: 0.1 s for 100,000 objects.

    Raises
    ------
    RefusedSample
        AUD008 when the folder cannot be written or its file system has no locks.
    """

    def __init__(self, root: Path, *, check: bool = True) -> None:
        self.path = root / CATALOGUE
        self.remade = False
        """Whether the file was damaged, was set aside and made anew."""
        try:
            self.path.parent.mkdir(exist_ok=True)
            try:
                self._base = _connect(self.path, check=check)
            except sqlite3.OperationalError:  # locked, read-only, disk full: not damaged
                raise
            except sqlite3.DatabaseError:
                self.path.replace(self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}"))
                for rest in ("-journal", "-wal", "-shm"):
                    self.path.with_name(self.path.name + rest).unlink(missing_ok=True)
                self.remade = True
                self._base = _connect(self.path)
        except (OSError, sqlite3.OperationalError) as error:
            raise RefusedSample("AUD008", where=CATALOGUE, reason=error) from None

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def entries(self) -> dict[str, Entry]:
        """Every object that is known, by name."""
        rows = self._base.execute(f"SELECT {_COLUMNS} FROM objects ORDER BY name")  # noqa: S608  a constant
        return {row[0]: Entry(*row) for row in rows}

    def add(self, entries: Iterable[Entry]) -> None:
        """Add objects, or replace what is said of them."""
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        with self._base:
            self._base.executemany(
                f"INSERT OR REPLACE INTO objects ({_COLUMNS}) VALUES ({marks})",  # noqa: S608  constants
                [astuple(entry) for entry in entries],
            )

    def remove(self, name: str) -> None:
        """Forget an object."""
        with self._base:
            self._base.execute("DELETE FROM objects WHERE name = ?", (name,))

    def logs(self) -> dict[str, tuple[int, int, str]]:
        """What the fixity logs said when they were last read: bytes, mtime_ns and digest of state, by object."""
        rows = self._base.execute("SELECT name, bytes, mtime_ns, state FROM logs")
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def keep_logs(self, logs: Iterable[tuple[str, int, int, str]]) -> None:
        """Keep what fixity logs said: (name, bytes, mtime_ns, state)."""
        with self._base:
            self._base.executemany("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?)", logs)


def _connect(path: Path, *, check: bool = True) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=_WAIT_S)
    try:
        base.execute("PRAGMA journal_mode = DELETE")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("PRAGMA trusted_schema = OFF")
        base.executescript(_TABLES)
        # A table of another shape is not ours.
        base.execute(f"SELECT {_COLUMNS} FROM objects LIMIT 1").fetchall()  # noqa: S608  a constant
        base.execute("SELECT name, bytes, mtime_ns, state FROM logs LIMIT 1").fetchall()
        if check and base.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("quick_check failed")
    except sqlite3.OperationalError as error:
        base.close()
        if "no such column" in str(error):
            raise sqlite3.DatabaseError(str(error)) from None
        raise
    except sqlite3.DatabaseError:
        base.close()
        raise
    return base


def enter(root: Path, *folders: Path) -> None:
    """Enter objects that were just sealed. Several processes may do so at once.

    Raises
    ------
    RefusedSample
        AUD008 when the catalogue cannot be written; the next audit enters the objects then.
    """
    with Catalogue(root, check=False) as catalogue:
        catalogue.add([describe(folder) for folder in folders])


def describe(folder: Path) -> Entry:
    """Say of an object what it says of itself; a damaged one is described as far as it can be read."""
    said = _provenance(folder)
    return Entry(
        name=f"{folder.parent.name}/{folder.name}",
        identifier=_text(said, "identifier"),
        fileset_sha256=_text(said, "source", "fileset_sha256"),
        policy_sha256=_text(said, "policy", "sha256"),
        manifest_sha256=_confirmed_manifest(folder),
        bytes=_bytes_of(folder),
        sealed=_text(said, "created"),
    )


def _provenance(folder: Path) -> Any:
    for path in sorted(folder.glob("data/*.ome.tiff.provenance.json")):
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
    return {}


def _text(tree: Any, *keys: str) -> str | None:
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree if isinstance(tree, str) else None


def _confirmed_manifest(folder: Path) -> str | None:
    """Digest of the manifest where the object's tag manifest states the same: a flipped bit must not be recorded."""
    with suppress(OSError):
        found = sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest()
        lines = (folder / "tagmanifest-sha256.txt").read_bytes().splitlines()
        return found if f"{found}  manifest-sha256.txt".encode() in lines else None
    return None


def _bytes_of(folder: Path) -> int:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += Path(place, name).lstat().st_size
    return total


def rebuild(root: Path) -> int:
    """Make the catalogue from the objects alone; returns how many there are.

    The new one replaces the old one when it is complete.
    """
    final = root / CATALOGUE
    partial = final.with_name(f".{final.name}.part")
    final.parent.mkdir(exist_ok=True)
    partial.unlink(missing_ok=True)
    entries = [describe(folder) for folder in sealed_objects(root)]
    with closing(_connect(partial)) as base, base:
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        base.executemany(
            f"INSERT INTO objects ({_COLUMNS}) VALUES ({marks})",  # noqa: S608  constants
            [astuple(entry) for entry in entries],
        )
    partial.replace(final)
    fsync_folder(final.parent)
    return len(entries)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild or list a catalogue, or withdraw an object from it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m fixative.catalogue", description="The catalogue of an archive.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("rebuild", "make it from the objects alone"), ("list", "print it as TSV")):
        commands.add_parser(name, help=text).add_argument("archive_root", type=Path)
    withdraw = commands.add_parser("withdraw", help="say that an object was removed on purpose")
    withdraw.add_argument("archive_root", type=Path)
    withdraw.add_argument("object", help="dataset/sample")
    withdraw.add_argument("--reason", required=True, help="stands in the fixity log, in public")
    options = parser.parse_args(arguments)
    if not options.archive_root.is_dir():
        parser.error(f"no such folder: {options.archive_root}")
    if options.command == "rebuild":
        sys.stdout.write(f"{rebuild(options.archive_root)} objects\n")
    elif options.command == "list":
        with Catalogue(options.archive_root) as catalogue:
            lines = [
                "\t".join(str(value or "") for value in astuple(entry)) for entry in catalogue.entries().values()
            ]
        sys.stdout.write("\n".join([_COLUMNS.replace(", ", "\t"), *lines, ""]))
    else:
        return _withdraw(options.archive_root, options.object, options.reason)
    return 0


def _withdraw(root: Path, name: str, reason: str) -> int:
    from fixative.audit.fixity_log import append_event, event, log_path

    with Catalogue(root) as catalogue:
        known, found = catalogue.entries().get(name), describe(root / name)
        # One that stands there may be withdrawn where it is another object than the one that is known.
        same = known and os.path.lexists(root / name) and found.manifest_sha256 in (None, known.manifest_sha256)
        if known is None or same:
            sys.stderr.write("only what the catalogue knows, and is gone or replaced, can be withdrawn\n")
            return 1
        append_event(log_path(root, name), event("dea", name, outcome="success", note=reason))
        catalogue.remove(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
