"""Which shapes of OME-XML are one and the same, whoever wrote them: geometry, planes, images."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from fixative.ome.schema import ome
from fixative.ome.values import number
from fixative.xml_tree import local_name

_GEOMETRY: dict[str, tuple[str, ...]] = {
    "Rectangle": ("X", "Y", "Width", "Height"),
    "Ellipse": ("X", "Y", "RadiusX", "RadiusY"),
    "Line": ("X1", "Y1", "X2", "Y2"),
    "Point": ("X", "Y"),
    "Polyline": ("Points",),
    "Polygon": ("Points",),
    "Label": ("X", "Y", "Text"),
    "Mask": ("X", "Y", "Width", "Height"),
}

GEOMETRY = frozenset(name for names in _GEOMETRY.values() for name in names if name != "Text")
"""Attributes that say where a shape is."""

PLANES = ("TheZ", "TheC", "TheT")
_DECIMALS = 3
"""Digits of a pixel to which two geometries are compared: readers print one number differently."""


@dataclass(frozen=True)
class Shape:
    """A shape in a document, and the region it is of."""

    element: "etree._Element"
    roi: "etree._Element"


class Shapes:
    """The shapes of a document, each to be found once by its like."""

    def __init__(self, root: "etree._Element") -> None:
        self._images = images_of_rois(root)
        self._free: dict[object, list[Shape]] = defaultdict(list)
        for roi in root.findall(ome("ROI")):
            for element in shapes_of(roi):
                self._free[geometry(element)].append(Shape(element, roi))

    def take(self, shape: "etree._Element", images: set[str]) -> Shape | None:
        """The document's own shape that this one is, which is not found again; None where it has none.

        Parameters
        ----------
        shape : element
            Of another document.
        images : set of str
            IDs, in this document, of the images that the shape's region is of; empty where nobody says.
        """
        free = self._free.get(geometry(shape), []) if self._free else []
        for found in free:
            own = self._images.get(str(found.roi.get("ID")), set())
            if _planes_agree(found.element, shape) and (not own or not images or own & images):
                free.remove(found)
                return found
        return None


def images_of_rois(root: "etree._Element") -> dict[str, set[str]]:
    """IDs of the images that refer to each region, by its ID."""
    found: dict[str, set[str]] = defaultdict(set)
    for image in root.findall(ome("Image")):
        for reference in image.findall(ome("ROIRef")):
            found[str(reference.get("ID"))].add(str(image.get("ID")))
    return found


def shapes_of(roi: "etree._Element") -> Iterator["etree._Element"]:
    """The shapes of a region."""
    union = roi.find(ome("Union"))
    if union is not None:
        yield from (element for element in union if isinstance(element.tag, str))


def geometry(shape: "etree._Element") -> object:
    """What tells a shape from another: its kind, its place in the plane, and what it holds."""
    kind = local_name(shape)
    placed = tuple(_numbers(shape.get(name)) for name in _GEOMETRY.get(kind, ()))
    held = tuple(_held(child) for child in shape if isinstance(child.tag, str) and child.tag != ome("AnnotationRef"))
    return kind, placed, held


def _held(child: "etree._Element") -> object:
    """A transformation, or the bits of a mask."""
    stated = ((str(name), _numbers(str(value))) for name, value in child.attrib.items())
    return child.tag, frozenset(stated), (child.text or "").strip()


def _numbers(text: str | None) -> tuple[object, ...]:
    """Numbers of an attribute, rounded; words as they are."""
    words = (text or "").replace(",", " ").split()
    values = ((word, number(word)) for word in words)
    return tuple(word if value is None else round(value, _DECIMALS) for word, value in values)


def _planes_agree(one: "etree._Element", other: "etree._Element") -> bool:
    """Whether two shapes are on the same planes as far as both say."""
    pairs = ((one.get(axis), other.get(axis)) for axis in PLANES)
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)
