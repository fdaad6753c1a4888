"""Elements of the OME-XML that readers of plates write from what describes a plate."""

from lxml import etree

from fixative.ome.schema import NAMESPACE, ome


def new_document() -> "etree._Element":
    """An empty ``OME`` element."""
    return etree.Element(ome("OME"), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # lxml-stubs: str only


def add(parent: "etree._Element", tag: str, **attributes: object) -> "etree._Element":
    """Add a child with those attributes that are known."""
    stated = {name: xml_text(str(value)) for name, value in attributes.items() if value not in (None, "")}
    return etree.SubElement(parent, ome(tag), stated)


def xml_text(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter.isprintable())
