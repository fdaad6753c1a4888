"""BioImage Archive: file lists in their exact form, and the REMBI sheets that its submission tool asks for.

Notes
-----
https://www.ebi.ac.uk/bioimage-archive/help-file-list, https://www.ebi.ac.uk/bioimage-archive/rembi-help-overview
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from fixative.deposit import shared_needs as need
from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.describe import (
    acquisition,
    authors,
    channels,
    dimensions,
    instrument,
    licence_text,
    modality_text,
    organism_text,
    pixel_size,
)
from fixative.deposit.folder import lint_listed
from fixative.deposit.purposes import kind_and_purpose
from fixative.deposit.repositories import SUBMISSION, UPLOAD, Context, Documents, Kind, Placed, Problem, record
from fixative.deposit.tables import exact_tsv, read_tsv, sheet_tsv

FILE_LIST = "file_list"
_BAD_PATH = re.compile(r"^\.{0,2}/|(?:^|/)\.{1,2}/|//|/$|\\")
_SAFE = re.compile(r"[\w!.*'() /-]+", re.ASCII)

NEEDS = (
    need.title(),
    need.description(),
    need.author(),
    need.known_licence(),
    need.component(),
    need.organism(),
    need.entity(),
    need.preparation(),
    need.method(),
    need.microscope(),
    need.settings(),
    need.keywords(),
    need.release(),
    need.affiliation(),
    need.taxon(),
    need.method_term(),
    need.scale(),
    need.funding(),
    need.publication(),
    need.ethics(),
)


def _place(sample: Sample, file: PublicFile) -> str | None:
    return f"{sample.name}/{file.path}" if record(sample, file) else None


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    lists = _list_names(dataset)
    documents = {}
    for component, samples in dataset.components.items():
        names = {sample.name for sample in samples}
        rows = _file_list([each for each in placed if each.sample.name in names])
        documents[f"{UPLOAD}/{lists[component]}"] = exact_tsv(rows)
    sheets = {
        "study": _study(dataset),
        "authors": _authors(dataset),
        "study_components": _components(dataset, lists),
        "biosamples": _distinct(dataset, "Biosample", _biosample),
        "specimens": _distinct(dataset, "Specimen", _specimen),
        "image_acquisitions": _distinct(dataset, "Image acquisition", _acquisition),
        "image_data": _image_data(dataset),
    }
    return {**documents, **{f"{SUBMISSION}/rembi/{name}.tsv": sheet_tsv(rows) for name, rows in sheets.items()}}


def _list_names(dataset: Dataset) -> Mapping[str, str]:
    components = list(dataset.components)
    if len(components) == 1:
        return {components[0]: f"{FILE_LIST}.tsv"}
    return {component: f"{FILE_LIST}_{number}.tsv" for number, component in enumerate(components, 1)}


def _file_list(placed: Sequence[Placed]) -> list[list[str]]:
    """Files and their attributes; an attribute that is the same for all files says nothing, and is left out."""
    rows = [{"Files": each.upload, **_attributes(each)} for each in placed]
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name != "Files"]
    telling = [name for name in names if len({row.get(name, "") for row in rows}) > 1]
    header = ["Files", *telling]
    return [header, *([row.get(name, "") for name in header] for row in rows)]


def _attributes(each: Placed) -> dict[str, str]:
    kind, purpose = kind_and_purpose(each.file.path)
    sample = each.sample
    shared = {"Sample": sample.name, "File type": kind, "Description": purpose, "SHA-256": each.file.sha256}
    if kind != "image":
        return shared
    return {
        **shared,
        "Dimensions": dimensions(sample),
        "Pixel size": pixel_size(sample) or "",
        "Channels": channels(sample) or "",
        "Organism": organism_text(sample),
        "Biological entity": sample.columns.get("biological_entity", ""),
        "Acquisition date": sample.value("acquisition_date") or "",
    }


def _study(dataset: Dataset) -> list[list[str]]:
    rows = (
        ("Title", dataset.value("study_title")),
        ("Description", dataset.value("study_description")),
        ("Keywords", "; ".join(dataset.keywords)),
        ("License", licence_text(dataset)),
        ("Release date", dataset.value("study_release_date")),
        ("Funding", dataset.value("study_funding")),
        ("Publication DOI", dataset.value("study_publication")),
        ("Publication title", dataset.value("study_publication_title")),
        ("Ethics", dataset.value("ethics_statement")),
    )
    return [["Field", "Value"], *([name, value or ""] for name, value in rows)]


def _authors(dataset: Dataset) -> list[list[str]]:
    affiliation = dataset.value("study_affiliation") or ""
    people = [[person.spoken, person.orcid or "", person.email or "", affiliation] for person in authors(dataset)]
    return [["Name", "ORCID", "E-mail", "Affiliation"], *people]


def _components(dataset: Dataset, lists: Mapping[str, str]) -> list[list[str]]:
    """A component, its file list, and which biosample, specimen and acquisition belong together in it."""
    numbers = [_numbers(dataset, part) for part in (_biosample, _specimen, _acquisition)]
    rows = []
    for number, (component, samples) in enumerate(dataset.components.items(), 1):
        for biosample, specimen, acquired in dict.fromkeys(
            (numbers[0][sample.name], numbers[1][sample.name], numbers[2][sample.name]) for sample in samples
        ):
            linked = [f"Biosample {biosample}", f"Specimen {specimen}", f"Image acquisition {acquired}"]
            rows.append([f"Study component {number}", component, lists[component], *linked])
    return [["Name", "Description", "File list", "Biosample", "Specimen", "Image acquisition"], *rows]


def _biosample(sample: Sample) -> dict[str, str]:
    return {
        "Organism": organism_text(sample),
        "Biological entity": sample.columns.get("biological_entity", ""),
    }


def _specimen(sample: Sample) -> dict[str, str]:
    return {
        "Sample preparation protocol": sample.columns.get("sample_preparation", ""),
        "Growth protocol": sample.columns.get("growth_protocol", ""),
    }


def _acquisition(sample: Sample) -> dict[str, str]:
    return {
        "Imaging method": modality_text(sample),
        "Imaging instrument": instrument(sample) or "",
        "Image acquisition parameters": acquisition(sample) or "",
    }


_Part = Callable[[Sample], dict[str, str]]


def _numbers(dataset: Dataset, of: _Part) -> dict[str, int]:
    """Number of each sample's part: samples that say the same of it share one."""
    known: dict[tuple[str, ...], int] = {}
    return {sample.name: known.setdefault(tuple(of(sample).values()), len(known) + 1) for sample in dataset.samples}


