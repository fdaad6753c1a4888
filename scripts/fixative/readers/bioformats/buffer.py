"""The Java buffer that planes are read into, and the proof that all of it was written.

Before a read the buffer holds two bytes in turn, one the complement of the other. A part that the reader never
wrote still shows them, and so it does after the reader has turned rows upside down, swapped bytes or inverted
values in the buffer, as many do: whatever is moved, aligned words of eight bytes are one of two. An image that
holds such words itself, and regions too small for them, are read a second time over two other bytes; what
differs then was never written.
"""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.bioformats.eof import bytes_beyond_end
from fixative.readers.bioformats.jvm import java_class
from fixative.readers.protocol import ImageInfo

FIRST, SECOND = b"\x96\x69", b"\x2d\xd2"
"""What the buffer holds before the first read, and before the second."""

ONES = -1
"""What stands for bytes beyond the end of a file in a second read; in the first it is 0."""

SMALL_BYTES = 4096
"""Regions up to this size are always read twice."""

_FILL_BYTES = 1 << 20
_WORD = 8

Bytes = npt.NDArray[np.uint8]
Place = tuple[int, int, int, int]
"""x, y, width and height of a region."""


class JavaBuffer:
    """A Java ``byte[]`` that grows as needed and is used again for every read, and memory that numpy sees.

    JPype hands out a byte[] as a copy of all of it, and the same copy again while one view is alive: a view
    of the read before. So the bytes go through a direct buffer, whose memory both sides share.
    """

    def __init__(self) -> None:
        self._array: Any = None
        self._shared: Any = None
        self._view: Bytes = np.empty(0, dtype=np.uint8)
        self._fills: dict[bytes, Any] = {}

    def read(self, reader: Any, number: int, place: Place, info: ImageInfo, where: str) -> npt.NDArray[Any]:
        """Read a region of plane ``number`` of the reader's current series and resolution.

        Returns
        -------
        ndarray
            Shape (height, width) or (height, width, samples), byte order of the source; a view that the next
            read overwrites.

        Raises
        ------
        RefusedSample
            CNV001 where the reader left a part of the region unwritten, or asked a file for more than it has.
        """
        itemsize = np.dtype(info.dtype).itemsize
        row = place[2] * itemsize * (info.samples if reader.isInterleaved() else 1)
        length = place[2] * place[3] * info.samples * itemsize
        found, beyond = self._read(reader, number, place, length, FIRST)
        if beyond:
            kept = found.copy()
            found, again = self._read(reader, number, place, length, FIRST, fill=ONES)
            # A reader that has kept what it read before shows nothing by giving it again.
            if again < beyond or not np.array_equal(found, kept):
                reason = f"the reader asked for {beyond} bytes beyond the end of a file: it ends before the plane"
                raise RefusedSample("CNV001", where=where, reason=reason)
        if doubtful(found, row, itemsize):
            kept = found.copy()
            found, _ = self._read(reader, number, place, length, SECOND)
            if lost := int(np.count_nonzero(found != kept)):
                reason = f"the reader left {lost} bytes of the region unwritten: the file ends before the plane"
                raise RefusedSample("CNV001", where=where, reason=reason)
        return _arranged(found, reader, place, info)

    def free(self) -> None:
        """Let go of Java's memory."""
        self._array = self._shared = None
        self._view = np.empty(0, dtype=np.uint8)
        self._fills = {}

    def _read(
        self, reader: Any, number: int, place: Place, length: int, before: bytes, fill: int = 0
    ) -> tuple[Bytes, int]:
        if self._view.size < length:
            self._grow(length)
        self._fill(length, before)
        beyond = bytes_beyond_end(partial(reader.openBytes, number, self._array, *place), fill)
        self._shared.clear()
        self._shared.put(self._array, 0, length)
        return self._view[:length], beyond

    def _grow(self, length: int) -> None:
        import jpype

        self.free()
        self._array = jpype.JArray(jpype.JByte)(length)
        self._shared = java_class("java.nio.ByteBuffer").allocateDirect(length)
        self._view = np.frombuffer(memoryview(self._shared), dtype=np.uint8)

    def _fill(self, length: int, fill: bytes) -> None:
        import jpype

        if fill not in self._fills:
            values = np.frombuffer(fill * (_FILL_BYTES // len(fill)), dtype=np.int8)
            self._fills[fill] = jpype.JArray(jpype.JByte)(values)
        copy = java_class("java.lang.System").arraycopy
        for start in range(0, length, _FILL_BYTES):
            copy(self._fills[fill], 0, self._array, start, min(_FILL_BYTES, length - start))


def doubtful(found: Bytes, row: int, itemsize: int) -> bool:
    """Whether a region read over `FIRST` may hold bytes that were never written: it needs a second read.

    Parameters
    ----------
    found : ndarray of uint8
        What the buffer holds after the read.
    row : int
        Bytes of one row.
    itemsize : int
        Bytes of one value. A run too short to hold an aligned word can only be the end of the plane: one end
        of the first row or of the last, if rows were turned.
    """
    if found.size <= SMALL_BYTES:
        return True
    words = found[: found.size - found.size % _WORD].view(np.uint64)
    for start in range(0, words.size, _FILL_BYTES):
        part = words[start : start + _FILL_BYTES]
        if any(bool((part == word).any()) for word in _WORDS):
            return True
    first, last = found[:row], found[-row:]
    ends = np.concatenate([end for line in (first, last) for end in (line[:itemsize], line[-itemsize:])])
    return bool(np.isin(ends, np.frombuffer(FIRST, dtype=np.uint8)).any())


_WORDS = tuple(np.frombuffer(pair * (_WORD // 2), dtype=np.uint64)[0] for pair in (FIRST, FIRST[::-1]))


def _arranged(found: Bytes, reader: Any, place: Place, info: ImageInfo) -> npt.NDArray[Any]:
    _, _, width, height = place
    stored = np.dtype(info.dtype).newbyteorder("<" if reader.isLittleEndian() else ">")
    values = found.view(stored)
    if info.samples == 1:
        return values.reshape(height, width)
    if reader.isInterleaved():
        return values.reshape(height, width, info.samples)
    return values.reshape(info.samples, height, width).transpose(1, 2, 0)
