"""Reading a few bytes here and there of a file that may be of any size and may lie about itself."""

import os
import struct
from pathlib import Path
from types import TracebackType
from typing import Any

from fixative.findings import RefusedSample

BLOCK_BYTES = 64 * 1024
MOST_BITS = 128
"""Of a number of bytes or pixels that is worth telling."""

MAX_READ_BYTES = 512 * 1024 * 1024
"""No table, description or metadata is longer; pixels are never read here."""


class Window:
    """A file opened read-only, read at given places; what lies outside the file is refused.

    `pread` with one block remembered, not a memory map: a file that another process shortens while it is
    mapped kills the reader (SIGBUS).

    Parameters
    ----------
    path : Path
        A regular file.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY)
        self.bytes = os.fstat(self._handle).st_size
        self._block = b""
        self._block_at = 0

    def __enter__(self) -> "Window":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._handle)

    def holds(self, offset: int, count: int) -> bool:
        """Whether ``count`` bytes from ``offset`` lie within the file."""
        return offset >= 0 and count >= 0 and offset + count <= self.bytes

    def require(self, offset: int, count: int, where: str) -> None:
        """Refuse unless ``count`` bytes from ``offset`` lie within the file.

        Raises
        ------
        RefusedSample
            INV004, naming ``where``.
        """
        if not self.holds(offset, count):
            raise self.outside(offset, count, where)

    def outside(self, offset: int, count: int, where: str) -> RefusedSample:
        """Build the refusal of a place outside the file."""
        if offset < 0 or count < 0:
            return RefusedSample("INV005", reason=f"negative offset or length of {where}")
        end = offset + count
        # A header can promise a number that no one wants to read, nor Python to write.
        promised = f"{end} bytes" if end.bit_length() <= MOST_BITS else f"more than 2^{MOST_BITS} bytes"
        return RefusedSample("INV004", promised=promised, present=f"{self.bytes}", where=where)

    def read(self, offset: int, count: int, where: str) -> bytes:
        """Read exactly ``count`` bytes from ``offset``.

        Raises
        ------
        RefusedSample
            INV004 where the file does not hold them, INV005 where they are more than `MAX_READ_BYTES`.
        """
        self.require(offset, count, where)
        if count > MAX_READ_BYTES:
            raise RefusedSample("INV005", reason=f"{where} is implausibly long ({count} bytes)")
        begin = offset - self._block_at
        if begin < 0 or begin + count > len(self._block):
            if count >= BLOCK_BYTES:
                return self._fetch(offset, count, where)
            self._block_at, begin = offset, 0
            self._block = self._fetch(offset, min(BLOCK_BYTES, self.bytes - offset), where)
        return self._block[begin : begin + count]

    def unpack(self, layout: str, offset: int, where: str) -> tuple[Any, ...]:
        """Read and unpack a `struct` layout."""
        return struct.unpack(layout, self.read(offset, struct.calcsize(layout), where))

    def _fetch(self, offset: int, count: int, where: str) -> bytes:
        parts, missing = [], count
        while missing:
            part = os.pread(self._handle, missing, offset + count - missing)
            if not part:
                # Shorter than when it was opened: someone is writing.
                raise RefusedSample("INV004", promised=f"{offset + count} bytes", present="fewer", where=where)
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
