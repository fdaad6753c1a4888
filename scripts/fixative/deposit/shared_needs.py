"""Needs that several repositories have, once."""

from fixative.deposit.dataset import Sample
from fixative.deposit.describe import (
    acquisition,
    authors,
    has_people,
    has_pixel_size,
    instrument,
    licence,
    parted,
    reachable,
    release_year,
)
from fixative.deposit.needs import Level, Need


def title(level: Level = "required") -> Need:
    """A title."""
    return Need("title", "study_title", level, "names the study")


def description(level: Level = "required") -> Need:
    """A description."""
    return Need("description", "study_description", level, "says what the study is about")


def author(level: Level = "required") -> Need:
    """Somebody who is to be credited."""
    why = "says who is credited"
    return Need("authors", "study_authors", level, why, study=lambda dataset: bool(authors(dataset)))


def parted_authors(level: Level = "required") -> Need:
    """Authors whose family and given names can be told apart."""
    why = "asks for family and given name apart: write each author as `Family, Given`"
    return Need("authors", "study_authors", level, why, study=parted("study_authors"))


def contact(level: Level = "required") -> Need:
    """Somebody who can be asked."""
    why = "asks for a person with an e-mail address: write `Family, Given <e-mail>`"
    return Need("contact", "study_contact", level, why, study=reachable("study_contact"))


def known_licence(level: Level = "required") -> Need:
    """A licence that is known by its identifier."""
    why = "says how the data may be used, by an identifier such as CC-BY-4.0 or CC0-1.0"
    return Need("licence", "license", level, why, study=lambda dataset: licence(dataset) is not None)


def organism(level: Level = "required") -> Need:
    """A species for each sample."""
    why = "says of which species the specimen is"
    return Need("organism", "organism", level, why, "sample", sample=lambda sample: sample.organism is not None)


def taxon(level: Level = "recommended") -> Need:
    """A number in the NCBI taxonomy for each sample."""
    why = "names the species by its number in the NCBI taxonomy"

    def known(sample: Sample) -> bool:
        return bool(sample.organism and sample.organism.number)

    return Need("taxon", "organism_taxon", level, why, "sample", sample=known)


def method(level: Level = "required") -> Need:
    """An imaging method for each sample."""
    why = "says how it was imaged"
    return Need("imaging method", "modality", level, why, "sample", sample=lambda sample: sample.modality is not None)


def method_term(level: Level = "recommended") -> Need:
    """An ontology term for the imaging method."""
    why = "names the imaging method by its term in FBbi"

    def known(sample: Sample) -> bool:
        return bool(sample.modality and sample.modality.number)

    return Need("imaging method term", "modality_term", level, why, "sample", sample=known)


def microscope(level: Level = "required") -> Need:
    """A microscope for each sample."""
    why = "says with what it was imaged"
    return Need("instrument", "instrument", level, why, "sample", sample=lambda sample: bool(instrument(sample)))


def settings(level: Level = "required") -> Need:
    """Settings of the acquisition for each sample."""
    why = "says with what settings it was imaged; neither image nor sheet states one"
    name, column = "acquisition parameters", "acquisition_parameters"
    return Need(name, column, level, why, "sample", sample=lambda sample: bool(acquisition(sample)))


def scale(level: Level = "recommended") -> Need:
    """A pixel size for each sample."""
    why = "says how large a pixel is"
    return Need("pixel size", "physical_size_x_um", level, why, "sample", sample=has_pixel_size)


def entity(level: Level = "required") -> Need:
    """What is seen in each sample."""
    return Need("biological entity", "biological_entity", level, "says what is seen", "sample")


def preparation(level: Level = "required") -> Need:
    """How each specimen was prepared."""
    return Need("sample preparation", "sample_preparation", level, "says how the specimen was prepared", "sample")


def component(level: Level = "required") -> Need:
    """What the images of a component have in common."""
    return Need("study component", "study_component", level, "says what these images are, and for what", "sample")


def keywords(level: Level = "recommended") -> Need:
    """Keywords."""
    return Need("keywords", "study_keywords", level, "lets the study be found")


def release(level: Level = "recommended") -> Need:
    """When the data become public."""
    why = "says when the data become public: YYYY-MM-DD"
    return Need("release date", "study_release_date", level, why, study=lambda dataset: bool(release_year(dataset)))


def affiliation(level: Level = "recommended") -> Need:
    """Where the authors work."""
    return Need("affiliation", "study_affiliation", level, "says where the authors work")


def funding(level: Level = "recommended") -> Need:
    """Who paid for it."""
    return Need("funding", "study_funding", level, "says who paid for it")


def publication(level: Level = "recommended") -> Need:
    """The publication that the data belong to."""
    return Need("publication", "study_publication", level, "links the data to the publication")


def ethics(level: Level = "recommended") -> Need:
    """Consent, where specimens are of people."""
    why = "specimens are of people: says that they consented and who approved it"
    return Need("ethics", "ethics_statement", level, why, applies=has_people)
