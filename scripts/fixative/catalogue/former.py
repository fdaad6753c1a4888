"""Catalogues of earlier forms: what they remember is taken over; and files that are no catalogue are set aside."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from fixative.catalogue.records import Entry
from fixative.catalogue.schema import ENTRY_COLUMNS, WAIT_S
from fixative.sealed import HIDDEN

Log = tuple[str, int, int, str]
"""name, bytes, mtime_ns, state: what a fixity log said when it was last read."""
REST = ("-journal", "-wal", "-shm")


def take_over(path: Path) -> tuple[list[Entry], list[Log]]:
    """Read every object and log that a catalogue of any version knows: objects that are gone stand nowhere else.

    Raises
    ------
    sqlite3.OperationalError
        Locked.
    sqlite3.DatabaseError
        Damaged, or of another shape.
    """
    with closing(sqlite3.connect(path, timeout=WAIT_S)) as base:
        try:
            entries = base.execute(f"SELECT {', '.join(ENTRY_COLUMNS)} FROM objects").fetchall()  # noqa: S608
            logs = base.execute("SELECT name, bytes, mtime_ns, state FROM logs").fetchall()
        except sqlite3.OperationalError as error:
            if str(error).startswith(("no such column", "no such table")):
                raise sqlite3.DatabaseError(str(error)) from None
            raise
    return [Entry(*row) for row in entries], logs


def set_aside(path: Path) -> Path:
    """Move a damaged catalogue out of the way, into the archive's hidden folder, and keep it."""
    folder = path.parent if path.parent.name == HIDDEN else path.parent / HIDDEN
    folder.mkdir(exist_ok=True)
    aside = folder / f"{path.name}.damaged-{time.time_ns()}"
    path.replace(aside)
    for rest in REST:
        path.with_name(path.name + rest).unlink(missing_ok=True)
    return aside
