"""The OME schema as a table of what may stand where: for documents that are made by walking it."""

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"


@cache
def schema() -> etree._Element:
    folder = next(iter(find_spec("ome_types").submodule_search_locations))
    return etree.parse(Path(folder) / "ome-2016-06.xsd").getroot()


@cache
def named(tag: str, name: str) -> etree._Element | None:
    return next((item for item in schema().iterfind(f"{XS}{tag}") if item.get("name") == name), None)


def top_element(name: str) -> etree._Element:
    found = named("element", name)
    assert found is not None, name
    return found


def declaration(child: etree._Element, name: str) -> etree._Element:
    return top_element(name) if child.get("ref") else child


def complex_types(declared: etree._Element) -> list[etree._Element]:
    """The complex types of an element, the most basic first."""
    own = declared.find(f"{XS}complexType")
    if own is None and declared.get("type"):
        own = named("complexType", declared.get("type"))
    found: list[etree._Element] = []
    while own is not None:
        found.insert(0, own)
        extension = own.find(f".//{XS}extension")
        own = named("complexType", extension.get("base")) if extension is not None else None
    return found


def attributes_of(declared: etree._Element) -> Iterator[etree._Element]:
    for kind in complex_types(declared):
        for item in kind.iterfind(f".//{XS}attribute"):
            if not any(parent.tag == f"{XS}element" for parent in between(item, kind)):
                yield item


def children_of(declared: etree._Element) -> Iterator[etree._Element]:
    for kind in complex_types(declared):
        for item in kind.iterfind(f".//{XS}element"):
            if not any(parent.tag == f"{XS}element" for parent in between(item, kind)):
                yield item


def between(item: etree._Element, top: etree._Element) -> Iterator[etree._Element]:
    parent = item.getparent()
    while parent is not None and parent is not top:
        yield parent
        parent = parent.getparent()


def text_type(declared: etree._Element) -> str | None:
    """Simple type of an element's text."""
    if declared.find(f"{XS}complexType") is None and declared.find(f"{XS}simpleType") is None:
        kind = declared.get("type")
        if kind and named("complexType", kind) is None:
            return kind.removeprefix("xsd:")
    simple = declared.find(f"{XS}simpleType/{XS}restriction")
    if simple is not None:
        return simple.get("base").removeprefix("xsd:")
    content = [kind.find(f"{XS}simpleContent/{XS}extension") for kind in complex_types(declared)]
    return next((item.get("base").removeprefix("xsd:") for item in content if item is not None), None)


def simple_type(attribute: etree._Element) -> str:
    """Name of an attribute's type; one without a name is named after its place."""
    kind = attribute.get("type")
    if kind:
        return kind.removeprefix("xsd:")
    return "@" + schema().getroottree().getpath(attribute)


@cache
def declared_simple(kind: str) -> etree._Element | None:
    if kind.startswith("@"):
        (attribute,) = schema().xpath(kind[1:], namespaces={"xsd": XS[1:-1]})
        return attribute.find(f"{XS}simpleType")
    return named("simpleType", kind)


def enumeration(kind: str) -> list[str]:
    declared = declared_simple(kind)
    return [] if declared is None else [item.get("value") for item in declared.iterfind(f".//{XS}enumeration")]


def base_type(kind: str) -> str:
    declared = declared_simple(kind)
    if declared is None:
        return kind
    restriction = declared.find(f".//{XS}restriction")
    base = "xsd:string" if restriction is None else restriction.get("base")
    return base.removeprefix("xsd:") if base.startswith("xsd:") else base_type(base)
