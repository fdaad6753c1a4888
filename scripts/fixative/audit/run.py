"""An audit: what is due is read, what is gone is missed, and all that is known of every copy is told."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fixative.audit.check import CopyCheck
from fixative.audit.history import parse_time
from fixative.audit.holdings import Holdings, open_holdings, utc_now
from fixative.audit.options import AuditOptions
from fixative.audit.pace import Pace
from fixative.audit.roots import Copies
from fixative.audit.schedule import Forecast, Item, asked_for, choose, forecast
from fixative.files import write_json
from fixative.findings import RefusedSample
from fixative.records import key_of

UNFINISHED = "unfinished.json"


@dataclass(frozen=True)
class CopyStatus:
    """What is known of one copy of one object."""

    object: str
    copy: str
    state: str
    """good, unlocked, damaged, other, missing, not readable, never checked"""
    checked: str = ""
    """UTC"""
    now: bool = False
    """Whether this audit read it."""
    bytes: int = 0
    codes: tuple[str, ...] = ()
    note: str = ""

    @property
    def bad(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.state not in ("good", "never checked")


@dataclass
class AuditResult:
    """What an audit has found."""

    started: datetime
    ended: datetime
    objects: int = 0
    copies: list[CopyStatus] = field(default_factory=list)
    findings: list[RefusedSample] = field(default_factory=list)
    """About roots and objects as a whole, and of the copies that were read."""
    read: int = 0
    bytes: int = 0
    added: list[str] = field(default_factory=list)
    forecast: Forecast | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is known to be wrong, and something was there to be audited."""
        return not self.findings and not any(copy.bad for copy in self.copies)


def run_audit(
    options: AuditOptions,
    work: Path,
    *,
    expected: Iterable[str] = (),
    pace: Pace | None = None,
    clock: Callable[[], datetime] = utc_now,
    chance: random.Random | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> AuditResult:
    """Audit an archive and its replicas.

    Parameters
    ----------
    work
        Folder for the list of what an audit has chosen to read: one that is killed goes on there.
    expected
        Objects that the caller knows to be sealed.
    told
        Takes a line for each copy that was read.

    Raises
    ------
    RefusedSample
        AUD006 when there is no archive, AUD008 when its fixity logs cannot be written, AUD009 when another audit
        is at work.
    """
    pace = pace or Pace(options.bytes_per_s)
    started = clock()
    with open_holdings(options, expected, clock=clock) as holdings:
        result = AuditResult(started, started, objects=len(holdings.entries), added=holdings.added)
        result.findings += holdings.unreachable
        for name in options.audit.objects or ():
            # A name with a slip of the pen must not pass for an object that was found sound.
            if not any(asked_for(entry, [name]) for entry in holdings.entries):
                result.findings.append(RefusedSample("AUD001", object=name, copy=options.archive.name))
        if not holdings.entries:
            result.findings.append(RefusedSample("AUD006", copy=options.archive.name, reason="it holds no object"))
        for name, root in holdings.missing():
            holdings.log(CopyCheck(name, [RefusedSample("AUD001", object=name, copy=root.name)]), root)
        by_name = {root.name: root for root in holdings.roots}
        checks: dict[tuple[str, str], CopyCheck] = {}
        for item in _chosen(holdings, work / UNFINISHED, chance):
            found = holdings.check(item.name, by_name[item.copy], pace)
            checks[item.name, item.copy] = found
            told(f"{found.state:12} {item.name} ({item.copy}) {found.note}".rstrip())
        (work / UNFINISHED).unlink(missing_ok=True)
        _conclude(result, holdings, checks)
    result.bytes, result.ended = pace.bytes, clock()
    return result


def _chosen(holdings: Holdings, unfinished: Path, chance: random.Random | None) -> Iterator[Item]:
    """Choose what to read, or go on with what a killed audit with the same order had chosen."""
    audit, items, now = holdings.options.audit, holdings.items(), holdings.now
    there = {(item.name, item.copy): item for item in items}
    key = key_of(audit=audit.model_dump(mode="json"), roots=[root.name for root in holdings.roots])
    begun = _read_unfinished(unfinished, key, now)
    if begun:
        since, names = begun
        chosen = [there[pair] for pair in names if pair in there]
        yield from (item for item in chosen if item.checked is None or item.checked < since)
        return
    chosen = choose(items, audit, now, chance=chance)
    order = {"key": key, "started": now.isoformat(), "chosen": [[item.name, item.copy] for item in chosen]}
    write_json(unfinished, order, mode=0o600)
    yield from chosen


def _read_unfinished(path: Path, key: str, now: datetime) -> tuple[datetime, list[tuple[str, str]]] | None:
    try:
        read: dict[str, Any] = json.loads(path.read_bytes())
        since = parse_time(read["started"])
        names = [(str(name), str(copy)) for name, copy in read["chosen"]]
        if read["key"] != key or since is None or since > now:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # Log lines tell whole seconds: what was checked in the second in which the audit began is not checked again.
    return since.replace(microsecond=0), names


def _conclude(result: AuditResult, holdings: Holdings, checks: dict[tuple[str, str], CopyCheck]) -> None:
    """Tell of every copy; of those that were not read now, what the log says."""
    now = holdings.now
    for entry in holdings.entries.values():
        history = holdings.histories.of(entry.name)
        for root in holdings.roots:
            of_copy = history.of(root.name)
            checked = of_copy.last_checked(now)
            result.copies.append(
                CopyStatus(
                    object=entry.name,
                    copy=root.name,
                    # The log of a missing copy that came back says missing until it is read.
                    state=of_copy.state
                    if of_copy.state != "missing" or not root.holds(entry.name)
                    else "never checked",
                    checked=checked.strftime("%Y-%m-%dT%H:%M:%SZ") if checked else "",
                    now=(entry.name, root.name) in checks,
                    bytes=entry.bytes,
                    codes=of_copy.codes,
                    note=of_copy.note if of_copy.state != "good" else "",
                )
            )
        result.findings += differing(holdings, entry.name)
        if history.unreadable:
            lines = "1 line" if history.unreadable == 1 else f"{history.unreadable} lines"
            result.notes.append(f"fixity log of {entry.name}: {lines} cannot be read")
    if holdings.catalogue.remade:
        result.notes.append("the catalogue was damaged: it was set aside and made anew from objects and logs")
    result.read = len(checks)
    result.forecast = forecast(holdings.items(), holdings.options.audit, now)


def differing(holdings: Holdings, name: str) -> list[RefusedSample]:
    """Say when copies that are whole are not one and the same, and the catalogue cannot say which is right."""
    history = holdings.histories.of(name)
    whole: dict[str, Copies] = {}
    for root in holdings.roots:
        of_copy = history.of(root.name)
        if of_copy.state in ("good", "unlocked") and of_copy.manifest_sha256 and root.holds(name):
            whole.setdefault(of_copy.manifest_sha256, root)
    if len(whole) < 2:
        return []
    (expected, _), *others = whole.items()
    return [
        RefusedSample("AUD005", object=name, copy=root.name, expected=expected, found=found) for found, root in others
    ]
