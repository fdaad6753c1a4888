"""Facts out of NIfTI, MGH, MINC and FITS headers, where a header names the unit of its lengths."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from fixative.ome.facts import ImageFacts, Quantity, at, items, length, number, sizes, text_of, unit_of
from fixative.ome.values import positive
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

_NIFTI_LENGTHS = {1: 6, 2: 3, 3: 0}
"""Code of a unit of length (metre, millimetre, micrometre) to the power of ten that makes micrometres of it."""
_NIFTI_TIMES = {8: "s", 16: "ms", 24: "µs"}
_FITS_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$")


def nifti(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Pixdim with the units of ``xyzt_units``; nothing where these are not stated."""
    header = at(tree, "header")
    units = number(at(header, "xyzt_units"))
    spacing = items(at(header, "pixdim"))
    if units is None or len(spacing) < 5 or len(images) != 1:
        return []
    scale, image = _NIFTI_LENGTHS.get(int(units) & 7), images[0]
    size: dict[str, Quantity] = {}
    if scale is not None:
        x, y, z = (length(_single(value), "µm", scale=scale) for value in spacing[1:4])
        size = sizes(x, y, z if image.size_z > 1 else None)
    step, unit = _single(spacing[4]), _NIFTI_TIMES.get(int(units) & 56)
    known = step is not None and step > 0 and unit is not None and image.size_t > 1
    return [ImageFacts(size=size, time_increment=Quantity(text_of(step), unit) if known and step and unit else None)]


def nrrd(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """NRRD: spacing with the units of its header; nothing where these are not stated."""
    header, spacing = at(tree, "header"), items(at(tree, "spacing"))
    units = re.findall(r'"([^"]*)"', str(at(header, "space units") or at(header, "units") or ""))
    if len(images) != 1 or len(units) != len(spacing) or len(spacing) not in (2, 3):
        return []
    found = [_with_unit(value, unit) for value, unit in zip(spacing, units, strict=True)]
    return [
        ImageFacts(size=sizes(found[0], found[1], found[2] if len(found) == 3 and images[0].size_z > 1 else None))
    ]


def _with_unit(value: Any, unit: str) -> Quantity | None:
    known = unit_of(unit)
    return length(value, known) if known else None


def mgh(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """MGH states voxels in millimetres."""
    spacing = items(at(tree, "header", "delta"))
    if len(spacing) != 3 or len(images) != 1:
        return []
    x, y, z = (length(_single(value), "µm", scale=3) for value in spacing)
    return [ImageFacts(size=sizes(x, y, z if images[0].size_z > 1 else None))]


def minc(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """MINC: the step of each dimension of the image, where it has a unit of length; signs are directions."""
    variables = at(tree, "variables") or at(tree, "minc-2.0", "dimensions")
    names = items(at(tree, "variables", "image", "dimensions"))
    if not names:
        order = at(tree, "minc-2.0", "image", "0", "image", "attributes", "dimorder")
        names = str(order).split(",") if order else []
    if len(images) != 1 or len(names) < 2:
        return []
    found = [_minc_step(at(variables, name, "attributes")) for name in names]
    z = [step for name, step in zip(names[:-2], found[:-2], strict=True) if name.endswith("space")]
    return [ImageFacts(size=sizes(found[-1], found[-2], z[0] if len(z) == 1 and images[0].size_z > 1 else None))]


def _minc_step(attributes: Any) -> Quantity | None:
    unit, step = unit_of(at(attributes, "units")), number(_first(at(attributes, "step")))
    return length(abs(step), unit) if unit and step else None


def fits(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """FITS: CDELT where CUNIT is a length, DATE-OBS with its time, EXPTIME in seconds, of each image unit."""
    units = [unit for unit in items(at(tree, "hdus")) if _is_image(unit)]
    if len(units) != len(images):
        return []
    return [_fits_image(at(unit, "cards"), image) for unit, image in zip(units, images, strict=True)]


def _is_image(unit: Any) -> bool:
    count = number(at(unit, "cards", "NAXIS", "value"))
    named = at(unit, "type") in ("PrimaryHDU", "ImageHDU", "CompImageHDU")
    return (
        named
        and bool(count)
        and all(at(unit, "cards", f"NAXIS{axis}", "value") != 0 for axis in range(1, int(count or 0) + 1))
    )


def _fits_image(cards: Any, image: ImageInfo) -> ImageFacts:
    found: dict[str, Quantity] = {}
    for axis, name in (("X", 1), ("Y", 2), ("Z", 3)):
        unit, step = unit_of(at(cards, f"CUNIT{name}", "value")), number(at(cards, f"CDELT{name}", "value"))
        stated = length(abs(step), unit) if unit and step else None
        if stated is not None and (axis != "Z" or (image.size_z > 1 and image.folded.get("3") == "Z")):
            found[axis] = stated
    date = at(cards, "DATE-OBS", "value")
    exposure = positive(at(cards, "EXPTIME", "value"))
    return ImageFacts(
        acquisition_date=date if isinstance(date, str) and _FITS_DATE.match(date) else None,
        size=found,
        exposure=Quantity(exposure, "s") if exposure else None,
    )


def _single(value: Any) -> Decimal | None:
    """A number of 32 bits as its shortest decimal: 0.8, not 0.800000011920929."""
    found = number(value)
    return None if found is None else number(str(np.float32(float(found))))


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
