"""Tables: exact where a machine reads them, safe where a spreadsheet opens them."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; the wide forms do so in East Asian editions."""

Rows = Iterable[Sequence[object]]


def exact_tsv(rows: Rows) -> bytes:
    """Table for a machine: every cell as it is, but for tabs and line ends, which no cell of a TSV can hold."""
    lines = ("\t".join(one_line(cell) for cell in row) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def exact_csv(rows: Rows) -> bytes:
    """Comma-separated table for a machine: cells in quotes where they need them, nothing else changed."""
    stream = io.StringIO()
    csv.writer(stream, "excel", lineterminator="\n").writerows([_text(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8", "backslashreplace")


def sheet_tsv(rows: Rows) -> bytes:
    """Table for a person: one line a row, and no cell that a spreadsheet takes for a formula."""
    return exact_tsv([safe_cell(cell) for cell in row] for row in rows)


def safe_cell(cell: object) -> str:
    """One line that no spreadsheet takes for a formula; a number is none."""
    text = one_line(cell)
    if isinstance(cell, int | float) or not (_text(cell).startswith(FORMULA) or text.startswith(FORMULA)):
        return text
    return f"'{text}"


def one_line(cell: object) -> str:
    """A cell's text on one line of printable characters."""
    text = _text(cell)
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def read_tsv(path: Path) -> list[list[str]]:
    """Read a table back, as the machine at the other end would: no quoting, every line a row."""
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def read_csv(path: Path) -> list[list[str]]:
    """Read a comma-separated table back."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, strict=True))


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)
