"""Regions of interest out of ImageJ's selection and overlay.

What OME has no shape for stays in the dump alone: composites, rounded rectangles, images, curves fitted to points; so
does a region on a plane that the image does not have.

Notes
-----
Coordinates are pixels, 0 at the upper left corner. Positions count from 1, 0 stands for all; a region has one on each
axis, or one in the whole stack, where channels come fastest, then slices, then frames. Colours are ARGB, 0 stands for
none. Layout: ij.io.RoiDecoder of ImageJ (https://imagej.net/ij/source/ij/io/RoiDecoder.java).
"""

from collections.abc import Callable, Iterator
from typing import Any

from fixative.ome.facts import (
    Quantity,
    RoiFacts,
    ShapeFacts,
    Stated,
    at,
    colour,
    items,
    number,
    stated,
    text,
    text_of,
)
from fixative.ome.values import shortest
from fixative.readers.protocol import ImageInfo

_TEXT, _ARROW, _IMAGE = 1, 2, 4
_SPLINE, _DOUBLE_HEADED = 1, 2
_POLYGONS = frozenset(("polygon", "freehand", "traced"))
_LINES = frozenset(("polyline", "freeline", "angle"))

Geometry = tuple[str, Stated]
"""Element, and the attributes that place it."""
Position = dict[str, str]
"""TheZ, TheC, TheT, those that are stated."""


def regions(tree: Any, image: ImageInfo) -> tuple[RoiFacts, ...]:
    """The selection and the overlay; a selection that is in the overlay too is one region."""
    overlay = [_region(item, image) for item in items(at(tree, "Overlays geometry"))]
    selected = [_region(item, image) for item in items(at(tree, "ROI geometry"))]
    found = [*(region for region in selected if region not in overlay), *overlay]
    return tuple(region for region in found if region is not None)


def _region(item: Any, image: ImageInfo) -> RoiFacts | None:
    """One region; None where OME has no shape for it, or where it is on no plane of the image."""
    shapes = list(_shapes(item))
    positions = _positions(item, image, len(shapes))
    if not shapes or positions is None:
        return None
    drawn = _drawn(item)
    return RoiFacts(
        tuple(
            ShapeFacts(element, {**placed, **drawn, **position})
            for (element, placed), position in zip(shapes, positions, strict=True)
        ),
        name=text(at(item, "name")),
    )


def _shapes(item: Any) -> Iterator[Geometry]:
    """Shapes of a region: one, or each point of several."""
    kind, subtype = at(item, "type"), at(item, "subtype")
    fitted = kind in (*_POLYGONS, *_LINES) and (at(item, "options") or 0) & _SPLINE
    if at(item, "shapeRoiSize") or at(item, "arcSize") or subtype == _IMAGE or fitted:
        return
    if kind == "point":
        for x, y in _points(item):
            yield "Point", {"X": x, "Y": y}
        return
    find = _KINDS.get(str(kind))
    found = _label(item) if subtype == _TEXT else find(item) if find else None
    if found is not None:
        yield found


def _label(item: Any) -> Geometry | None:
    """A text; OME places it by one point, ImageJ by the upper left corner of its box."""
    x, y, _, _ = _box(item)
    told = text(at(item, "text"))
    return ("Label", {"X": x, "Y": y, "Text": told}) if x and y and told else None


def _rectangle(item: Any) -> Geometry | None:
    x, y, width, height = _box(item)
    if not (x and y and width and height):
        return None
    return "Rectangle", {"X": x, "Y": y, "Width": width, "Height": height}


def _ellipse(item: Any) -> Geometry | None:
    """An oval in its box, as OME has it: centre and radii."""
    values = [number(value) for value in _box(item)]
    if None in values:
        return None
    x, y, width, height = (value for value in values if value is not None)
    centre = {"X": text_of(x + width / 2), "Y": text_of(y + height / 2)}
    return "Ellipse", {**centre, "RadiusX": text_of(width / 2), "RadiusY": text_of(height / 2)}


