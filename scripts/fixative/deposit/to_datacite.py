"""DataCite: the metadata for registering a DOI of one's own; no files."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from fixative.deposit import shared_needs as need
from fixative.deposit.datacite_json import datacite, schema_problems
from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.needs import Need
from fixative.deposit.repositories import SUBMISSION, Context, Documents, Kind, Placed, Problem
from fixative.files import json_bytes

RECORD = f"{SUBMISSION}/datacite.json"

NEEDS = (
    need.title(),
    need.author(),
    need.release("required"),
    Need(
        "publisher",
        "deposit.publisher",
        "required",
        "says who publishes it: a key of the configuration, not a column",
        study=lambda dataset: bool(dataset.publisher),
    ),
    Need(
        "DOI",
        "identifiers.prefix",
        "recommended",
        "forms the DOI: a key of the configuration, not a column",
        study=lambda dataset: bool(dataset.extra.get("doi")),
    ),
    need.description("recommended"),
    need.known_licence("recommended"),
    need.keywords(),
    need.affiliation(),
    need.funding(),
    need.publication(),
    need.taxon(),
)


def _place(sample: Sample, file: PublicFile) -> str | None:
    return None


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    files = [file for sample in dataset.samples for file in sample.files]
    record = datacite(dataset, publisher=dataset.publisher, files=len(files), size=sum(file.bytes for file in files))
    return {RECORD: json_bytes(record)}


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    record = json.loads((package / RECORD).read_bytes())
    yield from (Problem("metadata", f"datacite.json: {text}") for text in schema_problems(record))


KIND = Kind(
    name="datacite",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="JSON schema of DataCite 4.5, in the package `datacite`",
    to_do=(
        "Register `submission/datacite.json` with your DataCite account (Fabrica, or its REST API), with the address "
        "of the page that the DOI leads to. Nothing is registered by Fixative.",
    ),
)
