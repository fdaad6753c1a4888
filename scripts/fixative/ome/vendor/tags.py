"""Facts out of plain TIFF tags: resolutions that can be sizes of a microscope's pixels."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ImageFacts, Quantity, at, length, number, sizes
from fixative.readers.protocol import ImageInfo

FINEST_PRINT_DPI = 2400
"""Resolutions up to this are those of printers, scanners and defaults; a microscope's pixels are smaller."""


def first_ifd(tiff: Any) -> dict[str, Any]:
    """Tags of the first IFD."""
    ifds = at(tiff, "ifd")
    return ifds[0] if isinstance(ifds, list) and ifds else {}


def _full_size(tiff: Any, images: Sequence[ImageInfo]) -> bool:
    """Whether the first IFD's tags are about the first image."""
    ifd = first_ifd(tiff)
    return bool(images) and (ifd.get("ImageWidth"), ifd.get("ImageLength")) == (
        images[0].size_x,
        images[0].size_y,
    )


def reciprocal(resolution: Any, unit: str, scale: int = 0) -> Quantity | None:
    """Size of a pixel from pixels per unit."""
    per_unit = number(resolution)
    if per_unit is None or per_unit <= 0:
        return None
    return length(Decimal(1) / per_unit, unit, scale=scale)


def resolution(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Plain resolution tags, where their unit is a length and they are no printing default.

    ImageJ's, whose unit stands elsewhere, are not read here.
    """
    ifd = first_ifd(tree)
    if not _full_size(tree, images) or str(ifd.get("ImageDescription", "")).startswith("ImageJ="):
        return []
    centimetres = {2: Decimal("2.54"), 3: Decimal(1)}.get(ifd.get("ResolutionUnit", 2))
    found = [number(ifd.get(f"{axis}Resolution")) for axis in "XY"]
    if centimetres is None or None in found or "ResolutionUnit" not in ifd:
        return []
    per_cm = [value / centimetres for value in found if value is not None]
    if any(value * Decimal("2.54") <= FINEST_PRINT_DPI for value in per_cm):
        return []
    x, y = (reciprocal(value, "µm", scale=4) for value in per_cm)
    return [ImageFacts(size=sizes(x, y))]
