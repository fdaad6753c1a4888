"""``ro-crate-metadata.json``: the rules of RO-Crate 1.1 and of a Process Run Crate that need no network.

https://www.researchobject.org/ro-crate/specification/1.1/, https://w3id.org/ro/wfrun/process/0.5
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from fixative.findings import RefusedSample
from fixative.verify.bag_files import damaged
from fixative.verify.facts import Facts

CRATE, PREVIEW = "ro-crate-metadata.json", "ro-crate-preview.html"
CONTEXT = "https://w3id.org/ro/crate/1."
RUN_CONTEXT = "https://w3id.org/ro/terms/workflow-run"
NAME = f"data/{CRATE}"
ROOT_MUST = ("name", "description", "datePublished", "license")

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
    actions = [entity for entity in entities.values() if "CreateAction" in _list(entity.get("@type"))]
    if not actions:
        yield damaged(NAME, "a CreateAction", "none")
    mentioned = {_id(mention) for mention in _list(root.get("mentions"))}
    for action in actions:
        if action["@id"] not in mentioned:
            yield damaged(NAME, f"{action['@id']} in mentions", "not listed")
        for key in ("instrument", "object", "result", "endTime"):
            if not action.get(key):
                yield damaged(NAME, f"{key} of {action['@id']}", "none")


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
