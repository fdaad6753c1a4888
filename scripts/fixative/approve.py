"""``python -m fixative.approve``: a person approves the plans of samples that wait for it.

Approving is recorded in ``results/approvals/<sample>.json`` of the work folder, bound to the plan in
``results/plans/<sample>.tsv``, to the policy and to the source; the next run goes on with the sample.

Exit status: 0 when all is approved (or listed), 1 when a named sample cannot be, in which case none is, 2 for a
command that cannot be understood.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from fixative.clock import utc_text
from fixative.files import digest_file
from fixative.models import SampleRow
from fixative.planning import read_batch
from fixative.privacy.approval import MODE, WAITING, Given, Waiting, approval_file, plan_file
from fixative.records import read_record, write_record
from fixative.report.status import status_of

LONGEST_NAME = 200


class NotApproved(Exception):
    """Why a sample cannot be approved, for the person who asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Approve, or list, the samples named on the command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    work = options.work.absolute()
    try:
        rows = read_rows(work)
    except (OSError, ValueError):
        parser.error("no batch in the work folder: run the archiving first, and name the folder with --work")
    if options.list:
        return _list(work, rows)
    if (problem := approver_problem(options.approver)) is not None:
        parser.error(problem)
    if options.all == bool(options.samples):
        parser.error("name the samples to approve, or --all that wait")
    wanted = list(waiting_samples(work, rows)) if options.all else list(dict.fromkeys(options.samples))
    return _approve(work, rows, wanted, options)


def read_rows(work: Path) -> dict[str, SampleRow]:
    """Read the rows of the last run's sheet, by sample."""
    return {row.sample_id: row for row in read_batch(work)}


def waiting_samples(work: Path, rows: dict[str, SampleRow]) -> dict[str, Waiting]:
    """Give the samples that wait, in the order of the sheet; those approved since the last run are among them."""
    found = {}
    for sample, row in rows.items():
        waiting = read_record(Waiting, work / "results/samples" / sample / WAITING)
        if waiting is not None and status_of(work, row).outcome == "awaiting approval":
            found[sample] = waiting
    return found


def approver_problem(approver: str | None) -> str | None:
    """Say what is wrong with a name, or None."""
    name = (approver or "").strip()
    if not name:
        return 'say who approves: --approver "Jane Doe <jane@example.org>"'
    if not name.isprintable() or not any(character.isalpha() for character in name):
        return "the approver's name is to be text on one line"
    if len(name) > LONGEST_NAME:
        return f"the approver's name is too long: expected {LONGEST_NAME} characters at most, found {len(name)}"
    return None


def approved(work: Path, row: SampleRow, *, approver: str, when: str, command: str) -> Given:
    """Compose the approval of one sample, which is written nowhere yet.

    Raises
    ------
    NotApproved
        Where the sample does not wait, is approved already, or its plan is not the one that waits.
    """
    results, sample = work / "results", row.sample_id
    outcome = status_of(work, row).outcome
    if outcome != "awaiting approval":
        raise NotApproved(f"does not wait for approval: {outcome}")
    waiting = read_record(Waiting, results / "samples" / sample / WAITING)
    if waiting is None:
        raise NotApproved("the record of what waits cannot be read; run the archiving again")
    earlier = read_record(Given, approval_file(results, sample))
    if earlier is not None and earlier.covers(waiting):
        raise NotApproved(f"approved already, {earlier.when}; run the archiving again")
    plan = plan_file(results, sample)
    if not plan.is_file() or digest_file(plan).sha256 != waiting.plan_sha256:
        raise NotApproved(
            f"results/plans/{plan.name} is not the plan that waits; run the archiving again, then read it"
        )
    asked = waiting.model_dump(exclude={"void"})
    return Given(**asked, approver=approver, when=when, command=command, approved_sha256=waiting.sha256)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fixative.approve", description="Approve the plans of samples that wait for it."
    )
    parser.add_argument("samples", nargs="*", metavar="SAMPLE")
    parser.add_argument("--work", type=Path, default=Path(), metavar="DIR", help="work folder (default: this one)")
    parser.add_argument("--approver", metavar="NAME", help='who approves: "Jane Doe <jane@example.org>"')
    parser.add_argument("--all", action="store_true", help="every sample that waits")
    parser.add_argument("--list", action="store_true", help="say which samples wait, and approve none")
    parser.add_argument("--by-make", action="store_true", help=argparse.SUPPRESS)
    return parser


def _list(work: Path, rows: dict[str, SampleRow]) -> int:
    waiting = waiting_samples(work, rows)
    for sample, asked in waiting.items():
        given = read_record(Given, approval_file(work / "results", sample))
        state = "waits"
        if given is not None and given.covers(asked):
            state = f"approved {given.when}, run the archiving again"
        elif asked.void:
            state = f"waits; an earlier approval is void, changed: {', '.join(asked.void)}"
        sys.stdout.write(f"{sample}\t{asked.policy}\tresults/plans/{sample}.tsv\t{state}\n")
    if not waiting:
        sys.stderr.write("no sample waits for approval\n")
    return 0


def _approve(work: Path, rows: dict[str, SampleRow], wanted: list[str], options: argparse.Namespace) -> int:
    when = utc_text()
    given, problems = [], []
    for sample in wanted:
        try:
            if sample not in rows:
                raise NotApproved("no such sample in the sheet of the last run")
            command = _command(sample, all_that_wait=options.all, by_make=options.by_make)
            given.append(approved(work, rows[sample], approver=options.approver.strip(), when=when, command=command))
        except (NotApproved, ValidationError) as refused:
            problems.append(f"{_shown(sample)}: {refused}")
    if not wanted:
        problems.append("no sample waits for approval")
    if problems:
        sys.stderr.write("\n".join(["nothing is approved:", *(f"  {problem}" for problem in problems), ""]))
        return 1
    folder = work / "results/approvals"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    for one in given:
        write_record(approval_file(work / "results", one.sample), one, MODE)
        sys.stdout.write(f"{one.sample}: approved, {when}\n")
    sys.stdout.write("run the archiving again to go on with what is approved\n")
    return 0


def _command(sample: str, *, all_that_wait: bool, by_make: bool) -> str:
    """Give the command as typed, less what it must not tell in an object: the name, paths, other samples."""
    if by_make:
        return f"make approve {'ARGS=--all' if all_that_wait else f'SAMPLES={sample}'} APPROVER=..."
    return f"python -m fixative.approve --approver ... {'--all' if all_that_wait else sample}"


def _shown(text: str) -> str:
    """Escape what could drive a terminal."""
    return text if text.isprintable() else ascii(text)


if __name__ == "__main__":
    sys.exit(main())
