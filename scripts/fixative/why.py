"""``python -m fixative.why SAMPLE``: one sample's whole history: outcomes, codes, the ends of its logs, what to do.

Exit status: 0 when the sample is known, 2 when it is not.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fixative.history import history_of
from fixative.models import Receipt, SampleRow
from fixative.planning import read_batch
from fixative.records import read_record
from fixative.refusals import LASTING, obstacle_of
from fixative.report.log_text import harmless
from fixative.report.public import public_text
from fixative.report.status import SampleStatus, StepStatus, status_of

LATEST = 40
"""Attempts that are shown; the record has them all."""
LOG_LINES = 15
_ANOTHER = re.compile(r": sample \d+ of \d+ \(")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is known of one sample; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m fixative.why", description="The history of one sample.")
    parser.add_argument("sample", help="sample_id")
    parser.add_argument("--work", type=Path, default=Path(), help="the work folder (default: this one)")
    options = parser.parse_args(arguments)
    work = options.work.absolute()
    row = _row(work, options.sample)
    if row is None:
        sys.stderr.write(
            f"no sample {harmless(options.sample)} in {work}: names stand in results/reports/batch.tsv\n"
        )
        return 2
    sys.stdout.write("\n".join(harmless(line) for line in told(work, row)) + "\n")
    return 0


def told(work: Path, row: SampleRow) -> Iterator[str]:
    """Tell the history of a sample, in lines.

    Parameters
    ----------
    work : Path
        The work folder, the one that holds ``results``.
    row : SampleRow
        The sample's row of the sheet.
    """
    folder = work / "results/samples" / row.sample_id
    status = status_of(work, row)
    yield from _verdict(status, folder)
    yield from _steps(status)
    attempts = list(history_of(folder))
    if attempts:
        yield ""
        older = f"; {len(attempts) - LATEST} more are in history.jsonl" if len(attempts) > LATEST else ""
        yield f"its attempts, the latest last{older}"
        yield from (_attempt(attempt, row, work) for attempt in attempts[-LATEST:])
    yield from _log_end(work, row, folder)


def _row(work: Path, sample: str) -> SampleRow | None:
    """The sample's row, of the last run's sheet; of a sample that left the sheet, as far as its receipt goes."""
    try:
        if found := next((row for row in read_batch(work) if row.sample_id == sample), None):
            return found
    except (OSError, ValueError):
        pass
    folder = work / "results/samples" / sample
    if "/" in sample or not folder.is_dir():
        return None
    receipt = read_record(Receipt, folder / "sealed.json")
    dataset = receipt.object.partition("/")[0] if receipt else "unassigned"
    source = Path(receipt.source if receipt else "/nowhere")
    return SampleRow(line=0, sample_id=sample, source=source, dataset=dataset, privacy_policy="")


def _verdict(status: SampleStatus, folder: Path) -> Iterator[str]:
    code = f" {status.code}" if status.code else ""
    yield f"{status.sample_id} ({status.dataset}): {status.outcome}{code}"
    if status.outcome == "sealed":
        yield f"  object {status.object}, {status.planes} planes, {status.object_bytes:,} bytes"
        return
    if status.message:
        yield f"  {status.message}"
    yield f"  to do: {status.remedy or 'run again'}"
    found = obstacle_of(folder)
    if found and found.outcome == "refused":
        if found.code in LASTING:
            when = "when its source, row, policy, the configuration or the version has changed"
        else:
            when = "by the next run"
        yield f"  tried again: {when}; at once with --config only={status.sample_id}"


def _steps(status: SampleStatus) -> Iterator[str]:
    yield ""
    yield "its steps, as they stand"
    for step in status.steps:
        yield f"  {step.step:22} {_outcome(step):24} {_minute(step.started):17} {_seconds(step)}".rstrip()


def _outcome(step: StepStatus) -> str:
    return f"{step.outcome} {step.code}" if step.code else step.outcome


def _minute(time: str | None) -> str:
    return (time or "")[:16].replace("T", " ")


def _seconds(step: StepStatus) -> str:
    return "" if step.seconds is None else f"{step.seconds:.0f} s"


def _attempt(attempt: dict[str, Any], row: SampleRow, work: Path) -> str:
    code = str(attempt.get("code") or "")
    message = str(attempt.get("message") or "")
    place = f"run {attempt.get('run', '')}, version {attempt.get('version', '')}"
    what = " ".join(str(part) for part in (attempt.get("outcome", ""), code) if part)
    line = f"  {_minute(str(attempt.get('ended', '')))}  {attempt.get('step', ''):22} {what:24} {place}"
    return f"{line}\n      {public_text(message, row, work)}" if message else line


def _log_end(work: Path, row: SampleRow, folder: Path) -> Iterator[str]:
    """The end of what the log of the step in the way says of the sample; logs are cleaned as they are written."""
    found = obstacle_of(folder)
    if found is None:
        return
    log = work / f"results/logs/{found.step}/{found.run}.log"
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    begun = [
        number for number, line in enumerate(lines) if line.endswith(f"({row.sample_id})") and _ANOTHER.search(line)
    ]
    if not begun:
        return
    rest = lines[begun[-1] + 1 :]
    end = next((number for number, line in enumerate(rest) if _ANOTHER.search(line)), len(rest))
    yield ""
    yield f"{log.relative_to(work)}, the end of what it says of this sample"
    yield from (f"  {line}" for line in rest[:end][-LOG_LINES:])


if __name__ == "__main__":
    sys.exit(main())
