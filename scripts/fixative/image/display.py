"""What a viewer that knows no OME needs from the OME-XML: resolution, and channel colours for the thumbnail."""

from lxml import etree

from fixative.xml_tree import parse_xml

_CM_PER = {"m": 1e2, "dm": 1e1, "cm": 1.0, "mm": 1e-1, "µm": 1e-4, "nm": 1e-7, "pm": 1e-10, "Å": 1e-8, "in": 2.54}


def pixels_per_cm(ome_xml: bytes) -> list[tuple[float, float] | None]:
    """Pixels per centimetre in X and Y of each image; None where the pixel size is not stated as a length."""
    return [_resolution(pixels) for pixels in _pixels(ome_xml)]


def channel_colours(ome_xml: bytes) -> list[tuple[int, int, int] | None]:
    """Red, green, blue of each channel of the first image; None where the source states none."""
    first = next(iter(_pixels(ome_xml)), None)
    if first is None:
        return []
    return [_colour(channel.get("Color")) for channel in first.iterfind("{*}Channel")]


def _pixels(ome_xml: bytes) -> "list[etree._Element]":
    return parse_xml(ome_xml).findall("{*}Image/{*}Pixels")


def _resolution(pixels: "etree._Element") -> tuple[float, float] | None:
    per_cm = []
    for axis in "XY":
        size, unit = pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
        if size is None or unit not in _CM_PER:
            return None
        per_cm.append(1 / (float(size) * _CM_PER[unit]))
    # A TIFF rational holds values up to 2**32 - 1; beyond it, and below its inverse, there is no tag to write.
    return (per_cm[0], per_cm[1]) if all(2**-31 < value < 2**32 - 1 for value in per_cm) else None


def _colour(rgba: str | None) -> tuple[int, int, int] | None:
    """OME's signed 32-bit RGBA."""
    if rgba is None:
        return None
    value = int(rgba) & 0xFFFFFFFF
    return value >> 24, (value >> 16) & 255, (value >> 8) & 255
