"""Repair: a copy that is damaged or gone is made anew from one that was just read and found good.

Nothing is deleted: what was damaged is set aside. Nothing is copied that was not verified, and what was copied is
read back before it takes its name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fixative.audit.fixity_log import append_event, event, log_path
from fixative.audit.holdings import Holdings, open_holdings, utc_now
from fixative.audit.options import AuditOptions
from fixative.audit.pace import Pace
from fixative.audit.roots import CannotCopy, Copies
from fixative.audit.schedule import asked_for
from fixative.findings import RefusedSample


@dataclass
class RepairResult:
    """What became of the copies that were not good."""

    repaired: list[str] = field(default_factory=list)
    findings: list[RefusedSample] = field(default_factory=list)
    looked_at: int = 0


def run_repair(
    options: AuditOptions,
    *,
    pace: Pace | None = None,
    clock: Callable[[], datetime] = utc_now,
    told: Callable[[str], None] = lambda line: None,
) -> RepairResult:
    """Repair every copy that is gone, or that its last check did not find good, in all roots.

    Each copy of such an object is read first, whatever the log says of it.

    Raises
    ------
    RefusedSample
        AUD006, AUD008, AUD009 as `fixative.audit.run.run_audit`.
    """
    pace = pace or Pace(options.bytes_per_s)
    result = RepairResult()
    with open_holdings(options, clock=clock) as holdings:
        result.findings += holdings.unreachable
        for name in holdings.entries:
            if asked_for(name, options.audit.objects) and _needs_it(holdings, name):
                result.looked_at += 1
                _repair_object(holdings, name, pace, result, told)
    return result


def _needs_it(holdings: Holdings, name: str) -> bool:
    history = holdings.histories.of(name)
    return any(
        not root.holds(name) or history.of(root.name).state not in ("good", "never checked")
        for root in holdings.roots
    )


def _repair_object(
    holdings: Holdings, name: str, pace: Pace, result: RepairResult, told: Callable[[str], None]
) -> None:
    checks = {root: holdings.check(name, root, pace) for root in holdings.roots}
    whole = {root: check for root, check in checks.items() if check.whole}
    others = [check for check in checks.values() if check.state == "other"]
    manifests = {check.manifest_sha256 for check in whole.values()}
    if others or len(manifests) > 1:
        result.findings += [finding for check in others for finding in check.findings] or [
            RefusedSample("AUD005", object=name, copy="its copies", expected=first, found=second)
            for first, second in [sorted(str(manifest) for manifest in manifests)[:2]]
        ]
        return
    for root, check in checks.items():
        if check.state == "good":
            continue
        try:
            if check.state == "unlocked":
                done = _lock_again(holdings, name, root, pace)
            elif check.state == "not readable":
                raise CannotCopy(check.note)
            elif whole:
                source = next(iter(whole))
                replace = check.state != "missing"
                aside = copied(holdings, name, source, root, pace, replace=replace, verb="restored")
                done = f"restored from {source.name}{aside}"
            else:
                raise CannotCopy(f"no good copy; {check.note}")
        except (OSError, CannotCopy, RefusedSample) as reason:
            text = reason.strerror if isinstance(reason, OSError) else str(reason)
            result.findings.append(RefusedSample("AUD007", object=name, copy=root.name, reason=text))
            told(str(result.findings[-1]))
            continue
        result.repaired.append(f"{name} ({root.name}): {done}")
        told(result.repaired[-1])


def copied(
    holdings: Holdings, name: str, source: Copies, target: Copies, pace: Pace, *, replace: bool, verb: str
) -> str:
    """Make a copy from a good one and log it; gives where the one before is kept, in words, or an empty text.

    Raises
    ------
    CannotCopy, OSError, RefusedSample
        When there is no good copy afterwards.
    """
    stamp = holdings.now.strftime("%Y-%m-%dT%H%M%SZ")
    check, kept = target.take(name, source, holdings.wanted(name), pace, stamp=stamp, replace=replace)
    aside = f"; what was damaged is kept in {kept}" if kept else ""
    made = event(
        "rep",
        name,
        outcome="success",
        note=f"{verb} from {source.name}{aside}",
        copy=target.name,
        detail=f"copied and read back: {check.files} files, {check.bytes} bytes",
        extension={"from": source.name, "manifest_sha256": check.manifest_sha256},
        now=holdings.now,
    )
    append_event(log_path(holdings.options.archive.path, name), made)
    holdings.log(check, target)
    return aside


def _lock_again(holdings: Holdings, name: str, root: Copies, pace: Pace) -> str:
    """Give files and folders the modes of a sealed object, and read it once more: it stood open."""
    root.lock_again(name)
    after = holdings.check(name, root, pace)
    if after.state != "good":
        raise CannotCopy(after.note)
    return "locked again"
