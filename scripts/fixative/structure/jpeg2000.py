"""JPEG 2000: boxes within the file, tile-parts by their lengths to the end-of-codestream marker.

Notes
-----
ISO/IEC 15444-1, annexes A and I. ND2 files before version 3 are of this kind.
"""

from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import Window

SOC, SIZ, SOT, SOD, EOC = 0xFF4F, 0xFF51, 0xFF90, 0xFF93, 0xFFD9
PLAIN_SAMPLES, MOST_PER_BYTE = 1 << 28, 100_000
"""Samples that any codestream may promise, blank ones take next to nothing; and as many more for each stored byte."""


def check_jpeg2000(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow boxes and codestreams.

    Raises
    ------
    RefusedSample
        INV004 where the file ends early, INV005 where the structure is damaged.
    """
    with Window(path) as window:
        (mark,) = window.unpack(">H", 0, "header")
        streams = [(0, window.bytes)] if mark == SOC else _boxes(window)
        if not streams:
            raise RefusedSample("INV004", promised="a codestream", present="none", where="JPEG 2000 boxes")
        stored = sum(_codestream(window, start, end) - start for start, end in streams)
    return Completeness(
        checked=True,
        method=f"boxes and tile-parts of {len(streams)} codestreams to their end",
        promised_bytes=stored,
        present_bytes=stored,
    )


def _boxes(window: Window) -> list[tuple[int, int]]:
    """Start and end of every codestream."""
    streams, at = [], 0
    while at < window.bytes:
        length, kind = window.unpack(">I4s", at, f"box at byte {at}")
        header = 8
        if length == 1:
            (length,) = window.unpack(">Q", at + 8, f"box at byte {at}")
            header = 16
        end = window.bytes if length == 0 else at + length
        if end < at + header:
            raise RefusedSample("INV005", reason=f"box at byte {at} is shorter than its header")
        window.require(at, end - at, f"box at byte {at}")
        if kind == b"jp2c":
            streams.append((at + header, end))
        at = end
    return streams


def _codestream(window: Window, start: int, end: int) -> int:
    """Follow a codestream; returns where it ends."""
    at = start + 2
    while True:
        if at >= end:
            raise _short(end, "end-of-codestream marker")
        (marker,) = window.unpack(">H", at, "end-of-codestream marker")
        if marker == EOC:
            return at + 2
        if marker >> 8 != 0xFF:
            raise RefusedSample("INV005", reason=f"no JPEG 2000 marker at byte {at}")
        (length,) = window.unpack(">H", at + 2, f"marker segment at byte {at}")
        if marker == SIZ:
            _require_plausible(window, at, end - start)
        if marker != SOT:
            at += 2 + max(2, length)
            continue
        (tile_part,) = window.unpack(">I", at + 6, f"tile-part at byte {at}")
        if tile_part == 0:
            # The last tile-part may leave its length open: it reaches to the end marker.
            return _open_end(window, end)
        if at + tile_part > end or tile_part < 12:
            raise _short(end, f"tile-part at byte {at}")
        at += tile_part


def _require_plausible(window: Window, at: int, stored: int) -> None:
    """Refuse a size that so few bytes do not hold: decoders reserve it before they read."""
    right, lower, left, upper = window.unpack(">4I", at + 6, "size of the codestream")
    (components,) = window.unpack(">H", at + 38, "size of the codestream")
    if max(0, right - left) * max(0, lower - upper) * max(1, components) > PLAIN_SAMPLES + MOST_PER_BYTE * stored:
        raise RefusedSample(
            "INV005", reason=f"codestream of {right} x {lower} px, which {stored} stored bytes cannot hold"
        )


def _open_end(window: Window, end: int) -> int:
    if window.unpack(">H", end - 2, "end-of-codestream marker") != (EOC,):
        raise _short(end, "end-of-codestream marker")
    return end


def _short(end: int, where: str) -> RefusedSample:
    return RefusedSample("INV004", promised="a whole codestream", present=f"{end} bytes", where=where)
