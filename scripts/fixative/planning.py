"""What a run has to do: the sheet less what is sealed, cut into shards. Main process only.

A shard's name carries the number of the run, so that what an unfinished shard left behind is never taken for the
result of a later one; the records of each sample decide what work need not be done again.
"""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fixative.files import write_bytes, write_json
from fixative.models import Receipt, SampleRow
from fixative.package.discard import discard
from fixative.prediction import learn
from fixative.records import read_record
from fixative.sheet import IDENTIFIER

if TYPE_CHECKING:
    from fixative.settings import Settings, Shards

HIDDEN_STAGING = ".fixative-staging"
SHARD_FOLDERS = ("shards", "inventory", "metadata", "sanitise", "convert", "verify", "provenance")
MOST_RUNS = 10**9
_SHARD = re.compile(r"\d{4,10}-\d{4,10}", re.ASCII)

LEAST_SAMPLES = 16
"""Samples of a shard that are not split further for the sake of idle cores: starting a shard's jobs costs as much."""

BYTES_PER_THREAD = 64_000_000
MOST_THREADS = 8
"""A large sample is worked on by several threads; shards of small ones run beside each other, with one each."""


@dataclass(frozen=True)
class Plan:
    """The shards of this run, and where their objects are put together."""

    shards: tuple[str, ...]
    staging: Path
    samples: int = 0
    """Samples in those shards."""
    threads: Mapping[str, int] = field(default_factory=dict)
    """Threads that steps which read all pixels may use, by shard."""


def plan_run(settings: "Settings", rows: list[SampleRow], *, archives: bool = True, cores: int = 1) -> Plan:
    """Plan the run, in the current folder; writes ``results/batch.json``, ``plan.json`` and ``shards/``.

    ``batch.json`` is written only when it differs, so that a run with nothing to do finds nothing to do. A run that
    archives nothing (``archives``) does not make the archive's folder either. With ``cores``, a batch that would fit
    into fewer shards is cut so that each core has one.
    """
    results = Path("results")
    samples = results / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    samples.chmod(0o700)
    if archives:
        settings.archive_root.mkdir(parents=True, exist_ok=True)
    staging = staging_folder(settings)
    pending = [row for row in rows if not is_sealed(row, settings.archive_root)]
    _discard_orphans(staging, {row.sample_id for row in pending})
    _discard_partial_files(results)
    _write_if_changed(results / "batch.json", _lines(rows))
    if not pending and _report_is_old(results, rows):
        (results / "reports/batch.tsv").unlink()

    run = _last_run(results / "plan.json") + 1
    names, threads = [], {}
    for number, shard in enumerate(cut_into_shards(pending, settings.shards, cores), start=1):
        name = f"{run:04d}-{number:04d}"
        threads[name] = _threads(shard)
        content = [row.model_dump(mode="json") for row in shard]
        write_json(results / "shards" / f"{name}.json", content, mode=0o600)
        names.append(name)
    if names:
        learn(results, _samples_of_last_run(results, keep=set(names)))
        _discard_shards(results, keep=set(names))
        _void_report(results)
        write_json(results / "plan.json", {"run": run, "shards": names, "threads": threads, "staging": str(staging)})
    return Plan(tuple(names), staging, len(pending), threads)


def read_plan() -> Plan:
    """The plan that the main process made (for the jobs' own processes)."""
    plan = json.loads(Path("results/plan.json").read_text(encoding="utf-8"))
    return Plan(tuple(plan["shards"]), Path(plan["staging"]), threads=plan.get("threads", {}))


def read_batch() -> list[SampleRow]:
    """Every row of the sheet, as the main process read it."""
    rows = json.loads(Path("results/batch.json").read_text(encoding="utf-8"))
    return [SampleRow.model_validate(row) for row in rows]


def count_sealed() -> tuple[int, int]:
    """Receipts there are, and rows of the sheet: how far the batch is."""
    rows = read_batch()
    return sum((Path("results/samples") / row.sample_id / "sealed.json").exists() for row in rows), len(rows)


def is_sealed(row: SampleRow, archive_root: Path) -> bool:
    """Whether this row's object is in the archive, by its receipt."""
    receipt = read_record(Receipt, _receipt(row))
    if receipt is None or receipt.source != str(row.source):
        return False
    # Every night asks this of every sample that there ever was: joining paths would be the half of it.
    name = f"{row.dataset}/{row.sample_id}"
    return receipt.object == name and Path(f"{archive_root}/{name}").is_dir()


def _receipt(row: SampleRow) -> Path:
    return Path(f"results/samples/{row.sample_id}/sealed.json")


