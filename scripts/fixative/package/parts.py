"""What an archive object is made from: the public records of one sample."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fixative.agents import NOBODY, Provenance
from fixative.files import Digests
from fixative.models import Inventory, MetadataDump, SampleRow, SanitisationLog, StepOutcome
from fixative.pixel_models import Pixels
from fixative.required.records import RequiredReport
from fixative.verification_models import Attestation, MetadataDiff

NAMESPACE = uuid.UUID("7d0f4b0c-54f5-5c43-9d9a-0f6f6a0b7e11")
"""Of the version 5 UUIDs that name objects: the same sample and source always get the same one."""


@dataclass(frozen=True)
class ObjectParts:
    """All that `assemble_object` needs of one sample; sanitised, but for ``inventory``."""

    row: SampleRow
    """The sheet's row, its private columns treated. Its paths are not used."""
    inventory: Inventory
    """Restricted: of its files only roles, sizes and digests are published, under their public names."""
    dump: MetadataDump
    log: SanitisationLog
    names: Mapping[str, str]
    """Public name of each source file, by its name in the set."""
    pixels: Pixels
    witness: Attestation
    tiff: Path
    """The verified OME-TIFF, on the file system of the object's folder; it is moved."""
    tiff_digests: Digests
    thumbnail: bytes
    outcomes: tuple[StepOutcome, ...]
    settings: Mapping[str, Any]
    """What the result depends on; no paths."""
    original: bool = False
    """Whether the source file set goes into the object."""
    required: RequiredReport | None = None
    """Who states which field, and how complete the metadata are; names, no values."""
    metadata: MetadataDiff | None = None
    """What became of each metadata value; None where it was not asked for."""
    scanners: tuple[str, ...] = ()
    """Who has searched the image for private values."""
    searched: int | None = None
    """How many values, this machine's names among them, were looked for."""
    agents: Provenance = NOBODY
    """Person and organisation that the configuration names, to be published."""

    @property
    def identifier(self) -> str:
        """URN of the object."""
        name = f"{self.row.dataset}/{self.row.sample_id}/{self.inventory.fileset_sha256}"
        return uuid.uuid5(NAMESPACE, name).urn

    @property
    def image_name(self) -> str:
        """File name of the archived image."""
        return f"{self.row.sample_id}.ome.tiff"

    @property
    def planes(self) -> int:
        """Planes of all images."""
        return sum(len(image.levels[0].planes) for image in self.pixels.images)

    @property
    def incomplete(self) -> str | None:
        """What to say of a source that was not whole: how many of the planes of its images are archived."""
        completeness = self.inventory.completeness
        if completeness.whole:
            return None
        promised = self.planes + sum(len(image.missing) for image in self.pixels.images)
        return f"incomplete source: {self.planes} of {promised} planes ({'; '.join(completeness.missing)})"


@dataclass(frozen=True)
class Written:
    """An object being assembled: what is in its payload so far."""

    parts: ObjectParts
    created: datetime
    payload: Mapping[str, Digests]
    """Digests by path within ``data/``."""
    originals: Mapping[str, str]
    """Path within ``data/`` of each source file that was copied, by its name in the set."""

    @property
    def created_text(self) -> str:
        """UTC time to the second."""
        return self.created.strftime("%Y-%m-%dT%H:%M:%SZ")


MEDIA_TYPES = {
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".txt": "text/plain",
    ".xml": "application/xml",
}


def media_type(path: str) -> str:
    """Media type by file name."""
    return MEDIA_TYPES.get(Path(path).suffix.lower(), "application/octet-stream")


def purpose(path: str, parts: ObjectParts) -> str:
    """Say what a payload file is, for a person."""
    image, sample = parts.image_name, parts.row.sample_id
    texts = {
        image: "the image: OME-TIFF, tiled, with resolution levels, lossless",
        f"{image}.meta.json": "all metadata of the source, sanitised, and what was done to them",
        f"{image}.pixels.json": "a digest of every plane, which can be checked without the source",
        f"{image}.provenance.json": "who, what, when: versions, settings, policy, steps and digests",
        f"{sample}.prov.json": "the same as links between things, steps and agents (W3C PROV)",
        f"{sample}.thumbnail.png": "a small picture of the image, not for measurement",
        "README.md": "what this object is, for a person",
        "premis.xml": "preservation metadata (PREMIS 3.0)",
        "ro-crate-preview.html": "the description of the object as a page",
        "ro-crate-metadata.json": "the description of the object (RO-Crate 1.1)",
    }
    return texts.get(path, "a file of the source, bit for bit" if path.startswith("original/") else path)
