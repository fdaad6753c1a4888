"""XML of an object, parsed so that it can neither expand, nor fetch, nor name its own encoding."""

import lxml.etree


class BadXml(ValueError):
    """It is not XML as an archived object holds it."""


def parse_xml(content: bytes) -> lxml.etree._Element:
    """Parse a UTF-8 document without document type.

    Raises
    ------
    BadXml
        With the reason.
    """
    # Looked for before parsing: entities in attributes are expanded whatever the parser is told.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise BadXml("it has a document type declaration")
    parser = lxml.etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        return lxml.etree.fromstring(content, parser)
    except lxml.etree.XMLSyntaxError as error:
        raise BadXml(str(error)) from None
