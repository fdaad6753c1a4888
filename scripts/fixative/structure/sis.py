"""Olympus cellSens: the metadata tree in its TIFFs (``.tif``, ``.vsi``), and ``.ets`` files with pixels.

Notes
-----
Not published; as Bio-Formats reads it (CellSensReader) and the files bear out. A volume begins with its mark,
the distance of its first field, and the number of fields; a field has type, tag, distance of the next field
from the volume, and size. An ETS has, after its mark ``SIS``, the place and number of its tile entries.
"""

import math
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.structure.window import Window

VOLUME = b"\x18\0IS"
TREE = 8
"""Where a cellSens TIFF has its tree: right after the TIFF header."""

WITH_INDEX, INLINE, SIZED_VOLUME = 0x08000000, 0x40000000, 0x98000000
RAW, JPEG_2000 = 0, 3
ETS_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 8, 8: 8, 9: 4, 10: 8}
"""Bytes of a sample by the type of an ETS."""

END_BYTES = 64
"""Among so many last bytes of a JPEG 2000 tile its end mark stands."""

MAX_DEPTH = 64
WHERE = "cellSens metadata"


def has_tree(window: Window) -> bool:
    """Whether a TIFF carries the tree."""
    return window.holds(TREE, 24) and window.read(TREE, 4, WHERE) == VOLUME


def check_tree(window: Window) -> None:
    """Refuse where a field of the tree lies outside the file.

    Raises
    ------
    RefusedSample
        INV004.
    """
    _volume(window, TREE, set(), 0)


def check_ets(path: Path) -> int:
    """Refuse where a tile lies outside its ETS file; returns the number of tiles.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        mark, _, _, dimensions, extra, _, _, place, count = window.unpack("<4sIiiqiiqi", 0, "ETS header")
        if mark != b"SIS\0" or not 0 < dimensions <= 16 or count < 0:
            raise RefusedSample("INV005", reason="ETS header is not as it must be")
        if window.read(extra, 4, "ETS tile header") != b"ETS\0":
            raise RefusedSample("INV005", reason="ETS without its tile header")
        kind, samples, _, compression, _, *tile = window.unpack("<8i", extra + 8, "ETS tile header")
        raw = math.prod([*tile, samples, ETS_BYTES.get(kind, 0)]) if compression == RAW else 0
        entry = 4 + 4 * dimensions + 8 + 4 + 4
        window.require(place, count * entry, "ETS tile entries")
        for number in range(count):
            at = place + number * entry + 4 + 4 * dimensions
            offset, size = window.unpack("<qi", at, "ETS tile entries")
            window.require(offset, max(size, raw), f"ETS tile {number}")
            end = max(0, min(size, END_BYTES))
            if compression == JPEG_2000 and b"\xff\xd9" not in window.read(offset + size - end, end, "ETS tile"):
                raise RefusedSample("INV004", promised="an end mark", present="none", where=f"ETS tile {number}")
    if count == 0:
        raise RefusedSample("INV004", promised="tiles", present="none", where="ETS")
    return int(count)


def _volume(window: Window, at: int, seen: set[int], depth: int) -> None:
    _, _, distance, count = window.unpack("<4siqI", at, WHERE)
    field = at + distance
    for _ in range(count & 0xFFFFFFF):
        if field in seen or depth > MAX_DEPTH:
            raise RefusedSample("INV005", reason="cellSens metadata form a loop")
        seen.add(field)
        kind, _, following, size = window.unpack("<4I", field, WHERE)
        content = field + (20 if kind & WITH_INDEX else 16)
        if kind & SIZED_VOLUME == SIZED_VOLUME:
            window.require(at + 20, size, WHERE)
        elif not kind & INLINE:
            window.require(field + 16, size, WHERE)
        if window.holds(content, 24) and window.read(content, 4, WHERE) == VOLUME:
            _volume(window, content, seen, depth + 1)
        if not following:
            return
        field = at + following