def cut_into_shards(rows: Sequence[SampleRow], limits: "Shards", cores: int = 1) -> Iterator[list[SampleRow]]:
    """Slices of at most ``max_samples`` and ``max_bytes``; a sample larger than that stands alone.

    They are smaller where that gives each of ``cores`` a slice of `LEAST_SAMPLES` or more.
    """
    most = min(limits.max_samples, max(LEAST_SAMPLES, -(-len(rows) // max(1, cores))))
    shard: list[SampleRow] = []
    shard_bytes = 0
    for row in rows:
        size = _source_bytes(row)
        if shard and (len(shard) == most or shard_bytes + size > limits.max_bytes):
            yield shard
            shard, shard_bytes = [], 0
        shard.append(row)
        shard_bytes += size
    if shard:
        yield shard


def _threads(shard: Iterable[SampleRow]) -> int:
    largest = max(_source_bytes(row) for row in shard)
    return max(1, min(MOST_THREADS, largest // BYTES_PER_THREAD))


def staging_folder(settings: "Settings") -> Path:
    """Where objects are put together: on the archive's file system, so that sealing is a rename.

    Outside of the work folder each work folder has a place of its own there: another run's is left alone.
    """
    mine = sha256(os.fsencode(Path.cwd())).hexdigest()[:12]
    if settings.staging_root:
        return settings.staging_root.absolute() / mine
    root = settings.archive_root.absolute()
    there = next(path for path in (root, *root.parents) if path.is_dir())
    if Path.cwd().stat().st_dev == there.stat().st_dev:
        return Path("results/staging").absolute()
    return (settings.archive_root / HIDDEN_STAGING / mine).absolute()


def _source_bytes(row: SampleRow) -> int:
    try:
        return row.source.stat().st_size
    except OSError:  # missing or unreadable: the inventory says so
        return 0


def _last_run(plan: Path) -> int:
    """Number of the last run: no file of a shard that is there has a higher one, whatever the plan says."""
    names = [path.stem for folder in SHARD_FOLDERS for path in (plan.parent / folder).glob("*.json")]
    numbers = [int(name.partition("-")[0]) for name in names if _SHARD.fullmatch(name)]
    with suppress(OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        numbers.append(min(MOST_RUNS, int(json.loads(plan.read_text(encoding="utf-8"))["run"])))
    return max((0, *numbers))


def _lines(rows: list[SampleRow]) -> bytes:
    """Give the rows as a JSON list with a line for each: ten times as fast as with every key on a line."""
    return b"[\n" + b",\n".join(row.model_dump_json().encode() for row in rows) + b"\n]\n"


def _write_if_changed(path: Path, data: bytes) -> None:
    """Write a file, or leave it with its time; a time to come, of a clock that was moved back, becomes now."""
    if not path.is_file() or path.read_bytes() != data:
        write_bytes(path, data, mode=0o600)
    elif path.stat().st_mtime > time.time():
        os.utime(path)


def _discard_partial_files(results: Path) -> None:
    """Remove what the last run, had it been killed, left half written: only what it worked on is looked at."""
    folders = [
        results,
        *(path for path in results.iterdir() if path.is_dir() and path.name not in ("samples", "logs")),
    ]
    for shard in (results / "shards").glob("*.json"):
        for name in _samples_of(shard):
            sample = results / "samples" / name
            folders += [sample, *(path for path in sample.glob("*/"))]
    for folder in folders:
        for partial in folder.glob(".*.part"):
            partial.unlink()
    for script in Path(".snakemake/scripts").glob("tmp*"):
        script.unlink()


def _samples_of(shard: Path) -> list[str]:
    """Samples of a shard; none where the file is not what was written."""
    try:
        names = [str(row["sample_id"]) for row in json.loads(shard.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [name for name in names if re.fullmatch(IDENTIFIER, name)]


def _report_is_old(results: Path, rows: list[SampleRow]) -> bool:
    """Whether a run was killed between sealing and reporting."""
    table = results / "reports/batch.tsv"
    if not table.is_file():
        return False
    return max(_receipt(row).stat().st_mtime_ns for row in rows) > table.stat().st_mtime_ns


def _samples_of_last_run(results: Path, keep: set[str]) -> list[str]:
    shards = [path for path in sorted((results / "shards").glob("*.json")) if path.stem not in keep]
    return [name for path in shards for name in _samples_of(path)]


def _void_report(results: Path) -> None:
    """Make the last report older than anything, and take back its verdict: there is work to do again.

    Snakemake goes by the times of files. Where the clock was moved back, a report of yesterday is newer than
    everything that this run writes, and nothing would be done.
    """
    table = results / "reports/batch.tsv"
    if table.is_file():
        os.utime(table, (1, 1))  # Snakemake takes 0 for no time
    (results / "reports/all_sealed.json").unlink(missing_ok=True)


def _discard_shards(results: Path, keep: set[str]) -> None:
    """Remove the shards of earlier runs and their records; logs stay."""
    for folder in SHARD_FOLDERS:
        for path in (results / folder).glob("*.json"):
            if path.stem not in keep:
                path.unlink()


def _discard_orphans(staging: Path, pending: set[str]) -> None:
    """Remove what killed runs left of samples that need no more work."""
    if staging.is_dir():
        for folder in staging.iterdir():
            if folder.name not in pending:
                discard(folder)
