"""The scale that a viewer without OME shows must be the one that the OME-XML states, or none.

A level's pixels are larger than those of the full size, and its tags must say so where it has any: objects of
earlier versions have none there.
"""

from collections.abc import Iterator, Sequence

from lxml.etree import _Element as Element

from fixative.findings import RefusedSample
from fixative.verify.expectation import PlaneLevel
from fixative.verify.tiff_structure import wrong
from fixative.verify.xml import BadXml, parse_xml

OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"
PREFIXES = dict(zip(["Y", "Z", "E", "P", "T", "G", "M", "k"], range(24, 0, -3), strict=True))
PREFIXES |= dict(zip(["m", "µ", "n", "p", "f", "a", "z", "y"], range(-3, -27, -3), strict=True))
PREFIXES |= {"h": 2, "da": 1, "": 0, "d": -1, "c": -2}
METRES = {f"{prefix}m": 10.0**exponent for prefix, exponent in PREFIXES.items()}
METRES |= {"Å": 1e-10, "in": 0.0254, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344}
METRES |= {"thou": 0.0254 / 1000, "li": 0.0254 / 12, "pt": 0.0254 / 72}
TOLERANCE = 1e-6
RANGE = 2.0**-30, 2.0**32 - 2
"""Pixels per centimetre that a fraction of two 32-bit numbers can state."""

PerCm = tuple[float, float]


def scale_problems(xml: bytes, planes: Sequence[PlaneLevel]) -> Iterator[RefusedSample]:
    """Compare XResolution and YResolution of every directory with the PhysicalSize of its Image (VER003)."""
    try:
        root = parse_xml(xml)
    except BadXml:
        return  # Said by `ome_problems`.
    stated = [_per_cm(pixels) for pixels in root.findall(f"{OME}Image/{OME}Pixels")]
    for plane in planes:
        found = plane.directory.per_cm
        expected = stated[plane.image] if plane.image < len(stated) else None
        if (plane.level and found is None) or _agree(expected, found, plane.level):
            continue
        size = "no resolution" if expected is None else f"{_text(_at(expected, plane.level))} pixels per cm"
        yield wrong(f"{plane.where}: {size}", "none" if found is None else _text(found))
        return


def _agree(expected: PerCm | None, found: PerCm | None, level: int) -> bool:
    if expected is None or found is None:
        return expected is found
    wanted = _at(expected, level)
    return all(abs(one - other) <= TOLERANCE * one for one, other in zip(wanted, found, strict=True))


def _at(per_cm: PerCm, level: int) -> PerCm:
    return per_cm[0] / 2**level, per_cm[1] / 2**level


def _text(per_cm: PerCm) -> str:
    return f"{per_cm[0]:.9g} x {per_cm[1]:.9g}"


def _per_cm(pixels: Element) -> PerCm | None:
    found = []
    for axis in "XY":
        metres = METRES.get(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        size = float(pixels.get(f"PhysicalSize{axis}", "0"))
        if metres is None or not size > 0:
            return None
        found.append(0.01 / (size * metres))
    return (found[0], found[1]) if all(RANGE[0] < value < RANGE[1] for value in found) else None
