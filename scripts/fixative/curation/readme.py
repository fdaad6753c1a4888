"""README.md of a data set: Cornell's recommended content, filled from what is stated; what is not is named so.

Notes
-----
https://data.research.cornell.edu/data-management/sharing/readme/ (CC BY 4.0)
"""

from collections.abc import Iterator, Sequence

from fixative.deposit.dataset import Dataset, Sample
from fixative.deposit.describe import (
    acquisition,
    authors,
    contact,
    instrument,
    licence,
    modality_text,
    organism_text,
    pixel_size,
    term_text,
)
from fixative.deposit.people import Person, person_of
from fixative.package.text import markdown_text

NOT_STATED = "not stated"
MOST_FILES = 200
"""Files that are listed; of more, the table lists them."""

Listed = tuple[str, int, str]
"""Path, bytes, what it is."""


def dataset_readme(dataset: Dataset, *, files: Sequence[Listed] | None = None, table: str | None = None) -> bytes:
    """Compose it.

    Parameters
    ----------
    files
        Path, bytes and purpose of each file, as they lie beside the README; by default, the payload of the objects.
    table
        Name of a table that lists all files, where there is one.
    """
    listed = list(files) if files is not None else list(_payload(dataset))
    sections = (
        _general(dataset),
        _overview(dataset, listed, table),
        _sharing(dataset),
        _methods(dataset),
        _variables(dataset),
    )
    title = markdown_text(dataset.value("study_title") or f"Microscopy images of the data set {dataset.name}")
    return (f"# {title}\n\n" + "\n\n".join("\n".join(section) for section in sections) + "\n").encode("utf-8")


def _line(name: str, value: str | None) -> str:
    return f"- {name}: {markdown_text(value) if value else NOT_STATED}"


def _general(dataset: Dataset) -> Iterator[str]:
    yield "## General information\n"
    yield _line("Title", dataset.value("study_title"))
    yield _line("Description", dataset.value("study_description"))
    people = "; ".join(_person(person) for person in authors(dataset))
    yield _line("Authors", people)
    yield _line("Institution", dataset.value("study_affiliation"))
    yield _line("Principal investigator", _person(person_of(dataset.value("study_pi"))))
    yield _line("Contact", _person(contact(dataset)))
    yield _line("Contact, institution", dataset.value("study_contact_organisation"))
    yield _line("Date of data collection", _span(dataset))
    yield _line("Place of data collection", dataset.value("study_location"))
    yield _line("Keywords", "; ".join(dataset.keywords))
    yield _line("Language", "English, of this text")
    yield _line("Funding", dataset.value("study_funding"))


def _person(person: Person) -> str:
    extra = [text for text in (person.orcid and f"ORCID {person.orcid}", person.email) if text]
    return f"{person.name} ({', '.join(extra)})" if extra else person.name


def _span(dataset: Dataset) -> str:
    """Earliest to latest day that an image states."""
    dates = sorted(date[:10] for sample in dataset.samples if (date := sample.value("acquisition_date")))
    return "" if not dates else dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"


def _overview(dataset: Dataset, listed: Sequence[Listed], table: str | None) -> Iterator[str]:
    total = sum(size for _, size, _ in listed)
    yield "## Data and file overview\n"
    yield f"{len(dataset.samples)} archived samples, {len(listed)} files of {total} bytes together."
    yield "Files of one sample belong together: the image, and records about that image alone."
    yield _line("Archived", _archived(dataset))
    yield _line("Versions", "one; an object that is archived is never changed")
    yield ""
    if table:
        yield f"Every file is listed in `{table}`, with its size, its SHA-256 and what it shows."
        yield ""
    yield "| file | bytes | what it is |"
    yield "|---|---|---|"
    for path, size, purpose in listed[:MOST_FILES]:
        yield f"| `{path.replace('`', '_')}` | {size} | {markdown_text(purpose)} |"
    if len(listed) > MOST_FILES:
        yield f"| and {len(listed) - MOST_FILES} more | | |"


