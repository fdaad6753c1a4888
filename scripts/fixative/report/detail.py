"""What the page tells of a sample once it is opened: read from its records, worded for the public."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fixative.history import history_of
from fixative.quality import STATES
from fixative.report.checklist import checklist_of
from fixative.report.pictured import Histogram, Legend, histograms_of, legend_of
from fixative.report.status import Records, SampleStatus, StepStatus, number_of, text_of

FATES = ("kept", "changed", "dropped", "added", "redacted")
MOST_RULES = 12


@dataclass(frozen=True)
class StepLine:
    """One step in the story of a sample."""

    outcome: str
    started: str | None
    seconds: float | None
    attempts: int
    tools: str
    """Who did it, with versions: ``fixative 0.1.0, tifffile 2026.3.3``."""


@dataclass(frozen=True)
class MetadataLine:
    """What became of the metadata."""

    reader: str | None
    """Who looked at source and archive; None where nobody did."""
    fates: tuple[tuple[str, int], ...]
    """Values by what became of them."""
    allowed: tuple[tuple[str, int], ...]
    """Reasons that are listed, with how many values were lost or changed for each."""
    rules: tuple[tuple[str, int], ...]
    """Rules of the privacy policy, with how many keys each has redacted; the busiest first."""


@dataclass(frozen=True)
class Detail:
    """Everything that an opened sample shows besides its row in the table."""

    checks: tuple[tuple[int, str], ...]
    """Position of the state in `STATES`, and the detail; in the order of `fixative.quality.CHECKS`."""
    steps: tuple[StepLine, ...]
    metadata: MetadataLine
    histograms: tuple[Histogram, ...]
    measured: tuple[str, ...]
    """How source and archive were counted."""
    legend: Legend | None
    unreadable: tuple[str, ...]
    nbo: str | None
    rembi: str | None
    rembi_columns: str | None
    disagreements: tuple[str, ...]
    predicted_bytes: int | None
    predicted_seconds: float | None


def detail_of(work: Path, status: SampleStatus) -> Detail:
    """Gather what the records of a sample tell."""
    folder = work / "results" / "samples" / status.sample_id
    records = Records(folder)
    verification, log = records.read("verification.json"), records.read("sanitised/log.json")
    named = status.completeness
    # The pixels of a sample that was refused are no more public than the rest, nor are the names of its channels.
    sealed = status.outcome == "sealed"
    histograms, measured = histograms_of(records) if sealed else ((), ())
    return Detail(
        checks=tuple((STATES.index(check.state), check.detail) for check in checklist_of(records, status)),
        steps=tuple(map(partial(_step, tools=_tools(folder, records, verification, log)), status.steps)),
        metadata=_metadata(verification.get("metadata") or records.read("metadata_diff.json"), log),
        histograms=histograms,
        measured=measured,
        legend=legend_of(records) if sealed else None,
        unreadable=status.unreadable,
        nbo=named.nbo,
        rembi=f"{named.rembi} of {named.rembi_of}" if named.rembi is not None else None,
        rembi_columns=named.rembi_columns,
        disagreements=named.disagreements,
        predicted_bytes=status.predicted_bytes,
        predicted_seconds=status.predicted_seconds,
    )


def _step(step: StepStatus, tools: dict[str, str]) -> StepLine:
    told = tools.get(step.step, "") if step.outcome != "not reached" else ""
    return StepLine(step.outcome, step.started, step.seconds, step.attempts, told)


def _tools(folder: Path, records: Records, verification: dict[str, Any], log: dict[str, Any]) -> dict[str, str]:
    """Say of each step which programs did it, as far as the records tell."""
    tools = {}
    for entry in history_of(folder):
        if version := text_of(entry.get("version")):
            tools[str(entry.get("step"))] = [f"fixative {version}"]
    reader = " ".join(
        found for key in ("reader", "reader_version") if (found := records.first_text("metadata/dump.json", key))
    )
    witness = verification.get("witness")
    told = {
        "dump_metadata": [reader],
        "sanitise_metadata": [_policy(log)],
        "convert_to_ome_tiff": [reader],
        "verify_archive": [
            *([_named(witness)] if isinstance(witness, dict) else []),
            *(text for text in map(text_of, verification.get("private_values_scanners") or ()) if text),
        ],
    }
    for step, names in told.items():
        known = [*tools.get(step, ()), *(name for name in names if name and name != "fixative")]
        tools[step] = list(dict.fromkeys(known))
    return {step: ", ".join(names) for step, names in tools.items()}


def _named(reader: dict[str, Any]) -> str:
    return " ".join(found for key in ("reader", "version") if (found := text_of(reader.get(key))))


def _policy(log: dict[str, Any]) -> str:
    name, version = text_of(log.get("policy")), text_of(log.get("policy_version"))
    return f"policy {Path(name).name} {version or ''}".strip() if name else ""


def _metadata(diff: dict[str, Any], log: dict[str, Any]) -> MetadataLine:
    allowed = diff.get("allowed")
    rules: dict[str, int] = {}
    redactions = log.get("redactions")
    for entry in redactions if isinstance(redactions, list) else ():
        if isinstance(entry, dict) and (rule := text_of(entry.get("rule"))):
            rules[rule] = rules.get(rule, 0) + (number_of(entry.get("count")) or 1)
    busiest = sorted(rules.items(), key=lambda item: (-item[1], item[0]))[:MOST_RULES]
    return MetadataLine(
        reader=_named(diff) or None,
        fates=tuple((fate, number_of(diff.get(fate)) or 0) for fate in FATES) if diff.get("reader") else (),
        allowed=tuple((str(reason), number_of(count) or 0) for reason, count in allowed.items())
        if isinstance(allowed, dict)
        else (),
        rules=tuple(busiest),
    )
