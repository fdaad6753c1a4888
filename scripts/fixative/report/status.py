"""What became of one sample, from the records its steps left. Reads records only, never an image."""

import json
import math
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fixative.models import STEPS, SampleRow
from fixative.report.public import public_text
from fixative.report.required import Completeness, completeness_of

Outcome = Literal["sealed", "awaiting approval", "refused", "error", "interrupted", "not reached"]
OUTCOMES: tuple[Outcome, ...] = (
    "sealed",
    "awaiting approval",
    "refused",
    "error",
    "interrupted",
    "not reached",
)

RUN_AGAIN = "run again"
AGAINST = ("awaiting approval", "refused", "error")
"""Outcomes of a step that was completed and did not succeed."""
_STOPS: dict[str, Outcome] = {
    "awaiting approval": "awaiting approval",
    "refused": "refused",
    "error": "error",
    "interrupted": "interrupted",
}
_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True)
class StepStatus:
    """One step of one sample: its outcome as recorded, or ``not reached``."""

    step: str
    outcome: str
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    started: str | None = None
    ended: str | None = None
    attempts: int = 1

    @property
    def seconds(self) -> float | None:
        """Duration in seconds, or None where a time is missing."""
        return seconds_between(self.started, self.ended)


@dataclass(frozen=True)
class SampleStatus:
    """One sample of the sheet as the report tells of it. Fit for publication: see `public_text`."""

    sample_id: str
    dataset: str
    outcome: Outcome
    step: str | None = None
    """The step that decided: the first that did not succeed; None when sealed."""
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    object: str | None = None
    """Path of the sealed object below the archive root."""
    format: str | None = None
    source_bytes: int | None = None
    object_bytes: int | None = None
    planes: int | None = None
    reader: str | None = None
    policy: str | None = None
    redacted: int | None = None
    """Metadata values that the privacy policy removed or changed."""
    kept: int | None = None
    started: str | None = None
    ended: str | None = None
    seconds: float | None = None
    """Time spent in the steps, the waiting between them not counted."""
    steps: tuple[StepStatus, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Records that are there and cannot be read, each with the reason."""
    completeness: Completeness = field(default_factory=Completeness)
    predicted_bytes: int | None = None
    """What the object was expected to take, before it was converted, by earlier samples."""
    predicted_seconds: float | None = None

    def told(self, name: str) -> Any:
        """A column of the table or the page, by its name."""
        return getattr(self if hasattr(self, name) else self.completeness, name)


class Records:
    """The records of one sample, read with forbearance: a damaged one is noted and counts as absent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unreadable: dict[str, str] = {}
        self._held: dict[str, dict[str, Any]] = {}

    def read(self, name: str) -> dict[str, Any]:
        """Content of the JSON record ``name``; empty where it is absent or damaged. Read once."""
        if name not in self._held:
            self._held[name] = self._content(name)
        return self._held[name]

    def _content(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            failed = (error.strerror or type(error).__name__) if isinstance(error, OSError) else "not JSON"
            self.unreadable[name] = failed
            return {}
        if isinstance(content, dict):
            return content
        self.unreadable[name] = "not a record"
        return {}

    def first_text(self, name: str, key: str) -> str | None:
        """Value of a top-level text near the beginning of a record that may be too large to parse."""
        try:
            with (self.folder / name).open("rb") as stream:
                head = stream.read(_HEAD_BYTES).decode("utf-8", "replace")
        except OSError:
            return None
        found = re.search(rf'^ {{0,2}}"{re.escape(key)}": ?("(?:[^"\\]|\\.)*")', head, re.MULTILINE)
        return str(json.loads(found[1], strict=False)) if found else None


def status_of(work: Path, row: SampleRow, *, running: bool = False) -> SampleStatus:
    """Say what became of one sample.

    Never raises for what it finds: a damaged record is named in ``unreadable`` and its step counts as
    never completed.

    Parameters
    ----------
    work : Path
        The work folder, the one that holds ``results``.
    row : SampleRow
        The sample's row of the sheet.
    running : bool
        True while a run is going on: a step that is begun is then in work, not interrupted.
    """
    records = Records(work / "results" / "samples" / row.sample_id)
    steps = tuple(_step(records, step, row, work, running=running) for step in STEPS)
    receipt = _receipt(records, row)
    status = _verdict(row, steps, receipt, damaged="sealed.json" in records.unreadable)
    status = _with_facts(status, steps, records, receipt, row)
    unreadable = tuple(f"{name}: {reason}" for name, reason in sorted(records.unreadable.items()))
    return replace(status, unreadable=unreadable)


def seconds_between(started: str | None, ended: str | None) -> float | None:
    """Seconds from one recorded time to another, or None where one is missing or not a time."""
    try:
        span = datetime.fromisoformat(str(ended)) - datetime.fromisoformat(str(started))
    except (ValueError, TypeError):
        return None
    return max(span.total_seconds(), 0.0)


def _step(records: Records, step: str, row: SampleRow, work: Path, *, running: bool) -> StepStatus:
    name = f"outcomes/{step}.json"
    record = records.read(name)
    if name in records.unreadable:
        damage = f"its record cannot be read: {records.unreadable[name]}"
        return StepStatus(step, "interrupted", message=damage, remedy=RUN_AGAIN)
    if not record:
        return StepStatus(step, "not reached")
    outcome = str(record.get("outcome"))
    message = text_of(record.get("message"))
    remedy = text_of(record.get("remedy"))
    if outcome == "begun" and running:
        message = message or "in work"
    elif outcome not in ("success", *AGAINST):
        outcome = "interrupted"
        message = message or "killed while at work, or the power failed"
        remedy = remedy or RUN_AGAIN
    return StepStatus(
        step,
        outcome,
        code=text_of(record.get("code")),
        message=public_text(message, row, work) if message else None,
        remedy=public_text(remedy, row, work) if remedy else None,
        started=text_of(record.get("started")),
        ended=text_of(record.get("ended")),
        attempts=number_of(record.get("attempts")) or 1,
    )


def _receipt(records: Records, row: SampleRow) -> dict[str, Any]:
    """Give the receipt, unless it is that of another source or of an object elsewhere."""
    receipt = records.read("sealed.json")
    expected = {"source": row.origin, "object": f"{row.dataset}/{row.sample_id}"}
    return receipt if all(receipt.get(key, value) == value for key, value in expected.items()) else {}


def _verdict(
    row: SampleRow, steps: tuple[StepStatus, ...], receipt: dict[str, Any], *, damaged: bool
) -> SampleStatus:
    """Sealed with a receipt that no later refusal contradicts; else what the first step in the way says."""
    sealed = text_of(receipt.get("sealed")) or ""
    contradicting = [step for step in steps if step.outcome in AGAINST and (step.started or "~") > sealed]
    status = SampleStatus(row.sample_id, row.dataset, "not reached")
    if receipt and not contradicting:
        return replace(status, outcome="sealed")
    in_the_way = next((step for step in steps if step.outcome != "success"), None)
    if in_the_way is None:
        what = "cannot be read" if damaged else "is missing"
        return replace(
            status,
            outcome="error",
            step=STEPS[-1],
            message=f"every step succeeded, but the receipt sealed.json {what}",
            remedy="run again; if that does not help, check the object with `python -m fixative.verify`",
        )
    return replace(
        status,
        outcome=_STOPS.get(in_the_way.outcome, "not reached"),
        step=in_the_way.step,
        code=in_the_way.code,
        message=in_the_way.message,
        remedy=in_the_way.remedy,
    )


def _with_facts(
    status: SampleStatus,
    steps: tuple[StepStatus, ...],
    records: Records,
    receipt: dict[str, Any],
    row: SampleRow,
) -> SampleStatus:
    inventory = records.read("inventory.json")
    log = records.read("sanitised/log.json")
    predicted = records.read("prediction.json")
    started = [step.started for step in steps if step.started]
    ended = [step.ended for step in steps if step.ended]
    spans = [step.seconds for step in steps if step.seconds is not None]
    return replace(
        status,
        steps=steps,
        object=text_of(receipt.get("object")),
        format=text_of(inventory.get("format")) or text_of(receipt.get("format")),
        source_bytes=_source_bytes(inventory),
        object_bytes=number_of(receipt.get("bytes")),
        planes=number_of(receipt.get("planes")) or _promised(inventory),
        reader=text_of(receipt.get("reader")) or records.first_text("metadata/dump.json", "reader"),
        policy=Path(text_of(log.get("policy")) or row.privacy_policy).name,
        redacted=_redacted(log),
        kept=number_of(log.get("kept_keys")),
        completeness=completeness_of(records.read("metadata/required.json")),
        started=min(started, default=None),
        ended=max(ended, default=None),
        seconds=sum(spans) if spans else None,
        predicted_bytes=number_of(predicted.get("predicted_bytes")),
        predicted_seconds=seconds_of(predicted.get("predicted_seconds")),
    )


def _source_bytes(inventory: dict[str, Any]) -> int | None:
    files = inventory.get("files")
    if not isinstance(files, list) or not files:
        return None
    return sum(number_of(file.get("bytes")) or 0 for file in files if isinstance(file, dict))


def _promised(inventory: dict[str, Any]) -> int | None:
    completeness = inventory.get("completeness")
    return number_of(completeness.get("promised_planes")) if isinstance(completeness, dict) else None


def _redacted(log: dict[str, Any]) -> int | None:
    redactions = log.get("redactions")
    if not isinstance(redactions, list):
        return None
    return sum(number_of(entry.get("count")) or 1 for entry in redactions if isinstance(entry, dict))


def text_of(value: object) -> str | None:
    """``value`` where it is a text with something in it, else None."""
    return value if isinstance(value, str) and value else None


def seconds_of(value: object) -> float | None:
    """``value`` where it is a number, else None."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def number_of(value: object) -> int | None:
    """``value`` where it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
