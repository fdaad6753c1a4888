"""``ro-crate-metadata.json``: the rules of RO-Crate 1.1 and of a Process Run Crate that need no network.

https://www.researchobject.org/ro-crate/specification/1.1/, https://w3id.org/ro/wfrun/process/0.5
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from fixative.findings import RefusedSample
from fixative.verify.bag_files import damaged
from fixative.verify.facts import Facts

CRATE, PREVIEW = "ro-crate-metadata.json", "ro-crate-preview.html"
CONTEXT = "https://w3id.org/ro/crate/1."
RUN_CONTEXT = "https://w3id.org/ro/terms/workflow-run"
NAME = f"data/{CRATE}"
PROFILE = "https://w3id.org/ro/wfrun/process/"
ROOT_MUST = ("name", "description", "datePublished", "license")
ACTION_MUST = ("instrument", "object", "result", "endTime")
ACTION_TYPES = {
    "instrument": {"SoftwareApplication", "SoftwareSourceCode", "ComputationalWorkflow"},
    "object": {"File", "Dataset", "Collection", "CreativeWork", "PropertyValue"},
    "result": {"File", "Dataset", "Collection", "CreativeWork", "PropertyValue"},
    "agent": {"Person", "Organization"},
    "participant": {"Person", "Organization"},
}
"""Of what an action links to; what is not described is told of as a link without end."""

STATUS = ("http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus")

Entity = dict[str, Any]


def crate_findings(content: bytes, facts: Facts) -> Iterator[RefusedSample]:
    """Every part exists and is described as it is, every file is a part, every link has its end."""
    document = json.loads(content)
    graph: list[Entity] = document["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    for identifier, count in Counter(entity["@id"] for entity in graph).items():
        if count > 1:
            yield damaged(NAME, f"one entity {identifier}", count)
    yield from _context_findings(document)
    descriptor = entities[CRATE]
    if not str(_id(descriptor.get("conformsTo"))).startswith(CONTEXT):
        yield damaged(NAME, "a descriptor that conforms to RO-Crate 1", _id(descriptor.get("conformsTo")))
    root = entities[_id(descriptor["about"]) or ""]
    yield from _root_findings(root, entities)
    yield from _part_findings(root, entities, facts)
    for identifier, entity in entities.items():
        for target in _links(entity):
            if target not in entities and not target.startswith(("http://", "https://")):
                yield damaged(NAME, f"an entity {target} (named by {identifier})", "none")


def _context_findings(document: Entity) -> Iterator[RefusedSample]:
    stated = document.get("@context")
    contexts = stated if isinstance(stated, list) else [stated]
    for wanted in (CONTEXT, RUN_CONTEXT):
        if not any(isinstance(context, str) and context.startswith(wanted) for context in contexts):
            yield damaged(NAME, f"@context {wanted}...", stated)


def _root_findings(root: Entity, entities: dict[str, Entity]) -> Iterator[RefusedSample]:
    if "Dataset" not in _list(root.get("@type")):
        yield damaged(NAME, "a root entity of type Dataset", root.get("@type"))
    for key in ROOT_MUST:
        if not root.get(key):
            yield damaged(NAME, f"{key} of the root entity", "none")
    profiles = [str(_id(profile)) for profile in _list(root.get("conformsTo"))]
    if not any(one.startswith(PROFILE) and _is(entities.get(one), {"CreativeWork"}) for one in profiles):
        yield damaged(NAME, f"a root entity that conforms to {PROFILE}..., and what that is", ", ".join(profiles))
    actions = [entity for entity in entities.values() if _is(entity, {"CreateAction"})]
    if not actions:
        yield damaged(NAME, "a CreateAction", "none")
    mentioned = {_id(mention) for mention in _list(root.get("mentions"))}
    for action in actions:
        if action["@id"] not in mentioned:
            yield damaged(NAME, f"{action['@id']} in mentions", "not listed")
        yield from _action_findings(action, entities)
    for collection in (entity for entity in entities.values() if _is(entity, {"Collection"})):
        if collection["@id"] not in mentioned:
            yield damaged(NAME, f"{collection['@id']} in mentions", "not listed")
        if collection.get("mainEntity") not in _list(collection.get("hasPart")):
            yield damaged(NAME, f"mainEntity of {collection['@id']} among its parts", collection.get("mainEntity"))


def _action_findings(action: Entity, entities: dict[str, Entity]) -> Iterator[RefusedSample]:
    name = action["@id"]
    for key in ACTION_MUST:
        if not action.get(key):
            yield damaged(NAME, f"{key} of {name}", "none")
    for key, types in ACTION_TYPES.items():
        for link in _list(action.get(key)):
            target = entities.get(str(_id(link)))
            if target is None or not _is(target, types):
                found = "not described" if target is None else target.get("@type")
                yield damaged(NAME, f"{_id(link)}, {key} of {name}, of type {' or '.join(sorted(types))}", found)
    if (status := action.get("actionStatus")) not in STATUS:
        yield damaged(NAME, f"actionStatus of {name} as schema.org has it", status)
    times = [action[key] for key in ("startTime", "endTime") if action.get(key)]
    if [*map(datetime.fromisoformat, times)] != sorted(map(datetime.fromisoformat, times)):
        yield damaged(NAME, f"{name} to end no earlier than it starts", times[-1])


def _part_findings(root: Entity, entities: dict[str, Entity], facts: Facts) -> Iterator[RefusedSample]:
    payload = facts.payload
    parts = {unquote(part["@id"]) for part in root["hasPart"]}
    for path in sorted(parts - payload.keys()):
        yield damaged(NAME, f"no part that is not there: {path}", "listed in hasPart")
    for path in sorted(payload.keys() - parts - {CRATE}):
        yield damaged(NAME, f"{path} in hasPart", "not listed")
    described = {unquote(identifier): entity for identifier, entity in entities.items()}
    for path in sorted(parts & payload.keys()):
        if path not in described:
            yield damaged(NAME, f"a description of {path}", "none")
        elif path != PREVIEW or "sha256" in described[path]:
            yield from _file_findings(path, described[path], facts)


def _file_findings(path: str, entity: Entity, facts: Facts) -> Iterator[RefusedSample]:
    if "File" not in _list(entity.get("@type")):
        yield damaged(NAME, f"{path} of type File", entity.get("@type"))
    if (expected := facts.payload[path].get("sha256")) and entity["sha256"] != expected:
        yield damaged(NAME, f"the digest of {path}: {expected}", entity["sha256"])
    size = facts.sizes.get(path)
    if size is not None and entity.get("contentSize") != str(size):
        yield damaged(NAME, f"the size of {path}: {size}", entity.get("contentSize"))


def _is(entity: Entity | None, types: set[str]) -> bool:
    """Whether an entity is there and of one of some types."""
    return entity is not None and not types.isdisjoint(_list(entity.get("@type")))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _id(value: Any) -> str | None:
    return value.get("@id") if isinstance(value, dict) else None


def _links(value: Any) -> Iterator[str]:
    """Every ``{"@id": ...}`` within an entity."""
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(child, dict) and set(child) == {"@id"}:
            yield child["@id"]
        else:
            yield from _links(child)
