"""What OME has no place for, in annotations: folded axes, planes that are not there, values that are categories."""

import re
from collections.abc import Mapping, Sequence

from lxml import etree

from fixative.ome.correct import printable
from fixative.ome.corrections import Correction
from fixative.ome.ids import Ids
from fixative.ome.place import put
from fixative.ome.schema import ome
from fixative.readers.protocol import ImageInfo

AXES_NAMESPACE = "urn:fixative:source-axes"
ABSENT_NAMESPACE = "urn:fixative:planes-never-acquired"
MISSING_NAMESPACE = "urn:fixative:planes-missing-in-source"
UNIMAGED_NAMESPACE = "urn:fixative:pixels-never-imaged"
CORRECTED_NAMESPACE = "urn:fixative:not-valid-in-ome"
CATEGORICAL_NAMESPACE = "urn:fixative:categorical-values"
PYRAMID_NAMESPACE = "urn:fixative:resolution-levels"


_ONLY_AN_ID = re.compile(r"ID=\S+")


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


def annotate_pyramids(root: "etree._Element", told: Sequence[Mapping[str, str]]) -> None:
    """Note for each image, in order, how its lower resolutions came about; empty where it has none."""
    ids = Ids(root)
    for pairs, element in zip(told, root.findall(ome("Image")), strict=True):
        if pairs:
            _annotate(root, ids, element, PYRAMID_NAMESPACE, dict(pairs))


def annotate_corrections(root: "etree._Element", corrections: Sequence[Correction]) -> None:
    """Keep in the document what its source's own document says and OME cannot hold, or the pixels contradict.

    An immersion of ``oil``, a date without a time, a plane stated twice: OME-XML that says so is not valid, so the
    words stand in a MapAnnotation of the image, or of no image where they belong to none.
    """
    ids = Ids(root)
    images = root.findall(ome("Image"))
    told: dict[int | None, list[tuple[str, str]]] = {}
    for one in corrections:
        label_only = one.field.endswith("@ID") or _ONLY_AN_ID.fullmatch(one.described or "")
        if one.described and not label_only and one.field not in ("OME-XML", "Image"):
            place = one.image if one.image is not None and one.image < len(images) else None
            told.setdefault(place, []).append((one.field, printable(one.described)))
    for place, pairs in told.items():
        _annotate(root, ids, None if place is None else images[place], CORRECTED_NAMESPACE, pairs)


def _annotate(
    root: "etree._Element",
    ids: Ids,
    image: "etree._Element | None",
    namespace: str,
    pairs: dict[str, str] | Sequence[tuple[str, str]],
) -> None:
    """Add a MapAnnotation and a reference to it."""
    holder = root.find(ome("StructuredAnnotations"))
    if holder is None:
        holder = put(root, "StructuredAnnotations")
    annotation = etree.SubElement(holder, ome("MapAnnotation"), ID=ids.take("MapAnnotation"))
    annotation.set("Namespace", namespace)
    value = etree.SubElement(annotation, ome("Value"))
    for key, text in pairs.items() if isinstance(pairs, dict) else pairs:
        etree.SubElement(value, ome("M"), K=key).text = text
    if image is not None:
        etree.SubElement(image, ome("AnnotationRef"), ID=str(annotation.get("ID")))
