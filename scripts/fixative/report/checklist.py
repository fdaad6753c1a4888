"""What was proven of one sample, as a list a person can go through. Claims no more than the records do.

The lines and their words are those of `fixative.quality`, which `python -m fixative.verify` prints of an object too.
"""

from typing import Any

from fixative import quality
from fixative.quality import CHECKS, STATES, Check, Result, approval_text, counted
from fixative.report.required import report_of, required_text
from fixative.report.status import Records, SampleStatus, StepStatus, number_of

__all__ = ["CHECKS", "STATES", "Check", "checklist_of"]

TILE_PX = 1024
"""Tiles are filled up at the edges of an image: no larger ones are usual, and the record does not say."""


def checklist_of(records: Records, status: SampleStatus) -> tuple[Check, ...]:
    """Go through what the records of a sample prove.

    A gate counts as passed when the step that holds it succeeded; the record only says how much was
    compared. A record without that figure is told of, never filled in.
    """
    verification = records.read("verification.json")
    found = (
        _source(records, status),
        _pixels(verification, status),
        _depth(records, status),
        _witness(verification, status),
        _metadata(records, verification, status),
        _required(records, status),
        _gate(status, "verify_archive", "VER002", "checked against the schema of OME 2016-06"),
        _size(records, verification, status),
        _privacy(records, verification, status),
        _digests(status),
    )
    return tuple(Check(name, *result) for name, result in zip(CHECKS, found, strict=True))


def _source(records: Records, status: SampleStatus) -> Result:
    completeness = records.read("inventory.json").get("completeness")
    if not isinstance(completeness, dict):
        return _gate(status, "inventory_source", "INV004", "")
    if completeness.get("checked") is False:
        return "noted", "no check of the structure exists for this format"
    if completeness.get("whole") is False:
        return "noted", _incomplete(records)
    promised = number_of(completeness.get("promised_planes"))
    present = number_of(completeness.get("present_planes"))
    known = promised is not None and present is not None
    detail = f"{counted(promised, 'plane')} promised, {present:,} present" if known else ""
    return _gate(status, "inventory_source", "INV004", detail)


def _incomplete(records: Records) -> str:
    """Say how many planes of an incomplete source are whole."""
    images = records.read("pixels.json").get("images")
    if not isinstance(images, list):
        return "incomplete source: only its whole planes are archived"
    present = missing = 0
    for image in images:
        levels = image.get("levels") or [{}]
        present, missing = present + len(levels[0].get("planes", ())), missing + len(image.get("missing", ()))
    return f"incomplete source: {present:,} of {counted(present + missing, 'plane')}"


def _pixels(verification: dict[str, Any], status: SampleStatus) -> Result:
    return _gate(status, "verify_archive", "VER001", quality.pixel_text(number_of(verification.get("planes"))))


def _depth(records: Records, status: SampleStatus) -> Result:
    images = records.read("pixels.json").get("images")
    state, told = _gate(status, "verify_archive", "VER003", "no record of the pixels")
    if state != "passed":
        return state, told
    return ("passed", quality.depth_text(images)) if isinstance(images, list) else ("noted", told)


def _witness(verification: dict[str, Any], status: SampleStatus) -> Result:
    witness = verification.get("witness")
    if not isinstance(witness, dict):
        _, _, outcome = _step(status, "verify_archive")
        return ("noted", "none was asked") if outcome == "success" else ("open", "")
    state, detail = quality.witness_line(witness)
    return (state, detail) if state != "passed" else _gate(status, "verify_archive", "VER005", detail)


def _metadata(records: Records, verification: dict[str, Any], status: SampleStatus) -> Result:
    """Say what became of keys under the policy, and of values on the way into the archive."""
    known = status.kept is not None and status.redacted is not None
    keys = f"{counted(status.kept, 'key')} kept, {status.redacted:,} redacted" if known else ""
    state, detail = _gate(status, "sanitise_metadata", "SAN001", keys)
    if state != "passed":
        waits = _step(status, "sanitise_metadata")[2] == "awaiting approval"
        return state, "the plan waits for approval" if waits else detail
    if approved := approval_text(records.read("sanitised/log.json").get("approval")):
        keys += f"; {approved}"
    state, message = _gate(status, "verify_archive", "VER007", "")
    if state != "passed":
        return state, message
    return quality.metadata_line(verification.get("metadata"), keys)


def _required(records: Records, status: SampleStatus) -> Result:
    report = report_of(records.read("metadata/required.json"))
    if report is None:
        state, detail = _gate(status, "dump_metadata", "MET004", "no checklist was gone through")
        return ("noted" if state == "passed" else state), detail
    state, detail = quality.required_line(report.checklist, required_text(report), report.names("missing"))
    if report.checklist is None:
        return state, detail
    gate, told = _gate(status, "dump_metadata", "MET004", detail)
    return (state if gate == "passed" else gate), told


def _size(records: Records, verification: dict[str, Any], status: SampleStatus) -> Result:
    images, file = records.read("pixels.json").get("images"), number_of(verification.get("bytes"))
    if not isinstance(images, list) or file is None or status.source_bytes is None:
        return "open", ""
    sizes = quality.sizes_of(images, file=file, source=status.source_bytes, tile_px=TILE_PX)
    state, detail = quality.size_line(sizes)
    return (state, detail) if state != "passed" else _gate(status, "verify_archive", "VER003", detail)


def _privacy(records: Records, verification: dict[str, Any], status: SampleStatus) -> Result:
    searched = number_of(verification.get("private_values_searched"))
    scanners = verification.get("private_values_scanners")
    log = records.read("sanitised/log.json")
    told, detail = quality.privacy_line(log, searched, scanners if isinstance(scanners, list) else ())
    state, message = _gate(status, "verify_archive", "SAN002", detail)
    return (told if state == "passed" else state), message


def _digests(status: SampleStatus) -> Result:
    if status.outcome != "sealed":
        return "open", ""
    return "passed", quality.CHECKSUMS


def _gate(status: SampleStatus, step: str, code: str, detail: str) -> Result:
    """Pass when the step succeeded or the sample is sealed, fail when it refused with the code."""
    found_code, message, outcome = _step(status, step)
    if outcome == "success" or status.outcome == "sealed":
        return "passed", detail
    if found_code == code:
        return "failed", message or code
    return "open", ""


def _step(status: SampleStatus, name: str) -> tuple[str | None, str | None, str]:
    step = next((step for step in status.steps if step.step == name), StepStatus(name, "not reached"))
    return step.code, step.message, step.outcome
