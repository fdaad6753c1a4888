"""Packages that are a folder, a README and a table of files; and the check of any list of files."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from fixative.deposit.dataset import Dataset
from fixative.deposit.describe import acquisition, channels, dimensions, instrument, modality_text, organism_text
from fixative.deposit.describe import pixel_size as size_of_pixel
from fixative.deposit.purposes import kind_and_purpose
from fixative.deposit.repositories import UPLOAD, Context, Documents, Placed, Problem
from fixative.deposit.tables import exact_csv, read_csv, safe_cell

TABLE, README = "files.csv", "README.md"
HEADER = (
    "file",
    "sample",
    "file_type",
    "bytes",
    "sha256",
    "description",
    "organism",
    "biological_entity",
    "sample_preparation",
    "imaging_method",
    "instrument",
    "acquisition_parameters",
    "dimensions",
    "pixel_size",
    "channels",
    "acquisition_date",
)


def flat_name(name: str, path: str) -> str:
    """Name of a file where a repository knows no folders: it begins with the sample."""
    flat = path.replace("/", "_")
    return flat if flat.startswith(f"{name}.") else f"{name}.{flat}"


def folder_documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    """README and table for the folder that is uploaded."""
    from fixative.curation.readme import dataset_readme

    rows = [[safe_cell(cell) for cell in row] for row in (HEADER, *_rows(placed))]
    listed = [(each.upload, each.file.bytes, kind_and_purpose(each.file.path)[1]) for each in placed]
    return {
        f"{UPLOAD}/{README}": dataset_readme(dataset, files=listed, table=TABLE),
        f"{UPLOAD}/{TABLE}": exact_csv(rows),
    }


def _rows(placed: Sequence[Placed]) -> Iterator[list[object]]:
    for each in placed:
        sample = each.sample
        kind, purpose = kind_and_purpose(each.file.path)
        yield [
            each.upload,
            sample.name,
            kind,
            each.file.bytes,
            each.file.sha256,
            purpose,
            organism_text(sample),
            sample.columns.get("biological_entity", ""),
            sample.columns.get("sample_preparation", ""),
            modality_text(sample),
            instrument(sample) or "",
            acquisition(sample) or "",
            dimensions(sample),
            size_of_pixel(sample) or "",
            channels(sample) or "",
            sample.value("acquisition_date") or "",
        ]


def folder_problems(package: Path, context: Context) -> Iterator[Problem]:
    """Check the README and the table against the folder."""
    upload = package / UPLOAD
    rows = read_csv(upload / TABLE)
    yield from lint_listed(upload, [row[0] for row in rows[1:]], besides=(TABLE, README))
    for row in rows[1:]:
        path = upload / row[0]
        if path.is_file() and path.stat().st_size != int(row[3]):
            yield Problem("files", f"{TABLE}: {row[0]}: expected {row[3]} bytes, found {path.stat().st_size}")
    if not (upload / README).read_text(encoding="utf-8").strip():
        yield Problem("metadata", f"{README}: empty")


def lint_listed(upload: Path, listed: Sequence[str], besides: Iterable[str] = ()) -> Iterator[Problem]:
    """Compare a list with the folder: every listed file is there, every file is listed, each once."""
    present = {path.relative_to(upload).as_posix() for path in upload.rglob("*") if path.is_file()} - set(besides)
    yield from (Problem("files", f"listed and not there: {path}") for path in sorted(set(listed) - present))
    yield from (Problem("files", f"there and not listed: {path}") for path in sorted(present - set(listed)))
    twice = sorted(path for path, times in Counter(listed).items() if times > 1)
    yield from (Problem("files", f"listed twice: {path}") for path in twice)
