"""The record of pixels: which planes an image has, at which levels, and the digest of each (`pixels.json`)."""

import itertools
from collections.abc import Collection, Iterator
from typing import Literal

from pydantic import Field

from fixative.models import Place, Record


class PlaneDigest(Record):
    """Digest of one plane; see `fixative.plane_digests`."""

    t: int
    c: int
    z: int
    sha256: str


class LevelPixels(Record):
    """One resolution level of one image."""

    level: int
    size_y: int
    size_x: int
    from_source: bool = Field(
        default=False, description="the source's own level; else made from the level before: see `downsampling`"
    )
    planes: tuple[PlaneDigest, ...] = Field(description="in the order they stand in the file: T, C, Z")


class ImagePixels(Record):
    """One image of the archived file: what its pixels are."""

    index: int
    dtype: str = Field(description="numpy name: uint16, float32, bool, complex64, ...")
    size_t: int
    size_c: int = Field(description="channels that are separate planes; samples of one plane not counted")
    size_z: int
    size_y: int
    size_x: int
    samples: int = Field(description="samples per pixel of a plane: 1, 3 for RGB, 4 for RGBA")
    downsampling: Literal["none", "mean 2x2", "nearest"]
    absent: tuple[tuple[int, int, int], ...] = Field(
        default=(),
        description="(t, c, z) of planes never taken, by the acquisition's own account: a blank page, no digest",
    )
    missing: tuple[tuple[int, int, int], ...] = Field(
        default=(),
        description="(t, c, z) of planes that were taken and that the source no longer holds whole: a blank page, "
        "no digest",
    )
    unimaged_px: int = Field(
        default=0,
        description="pixels of a plane (the one that has most) between the tiles of a mosaic: never imaged, value 0",
    )
    blanked: bool = Field(default=False, description="zeros of the size of an image that the privacy policy blanks")
    source_index: int | None = Field(
        default=None, description="number of the image in the source, where others were left out; None: `index`"
    )
    levels: tuple[LevelPixels, ...] = Field(description="level 0 first")

    @property
    def of_source(self) -> int:
        """Number of the image among the source's."""
        return self.index if self.source_index is None else self.source_index

    @property
    def left_out(self) -> frozenset[Place]:
        """Planes of the image that the file does not hold, for whichever reason."""
        return frozenset(self.absent) | frozenset(self.missing)


def planes_present(size_t: int, size_c: int, size_z: int, absent: Collection[Place]) -> Iterator[Place]:
    """(t, c, z) of every plane that is there, in the order of the file: T slowest, Z fastest."""
    places = itertools.product(range(size_t), range(size_c), range(size_z))
    return (place for place in places if place not in absent) if absent else places


class Pixels(Record):
    """Digest of every plane of every image (`pixels.json`, public)."""

    method: Literal["fixative-plane-1"] = "fixative-plane-1"
    root_sha256: str = Field(description="over all level-0 digests; see `fixative.plane_digests.root_digest`")
    images: tuple[ImagePixels, ...]
