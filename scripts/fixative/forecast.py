"""Before work starts: what it will come to in bytes and time, and which samples would not fit on the disks.

It goes by earlier samples whose sources had the same ending (`results/source_experience.json`), and before there are
any by what is usual. The oldest sources go first; a sample that would not fit is refused (RUN003) and tried again by
the next run. `prediction` predicts once more, and better, when a sample's pixels are known.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from fixative.clock import utc_text
from fixative.findings import RefusedSample
from fixative.history import remember
from fixative.models import STEPS, Inventory, Receipt, Record, SampleRow, StepOutcome
from fixative.prediction import USUAL_BYTES_PER_S, Learned, add_experience, read_experience, seconds_in
from fixative.records import read_record, write_record
from fixative.remote.sizes import bytes_on_remote

if TYPE_CHECKING:
    from fixative.settings import Settings

EXPERIENCE = "source_experience.json"
FORECAST = "forecast.json"
RESERVE_SHARE = 0.01
MOST_RESERVE = 10_000_000_000


class Forecast(Record):
    """What a run was expected to come to before it began (`results/forecast.json`)."""

    samples: int = Field(description="to be worked on")
    source_bytes: int
    bytes: int = Field(description="of their objects, expected")
    seconds: float = Field(description="of wall time, expected, on this run's cores")
    cores: int
    free_bytes: int = Field(description="on the archive's file system, before the run")
    not_fitting: int = Field(default=0, description="samples refused since they would not fit")
    not_fitting_bytes: int = Field(default=0, description="of their objects, expected")


@dataclass(frozen=True)
class Expected:
    """What one sample is expected to come to."""

    row: SampleRow
    source_bytes: int
    bytes: int
    """Of its object."""
    seconds: float
    """In all steps."""


@dataclass(frozen=True)
class Refused:
    """A sample that would not fit, and how that is told."""

    expected: Expected
    reason: RefusedSample


def expect(results: Path, rows: Iterable[SampleRow]) -> list[Expected]:
    """Expect of each sample what earlier ones of the same ending came to: medians, by bytes of the source."""
    from statistics import median

    known = read_experience(results / EXPERIENCE)
    everything = [entry for entries in known.values() for entry in entries]
    of_ending: dict[str, tuple[float, float]] = {}
    expected = []
    for row in rows:
        ending = _ending(row.source)
        if ending not in of_ending:
            entries = known.get(ending) or everything
            share = median(written / source for source, written, _ in entries) if entries else 1.0
            pace = median(seconds / source for source, _, seconds in entries) if entries else 1 / USUAL_BYTES_PER_S
            of_ending[ending] = (share, pace)
        share, pace = of_ending[ending]
        source = source_bytes(row)
        expected.append(Expected(row, source, round(share * source), round(pace * source, 3)))
    return expected


def learn_sources(results: Path, samples: Sequence[str]) -> None:
    """Remember what samples of the last run came to by their sources, those of them that were sealed."""
    add_experience(
        results / EXPERIENCE, [one for sample in samples for one in _came_to(results / "samples" / sample)]
    )


def source_bytes(row: SampleRow) -> int:
    """Bytes of a sample's file set: as its inventory or the scan that found it has it, else of what is named."""
    inventory = read_record(Inventory, Path(f"results/samples/{row.sample_id}/inventory.json"))
    if inventory is not None and inventory.opens == row.source:
        return sum(file.bytes for file in inventory.files)
    here = sum(_bytes_of(path) for path in (row.source, *row.sidecars))
    named = max(here, bytes_on_remote(row))
    scanned = row.extra.get("bytes", "")
    return max(named, int(scanned)) if scanned.isdecimal() else named


def admit(expected: Sequence[Expected], settings: "Settings", staging: Path) -> tuple[list[Expected], list[Refused]]:
    """Divide samples into those that fit, the oldest sources first, and those that would not.

    Returns
    -------
    fits, refused
        What fits keeps its order.
    """
    room = _Room(settings, staging)
    refused: dict[str, RefusedSample] = {}
    for one in sorted(expected, key=lambda one: _age(one.row)):
        if (reason := room.take(one)) is not None:
            refused[one.row.sample_id] = reason
    fits = [one for one in expected if one.row.sample_id not in refused]
    return fits, [Refused(one, refused[one.row.sample_id]) for one in expected if one.row.sample_id in refused]


