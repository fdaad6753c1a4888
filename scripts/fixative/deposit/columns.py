"""Columns of the sample sheet that a deposition asks for, beside those that every sample has.

None of them has to be there: what a repository needs and nobody states is listed with the column that would state it.
"""

from collections.abc import Mapping
from datetime import date

STUDY: Mapping[str, str] = {
    "study_title": "title of the study",
    "study_description": "what the study is about",
    "study_authors": "authors, separated by `;`, each as `Family, Given (ORCID)`; the ORCID may be left out",
    "study_affiliation": "institution of the authors",
    "study_keywords": "keywords, separated by `;`",
    "study_funding": "who paid for it, with the number of the grant",
    "study_contact": "who answers questions: `Family, Given <e-mail>`",
    "study_contact_organisation": "institution of the contact",
    "study_contact_country": "country of the contact's institution, two letters of ISO 3166-1",
    "study_pi": "principal investigator: `Family, Given <e-mail>`",
    "study_pi_organisation": "institution of the principal investigator",
    "study_pi_country": "country of that institution, two letters of ISO 3166-1",
    "study_publication": "DOI of the publication, as `10.1234/abcd`",
    "study_publication_title": "title of the publication",
    "study_publication_type": "`journal` or `other`",
    "study_release_date": "when the data may become public: YYYY-MM-DD",
    "study_url": "address of a page on which the data can be found",
    "study_location": "where the data were collected",
    "ethics_statement": "consent and ethical approval, where specimens are of people",
    "license": "licence, as its SPDX identifier: `CC-BY-4.0`, `CC0-1.0`",
    "empiar_experiment_type": "type of the EMPIAR entry, a number: 4 is SBF-SEM, 5 FIB-SEM",
    "empiar_release": "when EMPIAR releases it: RE, EP, HP or HO",
    "empiar_category": "kind of the images at EMPIAR: T1 to T14, or words of your own",
}
"""What holds for a data set as a whole: it is enough that one row states it, and all that do must agree."""

SAMPLE: Mapping[str, str] = {
    "organism": "species, by name or NCBI taxon",
    "organism_taxon": "number of the species in the NCBI taxonomy, as `NCBITaxon:9606`",
    "modality": "how it was imaged, by name or FBbi term",
    "modality_term": "term of the imaging method in the ontology FBbi, as `FBbi:00000251`",
    "instrument": "the microscope",
    "study_component": "what the images of this component have in common, and for what",
    "biological_entity": "what is seen: a cell line, tissue, structure or protein",
    "growth_protocol": "how cells or animals were kept",
    "sample_preparation": "how the specimen was prepared: fixation, staining, mounting",
    "acquisition_parameters": "settings that neither the source nor other columns state",
    "analysis_protocol": "how the images were processed after they were taken",
    "channel_names": "names of the channels, separated by `;`",
    "fluorophores": "dye or protein of each channel, separated by `;`",
    "objective_na": "numerical aperture of the objective",
    "detector_model": "model of the camera or detector",
    "microscope_manufacturer": "maker of the microscope",
    "microscope_model": "model of the microscope",
    "physical_size_x_um": "width of a pixel in µm",
    "physical_size_y_um": "height of a pixel in µm",
    "acquisition_date": "when it was taken: YYYY-MM-DD",
    "notes": "anything else",
}
"""What holds for a sample. Those that are fields of the OME-XML are read there first."""

COLUMNS: Mapping[str, str] = {**STUDY, **SAMPLE}


def is_date(text: str | None) -> bool:
    """Whether it is a day: YYYY-MM-DD."""
    try:
        return text is not None and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
