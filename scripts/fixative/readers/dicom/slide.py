"""Whole slides in DICOM: which frame is which tile of the total pixel matrix.

A tile that the file does not hold is no blank one. Where tiles of a plane are missing, the slide is refused;
a plane of which no tile is there (a combination of optical path and focal plane that was not scanned) is
absent by the acquisition's own account.

Notes
-----
DICOM PS3.3, C.7.6.17.3 (TILED_FULL: columns fastest, then rows, focal planes, optical paths), C.7.6.16.2.21
(plane position in the slide), C.8.12.4 (whole slide microscopy image).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample

CLASS = "1.2.840.10008.5.1.4.1.1.77.1.6"
KINDS = {"LABEL": "label", "OVERVIEW": "macro", "THUMBNAIL": "thumbnail"}
"""Third value of ImageType to the kind of image."""


@dataclass(frozen=True)
class Slide:
    """The total pixel matrix."""

    size: tuple[int, int]
    tile: tuple[int, int]
    frames: npt.NDArray[np.int64]
    """Frame of each tile, shape (C, Z, rows of tiles, columns of tiles); -1 where there is none."""

    @property
    def empty(self) -> frozenset[tuple[int, int, int]]:
        """(t, c, z) of planes without any tile."""
        return self._planes(np.asarray((self.frames < 0).all(axis=(2, 3))))

    @property
    def damaged(self) -> frozenset[tuple[int, int, int]]:
        """(t, c, z) of planes of which some tiles are there and some are not."""
        return self._planes(np.asarray((self.frames < 0).any(axis=(2, 3)))) - self.empty

    @staticmethod
    def _planes(mask: npt.NDArray[np.bool_]) -> frozenset[tuple[int, int, int]]:
        return frozenset((0, int(c), int(z)) for c, z in np.argwhere(mask))


def is_slide(ds: Any) -> bool:
    """Whether frames are tiles of a total pixel matrix."""
    tiled = str(ds.get("DimensionOrganizationType", "")).startswith("TILED")
    return (str(ds.get("SOPClassUID", "")) == CLASS or tiled) and bool(ds.get("TotalPixelMatrixColumns"))


def slide_of(ds: Any, frames: int) -> Slide:
    """Assign frames to tiles.

    Raises
    ------
    RefusedSample
        INV004 where TILED_FULL promises more tiles than there are frames, INV006 for one part of a concatenation.
    ValueError
        Where positions are not those of a grid of tiles, or not stated: another backend may know them.
    """
    if int(ds.get("InConcatenationTotalNumber") or 1) > 1 or "ConcatenationFrameOffsetNumber" in ds:
        raise RefusedSample("INV006", name="the other parts of a DICOM concatenation")
    size = int(ds.TotalPixelMatrixRows), int(ds.TotalPixelMatrixColumns)
    tile = int(ds.Rows), int(ds.Columns)
    grid = -(-size[0] // tile[0]), -(-size[1] // tile[1])
    if str(ds.get("DimensionOrganizationType", "")) == "TILED_FULL":
        return Slide(size, tile, _full(ds, frames, grid))
    if frames == 1 and grid == (1, 1):
        return Slide(size, tile, np.zeros((1, 1, 1, 1), np.int64))
    return Slide(size, tile, _sparse(ds, frames, grid, tile))


def _full(ds: Any, frames: int, grid: tuple[int, int]) -> npt.NDArray[np.int64]:
    paths = int(ds.get("NumberOfOpticalPaths") or len(ds.get("OpticalPathSequence") or ()) or 1)
    planes = int(ds.get("TotalPixelMatrixFocalPlanes") or 1)
    promised = paths * planes * grid[0] * grid[1]
    if frames < promised:
        raise RefusedSample("INV004", promised=f"{promised} tiles", present=frames, where="DICOM slide, TILED_FULL")
    if frames > promised:
        raise ValueError(f"{frames} frames for {promised} tiles")
    return np.arange(frames, dtype=np.int64).reshape(paths, planes, *grid)


def _sparse(ds: Any, frames: int, grid: tuple[int, int], tile: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Tiles by the position that each frame states."""
    groups = ds.get("PerFrameFunctionalGroupsSequence") or ()
    if len(groups) != frames:
        raise ValueError("positions of the tiles are not stated")
    shared = ds.get("SharedFunctionalGroupsSequence")
    places = [_position(group, shared[0] if shared else None) for group in groups]
    paths = _optical_paths(ds, [path for path, _, _, _ in places])
    depths = {depth: index for index, depth in enumerate(sorted({depth for _, depth, _, _ in places}))}
    found = np.full((len(paths), len(depths), *grid), -1, np.int64)
    for frame, (path, depth, row, column) in enumerate(places):
        if (row - 1) % tile[0] or (column - 1) % tile[1]:
            raise ValueError("tiles that do not lie on a grid")
        where = paths[path], depths[depth], (row - 1) // tile[0], (column - 1) // tile[1]
        if not (0 <= where[2] < grid[0] and 0 <= where[3] < grid[1]) or found[where] >= 0:
            raise ValueError("a tile outside the slide, or two in one place")
        found[where] = frame
    return found


def _position(group: Any, shared: Any) -> tuple[str, float, int, int]:
    """Optical path, depth, and the row and column (from 1) of a frame's first pixel."""
    position = _first(group, "PlanePositionSlideSequence") or _first(shared, "PlanePositionSlideSequence")
    if position is None:
        raise ValueError("a frame without a position")
    name = "OpticalPathIdentificationSequence"
    optical = _first(group, name) or _first(shared, name)
    return (
        str(optical.get("OpticalPathIdentifier", "")) if optical is not None else "",
        float(position.get("ZOffsetInSlideCoordinateSystem") or 0),
        int(position.RowPositionInTotalImagePixelMatrix),
        int(position.ColumnPositionInTotalImagePixelMatrix),
    )


def _first(group: Any, name: str) -> Any:
    sequence = group.get(name) if group is not None else None
    return sequence[0] if sequence else None


def _optical_paths(ds: Any, used: list[str]) -> dict[str, int]:
    """Optical paths in the order of OpticalPathSequence; those that only frames name come after."""
    stated = [str(item.get("OpticalPathIdentifier", "")) for item in ds.get("OpticalPathSequence") or ()]
    names = list(dict.fromkeys(stated + used)) if set(used) - {""} else [""]
    return {name: index for index, name in enumerate(names)}
