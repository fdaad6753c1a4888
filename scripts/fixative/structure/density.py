"""MRC and DeltaVision: the header's sections against the file's size.

Notes
-----
Both begin with width, height, number of sections and pixel type (int32); byte 92 holds the extended header's
length. MRC: https://www.ccpem.ac.uk/mrc-format/mrc2014/. DeltaVision has its mark at byte 96.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import require_planes
from fixative.structure.window import Window

HEADER_BYTES = 1024
BITS = {0: 8, 1: 16, 2: 32, 3: 32, 4: 64, 5: 16, 6: 16, 7: 32, 12: 16, 16: 24, 101: 4}
"""Bits of a pixel by type (MRC mode; DeltaVision has the same numbers up to 7)."""


def check_density(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare width x height x sections with the file's size.

    Raises
    ------
    RefusedSample
        INV004 where the file is shorter, INV005 where the header makes no sense.
    """
    with Window(path) as window:
        window.require(0, HEADER_BYTES, "header")
        offset, plane, sections = promise_of_header(window.read(0, HEADER_BYTES, "header"))
        require_planes(window.bytes - offset, plane, sections, "sections of the header")
        surplus = window.bytes - offset - plane * sections
    more = f"; {surplus} bytes follow them" if surplus else ""
    return Completeness(
        checked=True,
        method=f"sections of the header against the file's size{more}",
        promised_planes=sections,
        present_planes=sections,
        promised_bytes=plane * sections,
        present_bytes=plane * sections,
    )


def promise_of_header(head: bytes) -> tuple[int, int, int]:
    """Where the sections begin, bytes of one, and how many are promised.

    Raises
    ------
    RefusedSample
        INV004 where the header is not whole, INV005 where it makes no sense.
    """
    if len(head) < HEADER_BYTES:
        raise RefusedSample("INV004", promised=f"{HEADER_BYTES} bytes", present=f"{len(head)}", where="header")
    for order in "<>":
        width, height, sections, kind = struct.unpack_from(f"{order}4i", head)
        (extended,) = struct.unpack_from(f"{order}i", head, 92)
        if kind in BITS and min(width, height, sections) > 0 and extended >= 0 and width < 1 << 24:
            return HEADER_BYTES + extended, height * -(-width * BITS[kind] // 8), sections
    raise RefusedSample("INV005", reason="header without a size or a known pixel type")
