"""Levels of a CZI that are stored, and that libCZI therefore reads without resampling.

libCZI takes any zoom and scales the nearest tiles to it, by the nearest pixel. Asked for the zoom at which
tiles are stored, aligned with them, it delivers their pixels as they are.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

Rectangle = tuple[int, int, int, int]
"""x, y, width, height in pixels of full resolution."""


@dataclass(frozen=True)
class ReducedTile:
    """A tile of the pyramid: its plane, the rectangle it covers, its own size in pixels."""

    plane: tuple[tuple[str, int], ...]
    covers: Rectangle
    width: int
    height: int


def stored_factors(
    scene: Rectangle, tiles: Iterable[ReducedTile], planes: Iterable[tuple[tuple[str, int], ...]]
) -> tuple[int, ...]:
    """Return the factor of every level that is stored for all planes and all of the scene; 1 comes first.

    A level counts where each of its tiles stands for a whole number of pixels in both directions, lies on the
    grid of that number from the scene's corner, and where the tiles cover the scene once.
    """
    areas: dict[int, dict[tuple[tuple[str, int], ...], int]] = defaultdict(lambda: defaultdict(int))
    unaligned = set()
    for tile in tiles:
        factor = max(1, round(tile.covers[2] / tile.width))
        x, y, width, height = tile.covers
        exact = (width, height) == (tile.width * factor, tile.height * factor)
        if not exact or (x - scene[0]) % factor or (y - scene[1]) % factor:
            unaligned.add(factor)
        areas[factor][tile.plane] += _common_area(tile.covers, scene)
    wanted = list(planes)
    whole = scene[2] * scene[3]
    return (
        1,
        *(
            factor
            for factor in sorted(areas)
            if factor not in unaligned
            and _survives_single_precision(factor)
            and min(scene[2:]) >= factor
            and all(areas[factor].get(plane) == whole for plane in wanted)
        ),
    )


def _common_area(a: Rectangle, b: Rectangle) -> int:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0, width) * max(0, height)


def _survives_single_precision(factor: int) -> bool:
    """Whether libCZI, which has the zoom as a 32-bit float and cuts sizes off, finds no size too small."""
    return float(np.float32(1 / factor)) >= 1 / factor
