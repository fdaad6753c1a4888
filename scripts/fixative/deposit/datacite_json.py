"""DataCite 4.5 metadata of a data set, as JSON.

Notes
-----
https://datacite-metadata-schema.readthedocs.io/en/4.5/
"""

from collections.abc import Iterator
from typing import Any

from fixative.deposit.dataset import Dataset
from fixative.deposit.describe import NCBI, authors, contact, licence, release_year
from fixative.deposit.people import Person

SCHEMA = "http://datacite.org/schema/kernel-4"


def datacite(dataset: Dataset, *, publisher: str | None, files: int, size: int) -> dict[str, Any]:
    """Compose the record; what nobody has stated is absent.

    Parameters
    ----------
    publisher
        Who publishes it: the repository, or whom `deposit.publisher` names.
    files, size
        How many files are deposited, and their bytes.
    """
    year, known = release_year(dataset), licence(dataset)
    title, description = dataset.value("study_title"), dataset.value("study_description")
    found: dict[str, Any] = {
        "types": {"resourceType": "Microscopy images", "resourceTypeGeneral": "Dataset"},
        "schemaVersion": SCHEMA,
        "doi": dataset.extra.get("doi"),
        "creators": [_creator(person, dataset) for person in authors(dataset)],
        "titles": [{"title": title}] if title else [],
        "publisher": {"name": publisher} if publisher else None,
        "publicationYear": year,
        "descriptions": [{"description": description, "descriptionType": "Abstract"}] if description else [],
        "subjects": list(_subjects(dataset)),
        "contributors": list(_contributors(dataset)),
        "dates": list(_dates(dataset)),
        "alternateIdentifiers": [{"alternateIdentifier": dataset.identifier, "alternateIdentifierType": "URN"}],
        "relatedIdentifiers": list(_related(dataset)),
        "sizes": [f"{files} files", f"{size} bytes"] if files else [],
        "formats": ["image/tiff", "application/json"],
        "rightsList": [_rights(dataset)] if known or dataset.value("license") else [],
        "fundingReferences": [{"funderName": funding}] if (funding := dataset.value("study_funding")) else [],
    }
    return {name: value for name, value in found.items() if value}


def _creator(person: Person, dataset: Dataset) -> dict[str, Any]:
    affiliation = dataset.value("study_affiliation")
    found: dict[str, Any] = {"name": person.name, "nameType": "Personal"}
    if person.family and person.given:
        found |= {"familyName": person.family, "givenName": person.given}
    if affiliation:
        found["affiliation"] = [{"name": affiliation}]
    if person.orcid:
        found["nameIdentifiers"] = [
            {
                "nameIdentifier": f"https://orcid.org/{person.orcid}",
                "nameIdentifierScheme": "ORCID",
                "schemeUri": "https://orcid.org",
            }
        ]
    return found


def _subjects(dataset: Dataset) -> Iterator[dict[str, str]]:
    for word in dataset.keywords:
        yield {"subject": word}
    for term in dataset.organisms:
        subject = {"subject": term.name or f"NCBITaxon:{term.number}"}
        yield subject | ({"subjectScheme": "NCBITaxon", "valueUri": f"{NCBI}{term.number}"} if term.number else {})
    for term in dataset.modalities:
        subject = {"subject": term.name or f"FBbi:{term.number}"}
        uri = f"http://purl.obolibrary.org/obo/FBbi_{term.number}"
        yield subject | ({"subjectScheme": "FBbi", "valueUri": uri} if term.number else {})


def _contributors(dataset: Dataset) -> Iterator[dict[str, Any]]:
    person = contact(dataset)
    if person.name:
        yield {"name": person.name, "nameType": "Personal", "contributorType": "ContactPerson"}


def _dates(dataset: Dataset) -> Iterator[dict[str, str]]:
    taken = sorted(date[:10] for sample in dataset.samples if (date := sample.value("acquisition_date")))
    if taken:
        span = taken[0] if taken[0] == taken[-1] else f"{taken[0]}/{taken[-1]}"
        yield {"date": span, "dateType": "Collected"}
    if stated := dataset.value("study_release_date"):
        yield {"date": stated, "dateType": "Available"}


def _related(dataset: Dataset) -> Iterator[dict[str, str]]:
    if doi := dataset.value("study_publication"):
        bare = doi[doi.index("10.") :] if "10." in doi else doi
        yield {"relatedIdentifier": bare, "relatedIdentifierType": "DOI", "relationType": "IsSupplementTo"}
    for sample in dataset.samples:
        yield {"relatedIdentifier": sample.identifier, "relatedIdentifierType": "URN", "relationType": "HasPart"}


def _rights(dataset: Dataset) -> dict[str, str]:
    known = licence(dataset)
    if known is None:
        return {"rights": dataset.value("license") or ""}
    return {
        "rights": known.name,
        "rightsUri": known.url,
        "rightsIdentifier": known.spdx,
        "rightsIdentifierScheme": "SPDX",
        "schemeUri": "https://spdx.org/licenses/",
    }


def schema_problems(record: Any) -> Iterator[str]:
    """What the schema of DataCite 4.5 says against a record: the package `datacite` carries it."""
    from datacite import schema45

    for error in sorted(
        schema45.validator.iter_errors(record), key=lambda error: list(map(str, error.absolute_path))
    ):
        place = "/".join(str(part) for part in error.absolute_path)
        yield f"{place or 'record'}: {error.message}"
