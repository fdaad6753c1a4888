"""Image Data Resource: study file, file paths, bulk import, annotations.

The IDR gives a study its number; until then the names say 0000, as its templates do.

Notes
-----
https://github.com/IDR/idr0000-lastname-example, https://idr.openmicroscopy.org/about/submission.html
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fixative.deposit import shared_needs as need
from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.describe import acquisition, authors, channels_of, contact, instrument, licence, pixel_size_of
from fixative.deposit.folder import lint_listed
from fixative.deposit.people import Person
from fixative.deposit.repositories import SUBMISSION, UPLOAD, Context, Documents, Kind, Placed, Problem, image
from fixative.deposit.tables import exact_csv, exact_tsv, read_csv, read_tsv

STUDY = "idr0000"
EXPERIMENT = f"{STUDY}-experimentA"
FOLDER = f"{SUBMISSION}/experimentA"
FILESETS = f"/uod/idr/filesets/{STUDY}"
"""Where the IDR puts what was uploaded, on its own server."""
FILL_IN = "# fill in"
"""The template's marker: for what is required, and nobody has stated."""

NEEDS = (
    need.title(),
    need.description(),
    need.parted_authors(),
    need.contact(),
    need.known_licence(),
    need.organism(),
    need.method(),
    need.settings(),
    need.taxon(),
    need.method_term(),
    need.keywords(),
    need.entity("recommended"),
    need.preparation("recommended"),
    need.publication(),
    need.release(),
    need.ethics(),
)

_BULK = f"""---
continue: "true"
transfer: "ln_s"
exclude: "clientpath"
checksum_algorithm: "File-Size-64"
path: "{EXPERIMENT}-filePaths.tsv"
columns:
  - target
  - path
"""


def _place(sample: Sample, file: PublicFile) -> str | None:
    return f"{sample.name}.ome.tiff" if image(sample, file) else None


def _documents(dataset: Dataset, placed: Sequence[Placed]) -> Documents:
    annotations = list(_annotations(dataset))
    return {
        f"{SUBMISSION}/{STUDY}-study.txt": exact_tsv(_study(dataset)),
        f"{FOLDER}/{EXPERIMENT}-filePaths.tsv": exact_tsv(
            [f"Dataset:name:{dataset.name}", f"{FILESETS}/{each.upload}"] for each in placed
        ),
        f"{FOLDER}/{EXPERIMENT}-bulk.yml": _BULK.encode(),
        f"{FOLDER}/{EXPERIMENT}-annotation.csv": exact_csv(annotations),
        f"{FOLDER}/{EXPERIMENT}-bulkmap-config.yml": _bulkmap(annotations[0]).encode(),
    }


def _study(dataset: Dataset) -> Iterator[list[str]]:
    people, known = authors(dataset), licence(dataset)
    yield ["# STUDY DESCRIPTION SECTION"]
    yield ["Comment[IDR Study Accession]", ""]
    yield ["Study Title", dataset.value("study_title") or FILL_IN]
    yield ["Study Description", dataset.value("study_description") or FILL_IN]
    yield ["Study Key Words", *dataset.keywords]
    yield ["Study Organism", *([term.name for term in dataset.organisms] or [FILL_IN])]
    yield ["Study Organism Term Source REF", *["NCBITaxon" for _ in dataset.organisms]]
    yield ["Study Organism Term Accession", *[term.number or "" for term in dataset.organisms]]
    yield ["Study Experiments Number", "1"]
    yield ["Study External URL", dataset.value("study_url") or ""]
    yield ["Study Public Release Date", dataset.value("study_release_date") or ""]
    yield []
    yield ["# Study Publication"]
    yield ["Study Publication Title", dataset.value("study_publication_title") or ""]
    yield ["Study Author List", ", ".join(_cited(person) for person in people) or FILL_IN]
    yield ["Study DOI", dataset.value("study_publication") or ""]
    yield []
    yield ["# Study Contacts"]
    person = contact(dataset)
    yield ["Study Person Last Name", person.family or FILL_IN]
    yield ["Study Person First Name", person.given or FILL_IN]
    yield ["Study Person Email", person.email or FILL_IN]
    yield ["Study Person Address", dataset.value("study_contact_organisation") or ""]
    yield ["Study Person ORCID", person.orcid or ""]
    yield ["Study Person Roles", "submitter"]
    yield []
    yield ["# Study License and Data DOI"]
    yield ["Study License", (known.spdx if known else dataset.value("license")) or FILL_IN]
    yield ["Study License URL", known.url if known else ""]
    yield []
    yield ["Term Source Name", "NCBITaxon", "EFO", "CMPO", "FBbi"]
    terms = ("http://purl.obolibrary.org/obo/", "http://www.ebi.ac.uk/efo/", "http://www.ebi.ac.uk/cmpo/")
    yield ["Term Source URI", *terms, terms[0]]
    yield []
    yield from _experiment(dataset)


