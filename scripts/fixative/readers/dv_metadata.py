"""Titles and extended header of a DeltaVision file, which the reader of its pixels leaves aside.

Notes
-----
Layout: header of 1024 bytes as in MRC, then for each section (plane in the file's order) integers and floats, whose
numbers the header states. Names of the floats: as Bio-Formats' DeltavisionReader documents them.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np

from fixative.columns import from_columns
from fixative.trees import decode_text

HEADER_BYTES = 1024
TITLE_BYTES = 80
_LITTLE = b"\xa0\xc0"
FLOATS = (
    "photosensorReading",
    "timeStampSeconds",
    "stageXCoord",
    "stageYCoord",
    "stageZCoord",
    "minInten",
    "maxInten",
    "meanInten",
    "expTime",
    "ndFilter",
    "exWavelen",
    "emWavelen",
    "intenScaling",
    "energyConvFactor",
)


def dv_tree(path: Path) -> dict[str, Any]:
    """``titles``, and ``sections``: columns with the integers and floats of every section, where there are some."""
    found: dict[str, Any] = {}
    with path.open("rb") as stream:
        head = stream.read(HEADER_BYTES)
        if len(head) < HEADER_BYTES:
            return {}
        order = "<" if head[96:98] == _LITTLE else ">"
        (sections,) = struct.unpack_from(f"{order}i", head, 8)
        (length,) = struct.unpack_from(f"{order}i", head, 92)
        integers, floats = struct.unpack_from(f"{order}hh", head, 128)
        titles = [_title(head[at : at + TITLE_BYTES]) for at in range(224, HEADER_BYTES, TITLE_BYTES)]
        if any(titles):
            found["titles"] = titles
        record = 4 * (max(0, integers) + max(0, floats))
        if record and sections > 0 and length >= record:
            content = stream.read(min(length, record * sections))
            found["sections"] = _sections(content, order, max(0, integers), max(0, floats))
    return found


def _sections(content: bytes, order: str, integers: int, floats: int) -> dict[str, Any]:
    record = 4 * (integers + floats)
    rows = len(content) // record
    table = np.frombuffer(content, np.uint8, rows * record).reshape(rows, record)
    whole = table[:, : 4 * integers].copy().view(f"{order}i4")
    real = table[:, 4 * integers :].copy().view(f"{order}f4")
    named = {f"integer {n + 1}": whole[:, n] for n in range(integers)}
    named |= {(FLOATS[n] if n < len(FLOATS) else f"float {n + 1}"): real[:, n] for n in range(floats)}
    return from_columns(named, rows)


def _title(raw: bytes) -> str:
    return decode_text(raw.partition(b"\0")[0]).rstrip()
