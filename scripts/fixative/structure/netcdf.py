"""NetCDF classic (MINC 1): every variable within the file.

Notes
-----
https://docs.unidata.ucar.edu/nug/current/file_format_specifications.html: a header of dimensions, attributes
and variables, numbers big-endian, then the data of each variable at its ``begin``.
"""

from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete
from fixative.structure.window import Window

DIMENSION, VARIABLE, ATTRIBUTE = 10, 11, 12
BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8}
WHERE = "NetCDF header"


class _Header:
    """A reading position in the header."""

    def __init__(self, window: Window) -> None:
        self.window, self.at = window, 4

    def number(self, layout: str = ">I") -> int:
        (value,) = self.window.unpack(layout, self.at, WHERE)
        self.at += 8 if layout[-1] in "qQ" else 4
        return int(value)

    def skip(self, count: int) -> None:
        """Pass over bytes, filled up to four."""
        count = -(-count // 4) * 4
        self.window.require(self.at, count, WHERE)
        self.at += count

    def name(self) -> None:
        self.skip(self.number())

    def items(self, mark: int) -> int:
        """Number of items of a list; each takes bytes, so that the file bounds it."""
        found, count = self.number(), self.number()
        if found not in (0, mark) or (found == 0 and count):
            raise RefusedSample("INV005", reason="NetCDF header is not as it must be")
        self.window.require(self.at, 4 * count, WHERE)
        return count

    def attributes(self) -> None:
        for _ in range(self.items(ATTRIBUTE)):
            self.name()
            kind, count = self.number(), self.number()
            self.skip(_bytes(kind) * count)


def check_netcdf(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare begin and size of every variable with the file.

    Raises
    ------
    RefusedSample
        INV004 where a variable is not whole, INV005 where the header makes no sense.
    """
    with Window(path) as window:
        (version,) = window.unpack("B", 3, WHERE)
        if version not in (1, 2):
            raise RefusedSample("INV005", reason="NetCDF of an unknown version")
        header = _Header(window)
        records = header.number()
        sizes = []
        for _ in range(header.items(DIMENSION)):
            header.name()
            sizes.append(header.number())
        header.attributes()
        variables = [_variable(header, sizes, version) for _ in range(header.items(VARIABLE))]
        stride = sum(-(-size // 4) * 4 for _, size, by_record in variables if by_record)
        alone = sum(1 for variable in variables if variable[2]) == 1
        stored = 0
        for number, (begin, size, by_record) in enumerate(variables):
            if by_record and records == 0:
                continue
            # A single record variable is not filled up to four bytes.
            step = size if alone else stride
            length = (records - 1) * step + size if by_record else size
            window.require(begin, length, f"NetCDF variable {number}")
            stored += size * records if by_record else size
    if not stored:
        raise RefusedSample("INV004", promised="data", present="none", where=WHERE)
    return complete(f"{len(variables)} NetCDF variables against the file's size", size=stored)


def _variable(header: _Header, sizes: Sequence[int], version: int) -> tuple[int, int, bool]:
    """Where a variable begins, its bytes (of one record), and whether it is stored by record."""
    header.name()
    count = header.number()
    header.window.require(header.at, 4 * count, WHERE)
    shape = []
    for _ in range(count):
        dimension = header.number()
        if dimension >= len(sizes):
            raise RefusedSample("INV005", reason="NetCDF variable of an unknown dimension")
        shape.append(sizes[dimension])
    header.attributes()
    size = _bytes(header.number())
    header.number()
    begin = header.number(">I" if version == 1 else ">Q")
    by_record = bool(shape) and shape[0] == 0
    for length in shape[1:] if by_record else shape:
        size *= length
    return begin, size, by_record


def _bytes(kind: int) -> int:
    if kind not in BYTES:
        raise RefusedSample("INV005", reason="NetCDF value of an unknown type")
    return BYTES[kind]
