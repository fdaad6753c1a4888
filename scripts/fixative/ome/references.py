"""IDs and what refers to them, checked as the schema's keys and keyrefs do: libxml2 does not say where.

The XSD's keyref for an image's ROIs lacks a prefix and selects nothing; here it is meant as it reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from fixative.ome.schema import NAMESPACE, schema_tree

_XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class _Constraint:
    """A key, or a keyref with the key it refers to."""

    select: Any
    attribute: str
    refer: str | None


@cache
def _constraints(kind: str) -> dict[str, _Constraint]:
    """``key`` or ``keyref`` constraints of the schema by name."""
    found = {}
    for node in schema_tree().iter(f"{_XS}{kind}"):
        selector, field = node.find(f"{_XS}selector"), node.find(f"{_XS}field")
        if selector is None or field is None:
            continue
        path = str(selector.get("xpath")).replace("/ROIRef", "/OME:ROIRef")
        refer = node.get("refer")
        found[str(node.get("name"))] = _Constraint(
            etree.XPath(path, namespaces={"OME": NAMESPACE}),
            str(field.get("xpath")).removeprefix("@"),
            None if refer is None else refer.removeprefix("OME:"),
        )
    return found


def duplicates(root: "etree._Element") -> Iterator["etree._Element"]:
    """Elements whose ID an earlier one of their kind bears."""
    for key in _constraints("key").values():
        seen: set[str] = set()
        for element in key.select(root):
            value = element.get(key.attribute)
            if value in seen:
                yield element
            elif value is not None:
                seen.add(value)


def dangling(root: "etree._Element") -> Iterator[tuple["etree._Element", str]]:
    """Elements that refer to what is not there, and the attribute that does."""
    present: dict[str, set[str]] = {}
    keys = _constraints("key")
    for reference in _constraints("keyref").values():
        key = keys.get(reference.refer or "")
        if key is None:
            continue
        name = reference.refer or ""
        if name not in present:
            present[name] = {str(element.get(key.attribute)) for element in key.select(root)}
        for element in reference.select(root):
            value = element.get(reference.attribute)
            if value is not None and value not in present[name]:
                yield element, reference.attribute
