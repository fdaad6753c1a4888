"""The quality checklist of one object, line by line, from what its check has found: see `fixative.quality`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fixative import quality
from fixative.pixel_models import Pixels
from fixative.quality import Check, Result, counted, number_of, text_of
from fixative.report.required import completeness_of, required_text
from fixative.required.records import RequiredReport
from fixative.verify.facts import DAMAGE
from fixative.verify.image_facts import ImageFacts
from fixative.verify.report import ObjectReport

Document = Mapping[str, Any]
OPEN: Result = ("open", "its record is missing or damaged")


@dataclass(frozen=True)
class Proof:
    """What the lines are made from; None for what is missing or damaged."""

    report: ObjectReport
    provenance: Document | None = None
    metadata: Document | None = None
    pixels: Pixels | None = None
    image: ImageFacts | None = None
    image_bytes: int | None = None
    suspicious: int = 0
    """Notes of the second look at privacy."""


def object_checklist(proof: Proof) -> tuple[Check, ...]:
    """Go through the lines; none claims more than was checked here or stands in the object's own record."""
    lines: dict[str, Callable[[Proof], Result]] = {
        quality.SOURCE: _source,
        quality.PIXELS: _pixels,
        quality.DEPTH: _depth,
        quality.WITNESS: _witness,
        quality.METADATA: _metadata,
        quality.REQUIRED: _required,
        quality.OME: _ome,
        quality.SIZE: _size,
        quality.PRIVACY: _privacy,
        quality.DIGESTS: _digests,
    }
    return tuple(Check(name, *_guarded(lines[name], proof)) for name in quality.CHECKS)


def _guarded(line: Callable[[Proof], Result], proof: Proof) -> Result:
    """A document may be edited to anything: then its own check has found that."""
    try:
        state, detail = line(proof)
    except DAMAGE:
        return OPEN
    return (state, detail) if isinstance(detail, str) else OPEN


def _source(proof: Proof) -> Result:
    if proof.provenance is None:
        return OPEN
    source = proof.provenance["source"]
    completeness = source["completeness"]
    if not completeness["checked"]:
        return "noted", "no check of the structure exists for this format"
    if source.get("incomplete"):
        return "noted", source["incomplete"]
    promised, present = number_of(completeness["promised_planes"]), number_of(completeness["present_planes"])
    if promised is None or present is None:
        return "passed", completeness["method"]
    return "passed", f"{counted(promised, 'plane')} promised, {present:,} present"


def _pixels(proof: Proof) -> Result:
    outcome = _outcome(proof, "structure of the image", "pixels")
    if outcome[0] != "passed" or proof.pixels is None:
        return outcome
    planes = counted(proof.report.planes, "plane")
    return "passed", f"{planes} of all levels as recorded, root digest {proof.pixels.root_sha256}"


def _depth(proof: Proof) -> Result:
    if proof.pixels is None:
        return OPEN
    outcome = _outcome(proof, "structure of the image", "OME-XML")
    images = [image.model_dump(include={"dtype"}) for image in proof.pixels.images]
    text = quality.depth_text(images, proof.image.significant_bits if proof.image else None)
    told = f"{text}; the same in TIFF, OME-XML and record"
    return (outcome[0], told) if outcome[0] == "passed" else outcome


def _witness(proof: Proof) -> Result:
    return OPEN if proof.provenance is None else quality.witness_line(proof.provenance["witness"])


def _metadata(proof: Proof) -> Result:
    if proof.provenance is None or proof.metadata is None:
        return OPEN
    policy = proof.provenance["policy"]
    keys = f"{counted(policy['keys_kept'], 'key')} kept, {policy['keys_changed']:,} redacted"
    if approved := quality.approval_text(policy.get("approval")):
        keys += f"; {approved}"
    return quality.metadata_line(proof.provenance.get("metadata") or {"reason": "not asked for"}, keys)


def _required(proof: Proof) -> Result:
    if proof.metadata is None:
        return OPEN
    if proof.metadata.get("completeness") is None:
        return "noted", "no checklist was gone through"
    required = RequiredReport.model_validate(proof.metadata["completeness"])
    state, detail = quality.required_line(required.checklist, required_text(required), required.names("missing"))
    scores = completeness_of(dict(proof.metadata["completeness"]))
    detail += f"; NBO {scores.nbo}" if scores.nbo else ""
    return state, f"{detail}; REMBI {scores.rembi} of {scores.rembi_of}"


def _ome(proof: Proof) -> Result:
    state, detail = _outcome(proof, "OME-XML")
    return state, detail or "checked against the schema of OME 2016-06 and the rules it cannot say"


def _size(proof: Proof) -> Result:
    if proof.provenance is None or proof.pixels is None or proof.image_bytes is None:
        return OPEN
    layout = proof.image.layout if proof.image else None
    sizes = quality.sizes_of(
        [image.model_dump() for image in proof.pixels.images],
        file=proof.image_bytes,
        source=sum(file["bytes"] for file in proof.provenance["source"]["files"]),
        tile_px=layout.tile_x if layout and not layout.strips else 1,
    )
    return quality.size_line(sizes, proof.image.compression if proof.image else None)


def _privacy(proof: Proof) -> Result:
    if proof.provenance is None or proof.metadata is None:
        return OPEN
    policy, log = proof.provenance["policy"], proof.metadata["sanitisation"]
    searched, scanners = number_of(policy.get("values_searched")), policy.get("searched_by") or ()
    state, detail = quality.privacy_line(log, searched, scanners)
    told = f"policy {policy['name']} {policy['version']}"
    if approver := text_of(policy.get("approver")):
        told += f", approver {approver}"
    detail = f"{told}; {detail}"
    if searched is None and state == "passed":
        state = "noted"  # sealed before the number was recorded
    if proof.suspicious:
        return "noted", f"{detail}; {counted(proof.suspicious, 'note')} of the second look"
    return state, detail


def _digests(proof: Proof) -> Result:
    outcome = _outcome(proof, "bag", "digests")
    text = f"{quality.CHECKSUMS}: {counted(proof.report.files, 'file')}"
    return (outcome[0], text) if outcome[0] == "passed" else outcome


def _outcome(proof: Proof, *names: str) -> Result:
    """Pass when every check was made and found nothing."""
    outcomes = [proof.report.outcome_of(name) for name in names]
    if "damaged" in outcomes:
        return "failed", f"{names[outcomes.index('damaged')]}: see the findings"
    if "not checked" in outcomes:
        return "open", f"{names[outcomes.index('not checked')]}: not checked"
    return "passed", ""
