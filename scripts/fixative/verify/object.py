"""A sealed object, checked with nothing but the object: bag, TIFF, OME-XML, every plane, every document."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fixative.findings import RefusedSample
from fixative.models import Pixels
from fixative.verify import documents
from fixative.verify.bag import completeness_of, digest_findings, digests_of, listed
from fixative.verify.bag_files import Bag, damaged, read_bag
from fixative.verify.tiff import read_ome_tiff

ALGORITHMS = ("sha256", "sha512")
TAG_FILES = {
    "bagit.txt",
    "bag-info.txt",
    *(f"manifest-{name}.txt" for name in ALGORITHMS),
    *(f"tagmanifest-{name}.txt" for name in ALGORITHMS),
}
PIXELS = ".ome.tiff.pixels.json"
MOST_DOCUMENT_BYTES = 1024 * 1024 * 1024


class NotAnObject(Exception):
    """There is nothing at this place that could be checked; the message says why."""


@dataclass(frozen=True)
class Check:
    """One line of a report."""

    name: str
    outcome: Literal["whole", "damaged", "not checked"]
    detail: str = ""


@dataclass
class ObjectReport:
    """What the check of one object has found."""

    object: str
    checks: list[Check] = field(default_factory=list)
    findings: list[RefusedSample] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Files that could not be read, with the reason."""
    bytes: int = 0
    planes: int = 0

    @property
    def outcome(self) -> Literal["whole", "damaged", "not checked"]:
        """Damage outranks what could not be read."""
        return "damaged" if self.findings else "not checked" if self.unread else "whole"

    def add(self, name: str, found: Iterable[RefusedSample], detail: str = "") -> None:
        """Add a check and its findings."""
        findings = list(found)
        self.findings += findings
        self.checks.append(Check(name, "damaged" if findings else "whole", detail))

    def skip(self, name: str, reason: str) -> None:
        """Add a check that could not be made."""
        self.checks.append(Check(name, "not checked", reason))


def verify_object(folder: Path, *, threads: int = 1) -> ObjectReport:
    """Check an object; every file of it is read once.

    Raises
    ------
    NotAnObject
        When there is no folder, it cannot be read, or nothing in it says that it is a bag.
    """
    report = ObjectReport(folder.name)
    try:
        if not folder.is_dir():
            raise NotAnObject("no such folder" if not folder.exists() else "not a folder")
        names = {path.name for path in folder.iterdir()}
        if not names & TAG_FILES:
            raise NotAnObject("no bagit.txt and no manifest: not a bag")
        bag, findings = read_bag(folder)
        findings += completeness_of(folder, bag)
    except OSError as error:
        raise NotAnObject(f"cannot be read: {error.strerror}") from None
    paths = [path for path in listed(bag) if (folder / path).is_file()]
    report.add("bag", [*findings, *_profile_findings(folder, bag, names)], f"{len(paths)} files listed")
    _Verifier(folder, bag, report, threads).run(paths)
    return report


def _profile_findings(folder: Path, bag: Bag, names: set[str]) -> Iterator[RefusedSample]:
    """Check what Fixative adds to RFC 8493: both algorithms, every tag file listed, no other file."""
    covered = names & {name for name in TAG_FILES if not name.startswith("tagmanifest")}
    for algorithm in ALGORITHMS:
        for kind, manifests in (("manifest", bag.manifests), ("tagmanifest", bag.tag_manifests)):
            if algorithm not in manifests:
                yield damaged(f"{kind}-{algorithm}.txt", "a file", "none")
        name, manifest = f"tagmanifest-{algorithm}.txt", bag.tag_manifests.get(algorithm, {})
        for tag_file in sorted(covered - manifest.keys()):
            yield damaged(name, f"a line for {tag_file}", "none")
        # No digest covers these two files: that they are written as Fixative writes them shows any change.
        text = "".join(f"{manifest[path]}  {path}\n" for path in sorted(manifest))
        if (folder / name).is_file() and (folder / name).read_bytes() != text.encode():
            yield damaged(name, "lines of a digest, two spaces and a path, in order of paths", "other bytes")
    for name in sorted(names - TAG_FILES - {"data"}):
        yield damaged(name, "no such file", "a file that does not belong to the object")


