"""What has become of a night: read from the records that its jobs have left."""

import csv
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixative.audit.options import audit_options, audit_params
from fixative.audit.safe_to_delete import write_safe_to_delete
from fixative.models import Receipt, SampleRow
from fixative.nightly.record import Audited, Deletable, Disk, Expected, Failing, Night
from fixative.nightly.sheet import NightSheet, kept_rows
from fixative.planning import is_sealed
from fixative.records import read_record
from fixative.report.status import SampleStatus, number_of, seconds_of, status_of
from fixative.settings import Settings

AUDITS = Path("results/audit")
FORECAST = Path("results/forecast.json")
BEGUN = Path("results/audit/requested.json")
"""Written by every run that is to audit, once configuration and sheet were found right."""


@dataclass(frozen=True)
class Before:
    """What stood before the run: what is newer is of this night, whatever the clock says."""

    pending: list[SampleRow]
    """Rows that were not sealed."""
    audits: frozenset[str]
    forecast: tuple[int, int] | None
    begun: tuple[int, int] | None

    @classmethod
    def look(cls, work: Path, rows: Sequence[SampleRow], settings: Settings) -> "Before":
        """Look now."""
        return cls(
            pending=[row for row in rows if not is_sealed(row, settings.archive_root)],
            audits=frozenset(path.name for path in _audits(work)),
            forecast=_state(work / FORECAST),
            begun=_state(work / BEGUN),
        )


def has_begun(work: Path, before: Before) -> bool:
    """Whether a run that failed had begun: configuration and sheet were right, and no other run was at work."""
    return _state(work / BEGUN) not in (None, before.begun)


def audit_of(work: Path, before: Before) -> Audited | None:
    """What this night's audit has found; None where none has come to its end."""
    new = sorted(path for path in _audits(work) if path.name not in before.audits)
    if not new:
        return None
    try:
        said = json.loads(new[-1].read_bytes())
        return Audited(
            sound=said["sound"],
            objects=said["objects"],
            read=said["read"]["copies"],
            bytes=said["read"]["bytes"],
            bad=tuple(f"{copy['object']}: {copy['state']}" for copy in said["bad"]),
            findings=tuple(dict.fromkeys(finding["code"] for finding in said["findings"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def with_samples(night: Night, work: Path, sheet: NightSheet, before: Before, last: Night | None) -> Night:
    """Add to a night's record what has become of its samples."""
    since = min(night.unended, default=None)
    judged = list(before.pending)
    if since is not None:
        known = {row.sample_id for row in judged}
        judged += [row for row in sheet.rows if row.sample_id not in known and _sealed_since(work, row, since)]
    statuses = [status_of(work, row) for row in judged]
    sealed = [status for status in statuses if status.outcome == "sealed"]
    earlier = last.failing_by_sample() if last else {}
    failing = [
        _failing(status, earlier) for status in statuses if status.outcome not in ("sealed", "awaiting approval")
    ]
    failing += [earlier[name].model_copy(update={"held": True}) for name in sheet.held if name in earlier]
    known = {one.sample for one in failing} | {status.sample_id for status in statuses}
    names = {row.sample_id for row in sheet.rows}
    return night.model_copy(
        update={
            "samples": len(sheet.rows),
            "sealed": tuple(status.sample_id for status in sealed),
            "sealed_bytes": sum(status.object_bytes or 0 for status in sealed),
            "source_bytes": sum(status.source_bytes or 0 for status in sealed),
            "failing": tuple(sorted(failing, key=lambda one: (-one.nights, one.sample))),
            "awaiting": tuple(status.sample_id for status in statuses if status.outcome == "awaiting approval"),
            "fixed": tuple(status.sample_id for status in sealed if status.sample_id in earlier),
            "gone": sum(name not in known and name not in names for name in earlier),
        }
    )


def disks_of(settings: Settings) -> dict[str, Disk]:
    """Room where the archive and the vault are."""
    places = {"archive": settings.archive_root, "vault": settings.vault_root}
    return {
        name: found for name, place in places.items() if place is not None and (found := _disk(place)) is not None
    }


def expected_of(work: Path, before: Before) -> Expected | None:
    """What this night's run was expected to come to; None where nothing was, or of an older form."""
    path = work / FORECAST
    if _state(path) in (None, before.forecast):
        return None
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict):
        return None
    samples, size, seconds = (seconds_of(said.get(name)) for name in ("samples", "bytes", "seconds"))
    if samples is None or size is None or seconds is None:
        return None
    return Expected(
        samples=int(samples), bytes=int(size), seconds=seconds, not_fitting=number_of(said.get("not_fitting")) or 0
    )


def deletable_of(work: Path, settings: Settings, sheet: NightSheet) -> Deletable | None:
    """Judge the sources of this night's sheet and of all earlier ones; the list names each, with the evidence."""
    known = {row.sample_id for row in sheet.rows}
    rows = [*sheet.rows, *(row for row in kept_rows(work, settings) if row.sample_id not in known)]
    if not rows:
        return None
    options = audit_options(audit_params(settings))
    path = write_safe_to_delete(work, rows, options, now=datetime.now(UTC))
    with path.open(encoding="utf-8", newline="") as stream:
        safe = [line for line in csv.DictReader(stream, dialect="excel-tab") if line["safe"] == "yes"]
    return Deletable(files=len(safe), bytes=sum(int(line["bytes"] or 0) for line in safe))


def nights_until_full(nights: Iterable[Night], tonight: Night) -> int | None:
    """Nights until the archive's disk is full, as the last nights have grown; None where that cannot be said."""
    ended = [night.sealed_bytes for night in nights if night.state == "ended"][-29:]
    grown = [*ended, tonight.sealed_bytes]
    disk = tonight.disks.get("archive")
    if disk is None or len(grown) < 3 or not sum(grown):
        return None
    return int(disk.free * len(grown) / sum(grown))


def _failing(status: SampleStatus, earlier: dict[str, Failing]) -> Failing:
    before = earlier.get(status.sample_id)
    nights = before.nights + 1 if before else 1
    return Failing(sample=status.sample_id, outcome=status.outcome, code=status.code, nights=nights)


def _sealed_since(work: Path, row: SampleRow, since: str) -> bool:
    receipt = read_record(Receipt, work / f"results/samples/{row.sample_id}/sealed.json")
    return receipt is not None and receipt.sealed >= since


def _audits(work: Path) -> list[Path]:
    return list((work / AUDITS).glob("2*.json"))


def _state(path: Path) -> tuple[int, int] | None:
    try:
        now = path.stat()
    except FileNotFoundError:
        return None
    return now.st_mtime_ns, now.st_ino


def _disk(place: Path) -> Disk | None:
    there = next((path for path in (place.absolute(), *place.absolute().parents) if path.is_dir()), None)
    if there is None:
        return None
    usage = shutil.disk_usage(there)
    return Disk(free=usage.free, total=usage.total)
