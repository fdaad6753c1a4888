"""Rules about values: the same pixels in another type, another order of rows, or to a tolerance."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.pixel_models import ImagePixels
from fixative.witness.seen import Seen

Rows = npt.NDArray[Any]

LOSSY_MOST = 16
"""Largest difference in one sample between decoders of 8-bit JPEG: 13 was seen on real files, at edges of colour."""
LOSSY_MEAN = 1.0
"""Largest mean difference over a band: 0.44 was seen."""


def bits_as_bytes(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """One-bit samples, given as bytes of 0 and 255 or 0 and 1."""
    if image.dtype != "bool" or seen.dtype != "uint8":
        return

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        found = seen.read(t, c, z, y, rows)
        # Values between would be lost here: left as they are, they differ.
        if found.size and not np.isin(found, (0, found.max())).all():
            return found
        return np.asarray(found != 0)

    yield seen.with_(dtype="bool", read=read)


def packed_colours(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Four samples of a byte, given as one number of 32 bits, little-endian."""
    if (image.samples, image.dtype) != (4, "uint8") or (seen.samples, seen.dtype) not in (
        (1, "uint32"),
        (1, "int32"),
    ):
        return

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        found = np.ascontiguousarray(seen.read(t, c, z, y, rows), dtype="<u4")
        return found.view(np.uint8).reshape(rows, seen.size_x, 4)

    yield seen.with_(samples=4, dtype="uint8", read=read)


def other_sign(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Integers of the same bits, signed here and unsigned there."""
    if (np.dtype(seen.dtype).kind, np.dtype(image.dtype).kind) != ("u", "i"):
        return

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        return np.ascontiguousarray(seen.read(t, c, z, y, rows)).view(image.dtype)

    if np.dtype(seen.dtype).itemsize == np.dtype(image.dtype).itemsize:
        yield seen.with_(dtype=image.dtype, read=read)


def mirrored_rows(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Rows from the bottom up."""

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        return seen.read(t, c, z, seen.size_y - y - rows, rows)[::-1]

    yield seen.with_(read=read)


def inverted(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Unsigned integers counted from the other end."""
    if np.dtype(seen.dtype).kind not in "ub":
        return

    def read(t: int, c: int, z: int, y: int, rows: int) -> Rows:
        return np.asarray(np.invert(seen.read(t, c, z, y, rows)))

    yield seen.with_(read=read)


def lossy_decoder(seen: Seen, image: ImagePixels) -> Iterator[Seen]:
    """Values that differ by no more than decoders do."""
    yield seen.with_(tolerant=True)


def within_tolerance(mine: Rows, theirs: Rows) -> bool:
    """Whether two decoders of a lossy codec may have given these."""
    apart = _apart(mine, theirs)
    return bool(apart.max(initial=0) <= LOSSY_MOST and (not apart.size or apart.mean() <= LOSSY_MEAN))


def differing(mine: Rows, theirs: Rows, *, tolerant: bool) -> npt.NDArray[np.bool_]:
    """Samples that differ: by their bytes, as digests compare them, or by more than the tolerance."""
    if tolerant:
        beyond: npt.NDArray[np.bool_] = _apart(mine, theirs) > LOSSY_MOST
        return beyond
    if mine.dtype == bool and theirs.dtype == bool:
        return np.asarray((mine.view(np.uint8) != 0) != (theirs.view(np.uint8) != 0))
    # A NaN is the same as itself, -0.0 is not 0.0.
    size = mine.dtype.itemsize
    pair = [np.ascontiguousarray(rows).view(np.uint8).reshape(*rows.shape, size) for rows in (mine, theirs)]
    different: npt.NDArray[np.bool_] = (pair[0] != pair[1]).any(axis=-1)
    return different


def _apart(mine: Rows, theirs: Rows) -> npt.NDArray[np.int64]:
    apart: npt.NDArray[np.int64] = np.abs(mine.astype(np.int64) - theirs.astype(np.int64))
    return apart
