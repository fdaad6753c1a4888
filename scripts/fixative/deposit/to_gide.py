"""GIDE: a detached RO-Crate 1.2 that describes the study for the federated search of BioImage Archive, IDR and SSBD.

Notes
-----
The profile's text, of January 2026: "GIDE search input ro-crate profile" (foundingGIDE).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fixative.deposit import shared_needs as need
from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.describe import FBBI, NCBI, authors, licence
from fixative.deposit.needs import Need
from fixative.deposit.repositories import SUBMISSION, Context, Documents, Kind, Placed, Problem
from fixative.files import json_bytes

CRATE = f"{SUBMISSION}/ro-crate-metadata.json"
CONTEXT = (
    "https://w3id.org/ro/crate/1.2/context",
    {
        "obo": "http://purl.obolibrary.org/obo/",
        "dwc": "http://rs.tdwg.org/dwc/terms/",
        "dwciri": "http://rs.tdwg.org/dwc/iri/",
        "bao": "http://www.bioassayontology.org/bao#",
        "vernacularName": {"@id": "dwc:vernacularName"},
        "scientificName": {"@id": "dwc:scientificName"},
        "Taxon": {"@id": "dwc:Taxon"},
        "measurementMethod": {"@id": "dwciri:measurementMethod"},
    },
)
_ROOT = ("name", "description", "datePublished", "license", "author", "publisher", "about", "measurementMethod")

NEEDS = (
    Need(
        "page of the data",
        "study_url",
        "required",
        "address of the page where the data can be found; `identifiers.prefix` forms one as well",
        study=lambda dataset: bool(dataset.value("study_url") or dataset.url),
    ),
    need.title(),
    need.description(),
    need.release("required"),
    need.known_licence(),
    need.author(),
    Need(
        "publisher",
        "deposit.publisher",
        "required",
        "says who provides the data: a key of the configuration, not a column",
        study=lambda dataset: bool(dataset.publisher),
    ),
    need.taxon("required"),
    need.method_term("required"),
    need.organism(),
    need.method(),
    need.keywords(),
    need.publication(),
    need.affiliation(),
)

Entity = dict[str, Any]


def _place(sample: Sample, file: PublicFile) -> str | None:
    return None


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    return {CRATE: json_bytes({"@context": CONTEXT, "@graph": list(_graph(dataset))})}


def _graph(dataset: Dataset) -> Iterator[Entity]:
    root = dataset.value("study_url") or dataset.url
    yield {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
        **({"about": {"@id": root}} if root else {}),
    }
    taxa, methods = list(_taxa(dataset)), list(_methods(dataset))
    people, publisher = list(_people(dataset)), _publisher(dataset)
    sizes, articles = list(_sizes(dataset)), list(_articles(dataset))
    known = licence(dataset)
    entity: Entity = {
        "@id": root,
        "@type": "Dataset",
        "name": dataset.value("study_title"),
        "description": dataset.value("study_description"),
        "datePublished": dataset.value("study_release_date"),
        "license": known.url if known else None,
        "author": _links(people),
        "publisher": {"@id": publisher["@id"]} if publisher else None,
        "about": _links(taxa),
        "measurementMethod": _links(methods),
        "identifier": dataset.identifier,
        "keywords": list(dataset.keywords),
        "size": _links(sizes),
        "seeAlso": _links(articles),
    }
    yield {name: value for name, value in entity.items() if value}
    yield from (*people, *([publisher] if publisher else []), *taxa, *methods, *sizes, *articles)


def _links(entities: Sequence[Entity]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]


def _taxa(dataset: Dataset) -> Iterator[Entity]:
    for term in dataset.organisms:
        if term.number:
            yield {"@id": f"{NCBI}{term.number}", "@type": "Taxon", "scientificName": term.name}


def _methods(dataset: Dataset) -> Iterator[Entity]:
    for term in dataset.modalities:
        if term.number:
            yield {"@id": f"{FBBI}{term.number}", "@type": "DefinedTerm", "name": term.name}


def _people(dataset: Dataset) -> Iterator[Entity]:
    for number, person in enumerate(authors(dataset), 1):
        identifier = f"https://orcid.org/{person.orcid}" if person.orcid else f"#author-{number}"
        yield {"@id": identifier, "@type": "Person", "name": person.spoken}


def _publisher(dataset: Dataset) -> Entity | None:
    name = dataset.publisher
    return {"@id": "#publisher", "@type": "Organisation", "name": name} if name else None


def _sizes(dataset: Dataset) -> Iterator[Entity]:
    files = [file for sample in dataset.samples for file in sample.files]
    units = (
        ("files", len(files), "UO_0000189", "file count"),
        ("bytes", sum(f.bytes for f in files), "UO_0000233", "bytes"),
    )
    for name, value, code, text in units:
        yield {
            "@id": f"#size-{name}",
            "@type": "QuantitativeValue",
            "value": value,
            "unitCode": f"http://purl.obolibrary.org/obo/{code}",
            "unitText": text,
        }


def _articles(dataset: Dataset) -> Iterator[Entity]:
    doi, title = dataset.value("study_publication"), dataset.value("study_publication_title")
    if doi and title:
        bare = doi[doi.index("10.") :] if "10." in doi else doi
        yield {"@id": f"https://doi.org/{bare}", "@type": "ScholarlyArticle", "name": title}


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    crate = json.loads((package / CRATE).read_bytes())
    yield from (Problem("metadata", f"ro-crate-metadata.json: {text}") for text in profile_problems(crate))


def profile_problems(crate: Any) -> Iterator[str]:
    """What the profile's MUSTs say against a crate."""
    graph = {entity.get("@id"): entity for entity in crate["@graph"]}
    descriptor = graph.get("ro-crate-metadata.json", {})
    if not str(descriptor.get("conformsTo", {}).get("@id", "")).startswith("https://w3id.org/ro/crate/1."):
        yield "no descriptor that conforms to RO-Crate"
    identifier = descriptor.get("about", {}).get("@id")
    root = graph.get(identifier, {})
    if not str(identifier or "").startswith(("http://", "https://")) or "Dataset" not in _types(root):
        yield "root: expected a Dataset whose @id is an absolute address"
    for name in _ROOT:
        if not root.get(name):
            yield f"root: {name}: required"
    for name, wanted in (
        ("about", "Taxon"),
        ("measurementMethod", "DefinedTerm"),
        ("author", "Person"),
        ("publisher", "Organisation"),
    ):
        linked = root.get(name) or []
        targets = [graph.get(link["@id"]) for link in (linked if isinstance(linked, list) else [linked])]
        if any(target is None for target in targets):
            yield f"root: {name}: leads to nothing"
        if targets and not any(wanted in _types(target or {}) for target in targets):
            yield f"root: {name}: expected one of type {wanted}"
    for entity in graph.values():
        if "Taxon" in _types(entity) and not entity.get("scientificName"):
            yield f"{entity['@id']}: scientificName: required"
        if {"DefinedTerm", "Person", "Organisation"} & _types(entity) and not entity.get("name"):
            yield f"{entity['@id']}: name: required"


def _types(entity: Entity) -> set[str]:
    kind = entity.get("@type", ())
    return {kind} if isinstance(kind, str) else set(kind)


KIND = Kind(
    name="gide",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="own check of what the GIDE profile of January 2026 requires",
    to_do=("Put `submission/ro-crate-metadata.json` where your repository offers it to the search of GIDE.",),
)
