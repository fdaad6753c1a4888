"""``meta.json``: it is what its models say, and complete by its own record.

Scores are recomputed as far as the object alone allows: their sums, the fields that the OME-XML must state, and what
of the REMBI minimum the sheet's row in the provenance states.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fixative.findings import RefusedSample
from fixative.models import REDACTED, MetadataDump, SanitisationLog
from fixative.required.records import RequiredReport
from fixative.verify.bag_files import damaged
from fixative.verify.facts import Facts
from fixative.verify.report import Note, Told

FORMAT = "fixative-metadata-1"
PARTS: dict[str, type[BaseModel]] = {
    "dump": MetadataDump,
    "sanitisation": SanitisationLog,
    "completeness": RequiredReport,
}
Model = TypeVar("Model", bound=BaseModel)


def metadata_findings(content: bytes, facts: Facts) -> Iterator[Told]:
    """The sanitised dump, the log of sanitising and the scores are there, whole, and agree with each other."""
    document = json.loads(content)
    name = f"data/{facts.image}.meta.json"
    missing = [key for key in ("dump", "sanitisation") if not isinstance(document.get(key), dict)]
    if missing:
        yield damaged(name, " and ".join(missing), "none")
        return
    if document.get("format") != FORMAT:
        yield damaged(name, f"format {FORMAT}", document.get("format"))
    for key, model in PARTS.items():
        if document.get(key) is not None:
            yield from _model_findings(name, key, document[key], model)
    yield from _dump_findings(name, document)
    if isinstance(document.get("completeness"), dict):
        yield from _score_findings(name, document["completeness"])


def read_part(document: dict[str, Any], key: str, model: type[Model]) -> Model | None:
    """Give one part of the document; None where it is absent or not what the model says."""
    try:
        return model.model_validate(document[key])
    except (ValidationError, KeyError):
        return None


def _model_findings(name: str, key: str, content: Any, model: type[BaseModel]) -> Iterator[Told]:
    """A field that this version does not know is no damage: a later one may have written it."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False)[:5]:
            place = ".".join(str(part) for part in (key, *problem["loc"]))
            if problem["type"] == "extra_forbidden":
                yield Note(name, f"fields that {model.__name__} of this version has", place)
            else:
                yield damaged(name, f"{place} as {model.__name__} has it", problem["msg"])


def _dump_findings(name: str, document: dict[str, Any]) -> Iterator[RefusedSample]:
    dump, log = document["dump"], document["sanitisation"]
    if not dump.get("sources"):
        yield damaged(name, "at least one reading in dump.sources", "none")
    rules = {entry["rule"] for entry in log["redactions"]}
    rules |= {image["rule"] for image in log.get("images") or ()}
    unknown = sorted(set(_redacted_by([source["tree"] for source in dump["sources"]])) - rules)
    for rule in unknown:
        yield damaged(name, f"rule {rule} in the log, which left out a part of the dump", "not in the log")


def _redacted_by(tree: Any) -> Iterator[str]:
    """Every rule by which a part of the dump was left out."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if isinstance(rule := node.get(REDACTED), str):
                yield rule
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _score_findings(name: str, completeness: dict[str, Any]) -> Iterator[Told]:
    fields = completeness["fields"]
    absent = [field["name"] for field in fields if field["level"] == "refuse" and field["state"] == "missing"]
    if absent:
        yield damaged(name, "every field that the checklist insists on", f"no {', '.join(absent)}")
    rembi = completeness["rembi"]
    found = rembi["applicable"] - len(rembi["missing"])
    if rembi["filled"] != found:
        yield damaged(name, f"{found} items of the REMBI minimum", rembi["filled"])
    for tier in completeness["nbo"]:
        if not 0 <= tier["filled"] <= tier["applicable"]:
            yield damaged(name, f"at most {tier['applicable']} slots of NBO tier {tier['tier']}", tier["filled"])
        gap = tier["applicable"] - tier["filled"]
        if tier["tier"] == 1 and gap != len(completeness["nbo_missing"]):
            yield damaged(name, f"{gap} empty slots of NBO tier 1", len(completeness["nbo_missing"]))
