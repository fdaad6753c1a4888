"""MRC and DeltaVision: the header's sections against the file's size.

Notes
-----
Both begin with width, height, number of sections and pixel type (int32); byte 92 holds the extended header's
length. MRC: https://www.ccpem.ac.uk/mrc-format/mrc2014/. DeltaVision has its mark at byte 96.
"""

from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
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
        for order in "<>":
            width, height, sections, kind = window.unpack(f"{order}4i", 0, "header")
            (extended,) = window.unpack(f"{order}i", 92, "header")
            if kind in BITS and min(width, height, sections) > 0 and extended >= 0 and width < 1 << 24:
                break
        else:
            raise RefusedSample("INV005", reason="header without a size or a known pixel type")
        plane = height * -(-width * BITS[kind] // 8)
        held = max(0, window.bytes - HEADER_BYTES - extended)
        if held < plane * sections:
            raise RefusedSample(
                "INV004",
                promised=f"{sections} planes",
                present=f"{held // plane}",
                where="sections of the header",
            )
    return Completeness(
        checked=True,
        method="sections of the header against the file's size",
        promised_planes=sections,
        present_planes=sections,
        promised_bytes=plane * sections,
        present_bytes=plane * sections,
    )
