"""Replication: every object that a replica lacks is copied there and read back before it counts.

The state is in the fixity logs and in the roots themselves: a run that was killed is gone on with, and what was
copied and found good is neither copied nor read again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fixative.audit.holdings import Holdings, open_holdings, utc_now
from fixative.audit.options import AuditOptions
from fixative.audit.pace import Pace
from fixative.audit.repair import copied
from fixative.audit.roots import CannotCopy, Copies
from fixative.audit.schedule import asked_for
from fixative.findings import RefusedSample

_OF_THE_ROOT = {"REM001", "REM005", "REM006"}
"""Findings after which no other object would fare better: the rest of that replica waits for the next run."""


@dataclass
class ReplicateResult:
    """What became of the copies that replicas lacked."""

    copied: list[str] = field(default_factory=list)
    bytes: int = 0
    there: int = 0
    """Copies that were there before."""
    findings: list[RefusedSample] = field(default_factory=list)


def run_replicate(
    options: AuditOptions,
    *,
    pace: Pace | None = None,
    clock: Callable[[], datetime] = utc_now,
    told: Callable[[str], None] = lambda line: None,
) -> ReplicateResult:
    """Copy what replicas lack from the archive's own copy, which must be the object that was sealed.

    Raises
    ------
    RefusedSample
        AUD006, AUD008, AUD009 as `fixative.audit.run.run_audit`.
    """
    pace = pace or Pace(options.bytes_per_s)
    result = ReplicateResult()
    with open_holdings(options, clock=clock) as holdings:
        result.findings += holdings.unreachable
        if not options.replicas:
            result.findings.append(RefusedSample("AUD006", copy="replicas", reason="the configuration names none"))
        for root in holdings.roots:
            if root.name != options.archive.name:
                _fill(holdings, root, pace, result, told)
    return result


def _fill(holdings: Holdings, root: Copies, pace: Pace, result: ReplicateResult, told: Callable[[str], None]) -> None:
    """Copy to one replica what it lacks."""
    archive = holdings.options.archive
    for name in holdings.entries:
        if not asked_for(name, holdings.options.audit.objects):
            continue
        if root.holds(name):
            result.there += 1
            continue
        if not archive.holds(name):
            continue  # gone: an audit says so, and a repair restores it
        before = pace.bytes
        try:
            copied(holdings, name, archive, root, pace, replace=False, verb="replicated")
        except (OSError, CannotCopy, RefusedSample) as reason:
            finding = _as_finding(reason, name, root)
            result.findings.append(finding)
            told(str(finding))
            if finding.code in _OF_THE_ROOT:
                break
            continue
        result.copied.append(f"{name} ({root.name})")
        result.bytes += pace.bytes - before
        told(f"replicated {result.copied[-1]}")


def _as_finding(reason: Exception, name: str, root: Copies) -> RefusedSample:
    if isinstance(reason, RefusedSample):
        return reason
    text = reason.strerror or type(reason).__name__ if isinstance(reason, OSError) else str(reason)
    return RefusedSample("REM008", object=name, copy=root.name, reason=text)
