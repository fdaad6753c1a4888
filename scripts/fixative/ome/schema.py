"""The OME 2016-06 schema, offline: validation, and what it says about the order of children.

The XSD is the one that ome-types carries; it is read without importing ome-types, which takes a second.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from fixative.xml_tree import BadXml, parse_xml

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
LOCATION = f"{NAMESPACE} {NAMESPACE}/ome.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

NAMESPACES: Any = {None: NAMESPACE, "xsi": XSI}
"""Prefixes of a root element. Any: lxml's stubs know no default namespace."""

_XS = "{http://www.w3.org/2001/XMLSchema}"


def ome(name: str) -> str:
    """Name of an element in lxml's notation: ``{namespace}name``."""
    return f"{{{NAMESPACE}}}{name}"


def problems(ome_xml: bytes | str) -> list[str]:
    """What is wrong with a document by the 2016-06 schema: nothing, or a line for each problem.

    Messages name elements and attributes; some repeat a value.
    """
    try:
        root = parse_xml(ome_xml)
    except BadXml as error:
        return [f"not well-formed: {error}"]
    if root.tag != ome("OME"):
        return [f"root is {root.tag}, not {ome('OME')}"]
    return [f"line {entry.line}: {entry.message}" for entry in schema_errors(root)]


def schema_errors(root: "etree._Element") -> list["etree._LogEntry"]:
    """Validate a tree; each entry has a ``path`` to what is wrong."""
    schema = _schema()
    if schema.validate(root):
        return []
    log: Any = schema.error_log
    return list(log)


def carried_by_ome_types(name: str) -> Path:
    """A file or folder inside the package ome-types."""
    spec = find_spec("ome_types")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("ome-types, which carries the OME schema, is not installed")
    return Path(spec.submodule_search_locations[0]) / name


def _safe_parser() -> "etree.XMLParser":
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


@cache
def schema_tree() -> "etree._ElementTree":
    """Parse the XSD itself."""
    return etree.parse(carried_by_ome_types("ome-2016-06.xsd"), _safe_parser())


@cache
def _schema() -> "etree.XMLSchema":
    return etree.XMLSchema(schema_tree())


@cache
def child_order(parent: str) -> dict[str, int]:
    """Place of each child in the sequence that the schema prescribes for an element.

    Members of a substitution group (Laser, Arc ... for LightSourceGroup; shapes) share a place, as do the
    annotations inside StructuredAnnotations, which may stand in any order.
    """
    root = schema_tree().getroot()
    element = next((item for item in root.findall(f"{_XS}element") if item.get("name") == parent), None)
    if element is None:
        return {}
    places: dict[str, int] = {}
    _collect(element, places)
    return places


def _collect(node: "etree._Element", places: dict[str, int]) -> None:
    """Add the children that a type allows, those of its base type first."""
    complex_type = node if node.tag == f"{_XS}complexType" else node.find(f"{_XS}complexType")
    if complex_type is None:
        return
    extension = complex_type.find(f"{_XS}complexContent/{_XS}extension")
    body = complex_type
    if extension is not None:
        base = schema_tree().getroot().find(f"{_XS}complexType[@name='{extension.get('base')}']")
        if base is not None:
            _collect(base, places)
        body = extension
    for group in body.findall(f"{_XS}sequence") + body.findall(f"{_XS}choice"):
        _add(group, places)


def _add(group: "etree._Element", places: dict[str, int]) -> None:
    any_order = group.tag == f"{_XS}choice" and group.get("maxOccurs") == "unbounded"
    here = len(places)
    for child in group:
        if child.tag == f"{_XS}element":
            name = child.get("ref") or child.get("name") or ""
            place = here if any_order else len(places)
            for member in [name, *_members(name)]:
                places.setdefault(member, place)
        elif child.tag in (f"{_XS}sequence", f"{_XS}choice"):
            _add(child, places)


@cache
def _members(group: str) -> tuple[str, ...]:
    """Elements that may stand for an abstract one."""
    elements = schema_tree().getroot().findall(f"{_XS}element")
    return tuple(str(item.get("name")) for item in elements if item.get("substitutionGroup") == group)


@cache
def default_units() -> dict[str, str]:
    """Units that the schema takes where none is stated, by attribute: ``PhysicalSizeXUnit`` to ``µm``."""
    found = schema_tree().iter(f"{_XS}attribute")
    stated = {str(node.get("name")): node.get("default") for node in found if node.get("default")}
    return {name: str(unit) for name, unit in stated.items() if name.endswith("Unit")}


@cache
def required_attributes() -> frozenset[tuple[str, str]]:
    """Element and attribute wherever the schema demands an attribute, be it empty: ``("StageLabel", "Name")``."""
    found = set()
    for node in schema_tree().iter(f"{_XS}attribute"):
        element = next((above for above in node.iterancestors(f"{_XS}element") if above.get("name")), None)
        if node.get("use") == "required" and element is not None:
            found.add((str(element.get("name")), str(node.get("name"))))
    return frozenset(found)


@cache
def words() -> frozenset[str]:
    """Names of every element, attribute and listed value of the schema, case folded: what any document says."""
    schema = etree.parse(carried_by_ome_types("ome-2016-06.xsd"), _safe_parser())
    kinds = {"element": "name", "attribute": "name", "enumeration": "value"}
    found = (node.get(attribute) for kind, attribute in kinds.items() for node in schema.iter(f"{{*}}{kind}"))
    return frozenset(name.casefold() for name in found if name)
