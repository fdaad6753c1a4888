"""Regions of interest out of the graphics that were drawn on a CZI: one for each layer, as Bio-Formats has them.

Taken over only where the pixels they count in are certain to be those of the image: in a CZI of one image whose
subblocks begin at 0. Curves and whatever is turned stay in the dump alone.

Notes
-----
Zeiss's ImageMetadata schema: ``Layers/Layer/Elements``; a ``Geometry`` is in pixels.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fixative.ome.facts import ImageFacts, RoiFacts, ShapeFacts, Stated, at, items, number, stated, text, text_of
from fixative.readers.protocol import ImageInfo

Values = Mapping[str, str]


def czi_graphics(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Regions of the one image; ``tree`` has ``czi`` and ``czi_subblocks``."""
    found = [image for image in images if image.kind == "image"]
    layers = items(at(tree, "czi", "ImageDocument", "Metadata", "Layers", "Layer"))
    if len(found) != 1 or not layers or not _begins_at_0(at(tree, "czi_subblocks", "Dimension"), found[0]):
        return [None] * len(found)
    regions = (RoiFacts(tuple(_shapes(at(layer, "Elements"))), text(at(layer, "@Name"))) for layer in layers)
    return [ImageFacts(rois=tuple(region for region in regions if region.shapes))]


def _begins_at_0(dimensions: Any, image: ImageInfo) -> bool:
    """Whether the image is all that the subblocks cover, from 0 on."""
    sizes = {"X": image.size_x, "Y": image.size_y}
    return all(
        (at(dimensions, axis, "Start"), at(dimensions, axis, "Size")) == (0, size) for axis, size in sizes.items()
    )


def _shapes(elements: Any) -> Iterator[ShapeFacts]:
    """Shapes of a layer, those that OME has."""
    if not isinstance(elements, Mapping):
        return
    for name, (element, wanted, placed) in _KINDS.items():
        for item in items(elements.get(name)):
            geometry = at(item, "Geometry")
            values = {key: _number(at(geometry, key)) for key in wanted}
            known = stated(**values)
            if len(known) != len(wanted) or _turned(geometry, wanted) or _turned(at(item, "Attributes"), ()):
                continue
            yield ShapeFacts(element, {**placed({key: str(value) for key, value in known.items()}), **_told(item)})


def _told(item: Any) -> Stated:
    return stated(Text=text(at(item, "TextElements", "TextElement", "Text")))


def _turned(part: Any, known: Sequence[str]) -> bool:
    """Whether a part states an angle: of none of these shapes is one known to be about which point."""
    named = part.items() if isinstance(part, Mapping) else ()
    angles = (value for key, value in named if key not in known and ("otation" in key or "ngle" in key))
    return any(number(value) != 0 for value in angles)


def _number(value: Any) -> str | None:
    """A number, or the points of an outline."""
    if isinstance(value, str) and "," in value:
        pairs = [[number(part) for part in pair.split(",")] for pair in value.split()]
        if any(len(pair) != 2 or None in pair for pair in pairs):
            return None
        return " ".join(",".join(text_of(part) for part in pair if part is not None) for pair in pairs)
    found = number(value)
    return None if found is None else text_of(found)


def _box(found: Values) -> Stated:
    return {"X": found["Left"], "Y": found["Top"], "Width": found["Width"], "Height": found["Height"]}


def _as_it_is(found: Values) -> Stated:
    return dict(found)


def _circle(found: Values) -> Stated:
    return {"X": found["CenterX"], "Y": found["CenterY"], "RadiusX": found["Radius"], "RadiusY": found["Radius"]}


def _ellipse(found: Values) -> Stated:
    return {"X": found["CenterX"], "Y": found["CenterY"], "RadiusX": found["RadiusX"], "RadiusY": found["RadiusY"]}


_Kind = tuple[str, tuple[str, ...], Callable[[Values], Stated]]
"""OME's element, what the geometry must state, and how that is said in OME."""

_BOXES: _Kind = ("Rectangle", ("Left", "Top", "Width", "Height"), _box)
_CIRCLES: _Kind = ("Ellipse", ("CenterX", "CenterY", "Radius"), _circle)
_KINDS: dict[str, _Kind] = {
    **dict.fromkeys(("Rectangle", "RectRoi", "TextBox", "Text"), _BOXES),
    **dict.fromkeys(("Circle", "InOutCircle", "OutInCircle", "PointsCircle"), _CIRCLES),
    "Ellipse": ("Ellipse", ("CenterX", "CenterY", "RadiusX", "RadiusY"), _ellipse),
    "Line": ("Line", ("X1", "Y1", "X2", "Y2"), _as_it_is),
    **dict.fromkeys(("Polygon", "ClosedPolyline"), ("Polygon", ("Points",), _as_it_is)),
    **dict.fromkeys(("Polyline", "OpenPolyline"), ("Polyline", ("Points",), _as_it_is)),
}
