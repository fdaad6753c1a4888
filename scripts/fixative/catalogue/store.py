"""The catalogue as an object: what is entered, kept, forgotten."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from fixative.catalogue.former import Log, set_aside, take_over
from fixative.catalogue.records import Description, Entry
from fixative.catalogue.rows import (
    UPDATE_FIXITY,
    UPSERT_ENTRY,
    entry_row,
    fixity_row,
    forget,
    tell,
    tell_fixity,
)
from fixative.catalogue.schema import (
    ENTRY_COLUMNS,
    REPLACED,
    FormerCatalogue,
    create,
    open_to_write,
)
from fixative.clock import utc_text
from fixative.findings import RefusedSample
from fixative.sealed import CATALOGUE, FORMER_CATALOGUE


class Catalogue:
    """The catalogue of one archive root; made when there is none, made anew when it is damaged.

    One of an earlier form is taken over: its objects are known from then on, and described by
    `fixative.catalogue.update`. Every change is a transaction of its own, synced.

    Parameters
    ----------
    check
        Read what an audit relies on first, for damage: 0.1 s for 100,000 objects.

    Raises
    ------
    RefusedSample
        AUD008 when it cannot be written, or its file system has no locks.
    """

    def __init__(self, root: Path, *, check: bool = True) -> None:
        self.path = root / CATALOGUE
        self.remade = False
        """Whether the file was damaged, was set aside and made anew."""
        try:
            self._open(check)
            for former in (root / FORMER_CATALOGUE, root / REPLACED):
                if former.is_file():
                    self._take_over(former)
        except (OSError, sqlite3.OperationalError) as error:
            raise _refusal(error) from None

    def _open(self, check: bool) -> None:
        if not self.path.is_file():
            create(self.path)
        try:
            self._connect(check)
        except FormerCatalogue:
            replaced = self.path.parent / REPLACED
            replaced.parent.mkdir(exist_ok=True)
            self.path.replace(replaced)
            create(self.path)
            self._connect(check=False)
        except sqlite3.OperationalError:  # locked, read-only, disk full: not damaged
            raise
        except sqlite3.DatabaseError:
            set_aside(self.path)
            self.remade = True
            create(self.path)
            self._connect(check=False)

    def _connect(self, check: bool) -> None:
        # SQLite does not tell which file it has open.
        before = None
        while before != (before := _identity(self.path)):
            self._base = open_to_write(self.path, check=check)
        self._file = before

    def _take_over(self, former: Path) -> None:
        try:
            entries, logs = take_over(former)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            set_aside(former)
            self.remade = True
            return
        known, read = self.entries(), self.logs()
        self.add(entry for entry in entries if entry.name not in known)
        self.keep_logs([log for log in logs if log[0] not in read])
        former.unlink()

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Give one transaction; where the file was made anew meanwhile, the new one is changed.

        Raises
        ------
        RefusedSample
            AUD008 when the change cannot be written; nothing is changed then.
        """
        try:
            self._base.execute("BEGIN IMMEDIATE")
            while _identity(self.path) != self._file:
                self._base.close()
                self._connect(check=False)
                self._base.execute("BEGIN IMMEDIATE")
            yield self._base
            self._base.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                self._base.execute("ROLLBACK")
            if isinstance(error, OSError | sqlite3.DatabaseError):
                raise _refusal(error) from None
            raise

    def entries(self) -> dict[str, Entry]:
        """Every object that is known, by name, also those that are gone."""
        # Sorted here: in the order of the index, every row is looked for by itself.
        rows = self._base.execute(f"SELECT {', '.join(ENTRY_COLUMNS)} FROM objects").fetchall()  # noqa: S608
        return {row[0]: Entry(*row) for row in sorted(rows)}

    def entry(self, name: str) -> Entry | None:
        """One object, or None where it is not known."""
        query = f"SELECT {', '.join(ENTRY_COLUMNS)} FROM objects WHERE name = ?"  # noqa: S608
        row = self._base.execute(query, (name,)).fetchone()
        return None if row is None else Entry(*row)

    def count(self) -> int:
        """How many objects are known."""
        return int(self._base.execute("SELECT count(*) FROM objects").fetchone()[0])

    def names(self) -> set[str]:
        """Names of the objects that are known and described, and are there as far as is known."""
        rows = self._base.execute("SELECT name FROM objects WHERE gone IS NULL AND described IS NOT NULL")
        return {row[0] for row in rows}

    def undescribed(self) -> list[str]:
        """Objects of which nothing but the entry is known: taken over, or met by an audit."""
        rows = self._base.execute("SELECT name FROM objects WHERE gone IS NULL AND described IS NULL ORDER BY name")
        return [row[0] for row in rows]

    def add(self, entries: Iterable[Entry]) -> None:
        """Add objects, or replace what is said of them; one with another manifest has to be described anew."""
        with self.changing() as base:
            for entry in entries:
                base.execute(UPSERT_ENTRY, entry_row(entry))
                tell_fixity(base, entry.name)

    def tell(self, descriptions: Iterable[Description]) -> None:
        """Add objects with all that they say, or replace what is said of them."""
        with self.changing() as base:
            for description in descriptions:
                tell(base, description)

    def expect(self, manifests: dict[str, str]) -> None:
        """Say which manifest an object has to have, by name, whatever was found."""
        with self.changing() as base:
            base.executemany(
                "UPDATE objects SET manifest_sha256 = ? WHERE name = ?",
                [(manifest, name) for name, manifest in manifests.items()],
            )

    def remove(self, name: str) -> None:
        """Forget an object."""
        with self.changing() as base:
            forget(base, name)

    def mark_gone(self, names: Iterable[str]) -> None:
        """Note when objects were first seen to be gone; what is known of them is kept."""
        with self.changing() as base:
            base.executemany(
                "UPDATE objects SET gone = coalesce(gone, ?) WHERE name = ?", [(utc_text(), name) for name in names]
            )

    def logs(self) -> dict[str, tuple[int, int, str]]:
        """What the fixity logs said when they were last read: bytes, mtime_ns and digest of state, by object."""
        rows = self._base.execute("SELECT name, bytes, mtime_ns, state FROM logs")
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def keep_logs(self, logs: Sequence[Log]) -> None:
        """Keep what fixity logs said: (name, bytes, mtime_ns, state); the objects' columns tell of it."""
        if logs:
            with self.changing() as base:
                base.executemany("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?)", logs)
                base.executemany(UPDATE_FIXITY, [fixity_row(name, state) for name, _, _, state in logs])


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _refusal(error: Exception) -> RefusedSample:
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return RefusedSample("AUD008", where=CATALOGUE, reason=f"{error} (`snakemake catalogue` makes it anew)")
    reason = error.strerror if isinstance(error, OSError) else error
    return RefusedSample("AUD008", where=CATALOGUE, reason=reason)
