"""The catalogue's tables, and opening the file: to write, or to read only. `docs/catalogue.md` tells of each column.

Notes
-----
A rollback journal, not WAL: WAL needs memory that all readers share, which a network file system has not
(https://sqlite.org/wal.html). Full-text search is FTS5, contentless (https://sqlite.org/fts5.html): the text itself
is kept deflated beside it, which is smaller by half than leaving it to FTS5, and is what a text is taken out of the
index with.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

from fixative.catalogue.records import Channel, Entry, Facts, File, Image, SourceFile
from fixative.files import umask
from fixative.sealed import HIDDEN

REPLACED = f"{HIDDEN}/catalogue.sqlite.former"
"""Where one of an earlier version stands until it is taken over."""
VERSION = 2
APPLICATION = 0x46495821
"""``PRAGMA application_id`` ("FIX!"): `file` tells it from other databases."""
WAIT_S = 60
RANK = "bm25(10.0, 5.0, 1.0)"
"""What a match counts in the name, in the facts, in the text of the metadata (https://sqlite.org/fts5.html)."""

ENTRY_COLUMNS = tuple(field.name for field in fields(Entry))
FACT_COLUMNS = tuple(field.name for field in fields(Facts))
IMAGE_COLUMNS = tuple(field.name for field in fields(Image) if field.name != "channels")
CHANNEL_COLUMNS = tuple(field.name for field in fields(Channel))
FILE_COLUMNS = tuple(field.name for field in fields(File))
SOURCE_COLUMNS = tuple(field.name for field in fields(SourceFile))

TABLES = """
CREATE TABLE objects (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL, sample_id TEXT NOT NULL,
    identifier TEXT, fileset_sha256 TEXT, policy_sha256 TEXT, manifest_sha256 TEXT,
    bytes INTEGER NOT NULL, sealed TEXT,
    source_bytes INTEGER, source_files INTEGER, files INTEGER, format TEXT,
    instrument TEXT, modality TEXT, organism TEXT, licence TEXT, acquired TEXT, title TEXT,
    images INTEGER, planes INTEGER,
    size_x INTEGER, size_y INTEGER, size_z INTEGER, size_c INTEGER, size_t INTEGER, pixel_type TEXT,
    pixel_size_x_um REAL, pixel_size_y_um REAL, pixel_size_z_um REAL,
    policy TEXT, fixative_version TEXT, witness TEXT,
    checked TEXT, fixity TEXT, good_copies INTEGER, gone TEXT, described TEXT, text_cut INTEGER
);
CREATE TABLE images (
    object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE, image INTEGER NOT NULL,
    name TEXT, size_x INTEGER, size_y INTEGER, size_z INTEGER, size_c INTEGER, size_t INTEGER, pixel_type TEXT,
    pixel_size_x_um REAL, pixel_size_y_um REAL, pixel_size_z_um REAL,
    objective TEXT, na REAL, magnification REAL, immersion TEXT, acquired TEXT,
    PRIMARY KEY (object_id, image)
) WITHOUT ROWID;
CREATE TABLE channels (
    object_id INTEGER NOT NULL, image INTEGER NOT NULL, channel INTEGER NOT NULL,
    name TEXT, fluor TEXT, excitation_nm REAL, emission_nm REAL,
    PRIMARY KEY (object_id, image, channel),
    FOREIGN KEY (object_id, image) REFERENCES images (object_id, image) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE files (
    object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER,
    PRIMARY KEY (object_id, path)
) WITHOUT ROWID;
CREATE TABLE sources (
    object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    name TEXT NOT NULL, role TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER,
    PRIMARY KEY (object_id, name)
) WITHOUT ROWID;
CREATE TABLE logs (name TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, state TEXT) WITHOUT ROWID;
CREATE TABLE texts (
    object_id INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE, words BLOB NOT NULL
);
CREATE VIRTUAL TABLE objects_text USING fts5(
    name, facts, text, content = '', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIEW search AS
    SELECT objects.*, objects_text.rank AS rank, objects_text.objects_text AS words
    FROM objects_text JOIN objects ON objects.id = objects_text.rowid;
CREATE VIEW overview AS
    SELECT name, dataset, sample_id, acquired, instrument, modality, organism, format, sealed, bytes, gone,
        (SELECT group_concat(DISTINCT objective) FROM images WHERE object_id = objects.id) AS objectives,
        (SELECT group_concat(DISTINCT coalesce(channels.name, fluor)) FROM channels WHERE object_id = objects.id)
            AS channels
    FROM objects;
"""


class FormerCatalogue(Exception):
    """A catalogue of an earlier version of the schema."""


def create(path: Path) -> None:
    """Make an empty catalogue, whole or not at all: a file that is there is one that can be used."""
    with closing(sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = DELETE")
        base.execute("BEGIN IMMEDIATE")
        if version_of(base) == 0 and not has_tables(base):
            for statement in filter(str.strip, TABLES.split(";\n")):
                base.execute(statement)
            base.execute("INSERT INTO objects_text (objects_text, rank) VALUES ('rank', ?)", (RANK,))
            base.execute(f"PRAGMA application_id = {APPLICATION}")
            base.execute(f"PRAGMA user_version = {VERSION}")
        base.execute("COMMIT")
    # SQLite makes no file that a group may write, whatever the umask; journals take this one's mode.
    path.chmod(0o666 & ~umask())


def open_to_write(path: Path, *, check: bool = True) -> sqlite3.Connection:
    """Open a catalogue that is there, for one who changes it.

    Parameters
    ----------
    check
        Read what an audit relies on first, for damage: 0.1 s for 100,000 objects.

    Raises
    ------
    FormerCatalogue
        It is of an earlier version.
    sqlite3.OperationalError
        Locked, read-only, disk full, or made by a later version.
    sqlite3.DatabaseError
        Damaged, or none of ours.
    """
    base = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode = DELETE")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("PRAGMA trusted_schema = OFF")
        base.execute("PRAGMA foreign_keys = ON")
        if (version := version_of(base)) > VERSION:
            raise sqlite3.OperationalError(f"made by a later version of Fixative (schema {version})")
        if version < VERSION and has_tables(base):
            raise FormerCatalogue
        if check:
            for table in ("objects", "logs"):
                if base.execute(f"PRAGMA quick_check({table})").fetchone() != ("ok",):
                    raise sqlite3.DatabaseError("quick_check failed")
        _require_tables(base)
    except BaseException:
        base.close()
        raise
    return base


def _require_tables(base: sqlite3.Connection) -> None:
    """A table of another shape is not ours."""
    try:
        base.execute(f"SELECT id, {', '.join(ENTRY_COLUMNS + FACT_COLUMNS)} FROM objects LIMIT 1")  # noqa: S608
        base.execute("SELECT name, bytes, mtime_ns, state FROM logs LIMIT 1")
        base.execute("SELECT object_id, words FROM texts LIMIT 1")
    except sqlite3.OperationalError as error:
        if str(error).startswith(("no such column", "no such table")):
            raise sqlite3.DatabaseError(str(error)) from None
        raise


def open_to_read(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open a catalogue for one who only reads: also where the archive is mounted read-only.

    Returns
    -------
    Connection, bool
        The second says whether it was opened without locks and without a journal that a killed writer left: nobody
        must write meanwhile.

    Raises
    ------
    sqlite3.OperationalError
        It is not there, cannot be read, or is locked.
    sqlite3.DatabaseError
        Damaged, or no database.
    """
    try:
        return _read_only(path, "mode=ro"), False
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or not path.is_file():
            raise
    return _read_only(path, "mode=ro&immutable=1"), True


def _read_only(path: Path, how: str) -> sqlite3.Connection:
    base = sqlite3.connect(f"file:{quote(os.fsencode(path.absolute()))}?{how}", uri=True, timeout=WAIT_S)
    try:
        base.execute("PRAGMA query_only = ON")
        base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        base.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()
    except BaseException:
        base.close()
        raise
    return base


def version_of(base: sqlite3.Connection) -> int:
    """Give the version of the schema; 0 for an empty file and for the catalogue's first form."""
    return int(base.execute("PRAGMA user_version").fetchone()[0])


def has_tables(base: sqlite3.Connection) -> bool:
    """Whether anything stands in the database."""
    return base.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
