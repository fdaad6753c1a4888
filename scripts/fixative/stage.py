"""Between Snakemake and the steps: works through a shard, sample by sample, each isolated from the others.

The one module that knows Snakemake's job object, and the one that catches every exception.
"""

import errno
import json
import logging
import os
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from fixative import __version__
from fixative.clock import utc_text
from fixative.files import write_json
from fixative.findings import BadBatch, RefusedSample
from fixative.history import remember
from fixative.locks import hold_job_lock
from fixative.models import STEPS, Inventory, SampleRow, StepOutcome
from fixative.package.discard import discard
from fixative.planning import count_sealed, refuse_unplanned
from fixative.progress import end_shard, on_a_picture, shard_progress, tell_outcome
from fixative.records import digest_of_files, key_of, read_record, write_record
from fixative.remote.fetch import drop

if TYPE_CHECKING:
    from fixative.readers.options import ReaderOptions
    from fixative.report.log_text import LogText

Model = TypeVar("Model", bound=BaseModel)
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
ATTEMPTS = 2
"""Times a sample may be in work when its job is killed, before it is set aside for the rest of the run."""


@dataclass(frozen=True)
class Sample:
    """One sample as a step sees it: its row, its records, and where its large files are put."""

    row: SampleRow
    folder: Path
    staging: Path
    log: logging.Logger

    def read(self, model: type[Model], name: str) -> Model:
        """Read a record that an earlier step wrote."""
        return model.model_validate_json((self.folder / name).read_bytes())

    def write(self, name: str, record: BaseModel, mode: int = 0o644) -> None:
        """Write a record of this step."""
        write_record(self.folder / name, record, mode)


Step = Callable[[Sample, Any], None]


def run_shard(
    job: Any,
    step: Step,
    *,
    results: Sequence[str],
    intact: Callable[[Sample], bool] = lambda sample: True,
    waits: Callable[[Sample], bool] = lambda sample: False,
) -> None:
    """Run one step for every sample of a shard that came this far.

    Parameters
    ----------
    job
        Snakemake's job: ``input.shard``, ``input.previous`` (but for the first step), ``output.outcomes``,
        ``params.staging``, ``log[0]`` and ``rule`` are used; the step takes what else it needs.
    step
        ``step(sample, job)`` does the work and writes ``results``.
    results
        Files in the sample's folder that are the step's result; their digest binds the next step to them.
    intact
        Whether what an earlier run left, beyond ``results``, still holds.
    waits
        Whether a sample that awaited approval in an earlier run still does, for the same.
    """
    shard = Path(job.output.outcomes).stem
    hold_job_lock()
    refuse_unplanned([shard])
    staging_root = staging_of_job(job.params.staging, shard)
    log, text = _open_log(Path(job.log[0]), job.rule)
    rows = [SampleRow.model_validate(row) for row in json.loads(Path(job.input.shard).read_text("utf-8"))]
    came_this_far = _succeeded(job.input.get("previous"))
    rows = [row for row in rows if came_this_far is None or row.sample_id in came_this_far]
    outcomes = []
    for number, row in enumerate(rows, start=1):
        shard_progress(log.info, step=job.rule, sample=row.sample_id, number=number, total=len(rows), shard=shard)
        folder, staging = Path("results/samples") / row.sample_id, staging_root / row.sample_id
        text.begin(row, folder)
        sample = Sample(row, folder, staging, log)
        outcome = _run_sample(sample, step, job, shard, results, intact, waits)
        outcomes.append(outcome.model_dump(mode="json"))
        tell_outcome(outcome)
    write_json(Path(job.output.outcomes), outcomes)
    end_shard()
    if job.rule == STEPS[-1] and "$" in job.params.staging:
        with suppress(OSError):
            staging_root.rmdir()
    if job.rule == STEPS[-1] and not on_a_picture():
        print("fixative: {} of {} samples of the batch sealed".format(*count_sealed()), file=sys.stderr)  # noqa: T201


