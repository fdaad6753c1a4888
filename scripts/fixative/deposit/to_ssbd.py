"""SSBD:repository: a folder for each sample, a README, a table of the files.

Notes
-----
https://ssbd.riken.jp/repository/
"""

from fixative.deposit import shared_needs as need
from fixative.deposit.dataset import PublicFile, Sample
from fixative.deposit.folder import folder_documents, folder_problems
from fixative.deposit.repositories import Kind

NEEDS = (
    need.title(),
    need.description(),
    need.author(),
    need.contact(),
    need.known_licence(),
    need.organism(),
    need.method(),
    need.scale("required"),
    need.entity("recommended"),
    need.taxon(),
    need.method_term(),
    need.publication(),
    need.funding(),
    need.affiliation(),
    need.ethics(),
)


def _place(sample: Sample, file: PublicFile) -> str | None:
    return f"{sample.name}/{file.path}"


KIND = Kind(
    name="ssbd",
    needs=NEEDS,
    place=_place,
    documents=folder_documents,
    problems=folder_problems,
    validator="own checks: README and table are there, every listed file is there, every file is listed",
    to_do=(
        "Write to SSBD:repository: its curators tell where to upload the folder `upload`.",
        "Send `upload/README.md` and `upload/files.csv` along: their form asks for the same.",
    ),
)