def _distinct(dataset: Dataset, name: str, of: _Part) -> list[list[str]]:
    parts = {tuple(of(sample).values()): None for sample in dataset.samples}
    header = ["Title", *of(dataset.samples[0])]
    return [header, *([f"{name} {number}", *part] for number, part in enumerate(parts, 1))]


def _image_data(dataset: Dataset) -> list[list[str]]:
    header = ["Sample", "Format", "Dimensions", "Pixel size", "Channels", "Image processing", "Notes"]
    rows = (
        [
            sample.name,
            "OME-TIFF",
            dimensions(sample),
            pixel_size(sample) or "",
            channels(sample) or "",
            sample.columns.get("analysis_protocol", ""),
            sample.columns.get("notes", ""),
        ]
        for sample in dataset.samples
    )
    return [header, *rows]


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    upload = package / UPLOAD
    lists = sorted(upload.glob(f"{FILE_LIST}*.tsv"))
    if not lists:
        yield Problem("files", "no file list")
    listed: list[str] = []
    for path in lists:
        rows = read_tsv(path)
        yield from (Problem("files", f"{path.name}: {text}") for text in lint_file_list(rows))
        listed += [row[0] for row in rows[1:]]
    yield from lint_listed(upload, listed, besides=[path.name for path in lists])


def lint_file_list(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """What is wrong with a file list, but for files that are not there."""
    if not rows or not rows[0] or rows[0][0] != "Files":
        yield f"first cell: expected 'Files', found {rows[0][0] if rows and rows[0] else ''!r}"
        return
    header = rows[0]
    if len(rows) == 1:
        yield "no file"
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            yield f"line {number}: blank"
            continue
        if len(row) != len(header):
            yield f"line {number}: expected {len(header)} cells, found {len(row)}"
        if _BAD_PATH.search(row[0]) or not _SAFE.fullmatch(row[0]):
            yield f"line {number}: not a path as the file list takes it: {row[0]!r}"
    for column in range(1, len(header)):
        if len(rows) > 2 and len({row[column] for row in rows[1:] if len(row) > column}) < 2:
            yield f"column {header[column]!r}: the same for every file"


KIND = Kind(
    name="bioimage_archive",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="own linter of the file list: form, every listed file is there, every file is listed",
    to_do=(
        "Copy the folder `upload` into your user space at BioStudies (web, FTP or Aspera).",
        "Begin a submission with the template of the BioImage Archive, and fill it in from `submission/rembi/`: one "
        "form each for study, components, biosamples, specimens and acquisitions.",
        "Name the file list of each study component: they lie in `upload`.",
        "Confirm, where specimens are of people, that they consented to this.",
    ),
)
