"""What OME has no place for, said in annotations: axes that were folded, planes that were never taken."""

from collections.abc import Sequence

from lxml import etree

from fixative.ome.ids import Ids
from fixative.ome.schema import ome
from fixative.readers.protocol import ImageInfo

AXES_NAMESPACE = "urn:fixative:source-axes"
ABSENT_NAMESPACE = "urn:fixative:planes-never-acquired"


def annotate_axes(root: "etree._Element", images: Sequence[ImageInfo]) -> None:
    """Note for each image which axes of the source stand in which axis of OME, and its absent planes."""
    ids = Ids(root)
    for image, element in zip(images, root.findall(ome("Image")), strict=True):
        if image.folded:
            pairs = {"source axes": image.source_axes}
            pairs |= {f"axis {axis}": f"folded into {into}" for axis, into in image.folded.items()}
            _annotate(root, ids, element, AXES_NAMESPACE, pairs)
        if image.absent:
            planes = " ".join(f"{t},{c},{z}" for t, c, z in sorted(image.absent))
            _annotate(root, ids, element, ABSENT_NAMESPACE, {"planes (t,c,z)": planes})


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