def reader_options(job: Any) -> "ReaderOptions":
    """How the readers of a job are to be opened: ``params.readers``, and the job's memory."""
    from fixative.readers.options import ReaderOptions

    params = dict(job.params.readers)
    return ReaderOptions(
        order={fmt: tuple(backends) for fmt, backends in params["order"].items()},
        bioformats_jar=Path(params["bioformats_jar"]) if params["bioformats_jar"] else None,
        memory_mb=int(job.resources.mem_mb),
        whole_planes_only=params["whole_planes_only"],
        aicsimageio=Path(params["aicsimageio"]) if params["aicsimageio"] else None,
    )


def _run_sample(
    sample: Sample,
    step: Step,
    job: Any,
    shard: str,
    results: Sequence[str],
    intact: Callable[[Sample], bool],
    waits: Callable[[Sample], bool],
) -> StepOutcome:
    record = sample.folder / "outcomes" / f"{job.rule}.json"
    before = read_record(StepOutcome, record)
    key = _key(sample, job)
    if before and before.outcome == "awaiting approval" and before.key == key and waits(sample):
        sample.log.info("%s: awaiting approval still", sample.row.sample_id)
        return before
    if before and _holds(before, key, sample, results) and (intact(sample) or _is_sealed_by(sample, shard)):
        sample.log.info("%s: done already", sample.row.sample_id)
        return before
    attempts = before.attempts + 1 if before and before.outcome == "begun" and before.run == shard else 1
    begun = StepOutcome(
        sample=sample.row.sample_id,
        step=job.rule,
        outcome="begun",
        started=utc_text(),
        key=key,
        run=shard,
        attempts=attempts,
    )
    if attempts > ATTEMPTS:
        outcome = begun.model_copy(
            update={
                "outcome": "interrupted",
                "ended": utc_text(),
                "message": f"killed {ATTEMPTS} times while this sample was in work (memory? power?)",
                "remedy": "give the job more memory, then run again",
            }
        )
    else:
        _forget_later_steps(sample, job.rule)
        write_record(record, begun)
        outcome = _attempt(sample, step, job, begun, results)
    write_record(record, outcome)
    remember(sample.folder, outcome)
    if outcome.outcome != "success" and sample.staging.exists():
        discard(sample.staging)
    if outcome.outcome not in ("success", "awaiting approval"):
        drop(sample.row.sample_id)
    return outcome


def _attempt(sample: Sample, step: Step, job: Any, begun: StepOutcome, results: Sequence[str]) -> StepOutcome:
    try:
        step(sample, job)
    except Exception as error:  # noqa: BLE001  a sample that errs must not stop the others
        return begun.model_copy(update={"ended": utc_text(), **_failure(sample, _truer(sample, error))})
    digest = digest_of_files(sample.folder, results)
    return begun.model_copy(update={"outcome": "success", "ended": utc_text(), "result_sha256": digest})


def _truer(sample: Sample, error: Exception) -> Exception:
    """The cause behind an error: a full disk, too little memory, a source that changed or cannot be read any more."""
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        full = RefusedSample("RUN001", where="the work folder or the archive")
        full.__cause__ = error
        return full
    if isinstance(error, MemoryError):
        short = RefusedSample("RUN002")
        short.__cause__ = error
        return short
    if isinstance(error, RefusedSample) and error.code.startswith("REM"):
        return error  # what an earlier night's inventory lists was fetched, and is gone for that reason
    if (source := _of_source(sample, error)) is not None:
        source.__cause__ = error
        return source
    return error


def _of_source(sample: Sample, error: Exception) -> RefusedSample | None:
    """Refuse for what has become of the source, where that is the reason: forbidden, changed, on a failing disk."""
    from fixative.inventory import ensure_unchanged
    from fixative.readers.guard import SourceLost

    inventory = read_record(Inventory, sample.folder / "inventory.json")
    if inventory is not None:
        for file in inventory.files:
            if os.path.exists(file.path) and not os.access(file.path, os.R_OK):  # noqa: PTH110  false where forbidden
                return RefusedSample("INV002", name=file.name, reason=os.strerror(errno.EACCES))
        try:
            ensure_unchanged(inventory)
        except RefusedSample as changed:
            return changed
    if isinstance(error, SourceLost):
        return RefusedSample("INV002", name="a file of the set", reason=error.strerror)
    return None


