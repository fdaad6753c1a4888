"""Zenodo: files without folders, the metadata of the deposit, and the same for DataCite.

Notes
-----
https://developers.zenodo.org/#representation
"""

import json
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from fixative.deposit import shared_needs as need
from fixative.deposit.datacite_json import datacite, schema_problems
from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.describe import authors, licence, release_year
from fixative.deposit.folder import README, TABLE, flat_name, folder_documents, folder_problems
from fixative.deposit.people import Person
from fixative.deposit.repositories import SUBMISSION, Context, Documents, Kind, Placed, Problem, record
from fixative.files import json_bytes

METADATA, DATACITE = f"{SUBMISSION}/zenodo.json", f"{SUBMISSION}/datacite.json"
REQUIRED = ("upload_type", "title", "creators", "description", "access_right", "license")

NEEDS = (
    need.title(),
    need.description(),
    need.parted_authors("recommended"),
    need.author(),
    need.known_licence(),
    need.keywords(),
    need.affiliation(),
    need.funding(),
    need.publication(),
    need.release(),
    need.organism("recommended"),
    need.method("recommended"),
    need.ethics(),
)


def _place(sample: Sample, file: PublicFile) -> str | None:
    return flat_name(sample.name, file.path) if record(sample, file) else None


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    documents = {**folder_documents(dataset, placed), METADATA: json_bytes({"metadata": _metadata(dataset)})}
    if release_year(dataset):
        size = sum(each.file.bytes for each in placed)
        whole = datacite(dataset, publisher="Zenodo", files=len(placed), size=size)
        documents[DATACITE] = json_bytes(whole)
    return documents


def _metadata(dataset: Dataset) -> dict[str, Any]:
    known = licence(dataset)
    doi = dataset.value("study_publication")
    found: dict[str, Any] = {
        "upload_type": "dataset",
        "title": dataset.value("study_title"),
        "creators": [_creator(person, dataset) for person in authors(dataset)],
        "description": _html(dataset),
        "access_right": "open",
        "license": known.spdx.lower() if known else None,
        "publication_date": dataset.value("study_release_date"),
        "keywords": list(dataset.keywords),
        "subjects": [
            {"term": term.name, "identifier": f"http://purl.obolibrary.org/obo/NCBITaxon_{term.number}"}
            for term in dataset.organisms
            if term.number
        ],
        "related_identifiers": [{"identifier": doi, "relation": "isSupplementTo"}] if doi else [],
        "notes": dataset.value("study_funding"),
    }
    return {name: value for name, value in found.items() if value}


def _creator(person: Person, dataset: Dataset) -> dict[str, str]:
    name = f"{person.family}, {person.given}" if person.family and person.given else person.name
    affiliation = dataset.value("study_affiliation")
    found = {"name": name, "affiliation": affiliation, "orcid": person.orcid}
    return {key: value for key, value in found.items() if value}


def _html(dataset: Dataset) -> str | None:
    """Zenodo takes HTML: what a person wrote must not act as such."""
    text = dataset.value("study_description")
    if not text:
        return None
    told = f"{len(dataset.samples)} microscopy images as OME-TIFF; each file is described in {TABLE} and {README}."
    return f"<p>{escape(text)}</p><p>{told}</p>"


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    yield from folder_problems(package, context)
    folders = [path for path in (package / "upload").iterdir() if path.is_dir()]
    yield from (Problem("files", f"a folder, which Zenodo does not know: {path.name}") for path in folders)
    metadata = json.loads((package / METADATA).read_bytes())["metadata"]
    for name in REQUIRED:
        if not metadata.get(name):
            yield Problem("metadata", f"zenodo.json: {name}: required")
    for creator in metadata.get("creators", ()):
        if not creator.get("name"):
            yield Problem("metadata", "zenodo.json: creators: name required")
    if (package / DATACITE).is_file():
        found = schema_problems(json.loads((package / DATACITE).read_bytes()))
        yield from (Problem("metadata", f"datacite.json: {text}") for text in found)


KIND = Kind(
    name="zenodo",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="own checks of required fields and of the table of files; where a release date is stated, the JSON "
    "schema of DataCite 4.5 as well",
    to_do=(
        "Upload the files of the folder `upload` to a new record at Zenodo, or through its REST API, whose body is "
        "`submission/zenodo.json`.",
        "Zenodo registers the DOI when you publish: write it back to the study.",
    ),
)
