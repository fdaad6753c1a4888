"""Which parts of a mosaic were imaged: the tiles of each plane, and how much of its rectangle no tile covers."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

Rectangle = tuple[int, int, int, int]
"""x, y, width, height in pixels of full resolution."""
Place = tuple[tuple[str, int], ...]


def uncovered_px(rectangle: Rectangle, tiles: Mapping[Place, Iterable[Rectangle]]) -> int:
    """Pixels of the rectangle that no tile covers, in the plane that has most of them.

    libCZI gives such pixels the value 0: they were never imaged.
    """
    layouts = {frozenset(layout) for layout in tiles.values()}
    return max((rectangle[2] * rectangle[3] - _covered_px(layout) for layout in layouts), default=0)


def _covered_px(tiles: frozenset[Rectangle]) -> int:
    """Area of a union of rectangles, strip by strip between the heights at which one begins or ends."""
    edges = sorted({edge for _, y, _, height in tiles for edge in (y, y + height)})
    by_top = sorted(tiles, key=lambda tile: tile[1])
    area, begun, active = 0, 0, list[Rectangle]()
    for top, bottom in pairwise(edges):
        while begun < len(by_top) and by_top[begun][1] <= top:
            active.append(by_top[begun])
            begun += 1
        active = [tile for tile in active if tile[1] + tile[3] > top]
        area += (bottom - top) * _covered_length((x, x + width) for x, _, width, _ in active)
    return area


def _covered_length(spans: Iterable[tuple[int, int]]) -> int:
    length, reached = 0, None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        length += max(0, end - begin)
        reached = end if reached is None else max(reached, end)
    return length


def tile_tree(tiles: Mapping[Place, Iterable[Rectangle]]) -> list[dict[str, Any]]:
    """Tiles of a scene for the metadata; planes with the same tiles stand together."""
    layouts: dict[tuple[Rectangle, ...], list[str]] = {}
    for place, layout in sorted(tiles.items()):
        name = " ".join(f"{letter}{index}" for letter, index in place)
        layouts.setdefault(tuple(sorted(layout)), []).append(name)
    return [
        {"planes": names, "tiles (x, y, width, height)": [list(tile) for tile in layout]}
        for layout, names in layouts.items()
    ]
