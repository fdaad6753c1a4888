"""What becomes of axes that OME does not know: one table for all backends.

OME has T, C, Z, Y and X, and samples of one plane. An axis of another meaning is folded into T or C as the
faster part of it, as OME's modulo annotations do: ``index = own * size_of_folded + folded``. Axes that
tell places apart (positions, tiles, fields) make separate images instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal

Target = Literal["T", "C", "Z", "image"]

MEANINGS: Mapping[str, Target] = {
    "time": "T",
    "channel": "C",
    "depth": "Z",
    "sequence": "T",  # pages of a plain TIFF: T, as Bio-Formats does
    "other": "T",
    "phase": "T",  # structured illumination, Airyscan detectors: T, as Bio-Formats does for CZI
    "lifetime": "T",
    "exposure": "T",
    "event": "T",
    "rotation": "T",
    "angle": "T",
    "block": "T",
    "loop": "T",
    "scan": "T",  # positions of a scanned beam, a diffraction pattern at each
    "illumination": "C",
    "excitation": "C",
    "emission": "C",
    "energy": "C",  # channels of a spectrum
    "polarisation": "C",
    "sample": "C",  # samples that are no colours
    "position": "image",
    "tile": "image",
    "mosaic": "image",
}
"""Meaning of an axis to what it becomes. Backends translate their own letters to these words."""


@dataclass(frozen=True)
class Axis:
    """One axis of the source: its letter there, its meaning, its size, its step of a linear plane index."""

    letter: str
    meaning: str
    size: int
    stride: int

    @property
    def target(self) -> Target:
        """What the axis becomes."""
        return MEANINGS.get(self.meaning, "T")


@dataclass(frozen=True)
class PlaneMap:
    """From (t, c, z) to the linear index of a plane in the source."""

    t: tuple[Axis, ...]
    c: tuple[Axis, ...]
    z: tuple[Axis, ...]
    base: int = 0

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Sizes of T, C and Z, folded axes multiplied in."""
        return _size(self.t), _size(self.c), _size(self.z)

    @property
    def folded(self) -> dict[str, str]:
        """Source letter to OME axis, of the axes that are not their own."""
        return {
            axis.letter: name
            for name, group in (("T", self.t), ("C", self.c), ("Z", self.z))
            for axis in group
            if axis.letter != name and axis.size > 1
        }

    def linear(self, t: int, c: int, z: int) -> int:
        """Linear index of a plane."""
        index = self.base
        for value, group in ((t, self.t), (c, self.c), (z, self.z)):
            for axis in reversed(group):
                value, digit = divmod(value, axis.size)
                index += digit * axis.stride
        return index

    def positions(self, t: int, c: int, z: int) -> dict[str, int]:
        """Source letter to index, for backends that name axes when they read."""
        found: dict[str, int] = {}
        for value, group in ((t, self.t), (c, self.c), (z, self.z)):
            for axis in reversed(group):
                value, found[axis.letter] = divmod(value, axis.size)
        return found

    def planes(self) -> Iterator[tuple[int, int, int]]:
        """Every (t, c, z), T slowest, Z fastest."""
        t, c, z = self.sizes
        return product(range(t), range(c), range(z))


def _size(group: tuple[Axis, ...]) -> int:
    return prod(axis.size for axis in group)


def with_strides(letters: str, meanings: Mapping[str, str], sizes: Sequence[int]) -> list[Axis]:
    """Axes of an array stored in C order: the last varies fastest."""
    axes, stride = [], 1
    for letter, size in reversed(list(zip(letters, sizes, strict=True))):
        axes.append(Axis(letter, meanings.get(letter, "other"), int(size), stride))
        stride *= int(size)
    return axes[::-1]


def fold(axes: Sequence[Axis]) -> list[PlaneMap]:
    """Fold axes into T, C and Z; one map per image.

    Within one OME axis the axis of that name is the slowest, the others follow as the source has them.
    """
    groups: dict[str, list[Axis]] = {"T": [], "C": [], "Z": [], "image": []}
    for axis in axes:
        groups[axis.target].append(axis)
    for name in "TCZ":
        groups[name].sort(key=lambda axis: axis.letter != name)
    places = product(*(range(axis.size) for axis in groups["image"]))
    return [
        PlaneMap(
            tuple(groups["T"]),
            tuple(groups["C"]),
            tuple(groups["Z"]),
            sum(digit * axis.stride for digit, axis in zip(place, groups["image"], strict=True)),
        )
        for place in places
    ]
