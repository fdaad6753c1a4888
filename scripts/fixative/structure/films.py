"""Films: AVI and MPEG-4 or QuickTime: every chunk or box, and the frames that the tables name, within the file.

Notes
-----
AVI: RIFF and OpenDML 2.0 (further ``RIFF AVIX`` chunks). MPEG-4: ISO/IEC 14496-12, 4.2 (boxes), 8.7 (tables).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete
from fixative.structure.window import Window

MAX_DEPTH = 16
HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"moof", b"traf", b"mvex"}
LISTS = {b"RIFF", b"LIST"}


def check_avi(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the chunks; as many frames as the header states.

    Raises
    ------
    RefusedSample
        INV004 where a chunk is not whole or frames are fewer than promised, INV005 for damage.
    """
    promised = frames = stored = 0
    streams = 0
    with Window(path) as window:
        (size,) = window.unpack("<I", 4, "RIFF header")
        if size == 0:
            raise RefusedSample("INV004", promised="a length", present="none", where="RIFF header of the AVI")
        for kind, at, length in _riff(window, 0, window.bytes, 0):
            if kind == b"avih":
                promised, streams = (int(window.unpack("<I", at + place, "AVI header")[0]) for place in (16, 24))
            elif kind[2:] in (b"db", b"dc") and kind[:2].isdigit():
                frames, stored = frames + 1, stored + length
            elif kind == b"dmlh" and length >= 4:
                promised = max(promised, int(window.unpack("<I", at, "OpenDML header")[0]))
    if frames < max(1, promised):
        raise RefusedSample(
            "INV004", promised=f"{max(1, promised)} frames", present=f"{frames}", where=f"AVI of {streams} streams"
        )
    return complete("chunks of the AVI, frames against its header", size=stored, planes=frames)


def _riff(window: Window, at: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of every chunk that is no list; each is whole."""
    if depth > MAX_DEPTH:
        raise RefusedSample("INV005", reason="AVI lists are nested too deep")
    while at < end:
        if depth == 0 and (end - at < 8 or window.read(at, 4, "AVI") != b"RIFF"):
            # Bytes that something appended.
            return
        kind, length = window.unpack("<4sI", at, "AVI chunk")
        window.require(at + 8, length, f"AVI chunk at byte {at}")
        if at + 8 + length > end:
            raise RefusedSample("INV005", reason=f"AVI chunk at byte {at} is longer than what holds it")
        if kind in LISTS:
            yield from _riff(window, at + 12, at + 8 + length, depth + 1)
        else:
            yield kind, at + 8, length
        at += 8 + length + (length & 1)


def check_mp4(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the boxes; every chunk of the tables lies within the file.

    Raises
    ------
    RefusedSample
        INV004 where a box is not whole or the film's own tables are not there, INV005 for damage.
    """
    kinds: set[bytes] = set()
    samples = stored = 0
    with Window(path) as window:
        for kind, at, length in _boxes(window, 0, window.bytes, 0):
            kinds.add(kind)
            where = f"MPEG-4 table {kind.decode('latin-1')}"
            if kind in (b"stco", b"co64"):
                _chunk_offsets(window, at, length, 4 if kind == b"stco" else 8, where)
            elif kind == b"stsz":
                each, count = window.unpack(">II", at + 4, where)
                samples += count
                if not each:
                    window.require(at + 12, 4 * count, where)
            elif kind == b"mdat":
                stored += length
    if b"moov" not in kinds or not {b"mdat", b"moof"} & kinds:
        raise RefusedSample("INV004", promised="boxes moov and mdat", present=f"{len(kinds)} others", where="MPEG-4")
    return complete(f"boxes of the MPEG-4 file, {samples} samples of its tables", size=stored)


def _boxes(window: Window, at: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of the content of every box; each is whole."""
    if depth > MAX_DEPTH:
        raise RefusedSample("INV005", reason="MPEG-4 boxes are nested too deep")
    while at < end:
        if depth and end - at < 8:
            # QuickTime ends some holders with a zero.
            return
        length, kind = window.unpack(">I4s", at, f"box at byte {at}")
        header = 8
        if length == 1:
            (length,), header = window.unpack(">Q", at + 8, f"box at byte {at}"), 16
        length = end - at if length == 0 else length
        if length < header:
            raise RefusedSample("INV005", reason=f"box at byte {at} is shorter than its header")
        window.require(at, length, f"box at byte {at}")
        if at + length > end:
            raise RefusedSample("INV005", reason=f"box at byte {at} is longer than what holds it")
        yield kind, at + header, length - header
        if kind in HOLDERS:
            yield from _boxes(window, at + header, at + length, depth + 1)
        at += length


def _chunk_offsets(window: Window, at: int, length: int, width: int, where: str) -> None:
    (count,) = window.unpack(">I", at + 4, where)
    if 8 + count * width > length:
        raise RefusedSample("INV005", reason=f"{where} is longer than its box")
    letter = "I" if width == 4 else "Q"
    for first in range(0, count, 4096):
        number = min(4096, count - first)
        farthest = max(window.unpack(f">{number}{letter}", at + 8 + first * width, where))
        window.require(farthest, 1, f"chunk of {where}")
