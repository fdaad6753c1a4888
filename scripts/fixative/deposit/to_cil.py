"""Cell Image Library: each image with the five descriptors.

Biological source, context and probe, equipment, acquisition parameters, and scale are what the Data Curation
Network's primer on confocal microscopy asks of every image, after this library.

Notes
-----
https://pmc.ncbi.nlm.nih.gov/articles/PMC3531121,
https://github.com/DataCurationNetwork/data-primers (Confocal Microscopy)
"""

from collections.abc import Iterator, Sequence
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
from fixative.deposit.repositories import SUBMISSION, UPLOAD, Context, Documents, Kind, Placed, Problem, image
from fixative.deposit.tables import read_tsv, sheet_tsv

TABLE = f"{SUBMISSION}/descriptors.tsv"
DESCRIPTORS = (
    "biological source",
    "context and probe",
    "equipment",
    "acquisition parameters",
    "pixel size",
)

NEEDS = (
    need.organism(),
    need.entity(),
    need.microscope(),
    need.settings(),
    need.scale("required"),
    need.known_licence(),
    need.author(),
    need.method("recommended"),
    need.taxon(),
    need.method_term(),
    need.preparation("recommended"),
    need.ethics(),
)


def _place(sample: Sample, file: PublicFile) -> str | None:
    return f"{sample.name}.ome.tiff" if image(sample, file) else None


def five_descriptors(sample: Sample) -> tuple[str, str, str, str, str]:
    """The five, each empty where nothing is stated."""
    context = [sample.columns.get("biological_entity"), channels(sample), sample.columns.get("sample_preparation")]
    equipment = [instrument(sample), modality_text(sample)]
    return (
        organism_text(sample),
        "; ".join(text for text in context if text),
        "; ".join(text for text in equipment if text),
        acquisition(sample) or "",
        pixel_size(sample) or "",
    )


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    people = "; ".join(person.name for person in authors(dataset))
    rows = (
        [
            each.upload,
            *five_descriptors(each.sample),
            dimensions(each.sample),
            people,
            licence_text(dataset),
            dataset.value("study_publication") or "",
            each.sample.columns.get("notes", ""),
        ]
        for each in placed
    )
    header = ["file", *DESCRIPTORS, "dimensions", "attribution", "licence", "publication", "notes"]
    return {TABLE: sheet_tsv([header, *rows])}


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    rows = read_tsv(package / TABLE)
    yield from lint_listed(package / UPLOAD, [row[0] for row in rows[1:]])
    for row in rows[1:]:
        for name, value in zip(DESCRIPTORS, row[1:6], strict=True):
            if not value:
                yield Problem("metadata", f"descriptors.tsv: {row[0]}: {name}: nothing is stated")


KIND = Kind(
    name="cil",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="own check: five descriptors for every image, every listed file is there, every file is listed",
    to_do=(
        "Begin a submission at the Cell Image Library, one for each image, and take the terms from "
        "`submission/descriptors.tsv`.",
    ),
)
