"""The bag, checked: complete, and every digest right (RFC 8493, section 3).

Stricter than bagit-python, which lets a space stand before a colon of bagit.txt. Every file is read once
for all of its digests.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from fixative.files import READ_BYTES
from fixative.findings import RefusedSample
from fixative.verify.bag_files import Bag, damaged, read_bag
from fixative.verify.bag_info import same_name

Digested = Mapping[str, str]
"""Digest by algorithm."""


def bag_findings(folder: Path) -> list[RefusedSample]:
    """Say all that keeps a bag from being valid (VER004); every file is read.

    Raises
    ------
    OSError
        When a file cannot be read.
    """
    bag, findings = read_bag(folder)
    findings += completeness_of(folder, bag)
    for path in listed(bag):
        if (folder / path).is_file():
            findings += digest_findings(path, bag, digests_of(folder / path, bag.expected(path)))
    return findings


def completeness_findings(folder: Path) -> list[RefusedSample]:
    """Say what keeps a bag from being complete; of digests, only those of tag files are compared."""
    bag, findings = read_bag(folder)
    findings += completeness_of(folder, bag)
    for path in listed(bag):
        if not path.startswith("data/") and (folder / path).is_file():
            findings += digest_findings(path, bag, digests_of(folder / path, bag.expected(path)))
    return findings


def listed(bag: Bag) -> list[str]:
    """Every path that a manifest names, once."""
    manifests = [*bag.manifests.values(), *bag.tag_manifests.values()]
    return sorted({path for manifest in manifests for path in manifest})


def completeness_of(folder: Path, bag: Bag) -> Iterator[RefusedSample]:
    """Compare what the manifests list with what is there."""
    present, sizes = set(), 0
    for path, status in _payload(folder):
        if not stat.S_ISREG(status.st_mode):
            yield damaged(path, "a file", "a symbolic link" if stat.S_ISLNK(status.st_mode) else "a special file")
            continue
        present.add(path)
        sizes += status.st_size
    # Before RFC 8493 a file had to be in one manifest, and names were those of whatever file system.
    strict = bag.version >= (1, 0)
    names = present if strict else {same_name(path) for path in present}
    for path in listed(bag):
        if path.startswith("data/"):
            if path not in present and (strict or same_name(path) not in names):
                yield damaged(path, "a file", "a line of fetch.txt" if path in bag.fetch else "none")
        elif not (folder / path).is_file() or (folder / path).is_symlink():
            yield damaged(path, "a file", "none")
    for path in sorted(present):
        missing = [
            f"manifest-{name}.txt"
            for name, manifest in bag.manifests.items()
            if path not in manifest and (strict or same_name(path) not in {same_name(other) for other in manifest})
        ]
        if missing and (strict or len(missing) == len(bag.manifests)):
            yield damaged(path, f"a line in {' and '.join(missing)}", "none: the file does not belong to the bag")
    for path in sorted(bag.fetch):
        if not bag.expected(path):
            yield damaged("fetch.txt", f"a line in a manifest for {path}", "none")
    found = f"{sizes}.{len(present)}"
    if bag.oxum is not None and bag.oxum != found:
        yield damaged("payload", f"Payload-Oxum {bag.oxum}", found)


def _payload(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below ``data`` that is no folder; links are not followed."""
    for place, folders, files in os.walk(folder / "data", onerror=_raise):
        for name in [*files, *(name for name in folders if Path(place, name).is_symlink())]:
            path = Path(place, name)
            yield path.relative_to(folder).as_posix(), path.lstat()


def _raise(error: OSError) -> None:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):  # no payload at all is a finding
        raise error


def digests_of(path: Path, algorithms: Mapping[str, str]) -> Digested:
    """Digest a file with all ``algorithms`` in one read."""
    digests = {name: hashlib.new(name) for name in algorithms}
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(READ_BYTES):
            for digest in digests.values():
                digest.update(block)
    return {name: digest.hexdigest() for name, digest in digests.items()}


def digest_findings(path: str, bag: Bag, found: Digested) -> Iterator[RefusedSample]:
    """Compare a file's digests with those of the manifests.

    A file that one manifest confirms is whole: it is the other manifest that is damaged. Of a copy that is read
    back over a line, one digest may be all there is.
    """
    expected = {name: digest for name, digest in bag.expected(path).items() if name in found}
    differing = [name for name, digest in expected.items() if found[name] != digest]
    for name in differing:
        if len(differing) == len(expected):
            yield damaged(path, f"{name} {expected[name]}", found[name])
        else:
            manifest = f"{'manifest' if path.startswith('data/') else 'tagmanifest'}-{name}.txt"
            yield damaged(manifest, f"{found[name]} for {path}", expected[name])
