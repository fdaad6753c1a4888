"""The record of a night, written when it begins and when it ends: the next one knows of one that was killed."""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from fixative import __version__
from fixative.models import Record
from fixative.records import read_record, write_record

NIGHTS = Path("results/nights")
MOST_READ = 60
"""Nights that are looked back on."""

State = Literal["begun", "ended", "stopped", "could not run"]
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?\.json")


class Failing(Record):
    """A sample that is not sealed, though it was tried."""

    sample: str
    outcome: str
    code: str | None = None
    nights: int = Field(default=1, description="nights it was found so, this one among them")
    held: bool = Field(default=False, description="its source is being written anew, or is out of reach: not tried")


class Audited(Record):
    """What the night's audit has found."""

    sound: bool
    objects: int
    read: int = Field(description="copies read this night")
    bytes: int
    bad: tuple[str, ...] = Field(default=(), description="'object: state' of every copy that is not good")
    findings: tuple[str, ...] = Field(default=(), description="codes")


class Scanned(Record):
    """What the night's scan has found."""

    new: int = Field(description="sets that are at rest and not sealed")
    still_written: int
    changed: tuple[str, ...] = Field(default=(), description="samples whose source changed after sealing")
    roots: int
    roots_missing: tuple[int, ...] = Field(default=(), description="numbers of source roots that were not there")
    failed: bool = False


class Disk(Record):
    """Room on a file system, in bytes."""

    free: int
    total: int


class Expected(Record):
    """What the run was expected to come to, before it began."""

    samples: int
    bytes: int
    seconds: float
    not_fitting: int = 0


class Deletable(Record):
    """Source files of which everything asked for is proven (`results/reports/safe_to_delete.tsv`)."""

    files: int
    bytes: int


class Night(Record):
    """One night (`results/nights/<UTC start>.json`, restricted)."""

    number: int
    state: State
    started: str
    ended: str | None = None
    pid: int
    version: str = __version__
    unended: tuple[str, ...] = Field(default=(), description="starts of the nights before that did not end")
    before: str | None = Field(default=None, description="start of the night that this one is compared with")
    could_not_run_before: int = Field(default=0, description="nights since then that could not run")
    samples: int = Field(default=0, description="rows of the night's sheet")
    sealed: tuple[str, ...] = Field(default=(), description="sealed since the night before")
    sealed_bytes: int = 0
    source_bytes: int = 0
    failing: tuple[Failing, ...] = ()
    awaiting: tuple[str, ...] = ()
    fixed: tuple[str, ...] = Field(default=(), description="failing the night before, and sealed now")
    gone: int = Field(default=0, description="failing the night before, and no source any more")
    scan: Scanned | None = None
    audit: Audited | None = None
    replicated: bool | None = Field(
        default=None, description="whether every replica holds every object; None: not asked"
    )
    disks: dict[str, Disk] = Field(default={}, description="of the archive, and of the vault")
    expected: Expected | None = None
    deletable: Deletable | None = None
    exit_status: int | None = None
    problem: str | None = Field(default=None, description="why it could not run, or what ended it")
    log: str | None = None
    summary: tuple[str, ...] = ()
    notified: tuple[str, ...] = Field(default=(), description="what was sent, or why it could not be")

    def failing_by_sample(self) -> dict[str, Failing]:
        """What was failing, by sample."""
        return {one.sample: one for one in self.failing}


def read_nights(work: Path) -> list[Night]:
    """Read the last nights, the latest last; a record that cannot be read is passed over."""
    folder = work / NIGHTS
    names = sorted(path for path in folder.glob("2*.json") if _NAME.fullmatch(path.name))[-MOST_READ:]
    nights = [night for path in names if (night := read_record(Night, path)) is not None]
    return sorted(nights, key=lambda night: night.number)


def begin_night(work: Path, nights: Sequence[Night], start: datetime) -> tuple[Night, Path]:
    """Write the record of a night that begins; give it and where it stands."""
    last = max((number for number, night in enumerate(nights) if night.state == "ended"), default=None)
    since = nights[last + 1 :] if last is not None else nights
    night = Night(
        number=max((night.number for night in nights), default=0) + 1,
        state="begun",
        started=time_of(start),
        pid=os.getpid(),
        unended=tuple(night.started for night in since if night.state in ("begun", "stopped")),
        could_not_run_before=sum(night.state == "could not run" for night in since),
        before=nights[last].started if last is not None else None,
    )
    stamp = stamp_of(start)
    path, again = work / NIGHTS / f"{stamp}.json", 0
    while path.exists():
        again += 1
        path = path.with_name(f"{stamp}-{again}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    return night, write_record(path, night, 0o600)


def time_of(when: datetime) -> str:
    """UTC to the second, ISO 8601."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_of(when: datetime) -> str:
    """UTC to the second, as names of files have it."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")
