"""OME-XML of any age, brought to 2016-06 by the OME consortium's own stylesheets, which ome-types carries."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from fixative.ome.schema import NAMESPACE, NAMESPACES, carried_by_ome_types, ome
from fixative.xml_tree import local_name

_VERSION = re.compile(r"schemas/(?:ome|OME)/([0-9]{4}-[0-9]{2}|FC)s?(?:/|$)", re.IGNORECASE)
_NEWEST = "2016-06"
_NOTHING: Any = {
    "read_file": False,
    "write_file": False,
    "create_dir": False,
    "read_network": False,
    "write_network": False,
}
"""What a stylesheet may touch. Any: lxml's stubs know no arguments of XSLTAccessControl."""


class CannotUpgrade(Exception):
    """The document is of a schema that no stylesheet knows, or the stylesheet fails on it."""


def upgraded(root: "etree._Element") -> "etree._Element":
    """Bring a document to 2016-06.

    Parameters
    ----------
    root : element
        Root ``OME`` of any published schema, 2003-FC to 2016-06, whatever prefix it uses. Changed in place.

    Returns
    -------
    element
        A root in the 2016-06 namespace, which is its default one. Not necessarily valid.

    Raises
    ------
    CannotUpgrade
    """
    if local_name(root) != "OME":
        raise CannotUpgrade(f"root element {local_name(root)}")
    _drop_pixel_data(root)
    version = schema_version(root)
    while version != _NEWEST:
        step = _stylesheets().get(version)
        if step is None:
            raise CannotUpgrade(f"no stylesheet for schema {version}")
        following, path = step
        root = _transform(_renamed(root, version), path)
        version = following
    return _rooted(root)


def schema_version(root: "etree._Element") -> str:
    """Schema that a document names: ``2003-FC``, ``2008-02`` ...; without a namespace, the newest."""
    namespace = etree.QName(root).namespace or ""
    if "XMLschemas/OME/FC" in namespace or namespace.endswith("2003-FC"):
        return "2003-FC"
    if not namespace:
        return _NEWEST
    match = _VERSION.search(namespace)
    if match is None:
        raise CannotUpgrade("the root's namespace is no OME schema")
    return match.group(1)


@cache
def _stylesheets() -> dict[str, tuple[str, Path]]:
    """Version to the next version and the stylesheet that leads there."""
    steps: dict[str, tuple[str, Path]] = {}
    for path in sorted(carried_by_ome_types("transforms").glob("*-to-*.xsl")):
        before, _, after = path.stem.partition("-to-")
        steps[before] = (after, path)
    return steps


def _transform(root: "etree._Element", path: Path) -> "etree._Element":
    try:
        result = _stylesheet(path)(root)
    except etree.XSLTError as error:
        raise CannotUpgrade(f"{path.name}: {error}") from error
    found = result.getroot()
    if found is None or local_name(found) != "OME":
        raise CannotUpgrade(f"{path.name} left no OME element")
    return found


@cache
def _stylesheet(path: Path) -> "etree.XSLT":
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XSLT(etree.parse(path, parser), access_control=etree.XSLTAccessControl(**_NOTHING))


def _drop_pixel_data(root: "etree._Element") -> None:
    """Remove pixels inside the XML: they are the reader's to deliver, and large."""
    for pixels in root.iter():
        if isinstance(pixels.tag, str) and local_name(pixels) == "Pixels":
            for child in list(pixels):
                if isinstance(child.tag, str) and local_name(child) == "BinData":
                    pixels.remove(child)


def _renamed(root: "etree._Element", version: str) -> "etree._Element":
    """Spell the namespaces as the stylesheets expect: some writers have ``ome`` for ``OME``, ``2013-06s``."""
    text = etree.tostring(root)
    text = re.sub(rb"openmicroscopy\.org/Schemas/ome/", b"openmicroscopy.org/Schemas/OME/", text)
    text = text.replace(b"/Schemas/OME/%ss" % version.encode(), b"/Schemas/OME/" + version.encode())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    return etree.fromstring(text, parser)


def _rooted(root: "etree._Element") -> "etree._Element":
    """Root whose default namespace is 2016-06; schema location of its own."""
    new = etree.Element(ome("OME"), nsmap=NAMESPACES)
    etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    for name, value in root.attrib.items():
        if etree.QName(name).namespace is None:
            new.set(name, value)
    new.extend(list(root))
    written = etree.QName(root).namespace
    if written != NAMESPACE:
        _rename(new, written)
    # No cleanup of namespaces: lxml would drop an xmlns="" that foreign XML in an annotation needs
    return new


def _rename(element: "etree._Element", namespace: str | None) -> None:
    """Put elements of a namespace, or of none, into 2016-06; not what an annotation's Value holds."""
    for child in element:
        if isinstance(child.tag, str) and etree.QName(child).namespace == namespace:
            child.tag = ome(local_name(child))
        if isinstance(child.tag, str) and local_name(child) != "Value":
            _rename(child, namespace)
