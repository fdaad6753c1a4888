"""A streaming TIFF writer: image data first, as it comes; directories (IFDs) last.

What tifffile's writer cannot do: write the levels of a pyramid in the same pass as the full-size plane, so
that a plane larger than memory needs neither a second pass nor a spill file. Reading back is tifffile's task,
which makes the check independent of this writer.

Layout: TIFF 6.0 (https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf) or BigTIFF, little-endian;
SubIFDs (tag 330) are not chained to each other (their next-IFD offset is 0), which every reader accepts.
"""

import os
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from fixative.page_cache import WriteBehind

BUFFER_BYTES = 1024 * 1024
CLASSIC_LIMIT = 2**32 - 2**25
"""Bytes that a classic TIFF may promise to stay below; beyond it BigTIFF is written."""

BYTE, ASCII, SHORT, LONG, RATIONAL, DOUBLE, LONG8, IFD, IFD8 = 1, 2, 3, 4, 5, 12, 16, 13, 18
_NUMPY = {
    BYTE: "<u1",
    ASCII: "<u1",
    SHORT: "<u2",
    LONG: "<u4",
    RATIONAL: "<u4",
    DOUBLE: "<f8",
    LONG8: "<u8",
    IFD: "<u4",
    IFD8: "<u8",
}

Value = int | bytes | Sequence[int] | npt.NDArray[np.unsignedinteger]


@dataclass
class Ifd:
    """One directory: tags as ``{number: (type, value)}``, those that it shares with others, and its SubIFDs.

    Directories wait for the end of the file, one for each plane and level: each holds its own alone.
    """

    tags: dict[int, tuple[int, Value]] = field(default_factory=dict)
    subifds: "list[Ifd]" = field(default_factory=list)
    shared: Mapping[int, tuple[int, Value]] = field(default_factory=dict)


class TiffFile:
    """A TIFF file being written: `append` data, then `finish` with the directories.

    Parameters
    ----------
    path
        Created; must not exist.
    big
        BigTIFF rather than classic TIFF.
    """

    def __init__(self, path: Path, *, big: bool) -> None:
        self.big = big
        self._stream: IO[bytes] = path.open("xb", buffering=BUFFER_BYTES)
        self._behind = WriteBehind(self._stream.fileno())
        header = b"II" + (struct.pack("<HHHQ", 43, 8, 0, 0) if big else struct.pack("<HL", 42, 0))
        self._stream.write(header)
        self._position = len(header)

    def append(self, data: bytes | bytearray | memoryview) -> int:
        """Write one strip or tile on an even offset; returns the offset."""
        if self._position % 2:
            self._stream.write(b"\0")
            self._position += 1
        offset = self._position
        self._stream.write(data)
        self._position += len(data)
        self._behind.reached(self._position - BUFFER_BYTES)
        return offset

    def finish(self, ifds: Sequence[Ifd]) -> None:
        """Write the directories, link them, and make the file durable."""
        first, link = 0, 0
        for ifd in ifds:
            offset, next_field = self._write_ifd(ifd)
            if link:
                self._patch(link, offset)
            else:
                first = offset
            link = next_field
        self._patch(8 if self.big else 4, first)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._behind.finish()
        self._stream.close()

    def close(self) -> None:
        """Close without finishing: what was written is no TIFF."""
        # Given up already, for a reason of its own: that the disk would not take it either is no news.
        with suppress(OSError):
            self._behind.close()
        self._stream.close()

    def _patch(self, position: int, offset: int) -> None:
        self._stream.seek(position)
        self._stream.write(struct.pack("<Q" if self.big else "<L", offset))
        self._stream.seek(self._position)

    def _write_ifd(self, ifd: Ifd) -> tuple[int, int]:
        """Write one directory after its SubIFDs; returns its offset and that of its next-IFD field."""
        if ifd.subifds:
            offsets = [self._write_ifd(subifd)[0] for subifd in ifd.subifds]
            ifd.tags[330] = (IFD8 if self.big else IFD, offsets)
        inline_bytes = 8 if self.big else 4
        count_format, offset_format = ("<Q", "<Q") if self.big else ("<H", "<L")
        entries = []
        for number, (kind, value) in sorted({**ifd.shared, **ifd.tags}.items()):
            data = _encode(kind, value)
            count = len(data) // (np.dtype(_NUMPY[kind]).itemsize * (2 if kind == RATIONAL else 1))
            if len(data) > inline_bytes:
                data = struct.pack(offset_format, self.append(data))
            entry = struct.pack("<HH", number, kind) + struct.pack(offset_format, count)
            entries.append(entry + data.ljust(inline_bytes, b"\0"))
        body = struct.pack(count_format, len(entries)) + b"".join(entries)
        offset = self.append(body + struct.pack(offset_format, 0))
        return offset, offset + len(body)


def _encode(kind: int, value: Value) -> bytes:
    """Bytes of a tag's value; text is ASCII or UTF-8 with its closing NUL."""
    if isinstance(value, bytes):
        return value + b"\0" if kind == ASCII else value
    return np.atleast_1d(np.asarray(value)).astype(_NUMPY[kind]).tobytes()
