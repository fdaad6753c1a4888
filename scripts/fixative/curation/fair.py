"""What of FAIR can be judged before publication: checks on the objects, under the ids of the FAIRsFAIR metrics.

An estimate: F-UJI and FAIR-Checker ask a resolvable address, which a data set has only once it is published.

Notes
-----
FAIRsFAIR Data Object Assessment Metrics 0.8, https://doi.org/10.5281/zenodo.15045911
"""

from collections.abc import Callable

from fixative.curation.criteria import Evidence, Result, State, provenance, stated
from fixative.deposit.dataset import Dataset, Sample
from fixative.deposit.describe import authors, licence

SCHEME = "FAIR, before publication"

_CRATE = "ro-crate-metadata.json"


def _result(criterion: str, *, met: bool, evidence: tuple[Evidence, ...], missing: str, column: str = "") -> Result:
    state: State = "met" if met else "not met"
    told = "" if met else missing
    return Result(SCHEME, "", criterion, "", state, evidence if met else (), told, "" if met else column)


def _unique(dataset: Dataset) -> Result:
    evidence = tuple(provenance(sample, "/identifier") for sample in dataset.samples[:1])
    met = len({sample.identifier for sample in dataset.samples}) == len(dataset.samples)
    return _result("FsF-F1-01MD globally unique identifiers", met=met, evidence=evidence, missing="identifiers")


def _persistent(dataset: Dataset) -> Result:
    return _result(
        "FsF-F1-02MD persistent identifiers",
        met=False,
        evidence=(),
        missing="a registered DOI or ARK: "
        + (f"{dataset.url} is formed, not registered" if dataset.url else "none is formed (identifiers.prefix)"),
    )


def _core(dataset: Dataset) -> Result:
    needed = ("study_title", "study_description", "study_authors", "study_keywords", "study_release_date")
    known = tuple(column for column in needed if dataset.value(column))
    without = [column for column in needed if column not in known]
    return _result(
        "FsF-F2-01M core metadata: creator, title, identifier, date, summary, keywords",
        met=not without,
        evidence=tuple(stated(_teller(dataset, column), column) for column in known),
        missing=", ".join(without),
        column=" ".join(without),
    )


def _teller(dataset: Dataset, column: str) -> Sample:
    return next(sample for sample in dataset.samples if column in sample.columns)


def _in_all(criterion: str, ending: str, pointer: str = "") -> Callable[[Dataset], Result]:
    def judge(dataset: Dataset) -> Result:
        without = [
            sample.name for sample in dataset.samples if not any(file.path.endswith(ending) for file in sample.files)
        ]
        path = next((file.path for file in dataset.samples[0].files if file.path.endswith(ending)), ending)
        missing = f"{ending} in {', '.join(without)}"
        return _result(criterion, met=not without, evidence=(Evidence(path, pointer),), missing=missing)

    return judge


def _licence(dataset: Dataset) -> Result:
    known = licence(dataset)
    return _result(
        "FsF-R1.1-01M a licence, by an identifier that machines know",
        met=known is not None,
        evidence=(stated(_teller(dataset, "license"), "license"),) if known else (),
        missing="one licence for all samples, as an SPDX identifier",
        column="license",
    )


def _access(dataset: Dataset) -> Result:
    met = bool(dataset.value("license"))
    return _result(
        "FsF-A1-01M the access level and the conditions of access",
        met=met,
        evidence=(stated(_teller(dataset, "license"), "license"),) if met else (),
        missing="a licence",
        column="license",
    )


def _terms(dataset: Dataset) -> Result:
    taxa = [term for term in dataset.organisms if term.number]
    methods = [term for term in dataset.modalities if term.number]
    return _result(
        "FsF-I2-01M terms of ontologies: species (NCBI), imaging method (FBbi)",
        met=bool(taxa and methods),
        evidence=(provenance(dataset.samples[0], "/sample"),),
        missing=" and ".join(text for text, known in (("a taxon", taxa), ("an FBbi term", methods)) if not known),
        column=" ".join(
            column for column, known in (("organism_taxon", taxa), ("modality_term", methods)) if not known
        ),
    )


def _related(dataset: Dataset) -> Result:
    people = [person for person in authors(dataset) if person.orcid]
    publication = dataset.value("study_publication")
    known = [column for column in ("study_publication", "study_authors") if dataset.value(column)]
    return _result(
        "FsF-I3-01M links to related entities: publication, ORCID of authors",
        met=bool(people or publication),
        evidence=tuple(stated(_teller(dataset, column), column) for column in known),
        missing="a publication's DOI or an author's ORCID",
        column="study_publication study_authors",
    )


_JUDGES: tuple[Callable[[Dataset], Result], ...] = (
    _unique,
    _persistent,
    _core,
    _in_all("FsF-F3-01M the metadata name the data they describe", _CRATE, "/@graph/1/hasPart"),
    _access,
    _in_all("FsF-I1-01M metadata in a formal language (JSON-LD)", _CRATE),
    _terms,
    _related,
    _in_all("FsF-R1-01M the content is described: type, sizes, files", ".pixels.json", "/images"),
    _licence,
    _in_all("FsF-R1.2-01M provenance", ".provenance.json"),
    _in_all("FsF-R1.3-01M a metadata standard of the community (OME, PREMIS)", "premis.xml"),
    _in_all("FsF-R1.3-02D a file format of the community (OME-TIFF)", ".ome.tiff"),
)


def fair(dataset: Dataset) -> list[Result]:
    """Judge a data set; nothing is asked of the network."""
    return [judge(dataset) for judge in _JUDGES]
