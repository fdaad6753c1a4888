"""One sample of the report in three forms: its row on the page, what it tells when opened, its line of the table."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

from fixative.models import SampleRow
from fixative.report.detail import Detail, detail_of
from fixative.report.ome_facts import OmeFacts, ome_facts
from fixative.report.status import Outcome, SampleStatus, status_of

COLUMNS = (
    "sample_id",
    "dataset",
    "outcome",
    "step",
    "code",
    "message",
    "remedy",
    "object",
    "format",
    "source_bytes",
    "object_bytes",
    "planes",
    "reader",
    "policy",
    "redacted",
    "kept",
    "started",
    "ended",
    "seconds",
    "unreadable",
    "required_missing",
    "supplied_by_person",
    "nbo_tier1",
    "nbo_tier1_of",
    "rembi",
    "rembi_of",
    "predicted_bytes",
    "predicted_seconds",
    "instrument",
    "acquired",
    "modality",
)
"""Columns of ``batch.tsv``, in this order for good: further ones are added at the end."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; the wide forms do so in East Asian editions."""


class Shown(NamedTuple):
    """The columns of the page: a sample as it is listed, searched, sorted and counted."""

    sample_id: str
    dataset: str
    outcome: Outcome
    step: str | None
    code: str | None
    message: str | None
    remedy: str | None
    object: str | None
    format: str | None
    instrument: str | None
    modality: str | None
    acquired: str | None
    reader: str | None
    policy: str | None
    source_bytes: int | None
    object_bytes: int | None
    planes: int | None
    redacted: int | None
    kept: int | None
    ended: str | None
    seconds: float | None


class Entry(NamedTuple):
    """A sample as the report holds it; texts are single lines."""

    shown: Shown
    detail: str
    """JSON."""
    line: str
    """Of ``batch.tsv``, without its end."""


@dataclass(frozen=True)
class Told:
    """Everything that is told of a sample, in words of its own."""

    status: SampleStatus
    facts: OmeFacts
    detail: Detail


def told_of(work: Path, row: SampleRow) -> Told:
    """Gather what the records of a sample tell: a dozen files are read."""
    status = status_of(work, row)
    # Of a sample that was refused, for a private value that was found perhaps, no metadata are told.
    sealed = status.outcome == "sealed"
    facts = ome_facts(work / "results" / "samples" / row.sample_id) if sealed else OmeFacts()
    return Told(status, facts, detail_of(work, status))


def entry_of(told: Told) -> Entry:
    """Bring a sample into the form of the report."""
    status, facts = told.status, told.facts
    shown = [getattr(facts if hasattr(facts, name) else status, name) for name in Shown._fields]
    detail = json.dumps(plain(told.detail), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Entry(Shown(*plain(shown)), detail, tsv_line(list(_cells(status, facts))))


def plain(value: Any) -> Any:
    """Give a record as JSON has it, each text folded into one line."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value


def tsv_line(cells: list[str]) -> str:
    """Give a line of the table, without its end."""
    stream = io.StringIO()
    csv.writer(stream, "excel-tab", lineterminator="").writerow(cells)
    return stream.getvalue()


def _cells(status: SampleStatus, facts: OmeFacts) -> Iterator[str]:
    for column in COLUMNS:
        value = getattr(facts, column) if hasattr(facts, column) else status.told(column)
        if isinstance(value, float):
            yield f"{value:g}" if value < 1e6 else f"{value:.0f}"
        elif isinstance(value, tuple):
            yield _cell("; ".join(value))
        else:
            yield "" if value is None else _cell(str(value))


def _cell(text: str) -> str:
    """Fold a text into one line of printable characters that no spreadsheet takes for a formula."""
    folded = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"'{folded}" if text.startswith(_FORMULA) or folded.startswith(_FORMULA) else folded
