"""What the report says of required fields, values that a person supplied, and completeness."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from fixative.required.records import RequiredReport


@dataclass(frozen=True)
class Completeness:
    """`metadata/required.json` in the words of the report. Names of fields and columns, no values."""

    required_missing: tuple[str, ...] = ()
    """Fields of the checklist that nobody states."""
    supplied_by_person: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    """Columns of the sheet that state something else than the source, which stands."""
    nbo: str | None = None
    """Slots filled of those that apply, tier by tier: ``31 of 60 · 4 of 15 · 3 of 4``."""
    nbo_tier1: int | None = None
    nbo_tier1_of: int | None = None
    rembi: int | None = None
    rembi_of: int | None = None
    rembi_columns: str | None = None
    """Columns of the sheet that would state what the REMBI minimum lacks."""


def report_of(record: dict[str, Any]) -> RequiredReport | None:
    """The record, or None where there is none or it is damaged."""
    if not record:
        return None
    try:
        return RequiredReport.model_validate(record)
    except ValidationError:
        return None


def completeness_of(record: dict[str, Any]) -> Completeness:
    """What the table and the page tell of a sample."""
    report = report_of(record)
    if report is None:
        return Completeness()
    first = next((score for score in report.nbo if score.tier == 1), None)
    return Completeness(
        required_missing=report.names("missing"),
        supplied_by_person=report.supplied,
        disagreements=report.disagreements,
        nbo=" · ".join(f"{score.filled} of {score.applicable}" for score in report.nbo) or None,
        nbo_tier1=first.filled if first else None,
        nbo_tier1_of=first.applicable if first else None,
        rembi=report.rembi.filled,
        rembi_of=report.rembi.applicable,
        rembi_columns=", ".join(column for _, column in report.rembi.missing) or None,
    )


def required_text(report: RequiredReport) -> str:
    """Say it in one line: ``9 of 11 found, 1 supplied; missing: objective NA``."""
    found, supplied, missing = (report.names(state) for state in ("source", "person", "missing"))
    total = len(found) + len(supplied) + len(missing)
    text = f"{len(found)} of {total} found"
    if supplied:
        text += f", {len(supplied)} supplied"
    return f"{text}; missing: {', '.join(words_of(name) for name in missing)}" if missing else text


def words_of(name: str) -> str:
    """A field's name as words: ``objective_na`` is ``objective NA``."""
    stem = name
    for unit in ("_um", "_nm", "_s", "_kv"):
        stem = stem.removesuffix(unit)
    return " ".join("NA" if word == "na" else word for word in stem.split("_"))
