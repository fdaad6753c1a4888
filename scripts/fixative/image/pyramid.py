"""Resolution levels: halved in X and Y until the longer edge is short enough."""

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Downsampling = Literal["none", "mean 2x2", "nearest"]


def level_sizes(
    size_y: int,
    size_x: int,
    *,
    min_px: int,
    count: int | None = None,
    native: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, int]]:
    """(Y, X) of every level, full size first.

    Each is half the one before, rounded down, as OME-TIFF's readers expect (factor 2, the same in X and Y); rounded
    up where the source has a level of that size.

    Parameters
    ----------
    min_px
        Levels are added until the longer edge is no longer than this.
    count
        Number of levels, whatever ``min_px`` says; fewer where a level would have no pixel.
    native
        Sizes of the source's own levels, where these are to be taken.
    """
    sizes = [(size_y, size_x)]
    while (max(sizes[-1]) > min_px if count is None else len(sizes) < count) and min(sizes[-1]) >= 2:
        y, x = sizes[-1]
        halves = ((y // 2, x // 2), *product((y // 2, -(-y // 2)), (x // 2, -(-x // 2))))
        sizes.append(next((size for size in halves if size in native), halves[0]))
    return sizes


def halve(rows: "npt.NDArray[Any]", how: Downsampling) -> "npt.NDArray[Any]":
    """Halve rows of shape (Y, X) or (Y, X, samples) in Y and X; an odd last row or column is left out.

    ``mean 2x2`` rounds integers half up; ``nearest`` takes the upper left of each four pixels.
    """
    height, width = rows.shape[0] // 2 * 2, rows.shape[1] // 2 * 2
    if how == "nearest":
        return np.ascontiguousarray(rows[0:height:2, 0:width:2])
    if rows.dtype.kind in "ui":
        wide = np.dtype(f"{rows.dtype.kind}{min(8, rows.dtype.itemsize * 2)}")
        pairs = np.add(rows[0:height:2, :width], rows[1:height:2, :width], dtype=wide)
        total = pairs[:, 0::2] + pairs[:, 1::2]
        total += wide.type(2)
        total >>= wide.type(2)
        halved: npt.NDArray[Any] = total.astype(rows.dtype)
        return halved
    half = rows.dtype.type(0.5)
    # Halved before they are added: the sum of four values near the largest float would overflow.
    with np.errstate(invalid="ignore", over="ignore"):
        pairs = rows[0:height:2, :width] * half + rows[1:height:2, :width] * half
        return np.ascontiguousarray(pairs[:, 0::2] * half + pairs[:, 1::2] * half)