def _failure(sample: Sample, error: Exception) -> dict[str, Any]:
    if isinstance(error, RefusedSample):
        sample.log.warning("%s: %s: %s", sample.row.sample_id, error.outcome, error)
        if error.__cause__:
            sample.log.info("".join(traceback.format_exception(error.__cause__)))
        return {"outcome": error.outcome, "code": error.code, "message": error.message, "remedy": error.remedy}
    sample.log.error("%s: error\n%s", sample.row.sample_id, "".join(traceback.format_exception(error)))
    return {
        "outcome": "error",
        "message": f"{type(error).__name__} in Fixative or a library; the traceback is in the log",
        "remedy": "report it with the log as a defect",
    }


def _holds(before: StepOutcome, key: str, sample: Sample, results: Sequence[str]) -> bool:
    if before.outcome != "success" or before.key != key or before.result_sha256 is None:
        return False
    return digest_of_files(sample.folder, results) == before.result_sha256


def _is_sealed_by(sample: Sample, shard: str) -> bool:
    """Whether this shard's job, tried again as a whole, has sealed the sample: nothing of it is in staging."""
    sealed = read_record(StepOutcome, sample.folder / f"outcomes/{STEPS[-1]}.json")
    return sealed is not None and sealed.outcome == "success" and sealed.run == shard


def staging_of_job(folder: str, shard: str) -> Path:
    """Where a job puts its large files; ``$VARIABLES`` are those of the machine it runs on.

    Such a place may be a node's, with jobs of other shards beside this one: each shard then has a folder of its own.

    Raises
    ------
    BadBatch
        When a variable is not set there.
    """
    if "$" not in folder:
        return Path(folder)
    place = os.path.expandvars(folder)
    if "$" in place:
        raise BadBatch(f"staging_root: {place}: not set where the job runs ({socket.gethostname()})")
    return Path(f"{place}-{shard}").absolute()


def _key(sample: Sample, job: Any) -> str:
    """All that the step's result depends on: version, row, parameters, the result of the step before."""
    position = STEPS.index(job.rule)
    upstream = None
    if position:
        previous = read_record(StepOutcome, sample.folder / "outcomes" / f"{STEPS[position - 1]}.json")
        upstream = previous.result_sha256 if previous else None
    row = sample.row.model_dump(mode="json", exclude={"line"})
    params = {name: str(value) for name, value in job.params.items()}
    return key_of(version=__version__, step=job.rule, row=row, params=params, upstream=upstream)


def _forget_later_steps(sample: Sample, step: str) -> None:
    """A step that runs again makes what came after it void."""
    for later in STEPS[STEPS.index(step) + 1 :]:
        (sample.folder / "outcomes" / f"{later}.json").unlink(missing_ok=True)


def _succeeded(previous: str | None) -> set[str] | None:
    if previous is None:
        return None
    outcomes = json.loads(Path(previous).read_text("utf-8"))
    return {outcome["sample"] for outcome in outcomes if outcome["outcome"] == "success"}


def _open_log(path: Path, rule: str) -> "tuple[logging.Logger, LogText]":
    """Open the job's log: for the step, and for what libraries log or warn of, which the terminal need not tell."""
    from fixative.report.log_text import LogText

    log = logging.getLogger(f"fixative.{rule}")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.FileHandler(path, encoding="utf-8")
    text = LogText(Path.cwd())
    handler.setFormatter(text)
    log.handlers = [handler]
    logging.getLogger().handlers = [handler]
    logging.captureWarnings(True)
    sys.excepthook = text.uncaught
    return log, text
