"""OME-XML made whole again after values were taken out: what is empty goes with every reference to it.

The schema demands some parents of values (an annotation its value, a MapAnnotation's pair its text), and
its keyrefs every reference's target: see https://docs.openmicroscopy.org/ome-model/6.3.1/.
"""

from lxml import etree

from fixative.privacy.cleaners import REMOVED
from fixative.privacy.xml_document import local_name, remove_element

_DEMANDED = {
    ("StageLabel", "Name"),
    ("BinaryOnly", "MetadataFile"),
    ("External", "href"),
    ("BinaryFile", "FileName"),
}
"""Attributes that the schema demands: emptied where a rule removes them."""

_EMPTY_GOES = frozenset(
    (
        "AcquisitionDate",
        "Description",
        "RightsHolder",
        "RightsHeld",
        "UUID",
        "Value",
        "M",
        "Rights",
        "StructuredAnnotations",
    )
)
"""Elements that go when neither text, attribute nor child is left."""

_VALUED = tuple(
    f"{kind}Annotation" for kind in ("Comment", "Tag", "Term", "Timestamp", "XML", "Map", "Long", "Double", "Boolean")
)
_NEEDS_EXPERIMENTER = "MicrobeamManipulation"


def prune(root: "etree._Element") -> int:
    """Remove what became empty, and references to it; give how many elements went."""
    before = sum(1 for _ in root.iter())
    for element in root.iter():
        for owner, attribute in _DEMANDED:
            if isinstance(element.tag, str) and local_name(element.tag) == owner and attribute not in element.attrib:
                element.set(attribute, "")
    _remove_empty(root)
    for pair in [pair for pair in root.iter("{*}OriginalMetadata") if not _is_pair(pair)]:
        remove_element(pair)
    _mend_addresses(root)
    gone = {element.get("ID") for element in _unfit(root)}
    for element in _unfit(root):
        remove_element(element)
    _remove_references(root, gone)
    _remove_empty(root)
    return before - sum(1 for _ in root.iter())


def _remove_empty(root: "etree._Element") -> None:
    """Remove empty elements, children before their parents."""
    for element in reversed(list(root.iter())):
        if isinstance(element.tag, str) and local_name(element.tag) in _EMPTY_GOES and _is_empty(element):
            remove_element(element)


def _is_pair(original: "etree._Element") -> bool:
    """Whether a vendor's key still has its value: Bio-Formats 7.3.1 cannot open a file where one has none."""
    return all((original.findtext("{*}" + part) or "").strip() for part in ("Key", "Value"))


def _mend_addresses(root: "etree._Element") -> None:
    """Make what was cleaned a URI again: brackets may stand in none."""
    for element in root.iter(etree.Element):
        for name in ("Namespace", "href"):
            if REMOVED in element.get(name, ""):
                element.set(name, element.get(name, "").replace(REMOVED, REMOVED.strip("[]")))


def _is_empty(element: "etree._Element") -> bool:
    if len(element) or (element.text or "").strip():
        return False
    # A key without its value, a file's name without its UUID: nothing is left that they could say.
    return local_name(element.tag) in ("M", "UUID") or not element.attrib


def _unfit(root: "etree._Element") -> list["etree._Element"]:
    """Give the elements that lost what they were there for."""
    held = {
        reference.get("ID")
        for manipulation in root.iter("{*}" + _NEEDS_EXPERIMENTER)
        for reference in manipulation.iter("{*}ExperimenterRef")
    }
    nameless = [
        element
        for element in root.iter("{*}Experimenter")
        if not set(element.attrib) - {"ID"} and element.get("ID") not in held
    ]
    valueless = [
        element
        for kind in _VALUED
        for element in root.iter("{*}" + kind)
        if element.get("ID") and not _has_value(element)
    ]
    fileless = [element for element in root.iter("{*}FileAnnotation") if not _has_file(element)]
    return [*nameless, *valueless, *fileless]


def _has_value(annotation: "etree._Element") -> bool:
    """Whether an annotation still has a value; for one that holds XML, whether that still says anything."""
    value = annotation.find("{*}Value")
    if value is None:
        return False
    return any((node.text or "").strip() or node.attrib for node in value.iter(etree.Element))


def _has_file(annotation: "etree._Element") -> bool:
    if any(external.get("href") for external in annotation.iter("{*}External")):
        return True
    return any((data.text or "").strip() for data in annotation.iter("{*}BinData"))


def _remove_references(root: "etree._Element", gone: set[str | None]) -> None:
    """Remove every element that refers to what is gone: ``ExperimenterRef``, ``Leader`` ..."""
    if not gone:
        return
    for element in list(root.iter()):
        if isinstance(element.tag, str) and element.get("ID") in gone:
            name = local_name(element.tag)
            if name.endswith("Ref") or name in ("Leader", "Pump"):
                remove_element(element)
        if element.get("Annotator") in gone - {None}:
            element.attrib.pop("Annotator")
