"""Tiles to rows: which bands of rows are complete, in the order in which a plane's digest needs them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fixative.verify.expectation import PlaneLevel
from fixative.verify.tiles import Samples

LEAST_OPEN_BYTES = 64 * 1024 * 1024
ROWS = 4096


@dataclass(frozen=True)
class Segments:
    """Every tile of a file, as four arrays of equal length: plane by plane, row of tiles by row of tiles."""

    plane: npt.NDArray[np.int64]
    tile: npt.NDArray[np.int64]
    offset: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]

    @classmethod
    def of(cls, planes: Sequence[PlaneLevel]) -> "Segments":
        """Tiles of all planes."""
        sizes = [len(plane.directory.offsets) for plane in planes]
        return cls(
            plane=np.repeat(np.arange(len(planes)), sizes),
            tile=np.concatenate([np.arange(size) for size in sizes]),
            offset=np.concatenate([plane.directory.offsets for plane in planes]),
            count=np.concatenate([plane.directory.counts for plane in planes]),
        )

    def in_file_order(self) -> "Segments":
        """Sort the tiles by offset."""
        order = np.argsort(self.offset, kind="stable")
        return Segments(self.plane[order], self.tile[order], self.offset[order], self.count[order])

    def rows(self) -> Iterator[tuple[int, int, int, int]]:
        """Tiles as (plane, tile, offset, count), without a million of them in memory at once."""
        columns = (self.plane, self.tile, self.offset, self.count)
        for start in range(0, len(self.plane), ROWS):
            chunk = [column[start : start + ROWS].tolist() for column in columns]
            yield from zip(*chunk, strict=True)

    def overlap(self) -> bool:
        """Whether two tiles share bytes (of tiles in file order)."""
        ends = self.offset[:-1] + self.count[:-1]
        return bool((ends > self.offset[1:]).any())


Band = tuple[int, int]
"""Index of a plane, and row of tiles in it."""


class BandTracker:
    """Follows the tiles as they arrive and says which bands are complete and next in their plane."""

    def __init__(self, planes: Sequence[PlaneLevel]) -> None:
        self._planes = planes
        self._missing: dict[Band, int] = {}
        self._next: dict[int, int] = {}
        self.open_bytes = 0

    def arrive(self, plane: int, tile: int) -> list[Band]:
        """Note a tile; returns the bands that can now be digested, in order."""
        layout = self._planes[plane].directory.layout
        band = (plane, tile // layout.tiles_across)
        if band not in self._missing:
            self._missing[band] = layout.tiles_across
            self.open_bytes += layout.band_bytes
        self._missing[band] -= 1
        ready = []
        row = self._next.get(plane, 0)
        while self._missing.get((plane, row)) == 0:
            del self._missing[plane, row]
            self.open_bytes -= layout.band_bytes
            ready.append((plane, row))
            row += 1
        if row == layout.tiles_down:
            self._next.pop(plane, None)
        else:
            self._next[plane] = row
        return ready


def can_stream(segments: Segments, planes: Sequence[PlaneLevel]) -> bool:
    """Whether tiles in file order make up bands with only a few bands in memory at a time."""
    if segments.overlap():
        return False
    widest = max(plane.directory.layout.band_bytes for plane in planes)
    limit = max(LEAST_OPEN_BYTES, 4 * widest)
    tracker = BandTracker(planes)
    for plane, tile, _, _ in segments.rows():
        tracker.arrive(plane, tile)
        if tracker.open_bytes > limit:
            return False
    return True


def empty_band(plane: PlaneLevel, row: int) -> Samples:
    """Make room for a row of tiles: of the image's width, the last one as high as what is left."""
    layout = plane.directory.layout
    height = min(layout.tile_y, layout.size_y - row * layout.tile_y)
    samples = (layout.samples,) if layout.samples > 1 else ()
    return np.empty((height, layout.size_x, *samples), layout.dtype)
