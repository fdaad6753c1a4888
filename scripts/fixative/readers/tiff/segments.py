"""Regions of TIFF pages, decoding only the strips or tiles that a region touches.

tifffile decodes a page whole and fills what is missing with zeros. Here its decoders are used segment by
segment, the bytes are fetched with our own reads, and a segment that lies outside the file is an error.
"""

import os
from collections import OrderedDict
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from fixative.findings import RefusedSample
from fixative.readers.options import READER_DEFAULTS
from fixative.readers.tiff.bombs import refuse_bomb, segment_bytes

OPEN_FILES = 16
_JPEG = {6, 7, 34892, 33007}


class SegmentError(Exception):
    """A page that cannot be read as its series is."""


class MissingSegment(RefusedSample):
    """A strip or tile that the file promises and does not hold."""

    def __init__(self, found: str) -> None:
        super().__init__("INV004", promised="every strip and tile of a page", present="fewer", where=found)


class SegmentReader:
    """Reads regions of pages of one set of files; keeps the last row of decoded segments.

    Parameters
    ----------
    memory_mb
        Memory of the job: a compressed strip or tile that takes half of it and more once decoded is not decoded.
    """

    def __init__(self, memory_mb: int = READER_DEFAULTS.memory_mb) -> None:
        self._most_bytes = memory_mb * 500_000
        self._files: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._kept: dict[tuple[int, int], npt.NDArray[Any] | None] = {}
        self._checked: set[int] = set()

    def close(self) -> None:
        """Close all files."""
        for handle, _ in self._files.values():
            os.close(handle)
        self._files.clear()
        self._kept.clear()

    def read(self, page: Any, plane: int, y: int, x: int, height: int, width: int) -> npt.NDArray[Any]:
        """Read a region of one page.

        Parameters
        ----------
        page : tifffile.TiffPage or tifffile.TiffFrame
        plane : int
            Which of the page's planes: separate sample slowest, depth fastest.
        y, x, height, width : int
            The region in pixels.

        Returns
        -------
        ndarray
            Shape (height, width, samples that are stored together), native byte order.
        """
        key = page.keyframe
        self._require_same_layout(page, key)
        out = np.empty((height, width, key.shaped[4]), key.dtype)
        if not page.dataoffsets:
            raise MissingSegment("the page names no strips or tiles")
        if _stored_as_rows(key):
            self._read_rows(page, key, plane, y, x, out)
        else:
            self._decode(page, key, plane, y, x, out)
        return out

    def read_raw(self, page: Any, plane: int, y: int, x: int, height: int, width: int) -> npt.NDArray[Any]:
        """Read a region of plane ``plane`` of a page whose description stands for many, stored after it."""
        key = page.keyframe
        _, _, size_y, size_x, samples = key.shaped
        row = size_x * samples * key.dtype.itemsize
        start = page.dataoffsets[0] + (plane * size_y + y) * row
        out = np.empty((height, width, samples), key.dtype)
        rows = out if width == size_x else np.empty((height, size_x, samples), key.dtype)
        self._fetch_into(page, start, rows)
        if rows is not out:
            out[:] = rows[:, x : x + width]
        return _native(out, page)

    def _read_rows(self, page: Any, key: Any, plane: int, y: int, x: int, out: npt.NDArray[Any]) -> None:
        """Uncompressed strips: fetch the rows themselves, adjoining strips in one read."""
        height, width, samples = out.shape
        size_y, size_x = key.shaped[2:4]
        row, per_strip = size_x * samples * key.dtype.itemsize, min(key.rowsperstrip, size_y)
        first = plane * ceil(size_y / per_strip)
        rows = out if width == size_x else np.empty((height, size_x, samples), out.dtype)
        runs: list[tuple[int, int, int]] = []
        for strip in range(y // per_strip, (y + height - 1) // per_strip + 1):
            top, end = max(y, strip * per_strip), min(y + height, (strip + 1) * per_strip, size_y)
            offset, count = self._segment(page, first + strip)
            if not offset and not count:
                rows[top - y : end - y] = key.nodata
                continue
            start = offset + (top - strip * per_strip) * row
            if count and count < (end - strip * per_strip) * row:
                raise MissingSegment("a strip is shorter than its rows")
            if runs and runs[-1][2] == start and runs[-1][1] == top:
                runs[-1] = (runs[-1][0], end, start + (end - top) * row)
                continue
            if runs:
                self._fetch_run(page, runs.pop(), rows, y, row)
            runs.append((top, end, start + (end - top) * row))
        if runs:
            self._fetch_run(page, runs.pop(), rows, y, row)
        if rows is not out:
            out[:] = rows[:, x : x + width]
        _native(out, page)

    def _fetch_run(self, page: Any, run: tuple[int, int, int], rows: npt.NDArray[Any], y: int, row: int) -> None:
        top, end, stop = run
        self._fetch_into(page, stop - (end - top) * row, rows[top - y : end - y])

    def _decode(self, page: Any, key: Any, plane: int, y: int, x: int, out: npt.NDArray[Any]) -> None:
        """Decode the segments that the region touches, and keep those of its last row for the next band."""
        height, width = out.shape[:2]
        depth, size_y, size_x = key.shaped[1:4]
        self._require_memory(key)
        if key.is_tiled:
            seg_d, seg_h, seg_w = key.tiledepth, key.tilelength, key.tilewidth
        else:
            seg_d, seg_h, seg_w = 1, min(key.rowsperstrip, size_y), size_x
        down, across = ceil(size_y / seg_h), ceil(size_x / seg_w)
        sample, slice_ = divmod(plane, depth)
        first = (sample * ceil(depth / seg_d) + slice_ // seg_d) * down * across
        last_row = (y + height - 1) // seg_h
        keep: dict[tuple[int, int], npt.NDArray[Any] | None] = {}
        for r in range(y // seg_h, last_row + 1):
            for c in range(x // seg_w, (x + width - 1) // seg_w + 1):
                index = first + r * across + c
                name = (id(page), index)
                segment = self._kept[name] if name in self._kept else self._decoded(page, key, index)
                if r == last_row:
                    keep[name] = segment
                top, left = max(y, r * seg_h), max(x, c * seg_w)
                end, right = min(y + height, (r + 1) * seg_h), min(x + width, (c + 1) * seg_w)
                target = out[top - y : end - y, left - x : right - x]
                if segment is None:
                    target[:] = key.nodata
                    continue
                target[:] = segment[
                    slice_ % seg_d, top - r * seg_h : end - r * seg_h, left - c * seg_w : right - c * seg_w
                ]
        # Planes stored apart (planar configuration 2) are read in turn for one region: keep all of theirs.
        others = {name: kept for name, kept in self._kept.items() if name[0] == id(page)}
        same_row = {name for name in others if (name[1] % (down * across)) // across == last_row}
        self._kept = {name: others[name] for name in same_row} | keep

    def _decoded(self, page: Any, key: Any, index: int) -> npt.NDArray[Any] | None:
        """One decoded segment of shape (depth, rows, columns, samples); None where declared absent."""
        offset, count = self._segment(page, index)
        if not offset and not count:
            return None
        if not count:
            raise MissingSegment("a strip or tile without bytes")
        size = self._open(page)[1]
        if offset + count > size:
            # LSM's byte counts are those of the decoded data; tifffile's repair may reach past the end.
            if not key.is_lsm or offset >= size:
                raise MissingSegment("a strip or tile lies beyond the end of the file")
            count = size - offset
        data = np.empty(count, np.uint8)
        self._fetch_into(page, offset, data)
        tables = {}
        if key.compression in _JPEG:
            tables = {"jpegtables": page.jpegtables, "jpegheader": key.jpegheader}
        stored = data.tobytes()
        try:
            decoded, _, _ = key.decode(stored, index, _fullsize=key.is_tiled, **tables)
        except (RuntimeError, ValueError):
            refuse_bomb(key, stored)
            raise
        return np.asarray(decoded)

    def _require_memory(self, key: Any) -> None:
        """Refuse before anything is reserved: a small file may promise a strip of any size."""
        needed = segment_bytes(key)
        if needed > self._most_bytes:
            reason = f"a strip or tile takes {needed} bytes, more than half of the job's memory: raise mem_mb"
            raise RefusedSample("CNV001", where="TIFF", reason=reason)

    @staticmethod
    def _segment(page: Any, index: int) -> tuple[int, int]:
        if index >= len(page.dataoffsets) or index >= len(page.databytecounts):
            raise MissingSegment("the page names too few strips or tiles")
        return int(page.dataoffsets[index]), int(page.databytecounts[index])

    def _fetch_into(self, page: Any, offset: int, target: npt.NDArray[Any]) -> None:
        """Fill ``target`` with the file's bytes from ``offset`` on."""
        handle, size = self._open(page)
        if offset < 0 or offset + target.nbytes > size:
            raise MissingSegment("a strip or tile lies beyond the end of the file")
        view = memoryview(target.view(np.uint8).reshape(-1))  # type: ignore[arg-type]
        while view:
            got = os.preadv(handle, [view[: 1 << 30]], offset)
            if not got:
                raise MissingSegment("the file ended while it was read")
            view, offset = view[got:], offset + got

    def _open(self, page: Any) -> tuple[int, int]:
        path = page.parent.filehandle.path
        if path in self._files:
            self._files.move_to_end(path)
            return self._files[path]
        while len(self._files) >= OPEN_FILES:
            os.close(self._files.popitem(last=False)[1][0])
        handle = os.open(path, os.O_RDONLY)
        self._files[path] = handle, os.fstat(handle).st_size
        return self._files[path]

    def _require_same_layout(self, page: Any, key: Any) -> None:
        """Compare a frame's own tags with its keyframe's, as which it is decoded; tifffile does not."""
        if page is key or not page.offset or id(page) in self._checked or page.is_virtual:
            return
        if page.parent.is_micromanager or page.parent.is_ndtiff:
            return  # frames made up from an index: their IFDs were never meant to be read
        mine, theirs = self._layout(page), self._layout(key)
        if mine != theirs:
            differ = ", ".join(
                str(tag) for tag in sorted(mine.keys() | theirs.keys()) if mine.get(tag) != theirs.get(tag)
            )
            raise SegmentError(f"the page is not stored as its series is (tags {differ})")
        self._checked.add(id(page))

    def _layout(self, page: Any) -> dict[int, bytes]:
        """Raw entries of the tags that say how a page is stored, values inline or type and count."""
        tiff = page.parent.tiff
        handle, _ = self._open(page)
        order = "little" if tiff.byteorder == "<" else "big"
        head = os.pread(handle, tiff.tagnosize, page.offset)
        number = int.from_bytes(head, order)  # type: ignore[arg-type]
        raw = os.pread(handle, min(number, 4096) * tiff.tagsize, page.offset + tiff.tagnosize)
        found = {}
        for at in range(0, len(raw) - tiff.tagsize + 1, tiff.tagsize):
            code = int.from_bytes(raw[at : at + 2], order)  # type: ignore[arg-type]
            if code in _LAYOUT:
                found[code] = raw[at + 2 : at + tiff.tagsize]
            elif code == 258:
                found[code] = raw[at + 2 : at + tiff.tagsize - tiff.offsetsize]
        return found


# Bits per sample (258) of several samples stands elsewhere in the file: its type and count are compared.
_LAYOUT = {256, 257, 259, 262, 266, 277, 278, 284, 317, 322, 323}


def _stored_as_rows(key: tifffile.TiffPage) -> bool:
    """Whether the file holds the rows just as numpy would."""
    return bool(
        key.compression == 1
        and not key.is_tiled
        and key.predictor == 1
        and key.fillorder == 1
        and key.sampleformat != 5
        and key.bitspersample in (8, 16, 32, 64, 128)
        and key.dtype is not None
        and key.dtype.itemsize * 8 == key.bitspersample
        and not (key.is_subsampled and key.photometric == 6)
    )


def _native(array: npt.NDArray[Any], page: Any) -> npt.NDArray[Any]:
    """Swap bytes in place where the file's order is not this machine's."""
    little = np.little_endian
    if array.dtype.itemsize > 1 and (page.parent.byteorder == "<") != little:
        array.byteswap(inplace=True)
    return array
