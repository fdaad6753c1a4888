"""``premis.xml``: every link has its end, every file is described as it is, every part that PREMIS 3.0 asks for.

The schema, where it is at hand, is asked first; what it cannot say is checked here.
https://www.loc.gov/standards/premis/v3/
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import lxml.etree

from fixative.findings import RefusedSample
from fixative.verify.bag_files import damaged
from fixative.verify.facts import Facts
from fixative.verify.xml import parse_xml

PREMIS = "{http://www.loc.gov/premis/v3}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NAME = "data/premis.xml"
KINDS = ("object", "event", "agent", "rights")
"""In the order in which the schema wants them."""
MUST = {
    "event": ("eventIdentifier", "eventType", "eventDateTime"),
    "agent": ("agentIdentifier",),
    "object": ("objectIdentifier",),
}
EVENT_TYPES = {
    *("ing", "mes", "for", "mee", "vir", "qua", "unq", "red", "fil", "mem", "nor"),
    *("mig", "val", "fix", "ipc", "pac", "rep", "ref", "tra", "poa", "del", "dea"),
}
"""Codes of https://id.loc.gov/vocabulary/preservation/eventType."""

Element = lxml.etree._Element


def premis_findings(content: bytes, facts: Facts) -> Iterator[RefusedSample]:
    """Say what is wrong in the document, and where it speaks of other files than those that are there."""
    root = parse_xml(content)
    if facts.premis_schema is not None:
        schema = load_schema(facts.premis_schema)
        if not schema.validate(root):
            for error in list(schema.error_log):  # type: ignore[call-overload]  # lxml-stubs: it is a list
                yield damaged(NAME, "PREMIS 3.0 as its schema defines it", f"line {error.line}: {error.message}")
    if (root.tag, root.get("version")) != (f"{PREMIS}premis", "3.0"):
        yield damaged(NAME, "premis, version 3.0", f"{_local(root)}, version {root.get('version')}")
    yield from _shape_findings(root)
    yield from _link_findings(root)
    described = set()
    for element in root.iterfind(f"{PREMIS}object"):
        path = _text(element, "objectIdentifier/objectIdentifierValue")
        if path.startswith("data/"):
            described.add(path.removeprefix("data/"))
            yield from _file_findings(path.removeprefix("data/"), element, facts)
    # What is written after this document cannot stand in it.
    if facts.image in facts.payload and facts.image not in described:
        yield damaged(NAME, f"an object data/{facts.image}", "none")


@cache
def load_schema(path: Path) -> lxml.etree.XMLSchema:
    """Load premis.xsd, without the network.

    Raises
    ------
    OSError, lxml.etree.LxmlError
        When it is not there, or no schema.
    """
    return lxml.etree.XMLSchema(lxml.etree.parse(path, lxml.etree.XMLParser(no_network=True)))


def _shape_findings(root: Element) -> Iterator[RefusedSample]:
    kinds = [_local(child) for child in root if isinstance(child.tag, str)]
    places = [KINDS.index(kind) if kind in KINDS else -1 for kind in kinds]
    if places != sorted(places) or -1 in places:
        yield damaged(NAME, f"{', '.join(KINDS)}, in this order", "another order, or others")
    for kind, names in MUST.items():
        for element in root.iterfind(f"{PREMIS}{kind}"):
            missing = [name for name in names if element.find(f"{PREMIS}{name}") is None]
            if missing:
                yield damaged(NAME, f"{', '.join(missing)} in each {kind}", "none")
    for element in root.iterfind(f"{PREMIS}event/{PREMIS}eventType"):
        code = (element.get("valueURI") or "").rpartition("/")[2]
        if code not in EVENT_TYPES:
            yield damaged(NAME, "an event type of the Library of Congress", code or element.text)


def _link_findings(root: Element) -> Iterator[RefusedSample]:
    defined: dict[str, Counter[str]] = {}
    for kind in ("object", "event", "agent"):
        values = root.iterfind(f"{PREMIS}{kind}/{PREMIS}{kind}Identifier/{PREMIS}{kind}IdentifierValue")
        defined[kind] = Counter(value.text or "" for value in values)
        for value, count in defined[kind].items():
            if count > 1:
                yield damaged(NAME, f"one {kind} {value}", count)
    for prefix in ("linking", "related"):
        for kind in ("Object", "Event", "Agent"):
            for element in root.iter(f"{PREMIS}{prefix}{kind}IdentifierValue"):
                if (element.text or "") not in defined[kind.lower()]:
                    yield damaged(NAME, f"{kind.lower()} {element.text}, which is linked to", "not described")


def _file_findings(path: str, element: Element, facts: Facts) -> Iterator[RefusedSample]:
    if path not in facts.payload:
        yield damaged(NAME, f"no file that is not there: {path}", "described")
        return
    for fixity in element.iter(f"{PREMIS}fixity"):
        algorithm = _text(fixity, "messageDigestAlgorithm").replace("-", "").lower()
        stated = _text(fixity, "messageDigest")
        expected = facts.payload[path].get(algorithm)
        if expected is not None and stated != expected:
            yield damaged(NAME, f"the digest of {path}: {expected}", stated)
    size = facts.sizes.get(path)
    stated = _text(element, "objectCharacteristics/size")
    if size is not None and stated != str(size):
        yield damaged(NAME, f"the size of {path}: {size}", stated or "none")


def _text(element: Element, path: str) -> str:
    return element.findtext("/".join(f"{PREMIS}{name}" for name in path.split("/")), "") or ""


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
