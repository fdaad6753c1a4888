"""EMPIAR: the images of each sample as an image set, and the JSON that empiar-depositor sends.

Notes
-----
https://github.com/emdb-empiar/empiar-depositor (empiar_deposition.schema.json, Apache-2.0)
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fixative.deposit import shared_needs as need
from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.describe import acquisition, authors, instrument, reachable
from fixative.deposit.needs import Need
from fixative.deposit.people import Person, person_of
from fixative.deposit.repositories import SUBMISSION, UPLOAD, Context, Documents, Kind, Placed, Problem, image
from fixative.files import json_bytes

DEPOSITION = f"{SUBMISSION}/deposition.json"
REQUIRED = (
    *("title", "release_date", "experiment_type", "authors"),
    *("corresponding_author", "principal_investigator", "imagesets", "citation"),
)
_VOXELS = {
    "uint8": "T1",
    "int8": "T2",
    "uint16": "T3",
    "int16": "T4",
    "uint32": "T5",
    "int32": "T6",
    "float32": "T7",
    "bit": "T8",
}
_TIFF = "('T3', '')"
_COUNTRY = re.compile(r"[A-Z]{2}")


def _number(dataset: Dataset) -> int | None:
    text = dataset.value("empiar_experiment_type") or ""
    return int(text) if text.isdigit() else None


NEEDS = (
    Need(
        "title",
        "study_title",
        "required",
        "names the study, in 10 to 255 characters",
        study=lambda dataset: 10 <= len(dataset.value("study_title") or "") <= 255,
    ),
    Need(
        "release_date",
        "empiar_release",
        "required",
        "one of RE, EP, HP, HO",
        study=lambda dataset: dataset.value("empiar_release") in ("RE", "EP", "HP", "HO"),
    ),
    Need(
        "experiment_type",
        "empiar_experiment_type",
        "required",
        "a number of EMPIAR's list",
        study=lambda dataset: _number(dataset) is not None,
    ),
    Need("imagesets/category", "empiar_category", "required", "says what kind of images these are"),
    need.parted_authors(),
    need.contact(),
    Need("corresponding_author/organization", "study_contact_organisation", "required", "where the contact works"),
    Need(
        "corresponding_author/country",
        "study_contact_country",
        "required",
        "two capital letters of ISO 3166-1",
        study=lambda dataset: bool(_COUNTRY.fullmatch(dataset.value("study_contact_country") or "")),
    ),
    Need(
        "principal_investigator",
        "study_pi",
        "required",
        "asks for a person with an e-mail address: write `Family, Given <e-mail>`",
        study=reachable("study_pi"),
    ),
    Need("principal_investigator/organization", "study_pi_organisation", "required", "where that person works"),
    Need(
        "principal_investigator/country",
        "study_pi_country",
        "required",
        "two capital letters of ISO 3166-1",
        study=lambda dataset: bool(_COUNTRY.fullmatch(dataset.value("study_pi_country") or "")),
    ),
    Need(
        "citation",
        "study_publication_title",
        "required",
        "a deposition belongs to a publication, out or in preparation",
    ),
    Need(
        "citation/j_or_nj_citation",
        "study_publication_type",
        "required",
        "journal or other",
        study=lambda dataset: dataset.value("study_publication_type") in ("journal", "other"),
    ),
    need.scale(),
    need.publication(),
    need.ethics(),
)


def _place(sample: Sample, file: PublicFile) -> str | None:
    return f"data/{sample.name}/{sample.name}.ome.tiff" if image(sample, file) else None


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    return {DEPOSITION: json_bytes(_deposition(dataset, placed))}


def _deposition(dataset: Dataset, placed: Sequence[Placed]) -> dict[str, Any]:
    found = {
        "title": dataset.value("study_title"),
        "release_date": dataset.value("empiar_release"),
        "experiment_type": _number(dataset),
        "authors": _authors(dataset),
        "corresponding_author": _person(dataset, "study_contact"),
        "principal_investigator": _listed(_person(dataset, "study_pi")),
        "imagesets": [_imageset(dataset, each) for each in placed],
        "citation": _listed(_citation(dataset)),
    }
    return {name: value for name, value in found.items() if value}


def _authors(dataset: Dataset) -> list[dict[str, Any]]:
    return [
        {"name": _name(person), "order_id": place, "author_orcid": person.orcid}
        for place, person in enumerate(authors(dataset))
        if person.family and person.initials
    ]


def _name(person: Person) -> str:
    return f"('{person.family}', '{person.initials}')"


def _person(dataset: Dataset, column: str) -> dict[str, Any]:
    person = person_of(dataset.value(column))
    found = {
        "author_orcid": person.orcid,
        "first_name": person.given,
        "last_name": person.family,
        "organization": dataset.value(f"{column}_organisation"),
        "email": person.email,
        "country": dataset.value(f"{column}_country"),
    }
    return {name: value for name, value in found.items() if value}


def _citation(dataset: Dataset) -> dict[str, Any]:
    title = dataset.value("study_publication_title")
    if not title:
        return {}
    doi = dataset.value("study_publication")
    kind = dataset.value("study_publication_type")
    found: dict[str, Any] = {"authors": _authors(dataset), "published": bool(doi), "title": title, "doi": doi}
    if kind:
        found["j_or_nj_citation"] = kind == "journal"
    return {name: value for name, value in found.items() if value is not None}


def _imageset(dataset: Dataset, each: Placed) -> dict[str, Any]:
    """One sample: its file holds one image or several, whose pages are the frames."""
    sample, images = each.sample, each.sample.images
    kinds = {facts.dtype for facts in images}
    frames = {facts.size_z * facts.size_c * facts.size_t for facts in images}
    widths, heights = {facts.size_x for facts in images}, {facts.size_y for facts in images}
    told = [text for text in (instrument(sample), acquisition(sample)) if text]
    if len(frames) > 1:
        told.append(f"planes of the images: {', '.join(map(str, sorted(frames)))}")
    return {
        "name": sample.name,
        "directory": f"/data/{sample.name}",
        "category": _category(dataset.value("empiar_category")),
        "header_format": _TIFF,
        "data_format": _TIFF,
        "num_images_or_tilt_series": len(images),
        "frames_per_image": max(frames, default=0),
        "voxel_type": _voxel(kinds),
        "pixel_width": _angstrom(sample, "x"),
        "pixel_height": _angstrom(sample, "y"),
        "image_width": widths.pop() if len(widths) == 1 else None,
        "image_height": heights.pop() if len(heights) == 1 else None,
        "details": "; ".join(told) or None,
    }


def _category(text: str | None) -> str:
    if text and re.fullmatch(r"T(?:1[0-4]|[1-9])", text):
        return f"('{text}', '')"
    return f"('OT', '{text}')" if text else ""


def _voxel(kinds: set[str]) -> str:
    if len(kinds) == 1 and (known := _VOXELS.get(next(iter(kinds)))):
        return f"('{known}', '')"
    words = re.sub(r"[^A-Z0-9]+", " ", " ".join(sorted(kinds)).upper()).strip()
    return f"('OT', '{words}')" if words else ""


def _angstrom(sample: Sample, axis: str) -> float | None:
    """EMPIAR takes Å; 10,000 of them are a micrometre. One size for all images, or none."""
    text = sample.value(f"physical_size_{axis}_um")
    return float(text) * 1e4 if text and "|" not in text else None


def _listed(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [value] if value else []


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    deposition = json.loads((package / DEPOSITION).read_bytes())
    for name in REQUIRED:
        if not deposition.get(name):
            yield Problem("metadata", f"deposition.json: {name}: required")
    listed = set()
    for imageset in deposition.get("imagesets", ()):
        folder = package / UPLOAD / imageset["directory"].lstrip("/")
        listed.add(folder)
        if not any(folder.glob("*.ome.tiff")):
            yield Problem("files", f"no image in {imageset['directory']}")
    for path in (package / UPLOAD).rglob("*"):
        if path.is_file() and path.parent not in listed:
            yield Problem("files", f"in no image set: {path.relative_to(package / UPLOAD).as_posix()}")
    if context.empiar_schema is not None:
        yield from (Problem("metadata", f"deposition.json: {text}") for text in _schema(deposition, context))


def _schema(deposition: Any, context: Context) -> Iterator[str]:
    import jsonschema

    assert context.empiar_schema is not None
    schema = json.loads(context.empiar_schema.read_bytes())
    checker = jsonschema.Draft7Validator(schema)
    for error in sorted(checker.iter_errors(deposition), key=lambda error: list(map(str, error.absolute_path))):
        yield f"{'/'.join(str(part) for part in error.absolute_path) or 'deposition'}: {error.message}"


KIND = Kind(
    name="empiar",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="own check of required fields and image sets; with `deposit.empiar_schema`, EMPIAR's own JSON schema",
    to_do=(
        "Ask EMPIAR whether it takes the images: it is for electron microscopy and what goes with it.",
        "Send `submission/deposition.json` with empiar-depositor, or type it into the web form.",
        "Upload the folder `upload/data` by Globus or Aspera.",
    ),
)
