"""Facts out of georeferencing: the size of a pixel on the ground, where a map's unit is a length."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ImageFacts, Quantity, at, items, number, sizes, text_of
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]


def gdal(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """GDAL's transform, where its reference system is a projection and its axes are those of the image.

    A geographic system counts degrees, whose length differs from row to row; a rotated or sheared transform has no
    size in X and Y alone. Both stay in the dump and in the carried tags.
    """
    return [_image(tree, image) for image in images]


def _image(tree: Any, image: ImageInfo) -> ImageFacts | None:
    for dataset in items(at(tree, "dataset")):
        if (at(dataset, "height"), at(dataset, "width")) == (image.size_y, image.size_x):
            size = _size(dataset)
            return ImageFacts(size=size) if size else None
    return None


def _size(dataset: Any) -> dict[str, Quantity]:
    crs = at(dataset, "crs")
    unit = crs.get("linear_unit") if isinstance(crs, dict) else None
    transform = dataset.get("geotransform")
    if not isinstance(unit, list) or len(unit) != 2 or not isinstance(transform, list) or len(transform) != 6:
        return {}
    metres = number(unit[1])
    _, across, shear_x, _, shear_y, down = (number(value) for value in transform)
    if not metres or unit[0] == "unknown" or not across or not down or shear_x or shear_y:
        return {}
    return sizes(_metres(across * metres), _metres(down * metres))


def _metres(value: Decimal) -> Quantity:
    """Ground is measured in metres; north up makes the pixel's height negative."""
    return Quantity(text_of(abs(value)), "m")
