"""The sample sheet: read, checked whole, every problem listed with its line."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from fixative.findings import BadBatch
from fixative.models import SampleRow
from fixative.remote.address import address_of, address_problem, fetched_place, is_remote
from fixative.required.fields import cell_problems, header_problems

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
"""What a sample_id or dataset may be: it names a folder of the archive on any file system."""

MAX_IDENTIFIER = 128
REQUIRED = ("sample_id", "source")
KNOWN = (
    *REQUIRED,
    *("dataset", "sidecars", "organism", "modality", "instrument", "license"),
    *("owner", "approver", "privacy_policy", "notes"),
)


def read_sheet(path: Path, *, dataset: str, privacy_policy: str) -> list[SampleRow]:
    """Read a TSV or CSV sheet (UTF-8, the first line naming the columns).

    Parameters
    ----------
    path
        The sheet. Relative paths in it are relative to its folder; ``sidecars`` are separated by ``;``.
    dataset, privacy_policy
        For rows that name none.

    Raises
    ------
    BadBatch
        With every problem and its line.
    """
    header, rows = _cells(path)
    problems = [f"line 1: {problem}" for problem in _header_problems(header)]
    if not problems and not rows:
        problems = ["line 2: no sample: the sheet has only its header"]
    folder = path.parent.absolute()
    samples: list[SampleRow] = []
    seen: dict[str, int] = {}
    for line, cells in rows if not problems else []:
        found = list(_row_problems(header, cells))
        values = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
        sample_id = values.get("sample_id", "")
        if (first := seen.setdefault(sample_id.casefold(), line)) != line and sample_id:
            found.append(f"sample_id: same as on line {first}")
        problems += [f"line {line}: {problem}" for problem in found]
        if not found:
            samples.append(_sample(folder, line, values, dataset, privacy_policy))
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise BadBatch("\n".join([f"{path}: {count}", *(f"  {problem}" for problem in problems)]))
    return samples


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows with the line each begins on; blank lines and ``#`` comment lines are passed over."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, dialect="excel-tab" if "\t" in first else "excel", strict=True)
            rows, line = [], 1
            for cells in reader:
                if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                    rows.append((line, cells))
                line = reader.line_num + 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadBatch(f"{path}: not a UTF-8 table: {error}") from None
    if not rows:
        raise BadBatch(f"{path}: 1 problem\n  line 1: the sheet is empty")
    return [cell.strip() for cell in rows[0][1]], rows[1:]


def _header_problems(header: list[str]) -> Iterator[str]:
    for name in REQUIRED:
        if name not in header:
            yield f"{name}: Column required"
    yield from header_problems(header, KNOWN)
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield f"{name or '(no name)'}: Column named {header.count(name)} times"


def _row_problems(header: list[str], cells: list[str]) -> Iterator[str]:
    if len(cells) > len(header):
        yield f"{len(cells)} cells under {len(header)} columns"
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    for name in REQUIRED:
        if not values.get(name):
            yield f"{name}: Field required"
    for name in ("sample_id", "dataset"):
        value = values.get(name, "")
        if value and not re.match(IDENTIFIER, value):
            yield f"{name}: String should match pattern '{IDENTIFIER}' (got {value!r})"
        if len(value) > MAX_IDENTIFIER:
            yield f"{name}: at most {MAX_IDENTIFIER} characters (got {len(value)})"
    for name in ("source", "sidecars"):
        if "\x00" in values.get(name, ""):
            yield f"{name}: a path cannot hold a NUL character"
        stated = values.get(name, "")
        places = map(str.strip, stated.split(";")) if name == "sidecars" else [stated]
        for place in filter(is_remote, places):
            if problem := address_problem(place) or ("" if address_of(place).name else "it names no file"):
                yield f"{name}: {problem}"
    yield from cell_problems(values)


def _sample(folder: Path, line: int, values: dict[str, str], dataset: str, privacy_policy: str) -> SampleRow:
    known = {name: values[name] for name in KNOWN if values.get(name)}
    stated = [part.strip() for part in known.pop("sidecars", "").split(";") if part.strip()]
    remote = known["source"] if is_remote(known["source"]) else None
    sidecars = {_place(folder, part, values["sample_id"], number, remote): part for number, part in enumerate(stated)}
    return SampleRow.model_validate(
        {
            "dataset": dataset,
            "privacy_policy": privacy_policy,
            **known,
            "line": line,
            "source": _place(folder, known["source"], values["sample_id"], 0, remote),
            "sidecars": list(sidecars),
            "remote": remote,
            "remote_sidecars": {str(place): part for place, part in sidecars.items() if is_remote(part)},
            "extra": {name: value for name, value in values.items() if name not in KNOWN and value},
        }
    )


def _place(folder: Path, stated: str, sample_id: str, number: int, source: str | None) -> Path:
    """Where a file lies, or will lie once it is fetched: what shares the source's remote folder lies beside it."""
    if not is_remote(stated):
        return folder / stated
    address = address_of(stated)
    beside = source is not None and address_of(source).parent == address.parent
    return fetched_place(Path.cwd(), sample_id, address, "set" if beside else f"sidecar-{number}")
