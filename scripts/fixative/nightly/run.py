"""One night, from the lock to the summary."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixative.findings import BadBatch
from fixative.nightly.command import LOGS, Stopped, Workflow, discard_old_logs
from fixative.nightly.config import NightConfig, night_config
from fixative.nightly.facts import (
    Before,
    audit_of,
    deletable_of,
    disks_of,
    expected_of,
    has_begun,
    nights_until_full,
    with_samples,
)
from fixative.nightly.lock import hold_night
from fixative.nightly.notify import send, wanted
from fixative.nightly.options import Notify
from fixative.nightly.record import Scanned, begin_night, read_nights, stamp_of, time_of
from fixative.nightly.sheet import NightSheet, make_sheet
from fixative.nightly.summary import changed, clean_lines, summary_lines
from fixative.records import write_record
from fixative.sealed import sealed_objects
from fixative.settings import Settings

COULD_NOT_RUN = 2


@dataclass(frozen=True)
class Asked:
    """What the command line asks for; paths are absolute."""

    work: Path
    configfile: Path | None = None
    config: dict[str, Any] = field(default_factory=dict)
    pairs: Sequence[str] = ()
    arguments: Sequence[str] = ()
    """Of Snakemake's."""
    through: bool = False
    """Whether what Snakemake says goes to the terminal."""


