"""The archive's page, `catalogue.html`, beside the catalogue that it is made from."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from fixative.catalogue.search import NoCatalogue, opened
from fixative.files import write_bytes
from fixative.report.catalogue_page import CatalogueRow, render_catalogue_page

PAGE = "catalogue.html"
"""Below the archive root."""
MOST_THUMBNAILS = 500
"""Of the objects that were sealed last; reading more would cost with the archive's size."""
MOST_THUMBNAIL_BYTES = 200_000

_COLUMNS = (
    *("name", "dataset", "sample_id", "title", "format", "instrument", "modality", "acquired", "sealed"),
    *("bytes", "source_bytes", "planes", "images", "size_x", "size_y", "size_z", "size_c", "size_t", "checked"),
)
_TEXTS = frozenset(("title", "format", "instrument", "modality", "acquired", "sealed", "checked"))
_ROWS = f"SELECT {', '.join(_COLUMNS)}, fixity, gone FROM objects ORDER BY sealed DESC, name"  # noqa: S608  constants
_VERDICTS = {"good": "whole", "unlocked": "whole", "damaged": "damaged", "other": "damaged", "missing": "missing"}


def write_page(root: Path, *, title: str | None = None) -> str | None:
    """Write the page of an archive, whole or not at all; returns what kept it from being written, or None."""
    try:
        base, _ = opened(root)
        with closing(base):
            page = render_catalogue_page(_rows(base, root), title=title or f"Archive {root.name}")
        write_bytes(root / PAGE, page)
    except (NoCatalogue, sqlite3.DatabaseError) as error:
        return f"{PAGE} was not written: {error}"
    except OSError as error:
        return f"{PAGE} was not written: {error.strerror}"
    return None


def _rows(base: sqlite3.Connection, root: Path) -> Iterator[CatalogueRow]:
    for number, (*values, fixity, gone) in enumerate(base.execute(_ROWS)):
        row = zip(_COLUMNS, values, strict=True)
        said: dict[str, Any] = {key: (value or "") if key in _TEXTS else value for key, value in row}
        verdict = "missing" if gone else _VERDICTS.get(fixity, "")
        thumbnail = None if gone or number >= MOST_THUMBNAILS else _thumbnail(root / said["name"])
        yield CatalogueRow(**said, verdict=verdict, thumbnail=thumbnail)


def _thumbnail(folder: Path) -> bytes | None:
    with suppress(OSError):
        path = folder / f"data/{folder.name}.thumbnail.png"
        if path.stat().st_size <= MOST_THUMBNAIL_BYTES:
            return path.read_bytes()
    return None
