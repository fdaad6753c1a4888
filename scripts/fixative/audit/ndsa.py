"""Levels of Digital Preservation (NDSA, matrix 2.0 of 2019) that the evidence of audits supports.

Two of the five areas, storage and integrity, as far as a program can see: what it cannot see is named, never assumed.

Notes
-----
https://ndsa.org/publications/levels-of-digital-preservation/
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fixative.audit.options import AuditOptions
from fixative.audit.run import AuditResult


@dataclass(frozen=True)
class Level:
    """A level reached in one area, 0 to 4, and why not the next."""

    area: str
    level: int
    evidence: str
    missing: str
    """Empty at level 4."""
    unseen: str
    """What the levels ask for besides, and no program can see."""

    def line(self) -> str:
        """Say it in one line."""
        why = f"; not {self.level + 1}: {self.missing}" if self.missing else ""
        return f"{self.area} level {self.level} of 4 ({self.evidence}{why}; for you to judge: {self.unseen})"


def levels_of(result: AuditResult, options: AuditOptions, *, repaired: bool) -> list[Level]:
    """Compute the levels.

    Parameters
    ----------
    repaired
        Whether damaged copies can be, or were, replaced: there is a replica.
    """
    return [_storage(result, options), _integrity(result, options, repaired)]


def _storage(result: AuditResult, options: AuditOptions) -> Level:
    good: dict[str, int] = {}
    for copy in result.copies:
        good[copy.object] = good.get(copy.object, 0) + (copy.state == "good")
    copies = min(good.values(), default=0)
    locations = {root.location for root in options.roots if root.location}
    media = {root.medium for root in options.roots if root.medium}
    steps = (
        (copies >= 2, f"two complete copies of every object that an audit found good ({_of(copies)} now)"),
        (
            len(locations) >= 2,
            f"copies in separate locations, as `location` states them ({len(locations)} stated)",
        ),
        (copies >= 3, f"three complete copies of every object ({_of(copies)} now)"),
        (len(media) >= 2, f"a copy on another type of medium, as `medium` states it ({len(media)} stated)"),
        (copies >= 3 and len(locations) >= 3, f"three copies in three locations ({len(locations)} stated)"),
    )
    level, missing = _reached(steps, (1, 1, 2, 3, 4))
    return Level(
        "storage",
        level,
        f"{_of(copies)} of every object found good, {len(locations)} locations, {len(media)} media",
        missing,
        "how far locations are apart and which disasters they share, the documentation of media, a plan for when "
        "they become obsolete",
    )


def _integrity(result: AuditResult, options: AuditOptions, repaired: bool) -> Level:
    plan = result.forecast
    overdue = plan.overdue if plan else 0
    never = plan.never if plan else 0
    steps = (
        (bool(result.copies), "objects with digests (none found)"),
        (bool(options.replicas), "digests backed up in another place (no replica)"),
        (
            not overdue and not never,
            f"every copy checked within {options.audit.every_days:g} days ({overdue} overdue, {never} never checked)",
        ),
        (repaired, "a replica to replace what is damaged"),
        (result.sound, "nothing damaged or missing (run `snakemake repair`)"),
    )
    level, missing = _reached(steps, (1, 2, 3, 4, 4))
    return Level(
        "integrity",
        level,
        f"{len(result.copies)} copies with two digests for every file, outcomes logged as PREMIS events",
        missing,
        "virus checks (level 1), write-blockers (level 2)",
    )


def _reached(steps: Sequence[tuple[bool, str]], levels: Sequence[int]) -> tuple[int, str]:
    """Give the last level of which all is met, and the first thing that is not."""
    for (met, text), level in zip(steps, levels, strict=True):
        if not met:
            return level - 1, text
    return levels[-1], ""


def _of(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies" if count else "none"
