"""Raster files of photography: PNG, JPEG, GIF, BMP, WebP, JPEG 2000: complete to their end mark."""

import zlib
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import BLOCK_BYTES, Window


def check_png(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the chunks to IEND; each check sum must be right.

    Raises
    ------
    RefusedSample
        INV004 where the file ends before IEND, INV005 where a chunk is damaged.
    """
    with Window(path) as window:
        at, kind, data = 8, b"", 0
        while kind != b"IEND":
            length, kind = window.unpack(">I4s", at, f"PNG chunk at byte {at}")
            window.require(at + 8, length + 4, f"PNG chunk at byte {at}")
            (stated,) = window.unpack(">I", at + 8 + length, "check sum of a PNG chunk")
            if _crc(window, at + 4, length + 4) != stated:
                raise RefusedSample("INV005", reason=f"check sum of the PNG chunk at byte {at} is wrong")
            data += length if kind == b"IDAT" else 0
            at += 12 + length
    if not data:
        raise RefusedSample("INV004", promised="pixels", present="none", where="PNG without IDAT")
    return _complete("chunks to IEND with their check sums", data)


def check_jpeg(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the marker segments and scans to the end-of-image marker.

    Raises
    ------
    RefusedSample
        INV004 where the file ends before it, INV005 where no marker is where one must be.
    """
    with Window(path) as window:
        at, scans, start = 2, 0, 0
        while True:
            at = _marker(window, at)
            (code,) = window.unpack("B", at + 1, "JPEG marker")
            if code == 0xD9:
                break
            if 0xD0 <= code <= 0xD7 or code == 0x01:
                at += 2
                continue
            (length,) = window.unpack(">H", at + 2, f"JPEG segment at byte {at}")
            window.require(at + 2, length, f"JPEG segment at byte {at}")
            at += 2 + max(2, length)
            if code == 0xDA:
                scans, start = scans + 1, start or at
                at = _after_scan(window, at)
    if not scans:
        raise RefusedSample("INV004", promised="pixels", present="none", where="JPEG without a scan")
    return _complete("marker segments and scans to the end-of-image marker", at - start)


def check_gif(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the blocks to the trailer.

    Raises
    ------
    RefusedSample
        INV004 where the file ends before it, INV005 where a block is of an unknown kind.
    """
    with Window(path) as window:
        (flags,) = window.unpack("B", 10, "GIF header")
        at, images = 13 + _colours(flags), 0
        while True:
            (kind,) = window.unpack("B", at, "GIF trailer")
            if kind == 0x3B:
                break
            if kind == 0x21:
                at = _sub_blocks(window, at + 2)
            elif kind == 0x2C:
                (flags,) = window.unpack("B", at + 9, "GIF image")
                at, images = _sub_blocks(window, at + 11 + _colours(flags)), images + 1
            else:
                raise RefusedSample("INV005", reason=f"unknown GIF block at byte {at}")
    if not images:
        raise RefusedSample("INV004", promised="an image", present="none", where="GIF")
    return _complete("blocks to the trailer", None)


def check_bmp(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the rows that the header promises with the file's size.

    Raises
    ------
    RefusedSample
        INV004 where the file is shorter.
    """
    with Window(path) as window:
        offset, _, width, height, _, bits, compression, size = window.unpack("<IIiiHHII", 10, "BMP header")
        promised = -(-abs(width) * bits // 32) * 4 * abs(height) if compression in (0, 3, 6) else size
        window.require(offset, promised, "BMP pixels")
    return _complete("rows of the header against the file's size", promised)


def check_webp(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the RIFF container's length with the file's.

    Raises
    ------
    RefusedSample
        INV004 where the file is shorter.
    """
    with Window(path) as window:
        (size,) = window.unpack("<I", 4, "RIFF header")
        window.require(8, size, "RIFF container")
    return _complete("length of the RIFF container against the file's size", size)


def _complete(method: str, size: int | None) -> Completeness:
    return Completeness(checked=True, method=method, promised_bytes=size, present_bytes=size)


def _crc(window: Window, at: int, count: int) -> int:
    crc = 0
    while count:
        part = window.read(at, min(count, 16 * BLOCK_BYTES), "PNG chunk")
        crc, at, count = zlib.crc32(part, crc), at + len(part), count - len(part)
    return crc


def _marker(window: Window, at: int) -> int:
    """Position of the marker that must follow; 0xFF may be repeated before it."""
    (first,) = window.unpack("B", at, "end-of-image marker of the JPEG")
    if first != 0xFF:
        raise RefusedSample("INV005", reason=f"no JPEG marker at byte {at}")
    while window.unpack("BB", at, "end-of-image marker of the JPEG")[1] == 0xFF:
        at += 1
    return at


def _after_scan(window: Window, at: int) -> int:
    """Position of the first marker after coded data: 0xFF followed by neither 0 nor a restart."""
    while True:
        block = window.read(at, min(BLOCK_BYTES, window.bytes - at), "coded data of the JPEG")
        place = block.find(b"\xff")
        while 0 <= place < len(block) - 1:
            if block[place + 1] not in (0, 0xFF, *range(0xD0, 0xD8)):
                return at + place
            place = block.find(b"\xff", place + 1)
        if at + len(block) >= window.bytes:
            raise RefusedSample(
                "INV004",
                promised="an end-of-image marker",
                present="none",
                where=f"{window.bytes} bytes of JPEG",
            )
        # A mark at the very end of the block is looked at again with what follows it.
        at += len(block) - (1 if place >= 0 else 0)


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _sub_blocks(window: Window, at: int) -> int:
    """Position after a run of sub-blocks."""
    while True:
        (length,) = window.unpack("B", at, "GIF sub-block")
        window.require(at + 1, length, "GIF sub-block")
        at += 1 + length
        if length == 0:
            return at


__all__ = ["check_bmp", "check_gif", "check_jpeg", "check_png", "check_webp"]
