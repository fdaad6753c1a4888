"""What the check of one object has found: checks made, damage, notes, and what could not be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from fixative.findings import RefusedSample
from fixative.quality import Check as Line
from fixative.verification_models import ChannelHistogram

Outcome = Literal["whole", "damaged", "not checked"]


@dataclass(frozen=True)
class Note:
    """Something a person should know of that is no damage: every byte may be as it was sealed."""

    file: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"note: {self.file}: expected {self.expected}, found {self.found}"


Told = RefusedSample | Note


@dataclass(frozen=True)
class Check:
    """One line of a report."""

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass
class ObjectReport:
    """What the check of one object has found."""

    object: str
    checks: list[Check] = field(default_factory=list)
    findings: list[RefusedSample] = field(default_factory=list)
    """Damage."""
    notes: list[Note] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Files that could not be read, with the reason; and checks that lacked what they need."""
    checklist: tuple[Line, ...] = ()
    histograms: tuple[ChannelHistogram, ...] = ()
    sample: str | None = None
    files: int = 0
    bytes: int = 0
    planes: int = 0

    @property
    def outcome(self) -> Outcome:
        """Damage outranks what could not be read."""
        return "damaged" if self.findings else "not checked" if self.unread else "whole"

    def add(self, name: str, found: Iterable[Told], detail: str = "") -> None:
        """Add a check and what it found."""
        told = list(found)
        damage = [each for each in told if isinstance(each, RefusedSample)]
        self.findings += damage
        self.notes += [each for each in told if isinstance(each, Note)]
        self.checks.append(Check(name, "damaged" if damage else "whole", detail))

    def skip(self, name: str, reason: str) -> None:
        """Add a check that could not be made."""
        self.checks.append(Check(name, "not checked", reason))

    def outcome_of(self, name: str) -> Outcome:
        """Give the outcome of a check; one that was never made is not checked."""
        return next((check.outcome for check in self.checks if check.name == name), "not checked")
