"""Texts that several forms share, composed of what is stated; None where nothing is."""

from collections.abc import Callable

from fixative.deposit.columns import is_date
from fixative.deposit.dataset import Dataset, Sample, Term
from fixative.deposit.licences import Licence, licence_of
from fixative.deposit.people import Person, people_of, person_of

NCBI = "http://purl.obolibrary.org/obo/NCBITaxon_"
FBBI = "http://purl.obolibrary.org/obo/FBbi_"
_SETTINGS = {
    "objective_magnification": "objective magnification {}",
    "objective_na": "numerical aperture {}",
    "objective_immersion": "immersion {}",
    "excitation_wavelength_nm": "excitation {} nm",
    "emission_wavelength_nm": "emission {} nm",
    "exposure_time_s": "exposure {} s",
    "detector_model": "detector {}",
    "time_increment_s": "a time point each {} s",
}


def authors(dataset: Dataset) -> tuple[Person, ...]:
    """Authors of the study."""
    return people_of(dataset.value("study_authors"))


def contact(dataset: Dataset) -> Person:
    """Who answers questions; a person without a name where nobody is stated."""
    return person_of(dataset.value("study_contact"))


def licence(dataset: Dataset) -> Licence | None:
    """The licence, where it is one that is known."""
    return licence_of(dataset.value("license"))


def licence_text(dataset: Dataset) -> str:
    """SPDX identifier, or what is stated."""
    known = licence(dataset)
    return known.spdx if known else dataset.value("license") or ""


def release_year(dataset: Dataset) -> str | None:
    """Year in which the data become public, as stated."""
    stated = dataset.value("study_release_date")
    return stated[:4] if stated and is_date(stated) else None


def instrument(sample: Sample) -> str | None:
    """Microscope: by the facility's name for it, maker and model."""
    made = " ".join(
        value for name in ("microscope_manufacturer", "microscope_model") if (value := sample.value(name))
    )
    parts = [sample.columns.get("instrument"), made]
    return ", ".join(part for part in parts if part) or None


def acquisition(sample: Sample) -> str | None:
    """Settings of the acquisition: what the image states, then what the sheet does."""
    told = [text.format(value) for name, text in _SETTINGS.items() if (value := sample.value(name))]
    own = sample.columns.get("acquisition_parameters")
    return "; ".join([*told, *([own] if own else [])]) or None


def pixel_size(sample: Sample) -> str | None:
    """``0.2 x 0.2 x 0.5 µm``: what is stated of X, Y and Z; of images that differ, each."""
    told = dict.fromkeys(size for image in sample.images if (size := pixel_size_of(image.field)))
    return " | ".join(told) or pixel_size_of(sample.columns.get)


def pixel_size_of(field: Callable[[str], str | None]) -> str | None:
    """The same of one image."""
    x, y, z = (field(f"physical_size_{axis}_um") for axis in "xyz")
    return f"{' x '.join(size for size in (x, y, z) if size)} µm" if x and y else None


def has_pixel_size(sample: Sample) -> bool:
    """Whether width and height of a pixel are stated."""
    return pixel_size(sample) is not None


def channels(sample: Sample) -> str | None:
    """Names of the channels, and what they show; of images that differ, each."""
    told = dict.fromkeys(text for image in sample.images if (text := channels_of(image.field)))
    return " | ".join(told) or channels_of(sample.columns.get)


def channels_of(field: Callable[[str], str | None]) -> str | None:
    """The same of one image."""
    names, dyes = field("channel_names"), field("fluorophores")
    return f"{names} ({dyes})" if names and dyes and names != dyes else names or dyes


def dimensions(sample: Sample) -> str:
    """``2 images: 160 x 128 px, Z 2, C 2, T 3, uint16``."""
    told = dict.fromkeys(
        f"{image.size_x} x {image.size_y} px, Z {image.size_z}, C {image.size_c}, T {image.size_t}, {image.dtype}"
        for image in sample.images
    )
    count = len(sample.images)
    return f"{count} image{'s' * (count != 1)}: {'; '.join(told)}" if count else ""


def term_text(term: Term | None, prefix: str) -> str:
    """``Homo sapiens (NCBITaxon:9606)``."""
    if term is None:
        return ""
    number = f"{prefix}:{term.number}" if term.number else ""
    return f"{term.name} ({number})" if term.name and number else term.name or number


def organism_text(sample: Sample) -> str:
    """Species of a sample, with its taxon."""
    return term_text(sample.organism, "NCBITaxon")


def modality_text(sample: Sample) -> str:
    """Imaging method of a sample, with its term."""
    return term_text(sample.modality, "FBbi")


def has_people(dataset: Dataset) -> bool:
    """Whether a specimen is of a human, as far as the species tells."""
    return any(term.number == "9606" or "sapiens" in term.name.casefold() for term in dataset.organisms)


def parted(column: str) -> Callable[[Dataset], bool]:
    """Whether a column names people, and family and given name of each can be told apart."""

    def known(dataset: Dataset) -> bool:
        people = people_of(dataset.value(column))
        return bool(people) and all(person.family and person.initials for person in people)

    return known


def reachable(column: str) -> Callable[[Dataset], bool]:
    """Whether a column names a person with an e-mail address, family and given name parted."""

    def known(dataset: Dataset) -> bool:
        person = person_of(dataset.value(column))
        return bool(person.email and person.family and person.given)

    return known
