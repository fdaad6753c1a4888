"""A sheet that a person gives for a deposition: what sealed objects do not state, by sample or for all of them."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from fixative.deposit.columns import COLUMNS, is_date
from fixative.findings import RefusedSample
from fixative.required.fields import FIELDS, cell_problems
from fixative.sheet import KNOWN

TAKEN = COLUMNS.keys() | FIELDS.keys()
"""Columns that are read: those of a deposition, and those that supply fields of the image."""

EVERY = "*"
"""As a sample_id: the row speaks of every sample."""

_ALIKE = 0.87


@dataclass(frozen=True)
class DepositSheet:
    """Values by (data set, sample); ``*`` stands for any."""

    rows: Mapping[tuple[str, str], Mapping[str, str]]

    def of(self, dataset: str, sample: str) -> dict[str, str]:
        """What the sheet states of a sample: its own row comes before those that speak of several."""
        found: dict[str, str] = {}
        for key in ((EVERY, EVERY), (dataset, EVERY), (EVERY, sample), (dataset, sample)):
            found.update(self.rows.get(key, {}))
        return found


def read_deposit_sheet(path: Path) -> DepositSheet:
    """Read it: TSV or CSV, UTF-8. The sample sheet itself will do: columns that are not asked for are passed over.

    A row without ``sample_id``, or with ``*``, speaks of every sample; ``dataset`` works alike.

    Raises
    ------
    RefusedSample
        DEP013, with every problem.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.DictReader(stream, dialect="excel-tab" if "\t" in first else "excel", strict=True)
            header, rows = [name or "" for name in reader.fieldnames or ()], list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RefusedSample("DEP013", problem=f"{path.name}: {getattr(error, 'strerror', None) or error}") from None
    known = [name for name in header if name in TAKEN]
    problems = [f"column {name!r}: is {like[0]!r} meant?" for name in header if (like := _like(name))]
    if not known:
        problems.append("no column that a deposition asks for: docs/depositing.md lists them")
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line, row in enumerate(rows, 2):
        key = ((row.get("dataset") or "").strip() or EVERY, (row.get("sample_id") or "").strip() or EVERY)
        values = {name: value.strip() for name in known if (value := row.get(name)) and value.strip()}
        problems += [f"line {line}: {problem}" for problem in _cell_problems(values)]
        if key in found and values:
            problems.append(f"line {line}: a second row of dataset {key[0]}, sample {key[1]}")
        found.setdefault(key, values)
    if problems:
        raise RefusedSample("DEP013", problem=f"{path.name}: {'; '.join(problems)}")
    return DepositSheet(found)


def _cell_problems(values: Mapping[str, str]) -> Iterator[str]:
    yield from cell_problems(values)
    if (date := values.get("study_release_date")) and not is_date(date):
        yield f"study_release_date: expected YYYY-MM-DD (got {date!r})"


def _like(name: str) -> list[str]:
    """A column that is nearly, and not quite, one of ours: what it holds would be lost."""
    return [] if name in TAKEN or name in KNOWN else get_close_matches(name.casefold(), sorted(TAKEN), 1, _ALIKE)
