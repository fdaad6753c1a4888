"""Every file of an object, read once: its digests, and what is needed of it for the checks that follow."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.pixel_models import Pixels
from fixative.verify.bag import digest_findings, digests_of, listed
from fixative.verify.bag_files import Bag, damaged
from fixative.verify.checklist import Proof, object_checklist
from fixative.verify.documents import METADATA, PIXELS, PROVENANCE, Documents, document_checks, further_checks
from fixative.verify.facts import Facts
from fixative.verify.histogram import histograms
from fixative.verify.image_facts import ImageFacts, image_facts
from fixative.verify.privacy import privacy_notes
from fixative.verify.report import ObjectReport
from fixative.verify.tiff import read_ome_tiff

MOST_DOCUMENT_BYTES = 1024 * 1024 * 1024
IMAGE_CHECKS = {"VER003": "structure of the image", "VER002": "OME-XML", "VER001": "pixels"}
TEXTS = ("bag-info.txt", "data/README.md", "data/ro-crate-preview.html")
"""Searched for names of places, with the documents and the OME-XML."""


@dataclass(frozen=True)
class Asked:
    """How an object is to be checked."""

    threads: int = 1
    histogram: bool = False
    premis_schema: Path | None = None


class ObjectReader:
    """Reads every file of one object and fills in its report."""

    def __init__(self, folder: Path, bag: Bag, report: ObjectReport, asked: Asked) -> None:
        self._folder, self._bag, self._report, self._asked = folder, bag, report, asked
        self._payload = {
            path.removeprefix("data/"): bag.expected(path) for path in listed(bag) if path.startswith("data/")
        }
        self._sample = sample_name(self._payload)
        self._image = f"{self._sample}.ome.tiff"
        self._documents: dict[str, bytes] = {}
        self._texts: dict[str, bytes] = {}
        self._sizes: dict[str, int] = {}
        self._pixels: Pixels | None = None
        self._facts: ImageFacts | None = None

    def run(self, paths: list[str]) -> None:
        """Digest everything, then compare image and documents."""
        report, image = self._report, f"data/{self._image}"
        report.sample, report.files = self._sample, len(paths)
        findings: list[RefusedSample] = []
        for path in paths:
            if path != image:
                findings += self._guard(path, self._digest)
        records = self._read_pixels()
        tiff: list[RefusedSample] = []
        if image in paths:
            tiff = self._guard(image, self._read_image)
            findings += [finding for finding in tiff if finding.code == "VER004"]
        detail = f"{len(paths) - len(report.unread)} files, {report.bytes} bytes, SHA-256 and SHA-512"
        if report.unread and not findings:
            report.skip("digests", f"{len(report.unread)} of {len(paths)} files could not be read")
        else:
            report.add("digests", findings, detail)
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
        if path.startswith("data/"):
            self._sizes[name] = size
        wanted = {*document_checks(self._image), *further_checks(self._sample), f"{self._image}{PIXELS}"}
        if size > MOST_DOCUMENT_BYTES or (name not in wanted and path not in TEXTS):
            return list(digest_findings(path, self._bag, digests_of(place, expected)))
        content = place.read_bytes()
        found = {algorithm: hashlib.new(algorithm, content).hexdigest() for algorithm in expected}
        findings = list(digest_findings(path, self._bag, found))
        if name not in wanted:
            self._texts[path] = content
        # Planes are not compared with a record that is damaged itself.
        elif not findings or not name.endswith(PIXELS):
            self._documents[name] = content
        return findings

    def _read_pixels(self) -> list[RefusedSample]:
        content = self._documents.pop(f"{self._image}{PIXELS}", None)
        if content is None:
            return []
        try:
            self._pixels = Pixels.model_validate_json(content)
        except ValueError as error:
            first = str(error).splitlines()[0]
            return [damaged(f"data/{self._image}{PIXELS}", "digests of planes as Fixative writes them", first)]
        return []

    def _read_image(self, path: str) -> list[RefusedSample]:
        place = self._folder / path
        self._facts = image_facts(place)
        reading = read_ome_tiff(place, self._pixels, threads=self._asked.threads, file_name=place.name)
        self._sizes[self._image] = reading.digests.bytes
        self._report.bytes += reading.digests.bytes
        self._report.planes = reading.planes
        found = {"sha256": reading.digests.sha256, "sha512": reading.digests.sha512}
        if others := self._bag.expected(path).keys() - found.keys():
            found |= digests_of(place, dict.fromkeys(others, ""))
        return [*digest_findings(path, self._bag, found), *reading.problems]

    def _add_image_checks(self, records: list[RefusedSample], tiff: list[RefusedSample], present: bool) -> None:
        report = self._report
        if records or self._pixels is None or not present:
            report.findings += records
            if not any(f"data/{self._image}" in reason for reason in report.unread) and not report.findings:
                report.findings.append(damaged("the object", "an image and the digests of its planes", "none"))
            for name in IMAGE_CHECKS.values():
                report.skip(name, "the image or the record of its pixels is missing or damaged")
            return
        for code, name in IMAGE_CHECKS.items():
            found = [finding for finding in tiff if finding.code == code]
            if not found and report.planes == 0:
                report.skip(name, "the structure is damaged")
            else:
                report.add(name, found, f"{report.planes} planes of all levels" if code == "VER001" else "")
        if self._asked.histogram and not tiff:
            report.histograms = tuple(histograms(self._folder / f"data/{self._image}", self._pixels))

    def _check_documents(self) -> None:
        report = self._report
        facts = Facts(
            self._sample, self._payload, self._sizes, self._bag.info, self._pixels, self._asked.premis_schema
        )
        documents = Documents(facts, self._documents)
        for name, check in document_checks(self._image).items():
            if name in self._documents:
                report.add(name, documents.check(name, check))
                continue
            if name not in self._payload:
                report.findings.append(damaged(f"data/{name}", "a file", "none"))
            report.skip(name, "missing or not readable")
        for name, check in further_checks(self._sample).items():
            if name in self._documents:
                report.add(name, documents.check(name, check))
            elif name in self._payload:
                report.skip(name, "missing or not readable")
        report.add("agreement of the documents", documents.agree())
        texts = self._texts | {f"data/{name}": content for name, content in self._documents.items()}
        if self._facts:
            texts[f"data/{self._image}: OME-XML"] = self._facts.ome_xml
        notes = list(privacy_notes(texts))
        report.add("privacy, a second look", notes, f"{len(texts)} texts")
        report.checklist = object_checklist(
            Proof(
                report=report,
                provenance=documents.parsed.get(f"{self._image}{PROVENANCE}"),
                metadata=documents.parsed.get(f"{self._image}{METADATA}"),
                pixels=self._pixels,
                image=self._facts,
                image_bytes=self._sizes.get(self._image),
                suspicious=len(notes),
            )
        )


def sample_name(payload: Iterable[str]) -> str:
    """Find the sample's name in the names of its files; the folder may be a renamed copy."""
    names = list(payload)
    for suffix in (f".ome.tiff{PIXELS}", ".ome.tiff", f".ome.tiff{PROVENANCE}", f".ome.tiff{METADATA}"):
        found = sorted(path.removesuffix(suffix) for path in names if path.endswith(suffix) and "/" not in path)
        if found:
            return found[0]
    return "?"
