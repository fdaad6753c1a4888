"""The entities of a crate: an agent, a thing, a step of the story as RO-Crate 1.1 and its run profiles have them."""

import re
import uuid
from typing import Any
from urllib.parse import quote

from fixative.package.parts import NAMESPACE
from fixative.package.story import SOURCE, Agent, Step, Story

CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
CRATE, PREVIEW = "ro-crate-metadata.json", "ro-crate-preview.html"
COMPLETED, FAILED = "http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus"
PROFILES = {"process": "Process Run Crate", "workflow": "Workflow Run Crate", "provenance": "Provenance Run Crate"}
NOT_STATED = "not stated; ask the owner before you re-use this"
_CREATIVE_COMMONS = re.compile(r"CC-(BY(?:-NC)?(?:-ND|-SA)?)-([1-4]\.[05])")

Entity = dict[str, Any]


def entity_id(story: Story, key: str) -> str:
    """``@id`` of a thing: of a file of the object its path, of what is not in it a name within the crate."""
    one = story.things[key]
    if one.copy is not None:
        return quote(one.copy)
    if one.kind == "object":
        return "./"
    if one.kind == "file":
        return quote(key)
    if key == SOURCE and len(one.members) == 1:
        (member,) = one.members
        # A source of one file is that file, and where its copy is here, that copy.
        return entity_id(story, member) if story.things[member].copy else "#source"
    return f"#{quote(key)}"


def agent_id(one: Agent) -> str:
    """``@id`` of an agent: ORCID and ROR are addresses; a program has that of its page, with its version."""
    if one.kind == "software":
        name = quote(f"{one.name}-{one.version}")
        return f"{one.address}#{name}" if one.address else f"#software-{name}"
    return one.address or f"#{one.key}"


def named(one: Agent) -> Entity:
    """Give a link to an agent."""
    return {"@id": agent_id(one)}


def references(links: list[Entity]) -> Any:
    """Links as RO-Crate 1.1 wants them: one of them alone is no list."""
    return links[0] if len(links) == 1 else links


def time_text(time: str) -> str:
    """UTC time with its offset in digits, the one form that the validator of the run profiles takes."""
    return f"{time[:-1]}+00:00" if time.endswith("Z") else time


def profile(name: str) -> Entity:
    """Describe a profile of Workflow Run RO-Crate 0.5."""
    address = f"https://w3id.org/ro/wfrun/{name}/0.5"
    return {"@id": address, "@type": "CreativeWork", "name": PROFILES[name], "version": "0.5"}


def described_licence(stated: str | None) -> Entity:
    """Describe the licence that the sheet states: by its address where that follows from what is stated.

    Nothing is invented where it states none; RO-Crate asks for an entity all the same.
    """
    entity: Entity = {"@id": "#license", "@type": "CreativeWork", "name": stated or NOT_STATED}
    if stated and re.fullmatch(r"https?://[\w./~%+-]+", stated):
        entity["@id"] = stated
    elif stated and (found := _CREATIVE_COMMONS.fullmatch(stated)):
        entity["@id"] = f"https://creativecommons.org/licenses/{found[1].lower()}/{found[2]}/"
    elif stated == "CC0-1.0":
        entity["@id"] = "https://creativecommons.org/publicdomain/zero/1.0/"
    return entity


def agent(one: Agent) -> Entity:
    """Describe an agent."""
    if one.kind == "software":
        entity = {
            "@id": agent_id(one),
            "@type": "SoftwareApplication",
            "name": one.name,
            "softwareVersion": one.version,
            "description": one.role,
        }
    else:
        kind = "Person" if one.kind == "person" else "Organization"
        entity = {"@id": agent_id(one), "@type": kind, "name": one.name, "description": one.role}
    return entity | ({"url": one.address} if one.address else {})


def thing(story: Story, key: str, *, most: int = 0) -> Entity:
    """Describe a thing; of a set, no more than ``most`` of its members."""
    one = story.things[key]
    entity: Entity = {"@id": entity_id(story, key), "@type": "File" if one.kind == "file" else "CreativeWork"}
    entity |= {"name": one.name, "description": one.text}
    if key == SOURCE:
        entity["description"] += "; sha256 is that of a line for each file, its digest, two spaces and its name"
    if len(one.members) > 1:
        parts = [{"@id": entity_id(story, member)} for member in one.members[:most]]
        entity |= {"@type": "Collection", "mainEntity": parts[0], "hasPart": parts}
        if len(one.members) > most:
            entity["description"] += f"; the first {most} of {len(one.members)} are described here, all in premis.xml"
    if "/" in one.form:
        entity["encodingFormat"] = one.form
    if one.bytes is not None:
        entity["contentSize"] = str(one.bytes)
    if one.sha256 is not None:
        entity["sha256"] = one.sha256
    return entity


def action(story: Story, step: Step) -> Entity:
    """Describe a step as an action."""
    used = dict.fromkeys(entity_id(story, key) for key in step.used)
    made = dict.fromkeys(entity_id(story, key) for key in step.made if story.things[key].kind != "object")
    entity: Entity = {
        "@id": uuid.uuid5(NAMESPACE, f"{story.identifier} {step.name} {step.started}").urn,
        "@type": "CreateAction",
        "name": step.name,
        "description": step.text,
        "instrument": references([named(story.agents[key]) for key in step.software]),
        "object": references([{"@id": one} for one in used]),
        "result": references([{"@id": one} for one in made] or [{"@id": "./"}]),
        "startTime": time_text(step.started),
        "endTime": time_text(step.ended),
        "actionStatus": COMPLETED,
    }
    if step.responsible:
        entity["agent"] = named(story.agents[step.responsible])
    if step.authoriser:
        entity["participant"] = named(story.agents[step.authoriser])
    return entity
