"""What a file's directories must be, from the published record of its pixels; and whether they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fixative.findings import RefusedSample
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels, PlaneDigest, planes_present
from fixative.plane_digests import root_digest, start_plane
from fixative.verify.layout import Directory
from fixative.verify.tiff_structure import Structure, wrong
from fixative.verify.tiles import check_layout


@dataclass(frozen=True, slots=True)
class PlaneLevel:
    """One plane at one level: where its tiles lie, and the digest that its samples must have."""

    image: int
    level: int
    t: int
    c: int
    z: int
    sha256: str
    directory: Directory
    averaged: bool = False
    """Whether its samples are means of those of the level before, as the record says."""

    @property
    def where(self) -> str:
        """Place, for a person."""
        return f"image {self.image} level {self.level} T{self.t} C{self.c} Z{self.z}"


def record_problems(pixels: Pixels) -> Iterator[RefusedSample]:
    """Say what is wrong in the record itself: planes not exactly once and in order, root digest."""
    for number, image in enumerate(pixels.images):
        if image.index != number:
            yield wrong(f"image {number} in the record of pixels", f"image {image.index}")
        for position, level in enumerate(image.levels):
            if level.level != position or not _in_order(image, level):
                count = planes_of(image)
                expected = f"{count} planes of image {number} level {position} once each, in order"
                yield wrong(expected, f"{len(level.planes)} planes of level {level.level}")
        if not image.levels or (image.levels[0].size_y, image.levels[0].size_x) != (
            image.size_y,
            image.size_x,
        ):
            yield wrong(f"level 0 of image {number} in full size", "another size in the record of pixels")
            return
        if image.blanked and (plane := _not_blank(image)):
            where, expected = f"image {number} T{plane.t} C{plane.c} Z{plane.z}", "zeros: the image is blanked"
            yield RefusedSample("VER001", where=where, expected=expected, found=plane.sha256)
    found = root_digest(pixels.images)
    if found != pixels.root_sha256:
        yield RefusedSample("VER001", where="root digest", expected=pixels.root_sha256, found=found)


def _not_blank(image: ImagePixels) -> PlaneDigest | None:
    """Give the first plane, at any level, whose digest is not that of zeros."""
    for level in image.levels:
        zeros = _digest_of_zeros(image.dtype, level.size_y, level.size_x, image.samples)
        for plane in level.planes:
            if plane.sha256 != zeros:
                return plane
    return None


def _in_order(image: ImagePixels, level: LevelPixels) -> bool:
    """Whether the planes are all there, T slowest and Z fastest; the promised number costs no memory."""
    if len(level.planes) != planes_of(image):
        return False
    order = planes_present(image.size_t, image.size_c, image.size_z, image.left_out)
    return all((plane.t, plane.c, plane.z) == place for plane, place in zip(level.planes, order, strict=True))


def planes_of(image: ImagePixels) -> int:
    """Planes whose pixels the file holds: all but those never taken and those that its source has lost."""
    return image.size_t * image.size_c * image.size_z - len(image.left_out)


def pages_of(image: ImagePixels) -> int:
    """Pages of an image in the main chain: its planes, and a blank one for all those that it has not."""
    return planes_of(image) + bool(image.left_out)


def match_directories(structure: Structure, pixels: Pixels) -> list[PlaneLevel]:
    """Pair every directory with the plane it must hold.

    Returns
    -------
    list
        In file order: planes of the main chain, each followed by its levels.

    Raises
    ------
    RefusedSample
        VER003 at the first directory that is missing, too many, or not as the record says.
    """
    count = sum(pages_of(image) for image in pixels.images)
    if len(structure.planes) != count:
        more = "or more " if len(structure.planes) > count else ""
        raise wrong(f"{count} directories in the main chain", f"{len(structure.planes)} {more}directories")
    matched: list[PlaneLevel] = []
    position = 0
    for image in pixels.images:
        for plane in range(len(image.levels[0].planes)):
            matched += _match_plane(structure.planes[position], image, plane, position)
            position += 1
        if image.left_out:
            matched += _match_blank(structure.planes[position], image, position)
            position += 1
    return matched


def _match_plane(
    directories: Sequence[Directory], image: ImagePixels, plane: int, position: int
) -> Iterator[PlaneLevel]:
    _match_layouts(directories, image, position)
    for directory, level in zip(directories, image.levels, strict=True):
        digest = level.planes[plane]
        averaged = level.level > 0 and image.downsampling == "mean 2x2" and not level.from_source
        yield PlaneLevel(image.index, level.level, digest.t, digest.c, digest.z, digest.sha256, directory, averaged)


def _match_blank(directories: Sequence[Directory], image: ImagePixels, position: int) -> Iterator[PlaneLevel]:
    """The page that stands for planes which were never taken or are lost: zeros at every level."""
    _match_layouts(directories, image, position)
    t, c, z = min(image.left_out)
    for directory, level in zip(directories, image.levels, strict=True):
        digest = _digest_of_zeros(image.dtype, level.size_y, level.size_x, image.samples)
        yield PlaneLevel(image.index, level.level, t, c, z, digest, directory)


def _digest_of_zeros(dtype: str, size_y: int, size_x: int, samples: int) -> str:
    digest = start_plane(dtype, size_y, size_x, samples)
    row = bytes(size_x * samples * np.dtype(dtype).itemsize)
    for _ in range(size_y):
        digest.update(row)
    return digest.hexdigest()


def _match_layouts(directories: Sequence[Directory], image: ImagePixels, position: int) -> None:
    if len(directories) != len(image.levels):
        found = f"{len(directories) - 1} SubIFDs"
        raise wrong(f"{len(image.levels) - 1} SubIFDs in directory {position}", found)
    for directory, level in zip(directories, image.levels, strict=True):
        layout = directory.layout
        check_layout(layout)
        name = f"directory {position} level {level.level}"
        expected = (level.size_y, level.size_x, image.samples, image.dtype)
        actual = (layout.size_y, layout.size_x, layout.samples, layout.dtype)
        if actual != expected:
            raise wrong(f"{name}: {_describe(*expected)}", _describe(*actual))
        if directory.reduced != (level.level > 0):
            raise wrong(f"{name}: NewSubfileType {int(level.level > 0)}", int(directory.reduced))


def _describe(size_y: int, size_x: int, samples: int, dtype: str) -> str:
    return f"{size_y} x {size_x} px of {samples} {dtype}"


def pyramid_problems(pixels: Pixels) -> Iterator[RefusedSample]:
    """Say where levels are not one and the same integer factor apart in X and Y (OME-TIFF, sub-resolutions)."""
    for image in pixels.images:
        factors = {2, 3, 4}
        for above, below in zip(image.levels, image.levels[1:], strict=False):
            for large, small in ((above.size_y, below.size_y), (above.size_x, below.size_x)):
                factors = {factor for factor in factors if _is_fraction(small, large, factor)}
            if not factors:
                found = f"{above.size_y} x {above.size_x} to {below.size_y} x {below.size_x}"
                yield wrong(f"the same integer factor down to level {below.level} of image {image.index}", found)
                break


def _is_fraction(small: int, large: int, factor: int) -> bool:
    """Whether one is the other divided, rounded either way; a single row or column stays one."""
    return small in (large // factor, -(-large // factor)) or small == large == 1
