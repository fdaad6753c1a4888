"""One run of the pipeline, from the sheet to the verdict: what the Snakefile needs, in three calls."""

import os
import re
import shlex
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixative.audit.options import audit_params, replica_problems
from fixative.deposit.options import deposit_params
from fixative.findings import BadBatch, RefusedSample
from fixative.locks import let_jobs_begin, lock_work_folder
from fixative.metadata_diff.allowed_loss import keep_allowed, kept_allowed, load_allowed_loss
from fixative.models import SampleRow
from fixative.permissions import owner_of, set_umask
from fixative.places import PROJECT, locate, locate_sheet
from fixative.planning import HIDDEN_STAGING, Circumstances, Plan, plan_run, read_batch, read_plan, refuse_unplanned
from fixative.queued import refuse_if_queued
from fixative.refusals import circumstances_of
from fixative.remote.address import is_remote
from fixative.required.profile import BadChecklist, RequiredMetadata, keep_required, kept_required, load_required
from fixative.resources import Needs
from fixative.settings import Settings, load_settings, reader_params
from fixative.sheet import read_sheet
from fixative.targets import (
    is_audit,
    is_catalogue,
    is_deposit,
    is_plan,
    is_scan,
    request,
    request_audits,
    request_deposits,
)
from fixative.vault.plan import VaultPlan, keep_plan, kept_plan, plan_vault

if TYPE_CHECKING:
    from fixative.report.batch import BatchSummary

POLICIES = PROJECT / "config" / "privacy"
NOTHING_PLANNED = Plan((), Path("results/staging"))


@dataclass(frozen=True)
class Run:
    """What the rules use: the checked settings, absolute paths, this run's shards."""

    settings: Settings
    archive_root: str
    policies: str
    staging: str
    readers: dict[str, Any]
    required: dict[str, Any] | None
    """The checklists of ``required_metadata``, as the main process read them."""
    allowed_loss: dict[str, Any] | None
    """The list of ``verify.allowed_loss``, as the main process read it."""
    vault: dict[str, Any] | None
    """Where the vault is and how it is written, as the main process understood it; None: no vault."""
    vault_marks: dict[str, Any] | None
    """What of it sanitising depends on."""
    audit: dict[str, Any]
    """What the jobs of `audit` and `repair` are asked for."""
    shards: tuple[str, ...]
    threads: Mapping[str, int]
    """Threads of the steps that read all pixels, by shard."""
    needs: Needs
    """What the jobs of a shard ask of a cluster."""
    audit_after: tuple[str, ...] = ()
    """What an audit waits for: where it is asked for together with the batch, it sees what the batch has sealed."""
    deposit: dict[str, Any] = field(default_factory=dict)
    """What the jobs of `deposit` and `curate` are asked for."""


def start_run(config: dict[str, Any], cores: int = 1, resources: object = None) -> Run:
    """Check configuration and sheet, lock the work folder, plan the run (main process).

    Parameters
    ----------
    config
        Snakemake's.
    cores
        How many the run has here.
    resources
        What the command line gives jobs otherwise than the rules: a refusal may depend on it.

    Raises
    ------
    BadBatch
        With every problem of the configuration or the sheet; or when another run is at work here.
    """
    _allow_spaces_in_the_path_of_python()
    settings = load_settings(config)
    settings = settings.model_copy(update={"archive_root": settings.archive_root.expanduser().absolute()})
    set_umask(settings.permissions)
    owner_of(settings.permissions)
    vault = plan_vault(settings)
    if is_scan():
        _check_roots(settings)
        lock_work_folder()
        request("scan")
        return _run(settings, NOTHING_PLANNED, None, None, None)
    if problems := replica_problems(settings):
        raise BadBatch("\n  ".join(["configuration: replicas", *problems]))
    if is_audit():
        lock_work_folder()
        request_audits()
        return _run(settings, NOTHING_PLANNED, None, None, None)
    if is_deposit():
        lock_work_folder()
        request_deposits()
        return _run(settings, NOTHING_PLANNED, None, None, None)
    required = _required(settings)
    allowed = load_allowed_loss(locate(settings.verify.allowed_loss, "list of allowed losses", "verify.allowed_loss"))
    rows = _checked_rows(settings, required)
    lock_work_folder(planning=True)
    refuse_if_queued()
    circumstances = _circumstances(settings, rows, required, allowed, resources)
    plan = plan_run(settings, rows, archives=not is_plan(), cores=cores, circumstances=circumstances)
    let_jobs_begin()
    if is_plan():
        request("plans")
    request_audits()
    _announce(len(rows), plan)
    run = _run(settings, plan, keep_required(required), keep_allowed(allowed), keep_plan(vault))
    return replace(run, audit_after=("results/reports/batch.tsv",))


