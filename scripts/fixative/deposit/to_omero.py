"""OMERO: bulk import of the archived OME-TIFFs, and a table of key-value data for `omero metadata populate`.

Notes
-----
https://omero.readthedocs.io/en/stable/users/cli/import-bulk.html, https://github.com/ome/omero-metadata
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fixative.deposit import shared_needs as need
from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.describe import acquisition, channels_of, instrument, licence_text, modality_text, organism_text
from fixative.deposit.folder import lint_listed
from fixative.deposit.repositories import UPLOAD, Context, Documents, Kind, Placed, Problem, image
from fixative.deposit.tables import exact_csv, exact_tsv, one_line, read_csv, read_tsv
from fixative.deposit.to_idr import images_in_omero

BULK, PATHS, POPULATE = "bulk.yml", "import.tsv", "populate.csv"
TEXTS = (
    *("organism", "biological_entity", "sample_preparation", "imaging_method", "instrument"),
    *("acquisition_parameters", "licence", "archive_identifier", "channels"),
)
SIZES = "xyz"
_TYPES = {"s", "d", "l", "b"}

NEEDS = (
    need.organism("recommended"),
    need.method("recommended"),
    need.known_licence("recommended"),
    need.scale(),
)

_YAML = f"""---
path: "{PATHS}"
columns:
  - target
  - name
  - path
continue: "true"
checksum_algorithm: "SHA1-160"
"""


def _place(sample: Sample, file: PublicFile) -> str | None:
    return f"{sample.name}.ome.tiff" if image(sample, file) else None


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    paths = ([f"Dataset:name:{dataset.name}", each.sample.name, each.upload] for each in placed)
    return {
        f"{UPLOAD}/{BULK}": _YAML.encode(),
        f"{UPLOAD}/{PATHS}": exact_tsv(paths),
        f"{UPLOAD}/{POPULATE}": exact_csv(_table(dataset)),
    }


def _table(dataset: Dataset) -> Iterator[Sequence[object]]:
    """No spaces in names of columns: OMERO cannot query those. A column of numbers is one where all rows have one."""
    rows = list(_rows(dataset))
    types = ["d" if all(row[-place] for row in rows) else "s" for place in range(len(SIZES), 0, -1)]
    kinds = [*["s"] * (2 + len(TEXTS)), *types]
    yield [f"# header {kinds[0]}", *kinds[1:]]
    yield ["Image Name", "Dataset Name", *TEXTS, *(f"pixel_size_{axis}_um" for axis in SIZES)]
    yield from rows


def _rows(dataset: Dataset) -> Iterator[list[object]]:
    for sample in dataset.samples:
        shared = [
            organism_text(sample),
            sample.columns.get("biological_entity", ""),
            sample.columns.get("sample_preparation", ""),
            modality_text(sample),
            instrument(sample),
            acquisition(sample),
            licence_text(dataset),
            sample.identifier,
        ]
        for name, field in images_in_omero(sample, sample.name):
            sizes = [field(f"physical_size_{axis}_um") for axis in SIZES]
            yield [name, dataset.name, *(one_line(text) for text in (*shared, channels_of(field))), *sizes]


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    import yaml

    upload = package / UPLOAD
    bulk = yaml.safe_load((upload / BULK).read_bytes())
    rows = read_tsv(upload / str(bulk["path"]))
    if bulk["columns"] != ["target", "name", "path"] or any(len(row) != 3 for row in rows):
        yield Problem("files", f"{BULK}: its columns are not those of {PATHS}")
        return
    yield from lint_listed(upload, [row[2] for row in rows], besides=(BULK, PATHS, POPULATE))
    if len({(row[0], row[1]) for row in rows}) != len(rows):
        yield Problem("files", f"{PATHS}: an image name stands twice in a dataset")
    table = read_csv(upload / POPULATE)
    types = [cell.removeprefix("# header ") for cell in table[0]]
    if set(types) - _TYPES or any(len(row) != len(types) for row in table[1:]):
        yield Problem("files", f"{POPULATE}: types, names and rows are not of one length")
    known = {row[1] for row in rows}
    for row in table[2:]:
        if row[0] not in known and row[0].rpartition(" [")[0] not in known:
            yield Problem("files", f"{POPULATE}: no such image is imported: {row[0]}")


KIND = Kind(
    name="omero",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="own checks: bulk.yml, import.tsv and populate.csv parse back and agree with the files",
    to_do=(
        "In the folder `upload`: `omero import --bulk bulk.yml`.",
        "Then `omero metadata populate Dataset:ID --file populate.csv`, with the ID that the import has told.",
    ),
)
