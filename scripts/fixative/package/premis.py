"""Preservation metadata: PREMIS 3.0, https://www.loc.gov/standards/premis/v3/; the story, as events of files.

Types of events and agents are those of the Library of Congress (https://id.loc.gov/vocabulary/preservation/eventType,
agentType). Every identifier that is linked to is defined in the document; the schema cannot say so, a test does.
Records that are not in the object have no place here: an event links to the files that they came from.
"""

import uuid
from collections.abc import Iterable, Iterator

import lxml.etree

from fixative.package.parts import NAMESPACE, Written
from fixative.package.story import ARCHIVER, Agent, Step, Story, Thing, tell
from fixative.package.text import xml_text

PREMIS = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
VOCABULARY = "http://id.loc.gov/vocabulary/preservation"
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
AGENT_TYPES = {"organisation": ("organization", "org"), "person": ("person", "per"), "software": ("software", "sof")}
SCHEMES = {"https://orcid.org/": "ORCID", "https://ror.org/": "ROR", "urn:": "URN"}
"""Types of identifiers, by how these begin; all others are local to the document."""

UNTYPED = {"premis": PREMIS}
TYPED = {**UNTYPED, "xsi": XSI}

Element = lxml.etree._Element


def premis(written: Written) -> bytes:
    """Compose ``premis.xml``."""
    story = tell(written)
    renamed = any(public != name for name, public in written.parts.names.items()) or any(
        path != f"original/{written.parts.names[name]}" for name, path in written.originals.items()
    )
    agents = (_agent(agent) for agent in story.agents.values())
    root = _element("premis", *_objects(story), *_events(story, renamed=renamed), *agents)
    root.set("version", "3.0")
    document: bytes = lxml.etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _element(name: str, *children: object) -> Element:
    # Each prefix costs: the second is for what has an xsi:type.
    element = lxml.etree.Element(f"{{{PREMIS}}}{name}", nsmap=TYPED if name in ("premis", "object") else UNTYPED)
    for child in children:
        if isinstance(child, Element):
            element.append(child)
        else:
            element.text = xml_text(child)
    return element


def _listed(name: str, text: str, vocabulary: str, code: str) -> Element:
    """Give a term of a vocabulary of the Library of Congress."""
    element = _element(name, text)
    element.set("authority", vocabulary)
    element.set("authorityURI", f"{VOCABULARY}/{vocabulary}")
    element.set("valueURI", f"{VOCABULARY}/{vocabulary}/{code}")
    return element


def _identifier(kind: str, value: str, role: str | None = None, prefix: str = "") -> Element:
    """Identify an object, event or agent, or link to it."""
    name = f"{prefix}{kind[:1].upper() if prefix else kind[:1]}{kind[1:]}Identifier"
    scheme = next((scheme for start, scheme in SCHEMES.items() if value.startswith(start)), "local")
    element = _element(name, _element(f"{name}Type", scheme), _element(f"{name}Value", value))
    if role:
        element.append(_element(f"{prefix}{kind.capitalize()}Role", role))
    return element


def _key(thing: Thing) -> str:
    """Identifier of an object: files of the payload by their path in the bag."""
    return f"data/{thing.key}" if thing.kind == "file" else thing.key


def _objects(story: Story) -> Iterator[Element]:
    things = story.things
    for thing in things.values():
        members = [_key(things[key]) for key in thing.members]
        if thing.kind in ("object", "source"):
            # A set of thousands of files is linked to as one object, not file by file in every event.
            element = _element("object", _identifier("object", thing.key))
            element.set(f"{{{XSI}}}type", "premis:representation")
            element.append(_relationship("structural", "includes", members))
            yield element
        elif thing.kind in ("file", "source file"):
            element = _file(thing)
            if origins := [_key(things[origin]) for origin in _lasting(story, thing.came_from)]:
                element.append(_relationship("derivation", "has source", origins))
            yield element


def _lasting(story: Story, keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found for key in keys for found in story.lasting(key)))


def _relationship(kind: str, subtype: str, related: list[str]) -> Element:
    element = _element("relationship", _element("relationshipType", kind), _element("relationshipSubType", subtype))
    element.extend(_identifier("object", identifier, prefix="related") for identifier in related)
    return element


def _file(thing: Thing) -> Element:
    digests = {"SHA-256": thing.sha256, "SHA-512": thing.sha512}
    characteristics = _element(
        "objectCharacteristics",
        *(
            _element("fixity", _element("messageDigestAlgorithm", name), _element("messageDigest", digest))
            for name, digest in digests.items()
            if digest is not None
        ),
        _element("size", thing.bytes),
        _element("format", _element("formatDesignation", _element("formatName", thing.form))),
    )
    element = _element("object", _identifier("object", _key(thing)), characteristics)
    element.set(f"{{{XSI}}}type", "premis:file")
    return element


def _events(story: Story, *, renamed: bool) -> Iterator[Element]:
    for step in story.steps:
        codes = STEP_EVENTS.get(step.name, ())
        for code in (*codes, "fil") if renamed and step.name == "sanitise_metadata" else codes:
            yield _event(story, step, code)


def _event(story: Story, step: Step, code: str) -> Element:
    name = uuid.uuid5(NAMESPACE, f"{story.identifier} {step.name} {code}").urn
    event = _element(
        "event",
        _identifier("event", name),
        _listed("eventType", EVENT_TYPES[code], "eventType", code),
        _element("eventDateTime", step.ended),
        _element("eventDetailInformation", _element("eventDetail", f"step {step.name}: {step.text}")),
        _element("eventOutcomeInformation", _element("eventOutcome", "success")),
    )
    for key in step.software:
        role = "executing program" if key == ARCHIVER else "program called"
        event.append(_identifier("agent", key, role, prefix="linking"))
    if step.responsible:
        event.append(_identifier("agent", step.responsible, "implementer", prefix="linking"))
    if step.authoriser:
        event.append(_identifier("agent", step.authoriser, "authorizer", prefix="linking"))
    made = [key for key in step.made if story.things[key].kind not in ("record", "policy")]
    # What puts the object together has the object for its outcome, not each file of it once more.
    whole = [key for key in made if story.things[key].kind == "object"]
    for key in [] if whole else _lasting(story, step.used):
        event.append(_identifier("object", _key(story.things[key]), "source", prefix="linking"))
    for key in whole or made:
        event.append(_identifier("object", _key(story.things[key]), "outcome", prefix="linking"))
    return event


def _agent(agent: Agent) -> Element:
    word, code = AGENT_TYPES[agent.kind]
    element = _element(
        "agent",
        _identifier("agent", agent.key),
        _element("agentName", agent.name),
        _listed("agentType", word, "agentType", code),
    )
    if agent.version is not None:
        element.append(_element("agentVersion", agent.version))
    element.append(_element("agentNote", agent.role))
    return element
