"""What was found, as the published record of it: `fixative.verification_models.ObjectVerification`."""

from pathlib import Path

from fixative.findings import RefusedSample
from fixative.verification_models import ChecklistLine, ObjectCheck, ObjectFinding, ObjectVerification
from fixative.verify.report import Note, ObjectReport

NOT_STATED = {
    "VER001": "the digest that is recorded",
    "VER002": "OME-XML that is valid against the schema of 2016-06",
}


def verification_of(folder: Path, report: ObjectReport, seconds: float) -> ObjectVerification:
    """Put a report into the form in which it is printed, written and sent between processes."""
    image = f"data/{report.sample}.ome.tiff" if report.sample else "the object"
    return ObjectVerification(
        object=str(folder).encode("utf-8", "backslashreplace").decode(),
        sample=report.sample,
        outcome=report.outcome,
        files=report.files,
        bytes=report.bytes,
        planes_of_all_levels=report.planes,
        seconds=round(seconds, 3),
        checklist=tuple(
            ChecklistLine(name=line.name, state=line.state, detail=_text(line.detail)) for line in report.checklist
        ),
        checks=tuple(
            ObjectCheck(name=check.name, outcome=check.outcome, detail=_text(check.detail)) for check in report.checks
        ),
        findings=(
            *(_damage(finding, image) for finding in report.findings),
            *(_note(note) for note in report.notes),
        ),
        unread=tuple(map(_text, report.unread)),
        histograms=report.histograms,
    )


def not_checked(folder: Path, reason: str) -> ObjectVerification:
    """Record that an object could not be checked at all."""
    return verification_of(folder, ObjectReport(folder.name, unread=[reason]), 0.0)


def _damage(finding: RefusedSample, image: str) -> ObjectFinding:
    places = finding.places
    return ObjectFinding(
        severity="damage",
        code=finding.code,
        file=_text(places.get("name", image)),
        expected=_text(places.get("expected", NOT_STATED.get(finding.code, "as it was sealed"))),
        found=_text(places.get("found", places.get("reason", "something else"))),
        message=_text(finding.message),
        remedy=finding.remedy if finding.code == "VER004" else "restore the object from another copy",
    )


def _note(note: Note) -> ObjectFinding:
    return ObjectFinding(
        severity="note",
        file=_text(note.file),
        expected=_text(note.expected),
        found=_text(note.found),
        message=_text(str(note).removeprefix("note: ")),
    )


def _text(text: str) -> str:
    """Names of files may hold bytes that are no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
