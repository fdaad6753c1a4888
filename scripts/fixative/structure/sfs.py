"""Bruker BCF: every chunk of every file inside the single-file system (SFS) that it is.

Notes
-----
Not published; as RosettaSciIO reads it. A container of chunks of equal size, 32 bytes of each a header; a
file's table names its chunks in order.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete
from fixative.structure.window import Window

ITEM_BYTES, CHUNK_HEADER, START = 0x200, 32, 0x118
WHERE = "chunks of the BCF"


def check_sfs(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the table of files to each of their chunks.

    Raises
    ------
    RefusedSample
        INV004 where a chunk is not in the file, INV005 where a table makes no sense.
    """
    with Window(path) as window:
        (chunk,) = window.unpack("<I", 0x128, "BCF header")
        first, items, chunks = window.unpack("<3I", 0x140, "BCF header")
        if not 64 <= chunk <= 1 << 26:
            raise RefusedSample("INV005", reason="BCF header without a size of chunks")
        usable = chunk - CHUNK_HEADER
        window.require(START, chunks * chunk, f"{chunks} {WHERE}")
        tree = _content(window, first, -(-items * ITEM_BYTES // usable), chunk)
        stored = promised = present = 0
        for number in range(items):
            at = number * ITEM_BYTES
            if at + ITEM_BYTES > len(tree):
                raise RefusedSample("INV004", promised=f"{items} files", present=f"{number}", where="BCF table")
            table, size = struct.unpack_from("<iQ", tree, at)
            if tree[at + 220] or size == 0:
                continue
            stored += size
            found, needed = _chunks(window, table, size, chunk)
            promised, present = promised + needed, present + found
    if present < promised:
        raise RefusedSample("INV004", promised=f"{promised} chunks", present=f"{present}", where=WHERE)
    if not promised:
        raise RefusedSample("INV004", promised="files", present="none", where="BCF table")
    return complete(f"{promised} of {chunks} chunks of the BCF against the file's size", size=stored)


def _chunks(window: Window, table: int, size: int, chunk: int) -> tuple[int, int]:
    """Chunks of one file that are whole, and how many there must be."""
    usable = chunk - CHUNK_HEADER
    needed = -(-size // usable)
    # Honest chunks do not overlap: a file cannot hold more of them than fit.
    if needed > window.bytes // chunk + 1:
        raise RefusedSample("INV004", promised=f"{needed} chunks", present=f"{window.bytes // chunk}", where=WHERE)
    pointers = _content(window, table, -(-4 * needed // usable), chunk)
    whole = 0
    for number, pointer in enumerate(struct.unpack_from(f"<{needed}I", pointers)):
        last = size - usable * (needed - 1) if number == needed - 1 else usable
        whole += window.holds(pointer * chunk + START + CHUNK_HEADER, last)
    return whole, needed


def _content(window: Window, first: int, number: int, chunk: int) -> bytes:
    """Content of ``number`` chunks that each name the next one in their header."""
    parts, at = [], first
    if number > window.bytes // chunk + 1:
        raise RefusedSample("INV005", reason="BCF table is longer than the file")
    for step in range(number):
        if at < 0:
            raise RefusedSample("INV005", reason="BCF table names a negative chunk")
        place = at * chunk + START
        (at,) = window.unpack("<i", place, WHERE)
        held = min(chunk - CHUNK_HEADER, max(0, window.bytes - place - CHUNK_HEADER))
        if step < number - 1 and held < chunk - CHUNK_HEADER:
            window.require(place, chunk, WHERE)
        parts.append(window.read(place + CHUNK_HEADER, held, WHERE))
    return b"".join(parts)