def _experiment(dataset: Dataset) -> Iterator[list[str]]:
    total = sum(sample.image_file.bytes for sample in dataset.samples)
    images = sum(len(sample.images) for sample in dataset.samples)
    methods = dataset.modalities
    yield ["# EXPERIMENT SECTION"]
    yield ["Experiment Number", "1"]
    yield ["Comment[IDR Experiment Name]", ""]
    yield ["Experiment Description", "; ".join(dataset.values("study_component"))]
    yield ["Experiment Size", f"5D Images: {images}", f"Total Tb: {total / 1e12:.6f}"]
    yield ["Experiment Imaging Method", *([term.name for term in methods] or [FILL_IN])]
    yield ["Experiment Imaging Method Term Source REF", *["Fbbi" for _ in methods]]
    yield ["Experiment Imaging Method Term Accession", *[f"FBbi_{t.number}" if t.number else "" for t in methods]]
    yield []
    yield ["Experiment Assay File", f"{EXPERIMENT}-annotation.csv"]
    yield ["Experiment Assay File Format", "comma-separated text"]
    yield []
    yield ["# Protocols"]
    names = ["growth protocol", "treatment protocol", "image acquistion and feature extraction protocol"]
    names.append("data analysis protocol")  # the third name is spelt as the template spells it
    acquired = dict.fromkeys(text for sample in dataset.samples if (text := _acquired(sample)))
    yield ["Protocol Name", *names]
    yield ["Protocol Type", *names]
    texts = (dataset.values("growth_protocol"), dataset.values("sample_preparation"), acquired)
    told = [" | ".join(values) for values in (*texts, dataset.values("analysis_protocol"))]
    yield ["Protocol Description", *told]


def _acquired(sample: Sample) -> str:
    return "; ".join(text for text in (instrument(sample), acquisition(sample)) if text)


def _cited(person: Person) -> str:
    return f"{person.family} {person.initials}" if person.family and person.initials else person.name


def _annotations(dataset: Dataset) -> Iterator[list[str]]:
    yield [
        "Dataset Name",
        "Image Name",
        "Characteristics [Organism]",
        "Term Source 1 REF",
        "Term Source 1 Accession",
        "Comment [Biological Entity]",
        "Comment [Sample Preparation]",
        "Comment [Imaging Method]",
        "Channels",
        "Comment [Pixel Size]",
        "Comment [Archive Identifier]",
    ]
    for sample in dataset.samples:
        organism, modality = sample.organism, sample.modality
        shared = [
            organism.name if organism else "",
            "NCBITaxon" if organism and organism.number else "",
            (organism.number or "") if organism else "",
            sample.columns.get("biological_entity", ""),
            sample.columns.get("sample_preparation", ""),
            modality.name if modality else "",
        ]
        for name, field in images_in_omero(sample, f"{sample.name}.ome.tiff"):
            told = [channels_of(field) or "", pixel_size_of(field) or "", sample.identifier]
            yield [dataset.name, name, *shared, *told]


def images_in_omero(sample: Sample, name: str) -> list[tuple[str, Callable[[str], str | None]]]:
    """Images of a file as OMERO names them, each with its fields.

    It takes the file's name, or the one that is asked for, and puts the image's in brackets where there are several.
    """
    images = sample.images
    if len(images) < 2:
        return [(name, sample.value)]
    return [(f"{name} [{image.name or image.index + 1}]", image.field) for image in images]


def _bulkmap(header: Sequence[str]) -> str:
    """Which columns of the annotation OMERO shows, and under which name."""
    shown = [name for name in header[2:] if not name.startswith("Term Source")]
    lines = ["---", f"name: {STUDY}/experimentA", "version: 1", "", "defaults:", "  include: no", "  type: string"]
    lines += ["  split:", "  includeclient: yes", "  visible: yes", "  omitempty: yes", "", "columns:"]
    for name in shown:
        client = name.partition("[")[2].rstrip("]") or name
        lines += [f'  - name: "{name}"', f'    clientname: "{client}"', "    include: yes"]
    return "\n".join(lines) + "\n"


def _problems(package: Path, context: Context) -> Iterator[Problem]:
    import yaml

    folder = package / FOLDER
    rows = read_tsv(folder / f"{EXPERIMENT}-filePaths.tsv")
    for number, row in enumerate(rows, 1):
        if len(row) != 2 or not row[0].startswith("Dataset:name:") or not row[1].startswith(f"{FILESETS}/"):
            yield Problem("files", f"filePaths.tsv, line {number}: expected a target and a path below {FILESETS}")
    yield from lint_listed(package / UPLOAD, [row[-1].removeprefix(f"{FILESETS}/") for row in rows])
    bulk = yaml.safe_load((folder / f"{EXPERIMENT}-bulk.yml").read_bytes())
    if bulk.get("columns") != ["target", "path"] or not (folder / str(bulk.get("path"))).is_file():
        yield Problem("files", "bulk.yml: does not name the table of paths and its columns")
    table = read_csv(folder / f"{EXPERIMENT}-annotation.csv")
    if any(len(row) != len(table[0]) for row in table):
        yield Problem("files", "annotation.csv: rows of different length")
    names = [row[1] for row in table[1:]]
    if len(set(names)) != len(names):
        yield Problem("files", "annotation.csv: an image name stands twice")
    config = yaml.safe_load((folder / f"{EXPERIMENT}-bulkmap-config.yml").read_bytes())
    for column in config["columns"]:
        if column["name"] not in table[0]:
            yield Problem("files", f"bulkmap-config.yml: no column {column['name']!r} in annotation.csv")
    study = (package / SUBMISSION / f"{STUDY}-study.txt").read_text(encoding="utf-8")
    for line in study.splitlines():
        name, *values = line.split("\t")
        if FILL_IN in values:
            yield Problem("metadata", f"study.txt: to be filled in: {name}")


KIND = Kind(
    name="idr",
    needs=NEEDS,
    place=_place,
    documents=_documents,
    problems=_problems,
    validator="own checks: YAML, TSV and CSV parse back, paths and images agree, nothing is left to be filled in",
    to_do=(
        "Write to the IDR first: it takes reference images of published studies, and gives the study its number.",
        "Replace `idr0000` by that number, in names and contents, and fill in what says `# fill in`.",
        "Upload the folder `upload` where the IDR tells you, and send the folder `submission`.",
    ),
)
