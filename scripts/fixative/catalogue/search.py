"""Finding objects: by words, ranked, with the place where they stand; or by a person's own SQL."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.catalogue.query import BadQuery, Term, fts_query, parse_query
from fixative.catalogue.rows import unpack_words
from fixative.catalogue.schema import VERSION, open_to_read, version_of
from fixative.catalogue.words import lines_of
from fixative.sealed import CATALOGUE

SNIPPET_CHARACTERS = 60
MOST_SNIPPETS = 3
COLUMNS = ("object", "acquired", "instrument", "channels", "found")

_FIND = """
SELECT objects.name, coalesce(objects.acquired, ''), coalesce(objects.instrument, ''),
    (SELECT coalesce(channels, '') FROM overview WHERE overview.name = objects.name), objects.gone, words
FROM (
    SELECT rowid AS number, rank AS score FROM objects_text WHERE objects_text MATCH ? ORDER BY rank LIMIT ?
) JOIN objects ON objects.id = number JOIN texts ON texts.object_id = number ORDER BY score, number
"""


class NoCatalogue(Exception):
    """There is nothing that can be searched; the message says why, and what to do."""


@dataclass(frozen=True)
class Hit:
    """An object that was found."""

    object: str
    acquired: str
    instrument: str
    channels: str
    found: str
    """Where the words stand."""
    gone: str | None = None
    """UTC time since when the object is known to be gone."""


@dataclass(frozen=True)
class Answer:
    """What was found, the best first."""

    hits: tuple[Hit, ...]
    total: int
    """Of all that match."""
    unlocked: bool = False
    """Read without locks: a writer that was killed may have left changes that are not seen."""


@dataclass(frozen=True)
class Table:
    """What SQL gave."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    unlocked: bool = False


def find(root: Path, text: str, *, limit: int = 20) -> Answer:
    """Find objects by words.

    Raises
    ------
    BadQuery
        Where the words cannot be looked for.
    NoCatalogue
        Where the archive has none that can be read.
    """
    terms = parse_query(text)
    base, unlocked = opened(root)
    with closing(base):
        try:
            query = fts_query(terms)
            rows = base.execute(_FIND, (query, limit)).fetchall()
            total = len(rows)
            if total == limit:
                count = "SELECT count(*) FROM objects_text WHERE objects_text MATCH ?"
                (total,) = base.execute(count, (query,)).fetchone()
            hits = [_hit(row, terms) for row in rows]
        except sqlite3.DatabaseError as error:
            raise NoCatalogue(_damaged(error)) from None
    return Answer(tuple(hits), total, unlocked)


def _hit(row: Sequence[Any], terms: Sequence[Term]) -> Hit:
    name, acquired, instrument, channels, gone, packed = row
    return Hit(name, acquired, instrument, channels, _snippet(packed, terms), gone)


def ask(root: Path, sql: str, *, limit: int | None = None) -> Table:
    """Answer a person's SQL; nothing can be changed by it.

    Raises
    ------
    BadQuery
        Where it is no SQL, or would change something.
    NoCatalogue
        Where the archive has none that can be read.
    """
    base, unlocked = opened(root)
    with closing(base):
        try:
            cursor = base.execute(sql)
            rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise BadQuery(f"SQL: {error}") from None
        return Table(tuple(column[0] for column in cursor.description or ()), tuple(rows), unlocked)


def opened(root: Path) -> tuple[sqlite3.Connection, bool]:
    """Open an archive's catalogue to read it; the second says whether without locks (`open_to_read`).

    Raises
    ------
    NoCatalogue
        Where there is none that can be read.
    """
    path = root / CATALOGUE
    if not path.is_file():
        raise NoCatalogue("no catalogue in this archive; `snakemake catalogue --config archive_root=...` makes it")
    try:
        base, unlocked = open_to_read(path)
    except sqlite3.DatabaseError as error:
        raise NoCatalogue(_damaged(error)) from None
    if (version := version_of(base)) != VERSION:
        base.close()
        what = "a later version of Fixative made it" if version > VERSION else "it is of an earlier version"
        raise NoCatalogue(f"the catalogue cannot be searched: {what}; {_ANEW}")
    return base, unlocked


_ANEW = "`snakemake catalogue --config archive_root=...` makes it anew"


def _damaged(error: Exception) -> str:
    return f"the catalogue cannot be read: {error}; {_ANEW}"


def _snippet(packed: bytes, terms: Sequence[Term]) -> str:
    """Quote the lines in which the terms stand, each line once."""
    lines = list(lines_of(unpack_words(packed)))
    shown: dict[str, None] = {}
    for term in (term for term in terms if not term.without):
        matched = ((line, term.within(line)) for line in lines)
        line, match = next(((line, match) for line, match in matched if match), ("", None))
        if match and not any(term.within(other) for other in shown):
            shown[_around(line, match.start(), match.end())] = None
    return " … ".join(list(shown)[:MOST_SNIPPETS])


def _around(line: str, start: int, end: int) -> str:
    first = max(0, start - (SNIPPET_CHARACTERS - (end - start)) // 2)
    last = max(end, first + SNIPPET_CHARACTERS)
    return f"{'…' * (first > 0)}{line[first:last].strip()}{'…' * (last < len(line))}"
