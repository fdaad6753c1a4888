"""``provenance.json``: what it says of outputs, pixels, source and metadata, recomputed."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from fixative.findings import RefusedSample
from fixative.verification_models import MetadataDiff
from fixative.verify.bag_files import damaged
from fixative.verify.facts import Facts
from fixative.verify.report import Note, Told

FORMAT = "fixative-provenance-1"
MUST_COME_OUT = ("", ".meta.json", ".pixels.json")
"""Of the image's name: files that every object has, and that were there when provenance was written."""
STEPS_MUST = ("step", "outcome", "started", "ended")


def provenance_findings(content: bytes, facts: Facts) -> Iterator[Told]:
    """Compare digests, sizes and counts with the object."""
    document = json.loads(content)
    name = f"data/{facts.image}.provenance.json"
    if document.get("format") != FORMAT:
        yield damaged(name, f"format {FORMAT}", document.get("format"))
    yield from _output_findings(name, document["outputs"], facts)
    for file in document["source"]["files"]:
        if (path := file["path"]) is not None:
            yield from _compare(name, path, file, facts, ("sha256",), "no such file")
    yield from _pixel_findings(name, document["pixels"], facts)
    yield from _diff_findings(name, document.get("metadata"))
    for step in document["steps"]:
        if step["outcome"] != "success" or not all(step.get(key) for key in STEPS_MUST):
            yield damaged(name, "every step a success, with its times", f"{step['step']}: {step['outcome']}")
    if not any(tool["name"] == "fixative" for tool in document["software"]):
        yield damaged(name, "the version of fixative", "none")


def _output_findings(name: str, outputs: list[dict[str, Any]], facts: Facts) -> Iterator[RefusedSample]:
    paths = {output["path"] for output in outputs}
    for output in outputs:
        if output["path"] not in facts.payload:
            yield damaged(name, f"no output that is not there: {output['path']}", "listed")
            continue
        yield from _compare(name, output["path"], output, facts, ("sha256", "sha512"))
    for suffix in MUST_COME_OUT:
        if f"{facts.image}{suffix}" not in paths:
            yield damaged(name, f"{facts.image}{suffix} among the outputs", "not listed")


def _compare(
    name: str,
    path: str,
    stated: dict[str, Any],
    facts: Facts,
    algorithms: tuple[str, ...],
    absent: str | None = None,
) -> Iterator[RefusedSample]:
    actual = facts.payload.get(path, {})
    for algorithm in algorithms:
        if (expected := actual.get(algorithm, absent)) is not None and stated[algorithm] != expected:
            yield damaged(name, f"the digest of {path}: {expected}", stated[algorithm])
    size = facts.sizes.get(path)
    if size is not None and stated["bytes"] != size:
        yield damaged(name, f"the size of {path}: {size}", stated["bytes"])


def _pixel_findings(name: str, stated: dict[str, Any], facts: Facts) -> Iterator[RefusedSample]:
    if facts.pixels is None:
        return
    images = facts.pixels.images
    if stated["root_sha256"] != facts.pixels.root_sha256:
        yield damaged(name, f"the digest of the pixels: {facts.pixels.root_sha256}", stated["root_sha256"])
    planes = sum(len(image.levels[0].planes) for image in images if image.levels)
    missing = sum(len(image.missing) for image in images)
    counts = {"images": len(images), "planes": planes, "missing_planes": missing}
    for key, expected in counts.items():
        if stated.get(key, expected) != expected:
            yield damaged(name, f"pixels.{key} {expected}", stated[key])


def _diff_findings(name: str, stated: Any) -> Iterator[Told]:
    """Check that the verdict on the metadata adds up, and that it is one of those that are sealed."""
    if stated is None:
        yield Note(name, "source and archive compared value by value", "not asked for")
        return
    try:
        diff = MetadataDiff.model_validate(stated)
    except ValidationError as error:
        yield damaged(name, "a record of what became of metadata values", str(error).splitlines()[0])
        return
    if diff.reader is None:
        return
    total = diff.kept + diff.changed + diff.dropped + diff.redacted + diff.exposed
    if total != diff.values:
        yield damaged(name, f"fates of {diff.values} metadata values", f"of {total}")
    listed = sum(loss.count for loss in diff.losses)
    lost = diff.changed + diff.dropped + diff.exposed
    if not diff.not_listed and listed != lost:
        yield damaged(name, f"{lost} values in metadata.losses", listed)
    if diff.exposed:
        yield damaged(name, "no metadata value exposed", diff.exposed)
    if diff.refused:
        yield Note(name, "every metadata value kept, redacted or lost for a listed reason", f"{diff.refused} others")
