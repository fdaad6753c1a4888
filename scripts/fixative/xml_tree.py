"""XML read safely, and as a tree: attributes ``@Name``, text ``#text``, children as lists by local name."""

from typing import Any

from lxml import etree

from fixative.trees import digest_of, safe_text

HUGE_BYTES = 8 * 1024 * 1024
MOST_BYTES = 1024 * 1024 * 1024
"""XML beyond this is not read: no metadata of a microscope comes near it."""


class BadXml(Exception):
    """Not well-formed, or longer than is read."""


def parse_xml(content: str | bytes) -> "etree._Element":
    """Parse XML from a file that nobody has vetted: no entities, no DTD, no network.

    Raises
    ------
    BadXml
    """
    if isinstance(content, str):
        content = _encoded(content)
    if len(content) > MOST_BYTES:
        raise BadXml(f"{len(content)} bytes, not read")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=len(content) > HUGE_BYTES,
    )
    try:
        root = etree.fromstring(content if _is_wide(content) else content.strip(b" \t\r\n\0"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        # lxml names line and column, never content of the document
        raise BadXml(str(error)) from error
    # Entities stand unresolved: libxml2's schema validation fails on them altogether
    etree.strip_elements(root, etree.Entity, with_tail=False)
    return root


def _is_wide(content: bytes) -> bool:
    """Whether it is UTF-16, whose every letter has a zero: the last one's must not be stripped."""
    return content.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"))


def _encoded(text: str) -> bytes:
    """UTF-8 of a decoded document, whose declaration may name another encoding by now."""
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith("<?xml"):
        text = text.partition("?>")[2]
    return text.encode("utf-8", "replace")


def local_name(element: "etree._Element") -> str:
    """Name of an element without its namespace."""
    return str(etree.QName(element).localname)


def xml_tree(root: "etree._Element") -> dict[str, Any]:
    """Tree of a document: ``{"OME": {...}}``.

    Namespaces are dropped, but an element whose namespace differs from its parent's says so in ``@xmlns``.
    Base64 in an element ``BinData`` stands as its digest.
    """
    return {local_name(root): _of(root, "")}


def _of(element: "etree._Element", namespace: str) -> dict[str, Any]:
    own = etree.QName(element).namespace or ""
    tree: dict[str, Any] = {}
    if own != namespace and namespace:
        tree["@xmlns"] = own
    for name, value in element.attrib.items():
        tree[f"@{etree.QName(name).localname}"] = safe_text(str(value))
    for child in element:
        if isinstance(child.tag, str):
            tree.setdefault(local_name(child), []).append(_of(child, own))
    text = _text(element)
    if text.strip() or (text and not len(element)):
        binary = local_name(element) == "BinData"
        tree["#text"] = digest_of(text.encode()) if binary else safe_text(text)
    return tree


def compact_tree(text: str | bytes) -> dict[str, Any]:
    """Tree of a vendor's document, nearer to how it reads: a list only where an element is repeated.

    An element with nothing in it is None, one with text alone its text. Namespaces are dropped.

    Raises
    ------
    BadXml
    """
    root = parse_xml(text)
    return {local_name(root): _compact(root)}


def _compact(element: "etree._Element") -> Any:
    found: dict[str, Any] = {
        f"@{etree.QName(name).localname}": safe_text(str(value)) for name, value in element.attrib.items()
    }
    children: dict[str, list[Any]] = {}
    for child in element:
        if isinstance(child.tag, str):
            children.setdefault(local_name(child), []).append(_compact(child))
    found |= {name: values[0] if len(values) == 1 else values for name, values in children.items()}
    text = safe_text(_text(element).strip())
    if not found:
        return text or None
    if text:
        found["#text"] = text
    return found


def _text(element: "etree._Element") -> str:
    """Text of an element itself, that between its children with it."""
    return (element.text or "") + "".join(child.tail or "" for child in element)
