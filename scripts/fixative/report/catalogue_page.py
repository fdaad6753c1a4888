"""The catalogue of a whole archive as one self-contained page: every sealed object, to search, sort and filter."""

import builtins
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from fixative.report.head import size_text
from fixative.report.packed import BLOCK_ROWS, PNG, embeddable, packed_columns
from fixative.report.shell import Page, shell_of

SCRIPTS = ("data.js", "parts.js", "object.js", "state.js", "table.js", "main.js")
THUMBNAIL_BYTES = 12_000_000
"""What all thumbnails of the page may take together: of the objects that were sealed last."""

COLUMNS = (
    *("dataset", "sample_id", "title", "format", "instrument", "modality", "acquired", "sealed"),
    *("bytes", "source_bytes", "planes", "images", "size_x", "size_y", "size_z", "size_c", "size_t"),
    *("checked", "verdict"),
)
POOLED = (
    *("dataset", "title", "format", "instrument", "modality", "acquired", "sealed", "checked", "verdict"),
    *("planes", "images", "size_x", "size_y", "size_z", "size_c", "size_t"),
)
"""Columns in which values recur; of times the page has the date."""

FILTERS = (
    *(("dataset", "Dataset"), ("format", "Format"), ("instrument", "Instrument"), ("modality", "Modality")),
    ("verdict", "Fixity"),
)
DATES = (("acquired", "Acquired"), ("sealed", "Sealed"), ("checked", "Checked"))
HEADINGS = (
    ("name", "Object", "for-name"),
    ("format", "Format", "for-format"),
    ("instrument", "Instrument", "for-instrument"),
    ("size_x", "Pixels", "for-pixels figure"),
    ("bytes", "Size", "for-size figure"),
    ("acquired", "Acquired", "for-acquired figure"),
    ("sealed", "Sealed", "for-date figure"),
    ("checked", "Fixity", "for-outcome"),
)
WHOLE = ("whole", "good", "ok")
"""Verdicts of a check that has found nothing."""


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One sealed object as the page tells of it. Fit for publication; None or an empty text: not known."""

    name: str
    """What the object is called in lists: its path below the archive root."""
    dataset: str
    sample_id: str
    title: str = ""
    """What a person called it; often empty."""
    format: str = ""
    """Of the source."""
    instrument: str = ""
    """Manufacturer and model."""
    modality: str = ""
    acquired: str = ""
    """ISO 8601, a date or a time."""
    sealed: str = ""
    """ISO 8601, UTC."""
    bytes: int | None = None
    """Of the object."""
    source_bytes: int | None = None
    planes: int | None = None
    """Of level 0."""
    images: int | None = None
    size_x: int | None = None
    """Pixels; this and the four below are those of the first image."""
    size_y: int | None = None
    size_z: int | None = None
    size_c: int | None = None
    size_t: int | None = None
    checked: str = ""
    """When the last fixity check ended, ISO 8601, UTC; empty where none was made."""
    verdict: str = ""
    """What it found: ``whole``, ``damaged``, ``missing``; empty where none was made."""
    thumbnail: builtins.bytes | None = None
    """A PNG."""


@dataclass(frozen=True)
class _Tile:
    """A verdict at the head of the page; ``verdict`` is what it filters by."""

    label: str
    verdict: str
    count: int
    tone: str


class _Latest:
    """The thumbnails of the objects sealed last, as many as there is room for."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: list[tuple[str, int, builtins.bytes]] = []

    def take(self, number: int, row: CatalogueRow) -> None:
        """Hold a thumbnail; give up the oldest where there is no room."""
        content = row.thumbnail
        if content is None or not content.startswith(PNG):
            return
        heapq.heappush(self._held, (row.sealed, number, content))
        self._room -= _encoded(content)
        while self._room < 0:
            self._room += _encoded(heapq.heappop(self._held)[2])

    def by_row(self) -> dict[int, builtins.bytes]:
        """Thumbnails by number of the row."""
        return {number: content for _, number, content in sorted(self._held, key=lambda held: held[1])}


