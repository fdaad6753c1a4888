"""What was proven of one sample, as a list a person can go through. Claims no more than the records do."""

from dataclasses import dataclass
from typing import Any, Literal

from fixative.report.required import report_of, required_text
from fixative.report.status import Records, SampleStatus, StepStatus, number_of, text_of

State = Literal["passed", "failed", "noted", "open"]
STATES: tuple[State, ...] = ("passed", "failed", "noted", "open")
"""``noted``: could not be checked, or lacks something, as is told. ``open``: the sample did not come so far."""


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    name: str
    state: State
    detail: str


CHECKS = (
    "source complete",
    "pixels proven",
    "second reader agrees",
    "metadata accounted for",
    "required metadata",
    "OME-XML valid",
    "no private value found",
    "digests recorded",
)
"""Names of the checks, in the order in which they are listed."""


def checklist_of(records: Records, status: SampleStatus) -> tuple[Check, ...]:
    """Go through what the records of a sample prove.

    A gate counts as passed when the step that holds it succeeded; the record only says how much was
    compared. A record without that figure is told of, never filled in.
    """
    verification = records.read("verification.json")
    found = (
        _source(records, status),
        _pixels(verification, status),
        _witness(verification, status),
        _metadata(verification, status),
        _required(records, status),
        _gate(status, "verify_archive", "VER002", "checked against the schema of OME 2016-06"),
        _privacy(records, verification, status),
        _digests(status),
    )
    return tuple(Check(name, *result) for name, result in zip(CHECKS, found, strict=True))


Result = tuple[State, str]


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
    detail = f"{_count(promised, 'plane')} promised, {present:,} present" if known else ""
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
    return f"incomplete source: {present:,} of {_count(present + missing, 'plane')}"


def _pixels(verification: dict[str, Any], status: SampleStatus) -> Result:
    planes = number_of(verification.get("planes"))
    detail = f"{_count(planes, 'plane')} equal in source and archive" if planes else "no figure recorded"
    return _gate(status, "verify_archive", "VER001", detail)


def _witness(verification: dict[str, Any], status: SampleStatus) -> Result:
    witness = verification.get("witness")
    if not isinstance(witness, dict):
        _, _, outcome = _step(status, "verify_archive")
        return ("noted", "none was asked") if outcome == "success" else ("open", "")
    name = text_of(witness.get("reader"))
    if name is None:
        return "noted", "none was asked" if witness.get("asked") == "none" else "there is none for this source"
    planes = number_of(witness.get("planes")) or 0
    detail = f"{name} {text_of(witness.get('version')) or ''}: {_count(planes, 'plane')} read again"
    if rules := witness.get("rules"):
        detail += f" ({', '.join(text_of(rule) or '' for rule in rules)})"
    if dissents := witness.get("dissents"):
        others = ", ".join(text_of(dissent.get("reader")) or "another" for dissent in dissents)
        return "noted", f"{detail}; {others} saw something else"
    return _gate(status, "verify_archive", "VER005", detail)


def _metadata(verification: dict[str, Any], status: SampleStatus) -> Result:
    """Say what became of keys under the policy, and of values on the way into the archive."""
    known = status.kept is not None and status.redacted is not None
    keys = f"{_count(status.kept, 'key')} kept, {status.redacted:,} redacted" if known else ""
    state, detail = _gate(status, "sanitise_metadata", "SAN001", keys)
    if state != "passed":
        return state, detail
    state, message = _gate(status, "verify_archive", "VER007", "")
    if state != "passed":
        return state, message
    diff = verification.get("metadata")
    if not isinstance(diff, dict) or diff.get("reader") is None:
        why = text_of(diff.get("reason")) if isinstance(diff, dict) else "not asked for"
        return "noted", f"{keys}; source and archive not compared: {why}"
    refused = number_of(diff.get("refused")) or 0
    return ("noted" if refused else "passed"), f"{keys}; {_values(diff, refused)}"


def _values(diff: dict[str, Any], refused: int) -> str:
    """Say what became of each value, as one reader sees source and archive."""
    fates = ", ".join(
        f"{number:,} {fate}"
        for fate in ("kept", "changed", "dropped", "redacted", "added")
        if (number := number_of(diff.get(fate)) or 0) or fate == "kept"
    )
    told = f"{_count(number_of(diff.get('values')) or 0, 'value')} by {text_of(diff.get('reader'))}: {fates}"
    allowed = sum(number_of(count) or 0 for count in (diff.get("allowed") or {}).values())
    if allowed:
        told += f" ({allowed:,} of them for a listed reason)"
    return f"{told}; {refused:,} lost for none" if refused else told


def _required(records: Records, status: SampleStatus) -> Result:
    report = report_of(records.read("metadata/required.json"))
    if report is None:
        state, detail = _gate(status, "dump_metadata", "MET004", "no checklist was gone through")
        return ("noted" if state == "passed" else state), detail
    if report.checklist is None:
        return "noted", "nothing is required: no checklist is configured"
    state, detail = _gate(status, "dump_metadata", "MET004", required_text(report))
    return ("noted" if state == "passed" and report.names("missing") else state), detail


def _privacy(records: Records, verification: dict[str, Any], status: SampleStatus) -> Result:
    searched = number_of(verification.get("private_values_searched"))
    detail = "no figure recorded"
    if searched is not None:
        detail = f"{_count(searched, 'redacted value')} looked for in every public byte"
    log = records.read("sanitised/log.json")
    if told := _images(log):
        detail += f"; {told}"
    state, detail = _gate(status, "verify_archive", "SAN002", detail)
    burnt_in = text_of(log.get("burnt_in"))
    if state == "passed" and burnt_in in ("stated", "likely"):
        return "noted", f"{detail}; pixels may show text ({burnt_in}: {text_of(log.get('burnt_in_reason'))})"
    return state, detail


def _images(log: dict[str, Any]) -> str:
    """Say which associated images the policy has left out or blanked."""
    images = [image for image in log.get("images") or () if isinstance(image, dict)]
    told = []
    for action, word in (("drop", "left out"), ("blank", "blanked")):
        kinds = [text_of(image.get("kind")) or "?" for image in images if image.get("action") == action]
        if kinds:
            told.append(f"{_count(len(kinds), 'image')} {word} ({', '.join(kinds)})")
    return "; ".join(told)


def _digests(status: SampleStatus) -> Result:
    if status.outcome != "sealed":
        return "open", ""
    return "passed", "SHA-256 and SHA-512 of every file, SHA-256 of every plane"


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


def _count(number: int | None, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
