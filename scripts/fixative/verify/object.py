"""A sealed object, checked with nothing but the object: bag, TIFF, OME-XML, every plane, every document."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.verify.bag import completeness_of, listed
from fixative.verify.bag_files import Bag, damaged, read_bag
from fixative.verify.reading import Asked, ObjectReader
from fixative.verify.report import Check, Note, ObjectReport

__all__ = ["TAG_FILES", "Check", "NotAnObject", "ObjectReport", "profile_findings", "verify_object"]

ALGORITHMS = ("sha256", "sha512")
TAG_FILES = {
    "bagit.txt",
    "bag-info.txt",
    *(f"manifest-{name}.txt" for name in ALGORITHMS),
    *(f"tagmanifest-{name}.txt" for name in ALGORITHMS),
}
FILE_MODE, FOLDER_MODE = 0o444, 0o555
"""Of sealed objects. Stated here once more: what checks takes nothing from what seals."""


class NotAnObject(Exception):
    """There is nothing at this place that could be checked; the message says why."""


def verify_object(
    folder: Path, *, threads: int = 1, histogram: bool = False, premis_schema: Path | None = None
) -> ObjectReport:
    """Check an object; every file of it is read once.

    Parameters
    ----------
    folder
        The bag; under any name.
    threads
        Threads that decode tiles.
    histogram
        Count the samples of each channel, on a small level.
    premis_schema
        premis.xsd of PREMIS 3.0; None: its rules are checked as far as they are known here.

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
        findings += [*profile_findings(folder, bag, names), *_link_findings(folder, names)]
        notes = [*bag.notes, *_mode_notes(folder)]
    except OSError as error:
        raise NotAnObject(f"cannot be read: {error.strerror}") from None
    paths = [path for path in listed(bag) if (folder / path).is_file()]
    report.add("bag", [*findings, *notes], f"{len(paths)} files listed")
    ObjectReader(folder, bag, report, Asked(threads, histogram, premis_schema)).run(paths)
    return report


def profile_findings(folder: Path, bag: Bag, names: set[str]) -> Iterator[RefusedSample]:
    """Check what Fixative adds to RFC 8493: both algorithms, every tag file listed, no other file."""
    if bag.version < (1, 0) or bag.encoding.lower() != "utf-8":
        found = f"{bag.version[0]}.{bag.version[1]} in {bag.encoding}"
        yield damaged("bagit.txt", "BagIt 1.0 in UTF-8", found)
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


def _link_findings(folder: Path, names: set[str]) -> Iterator[RefusedSample]:
    """Name what is a link: no digest covers a tag manifest, and `data` itself may be one."""
    for name in sorted(names):
        if (folder / name).is_symlink():
            yield damaged(name, "a folder" if name == "data" else "a file", "a symbolic link")


def _mode_notes(folder: Path) -> Iterator[Note]:
    """Tell where files can be written to: that is so of a copy as well, and no damage."""
    others = []
    for place, folders, files in os.walk(folder):
        entries = [(Path(place, name), FOLDER_MODE) for name in folders]
        for path, expected in [*entries, *((Path(place, name), FILE_MODE) for name in files)]:
            status = path.lstat()
            mode = stat.S_IMODE(status.st_mode)
            if mode & ~expected & 0o222 and not stat.S_ISLNK(status.st_mode):
                others.append((path.relative_to(folder).as_posix(), mode))
    if others:
        name, mode = min(others)
        yield Note(
            "the object", "read-only files and folders", f"{len(others)} that are not, first {name}: {mode:04o}"
        )
