"""Decoded planes shown to an observer: what is hidden in compressed tiles stands open there."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from fixative.verify.expectation import PlaneLevel
from fixative.verify.tiles import COMPRESSIONS, Samples

UNCOMPRESSED = 1


class PlaneObserver(Protocol):
    """Sees the samples of one plane, in order: rows from the top, little-endian, samples of a pixel together."""

    def update(self, block: memoryview) -> object:
        """See the next rows."""

    def finish(self) -> object:
        """See that the plane is complete."""


ObservePlane = Callable[[str], PlaneObserver]
"""Makes the observer of a plane, given the plane's place. Planes are seen by several threads at once."""


Look = Callable[[int, tuple[int, int, int], int, Samples], object]
"""Sees rows of a plane of level 0: image, (t, c, z), number of the first row, rows. Several threads call it."""


class Watch:
    """Shows every compressed plane to its observer; what is not compressed stands in the file as it is.

    Levels of means are not shown: they say nothing that the level before, which is shown, does not.
    Whatever its compression, each plane of level 0 is shown to ``look``.
    """

    def __init__(self, observe: ObservePlane | None, look: Look | None = None) -> None:
        self._observe, self._look = observe, look
        self._open: dict[int, PlaneObserver] = {}

    def _shows(self, plane: PlaneLevel) -> bool:
        return bool(self._observe and not plane.averaged and plane.directory.layout.compression != UNCOMPRESSED)

    def shows_all(self, plane: PlaneLevel) -> bool:
        """Whether all that the tiles of a plane hold is shown decoded: deflate has no room for anything else."""
        return self._shows(plane) and COMPRESSIONS.get(plane.directory.layout.compression) == "deflate"

    def see(self, index: int, plane: PlaneLevel, bands: Sequence[tuple[int, Samples]]) -> None:
        """Show the next bands of a plane, each with the number of its row of tiles."""
        layout = plane.directory.layout
        if self._look and plane.level == 0:
            for number, band in bands:
                self._look(plane.image, (plane.t, plane.c, plane.z), number * layout.tile_y, band)
        if self._observe is None or not self._shows(plane):
            return
        if bands[0][0] == 0:
            self._open[index] = self._observe(plane.where)
        observer = self._open[index]
        for _, band in bands:
            observer.update(_as_stored(band))
        if bands[-1][0] == layout.tiles_down - 1:
            self._open.pop(index).finish()


def _as_stored(band: Samples) -> memoryview:
    """Samples as bytes: little-endian, bits eight to a byte."""
    if band.dtype.kind == "b":
        band = np.packbits(band.reshape(band.shape[0], -1), axis=1)
    little = np.ascontiguousarray(band, dtype=band.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).data