def render_catalogue_page(rows: Iterable[CatalogueRow], *, title: str) -> bytes:
    """Render the page, UTF-8, without any reference to another file.

    Parameters
    ----------
    rows
        One per object, in the order of the page. Read once, and not kept: thumbnails are taken as they come, of the
        objects that were sealed last as many as the page has room for (`THUMBNAIL_BYTES`).
    title
        Heading of the page.
    """
    return catalogue_page(rows, title=title).content()


def catalogue_page(rows: Iterable[CatalogueRow], *, title: str) -> Page:
    """Make the page, with its texts open to be searched: as `render_catalogue_page`."""
    latest = _Latest(THUMBNAIL_BYTES)
    table: list[tuple[Any, ...]] = []
    names: list[str | None] = []
    of_row = attrgetter(*COLUMNS)
    for number, row in enumerate(rows):
        latest.take(number, row)
        table.append(tuple(_told(COLUMNS, of_row(row))))
        # Nearly always the data set and the sample: said once.
        names.append(None if row.name == f"{row.dataset}/{row.sample_id}" else row.name)
    data = packed_columns(COLUMNS, table, POOLED, {})
    data["columns"]["name"] = names if any(names) else []
    data |= {"blockRows": BLOCK_ROWS, "named": ["dataset", "sample_id"]}
    context = {
        "title": title,
        "noun": "object",
        "searched": "Search name, title, format, instrument …",
        "filters": FILTERS,
        "dates": DATES,
        "headings": HEADINGS,
        "note": _note(len(latest.by_row()), len(table)),
        **_head(data),
    }
    return Page(shell_of("catalogue.html.j2", SCRIPTS, context), embeddable(data), [], latest.by_row())


def _told(names: Iterable[str], values: Iterable[Any]) -> Iterator[Any]:
    for name, value in zip(names, values, strict=True):
        if name in ("acquired", "sealed", "checked"):
            yield value[:10] or None
        else:
            yield " ".join(value.split()) or None if isinstance(value, str) else value


def _head(data: dict[str, Any]) -> dict[str, Any]:
    """Figures at the head of the page."""
    columns, pools = data["columns"], data["pools"]
    total = sum(size for size in columns["bytes"] if size)
    source = sum(size for size in columns["source_bytes"] if size)
    planes = sum(pools["planes"][place] or 0 for place in columns["planes"])
    sealed = [day for day in pools["sealed"] if day]
    about = [f"{planes:,} planes", f"{size_text(total)} in the archive"]
    if source:
        about.append(f"made from {size_text(source)}")
    if sealed:
        first, last = min(sealed), max(sealed)
        about.append(f"sealed on {first}" if first == last else f"sealed from {first} to {last}")
    count, sets = data["count"], len(pools["dataset"])
    objects = "1 sealed object" if count == 1 else f"{count:,} sealed objects"
    where = "one data set" if sets == 1 else f"{sets:,} data sets"
    return {
        "verdict": f"{objects} in {where}." if count else "Nothing is sealed.",
        "about": ", ".join(about) if count else "",
        "tiles": _tiles(Counter(pools["verdict"][place] for place in columns["verdict"])),
    }


def _tiles(verdicts: "Counter[str | None]") -> list[_Tile]:
    """A tile for each verdict that occurs, and for what was not checked yet; good ones first."""
    found = {"whole": 0, **{name: count for name, count in verdicts.items() if name}}
    if any(name in WHOLE and name != "whole" for name in found) and not found["whole"]:
        del found["whole"]
    tiles = [_Tile(name, name, count, "sealed" if name in WHOLE else "error") for name, count in found.items()]
    tiles.sort(key=lambda tile: (tile.tone != "sealed", -tile.count))
    return [*tiles, _Tile("not checked yet", "none", verdicts[None], "not-reached")]


def _note(shown: int, count: int) -> str:
    if shown in (0, count):
        return ""
    told = "1 thumbnail, of the object" if shown == 1 else f"{shown:,} thumbnails, of the objects"
    return f"{told} sealed last, {'is' if shown == 1 else 'are'} on this page; the others are in the objects."


def _encoded(content: builtins.bytes) -> int:
    """Bytes that a thumbnail takes in base64."""
    return -(-len(content) // 3) * 4
