"""What several documents of an object say must be the same in all: identifiers, times, policy, versions."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.models import STEPS, SampleRow
from fixative.required.rembi import rembi_score
from fixative.verify.bag_files import damaged
from fixative.verify.crate import CRATE
from fixative.verify.facts import Facts
from fixative.verify.prov import SUFFIX as PROV

Document = Mapping[str, Any]
Times = Mapping[str, tuple[str, str]]
"""Start and end of each step."""


def agreement_findings(
    facts: Facts,
    *,
    provenance: Document | None,
    metadata: Document | None,
    crate: Document | None,
    prov: Document | None = None,
) -> Iterator[RefusedSample]:
    """Compare what was read of each; one that is missing or damaged is told of elsewhere."""
    if provenance is None:
        return
    name = f"data/{facts.image}.provenance.json"
    yield from _same("bag-info.txt", "External-Identifier", provenance["identifier"], facts.info)
    yield from _same("bag-info.txt", "Bagging-Date", str(provenance["created"])[:10], facts.info)
    sample = provenance["sample"]
    yield from _same(
        "bag-info.txt", "Internal-Sender-Identifier", f"{sample['dataset']}/{sample['sample_id']}", facts.info
    )
    if sample["sample_id"] != facts.sample:
        yield damaged(name, f"sample_id {facts.sample}", sample["sample_id"])
    if crate is not None:
        root: Document = next((entity for entity in crate["@graph"] if entity.get("@id") == "./"), {})
        yield from _same(f"data/{CRATE}", "identifier", provenance["identifier"], root)
        yield from _same(f"data/{CRATE}", "datePublished", provenance["created"], root)
        yield from _step_findings(f"data/{CRATE}", provenance["steps"], _actions(crate))
    if prov is not None:
        yield from _step_findings(f"data/{facts.sample}{PROV}", provenance["steps"], _activities(prov))
    if metadata is not None:
        yield from _policy_findings(name, provenance["policy"], metadata["sanitisation"])
        if metadata.get("completeness") is not None:
            yield from _rembi_findings(f"data/{facts.image}.meta.json", sample, metadata["completeness"])


def _same(file: str, key: str, expected: str, stated: Document) -> Iterator[RefusedSample]:
    if stated.get(key) != expected:
        yield damaged(file, f"{key} {expected}", stated.get(key, "none"))


def _actions(crate: Document) -> Times:
    """Times of the steps by the crate; none where it has the one action of earlier versions for them all."""
    return {
        entity["name"]: (entity["startTime"], entity["endTime"])
        for entity in crate["@graph"]
        if entity.get("@type") == "CreateAction" and entity["name"] in STEPS
    }


def _activities(prov: Document) -> Times:
    return {
        identifier.rpartition("/")[2]: (activity["prov:startTime"], activity["prov:endTime"])
        for identifier, activity in prov["activity"].items()
    }


def _step_findings(name: str, steps: list[Document], found: Times) -> Iterator[RefusedSample]:
    """Compare the times of all steps with those of the provenance."""
    for step in steps if found else ():
        expected = (step["started"], step["ended"])
        times = found.get(step["step"])
        if times is None or [*map(datetime.fromisoformat, times)] != [*map(datetime.fromisoformat, expected)]:
            yield damaged(name, f"{step['step']} from {expected[0]} to {expected[1]}", times or "none")


def _policy_findings(name: str, policy: Document, log: Document) -> Iterator[RefusedSample]:
    """The log's counts are the provenance's: each document stands for the other."""
    expected = {
        "name": log["policy"],
        "version": log["policy_version"],
        "sha256": log["policy_sha256"],
        "strict": log["strict"],
        "approver": log.get("approver"),
        "keys_kept": log["kept_keys"],
        "keys_changed": sum(entry["count"] for entry in log["redactions"]),
    }
    for key, value in expected.items():
        if policy.get(key) != value:
            yield damaged(name, f"policy.{key} {value}, as in meta.json", policy.get(key))
    images = policy.get("associated_images")
    if images is not None and images != list(log.get("images") or ()):
        yield damaged(name, "policy.associated_images as in meta.json", f"{len(images)} others")


def _rembi_findings(name: str, sample: Document, completeness: Document) -> Iterator[RefusedSample]:
    """Score the row of the sheet anew.

    What the record counts and the row no longer states is no damage: the policy may have taken it out since.
    """
    stated = {field["name"] for field in completeness["fields"] if field["state"] in ("source", "person")}
    row = SampleRow(
        line=1,
        source=Path("x"),
        privacy_policy="x",
        extra=sample["further"],
        **{key: value for key, value in sample.items() if key != "further"},
    )
    missing = {column for _, column in rembi_score(row, stated).missing}
    for item, column in completeness["rembi"]["missing"]:
        if column not in missing:
            yield damaged(name, f"{item} among what is stated, as in the provenance", "missing")
