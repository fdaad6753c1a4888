"""What the head of the page says: counted here, so that it stands there without a script."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fixative.findings import FINDINGS
from fixative.report.status import OUTCOMES, Outcome

if TYPE_CHECKING:
    from fixative.report.entry import Shown

SHARE_WIDTH = 1000


@dataclass(frozen=True)
class OutcomeCount:
    """One outcome: how many samples, and where its part lies in a bar that is `SHARE_WIDTH` wide."""

    name: Outcome
    count: int
    x: float
    width: float

    @property
    def slug(self) -> str:
        """Name as a class of the style sheet."""
        return self.name.replace(" ", "-")


@dataclass(frozen=True)
class Reason:
    """Why samples are not sealed, with how many share the reason."""

    outcome: Outcome
    code: str
    """Empty where the outcome has no code."""
    count: int
    summary: str
    remedy: str

    @property
    def slug(self) -> str:
        """Outcome as a class of the style sheet."""
        return self.outcome.replace(" ", "-")


@dataclass(frozen=True)
class Head:
    """The figures at the head of the page; sizes and planes are those of sealed samples."""

    total: int
    sealed: int
    outcomes: tuple[OutcomeCount, ...]
    reasons: tuple[Reason, ...]
    planes: int
    source_text: str
    object_text: str
    redacted: int
    ended: str | None
    ended_text: str


WITHOUT_CODE = {
    "awaiting approval": ("a person is to approve the plan", "see each sample"),
    "refused": ("refused without a code", "see each sample"),
    "error": ("something unforeseen went wrong", "report it with the log as a defect"),
    "interrupted": ("killed while at work", "run again; if it happens again, give the job more memory"),
    "not reached": ("no work on it is recorded, or the run ended before its next step", "run again"),
}


def head_of(statuses: "Sequence[Shown]") -> Head:
    """Count a batch for the head of its page."""
    sealed = [status for status in statuses if status.outcome == "sealed"]
    ended = max((status.ended for status in statuses if status.ended), default=None)
    return Head(
        total=len(statuses),
        sealed=len(sealed),
        outcomes=_outcomes(statuses),
        reasons=_reasons(statuses),
        planes=sum(status.planes or 0 for status in sealed),
        source_text=size_text(sum(status.source_bytes or 0 for status in sealed)),
        object_text=size_text(sum(status.object_bytes or 0 for status in sealed)),
        redacted=sum(status.redacted or 0 for status in sealed),
        ended=ended,
        ended_text=_time_text(ended),
    )


def size_text(size_bytes: int) -> str:
    """Word a size with three digits and a decimal unit: ``1.23 GB``."""
    size, units = float(size_bytes), ["bytes", "kB", "MB", "GB", "TB", "PB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    digits = 0 if units[0] == "bytes" else max(0, 3 - len(str(int(size))))
    return f"{size:.{digits}f} {units[0]}"


def _outcomes(statuses: "Sequence[Shown]") -> tuple[OutcomeCount, ...]:
    counts = Counter(status.outcome for status in statuses)
    placed, x = [], 0.0
    for outcome in OUTCOMES:
        width = SHARE_WIDTH * counts[outcome] / max(1, len(statuses))
        placed.append(OutcomeCount(outcome, counts[outcome], round(x, 2), round(width, 2)))
        x += width
    return tuple(placed)


def _reasons(statuses: "Sequence[Shown]") -> tuple[Reason, ...]:
    """Group what is not sealed by outcome and code: in the order of outcomes, the most frequent first."""
    counts = Counter((status.outcome, status.code or "") for status in statuses if status.outcome != "sealed")
    ordered = sorted(counts.items(), key=lambda item: (OUTCOMES.index(item[0][0]), -item[1], item[0][1]))
    return tuple(Reason(outcome, code, count, *_words(outcome, code)) for (outcome, code), count in ordered)


def _words(outcome: Outcome, code: str) -> tuple[str, str]:
    """Word a reason: the finding's summary as far as it names no place, and its remedy."""
    if code not in FINDINGS:
        return WITHOUT_CODE[outcome]
    finding = FINDINGS[code]
    general = re.split(r": | \(|, ", finding.summary)[0]
    return _without_places(general).removeprefix("… "), _without_places(finding.remedy)


def _without_places(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "…", text)


def _time_text(time: str | None) -> str:
    try:
        moment = datetime.fromisoformat(time or "").astimezone(UTC)
    except ValueError:
        return time or ""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
