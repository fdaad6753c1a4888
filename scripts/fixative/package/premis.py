"""Preservation metadata: PREMIS 3.0, https://www.loc.gov/standards/premis/v3/.

Event types are those of the Library of Congress (https://id.loc.gov/vocabulary/preservation/eventType). Every
identifier that is linked to is defined in the document; the schema cannot say so, a test does.
"""

import uuid
from collections.abc import Iterator

import lxml.etree

from fixative.models import StepOutcome
from fixative.package.parts import NAMESPACE, Written, media_type
from fixative.package.provenance import approved_when, software
from fixative.package.text import xml_text

PREMIS = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
VOCABULARY = "http://id.loc.gov/vocabulary/preservation/eventType"
EVENT_TYPES = {
    "fil": "filename change",
    "fix": "fixity check",
    "for": "format identification",
    "ing": "ingestion",
    "ipc": "information package creation",
    "mee": "metadata extraction",
    "mem": "metadata modification",
    "mes": "message digest calculation",
    "nor": "normalization",
    "red": "redaction",
    "val": "validation",
}
STEP_EVENTS = {
    "inventory_source": ("ing", "for", "mes"),
    "dump_metadata": ("mee",),
    "sanitise_metadata": ("red", "mem"),
    "convert_to_ome_tiff": ("nor",),
    "verify_archive": ("val", "fix"),
    "write_provenance": ("ipc",),
}
SOURCE = "source"
"""Identifier of the source file set."""

Element = lxml.etree._Element


def premis(written: Written) -> bytes:
    """Compose ``premis.xml``."""
    root = _element("premis", *_objects(written), *_events(written), *_agents(written))
    root.set("version", "3.0")
    document: bytes = lxml.etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _element(name: str, *children: object) -> Element:
    element = lxml.etree.Element(f"{{{PREMIS}}}{name}", nsmap={"premis": PREMIS, "xsi": XSI})
    for child in children:
        if isinstance(child, Element):
            element.append(child)
        else:
            element.text = xml_text(child)
    return element


def _identifier(kind: str, value: str, role: str | None = None, prefix: str = "") -> Element:
    """Identify an object, event or agent, or link to it."""
    name = f"{prefix}{kind[:1].upper() if prefix else kind[:1]}{kind[1:]}Identifier"
    scheme = "local" if kind != "object" or ":" not in value else "URN"
    element = _element(name, _element(f"{name}Type", scheme), _element(f"{name}Value", value))
    if role:
        element.append(_element(f"{prefix}{kind.capitalize()}Role", role))
    return element


def _objects(written: Written) -> Iterator[Element]:
    parts = written.parts
    yield _set(parts.identifier, [f"data/{path}" for path in written.payload])
    for path, digests in written.payload.items():
        both = {"SHA-256": digests.sha256, "SHA-512": digests.sha512}
        element = _file(f"data/{path}", digests.bytes, both, media_type(path))
        if path == parts.image_name:
            element.append(_relationship("derivation", "has source", [SOURCE]))
        yield element
    # A set of thousands of files is linked to as one object, not file by file in every event.
    yield _set(SOURCE, [f"source/{parts.names[file.name]}" for file in parts.inventory.files])
    for file in parts.inventory.files:
        name = parts.names[file.name]
        kind = parts.inventory.format if file.role == "main" else media_type(name)
        yield _file(f"source/{name}", file.bytes, {"SHA-256": file.sha256}, kind)


def _set(identifier: str, members: list[str]) -> Element:
    element = _element("object", _identifier("object", identifier))
    element.set(f"{{{XSI}}}type", "premis:representation")
    element.append(_relationship("structural", "includes", members))
    return element


def _relationship(kind: str, subtype: str, related: list[str]) -> Element:
    element = _element("relationship", _element("relationshipType", kind), _element("relationshipSubType", subtype))
    element.extend(_identifier("object", identifier, prefix="related") for identifier in related)
    return element


def _file(identifier: str, size: int, digests: dict[str, str], form: str) -> Element:
    characteristics = _element(
        "objectCharacteristics",
        *(
            _element("fixity", _element("messageDigestAlgorithm", name), _element("messageDigest", digest))
            for name, digest in digests.items()
        ),
        _element("size", size),
        _element("format", _element("formatDesignation", _element("formatName", form))),
    )
    element = _element("object", _identifier("object", identifier), characteristics)
    element.set(f"{{{XSI}}}type", "premis:file")
    return element


def _events(written: Written) -> Iterator[Element]:
    parts = written.parts
    renamed = any(public != name for name, public in parts.names.items()) or any(
        path != f"original/{parts.names[name]}" for name, path in written.originals.items()
    )
    for outcome in parts.outcomes:
        codes = STEP_EVENTS.get(outcome.step, ())
        for code in (*codes, "fil") if renamed and outcome.step == "sanitise_metadata" else codes:
            yield _event(written, outcome, code)


def _event(written: Written, outcome: StepOutcome, code: str) -> Element:
    parts = written.parts
    name = uuid.uuid5(NAMESPACE, f"{parts.identifier} {outcome.step} {code}").urn
    kind = _element("eventType", EVENT_TYPES[code])
    kind.set("authority", "eventType")
    kind.set("authorityURI", VOCABULARY)
    kind.set("valueURI", f"{VOCABULARY}/{code}")
    event = _element(
        "event",
        _identifier("event", name),
        kind,
        _element("eventDateTime", outcome.ended or written.created_text),
        _element("eventDetailInformation", _element("eventDetail", _detail(written, outcome, code))),
        _element("eventOutcomeInformation", _element("eventOutcome", "success")),
        _identifier("agent", "fixative", "executing program", prefix="linking"),
    )
    if code in ("red", "mem", "fil") and parts.log.approver:
        event.append(_identifier("agent", "approver", "authorizer", prefix="linking"))
    if code in ("ing", "for", "mes", "mee", "red", "mem", "fil", "nor"):
        event.append(_identifier("object", SOURCE, "source", prefix="linking"))
    if code in ("nor", "val", "fix"):
        event.append(_identifier("object", f"data/{parts.image_name}", "outcome", prefix="linking"))
    if code == "ipc":
        event.append(_identifier("object", parts.identifier, "outcome", prefix="linking"))
    return event


def _detail(written: Written, outcome: StepOutcome, code: str) -> str:
    """Name the step; of a redaction, what was approved and how. The person is the event's authorizer."""
    approval = written.parts.log.approval
    if code != "red" or approval is None:
        return f"step {outcome.step}"
    how = f"plan with SHA-256 {approval.plan_sha256} approved {approved_when(written)} ({approval.command})"
    return f"step {outcome.step}; {how}"


def _agents(written: Written) -> Iterator[Element]:
    for tool in software(written):
        yield _element(
            "agent",
            _identifier("agent", tool["name"]),
            _element("agentName", tool["name"]),
            _element("agentType", "software"),
            _element("agentVersion", tool["version"]),
            _element("agentNote", tool["role"]),
        )
    if written.parts.log.approver:
        yield _element(
            "agent",
            _identifier("agent", "approver"),
            _element("agentName", written.parts.log.approver),
            _element("agentType", "person"),
        )