class _Verifier:
    """Reads every file of one object and fills in its report."""

    def __init__(self, folder: Path, bag: Bag, report: ObjectReport, threads: int) -> None:
        self._folder, self._bag, self._report, self._threads = folder, bag, report, threads
        self._payload = {
            path.removeprefix("data/"): bag.expected(path) for path in listed(bag) if path.startswith("data/")
        }
        self._documents: dict[str, bytes] = {}
        self._sample = _sample_name(self._payload)
        self._pixels: Pixels | None = None

    def run(self, paths: list[str]) -> None:
        """Digest everything, then compare image and documents."""
        image = f"data/{self._sample}.ome.tiff"
        findings: list[RefusedSample] = []
        for path in paths:
            if path != image:
                findings += self._guard(path, self._digest)
        records = self._read_pixels()
        tiff: list[RefusedSample] = []
        if image in paths:
            tiff = self._guard(image, self._read_image)
            findings += [finding for finding in tiff if finding.code == "VER004"]
        self._report.add("digests", findings, f"{len(paths)} files, {self._report.bytes} bytes, SHA-256 and SHA-512")
        self._add_image_checks(records, [finding for finding in tiff if finding.code != "VER004"], image in paths)
        self._check_documents()

    def _guard(self, path: str, check: Callable[[str], list[RefusedSample]]) -> list[RefusedSample]:
        """Run a check; a file that cannot be read is named, it is no damage by itself."""
        try:
            return check(path)
        except OSError as error:
            self._report.unread.append(f"{path}: {error.strerror}")
            return []

    def _digest(self, path: str) -> list[RefusedSample]:
        place, name, expected = self._folder / path, path.removeprefix("data/"), self._bag.expected(path)
        size = place.stat().st_size
        self._report.bytes += size
        if name not in self._wanted() or size > MOST_DOCUMENT_BYTES:
            return list(digest_findings(path, self._bag, digests_of(place, expected)))
        content = place.read_bytes()
        found = {algorithm: hashlib.new(algorithm, content).hexdigest() for algorithm in expected}
        findings = list(digest_findings(path, self._bag, found))
        # Planes are not compared with a record that is damaged itself.
        if not findings or not name.endswith(PIXELS):
            self._documents[name] = content
        return findings

    def _wanted(self) -> dict[str, documents.Check]:
        image = f"{self._sample}.ome.tiff"
        return {
            f"{image}.pixels.json": lambda content, payload, pixels: iter(()),
            f"{image}.meta.json": documents.metadata_findings,
            f"{image}.provenance.json": documents.provenance_findings,
            documents.CRATE: documents.crate_findings,
            "premis.xml": documents.premis_findings,
        }

    def _read_pixels(self) -> list[RefusedSample]:
        name = f"{self._sample}{PIXELS}"
        content = self._documents.pop(name, None)
        if content is None:
            return []
        try:
            self._pixels = Pixels.model_validate_json(content)
        except ValueError as error:
            first = str(error).splitlines()[0]
            return [damaged(f"data/{name}", "digests of planes as Fixative writes them", first)]
        return []

    def _read_image(self, path: str) -> list[RefusedSample]:
        place = self._folder / path
        reading = read_ome_tiff(place, self._pixels, threads=self._threads, file_name=place.name)
        self._report.bytes += reading.digests.bytes
        self._report.planes = reading.planes
        found = {"sha256": reading.digests.sha256, "sha512": reading.digests.sha512}
        others = self._bag.expected(path).keys() - found.keys()
        if others:
            found |= digests_of(place, dict.fromkeys(others, ""))
        return [*digest_findings(path, self._bag, found), *reading.problems]

    def _add_image_checks(self, records: list[RefusedSample], tiff: list[RefusedSample], present: bool) -> None:
        report = self._report
        names = {"VER003": "structure of the image", "VER002": "OME-XML", "VER001": "pixels"}
        if records or self._pixels is None or not present:
            report.findings += records
            if not any(f"data/{self._sample}.ome.tiff" in reason for reason in report.unread) and not report.findings:
                report.findings.append(damaged("the object", "an image and the digests of its planes", "none"))
            for name in names.values():
                report.skip(name, "the image or the record of its pixels is missing or damaged")
            return
        for code, name in names.items():
            found = [finding for finding in tiff if finding.code == code]
            if not found and report.planes == 0:
                report.skip(name, "the structure is damaged")
            else:
                report.add(name, found, f"{report.planes} planes of all levels" if code == "VER001" else "")

    def _check_documents(self) -> None:
        for name, check in self._wanted().items():
            if name.endswith(PIXELS):
                continue
            if name in self._documents:
                content = self._documents[name]
                found = documents.document_findings(name, content, self._payload, self._pixels, check)
                self._report.add(name, found)
            else:
                if name not in self._payload:
                    self._report.findings.append(damaged(f"data/{name}", "a file", "none"))
                self._report.skip(name, "missing or not readable")


def _sample_name(payload: Iterable[str]) -> str:
    """Find the sample's name in the names of its files; the folder may be a renamed copy."""
    for suffix in (PIXELS, ".ome.tiff", ".ome.tiff.provenance.json", ".ome.tiff.meta.json"):
        names = sorted(path.removesuffix(suffix) for path in payload if path.endswith(suffix) and "/" not in path)
        if names:
            return names[0]
    return "?"
