"""Regions of interest out of facts, where the document has none of that geometry."""

from collections.abc import Sequence

from lxml import etree

from fixative.ome.correct import printable
from fixative.ome.facts import RoiFacts
from fixative.ome.ids import Ids
from fixative.ome.place import put, set_missing
from fixative.ome.schema import ome
from fixative.ome.shapes import Shapes


def fill_rois(
    root: "etree._Element", image: "etree._Element", regions: Sequence[RoiFacts], present: Shapes, ids: Ids
) -> None:
    """Add the regions of an image, and refer to them; what ``present`` has already is left out."""
    images = {str(image.get("ID"))}
    for region in regions:
        union = etree.Element(ome("Union"))
        for facts in region.shapes:
            shape = etree.Element(ome(facts.element))
            set_missing(shape, facts.stated)
            if present.take(shape, images) is None:
                shape.set("ID", ids.take(facts.element))
                union.append(shape)
        if len(union):
            put(image, "ROIRef").set("ID", _put_roi(root, region, union, ids))


def _put_roi(root: "etree._Element", region: RoiFacts, union: "etree._Element", ids: Ids) -> str:
    """Add a region of these shapes; returns its ID."""
    roi = put(root, "ROI")
    roi.set("ID", ids.take("ROI"))
    set_missing(roi, {"Name": region.name} if region.name else {})
    roi.append(union)
    if region.description:
        put(roi, "Description").text = printable(region.description)
    return str(roi.get("ID"))
