"""The story as W3C PROV, in its JSON form (https://www.w3.org/submissions/prov-json/), through the package prov.

Only the JSON serialiser is imported: `ProvDocument.serialize` looks through all of them and loads rdflib (0.2 s).
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fixative.files import json_bytes
from fixative.package.parts import Written
from fixative.package.story import ARCHIVER, POLICY, Agent, Step, Story, Thing, tell

if TYPE_CHECKING:
    from prov.model import ProvDocument

TERMS, UUID = "urn:fixative:terms:", "urn:uuid:"
MOST_MEMBERS = 1000
"""Files of a source that are listed one by one; PREMIS and provenance.json list them all."""
AGENT_TYPES = {"person": "prov:Person", "organisation": "prov:Organization", "software": "prov:SoftwareAgent"}


def prov_json(written: Written) -> bytes:
    """Compose ``<sample>.prov.json``: entities, activities and agents of one object, as far as it is written."""
    from prov.serializers.provjson import encode_json_document

    return json_bytes(encode_json_document(prov_document(tell(written))))


def prov_document(story: Story) -> "ProvDocument":
    """Give the story as a document of the package prov."""
    from prov.model import ProvDocument

    document = ProvDocument()
    document.add_namespace("uuid", UUID)
    document.add_namespace("object", f"{story.identifier}#")
    document.add_namespace("fixative", TERMS)
    document.add_namespace("orcid", "https://orcid.org/")
    document.add_namespace("ror", "https://ror.org/")
    document.add_namespace("schema", "http://schema.org/")
    for agent in story.agents.values():
        document.agent(_agent_name(agent), _agent(document, agent))
    _represent(document, story)
    listed = _listed(story)
    for key in listed:
        document.entity(_thing_name(key), _thing(document, story.things[key]))
    for key in listed:
        one = story.things[key]
        for member in one.members:
            if member in listed:
                document.hadMember(_thing_name(key), _thing_name(member))
        for origin in one.came_from:
            if origin in listed:
                document.wasDerivedFrom(_thing_name(key), _thing_name(origin))
    for step in story.steps:
        _step(document, story, step)
    return document


def _listed(story: Story) -> dict[str, None]:
    """Keys of the things that the document speaks of."""
    left_out: set[str] = set()
    for one in story.things.values():
        if one.kind == "source":
            left_out = {key for key in one.members[MOST_MEMBERS:] if story.things[key].copy is None}
    return {key: None for key in story.things if key not in left_out}


def _represent(document: "ProvDocument", story: Story) -> None:
    """Say who acted for whom: the programs for the person, the person for the organisation."""
    chain = [_agent_name(story.agents[ARCHIVER]), *map(_agent_name, story.responsible)]
    for delegate, responsible in pairwise(chain):
        document.actedOnBehalfOf(delegate, responsible)


def _agent_name(one: Agent) -> str:
    for prefix, start in (("orcid", "https://orcid.org/"), ("ror", "https://ror.org/")):
        if one.key.startswith(start):
            return f"{prefix}:{one.key.removeprefix(start)}"
    return f"object:agent/{quote(one.key)}"


def _agent(document: "ProvDocument", one: Agent) -> dict[Any, Any]:
    stated = {
        "prov:type": document.valid_qualified_name(AGENT_TYPES[one.kind]),
        "prov:label": one.name,
        "fixative:role": one.role,
        "schema:softwareVersion": one.version,
        "schema:url": one.address if one.kind == "software" else None,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _thing_name(key: str) -> str:
    """Qualified name of a thing: the object's own, or its key within the object."""
    return f"uuid:{key.removeprefix(UUID)}" if key.startswith(UUID) else f"object:{quote(key)}"


def _thing(document: "ProvDocument", one: Thing) -> dict[Any, Any]:
    kind = {"object": "prov:Collection", "source": "prov:Collection", "policy": "prov:Plan"}.get(one.kind)
    stated = {
        "prov:type": kind and document.valid_qualified_name(kind),
        "prov:label": one.name,
        "schema:description": one.text,
        "schema:encodingFormat": one.form or None,
        "schema:contentSize": None if one.bytes is None else str(one.bytes),
        "fixative:sha256": one.sha256,
        "fixative:sha512": one.sha512,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _step(document: "ProvDocument", story: Story, step: Step) -> None:
    name = f"object:step/{step.name}"
    told = {"prov:label": step.name, "schema:description": step.text}
    document.activity(name, step.started, step.ended, told)
    for key in step.used:
        if key != POLICY:
            document.used(name, _thing_name(key))
    for key in step.made:
        document.wasGeneratedBy(_thing_name(key), name)
    plan = _thing_name(POLICY) if POLICY in step.used else None
    document.wasAssociatedWith(name, _agent_name(story.agents[ARCHIVER]), plan)
    for agent in (*step.software[1:], step.responsible, step.authoriser):
        if agent is not None:
            document.wasAssociatedWith(name, _agent_name(story.agents[agent]))
