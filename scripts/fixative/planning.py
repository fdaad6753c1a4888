"""What a run has to do: the sheet less what is sealed, cut into shards. Main process only.

A shard's name carries the number of the run, so that what an unfinished shard left behind is never taken for the
result of a later one; the records of each sample decide what work need not be done again.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fixative.files import json_bytes, write_bytes, write_json
from fixative.models import Receipt, SampleRow
from fixative.package.discard import discard
from fixative.records import read_record
from fixative.settings import Settings, Shards

HIDDEN_STAGING = ".fixative-staging"


@dataclass(frozen=True)
class Plan:
    """The shards of this run, and where their objects are put together."""

    shards: tuple[str, ...]
    staging: Path
    samples: int = 0
    """Samples in those shards."""


def plan_run(settings: Settings, rows: list[SampleRow]) -> Plan:
    """Plan the run, in the current folder; writes ``results/batch.json``, ``plan.json`` and ``shards/``.

    ``batch.json`` is written only when it differs, so that a run with nothing to do finds nothing to do.
    """
    results = Path("results")
    samples = results / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    samples.chmod(0o700)
    settings.archive_root.mkdir(parents=True, exist_ok=True)
    staging = staging_folder(settings)
    pending = [row for row in rows if not is_sealed(row, settings.archive_root)]
    _discard_orphans(staging, {row.sample_id for row in pending})
    _discard_partial_files(results)
    _write_if_changed(results / "batch.json", [row.model_dump(mode="json") for row in rows])
    if not pending and _report_is_old(results, rows):
        (results / "reports/batch.tsv").unlink()

    run = _last_run(results / "plan.json") + 1
    names = []
    for number, shard in enumerate(cut_into_shards(pending, settings.shards), start=1):
        name = f"{run:04d}-{number:04d}"
        content = [row.model_dump(mode="json") for row in shard]
        write_json(results / "shards" / f"{name}.json", content, mode=0o600)
        names.append(name)
    if names:
        _discard_shards(results, keep=set(names))
        write_json(results / "plan.json", {"run": run, "shards": names, "staging": str(staging)})
    return Plan(tuple(names), staging, len(pending))


def read_plan() -> Plan:
    """The plan that the main process made (for the jobs' own processes)."""
    plan = json.loads(Path("results/plan.json").read_text(encoding="utf-8"))
    return Plan(tuple(plan["shards"]), Path(plan["staging"]))


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
    receipt = read_record(Receipt, Path("results/samples") / row.sample_id / "sealed.json")
    if receipt is None or receipt.source != str(row.source):
        return False
    return receipt.object == f"{row.dataset}/{row.sample_id}" and (archive_root / receipt.object).is_dir()


def cut_into_shards(rows: Iterable[SampleRow], limits: Shards) -> Iterator[list[SampleRow]]:
    """Slices of at most ``max_samples`` and ``max_bytes``; a sample larger than that stands alone."""
    shard: list[SampleRow] = []
    shard_bytes = 0
    for row in rows:
        size = _source_bytes(row)
        if shard and (len(shard) == limits.max_samples or shard_bytes + size > limits.max_bytes):
            yield shard
            shard, shard_bytes = [], 0
        shard.append(row)
        shard_bytes += size
    if shard:
        yield shard


def staging_folder(settings: Settings) -> Path:
    """Where objects are put together: on the archive's file system, so that sealing is a rename."""
    if settings.staging_root:
        return settings.staging_root.absolute()
    if Path.cwd().stat().st_dev == settings.archive_root.stat().st_dev:
        return Path("results/staging").absolute()
    return (settings.archive_root / HIDDEN_STAGING).absolute()


def _source_bytes(row: SampleRow) -> int:
    try:
        return row.source.stat().st_size
    except OSError:  # missing or unreadable: the inventory says so
        return 0


def _last_run(plan: Path) -> int:
    try:
        return int(json.loads(plan.read_text(encoding="utf-8"))["run"])
    except (OSError, ValueError, KeyError, TypeError):
        numbers = [path.name[:4] for path in (plan.parent / "shards").glob("*.json")]
        return max((int(number) for number in numbers if number.isdigit()), default=0)


def _write_if_changed(path: Path, content: object) -> None:
    data = json_bytes(content)
    if not path.is_file() or path.read_bytes() != data:
        write_bytes(path, data, mode=0o600)


def _discard_partial_files(results: Path) -> None:
    """Remove what the last run, had it been killed, left half written: only what it worked on is looked at."""
    folders = [
        results,
        *(path for path in results.iterdir() if path.is_dir() and path.name not in ("samples", "logs")),
    ]
    for shard in (results / "shards").glob("*.json"):
        for row in json.loads(shard.read_text(encoding="utf-8")):
            sample = results / "samples" / row["sample_id"]
            folders += [sample, *(path for path in sample.glob("*/"))]
    for folder in folders:
        for partial in folder.glob(".*.part"):
            partial.unlink()
    for script in Path(".snakemake/scripts").glob("tmp*"):
        script.unlink()


def _report_is_old(results: Path, rows: list[SampleRow]) -> bool:
    """Whether a run was killed between sealing and reporting."""
    table = results / "reports/batch.tsv"
    if not table.is_file():
        return False
    receipts = (results / "samples" / row.sample_id / "sealed.json" for row in rows)
    return max(receipt.stat().st_mtime_ns for receipt in receipts) > table.stat().st_mtime_ns


def _discard_shards(results: Path, keep: set[str]) -> None:
    """Remove the shards of earlier runs and their records; logs stay."""
    for folder in ("shards", "inventory", "metadata", "sanitise", "convert", "verify", "provenance"):
        for path in (results / folder).glob("*.json"):
            if path.stem not in keep:
                path.unlink()


def _discard_orphans(staging: Path, pending: set[str]) -> None:
    """Remove what killed runs left of samples that need no more work."""
    if staging.is_dir():
        for folder in staging.iterdir():
            if folder.name not in pending:
                discard(folder)
