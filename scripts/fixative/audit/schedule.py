"""Which copies an audit reads: the oldest first, as many as a night's share allows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from fixative.sections import Audit


@dataclass(frozen=True)
class Item:
    """A copy that could be read."""

    name: str
    copy: str
    bytes: int
    checked: datetime | None
    """When it was last checked, if ever."""
    wanted: bool = False
    """Its first check after `safe_to_delete.after_days` is still to come, and could be made now."""
    bad: bool = False
    """It was not good when it was last checked."""


@dataclass(frozen=True)
class Forecast:
    """How far the audit is from having checked everything."""

    copies: int
    bytes: int
    share_bytes: int
    """What a night reads."""
    overdue: int
    never: int
    nights: int
    """Nights that it takes to read all at this share."""
    next_due: datetime | None
    """When the first copy will be (or was) due."""


def choose(items: Sequence[Item], audit: Audit, now: datetime, *, chance: random.Random | None = None) -> list[Item]:
    """Choose what to read now, in order.

    By default what is overdue comes first, then what was never checked, then the oldest: as many bytes as a night's
    share, and at least one copy. What was good less than half the period ago rests, so that a single large object
    is not read every night.

    Parameters
    ----------
    chance
        Chooses the sample of ``audit.sample``; the system's source of chance when None, which nobody can foresee.
    """
    asked = [item for item in items if asked_for(item.name, audit.objects)]
    ordered = sorted(asked, key=lambda item: _urgency(item, audit, now))
    if audit.sample is not None:
        chosen = (chance or random.SystemRandom()).sample(ordered, min(audit.sample, len(ordered)))
        return sorted(chosen, key=lambda item: _urgency(item, audit, now))
    if audit.full or audit.objects is not None:
        return ordered
    share, taken, chosen = share_of(items, audit), 0, []
    rest = timedelta(days=audit.every_days / 2)
    for item in ordered:
        if item.checked and now - item.checked < rest and not (item.wanted or item.bad):
            continue
        if chosen and taken >= share:
            break
        chosen.append(item)
        taken += item.bytes
    return chosen


def share_of(items: Sequence[Item], audit: Audit) -> int:
    """Bytes that a night reads."""
    return audit.share or -(-sum(item.bytes for item in items) // max(1, int(audit.every_days)))


def forecast(items: Sequence[Item], audit: Audit, now: datetime) -> Forecast:
    """Say how far the schedule is, after what was read now."""
    period = timedelta(days=audit.every_days)
    total, share = sum(item.bytes for item in items), share_of(items, audit)
    times = [item.checked for item in items if item.checked]
    never = len(items) - len(times)
    return Forecast(
        copies=len(items),
        bytes=total,
        share_bytes=share,
        overdue=sum(now - when >= period for when in times),
        never=never,
        nights=-(-total // share) if share else 0,
        next_due=now if never else min((when + period for when in times), default=None),
    )


def asked_for(name: str, objects: Sequence[str] | None) -> bool:
    """Whether ``audit.objects`` names an object."""
    return objects is None or any(fnmatchcase(name, pattern) for pattern in objects)


def _urgency(item: Item, audit: Audit, now: datetime) -> tuple[int, str, str, str]:
    # Overdue before new: in an archive that grows by more than a share a night, the new ones alone would fill it.
    if item.checked and now - item.checked >= timedelta(days=audit.every_days):
        rank = 0
    elif item.checked is None or item.wanted:
        rank = 1
    else:
        rank = 2
    return rank, item.checked.isoformat() if item.checked else "", item.name, item.copy
