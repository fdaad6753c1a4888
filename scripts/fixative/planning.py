"""What a run has to do: the sheet less what is sealed, cut into shards. Main process only.

A shard's name carries the number of the run, so that what an unfinished shard left behind is never taken for the
result of a later one; the records of each sample decide what work need not be done again.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixative.catalogue.entered import void_entered
from fixative.choice import choose
from fixative.files import write_bytes, write_json
from fixative.findings import BadBatch
from fixative.forecast import FORECAST, Forecast, admit, expect, forecast, learn_sources, refuse_unfit
from fixative.leftovers import discard_orphans, discard_partial_files, discard_shards, last_run, samples_of_last_run
from fixative.models import Receipt, SampleRow
from fixative.prediction import learn
from fixative.records import read_record
from fixative.refusals import Cause, cause_of, keep_cause
from fixative.remote.fetch import drop_orphans
from fixative.remote.sizes import ask_sizes
from fixative.resources import Load, Needs, load_of, read_needs
from fixative.shards import cut_into_shards, threads_of

if TYPE_CHECKING:
    from fixative.settings import Settings

HIDDEN_STAGING = ".fixative-staging"


@dataclass(frozen=True)
class Plan:
    """The shards of this run, and where their objects are put together."""

    shards: tuple[str, ...] = ()
    staging: Path = Path("results/staging")
    samples: int = 0
    """Samples in those shards."""
    threads: Mapping[str, int] = field(default_factory=dict)
    """Threads that steps which read all pixels may use, by shard."""
    needs: Needs = field(default_factory=Needs)
    """What its jobs ask of a cluster."""
    sealed: int = 0
    """Samples that are sealed already."""
    standing: int = 0
    """Samples that stand refused: nothing has changed since, and they are not tried again."""
    forecast: Forecast | None = None
    """What the run is expected to come to; None where there is nothing to do."""


@dataclass(frozen=True)
class Circumstances:
    """What a refusal may depend on besides the sample: see `fixative.refusals`."""

    of_all: str = ""
    policies: Mapping[str, str] = field(default_factory=dict)


def plan_run(
    settings: "Settings",
    rows: list[SampleRow],
    *,
    archives: bool = True,
    cores: int = 1,
    circumstances: Circumstances = Circumstances(),
) -> Plan:
    """Plan the run, in the current folder; writes ``results/batch.json``, ``plan.json`` and ``shards/``.

    ``batch.json`` is written only when it differs, so that a run with nothing to do finds nothing to do. A run that
    archives nothing (``archives``) does not make the archive's folder either. With ``cores``, a batch that would fit
    into fewer shards is cut so that each core has one. What stands refused is left alone, and what would not fit on
    the disks is refused here: only a run that archives does either.

    Raises
    ------
    BadBatch
        Where `only` names what there is not.
    """
    results = Path("results")
    samples = results / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    samples.chmod(0o700)
    if archives:
        settings.archive_root.mkdir(parents=True, exist_ok=True)
    staging = staging_folder(settings)
    pending = [row for row in rows if not is_sealed(row, settings.archive_root)]
    discard_orphans(staging, {row.sample_id for row in pending})
    drop_orphans({row.sample_id for row in pending})
    ask_sizes(pending)
    discard_partial_files(results)
    _write_if_changed(results / "batch.json", _lines(rows))
    run = last_run(results / "plan.json") + 1
    chosen, plan = pending, Plan()
    if archives:
        chosen, plan = _chosen(settings, rows, pending, staging, run, cores, circumstances)
    if not chosen and _report_is_old(results, rows):
        (results / "reports/batch.tsv").unlink()
    shards = _write_shards(results, run, chosen, settings, cores)
    plan = replace(plan, staging=staging, samples=len(chosen), sealed=len(rows) - len(pending), **shards.of_plan())
    if shards.names:
        last = samples_of_last_run(results, keep=set(shards.names))
        learn(results, last)
        learn_sources(results, last)
        discard_shards(results, keep=set(shards.names))
        _void_report(results)
        _write_plan(results, run, plan, shards, rows=len(rows))
    if archives:
        void_entered(results, work=bool(shards.names))
    return plan


@dataclass(frozen=True)
class _Shards:
    """The shards of a run, with what is known of each before it is worked on."""

    names: list[str] = field(default_factory=list)
    threads: dict[str, int] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)

    def of_plan(self) -> dict[str, Any]:
        return {"shards": tuple(self.names), "threads": self.threads, "needs": Needs(self.loads)}


def _write_shards(results: Path, run: int, rows: list[SampleRow], settings: "Settings", cores: int) -> _Shards:
    """Cut a run's samples into shards, and write down which are in each."""
    shards = _Shards()
    for number, shard in enumerate(cut_into_shards(rows, settings.shards, cores), start=1):
        name = f"{run:04d}-{number:04d}"
        expected = expect(results, shard)
        shards.names.append(name)
        shards.threads[name] = threads_of(shard)
        shards.bytes[name] = sum(one.source_bytes for one in expected)
        shards.loads[name] = load_of(expected, shards.threads[name])
        write_json(results / f"shards/{name}.json", [row.model_dump(mode="json") for row in shard], mode=0o600)
    return shards


def _write_plan(results: Path, run: int, plan: Plan, shards: _Shards, *, rows: int) -> None:
    content = {
        "run": run,
        "shards": shards.names,
        "threads": shards.threads,
        "staging": str(plan.staging),
        # How much there is to do: for those who watch the run.
        "rows": rows,
        "sealed": plan.sealed,
        "bytes": shards.bytes,
        "loads": plan.needs.as_record(),
    }
    write_json(results / "plan.json", content)