def read_run(config: dict[str, Any]) -> Run:
    """The run that the main process planned (a job's own process).

    Raises
    ------
    BadBatch
        When the job is of another run.
    """
    settings = load_settings(config)
    settings = settings.model_copy(update={"archive_root": settings.archive_root.expanduser().absolute()})
    set_umask(settings.permissions)
    refuse_unplanned(re.findall(r"shard=(\d+-\d+)", " ".join(sys.argv)))
    try:
        plan = read_plan()
    except FileNotFoundError:
        plan = NOTHING_PLANNED
    return _run(settings, plan, kept_required(), kept_allowed(), kept_plan())


def end_run(run: Run, *, succeeded: bool) -> str:
    """Say what became of the batch; writes the report where a failed job has kept it from being written.

    What stands is left as it is: a table written anew after the verdict would call for a new verdict every night.
    """
    if is_scan():
        folder = Path("results/scan").absolute()
        return f"sheet    {folder / 'samples.tsv'}\nleft out {folder / 'left_out.tsv'}"
    if is_plan():
        results = Path("results").absolute()
        return f"plans    {results / 'plans'}\nsummary  {results / 'reports/sanitise_plan.tsv'}"
    if is_catalogue():
        return f"catalogue {Path(run.archive_root) / 'catalogue.sqlite'}"
    if is_audit():
        results = Path("results").absolute()
        return f"audits   {results / 'audit'}\nlogs     {Path(run.archive_root) / '.fixative/fixity'}"
    if is_deposit():
        results = Path("results").absolute()
        return f"deposits {results / 'deposits'}\ncuration {results / 'curation'}"
    if not Path("results/batch.json").is_file():
        return "no batch"
    if not succeeded:
        from fixative.catalogue.job import enter_after_failure

        for line in enter_after_failure(Path(run.archive_root)):
            print(line, file=sys.stderr)  # noqa: T201
    summary = _summary(run, succeeded)
    staging = Path(run.staging)
    with suppress(OSError):
        # Empty ones; and the folder of all work folders' in the archive, when no other run is at work.
        staging.rmdir()
        if staging.parent.name == HIDDEN_STAGING:
            staging.parent.rmdir()
    reports = Path("results/reports").absolute()
    places = [("objects", run.archive_root), ("report", reports / "index.html"), ("table", reports / "batch.tsv")]
    return "\n".join([summary.line(), *(f"{name:8} {place}" for name, place in places)])


def _summary(run: Run, succeeded: bool) -> "BatchSummary":
    from fixative.report.batch import read_batch_report, write_batch_report

    table, plan = Path("results/reports/batch.tsv"), Path("results/plan.json")
    of_this_run = table.is_file() and plan.is_file() and table.stat().st_mtime_ns >= plan.stat().st_mtime_ns
    if (succeeded or of_this_run) and (summary := read_batch_report(Path.cwd())):
        return summary
    return write_batch_report(
        Path.cwd(),
        read_batch(),
        title=run.settings.report.title,
        archive_root_name=Path(run.archive_root).name,
        archive_root=Path(run.archive_root),
    )


def _announce(rows: int, plan: Plan) -> None:
    """Say on the terminal what there is to do."""
    from fixative.progress.words import span_word
    from fixative.report.head import size_text

    parts = [f"{rows} samples", f"{plan.sealed} sealed already"]
    if plan.standing:
        parts.append(f"{plan.standing} still refused for an unchanged cause (`only` tries them again)")
    expected = plan.forecast
    if expected and expected.not_fitting:
        parts.append(f"{expected.not_fitting} would not fit on the disk")
    shards = f"{len(plan.shards)} shard{'s' if len(plan.shards) > 1 else ''}"
    parts.append(f"{plan.samples} to do in {shards}" if plan.samples else "nothing to archive")
    if expected and plan.samples:
        parts.append(f"about {size_text(expected.bytes)} and {span_word(expected.seconds)}")
    print(f"fixative: {', '.join(parts)}", file=sys.stderr)  # noqa: T201


