"""``<sample>.prov.json``: every name has its namespace, every link its ends; files are described as they are.

https://www.w3.org/submissions/prov-json/, https://www.w3.org/TR/prov-dm/. Objects sealed before there was this
document have none.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from fixative.findings import RefusedSample
from fixative.verify.bag_files import damaged
from fixative.verify.facts import Facts

SUFFIX = ".prov.json"
ELEMENTS = ("entity", "activity", "agent")
LINKS = {
    "used": {"prov:activity": "activity", "prov:entity": "entity"},
    "wasGeneratedBy": {"prov:activity": "activity", "prov:entity": "entity"},
    "wasDerivedFrom": {"prov:generatedEntity": "entity", "prov:usedEntity": "entity"},
    "wasAssociatedWith": {"prov:activity": "activity", "prov:agent": "agent"},
    "actedOnBehalfOf": {"prov:delegate": "agent", "prov:responsible": "agent"},
    "hadMember": {"prov:collection": "entity", "prov:entity": "entity"},
}
"""Relations that Fixative writes: the ends each must have, and what they are."""

FURTHER_ENDS = {"prov:plan": "entity"}
KNOWN_PREFIXES = {"prov", "xsd"}
"""What PROV-JSON has without saying so."""


def prov_findings(content: bytes, facts: Facts) -> Iterator[RefusedSample]:
    """Say what is wrong in the document, and where it speaks of other files than those that are there."""
    name = f"data/{facts.sample}{SUFFIX}"
    document: dict[str, Any] = json.loads(content)
    prefixes = {*document["prefix"], *KNOWN_PREFIXES}
    for kind in ELEMENTS:
        for identifier in document.get(kind, {}):
            if identifier.partition(":")[0] not in prefixes:
                yield damaged(name, f"a namespace for {identifier}", "none")
    yield from _link_findings(name, document)
    yield from _activity_findings(name, document)
    paths = {}
    for identifier, entity in document["entity"].items():
        prefix, _, local = identifier.partition(":")
        if prefix == "object":
            paths[unquote(local)] = entity
    if facts.image not in paths:
        yield damaged(name, f"an entity {facts.image}", "none")
    for path, entity in paths.items():
        if path not in facts.payload and "fixative:sha512" in entity:
            # Of what is not in the object, no SHA-512 is known.
            yield damaged(name, f"no file that is not there: {path}", "described")
        elif path in facts.payload:
            yield from _file_findings(name, path, entity, facts)


def _link_findings(name: str, document: dict[str, Any]) -> Iterator[RefusedSample]:
    known = {"prefix", "bundle", *ELEMENTS, *LINKS}
    for kind in sorted(document.keys() - known):
        yield damaged(name, f"relations of {', '.join(LINKS)} alone", kind)
    for kind, ends in LINKS.items():
        for link in document.get(kind, {}).values():
            for end, element in {**ends, **{key: FURTHER_ENDS[key] for key in FURTHER_ENDS if key in link}}.items():
                if link.get(end) not in document.get(element, {}):
                    yield damaged(name, f"{element} {link.get(end)}, which {kind} links to", "not described")


def _activity_findings(name: str, document: dict[str, Any]) -> Iterator[RefusedSample]:
    performed = {link["prov:activity"] for link in document.get("wasAssociatedWith", {}).values()}
    for identifier, activity in document["activity"].items():
        if identifier not in performed:
            yield damaged(name, f"an agent of {identifier}", "none")
        start, end = activity["prov:startTime"], activity["prov:endTime"]
        if datetime.fromisoformat(start) > datetime.fromisoformat(end):
            yield damaged(name, f"{identifier} to end no earlier than {start}", end)


def _file_findings(name: str, path: str, entity: dict[str, Any], facts: Facts) -> Iterator[RefusedSample]:
    for algorithm in ("sha256", "sha512"):
        expected = facts.payload[path].get(algorithm)
        if expected is not None and (found := entity.get(f"fixative:{algorithm}")) != expected:
            yield damaged(name, f"the digest of {path}: {expected}", found)
    size = facts.sizes.get(path)
    if size is not None and (found := entity.get("schema:contentSize")) != str(size):
        yield damaged(name, f"the size of {path}: {size}", found)
