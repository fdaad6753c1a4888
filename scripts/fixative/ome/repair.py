"""Make OME-XML valid by the schema's own complaints, dropping as little as possible and listing it.

What one and the same value can be written right is written right (units, colours, dates); what the schema
refuses is dropped with what would be wrong without it: a size whose unit is unknown goes with its unit.
"""

import re
from collections.abc import Iterator

from lxml import etree

from fixative.metadata.xml_tree import local_name
from fixative.ome.corrections import Correction
from fixative.ome.ids import Ids
from fixative.ome.schema import NAMESPACE, child_order, ome, schema_errors

MOST_ROUNDS = 30

_UNITS = {"um": "µm", "μm": "µm", "micron": "µm", "microns": "µm", "us": "µs", "μs": "µs", "Å": "Å"}
"""Spellings that mean one unit only; the Greek mu and the Angstrom sign look right and are not."""
_NOT_FINITE = frozenset(("NaN", "INF", "-INF", "Infinity", "-Infinity"))
_MEASURED = frozenset(("Pixels", "Plane", "Channel", "StageLabel", "DetectorSettings", "Objective"))
_ATTRIBUTE = re.compile(r"attribute '([^']+)'")
_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})\s+(\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)$")
_KEEP = frozenset(("OME", "Image", "Pixels"))
"""Elements that later steps complete: never dropped here."""


def repair(root: "etree._Element") -> list[Correction]:
    """Make a 2016-06 document valid, as far as that can be done by dropping and reordering. In place."""
    corrections = list(_respell(root))
    _reorder(root)
    for _ in range(MOST_ROUNDS):
        done = list(_answer_errors(root))
        if not done:
            break
        corrections.extend(done)
    return corrections


def _respell(root: "etree._Element") -> Iterator[Correction]:
    """Write values right whose meaning is certain, and drop numbers that are none."""
    for element in _of_ome(root):
        for name, value in list(element.attrib.items()):
            name, value = str(name), str(value)
            right = _spelt(element, name, value)
            if right == value:
                continue
            field = f"{local_name(element)}@{name}"
            if right is None:
                yield from _drop_attribute(element, name)
            else:
                element.set(name, right)
                yield Correction(image_of(element), field, value, right)
        if local_name(element) == "AcquisitionDate" and (match := _DATE.match((element.text or "").strip())):
            element.text = f"{match.group(1)}T{match.group(2)}"


def _spelt(element: "etree._Element", name: str, value: str) -> str | None:
    """The value as the schema wants it; None for a measure that is no number."""
    if name.endswith("Unit"):
        return _UNITS.get(value, value)
    if name in ("Color", "FillColor", "StrokeColor") and value.isdigit() and 2**31 <= int(value) < 2**32:
        return str(int(value) - 2**32)
    if value in _NOT_FINITE and local_name(element) in _MEASURED and name not in ("Name", "Fluor", "ID"):
        return None
    return value


def _of_ome(root: "etree._Element") -> Iterator["etree._Element"]:
    """Elements of OME, not those of foreign XML inside annotations."""
    stack = [root]
    while stack:
        element = stack.pop()
        yield element
        if local_name(element) != "Value":
            stack.extend(child for child in reversed(element) if isinstance(child.tag, str))


def _reorder(root: "etree._Element") -> None:
    """Put children into the order of the schema; unknown ones last, in their own order."""
    for element in _of_ome(root):
        places = child_order(local_name(element))
        if not places or not len(element):
            continue
        children = list(element)
        ordered = sorted(children, key=lambda child: places.get(local_name(child), len(places) + 1))
        if ordered != children:
            element[:] = ordered


def _answer_errors(root: "etree._Element") -> Iterator[Correction]:
    """Answer each complaint of one validation."""
    tree = root.getroottree()
    located = []
    for entry in schema_errors(root):
        nodes = tree.xpath(entry.path) if entry.path else []
        if isinstance(nodes, list) and nodes and isinstance(nodes[0], etree._Element):
            located.append((nodes[0], entry.message))
    dropped: set[etree._Element] = set()
    ids = Ids(root)
    for element, message in located:
        if not any(above in dropped for above in [element, *element.iterancestors()]):
            yield from _answer(ids, element, message, dropped)


def _answer(
    ids: Ids, element: "etree._Element", message: str, dropped: set["etree._Element"]
) -> Iterator[Correction]:
    attribute = _ATTRIBUTE.search(message)
    if "Duplicate key-sequence" in message:
        yield _renumber(ids, element)
    elif attribute and "required but missing" in message:
        if attribute.group(1) == "ID":
            element.set("ID", ids.take(local_name(element)))
            yield Correction(image_of(element), f"{local_name(element)}@ID", None, element.get("ID"))
        else:
            yield from _drop_element(element, dropped)
    elif attribute:
        if attribute.group(1) in element.attrib:
            if attribute.group(1) == "ID" and local_name(element).endswith(("Ref", "Settings")):
                yield from _drop_element(element, dropped)
            elif attribute.group(1) == "ID":
                yield _renumber(ids, element)
            else:
                yield from _drop_attribute(element, attribute.group(1))
    else:
        yield from _drop_element(element, dropped)


def _drop_attribute(element: "etree._Element", name: str) -> Iterator[Correction]:
    """Drop an attribute; a unit with its number, since the schema's default unit would be taken instead."""
    names = [name.removesuffix("Unit"), name] if name.endswith("Unit") else [name, f"{name}Unit"]
    for each in names:
        if each in element.attrib:
            field = f"{local_name(element)}@{each}"
            yield Correction(image_of(element), field, str(element.attrib.pop(each)), None)


def _drop_element(element: "etree._Element", dropped: set["etree._Element"]) -> Iterator[Correction]:
    parent = element.getparent()
    if parent is None or (local_name(element) in _KEEP and element.tag.startswith(f"{{{NAMESPACE}}}")):
        return
    dropped.add(element)
    yield Correction(image_of(element), local_name(element), _summary(element), None)
    remove(element)


def remove(element: "etree._Element") -> None:
    """Take an element out of its tree without the text that follows it."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _summary(element: "etree._Element") -> str:
    """What a dropped element said: its own attributes and text, shortened."""
    parts = [f"{str(name)}={str(value)}" for name, value in element.attrib.items()]
    text = " ".join("".join(str(part) for part in element.itertext()).split())
    return " ".join([*parts, text]).strip()[:200]


def _renumber(ids: Ids, element: "etree._Element") -> Correction:
    """Give an element an ID of its own; references keep meaning the first that bore it."""
    before = element.get("ID")
    element.set("ID", ids.take(local_name(element)))
    return Correction(image_of(element), f"{local_name(element)}@ID", before, element.get("ID"))


def image_of(element: "etree._Element") -> int | None:
    """Index of the Image that an element belongs to, in document order."""
    for above in [element, *element.iterancestors()]:
        parent = above.getparent()
        if above.tag == ome("Image") and parent is not None:
            return parent.findall(ome("Image")).index(above)
    return None
