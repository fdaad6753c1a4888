"""Small sealed data sets for tests of depositing and curation: their sheet states what repositories ask for."""

from dataclasses import replace
from pathlib import Path

from fixative.deposit.dataset import Dataset, read_dataset
from fixative.deposit.options import DepositOptions
from fixative.deposit.package import Package, make_package
from fixative.deposit.repositories import Limits, kind_of
from fixative.package.assemble import assemble_object
from fixative.package.seal import seal_object
from objects import NOW, make_parts

STUDY = {
    "study_title": "Spindle assembly in dividing cells",
    "study_description": "Cells were imaged through mitosis.",
    "study_authors": "Ferreira, Rosa (0000-0002-1825-0097); Okafor, Ada",
    "study_affiliation": "Institute of Examples",
    "study_keywords": "mitosis; spindle",
    "study_funding": "Example Foundation 123",
    "study_contact": "Ferreira, Rosa <rosa@example.org>",
    "study_contact_organisation": "Institute of Examples",
    "study_contact_country": "CH",
    "study_pi": "Okafor, Ada <ada@example.org>",
    "study_pi_organisation": "Institute of Examples",
    "study_pi_country": "CH",
    "study_publication": "10.1234/spindle",
    "study_publication_title": "Spindles assemble",
    "study_publication_type": "journal",
    "study_release_date": "2027-01-31",
    "study_url": "https://example.org/data/1",
    "empiar_experiment_type": "4",
    "empiar_release": "RE",
    "empiar_category": "T1",
}
SAMPLE = {
    "organism_taxon": "NCBITaxon:10090",
    "modality_term": "FBbi:00000246",
    "study_component": "Movies of dividing cells",
    "biological_entity": "fibroblasts, tubulin",
    "sample_preparation": "fixed in PFA, stained with DAPI",
    "acquisition_parameters": "exposure 50 ms",
    "analysis_protocol": "none",
    "physical_size_x_um": "0.2",
    "physical_size_y_um": "0.2",
}
ROW = {"organism": "Mus musculus", "modality": "wide-field fluorescence microscopy", "instrument": "Widefield 3"}
EVERYTHING = {**STUDY, **SAMPLE}
PUBLISHER = "Institute of Examples"


def make_sealed(
    folder: Path, sample: str = "A", *, policy: str = "facility", burnt_in: str = "no", required=None, **given
) -> Path:
    """Seal an object of data set `set1` under FOLDER/archive; ``extra`` and other columns are the sheet's."""
    columns = {"license": "CC0-1.0", "extra": EVERYTHING, **ROW, **given}
    parts = make_parts(folder / "staging" / sample, sample, **columns)
    log = parts.log.model_copy(update={"policy": policy, "burnt_in": burnt_in})
    partial = folder / "staging" / sample / "object"
    assemble_object(replace(parts, log=log, required=required), partial, now=NOW)
    final = folder / "archive/set1" / sample
    seal_object(partial, final, source=parts.row.source)
    return final


def options(folder: Path, **given) -> DepositOptions:
    """Options of a deposition of `set1`."""
    return DepositOptions(
        archive_root=folder / "archive",
        dataset="set1",
        policies=("facility",),
        **{"publisher": PUBLISHER, **given},
    )


def read(folder: Path, sheet=None) -> Dataset:
    """The data set, as its objects describe it."""
    found = read_dataset(folder / "archive", "set1", sheet)
    urn = "urn:uuid:0a1cd04c-c97b-573b-a1ff-3694542f356c"
    return replace(found, identifier=urn, publisher=PUBLISHER)


def deposit(folder: Path, repository: str, *, limits: Limits | None = None, sheet=None, **given) -> Package:
    """Make a package at FOLDER/package."""
    asked = options(folder, **given)
    return make_package(read(folder, sheet), kind_of(repository), asked, folder / "package", limits=limits)