def _line(item: Any) -> Geometry | None:
    """A line; an arrow has its head at the end."""
    ends = {name.upper(): _number(at(item, "line", name)) for name in ("x1", "y1", "x2", "y2")}
    known = stated(**ends)
    if len(known) != len(ends):
        return None
    if at(item, "subtype") != _ARROW:
        return "Line", known
    both = (at(item, "options") or 0) & _DOUBLE_HEADED
    return "Line", {**known, **({"MarkerStart": "Arrow"} if both else {}), "MarkerEnd": "Arrow"}


def _outline(item: Any) -> Geometry | None:
    points = _points(item)
    element = "Polygon" if at(item, "type") in _POLYGONS else "Polyline"
    return (element, {"Points": " ".join(f"{x},{y}" for x, y in points)}) if len(points) > 1 else None


_KINDS: dict[str, Callable[[Any], Geometry | None]] = {
    "rectangle": _rectangle,
    "oval": _ellipse,
    "line": _line,
    **dict.fromkeys((*_POLYGONS, *_LINES), _outline),
}


def _box(item: Any) -> tuple[str | None, str | None, str | None, str | None]:
    """X, y, width and height: of subpixels where the region has them."""
    bounds = at(item, "bounds")
    exact = tuple(_number(at(bounds, name)) for name in ("x", "y", "width", "height"))
    if None not in exact and number(exact[2]) and number(exact[3]):
        return exact[0], exact[1], exact[2], exact[3]
    left, top, right, bottom = (number(at(bounds, name)) for name in ("left", "top", "right", "bottom"))
    if left is None or top is None or right is None or bottom is None or right < left or bottom < top:
        return None, None, None, None
    return text_of(left), text_of(top), text_of(right - left), text_of(bottom - top)


def _points(item: Any) -> list[tuple[str, str]]:
    """Points of a region; none where one of them is no number."""
    xs, ys = (items(at(item, "coordinates", axis)) for axis in "xy")
    found = [(_number(x), _number(y)) for x, y in zip(xs, ys, strict=False)]
    whole = len(xs) == len(ys) and all(x is not None and y is not None for x, y in found)
    return [(x, y) for x, y in found if x is not None and y is not None] if whole else []


def _number(value: Any) -> str | None:
    if type(value) is int:
        return str(value)
    found = shortest(value)
    return None if found is None else text_of(found)


def _positions(item: Any, image: ImageInfo, count: int) -> list[Position] | None:
    """Planes of each shape; None where one is on a plane that the image does not have."""
    axes = tuple(_whole(at(item, name)) for name in ("slice", "channel", "frame"))
    own = items(at(item, "positions"))
    if len(own) == count and any(own):
        found = [_in_stack(_whole(position), image) for position in own]
    elif any(axes):
        found = [_on_axes(axes, image)] * count
    else:
        found = [_in_stack(_whole(at(item, "position")), image)] * count
    known = [position for position in found if position is not None]
    return known if len(known) == count else None


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _on_axes(axes: tuple[int, ...], image: ImageInfo) -> Position | None:
    """Position on each axis. Folded axes of the source are none of OME's: which index is meant, nobody says."""
    sizes = (image.size_z, image.size_c, image.size_t)
    if image.folded or any(index > size for index, size in zip(axes, sizes, strict=True)):
        return None
    return {name: str(index - 1) for name, index in zip(("TheZ", "TheC", "TheT"), axes, strict=True) if index}


def _in_stack(position: int, image: ImageInfo) -> Position | None:
    """Position in the whole stack."""
    if not position:
        return {}
    if image.folded or position > image.size_t * image.size_z * image.size_c:
        return None
    rest, c = divmod(position - 1, image.size_c)
    t, z = divmod(rest, image.size_z)
    return {"TheZ": str(z), "TheC": str(c), "TheT": str(t)}


def _drawn(item: Any) -> Stated:
    """Colours and stroke."""
    width = shortest(at(item, "strokeWidth"))
    return stated(
        StrokeColor=_argb(at(item, "strokeColor")),
        FillColor=_argb(at(item, "fillColor")),
        StrokeWidth=Quantity(text_of(width), "pixel") if width is not None and width > 0 else None,
    )


def _argb(value: Any) -> str | None:
    """A colour as OME's signed integer; 0 is none."""
    if not isinstance(value, str) or len(value) != 8 or not int(value, 16):
        return None
    alpha, red, green, blue = bytes.fromhex(value)
    return str(colour(red, green, blue, alpha))
