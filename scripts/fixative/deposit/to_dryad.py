"""Dryad: files without folders, a README, a table of the files.

Notes
-----
https://datadryad.org/help/requirements/files
"""

from fixative.deposit import shared_needs as need
from fixative.deposit.dataset import PublicFile, Sample
from fixative.deposit.folder import flat_name, folder_documents, folder_problems
from fixative.deposit.repositories import Kind, record

NEEDS = (
    need.title(),
    need.description(),
    need.parted_authors(),
    need.contact(),
    need.affiliation("required"),
    need.known_licence(),
    need.organism(),
    need.method(),
    need.keywords(),
    need.funding(),
    need.publication(),
    need.entity("recommended"),
    need.preparation("recommended"),
    need.scale(),
    need.ethics(),
)


def _place(sample: Sample, file: PublicFile) -> str | None:
    return flat_name(sample.name, file.path) if record(sample, file) else None


KIND = Kind(
    name="dryad",
    needs=NEEDS,
    place=_place,
    documents=folder_documents,
    problems=folder_problems,
    validator="own checks: README and table are there, every listed file is there, every file is listed",
    to_do=(
        "Begin a submission at Dryad; title, abstract, authors and keywords stand in `upload/README.md`.",
        "Upload the files of the folder `upload`, `README.md` among them.",
        "Confirm that the data may be given away under CC0.",
    ),
)
