"""Repair: a copy that is damaged or gone is made anew from one that was just read and found good.

Nothing is deleted: what was damaged is set aside. Nothing is copied that was not verified, and what was copied is
read back before it takes its name.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fixative.audit.check import FILE_MODE, FOLDER_MODE, CopyCheck, check_copy
from fixative.audit.fixity_log import append_event, event, log_path
from fixative.audit.holdings import Holdings, open_holdings, utc_now
from fixative.audit.options import AuditOptions
from fixative.audit.pace import Pace
from fixative.audit.roots import Root
from fixative.audit.schedule import asked_for
from fixative.files import fsync_folder
from fixative.findings import RefusedSample
from fixative.package.discard import discard
from fixative.sealed import HIDDEN

DAMAGED = f"{HIDDEN}/damaged"


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
                raise _Unrepairable(check.note)
            elif whole:
                source = next(iter(whole))
                done = f"restored from {source.name}" + _restore(holdings, name, source, root, check, pace)
            else:
                raise _Unrepairable(f"no good copy; {check.note}")
        except (OSError, _Unrepairable) as reason:
            text = reason.strerror if isinstance(reason, OSError) else str(reason)
            result.findings.append(RefusedSample("AUD007", object=name, copy=root.name, reason=text))
            told(str(result.findings[-1]))
            continue
        result.repaired.append(f"{name} ({root.name}): {done}")
        told(result.repaired[-1])


class _Unrepairable(Exception):
    """Why a copy stays as it is."""


def _restore(holdings: Holdings, name: str, source: Root, target: Root, check: CopyCheck, pace: Pace) -> str:
    """Copy under a hidden name, read back, set the damaged one aside, rename; says where the damaged one is."""
    final = target.path / name
    final.parent.mkdir(exist_ok=True)
    partial = final.with_name(f".{final.name}.restored")
    discard(partial)  # of a repair that was killed
    try:
        _copy_tree(source.path / name, partial, pace)
        manifest = holdings.entries[name].manifest_sha256
        copied = check_copy(
            partial, copy=target.name, manifest_sha256=manifest, pace=pace, modes=holdings.options.audit.modes
        )
        if copied.state != "good":
            raise _Unrepairable(f"the copy is not good: {copied.note}")
        aside = (
            "" if check.state == "missing" else f"; what was damaged is kept in {_set_aside(holdings, target, name)}"
        )
        _rename(partial, final)
    except BaseException:
        discard(partial)
        raise
    made = event(
        "rep",
        name,
        outcome="success",
        note=f"restored from {source.name}{aside}",
        copy=target.name,
        detail=f"copied and read back: {copied.files} files, {copied.bytes} bytes",
        extension={"from": source.name, "manifest_sha256": copied.manifest_sha256},
        now=holdings.now,
    )
    append_event(log_path(holdings.options.archive.path, name), made)
    copied.object = name
    holdings.log(copied, target)
    return aside


def _copy_tree(source: Path, target: Path, pace: Pace) -> None:
    for place, folders, files in os.walk(source):
        made = target / Path(place).relative_to(source)
        made.mkdir()
        for name in files:
            _copy(Path(place, name), made / name, pace)
        folders.sort()
    for place, _, files in os.walk(target, topdown=False):
        for name in files:
            Path(place, name).chmod(FILE_MODE)
        Path(place).chmod(FOLDER_MODE)
        fsync_folder(Path(place))


def _copy(source: Path, target: Path, pace: Pace) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(reading, "rb", buffering=0) as stream, target.open("xb", buffering=0) as writing:
        while block := stream.read(pace.block_bytes):
            pace.take(len(block))
            view = memoryview(block)
            while view:
                view = view[writing.write(view) :]
        os.fsync(writing.fileno())


def _set_aside(holdings: Holdings, root: Root, name: str) -> str:
    """Move what is damaged out of the way, and keep it; returns where it is, below the root."""
    final = root.path / name
    stamp = holdings.now.strftime("%Y-%m-%dT%H%M%SZ")
    aside = root.path / DAMAGED / f"{name}.{stamp}"
    while os.path.lexists(aside):
        aside = aside.with_name(f"{aside.name}-again")
    aside.parent.mkdir(parents=True, exist_ok=True)
    folder = not final.is_symlink() and final.is_dir()
    if folder:
        final.chmod(0o755)  # to be moved into another folder it must be writable
    try:
        final.rename(aside)
    except OSError:
        if folder:
            final.chmod(FOLDER_MODE)
        raise
    if folder:
        aside.chmod(FOLDER_MODE)
    fsync_folder(aside.parent)
    fsync_folder(final.parent)
    return aside.relative_to(root.path).as_posix()


def _rename(partial: Path, final: Path) -> None:
    if os.path.lexists(final):
        raise _Unrepairable("something else took its place meanwhile")
    partial.rename(final)
    fsync_folder(final.parent)


def _lock_again(holdings: Holdings, name: str, root: Root, pace: Pace) -> str:
    """Give files and folders the modes of a sealed object, and read it once more: it stood open."""
    folder = root.path / name
    for place, _, files in os.walk(folder, topdown=False):
        for file in files:
            Path(place, file).chmod(FILE_MODE)
        Path(place).chmod(FOLDER_MODE)
    after = holdings.check(name, root, pace)
    if after.state != "good":
        raise _Unrepairable(after.note)
    return "locked again"
