"""Images that are left out, taken from OME-XML and from the trees of a dump, with all that speaks of them alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from fixative.models import REDACTED, DeliveredImage, MetadataDump, MetadataSource
from fixative.privacy.xml_document import local_name, parser, remove_element

_HELD = ("ROI", "StructuredAnnotations")
"""Elements of OME whose content goes when nothing refers to it any more."""

_NUMBERED = ("correction", "disagreement")
"""Kinds of source whose lines say which image they are about, by its number."""

_NAMED = re.compile(r"(?:^|[^a-z])(label|macro|overview|thumbnail)(?:[^a-z]|$)")
_KINDS = {"overview": "macro"}


def ome_without_images(ome_xml: bytes, gone: Mapping[int, str]) -> bytes:
    """Remove images by number, every reference to them, and ROIs and annotations that spoke of them alone.

    Parameters
    ----------
    ome_xml : bytes
        Valid, with an Image for each image of the source in its order; stays valid.
    gone : mapping of int to str
        Numbers of the images, and the rules.
    """
    root = etree.fromstring(ome_xml, parser())
    images = root.findall("{*}Image")
    targets: set[str] = set()
    lost: set[str] = set()
    for number in gone:
        for element in images[number].iter(etree.Element):
            (targets if _refers(element) else lost).update(_id(element))
        remove_element(images[number])
    for element in [one for one in root.iter(etree.Element) if _refers(one) and lost.intersection(_id(one))]:
        remove_element(element)
    while orphans := [one for one in _held(root) if targets.intersection(_id(one)) - _referred(root)]:
        for orphan in orphans:
            targets.update(
                text for element in orphan.iter(etree.Element) if _refers(element) for text in _id(element)
            )
            remove_element(orphan)
    for empty in [one for one in root.findall("{*}StructuredAnnotations") if not len(one)]:
        remove_element(empty)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="UTF-8", xml_declaration=False)


def _refers(element: "etree._Element") -> bool:
    name = local_name(element.tag)
    return name.endswith(("Ref", "Settings")) or name in ("Leader", "Pump")


def _id(element: "etree._Element") -> set[str]:
    value = element.get("ID")
    return set() if value is None else {str(value)}


def _held(root: "etree._Element") -> Iterator["etree._Element"]:
    yield from root.findall("{*}ROI")
    yield from root.findall("{*}StructuredAnnotations/*")


def _referred(root: "etree._Element") -> set[str]:
    return {text for element in root.iter(etree.Element) if _refers(element) for text in _id(element)}


def dump_without_images(clean: MetadataDump, raw: MetadataDump, gone: Mapping[int, str]) -> MetadataDump:
    """Remove images from every OME document of a dump, and from the tables that Bio-Formats made of them.

    Parameters
    ----------
    clean : MetadataDump
        As sanitised; not changed.
    raw : MetadataDump
        The same as the source says it: names and sizes by which an image is known are read here.
    gone : mapping of int to str
        Numbers of the images that are left out, and the rules.
    """
    found: dict[tuple[str, str], Mapping[int, str]] = {}
    for source in raw.sources:
        if source.kind == "ome":
            listed = _images_of(source.tree)
            found.setdefault((source.tool, source.file), matching(listed, raw.images, gone))
    sources = [
        _source_without(mine, gone if said.kind in _NUMBERED else found.get((said.tool, said.file), {}))
        for mine, said in zip(clean.sources, raw.sources, strict=True)
    ]
    return clean.model_copy(update={"sources": tuple(sources)})


def matching(
    listed: Sequence[Mapping[str, Any]], delivered: Sequence[DeliveredImage], gone: Mapping[int, str]
) -> dict[int, str]:
    """Tell which images of a document are left out: by order where all sizes agree, else by size, else by name."""
    sizes = [_size(image) for image in listed]
    if sizes == [(image.size_y, image.size_x) for image in delivered]:
        return dict(gone)
    out = {(image.size_y, image.size_x): gone[image.index] for image in delivered if image.index in gone}
    stay = {(image.size_y, image.size_x) for image in delivered if image.index not in gone}
    kinds = {image.kind: gone[image.index] for image in delivered if image.index in gone}
    found: dict[int, str] = {}
    for number, (image, size) in enumerate(zip(listed, sizes, strict=True)):
        word = _NAMED.search(str(image.get("@Name", "")).lower())
        kind = _KINDS.get(word[1], word[1]) if word else None
        if size in stay and (size not in out or kind not in kinds):
            continue
        if rule := out.get(size) or kinds.get(kind):  # type: ignore[call-overload]
            found[number] = rule
    return found


def _images_of(tree: Any) -> list[dict[str, Any]]:
    images = tree.get("OME", {}).get("Image", []) if isinstance(tree, dict) else []
    return [image for image in images if isinstance(image, dict)]


def _size(image: Mapping[str, Any]) -> tuple[int, int]:
    pixels = image.get("Pixels") or [{}]
    y, x = (str(pixels[0].get(f"@Size{axis}", "")) for axis in "YX")
    return (int(y), int(x)) if y.isdecimal() and x.isdecimal() else (0, 0)


def _source_without(source: MetadataSource, gone: Mapping[int, str]) -> MetadataSource:
    tree = source.tree
    if source.kind in _NUMBERED and isinstance(tree, list):
        kept = [line for line in tree if not isinstance(line, dict) or line.get("image") not in gone]
        return source.model_copy(update={"tree": kept})
    if not gone or not isinstance(tree, dict):
        return source
    if source.kind == "ome" and isinstance(tree.get("OME"), dict):
        return source.model_copy(update={"tree": {**tree, "OME": _root_without(tree["OME"], gone)}})
    if source.kind == "bioformats" and isinstance(tree.get("series"), list):
        series = [{} if number in gone else table for number, table in enumerate(tree["series"])]
        return source.model_copy(update={"tree": {**tree, "series": series}})
    return source


def _root_without(root: dict[str, Any], gone: Mapping[int, str]) -> dict[str, Any]:
    """Put the rule in the place of each image, and of what spoke of it alone: positions stay as they were."""
    images = root.get("Image", [])
    new = {**root, "Image": [{REDACTED: gone[n]} if n in gone else image for n, image in enumerate(images)]}
    rules = {
        target: gone[number]
        for number, image in enumerate(images)
        if number in gone
        for target in _targets(image, "Image")
    }
    before = -1
    while before != (before := len(rules)):
        referred = set(_targets(new, "OME"))
        for name in _HELD:
            if name in new:
                new[name] = [_held_without(one, name, rules, referred) for one in new[name]]
    return new


def _held_without(element: Any, name: str, rules: dict[str, str], referred: set[str]) -> Any:
    """Give an ROI, or the annotations, without what nothing refers to; what that referred to joins ``rules``."""
    if not isinstance(element, dict):
        return element
    if name == "StructuredAnnotations":
        return {
            kind: [_held_without(one, kind, rules, referred) for one in items] if isinstance(items, list) else items
            for kind, items in element.items()
        }
    own = str(element.get("@ID", ""))
    if own in referred or own not in rules:
        return element
    for target in _targets(element, name):
        rules.setdefault(target, rules[own])
    return {REDACTED: rules[own]}


def _targets(tree: Any, name: str) -> Iterator[str]:
    """IDs that an element and what it holds refer to."""
    if isinstance(tree, dict):
        if name.endswith("Ref") and "@ID" in tree:
            yield str(tree["@ID"])
        for child, items in tree.items():
            if isinstance(items, list):
                for item in items:
                    yield from _targets(item, child)
