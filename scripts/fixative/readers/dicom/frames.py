"""Where the frames of a DICOM file lie, and their bytes: one frame or a few rows at a time.

Nothing of the pixel data is read when the file is opened but the headers of the fragments, so that the size of
the file does not matter. Every place is compared with the stream's length before it is read; what is shorter
than promised is refused.

Notes
-----
DICOM PS3.5, annex A.4 (encapsulated pixel data, basic offset table); PS3.3, C.7.6.3.1.8 (extended offset table).
"""

import os
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

from fixative.findings import RefusedSample
from fixative.readers.dicom.codecs import is_ended

UNDEFINED = 0xFFFFFFFF
_ITEM, _DELIMITER = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)

Span = tuple[int, int]
"""Offset in the stream and length."""


class NativeFrames:
    """Frames that are not compressed: rows at known places.

    Parameters
    ----------
    stream : BinaryIO
        The file, or its inflated content.
    start, stored_bytes : int
        Where the value of the pixel data begins, and its length.
    frames : int
        NumberOfFrames.
    rows : int
        Rows of a frame; with planar samples, rows of all its planes.
    row_bits : int
        Bits of one row, which need not be whole bytes.

    Raises
    ------
    RefusedSample
        INV004 where fewer frames are stored than promised, INV005 where more are.
    """

    def __init__(
        self, stream: BinaryIO, start: int, stored_bytes: int, *, frames: int, rows: int, row_bits: int
    ) -> None:
        self._stream, self._start = stream, start
        self._rows, self._row_bits = rows, row_bits
        promised = -(-frames * rows * row_bits // 8)
        present = min(stored_bytes, _length(stream) - start)
        if present < promised:
            raise RefusedSample(
                "INV004", promised=f"{promised} bytes", present=max(0, present), where="DICOM pixel data"
            )
        if frames and stored_bytes - promised >= promised // frames:
            raise RefusedSample("INV005", reason=f"DICOM pixel data hold more than the {frames} frames promised")

    def rows(self, frame: int, first: int, count: int) -> tuple[bytes, int]:
        """Bytes that hold some rows of a frame, and the bit of the first byte at which they begin."""
        bit = (frame * self._rows + first) * self._row_bits
        begin, end = bit // 8, -(-(bit + count * self._row_bits) // 8)
        return read_exactly(self._stream, self._start + begin, end - begin), bit % 8

    def words(self, frame: int, first: int, count: int) -> tuple[bytes, int]:
        """Words of 16 bits that hold some rows of 8-bit values, and the place of the first value in them."""
        first_byte = (frame * self._rows + first) * self._row_bits // 8
        begin, odd = first_byte // 2 * 2, first_byte % 2
        end = -(-(first_byte + count * self._row_bits // 8) // 2) * 2
        return read_exactly(self._stream, self._start + begin, end - begin), odd


class EncapsulatedFrames:
    """Compressed frames: fragments, gathered by an offset table or by the ends of the frames' streams.

    Raises
    ------
    RefusedSample
        INV004 where frames are missing or a fragment reaches beyond the file, INV005 where fragments and frames
        do not match.
    """

    def __init__(
        self, stream: BinaryIO, start: int, *, frames: int, extended: tuple[Sequence[int], Sequence[int]] | None
    ) -> None:
        self._stream = stream
        table, fragments, self.end = _fragments(stream, start)
        origin = fragments[0][0] - 8 if fragments else start
        if extended is not None:
            self._frames = _by_offsets(list(extended[0]), fragments, origin)
        elif len(table) == frames > 0:
            self._frames = _by_offsets(table, fragments, origin)
        elif len(fragments) == frames:
            self._frames = [[fragment] for fragment in fragments]
        elif frames == 1 and fragments:
            self._frames = [fragments]
        else:
            self._frames = self._by_end_of_image(fragments)
        if len(self._frames) < frames:
            raise RefusedSample(
                "INV004", promised=f"{frames} frames", present=len(self._frames), where="DICOM pixel data"
            )
        if len(self._frames) > frames:
            raise RefusedSample("INV005", reason=f"DICOM pixel data hold more than the {frames} frames promised")

    def frame(self, index: int) -> bytes:
        """Compressed stream of one frame."""
        return b"".join(read_exactly(self._stream, *span) for span in self._frames[index])

    def _by_end_of_image(self, fragments: list[Span]) -> list[list[Span]]:
        found: list[list[Span]] = [[]]
        for offset, length in fragments:
            found[-1].append((offset, length))
            if is_ended(read_exactly(self._stream, offset + max(0, length - 64), min(64, length))):
                found.append([])
        if found[-1]:
            raise RefusedSample("INV005", reason="fragments of DICOM pixel data cannot be told apart as frames")
        return found[:-1]


def read_exactly(stream: BinaryIO, offset: int, count: int) -> bytes:
    """Read ``count`` bytes; INV004 where the stream holds fewer."""
    stream.seek(offset)
    found = stream.read(count)
    if len(found) != count:
        raise RefusedSample("INV004", promised=f"{offset + count} bytes", present="fewer", where="DICOM pixel data")
    return found


def extended_table(ds: Any) -> tuple[list[int], list[int]] | None:
    """ExtendedOffsetTable and ExtendedOffsetTableLengths as numbers, where a file has them."""
    if "ExtendedOffsetTable" not in ds:
        return None
    offsets, lengths = bytes(ds.ExtendedOffsetTable), bytes(ds.get("ExtendedOffsetTableLengths") or b"")
    if len(offsets) % 8 or len(lengths) not in (0, len(offsets)):
        raise RefusedSample("INV005", reason="extended offset table of a length that is none")
    count = len(offsets) // 8
    return list(struct.unpack(f"<{count}Q", offsets)), list(struct.unpack(f"<{len(lengths) // 8}Q", lengths))


def _length(stream: BinaryIO) -> int:
    return stream.seek(0, os.SEEK_END)


def _fragments(stream: BinaryIO, start: int) -> tuple[list[int], list[Span], int]:
    """Offsets of the basic offset table, places of all fragments, where they end; only headers are read."""
    end, at = _length(stream), start
    table: list[int] | None = None
    found: list[Span] = []
    while True:
        group, element, size = struct.unpack("<HHI", read_exactly(stream, at, 8))
        if (group, element) == _DELIMITER:
            return table or [], found, at + 8
        if (group, element) != _ITEM or size == UNDEFINED:
            raise RefusedSample("INV005", reason=f"no fragment of DICOM pixel data at byte {at}")
        if at + 8 + size > end:
            raise RefusedSample("INV004", promised=f"{at + 8 + size} bytes", present=end, where="DICOM fragment")
        if table is None:
            count = size // 4
            table = list(struct.unpack(f"<{count}I", read_exactly(stream, at + 8, count * 4)))
        else:
            found.append((at + 8, size))
        at += 8 + size


def _by_offsets(offsets: list[int], fragments: list[Span], origin: int) -> list[list[Span]]:
    """Fragments by the frame that begins at each offset, counted from the first fragment's header."""
    starts = {offset - 8 - origin: number for number, (offset, _) in enumerate(fragments)}
    try:
        firsts = [starts[offset] for offset in offsets]
    except KeyError:
        raise RefusedSample("INV005", reason="offset table of DICOM pixel data points beside the fragments") from None
    if firsts[:1] != [0] or firsts != sorted(set(firsts)):
        raise RefusedSample("INV005", reason="offset table of DICOM pixel data is out of order")
    return [fragments[a:b] for a, b in zip(firsts, [*firsts[1:], len(fragments)], strict=True)]
