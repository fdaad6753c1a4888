"""Regions of interest of two documents: the same shape is one shape, however two readers name and group it.

Regions are not paired like other parts, by name or by being the only one: two regions of one name are two. A region
all of whose shapes the base has is that region; one that the base has in part completes it; any other is taken over.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from fixative.ome.reconcile.settle import Place, settle
from fixative.ome.schema import ome
from fixative.ome.shapes import GEOMETRY, PLANES, Shape, Shapes, images_of_rois, shapes_of

if TYPE_CHECKING:
    from fixative.ome.reconcile.parts import Parts


def join_rois(parts: "Parts") -> None:
    """Complete the regions of the base from the other document's, and take over those it has none of."""
    present = Shapes(parts.base.root)
    images = images_of_rois(parts.other.root)
    for roi in parts.other.root.findall(ome("ROI")):
        own = {parts.known[image] for image in images.get(str(roi.get("ID")), set()) if image in parts.known}
        pairs = [(shape, present.take(shape, own)) for shape in shapes_of(roi)]
        found = [(shape, same) for shape, same in pairs if same is not None]
        rest = [shape for shape, same in pairs if same is None]
        if not found:
            parts.take(roi, parts.base.root)
            continue
        for shape, same in found:
            _settle_shape(parts, same.element, shape)
        if len({same.roi for _, same in found}) == 1:
            _join(parts, found[0][1].roi, roi, rest)
        else:
            _know_and_take(parts, roi, found, rest)


def _settle_shape(parts: "Parts", mine: "etree._Element", theirs: "etree._Element") -> None:
    """Complete a shape: text, colours, the planes it is on; its place is the same already."""
    parts.known[str(theirs.get("ID"))] = str(mine.get("ID"))
    place = Place(None, str(mine.get("ID")))
    settle(mine, parts.own, [(parts.speaker, theirs)], place, parts.record, fixed=GEOMETRY)
    for axis in PLANES:
        if axis not in mine.attrib and axis in theirs.attrib:
            mine.set(axis, str(theirs.get(axis)))


def _join(parts: "Parts", mine: "etree._Element", theirs: "etree._Element", rest: Sequence["etree._Element"]) -> None:
    """Complete a region: its name, the shapes it lacks, its description."""
    parts.known[str(theirs.get("ID"))] = str(mine.get("ID"))
    settle(mine, parts.own, [(parts.speaker, theirs)], Place(None, str(mine.get("ID"))), parts.record)
    union = mine.find(ome("Union"))
    for shape in rest:
        if union is not None:
            parts.take(shape, union)
    for child in theirs:
        if isinstance(child.tag, str) and mine.find(child.tag) is None:
            parts.take(child, mine)


def _know_and_take(
    parts: "Parts",
    theirs: "etree._Element",
    found: Sequence[tuple["etree._Element", Shape]],
    rest: Sequence["etree._Element"],
) -> None:
    """A region whose shapes several of the base's have: what is left of it is a region of its own."""
    if not rest:
        parts.known[str(theirs.get("ID"))] = str(found[0][1].roi.get("ID"))
        return
    left = deepcopy(theirs)
    union = left.find(ome("Union"))
    taken = {shape.get("ID") for shape, _ in found}
    for shape in list(shapes_of(left)):
        if union is not None and shape.get("ID") in taken:
            union.remove(shape)
    parts.take(left, parts.base.root)
