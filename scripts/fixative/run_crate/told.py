"""What the crate of a batch is made from: each sample as the report has it, and what its records make public."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.files import Digests
from fixative.models import Receipt, SampleRow
from fixative.package.parts import NAMESPACE
from fixative.records import read_record
from fixative.report.status import Records, SampleStatus, status_of

MOST_FILES = 20
"""Files of a source that are described one by one; the object's own documents list them all."""


@dataclass(frozen=True)
class ToldFile:
    """A file of a source, under the name that the policy lets it have."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ToldSample:
    """One sample of the sheet: its fate, and of a sealed one what it was and what it became."""

    status: SampleStatus
    files: tuple[ToldFile, ...] = ()
    """The first files of the set, the main one first; of a sample that is sealed."""
    count: int = 0
    """Files of the set."""
    fileset_sha256: str | None = None
    object_urn: str | None = None
    manifest_sha256: str | None = None
    object_bytes: int | None = None


@dataclass(frozen=True)
class ToldBatch:
    """A whole batch."""

    samples: tuple[ToldSample, ...]
    settings: Mapping[str, str]
    """What the results depend on; no paths, no names."""
    versions: Mapping[str, str]
    """Of Fixative and Snakemake."""
    workflow: Mapping[str, Digests]
    """Files of the workflow, by their path in the crate."""
    written: str
    """UTC."""


def tell_sample(work: Path, row: SampleRow) -> ToldSample:
    """Tell of one sample from its records."""
    status = status_of(work, row)
    folder = work / "results/samples" / row.sample_id
    receipt = read_record(Receipt, folder / "sealed.json") if status.outcome == "sealed" else None
    if receipt is None:
        return ToldSample(status)
    records = Records(folder)
    names: dict[str, Any] = records.read("sanitised/names.json")
    listed = records.read("inventory.json").get("files", [])
    # Without the public name of each, none is told: a receipt may outlast the other records.
    known = [file for file in listed if file["name"] in names]
    whole = len(known) == len(listed)
    urn = uuid.uuid5(NAMESPACE, f"{receipt.object}/{receipt.fileset_sha256}").urn
    return ToldSample(
        status,
        tuple(ToldFile(names[file["name"]], file["bytes"], file["sha256"]) for file in known[:MOST_FILES])
        if whole
        else (),
        len(listed),
        receipt.fileset_sha256,
        urn,
        receipt.manifest_sha256,
        receipt.bytes,
    )
