"""What a viewer that knows no OME needs from the OME-XML: resolution, and channel colours for the thumbnail."""

from fractions import Fraction

from lxml import etree

from fixative.image.tiff_file import RATIONAL, SHORT, Value
from fixative.xml_tree import parse_xml

_METRES = {"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "": 0, "d": -1}
_METRES |= {"c": -2, "m": -3, "µ": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24}
_INCHES = {"in": 1.0, "thou": 1e-3, "li": 1 / 12, "pt": 1 / 72, "ft": 12.0, "yd": 36.0, "mi": 63360.0}
_CM_PER = {
    **{f"{prefix}m": float(f"1e{exponent + 2}") for prefix, exponent in _METRES.items()},
    **{unit: 2.54 * inches for unit, inches in _INCHES.items()},
    "Å": 1e-8,
}
"""Centimetres of each unit of length that OME has, but for those of the sky; a "pixel" is no length."""

_MOST = 2**32 - 1
_CENTIMETRE = 3


def pixels_per_cm(ome_xml: bytes) -> list[tuple[float, float] | None]:
    """Pixels per centimetre in X and Y of each image; None where the pixel size is not stated as a length."""
    return [_resolution(pixels) for pixels in _pixels(ome_xml)]


def channel_colours(ome_xml: bytes) -> list[tuple[int, int, int] | None]:
    """Red, green, blue of each channel of the first image; None where the source states none."""
    first = next(iter(_pixels(ome_xml)), None)
    if first is None:
        return []
    return [_colour(channel.get("Color")) for channel in first.iterfind("{*}Channel")]


def channel_names(ome_xml: bytes, image: int) -> list[str | None]:
    """Name of each channel of an image; None where none is stated."""
    found = _pixels(ome_xml)[image : image + 1]
    return [channel.get("Name") for pixels in found for channel in pixels.iterfind("{*}Channel")]


def _pixels(ome_xml: bytes) -> "list[etree._Element]":
    return parse_xml(ome_xml).findall("{*}Image/{*}Pixels")


def resolution_tags(per_cm: tuple[float, float] | None, level: int) -> dict[int, tuple[int, Value]]:
    """Tags that state the resolution of one level, whose pixels are 2**level times as large as those of level 0.

    Returns
    -------
    dict
        XResolution, YResolution and ResolutionUnit (TIFF 6.0, section 8); empty where there is nothing true to say.
    """
    if per_cm is None:
        return {}
    x, y = (value / 2**level for value in per_cm)
    if not (_fits(x) and _fits(y)):
        return {}
    return {282: (RATIONAL, _rational(x)), 283: (RATIONAL, _rational(y)), 296: (SHORT, _CENTIMETRE)}


def _rational(value: float) -> tuple[int, int]:
    """Numerator and denominator below 2**32 that come nearest to ``value``."""
    fraction = Fraction(value).limit_denominator(max(1, min(_MOST, int(_MOST / max(value, 1)))))
    return fraction.numerator, fraction.denominator


def _fits(value: float) -> bool:
    """A rational holds values up to 2**32 - 1; beyond it, and near its inverse, there is no tag to write."""
    return 2**-31 < value < _MOST


def _resolution(pixels: "etree._Element") -> tuple[float, float] | None:
    per_cm = []
    for axis in "XY":
        size, unit = pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
        if size is None or unit not in _CM_PER:
            return None
        length = float(size) * _CM_PER[unit]
        per_cm.append(1 / length if length > 0 else 0)
    return (per_cm[0], per_cm[1]) if all(map(_fits, per_cm)) else None


def _colour(rgba: str | None) -> tuple[int, int, int] | None:
    """OME's signed 32-bit RGBA."""
    if rgba is None:
        return None
    value = int(rgba) & 0xFFFFFFFF
    return value >> 24, (value >> 16) & 255, (value >> 8) & 255
