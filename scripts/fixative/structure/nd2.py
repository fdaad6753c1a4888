"""Nikon ND2: every chunk of the chunk map is in the file, and one for each frame of the sequence.

Notes
-----
A chunk is a mark, the lengths of name and data, the name, the data, all little-endian. The last 40 bytes are
a signature and the position of the chunk map, which a stopped copy lacks. Files before version 3 are JPEG
2000 files and are checked as such.
"""

import re
import struct
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import Window

CHUNK = 0x0ABECEDA
MAP_SIGNATURE = b"ND2 CHUNK MAP SIGNATURE 0000001!"
MAP_NAME = b"ND2 FILEMAP SIGNATURE NAME 0001!"
IMAGE = re.compile(rb"ImageDataSeq\|(\d+)!")
METHOD = "chunk map against chunks, frames of the attributes against image chunks"


def check_nd2(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the chunk map and the sequence's length with the file.

    Raises
    ------
    RefusedSample
        INV004 where something promised is not there, INV005 where the structure is damaged.
    """
    with Window(path) as window:
        chunks = _chunk_map(window)
        frames: dict[int, int] = {}
        for name, (position, size) in chunks.items():
            data = _chunk(window, position, name)
            if match := IMAGE.fullmatch(name):
                frames[int(match[1])] = max(size, data)
        promised = _promised(window, chunks)
        present = sum(1 for frame in frames if promised is None or frame < promised)
        if promised is not None and present < promised:
            raise RefusedSample("INV004", promised=f"{promised} frames", present=f"{present}", where="ND2 chunk map")
        if not frames:
            raise RefusedSample("INV004", promised="frames", present="none", where="ND2 chunk map")
        stored = sum(frames.values())
    return Completeness(
        checked=True,
        method=METHOD,
        promised_planes=promised,
        present_planes=present,
        promised_bytes=stored,
        present_bytes=stored,
    )


def _chunk_map(window: Window) -> dict[bytes, tuple[int, int]]:
    """Name, position and size of every chunk."""
    signature, position = window.unpack("<32sQ", window.bytes - 40, "ND2 chunk map signature")
    if signature != MAP_SIGNATURE:
        raise RefusedSample(
            "INV004", promised="a chunk map at the end", present="none", where=f"{window.bytes} bytes"
        )
    data = _data(window, position, "ND2 chunk map")
    chunks: dict[bytes, tuple[int, int]] = {}
    at = 0
    while at < len(data):
        end = data.find(b"!", at)
        name = data[at : end + 1]
        if name == MAP_SIGNATURE:
            return chunks
        if end < 0 or end + 17 > len(data):
            raise RefusedSample("INV005", reason="ND2 chunk map ends within an entry")
        chunks[name] = struct.unpack_from("<QQ", data, end + 1)
        at = end + 17
    raise RefusedSample("INV005", reason="ND2 chunk map without its end")


def _header(window: Window, position: int, where: str) -> tuple[int, int]:
    """Lengths of a chunk's name and data, the chunk being whole."""
    mark, name_length, data_length = window.unpack("<IIQ", position, where)
    if mark != CHUNK:
        raise RefusedSample("INV005", reason=f"no chunk where the chunk map says: {where}")
    window.require(position + 16, name_length + data_length, where)
    return name_length, data_length


def _chunk(window: Window, position: int, name: bytes) -> int:
    """Check that the chunk at ``position`` is whole and bears ``name``; returns its data's length."""
    where = f"chunk {name.decode('latin-1')[:40]}"
    name_length, data_length = _header(window, position, where)
    found = window.read(position + 16, min(name_length, 256), where)
    if not found.startswith(name):
        raise RefusedSample("INV005", reason=f"another chunk where the chunk map says: {where}")
    return data_length


def _data(window: Window, position: int, where: str) -> bytes:
    name_length, data_length = _header(window, position, where)
    return window.read(position + 16 + name_length, data_length, where)


def _promised(window: Window, chunks: dict[bytes, tuple[int, int]]) -> int | None:
    """Frames that the attributes promise; None where they do not say."""
    for name in (b"ImageAttributesLV!", b"ImageAttributes!"):
        if name not in chunks:
            continue
        data = _data(window, chunks[name][0], "image attributes")
        key = "uiSequenceCount".encode("utf-16-le") + b"\0\0"
        at = data.find(key)
        if at >= 0 and at + len(key) + 4 <= len(data):
            return int.from_bytes(data[at + len(key) : at + len(key) + 4], "little")
        if match := re.search(rb'<uiSequenceCount[^>]*value="(\d{1,9})"', data):
            return int(match[1])
    return None