def _circumstances(
    settings: Settings,
    rows: list[SampleRow],
    required: RequiredMetadata | None,
    allowed: object,
    resources: object,
) -> Circumstances:
    """What refusals of this run may depend on: configuration, the files it names, policies, second readers."""
    from fixative.privacy.policy import load_policy
    from fixative.readers.aicsimageio import OWN_PYTHON

    names = {row.privacy_policy for row in rows}
    return Circumstances(
        of_all=circumstances_of(
            settings,
            required=required and required.model_dump(mode="json"),
            allowed=str(allowed),
            resources=str(resources),
            aicsimageio=OWN_PYTHON.exists(),
            exiftool=os.environ.get("FIXATIVE_EXIFTOOL"),
        ),
        policies={name: load_policy(name, POLICIES).sha256 for name in names},
    )


def _run(
    settings: Settings,
    plan: Plan,
    required: dict[str, Any] | None,
    allowed_loss: dict[str, Any] | None,
    vault: dict[str, Any] | None,
) -> Run:
    return Run(
        settings=settings,
        archive_root=str(settings.archive_root),
        policies=str(POLICIES),
        staging=str(plan.staging),
        readers=reader_params(settings),
        required=required,
        allowed_loss=allowed_loss,
        audit=audit_params(settings),
        deposit=deposit_params(settings),
        vault=vault,
        vault_marks=VaultPlan.model_validate(vault).for_marks() if vault else None,
        shards=plan.shards,
        threads=plan.threads,
        needs=plan.needs,
    )


def _required(settings: Settings) -> RequiredMetadata | None:
    if settings.required_metadata is None:
        return None
    try:
        return load_required(locate(settings.required_metadata, "checklist", "required_metadata"))
    except BadChecklist as problem:
        raise BadBatch(str(problem)) from None


def _checked_rows(settings: Settings, required: RequiredMetadata | None) -> list[SampleRow]:
    sheet = locate_sheet(settings.sheet)
    rows = read_sheet(sheet, dataset=settings.dataset, privacy_policy=settings.privacy_policy)
    rows = [_with_policy_path(row, sheet) for row in rows]
    problems = [*_policy_problems(rows), *(required.problems(rows) if required else ())]
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise BadBatch("\n".join([f"{sheet}: {count}", *(f"  {problem}" for problem in problems)]))
    return rows


def _with_policy_path(row: SampleRow, sheet: Path) -> SampleRow:
    """A policy given as a path is relative to the sheet, or else to the work folder."""
    if not row.privacy_policy.endswith((".yaml", ".yml")):
        return row
    places = [sheet.parent / row.privacy_policy, Path(row.privacy_policy)]
    found = next((place.absolute() for place in places if place.is_file()), None)
    return row.model_copy(update={"privacy_policy": str(found)}) if found else row


def _policy_problems(rows: list[SampleRow]) -> list[str]:
    from fixative.privacy.policy import load_policy

    problems: dict[str, str] = {}
    for name in dict.fromkeys(row.privacy_policy for row in rows):
        try:
            load_policy(name, POLICIES)
        except RefusedSample as refused:
            line = next(row.line for row in rows if row.privacy_policy == name)
            problems[name] = f"line {line}: privacy_policy: {refused.message}"
    return list(problems.values())


def _allow_spaces_in_the_path_of_python() -> None:
    """Name Python by its first place on the PATH where its own path would not survive a shell.

    Snakemake 9.27 writes ``sys.executable`` unquoted into the shell command of each `script:` job.
    """
    if shlex.quote(sys.executable) != sys.executable:
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        sys.executable = Path(sys.executable).name


def _check_roots(settings: Settings) -> None:
    problems = [
        "source_roots: remote storage is not scanned: mount it (`rclone mount`), or write a sheet of its files"
        if is_remote(root)
        else f"source_roots: no such folder: {root}"
        for root in settings.source_roots
        if not root.is_dir()
    ]
    if not settings.source_roots:
        problems = ["source_roots: no folder to scan; give it with --config source_roots=/data"]
    if problems:
        raise BadBatch("\n  ".join(["scan cannot start", *problems]))
