"""A data set as its sealed objects describe it: the one description that every repository's forms are made of.

What an object does not state may come from a sheet that a person gives for the deposition (`deposit.sheet`): where
the object states something, that stands. Nothing else is added.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fixative.deposit.columns import STUDY
from fixative.deposit.images import ImageFacts, image_facts
from fixative.deposit.lossy import lossy_codec
from fixative.deposit.sheet import DepositSheet
from fixative.findings import RefusedSample
from fixative.privacy.cleaners import REMOVED
from fixative.verify.bag_files import read_bag

_TAXON = re.compile(r"\(?\bNCBI(?:[ _]?Taxon)?[ :_]*(?:txid|taxid)?[ :_]*(\d+)\)?", re.IGNORECASE)
_FBBI = re.compile(r"\(?\bFBbi[:_](\d{8})\)?", re.IGNORECASE)
_OWN = ("organism", "modality", "instrument", "license", "owner", "approver", "notes")


@dataclass(frozen=True)
class PublicFile:
    """A file of an object's payload, with what the object's manifest says of it."""

    path: str
    """Within ``data/``."""
    source: Path
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Term:
    """A name and, where it is stated, its number in an ontology."""

    name: str
    number: str | None = None


@dataclass(frozen=True)
class Sample:
    """One sealed object."""

    name: str
    folder: Path
    identifier: str
    created: str
    """UTC: when it was archived."""
    columns: Mapping[str, str]
    """What the sheet states, as the policy left it; then what the sheet of the deposition adds."""
    added: frozenset[str]
    """Columns of the latter."""
    taken_out: frozenset[str]
    """Columns that the privacy policy has taken out in part: they are not used."""
    files: tuple[PublicFile, ...]
    provenance: Mapping[str, Any]
    completeness: Mapping[str, Any] | None
    """The checklist gone through before sealing: `fixative.required.records.RequiredReport`."""
    manifest_sha256: str = ""
    lossy: str | None = None
    """Codec that had cost the source samples before it was archived."""

    @cached_property
    def images(self) -> tuple[ImageFacts, ...]:
        """Images of the archived file, read from it when they are asked for; none where that cannot be read."""
        try:
            return image_facts(self.image_file.source)
        except ValueError:
            return ()

    @property
    def image_file(self) -> PublicFile:
        """The archived image."""
        return next(file for file in self.files if file.path == f"{self.name}.ome.tiff")

    @property
    def thumbnail(self) -> PublicFile | None:
        """The small picture."""
        return next((file for file in self.files if file.path == f"{self.name}.thumbnail.png"), None)

    def value(self, column: str) -> str | None:
        """What is stated: in the OME-XML of the images, where it is one of their fields; else in the sheet."""
        found = dict.fromkeys(value for image in self.images if (value := image.field(column)))
        return " | ".join(found) or self.columns.get(column)

    @property
    def organism(self) -> Term | None:
        """Species, and its number in the NCBI taxonomy where that is stated."""
        return _term(self.columns.get("organism"), self.columns.get("organism_taxon"), _TAXON)

    @property
    def modality(self) -> Term | None:
        """Imaging method, and its FBbi number where that is stated."""
        return _term(self.value("modality"), self.columns.get("modality_term"), _FBBI)

    @property
    def bytes(self) -> int:
        """Size of the payload."""
        return sum(file.bytes for file in self.files)

    @property
    def policy(self) -> str:
        """Name of the privacy policy that the object was archived with."""
        return str(self.provenance["policy"]["name"])


@dataclass(frozen=True)
class Dataset:
    """All sealed objects of one data set."""

    name: str
    samples: tuple[Sample, ...]
    identifier: str = ""
    """As `fixative.deposit.identifiers` forms it; nothing is registered."""
    url: str | None = None
    """The same as an address, where a prefix is configured."""
    publisher: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        """Distinct values by column: forms ask for the same ones row by row."""
        return {}

    def values(self, column: str) -> tuple[str, ...]:
        """Distinct values of a column, in the order of the samples."""
        if column not in self._values:
            stated = (sample.columns.get(column) for sample in self.samples)
            self._values[column] = tuple(dict.fromkeys(value for value in stated if value))
        return self._values[column]

    def value(self, column: str) -> str | None:
        """The value that all samples share which state one; None where none does, or where they disagree."""
        values = self.values(column)
        return values[0] if len(values) == 1 else None

    def disagreements(self) -> tuple[str, ...]:
        """Columns of the study of which samples state different values."""
        return tuple(column for column in STUDY if len(self.values(column)) > 1)

    @property
    def organisms(self) -> tuple[Term, ...]:
        """Species, each once."""
        return tuple(dict.fromkeys(term for sample in self.samples if (term := sample.organism)))

    @property
    def modalities(self) -> tuple[Term, ...]:
        """Imaging methods, each once."""
        return tuple(dict.fromkeys(term for sample in self.samples if (term := sample.modality)))

    @property
    def keywords(self) -> tuple[str, ...]:
        """Keywords as they are stated."""
        return tuple(word.strip() for word in (self.value("study_keywords") or "").split(";") if word.strip())

    @property
    def components(self) -> Mapping[str, tuple[Sample, ...]]:
        """Samples by study component, in the order in which components first occur."""
        found: dict[str, list[Sample]] = {}
        for sample in self.samples:
            found.setdefault(sample.columns.get("study_component", ""), []).append(sample)
        return {name: tuple(samples) for name, samples in found.items()}


def read_dataset(archive_root: Path, name: str, sheet: DepositSheet | None = None) -> Dataset:
    """Read what the sealed objects of a data set say of themselves.

    Parameters
    ----------
    archive_root
        The archive: ARCHIVE_ROOT/<name>/<sample>.
    sheet
        What a person adds for the deposition.

    Raises
    ------
    RefusedSample
        DEP001 when there is no such data set; DEP003 when an object cannot be read.
    """
    folder = archive_root / name
    hidden = not name or name.startswith(".") or "/" in name
    places = [] if hidden or not folder.is_dir() else sorted(folder.iterdir())
    objects = [place for place in places if not place.name.startswith(".") and (place / "bagit.txt").is_file()]
    if not objects:
        raise RefusedSample("DEP001", dataset=name)
    return Dataset(name, tuple(_read(place, sheet) for place in objects))


def _read(folder: Path, sheet: DepositSheet | None) -> Sample:
    name = folder.name
    try:
        bag, _ = read_bag(folder)
        provenance = json.loads((folder / f"data/{name}.ome.tiff.provenance.json").read_bytes())
        metadata = json.loads((folder / f"data/{name}.ome.tiff.meta.json").read_bytes())
        files = tuple(_files(folder, bag.manifests["sha256"]))
        columns, added, taken_out = _columns(provenance["sample"], sheet)
        identifier, created = str(provenance["identifier"]), str(provenance["created"])
        provenance["policy"]["name"], provenance["source"]["format"], provenance["pixels"]["planes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RefusedSample("DEP003", object=name, reason=f"its records cannot be read: {error!r}") from None
    if not any(file.path == f"{name}.ome.tiff" for file in files):
        raise RefusedSample("DEP003", object=name, reason="it has no image")
    return Sample(
        name=name,
        folder=folder,
        identifier=identifier,
        created=created,
        columns=columns,
        added=added,
        taken_out=taken_out,
        files=files,
        provenance=provenance,
        completeness=metadata.get("completeness"),
        manifest_sha256=_digest_of(folder / "manifest-sha256.txt"),
        lossy=lossy_codec(provenance["source"]["format"], metadata),
    )


def _files(folder: Path, manifest: Mapping[str, str]) -> Iterable[PublicFile]:
    for path in sorted(manifest):
        source = folder / path
        yield PublicFile(path.removeprefix("data/"), source, source.stat().st_size, manifest[path])


def _columns(
    sample: Mapping[str, Any], sheet: DepositSheet | None
) -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    stated = {name: sample.get(name) for name in _OWN} | dict(sample.get("further") or {})
    told = {name: str(value).strip() for name, value in stated.items() if value not in (None, "")}
    taken_out = frozenset(name for name, value in told.items() if REMOVED in value)
    kept = {name: value for name, value in told.items() if name not in taken_out}
    more = sheet.of(sample["dataset"], sample["sample_id"]) if sheet else {}
    added = {name: value for name, value in more.items() if name not in kept}
    return {**kept, **added}, frozenset(added), taken_out - added.keys()


def _digest_of(path: Path) -> str:
    from hashlib import sha256

    return sha256(path.read_bytes()).hexdigest()


def _term(text: str | None, number: str | None, pattern: re.Pattern[str]) -> Term | None:
    """Take apart ``Homo sapiens (NCBITaxon:9606)``; a number in a column of its own comes first."""
    if not text and not number:
        return None
    stated = pattern.search(text or "")
    own = re.search(r"(\d+)\s*$", number or "")
    name = " ".join(pattern.sub("", text or "").split()).strip(" ,;")
    return Term(name, own[1] if own else stated[1] if stated else None)
