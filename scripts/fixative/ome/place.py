"""Add elements at their place in the schema's sequence, and attributes where there are none."""

from lxml import etree

from fixative.ome.correct import printable
from fixative.ome.facts import Quantity, Stated
from fixative.ome.schema import child_order, ome


def put(parent: "etree._Element", name: str) -> "etree._Element":
    """Add a child of a name at its place in the schema's sequence."""
    child = etree.Element(ome(name))
    put_in_order(parent, child)
    return child


def put_in_order(parent: "etree._Element", child: "etree._Element") -> None:
    """Add a child at its place in the schema's sequence, after its like."""
    places = child_order(etree.QName(parent).localname)
    own = places.get(etree.QName(child).localname, len(places))
    for sibling in reversed(parent):
        if isinstance(sibling.tag, str) and places.get(etree.QName(sibling).localname, len(places)) <= own:
            sibling.addnext(child)
            return
    parent.insert(0, child)


def set_missing(element: "etree._Element", stated: Stated) -> None:
    """Set attributes that the element does not have; a quantity with its unit."""
    for name, value in stated.items():
        if name in element.attrib:
            continue
        if isinstance(value, Quantity):
            element.set(name, value.value)
            element.set(f"{name}Unit", value.unit)
        elif value and (clean := printable(value).strip()):
            element.set(name, clean)
