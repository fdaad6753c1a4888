"""Gatan DM3 and DM4: every tag within the file, and as many values as the dimensions of each image need.

Notes
-----
Not published; as described at https://www.er-c.org/cbb/info/dmformat/ and read by RosettaSciIO. Numbers of
the tag tree are big-endian; its lengths are 32 bits wide in DM3, 64 in DM4.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete
from fixative.structure.window import Window

WHERE = "DM tags"
GROUP, DATA = 20, 21
MAX_DEPTH = 64
SCALARS = {2: 2, 3: 4, 4: 2, 5: 4, 6: 4, 7: 8, 8: 1, 9: 1, 10: 1, 11: 8, 12: 8}
INTEGERS = {2: "h", 3: "i", 4: "H", 5: "I", 11: "q", 12: "Q"}
STRUCT, STRING, ARRAY = 15, 18, 20


@dataclass
class _Walk:
    """One pass through the tag tree."""

    window: Window
    wide: bool
    order: str
    values: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Integers of dimensions, by path."""
    arrays: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Number of values of each image's data, by path."""
    stored: int = 0

    def length(self, at: int) -> tuple[int, int]:
        """Read a number as wide as lengths are; and where the next field begins."""
        size = 8 if self.wide else 4
        return int(self.window.unpack(">q" if self.wide else ">i", at, WHERE)[0]), at + size


def check_dm(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Walk the tag tree to its end.

    Raises
    ------
    RefusedSample
        INV004 where it goes past the end of the file or data are fewer than dimensions, INV005 where it makes
        no sense.
    """
    with Window(path) as window:
        (version,) = window.unpack(">I", 0, "DM header")
        if version not in (3, 4):
            raise RefusedSample("INV005", reason="DM header of an unknown version")
        wide = version == 4
        (little,) = window.unpack(">I", 12 if wide else 8, "DM header")
        walk = _Walk(window, wide, "<" if little else ">")
        start = 16 if wide else 12
        length, _ = walk.length(4)
        end = max(_group(walk, start, (), 0), start + length)
        # Gatan's own files end with eight zero bytes, those of other programs with four.
        window.require(end, 8 if window.bytes > end + 4 else 4, "end of the DM tags")
    images = _compare(walk)
    return complete(f"tags of the DM file to their end; data of {images} images", size=walk.stored)


def _compare(walk: _Walk) -> int:
    """Refuse an image whose data are fewer than its dimensions need; returns the number of images."""
    images = {path[:-1] for path in walk.arrays}
    if not images:
        raise RefusedSample("INV004", promised="an image", present="none", where=WHERE)
    for image in images:
        sizes = [value for path, value in walk.values.items() if path[:-1] == (*image, "Dimensions")]
        promised, present = math.prod(sizes) if sizes else 0, walk.arrays[(*image, "Data")]
        if min(sizes, default=1) < 0:
            raise RefusedSample("INV005", reason="DM image of a negative size")
        # Packed transforms store half of what they stand for.
        if present < (promised + 1) // 2:
            raise RefusedSample("INV004", promised=f"{promised} values", present=f"{present}", where="DM image data")
    return len(images)


def _group(walk: _Walk, at: int, path: tuple[str, ...], depth: int) -> int:
    """Walk a group of tags; returns where it ends."""
    if depth > MAX_DEPTH:
        raise RefusedSample("INV005", reason="DM tags are nested too deep")
    count, at = walk.length(at + 2)
    if count < 0:
        raise RefusedSample("INV005", reason="DM group with a negative number of tags")
    number = 0
    for _ in range(min(count, walk.window.bytes)):
        kind, length = walk.window.unpack(">BH", at, WHERE)
        if kind == 0:
            return at + 1
        at += 3
        name = walk.window.read(at, length, WHERE).decode("latin-1") if length else f"#{number}"
        number += not length
        at += length
        if walk.wide:
            at += 8
        if kind == GROUP:
            at = _group(walk, at, (*path, name), depth + 1)
        elif kind == DATA:
            at = _data(walk, at, (*path, name))
        else:
            raise RefusedSample("INV005", reason=f"DM tag of the unknown kind {kind}")
    return at


def _data(walk: _Walk, at: int, path: tuple[str, ...]) -> int:
    """Skip the value of a tag, keeping what matters; returns where it ends."""
    if walk.window.read(at, 4, WHERE) != b"%%%%":
        raise RefusedSample("INV005", reason="DM tag without its mark")
    number, at = walk.length(at + 4)
    if not 0 < number <= 4096:
        raise RefusedSample("INV005", reason="DM tag with an implausible description")
    info = []
    for _ in range(number):
        value, at = walk.length(at)
        info.append(value)
    size = _size(info, 0)[0]
    walk.window.require(at, size, f"{WHERE}: a value")
    is_dimension = len(path) > 1 and path[-2] == "Dimensions"
    if is_dimension and info[0] in INTEGERS:
        walk.values[path] = int(walk.window.unpack(walk.order + INTEGERS[info[0]], at, WHERE)[0])
    if len(path) > 1 and path[-2:] == ("ImageData", "Data") and info[0] == ARRAY:
        walk.arrays[path] = info[-1]
        walk.stored += size
    return at + size


def _size(info: Sequence[int], at: int) -> tuple[int, int]:
    """Bytes of a value that ``info`` describes from ``at`` on; and where its description ends."""
    if at >= len(info):
        raise RefusedSample("INV005", reason="DM tag with an incomplete description")
    kind = info[at]
    if kind in SCALARS:
        return SCALARS[kind], at + 1
    if kind == STRING and at + 1 < len(info):
        return 2 * _count(info[at + 1]), at + 2
    if kind == STRUCT and at + 2 < len(info):
        total, place = 0, at + 3
        for _ in range(min(_count(info[at + 2]), len(info))):
            # Each field: the length of its name (0), then its type.
            size, place = _size(info, place + 1)
            total += size
        return total, place
    if kind == ARRAY:
        size, place = _size(info, at + 1)
        if place >= len(info):
            raise RefusedSample("INV005", reason="DM array without a length")
        return size * _count(info[place]), place + 1
    raise RefusedSample("INV005", reason=f"DM value of the unknown type {kind}")


def _count(value: int) -> int:
    if value < 0:
        raise RefusedSample("INV005", reason="DM tag with a negative length")
    return value
