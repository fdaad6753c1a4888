"""What OME has no place for, in annotations: folded axes, planes that are not there, values that are categories."""

from collections.abc import Sequence

from lxml import etree

from fixative.ome.ids import Ids
from fixative.ome.schema import ome
from fixative.readers.protocol import ImageInfo

AXES_NAMESPACE = "urn:fixative:source-axes"
ABSENT_NAMESPACE = "urn:fixative:planes-never-acquired"
MISSING_NAMESPACE = "urn:fixative:planes-missing-in-source"
UNIMAGED_NAMESPACE = "urn:fixative:pixels-never-imaged"
CATEGORICAL_NAMESPACE = "urn:fixative:categorical-values"


def annotate_axes(root: "etree._Element", images: Sequence[ImageInfo]) -> None:
    """Note for each image which axes of the source stand in which of OME's, and what else OME cannot say."""
    ids = Ids(root)
    for image, element in zip(images, root.findall(ome("Image")), strict=True):
        if image.folded:
            pairs = {"source axes": image.source_axes}
            pairs |= {f"axis {axis}": f"folded into {into}" for axis, into in image.folded.items()}
            _annotate(root, ids, element, AXES_NAMESPACE, pairs)
        for namespace, places in ((ABSENT_NAMESPACE, image.absent), (MISSING_NAMESPACE, image.missing)):
            if places:
                planes = " ".join(f"{t},{c},{z}" for t, c, z in sorted(places))
                _annotate(root, ids, element, namespace, {"planes (t,c,z)": planes, "value": "0 in this file"})
        if image.unimaged_px:
            gaps = {
                "pixels of a plane": str(image.unimaged_px),
                "value": "0",
                "where": "between the tiles of the mosaic",
            }
            _annotate(root, ids, element, UNIMAGED_NAMESPACE, gaps)
        if image.categorical:
            meaning = {"values": "categories, no intensities; lower resolutions take the nearest"}
            _annotate(root, ids, element, CATEGORICAL_NAMESPACE, meaning)


def _annotate(
    root: "etree._Element", ids: Ids, image: "etree._Element", namespace: str, pairs: dict[str, str]
) -> None:
    """Add a MapAnnotation and a reference to it."""
    holder = root.find(ome("StructuredAnnotations"))
    if holder is None:
        holder = etree.SubElement(root, ome("StructuredAnnotations"))
    annotation = etree.SubElement(holder, ome("MapAnnotation"), ID=ids.take("MapAnnotation"))
    annotation.set("Namespace", namespace)
    value = etree.SubElement(annotation, ome("Value"))
    for key, text in pairs.items():
        etree.SubElement(value, ome("M"), K=key).text = text
    etree.SubElement(image, ome("AnnotationRef"), ID=str(annotation.get("ID")))