def _archived(dataset: Dataset) -> str:
    dates = sorted(sample.created[:10] for sample in dataset.samples)
    return dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"


def _payload(dataset: Dataset) -> Iterator[Listed]:
    from fixative.deposit.purposes import kind_and_purpose

    for sample in dataset.samples:
        for file in sample.files:
            yield f"{sample.name}/data/{file.path}", file.bytes, kind_and_purpose(file.path)[1]


def _sharing(dataset: Dataset) -> Iterator[str]:
    known = licence(dataset)
    stated = "; ".join(dataset.values("license"))
    told = f"{known.spdx} ({known.name}, {known.url})" if known else stated
    doi = dataset.value("study_publication")
    title = dataset.value("study_publication_title")
    publication = ", ".join(text for text in (title, f"DOI {doi}" if doi else "") if text)
    yield "## Sharing and access\n"
    yield _line("Licence", told)
    yield _line("Publication", publication)
    yield _line("Derived from", "the files of the microscope, named in each .provenance.json with their digests")
    yield _line("Identifier", dataset.identifier)
    if dataset.url:
        yield _line("Address, formed and not registered", dataset.url)
    people = "; ".join(person.name for person in authors(dataset))
    year = (dataset.value("study_release_date") or "")[:4]
    cited = ". ".join(text for text in (people, dataset.value("study_title"), year, dataset.identifier) if text)
    yield _line("Cite as", cited if people and dataset.value("study_title") else "")
    yield _line("Ethics", dataset.value("ethics_statement"))


def _methods(dataset: Dataset) -> Iterator[str]:
    tools = dict.fromkeys(
        f"{tool['name']} {tool['version']}" for sample in dataset.samples for tool in sample.provenance["software"]
    )
    yield "## Methods\n"
    yield _line("Species", "; ".join(term_text(term, "NCBITaxon") for term in dataset.organisms))
    yield _line("What is seen", "; ".join(dataset.values("biological_entity")))
    yield _line("Preparation of the specimen", "; ".join(dataset.values("sample_preparation")))
    yield _line("Growth protocol", "; ".join(dataset.values("growth_protocol")))
    yield _line("Imaging method", _distinct(dataset, modality_text))
    yield _line("Instrument", _distinct(dataset, instrument))
    yield _line("Acquisition parameters", _distinct(dataset, acquisition))
    yield _line("Processing after acquisition", "; ".join(dataset.values("analysis_protocol")))
    yield _line(
        "Archiving",
        "Fixative wrote each image without loss and compared every plane with the source; smaller levels, for "
        "viewers, were made from the full size",
    )
    yield _line("Quality assurance", _proof(dataset))
    yield _line("Software", "; ".join(tools))


def _distinct(dataset: Dataset, of: "object") -> str:
    assert callable(of)
    return "; ".join(dict.fromkeys(text for sample in dataset.samples if (text := of(sample))))


def _proof(dataset: Dataset) -> str:
    seen = sum(1 for sample in dataset.samples if (sample.provenance.get("witness") or {}).get("reader"))
    count = len(dataset.samples)
    return f"every plane read back and compared; of {seen} of {count} sources a second reader saw the same"


def _variables(dataset: Dataset) -> Iterator[str]:
    yield "## Data-specific information\n"
    yield "- Samples of the images are what the detector counted, in the type that the table states; no unit."
    yield "- Axes: X and Y in pixels, Z slices, C channels, T time points, as the OME-XML of each image names them."
    yield "- Missing data: a plane that was never taken is listed as absent in `.pixels.json`, and is blank there."
    yield "- Empty cells of tables: nothing is stated."
    yield ""
    yield "| sample | species | channels | pixel size | planes |"
    yield "|---|---|---|---|---|"
    for sample in dataset.samples[:MOST_FILES]:
        cells = (sample.name, organism_text(sample), _channels(sample), pixel_size(sample) or NOT_STATED)
        yield f"| {' | '.join(markdown_text(cell) for cell in cells)} | {sample.provenance['pixels']['planes']} |"


def _channels(sample: Sample) -> str:
    return sample.value("channel_names") or NOT_STATED
