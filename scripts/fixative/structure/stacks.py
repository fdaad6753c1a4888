"""Stacks of plain planes behind a binary header: Bio-Rad PIC, SPIDER, KLB, TVIPS, BLO.

Notes
-----
Bio-Rad: MRC-500 to 1024 manual, .PIC format. SPIDER: https://spider.wadsworth.org/spider_doc/spider/docs/image_doc.html.
KLB: https://bitbucket.org/fernandoamat/keller-lab-block-filetype. TVIPS and BLO as RosettaSciIO reads them.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete, product, require_planes
from fixative.structure.window import Window

PIC_HEADER, PIC_NOTE = 76, 96
KLB_HEADER = 319
TVIPS_HEADER, TVIPS_FRAME = 256, 60


def check_biorad(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare nx x ny x npic with the file; the notes behind the pictures must be whole.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        width, height, pictures = window.unpack("<3H", 0, "PIC header")
        notes, is_byte = window.unpack("<ih", 10, "PIC header")
        window.require(0, PIC_HEADER, "PIC header")
        plane = product([width, height, 1 if is_byte else 2], "PIC header")
        planes = product([pictures], "PIC header")
        require_planes(window.bytes - PIC_HEADER, plane, planes, "pictures of the PIC header")
        at = PIC_HEADER + plane * planes
        while notes:
            _, notes = window.unpack("<hi", at, "PIC notes")
            window.require(at, PIC_NOTE, "PIC notes")
            at += PIC_NOTE
    return complete("pictures of the PIC header against the file's size", size=plane * planes, planes=planes)


def check_spider(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare NX x NY x NZ, of a stack each image's, with the file.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        words = _spider_words(window)
        slices, rows, columns, header = int(words[0]), int(words[1]), int(words[11]), int(words[21])
        stack, images = words[23], int(words[25])
        slices = abs(slices) or 1
        plane = product([rows, columns, 4], "SPIDER header")
        if header < 100:
            raise RefusedSample("INV005", reason="SPIDER header without its own length")
        image = header + plane * slices if stack > 0 else plane * slices
        count = product([images], "SPIDER stack") if stack > 0 else 1
        where = "images of the SPIDER header"
        if stack > 0:
            require_planes(window.bytes - header, image, count, where)
        else:
            require_planes(window.bytes - header, plane, slices, where)
    return complete(f"{where} against the file's size", size=plane * slices * count, planes=slices * count)


def _spider_words(window: Window) -> tuple[float, ...]:
    """First words of the header (float32), in the byte order in which they make sense."""
    head = window.read(0, 26 * 4, "SPIDER header")
    for order in "><":
        words = struct.unpack(f"{order}26f", head)
        sizes = (words[0], words[1], words[11], words[21], words[25])
        if all(abs(size) < 2**31 and size == int(size) for size in sizes) and words[4] in (1, 3, -11, -12, -21, -22):
            return words
    raise RefusedSample("INV005", reason="SPIDER header without sizes")


def check_klb(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the table of block ends with the file; ends must not run backwards.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        sizes = window.unpack("<5I", 1, "KLB header")
        blocks = window.unpack("<5I", KLB_HEADER - 20, "KLB header")
        product([*sizes, *blocks], "KLB header")
        count = product([-(-size // block) for size, block in zip(sizes, blocks, strict=True)], "KLB header")
        data = KLB_HEADER + 8 * count
        window.require(0, data, f"table of {count} KLB blocks")
        before = present = 0
        for first in range(0, count, 4096):
            number = min(4096, count - first)
            for end in window.unpack(f"<{number}Q", KLB_HEADER + 8 * first, "table of KLB blocks"):
                if end <= before:
                    raise RefusedSample("INV005", reason="KLB blocks do not follow one another")
                before = end
                present += data + end <= window.bytes
        if present < count:
            raise RefusedSample(
                "INV004", promised=f"{count} blocks", present=f"{present}", where="table of KLB blocks"
            )
    return complete(f"table of {count} KLB blocks against the file's size", size=before)


def check_tvips(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare whole frames with the file's size: the header does not say how many there were.

    A recording goes on in files ``_001``, ``_002`` ...; each must hold whole frames.

    Raises
    ------
    RefusedSample
        INV004 where the file ends within a frame, INV005 where the header makes no sense.
    """
    with Window(path) as window:
        size, version, width, height, bits = window.unpack("<5I", 0, "TVIPS header")
        (stated,) = window.unpack("<I", 48, "TVIPS header")
        frame_header = stated if version == 2 else 12
        if version not in (1, 2) or bits not in (8, 16, 32) or size < 52 or frame_header < 12:
            raise RefusedSample("INV005", reason="TVIPS header makes no sense")
        frame = frame_header + product([width, height, bits // 8], "TVIPS header")
        held = window.bytes - size
    frames = _whole_frames(held, frame, path)
    for file in files:
        if file != path and file.suffix.casefold() == ".tvips":
            frames += _whole_frames(file.stat().st_size, frame, file)
    return complete(
        "whole frames of the TVIPS recording; how many were taken is not stated in it",
        size=frames * frame,
        planes=frames,
    )


def _whole_frames(held: int, frame: int, path: Path) -> int:
    if held < frame or held % frame:
        promised = max(1, -(-held // frame))
        raise RefusedSample(
            "INV004", promised=f"{promised} planes", present=f"{max(0, held) // frame}", where="frames of the TVIPS"
        )
    return held // frame


def check_blo(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the overview and NX x NY patterns with the file.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        overview, patterns, _, side, _, across, down = window.unpack("<3I4H", 8, "BLO header")
        count = product([across, down], "BLO header")
        pattern = product([side, side], "BLO header") + 6
        window.require(overview, count, "overview of the BLO")
        require_planes(window.bytes - patterns, pattern, count, "patterns of the BLO header")
    return complete("patterns of the BLO header against the file's size", size=pattern * count, planes=count)
