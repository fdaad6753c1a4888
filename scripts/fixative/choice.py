"""Which samples of the sheet a run works on: what is not sealed, less what stands refused, or those that it names."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixative.findings import FINDINGS, BadBatch
from fixative.models import SampleRow, StepOutcome
from fixative.refusals import Cause, obstacle_of, standing_refusal

FAILED = "failed"
_CODE = re.compile(r"[A-Z]{3}\d{3}")


@dataclass(frozen=True)
class Choice:
    """The samples of a run."""

    rows: list[SampleRow]
    standing: list[SampleRow]
    """Refused by an earlier run, and nothing has changed since: they are told of and not tried again."""


def choose(
    pending: Sequence[SampleRow],
    rows: Sequence[SampleRow],
    only: Sequence[str] | None,
    cause: Callable[[SampleRow], Cause],
) -> Choice:
    """Choose the samples of a run.

    Parameters
    ----------
    pending
        Rows that are not sealed.
    rows
        All rows of the sheet.
    only
        Names of samples, codes of findings, `failed`: these alone are worked on, whatever stands. None: everything
        that is not sealed, less what stands refused.
    cause
        What decides on a row now.

    Raises
    ------
    BadBatch
        Where `only` names what is neither a sample of the sheet nor a code.
    """
    if only is None:
        standing = [row for row in pending if standing_refusal(_folder(row), cause(row)) is not None]
        names = {row.sample_id for row in standing}
        return Choice([row for row in pending if row.sample_id not in names], standing)
    known = {row.sample_id for row in rows}
    if wrong := [name for name in only if not _is_known(name, known)]:
        raise BadBatch(
            f"only: {', '.join(wrong)}: no sample of the sheet and no code of a finding\n"
            f"  give samples, codes (such as INV004) or `{FAILED}`, separated by commas"
        )
    return Choice([row for row in pending if _is_named(row, set(only), known)], [])


def _is_known(name: str, samples: set[str]) -> bool:
    return name in samples or name == FAILED or (_CODE.fullmatch(name) is not None and name in FINDINGS)


def _is_named(row: SampleRow, only: set[str], samples: set[str]) -> bool:
    if row.sample_id in only:
        return True
    wanted = only - samples
    found = obstacle_of(_folder(row)) if wanted else None
    return found is not None and (found.code in wanted or (FAILED in wanted and _has_failed(found)))


def _has_failed(outcome: StepOutcome) -> bool:
    return outcome.outcome != "awaiting approval"


def _folder(row: SampleRow) -> Path:
    return Path("results/samples") / row.sample_id
