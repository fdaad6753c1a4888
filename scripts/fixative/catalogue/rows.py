"""Rows of the catalogue: how records are written into its tables, within a transaction of the caller's."""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import astuple

from fixative.catalogue.records import Description, Entry, Words
from fixative.catalogue.schema import (
    CHANNEL_COLUMNS,
    ENTRY_COLUMNS,
    FACT_COLUMNS,
    FILE_COLUMNS,
    IMAGE_COLUMNS,
    SOURCE_COLUMNS,
)
from fixative.clock import utc_text


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_PLACE = ("name", "dataset", "sample_id", *ENTRY_COLUMNS[1:])
_CHANGES = ", ".join(f"{column} = excluded.{column}" for column in ENTRY_COLUMNS[1:])
UPSERT_ENTRY = f"""
INSERT INTO objects ({", ".join(_PLACE)}) VALUES ({_marks(len(_PLACE))})
ON CONFLICT (name) DO UPDATE SET {_CHANGES},
    described = CASE WHEN manifest_sha256 IS excluded.manifest_sha256 THEN described END
"""  # noqa: S608  constants
UPDATE_FIXITY = """
UPDATE objects SET checked = ?, fixity = ?, good_copies = ?,
    gone = CASE ? WHEN 'missing' THEN coalesce(gone, ?) WHEN 'present' THEN NULL ELSE gone END WHERE name = ?
"""


def entry_row(entry: Entry) -> tuple[object, ...]:
    """Values of `UPSERT_ENTRY`."""
    dataset, _, sample = entry.name.partition("/")
    return (entry.name, dataset, sample, *astuple(entry)[1:])


def tell(base: sqlite3.Connection, description: Description) -> None:
    """Write all that is said of one object, within a transaction."""
    entry, facts, words = description.entry, description.facts, description.words
    base.execute(UPSERT_ENTRY, entry_row(entry))
    (number,) = base.execute("SELECT id FROM objects WHERE name = ?", (entry.name,)).fetchone()
    _forget_details(base, number)
    changes = ", ".join(f"{column} = ?" for column in FACT_COLUMNS)
    base.execute(
        f"UPDATE objects SET {changes}, gone = NULL, described = ?, text_cut = ? WHERE id = ?",  # noqa: S608
        (*astuple(facts), utc_text(), words.cut, number),
    )
    tell_fixity(base, entry.name)
    for image in description.images:
        _insert(base, "images", IMAGE_COLUMNS, [(number, *astuple(image)[: len(IMAGE_COLUMNS)])])
        rows = [(number, image.image, *astuple(channel)) for channel in image.channels]
        _insert(base, "channels", ("image", *CHANNEL_COLUMNS), rows)
    _insert(base, "files", FILE_COLUMNS, [(number, *astuple(file)) for file in description.files])
    _insert(base, "sources", SOURCE_COLUMNS, [(number, *astuple(source)) for source in description.sources])
    base.execute("INSERT INTO texts VALUES (?, ?)", (number, pack_words(words)))
    _index(base, number, words)


def _index(base: sqlite3.Connection, number: int, words: Words) -> None:
    base.execute(
        "INSERT INTO objects_text (rowid, name, facts, text) VALUES (?, ?, ?, ?)",
        (number, words.name, words.facts, words.text),
    )


def _insert(
    base: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]
) -> None:
    base.executemany(
        f"INSERT OR IGNORE INTO {table} (object_id, {', '.join(columns)}) "  # noqa: S608  constants
        f"VALUES ({_marks(len(columns) + 1)})",
        rows,
    )


def forget(base: sqlite3.Connection, name: str) -> None:
    """Remove all that is known of one object, within a transaction."""
    for (number,) in base.execute("SELECT id FROM objects WHERE name = ?", (name,)).fetchall():
        _forget_details(base, number)
        base.execute("DELETE FROM objects WHERE id = ?", (number,))


def _forget_details(base: sqlite3.Connection, number: int) -> None:
    for (packed,) in base.execute("SELECT words FROM texts WHERE object_id = ?", (number,)).fetchall():
        words = unpack_words(packed)
        # A contentless index has to be told what it is to forget.
        base.execute(
            "INSERT INTO objects_text (objects_text, rowid, name, facts, text) VALUES ('delete', ?, ?, ?, ?)",
            (number, words.name, words.facts, words.text),
        )
    for table in ("texts", "channels", "images", "files", "sources"):
        base.execute(f"DELETE FROM {table} WHERE object_id = ?", (number,))  # noqa: S608  constants


def copy_object(old: sqlite3.Connection, new: sqlite3.Connection, name: str) -> None:
    """Copy all that one catalogue knows of an object into another, within a transaction of the latter."""
    columns = [row[1] for row in old.execute("PRAGMA table_info (objects)") if row[1] != "id"]
    row = old.execute(f"SELECT id, {', '.join(columns)} FROM objects WHERE name = ?", (name,)).fetchone()  # noqa: S608
    new.execute(f"INSERT INTO objects ({', '.join(columns)}) VALUES ({_marks(len(columns))})", row[1:])  # noqa: S608
    (number,) = new.execute("SELECT id FROM objects WHERE name = ?", (name,)).fetchone()
    for table, names in (
        ("images", IMAGE_COLUMNS),
        ("channels", ("image", *CHANNEL_COLUMNS)),
        ("files", FILE_COLUMNS),
        ("sources", SOURCE_COLUMNS),
        ("texts", ("words",)),
    ):
        rows = old.execute(f"SELECT {', '.join(names)} FROM {table} WHERE object_id = ?", (row[0],))  # noqa: S608
        _insert(new, table, names, [(number, *values) for values in rows])
    for (packed,) in new.execute("SELECT words FROM texts WHERE object_id = ?", (number,)).fetchall():
        _index(new, number, unpack_words(packed))


def pack_words(words: Words) -> bytes:
    """Deflate what was indexed."""
    return zlib.compress(json.dumps([words.name, words.facts, words.text], ensure_ascii=False).encode(), 6)


def unpack_words(packed: bytes) -> Words:
    """Read what `pack_words` wrote.

    Raises
    ------
    sqlite3.DatabaseError
        Where it was damaged.
    """
    try:
        name, facts, text = json.loads(zlib.decompress(packed))
    except (zlib.error, ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"a text is damaged: {error}") from None
    return Words(name, facts, text)


def tell_fixity(base: sqlite3.Connection, name: str) -> None:
    """Write what the fixity log of an object said when it was last read, within a transaction."""
    for (state,) in base.execute("SELECT state FROM logs WHERE name = ?", (name,)).fetchall():
        base.execute(UPDATE_FIXITY, fixity_row(name, state))


def fixity_row(name: str, state: str) -> tuple[object, ...]:
    """Values of `UPDATE_FIXITY`: of the archive's own copy, out of a history as `fixative.audit.history` keeps it."""
    try:
        copies = json.loads(state)["copies"]
        own = copies.get("archive", {})
        checked, fixity = next(iter(own.get("checked", ())), None), own.get("state")
        good = sum(copy["state"] in ("good", "unlocked") for copy in copies.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        checked, fixity, good = None, None, None
    present = "present" if fixity in ("good", "unlocked", "damaged", "other") else fixity
    return checked, fixity, good, present, utc_text(), name
