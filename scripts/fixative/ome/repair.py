"""Make OME-XML valid by the schema's own complaints, dropping as little as possible and listing it.

What one and the same value can be written right is written right (units, colours, dates); what the schema
refuses is dropped with what would be wrong without it: a size whose unit is unknown goes with its unit.
"""

import re
from collections.abc import Iterator

from lxml import etree

from fixative.ome.corrections import Correction
from fixative.ome.ids import Ids
from fixative.ome.references import dangling, duplicates
from fixative.ome.schema import child_order, ome, schema_errors
from fixative.xml_tree import local_name

MOST_ROUNDS = 30
MOST_SAID = 2000
"""Characters of what a dropped element said that are kept on record."""

_UNITS = {"um": "µm", "μm": "µm", "micron": "µm", "microns": "µm", "us": "µs", "μs": "µs", "Å": "Å"}
"""Spellings that mean one unit only; the Greek mu and the Angstrom sign look right and are not."""
_NOT_FINITE = frozenset(("NaN", "INF", "-INF", "Infinity", "-Infinity"))
_MEASURED = frozenset(("Pixels", "Plane", "Channel", "StageLabel", "DetectorSettings", "Objective"))
_ATTRIBUTE = re.compile(r"attribute '([^']+)'")
_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})\s+(\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)$")
_OF_KEYS = "SCHEMAV_CVC_IDC"
"""Complaints about keys, with or without a place, depending on libxml2's mood: `references` answers them."""
_KEPT = frozenset((ome("OME"), ome("Image"), ome("Pixels")))
"""Elements that later steps complete: dropped here only where a parent has several Pixels."""


def repair(root: "etree._Element") -> list[Correction]:
    """Make a 2016-06 document valid, as far as that can be done by dropping and reordering. In place."""
    corrections = [*_respell(root), *_drop_keyless(root)]
    _reorder(root)
    for _ in range(MOST_ROUNDS):
        done = [*_answer_errors(root), *_answer_references(root)]
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


def _drop_keyless(root: "etree._Element") -> Iterator[Correction]:
    """Drop values of maps that have no key: the schema lets them pass, and every reader stumbles over them."""
    for pair in [one for one in root.iter(ome("M")) if not one.get("K")]:
        yield Correction(image_of(pair), "M", (pair.text or "").strip(), None)
        remove(pair)


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
        if entry.type_name == _OF_KEYS or not entry.path:
            continue
        nodes = tree.xpath(entry.path)
        if isinstance(nodes, list) and nodes and isinstance(nodes[0], etree._Element):
            located.append((nodes[0], entry.message))
    dropped: set[etree._Element] = set()
    ids = Ids(root)
    # What bears an ID first: what refers to it follows, and has no fault left
    for element, message in sorted(located, key=lambda each: refers(each[0])):
        if not any(above in dropped for above in [element, *element.iterancestors()]):
            yield from _answer(ids, element, message, dropped)


def _answer_references(root: "etree._Element") -> Iterator[Correction]:
    """Number again what bears another's ID; drop what refers to nothing."""
    ids = Ids(root)
    for element in list(duplicates(root)):
        yield _renumber(ids, element)
    for element, attribute in list(dangling(root)):
        if attribute == "ID":
            yield from _drop_element(element, set())
        else:
            yield from _drop_attribute(element, attribute)


def _answer(
    ids: Ids, element: "etree._Element", message: str, dropped: set["etree._Element"]
) -> Iterator[Correction]:
    attribute = _ATTRIBUTE.search(message)
    if "Character content" in message and (len(element) or element.tag in _KEPT):
        yield from _drop_stray_text(element)
    elif attribute and "required but missing" in message:
        if attribute.group(1) == "ID" and not refers(element):
            element.set("ID", ids.take(local_name(element)))
            yield Correction(image_of(element), f"{local_name(element)}@ID", None, element.get("ID"))
        else:
            yield from _drop_element(element, dropped)
    elif attribute and attribute.group(1) == "ID" and "not allowed" not in message:
        yield from _answer_id(ids, element, message, dropped)
    elif attribute:
        yield from _drop_attribute(element, attribute.group(1))
    else:
        yield from _drop_element(element, dropped)


def _answer_id(
    ids: Ids, element: "etree._Element", message: str, dropped: set["etree._Element"]
) -> Iterator[Correction]:
    """Replace an ID that the schema's pattern refuses, and the same in what refers to it."""
    before = str(element.get("ID"))
    if f"'{before}'" not in message:
        return
    if refers(element):
        yield from _drop_element(element, dropped)
        return
    correction = _renumber(ids, element)
    yield correction
    kind = str(correction.found).partition(":")[0]
    for other in element.getroottree().getroot().iter():
        if other.get("ID") == before and refers(other) and _kind_referred(other) == kind:
            other.set("ID", str(correction.found))


def _kind_referred(reference: "etree._Element") -> str:
    """Kind of ID that a reference holds: ``Objective`` for ObjectiveSettings."""
    name = local_name(reference)
    special = {"Pump": "LightSource", "Leader": "Experimenter"}
    for before in ("Excitation", "Emission"):
        name = name.replace(f"{before}FilterRef", "FilterRef")
    return special.get(name, name.removesuffix("Ref").removesuffix("Settings"))


def _drop_attribute(element: "etree._Element", name: str) -> Iterator[Correction]:
    """Drop an attribute; a unit with its number, since the schema's default unit would be taken instead."""
    names = [name.removesuffix("Unit"), name] if name.endswith("Unit") else [name, f"{name}Unit"]
    for each in names:
        if each in element.attrib:
            field = f"{local_name(element)}@{each}"
            yield Correction(image_of(element), field, str(element.attrib.pop(each)), None)


def _drop_element(element: "etree._Element", dropped: set["etree._Element"]) -> Iterator[Correction]:
    parent = element.getparent()
    if parent is None or (element.tag in _KEPT and not _is_second_pixels(parent, element)):
        return
    dropped.add(element)
    yield Correction(image_of(element), local_name(element), _summary(element), None)
    remove(element)


def refers(element: "etree._Element") -> bool:
    """Whether an element's ID is that of another element."""
    name = local_name(element)
    return name.endswith(("Ref", "Settings")) or name in ("Pump", "Leader")


def _is_second_pixels(parent: "etree._Element", element: "etree._Element") -> bool:
    """Whether an element is one of several Pixels, as schemas before 2009 allowed, but the first."""
    return element.tag == ome("Pixels") and parent.find(ome("Pixels")) is not element


def _drop_stray_text(element: "etree._Element") -> Iterator[Correction]:
    """Drop text between the children of an element that holds none."""
    stray = " ".join(part.strip() for part in [element.text or "", *(child.tail or "" for child in element)])
    yield Correction(image_of(element), f"{local_name(element)}#text", stray.strip()[:200], None)
    element.text = None
    for child in element:
        child.tail = None


def remove(element: "etree._Element") -> None:
    """Take an element out of its tree without the text that follows it."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _summary(element: "etree._Element") -> str:
    """What a dropped element said: its own attributes and text, shortened."""
    parts = [f"{name!s}={value!s}" for name, value in element.attrib.items()]
    text = " ".join("".join(str(part) for part in element.itertext()).split())
    return " ".join([*parts, text]).strip()[:MOST_SAID]


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
