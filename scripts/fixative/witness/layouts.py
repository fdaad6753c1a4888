"""Rules about the layout: the same samples under other axes."""

from collections.abc import Iterator
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.pixel_models import ImagePixels
from fixative.witness.seen import Seen

Rows = npt.NDArray[Any]


def other_axis(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """The only axis of planes goes by another name."""
    sizes, wanted = _planes(seen), _planes(image)
    if sizes == wanted or sorted(sizes) != sorted(wanted) or sorted(sizes)[1] != 1:
        return
    axis = sizes.index(max(sizes))

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        at = [0, 0, 0]
        at[axis] = max(t, c, z)
        return seen.read(at[0], at[1], at[2], y, rows)

    yield _with_planes(seen, image, read)


def flat_list(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """One axis of all planes; the order within it is one of the six that OME knows."""
    sizes, wanted = _planes(seen), _planes(image)
    if sorted(sizes)[1] != 1 or max(sizes) != prod(wanted) or sum(size > 1 for size in wanted) < 2:
        return
    axis = sizes.index(max(sizes))
    for order in permutations(range(3)):

        def read(t: int, c: int, z: int, y: int, rows: int, order: tuple[int, ...] = order) -> Rows:
            index = 0
            for number in order:
                index = index * wanted[number] + (t, c, z)[number]
            at = [0, 0, 0]
            at[axis] = index
            return seen.read(at[0], at[1], at[2], y, rows)

        yield _with_planes(seen, image, read)


def samples_as_channels(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """The samples of a pixel, given as channels."""
    if seen.samples != 1 or image.samples < 2 or seen.size_c != image.samples * image.size_c:
        return

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        first = c * image.samples
        return np.stack([seen.read(t, first + n, z, y, rows) for n in range(image.samples)], axis=2)

    yield seen.with_(size_c=image.size_c, samples=image.samples, read=read)


def planes_as_samples(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Planes along one axis, given as the samples of a pixel."""
    if image.samples != 1 or seen.samples < 2:
        return
    for axis in range(3):
        sizes = list(_planes(seen))
        sizes[axis] *= seen.samples
        if tuple(sizes) != _planes(image):
            continue

        def read(t: int, c: int, z: int, y: int, rows: int, axis: int = axis) -> Rows:
            at = [t, c, z]
            at[axis], sample = divmod(at[axis], seen.samples)
            return seen.read(at[0], at[1], at[2], y, rows)[:, :, sample]

        yield _with_planes(seen, image, read).with_(samples=1)


def grey_as_colours(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """One grey sample a pixel, where the archive has the same value as red, green and blue."""
    if seen.samples != 1 or image.samples != 3:
        return

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        return np.repeat(seen.read(t, c, z, y, rows)[..., np.newaxis], 3, axis=2)

    yield seen.with_(samples=3, read=read)


def part_of_the_channels(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Neighbouring channels of an image that has more of them; its others may stand for another image."""
    for first in range(seen.size_c - image.size_c + 1 if seen.size_c > image.size_c else 0):

        def read(t: int, c: int, z: int, y: int, rows: int, first: int = first) -> Rows:
            return seen.read(t, first + c, z, y, rows)

        yield seen.with_(size_c=image.size_c, read=read, shared=True)


def rows_as_slices(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Y and Z exchanged."""
    if (seen.size_z, seen.size_y) != (image.size_y, image.size_z) or seen.size_y == 1:
        return

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        return np.concatenate([seen.read(t, c, row, z, 1) for row in range(y, y + rows)])

    yield seen.with_(size_z=image.size_z, size_y=image.size_y, read=read)


def stacked(run: list[Seen]) -> Seen:
    """Images of one plane each, one after the other, as one stack."""

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        return run[t].read(0, 0, 0, y, rows)

    return run[0].with_(size_t=len(run), read=read).named("pages-as-images")


def _planes(image: Seen | ImagePixels) -> tuple[int, int, int]:
    return image.size_t, image.size_c, image.size_z


def _with_planes(seen: Seen, image: ImagePixels, read: Any) -> Seen:
    return seen.with_(size_t=image.size_t, size_c=image.size_c, size_z=image.size_z, read=read)