def refuse_unfit(folder: Path, refused: Refused, run: int) -> None:
    """Record in a sample's folder that it is refused for want of room."""
    outcome = StepOutcome(
        sample=refused.expected.row.sample_id,
        step=STEPS[0],
        outcome="refused",
        code=refused.reason.code,
        message=refused.reason.message,
        remedy=refused.reason.remedy,
        started=utc_text(),
        ended=utc_text(),
        run=f"{run:04d}-0000",
    )
    write_record(folder / f"outcomes/{STEPS[0]}.json", outcome)
    remember(folder, outcome)


def forecast(fits: Sequence[Expected], refused: Sequence[Refused], *, archive_root: Path, cores: int) -> Forecast:
    """Sum up what a run is expected to come to."""
    return Forecast(
        samples=len(fits),
        source_bytes=sum(one.source_bytes for one in fits),
        bytes=sum(one.bytes for one in fits),
        seconds=round(sum(one.seconds for one in fits) / max(1, min(cores, len(fits))), 1),
        cores=cores,
        free_bytes=shutil.disk_usage(_existing(archive_root)).free,
        not_fitting=len(refused),
        not_fitting_bytes=sum(one.expected.bytes for one in refused),
    )


Need = tuple[str, Path, Callable[[Expected], int]]
"""A place that a sample takes room in: its name, a folder that is there, and how many bytes."""


class _Room:
    """What is left on each file system that a sample takes room on."""

    def __init__(self, settings: "Settings", staging: Path) -> None:
        archive = _existing(settings.archive_root)
        needs: list[Need] = [("the archive", archive, partial(_object_bytes, kept=settings.keep_original))]
        # On the archive's own file system sealing is a rename. A place that only the job knows is not known here.
        if "$" not in str(staging) and _existing(staging).stat().st_dev != archive.stat().st_dev:
            needs.append(("the staging folder", _existing(staging), partial(_object_bytes, kept=False)))
        if settings.vault_root and settings.vault.originals:
            needs.append(("the vault", _existing(settings.vault_root), lambda one: one.source_bytes))
        self._needs = needs
        self._left = {place.stat().st_dev: _free(place, settings.disk_reserve_bytes) for _, place, _ in needs}

    def take(self, one: Expected) -> RefusedSample | None:
        """Take the room for a sample, or say where there is not enough."""
        wanted: dict[int, int] = {}
        for where, place, need in self._needs:
            device = place.stat().st_dev
            wanted[device] = wanted.get(device, 0) + need(one)
            if wanted[device] > self._left[device]:
                left = max(0, self._left[device])
                return RefusedSample("RUN003", where=where, needed=_megabytes(wanted[device]), free=_megabytes(left))
        for device, size in wanted.items():
            self._left[device] -= size
        return None


def _object_bytes(one: Expected, *, kept: bool) -> int:
    return one.bytes + (one.source_bytes if kept else 0)


def _free(place: Path, reserve: int | None) -> int:
    disk = shutil.disk_usage(place)
    return disk.free - (min(MOST_RESERVE, round(disk.total * RESERVE_SHARE)) if reserve is None else reserve)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.2f} MB"


def _existing(path: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(place for place in (path.absolute(), *path.absolute().parents) if place.is_dir())


def _ending(source: Path) -> str:
    return source.suffix.lower() or "(none)"


def _age(row: SampleRow) -> float:
    try:
        return row.source.stat().st_mtime
    except OSError:
        return 0.0


def _bytes_of(path: Path) -> int:
    """Bytes of a file, or of all that is in a folder; 0 for what is not there: the inventory says so."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        return sum(os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(path) for name in names)  # noqa: PTH118
    except OSError:
        return 0


def _came_to(folder: Path) -> Iterator[tuple[str, Learned]]:
    receipt, inventory = (
        read_record(Receipt, folder / "sealed.json"),
        read_record(Inventory, folder / "inventory.json"),
    )
    if receipt is None or receipt.adopted or inventory is None:
        return
    size = sum(file.bytes for file in inventory.files)
    outcomes = [read_record(StepOutcome, folder / f"outcomes/{step}.json") for step in STEPS]
    if size > 0:
        spans = [seconds_in(outcome) for outcome in outcomes if outcome is not None]
        yield _ending(inventory.opens), (size, receipt.bytes, sum(spans))
