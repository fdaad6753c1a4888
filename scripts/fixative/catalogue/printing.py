"""Rows for people and programs: an aligned table on a terminal, TSV in a pipe, JSON where asked for."""

import json
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@")
LEAST_WIDTH = 8


def as_tsv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Yield lines of TSV; no cell breaks its line, drives a terminal, or is taken for a formula by a spreadsheet."""
    yield "\t".join(columns)
    for row in rows:
        yield "\t".join(_unformula(cell) for cell in map(_cell, row))


def as_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None = None) -> Iterator[str]:
    """Yield lines of an aligned table; where it is too wide, the last column is cut, then the others' tails.

    Parameters
    ----------
    width
        Of the terminal, in characters.
    """
    width = width or shutil.get_terminal_size().columns
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(_wide(line[number]) for line in (list(columns), *cells)) for number in range(len(columns))]
    # The first tells what it is, the last why it is here: the others make room.
    shares = [width // 4, *(width // 6 for _ in widths[1:-1]), width]
    widths = [min(found, max(LEAST_WIDTH, share)) for found, share in zip(widths, shares, strict=True)]
    left = width - sum(widths[:-1]) - 2 * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(left, LEAST_WIDTH))
    for line in (list(columns), *cells):
        yield "  ".join(_fit(cell, size) for cell, size in zip(line, widths, strict=True)).rstrip()


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Yield a list of objects as JSON, indented."""
    named = [dict(zip(columns, map(_jsonable, row), strict=True)) for row in rows]
    yield json.dumps(named, indent=2, ensure_ascii=False)


def _cell(value: Any) -> str:
    text = "" if value is None else value.hex() if isinstance(value, bytes) else str(value)
    return "".join(char if char.isprintable() else " " if char.isspace() else "�" for char in text)


def _unformula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _jsonable(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _fit(text: str, width: int) -> str:
    if _wide(text) > width:
        while _wide(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _wide(text))
