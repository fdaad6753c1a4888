"""Resolution levels of one image: their sizes, and whether each is made or taken from the source."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.pyramid import Downsampling, level_sizes
from fixative.models import Place
from fixative.readers.protocol import ImageInfo, Reader

Rows = npt.NDArray[Any]

_MADE_BY = {
    "mean 2x2": "mean of 2 x 2 pixels of the level before, integers rounded half up",
    "nearest": "upper left of each 2 x 2 pixels of the level before",
}
"""For a person who looks at a lower resolution, in the OME-XML."""


@dataclass(frozen=True)
class Levels:
    """The levels of one image.

    Attributes
    ----------
    sizes
        (Y, X) of each, full size first.
    native
        Number of a level to that of the source's own, for those whose pixels are the source's.
    how
        How the others are made from the level before; "none" where none is.
    """

    sizes: list[tuple[int, int]]
    native: dict[int, int]
    how: Downsampling

    @property
    def made(self) -> Downsampling:
        """How levels were made, for the record."""
        return self.how if len(self.sizes) - 1 > len(self.native) else "none"


def levels_of(image: ImageInfo, options: OmeTiff) -> Levels:
    """Choose the levels of an image; with ``pyramid_from_source`` those that the source has in just these sizes."""
    full = (image.size_y, image.size_x)
    how = downsampling_of(image)
    if not options.pyramid:
        return Levels([full], {}, how)
    own = image.levels[1:] if options.pyramid_from_source else ()
    sizes = level_sizes(*full, min_px=options.pyramid_min_px, count=options.pyramid_levels, native=own)
    native = {number: own.index(size) + 1 for number, size in enumerate(sizes) if number and size in own}
    return Levels(sizes, native, how)


def downsampling_of(image: ImageInfo) -> Downsampling:
    """Mean for intensities; nearest where a mean would invent values that stand for something else."""
    nearest = image.categorical or image.photometric == "palette" or np.dtype(image.dtype).kind == "b"
    return "nearest" if nearest else "mean 2x2"


def told_levels(levels: Levels) -> dict[str, str]:
    """What the archived file says of the levels; empty where there is but one."""
    if len(levels.sizes) == 1:
        return {}
    told = {"levels": str(len(levels.sizes)), "factor": "2 in X and Y"}
    if levels.made != "none":
        told["made by"] = _MADE_BY[levels.made]
    if levels.native:
        told["of the source itself"] = ", ".join(f"level {number}" for number in sorted(levels.native))
    return told


def native_bands(
    reader: Reader, image: ImageInfo, levels: Levels, place: Place, height: int
) -> "dict[int, Iterator[Rows]]":
    """Bands of one plane for each level that the source has itself."""
    return {
        number: bands(reader, image, place, levels.sizes[number], height, level=own)
        for number, own in levels.native.items()
    }


def bands(
    reader: Reader,
    image: ImageInfo,
    place: Place,
    size: tuple[int, int],
    height: int,
    *,
    level: int = 0,
    advance: Callable[[int, int], None] = lambda planes, size: None,
) -> Iterator[Rows]:
    """Full-width bands of one plane at one of its native levels, each checked to be what the reader promised."""
    samples = (image.samples,) if image.samples > 1 else ()
    t, c, z = place
    for y in range(0, size[0], height):
        rows = min(height, size[0] - y)
        # Readers that know one level only, as those of the tests do, need not know the word.
        native = {"level": level} if level else {}
        band = reader.read_region(image.index, t, c, z, y, 0, rows, size[1], **native)
        expected = (rows, size[1], *samples), np.dtype(image.dtype)
        if (band.shape, band.dtype) != expected:
            where = f"image {image.index} T{t} C{c} Z{z} Y{y}" + (f" level {level}" if level else "")
            found = f"{band.dtype} {band.shape}"
            raise RefusedSample("CNV003", expected=f"{expected[1]} {expected[0]}", found=found, where=where)
        yield band
        advance(0, band.nbytes)


def blank_bands(image: ImageInfo, size: tuple[int, int], height: int) -> Iterator[Rows]:
    """A page of zeros, which stands for every plane that the image has not.

    Without a page for each plane Bio-Formats, and with it Fiji and OMERO, counts all pages of the file anew and
    takes one plane for another.
    """
    samples = (image.samples,) if image.samples > 1 else ()
    for y in range(0, size[0], height):
        yield np.zeros((min(height, size[0] - y), size[1], *samples), image.dtype)