class CouldNotRun(Exception):
    """The run could not begin; the lines say why."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


class OneNight:
    """A night that goes on, with its record."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.work = asked.work
        self.start = datetime.now(UTC)
        self.nights = read_nights(self.work)
        self.last = next((night for night in reversed(self.nights) if night.state == "ended"), None)
        self.night, self._path = begin_night(self.work, self.nights, self.start)
        log = self.work / LOGS / f"{stamp_of(self.start)}.log"
        self._log = log
        self._notify_as: Notify | None = None
        self.update(log=None if asked.through else str(log.relative_to(self.work)))

    def update(self, **changes: Any) -> None:
        """Change the record and write it, whole or not at all."""
        self.night = self.night.model_copy(update=changes)
        write_record(self._path, self.night, 0o600)

    def go(self) -> list[str]:
        """Work through the night; give the summary.

        Raises
        ------
        BadBatch
            When the configuration or the curator's sheet is wrong.
        CouldNotRun
            When Snakemake could not begin.
        """
        config = night_config(self.asked.configfile, self.asked.config, self.asked.pairs)
        self._notify_as = config.settings.notify
        scan, scanned = self._scan(config)
        sheet = make_sheet(
            self.work,
            config.settings,
            curated=config.has_sheet,
            scanned=scanned,
            since=min(self.night.unended, default=None),
        )
        if scan is not None:
            scan = scan.model_copy(
                update={"new": sheet.new, "still_written": sheet.still_written, "changed": sheet.changed}
            )
        before = Before.look(self.work, sheet.rows, config.settings)
        succeeded = self._archive(config, sheet, before)
        self.night = with_samples(self.night, self.work, sheet, before, self.last)
        self.night = self.night.model_copy(
            update={
                "scan": scan,
                "audit": audit_of(self.work, before),
                "disks": disks_of(config.settings),
                "expected": expected_of(self.work, before),
                "deletable": deletable_of(self.work, config.settings, sheet),
            }
        )
        return self._end(config.settings, sheet, succeeded=succeeded)

    def could_not_run(self, problem: BadBatch | CouldNotRun) -> list[str]:
        """End a night that could not begin; give what is to be said of it."""
        self.update(
            state="could not run",
            ended=time_of(datetime.now(UTC)),
            exit_status=COULD_NOT_RUN,
            problem=str(problem),
        )
        head = f"Fixative: the night could not run (exit status {COULD_NOT_RUN})"
        details = [str(problem)]
        if isinstance(problem, CouldNotRun) and self.night.log:
            details.append(f"log: {self.work / self.night.log}")
        if self._notify_as is not None:
            again = bool(self.nights) and self.nights[-1].state == "could not run"
            self._notify(self._notify_as, [head], "\n".join(details), changed=not again)
        return [head, *details]

    def _scan(self, config: NightConfig) -> tuple[Scanned | None, bool]:
        """Scan the source roots that are there: one that is not mounted must not keep the others waiting."""
        roots = [root.absolute() for root in config.settings.source_roots]
        if not roots:
            return None, False
        there = [str(root) for root in roots if root.is_dir()]
        missing = tuple(number for number, root in enumerate(roots, start=1) if not root.is_dir())
        status = self._workflow(config.write(self.work, source_roots=there)).run("scan") if there else 1
        failed = bool(there) and status != 0
        told = Scanned(new=0, still_written=0, roots=len(roots), roots_missing=missing, failed=failed)
        return told, status == 0

    def _archive(self, config: NightConfig, sheet: NightSheet, before: Before) -> bool:
        """Archive, audit and report; say whether all of it succeeded."""
        audits = self.last is not None and self.last.audit is not None
        if sheet.path is None:
            if not audits and next(sealed_objects(config.settings.archive_root), None) is None:
                return True
            self._replicate(config)
            succeeded = self._workflow(config.write(self.work)).run("audit") == 0
        else:
            workflow = self._workflow(config.write(self.work, sheet=str(sheet.path)))
            fills = _fills(config)
            succeeded = workflow.run("all" if fills else "nightly") == 0
            if fills:
                # Before the audit, which misses what a replica has not got yet.
                self._replicate(config)
            if fills or (not succeeded and has_begun(self.work, before) and audit_of(self.work, before) is None):
                # A job that failed for good has kept the report, and with it the audit, from running.
                audited = workflow.run("audit") == 0
                succeeded = succeeded and audited
        if not succeeded and not has_begun(self.work, before):
            raise CouldNotRun([] if self.asked.through else self._workflow(Path()).last_lines())
        return succeeded

    def _replicate(self, config: NightConfig) -> None:
        """Fill the replicas, where that is asked for."""
        if _fills(config):
            done = self._workflow(config.write(self.work)).run("replicate") == 0
            self.update(replicated=done)

    def _workflow(self, config: Path) -> Workflow:
        return Workflow(self.work, self._log, config, self.asked.arguments, through=self.asked.through)

    def _end(self, settings: Settings, sheet: NightSheet, *, succeeded: bool) -> list[str]:
        night = self.night
        tried = [one for one in night.failing if not one.held]
        scanned = night.scan is None or not (night.scan.failed or night.scan.roots_missing)
        sound = night.audit is None or night.audit.sound
        copied = night.replicated is not False
        well = succeeded and scanned and sound and copied and not tried and not night.awaiting
        self.update(state="ended", ended=time_of(datetime.now(UTC)), exit_status=0 if well else 1)
        page = self.work / "results/reports/index.html"
        lines = summary_lines(
            self.night, self.last, until_full=nights_until_full(self.nights, self.night), report=None
        )
        lines = clean_lines(self.work, lines, self._told_of(sheet))
        report = f"{'report':12}{page}" if page.is_file() else ""
        self.update(summary=tuple(lines))
        self._notify(settings.notify, lines, report, changed=changed(self.night, self.last))
        discard_old_logs(self.work)
        return [*lines, *([report] if report else [])]

    def _told_of(self, sheet: NightSheet) -> list[str]:
        """Samples whose names may stand in the summary."""
        night = self.night
        names = {*night.sealed, *night.awaiting, *sheet.held, *sheet.changed, *night.failing_by_sample()}
        if night.audit:
            names |= {bad.partition(":")[0].rpartition("/")[2] for bad in night.audit.bad}
        return sorted(names)

    def _notify(self, notify: Notify, lines: Sequence[str], more: str, *, changed: bool) -> None:
        if not wanted(notify, self.night, changed=changed):
            return
        told = send(notify, self.night, lines, report=more)
        self.update(notified=told)
        for line in told:
            if "not sent" in line:
                print(f"fixative: {line}", file=sys.stderr)  # noqa: T201  the one place where it is told


def _fills(config: NightConfig) -> bool:
    return config.settings.replicate_nightly and bool(config.settings.replicas)


def run_night(asked: Asked) -> tuple[int, list[str]]:
    """Run one night; give the exit status and the lines for standard output.

    Raises
    ------
    AtWork
        When another night or run is at work in the folder.
    BadBatch
        When the work folder cannot be used.
    """
    try:
        asked.work.mkdir(parents=True, exist_ok=True)
        # Relative paths of the configuration are relative to the work folder.
        os.chdir(asked.work)
    except OSError as error:
        raise BadBatch(f"the work folder cannot be used: {error.strerror}: {asked.work}") from None
    hold_night(asked.work, f"the night that began {time_of(datetime.now(UTC))}, process {os.getpid()}\n")
    night = OneNight(asked)
    try:
        lines = night.go()
    except (BadBatch, CouldNotRun) as problem:
        return COULD_NOT_RUN, night.could_not_run(problem)
    except Stopped as stopped:
        night.update(state="stopped", ended=time_of(datetime.now(UTC)), problem=str(stopped))
        raise
    return night.night.exit_status or 0, lines
