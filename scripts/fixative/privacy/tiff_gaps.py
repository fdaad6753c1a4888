"""Every byte of a TIFF that is not pixel data: tags, text, and what lies forgotten in between."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

PIECE_BYTES = 16 * 1024 * 1024
OVERLAP_BYTES = 4096
LARGEST_TOGETHER = 1024 * 1024
_TABLES = frozenset((273, 279, 324, 325))
"""StripOffsets, StripByteCounts, TileOffsets, TileByteCounts."""


def outside_of_pixels(path: Path) -> Iterator[bytes]:
    """Give the bytes outside of all strips, tiles and their tables of all IFDs and SubIFDs.

    Small gaps are given together, so that a file with a gap after each tile costs no more than one piece.
    """
    together: list[bytes] = []
    size = 0
    with path.open("rb") as stream:
        for begin, end in _gaps(path):
            for start in range(begin, end, PIECE_BYTES):
                stream.seek(max(begin, start - OVERLAP_BYTES))
                piece = stream.read(min(end, start + PIECE_BYTES) - max(begin, start - OVERLAP_BYTES))
                together += [piece, b"\0\0"]
                size += len(piece)
                if size > LARGEST_TOGETHER:
                    yield b"".join(together)
                    together, size = [], 0
    if together:
        yield b"".join(together)


def _gaps(path: Path) -> Iterator[tuple[int, int]]:
    """Give begin and end of each run of bytes that no strip or tile covers."""
    position = 0
    for begin, end in sorted(_pixel_runs(path)):
        if begin > position:
            yield position, begin
        position = max(position, end)
    if position < path.stat().st_size:
        yield position, path.stat().st_size


def _pixel_runs(path: Path) -> Iterator[tuple[int, int]]:
    from tifffile import TiffFile

    with TiffFile(path) as tif:
        waiting: list[Any] = list(tif.pages)
        while waiting:
            page = waiting.pop().aspage()
            waiting += list(page.pages or ())
            for tag in page.tags.values():
                # Tables of numbers as long as the tiles are many would look like any short value by chance.
                if tag.code in _TABLES:
                    yield int(tag.valueoffset), int(tag.valueoffset) + int(tag.valuebytecount)
            for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
                if count:
                    yield int(offset), int(offset) + int(count)
