"""One plane to tiles of every resolution level, in one pass, a band of rows at a time."""

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fixative.image.codec import TileCodec, strip_rows
from fixative.image.pyramid import Downsampling, halve
from fixative.image.tiff_file import LONG, TiffFile, Value
from fixative.plane_digests import start_plane, update_rows

if TYPE_CHECKING:
    from hashlib import _Hash

Rows = npt.NDArray[Any]

TASK_BYTES = 1024 * 1024
"""Pixels that are encoded in one go: handing tiles to the threads one by one took a tenth of the conversion."""


@dataclass
class Level:
    """One level of the plane being written: rows not yet cut into tiles, and where its tiles or strips went."""

    size_y: int
    size_x: int
    digest: "_Hash"
    strip_rows: int
    """0 where it is stored in tiles."""
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    counts: "array[int]" = field(default_factory=lambda: array("Q"))
    waiting: list[Rows] = field(default_factory=list)
    waiting_rows: int = 0
    digesting: "Future[None] | None" = None

    def tags(self, offset_type: int) -> dict[int, tuple[int, Value]]:
        """Tags that say where the pixels lie (TIFF 6.0, sections 3 and 15)."""
        offsets, counts = (273, 279) if self.strip_rows else (324, 325)
        return {offsets: (offset_type, self.offsets), counts: (LONG, self.counts)}


class PlaneWriter:
    """Writes planes of one image into an open TIFF.

    Tiles are encoded by ``pool``, a few at a time, while the next band is read; at most ``most_pending`` such tasks
    wait to be written, so that memory is bounded by a few bands of rows whatever the size of the image.

    Parameters
    ----------
    sizes
        (Y, X) of every level, full size first.
    observe
        Called with the level and each of its bands, top to bottom (the thumbnail is taken from these).
    """

    def __init__(
        self,
        tiff: TiffFile,
        pool: Executor,
        codec: TileCodec,
        *,
        sizes: list[tuple[int, int]],
        downsampling: Downsampling,
        most_pending: int,
        observe: Callable[[int, Rows], None],
    ) -> None:
        self._tiff, self._pool, self._codec, self._observe = tiff, pool, codec, observe
        self._sizes, self._downsampling, self._most_pending = sizes, downsampling, most_pending
        self._pending: deque[tuple[Level, Future[list[bytes | bytearray]]]] = deque()

    def write(
        self,
        bands: Iterator[Rows],
        *,
        dtype: str,
        samples: int,
        native: Mapping[int, Iterator[Rows]] | None = None,
    ) -> list[Level]:
        """Write one plane, given as bands of ``tile_px`` rows (the last may be shorter), top to bottom.

        ``native`` gives the bands of those levels that are not made from the one before.
        """
        edge = self._codec.tile_px
        self._native = native or {}
        self._levels = [
            Level(
                size_y=y,
                size_x=x,
                digest=start_plane(dtype, y, x, samples),
                strip_rows=strip_rows(dtype, y, x, samples=samples, tile_px=edge),
            )
            for y, x in self._sizes
        ]
        for number, given in ((0, bands), *sorted(self._native.items())):
            for band in given:
                self._take(number, band)
        for number in range(len(self._levels)):
            self._emit(number)
        self._write_pending(0)
        for level in self._levels:
            if level.digesting:
                level.digesting.result()
        return self._levels

    def _take(self, number: int, rows: Rows) -> None:
        """Add rows to a level; emit a row of tiles each time there is one."""
        level = self._levels[number]
        level.waiting.append(rows)
        level.waiting_rows += len(rows)
        if level.waiting_rows >= self._codec.tile_px:
            self._emit(number)

    def _emit(self, number: int) -> None:
        """Digest the waiting rows, queue their tiles and hand the halved rows to the next level."""
        level = self._levels[number]
        if not level.waiting_rows:
            return
        band = level.waiting[0] if len(level.waiting) == 1 else np.concatenate(level.waiting)
        level.waiting, level.waiting_rows = [], 0
        if level.digesting:
            level.digesting.result()
        level.digesting = self._pool.submit(update_rows, level.digest, band)
        self._observe(number, band)
        self._submit(level, band)
        if number + 1 < len(self._levels) and number + 1 not in self._native:
            smaller = halve(band, self._downsampling)
            self._take(number + 1, smaller[:, : self._levels[number + 1].size_x])
        self._write_pending(self._most_pending)

    def _submit(self, level: Level, band: Rows) -> None:
        """Queue the tiles of a row of them, or the strips that it has."""
        if level.strip_rows:
            strips = [band[y : y + level.strip_rows] for y in range(0, len(band), level.strip_rows)]
            each = max(1, TASK_BYTES // strips[0].nbytes)
            for first in range(0, len(strips), each):
                task = self._pool.submit(self._codec.encode_strips, strips[first : first + each])
                self._pending.append((level, task))
            return
        edge = self._codec.tile_px
        each = max(1, TASK_BYTES // (edge * band[:, :edge].nbytes // band.shape[0]))
        for x in range(0, level.size_x, each * edge):
            self._pending.append((level, self._pool.submit(self._codec.encode, band[:, x : x + each * edge])))

    def _write_pending(self, keep: int) -> None:
        """Write encoded tiles, oldest first, until only ``keep`` are waiting."""
        while len(self._pending) > keep:
            level, future = self._pending.popleft()
            for data in future.result():
                level.offsets.append(self._tiff.append(data))
                level.counts.append(len(data))