def _chosen(
    settings: "Settings",
    rows: list[SampleRow],
    pending: list[SampleRow],
    staging: Path,
    run: int,
    cores: int,
    circumstances: Circumstances,
) -> tuple[list[SampleRow], Plan]:
    """Choose what is worked on; what would not fit is refused at once."""
    results = Path("results")

    def cause(row: SampleRow) -> Cause:
        return cause_of(row, run, circumstances.of_all, circumstances.policies)

    choice = choose(pending, rows, settings.only, cause)
    fits, refused = admit(expect(results, choice.rows), settings, staging)
    plan = Plan(standing=len(choice.standing))
    if fits or refused:
        expected = forecast(fits, refused, archive_root=settings.archive_root, cores=cores)
        write_json(results / FORECAST, expected.model_dump(mode="json"), durable=False)
        plan = replace(plan, forecast=expected)
    for one in fits:
        keep_cause(results / "samples" / one.row.sample_id, cause(one.row))
    for unfit in refused:
        refuse_unfit(results / "samples" / unfit.expected.row.sample_id, unfit, run)
    if refused:
        _void_report(results)
    return [one.row for one in fits], plan


def read_plan() -> Plan:
    """The plan that the main process made (for the jobs' own processes)."""
    plan = json.loads(Path("results/plan.json").read_text(encoding="utf-8"))
    needs = read_needs(plan.get("loads", {}))
    return Plan(tuple(plan["shards"]), Path(plan["staging"]), threads=plan.get("threads", {}), needs=needs)


def refuse_unplanned(shards: Iterable[str]) -> None:
    """End a job of a run that was killed, when a later run has planned its samples anew (for the jobs' processes).

    Raises
    ------
    BadBatch
        Before anything is touched.
    """
    try:
        planned = read_plan().shards
    except (OSError, ValueError, KeyError):
        planned = ()
    if strays := sorted(set(shards) - set(planned)):
        raise BadBatch(
            f"shard {', '.join(strays)} is not in results/plan.json: this job is of an earlier run, and its samples "
            "have been planned anew since\n  nothing was touched; nothing needs to be done"
        )


def read_batch(work: Path = Path()) -> list[SampleRow]:
    """Every row of the sheet, as the main process read it."""
    rows = json.loads((work / "results/batch.json").read_text(encoding="utf-8"))
    return [SampleRow.model_validate(row) for row in rows]


def count_sealed() -> tuple[int, int]:
    """Receipts there are, and rows of the sheet: how far the batch is."""
    rows = read_batch()
    return sum((Path("results/samples") / row.sample_id / "sealed.json").exists() for row in rows), len(rows)


def is_sealed(row: SampleRow, archive_root: Path) -> bool:
    """Whether this row's object is in the archive, by its receipt."""
    receipt = read_record(Receipt, _receipt(row))
    if receipt is None or receipt.source != row.origin:
        return False
    # Every night asks this of every sample that there ever was: joining paths would be the half of it.
    name = f"{row.dataset}/{row.sample_id}"
    return receipt.object == name and Path(f"{archive_root}/{name}").is_dir()


def _receipt(row: SampleRow) -> Path:
    return Path(f"results/samples/{row.sample_id}/sealed.json")


def staging_folder(settings: "Settings") -> Path:
    """Where objects are put together: on the archive's file system, so that sealing is a rename.

    Outside of the work folder each work folder has a place of its own there: another run's is left alone.
    """
    mine = sha256(os.fsencode(Path.cwd())).hexdigest()[:12]
    if settings.staging_root and "$" in str(settings.staging_root):
        # Known on the node alone: `stage` expands it in the job, and gives each shard a folder of its own.
        return settings.staging_root / f"fixative-{mine}"
    if settings.staging_root:
        return settings.staging_root.absolute() / mine
    root = settings.archive_root.absolute()
    there = next(path for path in (root, *root.parents) if path.is_dir())
    if Path.cwd().stat().st_dev == there.stat().st_dev:
        return Path("results/staging").absolute()
    return (settings.archive_root / HIDDEN_STAGING / mine).absolute()


def _lines(rows: list[SampleRow]) -> bytes:
    """Give the rows as a JSON list with a line for each: ten times as fast as with every key on a line."""
    return b"[\n" + b",\n".join(row.model_dump_json().encode() for row in rows) + b"\n]\n"


def _write_if_changed(path: Path, data: bytes) -> None:
    """Write a file, or leave it with its time; a time to come, of a clock that was moved back, becomes now."""
    if not path.is_file() or path.read_bytes() != data:
        write_bytes(path, data, mode=0o600)
    elif path.stat().st_mtime > time.time():
        os.utime(path)


def _report_is_old(results: Path, rows: list[SampleRow]) -> bool:
    """Whether a run was killed between sealing and reporting."""
    table = results / "reports/batch.tsv"
    if not table.is_file():
        return False
    sealed = (_sealed_ns(row) for row in rows)
    return max(sealed, default=0) > table.stat().st_mtime_ns


def _sealed_ns(row: SampleRow) -> int:
    try:
        return os.stat(_receipt(row)).st_mtime_ns  # noqa: PTH116  asked of every sample that there ever was
    except OSError:
        return 0


def _void_report(results: Path) -> None:
    """Make the last report older than anything, and take back its verdict: there is work to do again.

    Snakemake goes by the times of files. Where the clock was moved back, a report of yesterday is newer than
    everything that this run writes, and nothing would be done.
    """
    table = results / "reports/batch.tsv"
    if table.is_file():
        os.utime(table, (1, 1))  # Snakemake takes 0 for no time
    (results / "reports/all_sealed.json").unlink(missing_ok=True)
