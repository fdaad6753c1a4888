"""What a bag says of itself: bagit.txt, manifests, bag-info.txt and fetch.txt, read as BagIt defines them.

RFC 8493 (https://www.rfc-editor.org/rfc/rfc8493) and the drafts 0.93 to 0.97 before it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.verify.bag_info import info_fields, info_findings, name_notes
from fixative.verify.report import Note

VERSIONS = {(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0)}
HEX_DIGITS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
MOST_TAG_BYTES = 512 * 1024 * 1024

_END = r"(?:\r\n|\r|\n)"
_DECLARATION = re.compile(rf"\ABagIt-Version: (\d+)\.(\d+){_END}Tag-File-Character-Encoding: (\S+){_END}?\Z".encode())
_LINE = re.compile(r"\A([0-9A-Fa-f]+)[ \t]+(\*?)(.+)\Z")
_FETCH = re.compile(r"\A(\S+)[ \t]+(\d+|-)[ \t]+(.+)\Z")
_MANIFEST = re.compile(r"\A(manifest|tagmanifest)-(\w+)\.txt\Z")

Manifest = dict[str, str]
"""Digest by path."""


def damaged(name: object, expected: object, found: object) -> RefusedSample:
    """VER004: a file is not what the object says of it."""
    return RefusedSample("VER004", name=name, expected=expected, found=found)


@dataclass(frozen=True)
class Bag:
    """The tag files of a bag. Paths are those of the manifests, decoded, without a leading ``./``."""

    version: tuple[int, int]
    manifests: Mapping[str, Manifest]
    """By algorithm: digests of the payload."""
    tag_manifests: Mapping[str, Manifest]
    fetch: frozenset[str]
    oxum: str | None
    info: Mapping[str, str] = field(default_factory=dict)
    """Fields of bag-info.txt; of one that is repeated, the first."""
    notes: tuple[Note, ...] = ()
    """What RFC 8493 allows, or did before 1.0, and tools stumble over."""
    encoding: str = "utf-8"

    def expected(self, path: str) -> dict[str, str]:
        """Every digest that is stated for a file, by algorithm."""
        manifests = self.manifests if path.startswith("data/") else self.tag_manifests
        return {name: manifest[path] for name, manifest in manifests.items() if path in manifest}


def read_bag(folder: Path) -> tuple[Bag, list[RefusedSample]]:
    """Read the tag files; returns what they say, and what is wrong with them."""
    findings: list[RefusedSample] = []
    notes: list[Note] = []
    version, encoding = _declaration(folder, findings)
    manifests: dict[str, dict[str, Manifest]] = {"manifest": {}, "tagmanifest": {}}
    for path in sorted(folder.iterdir()):
        match = _MANIFEST.match(path.name)
        if match and path.is_file():
            kind, algorithm = match[1], match[2].lower()
            if algorithm in HEX_DIGITS:
                text = _text(path, encoding, findings)
                manifests[kind][algorithm] = _manifest(path.name, text, algorithm, version, findings)
                notes += name_notes(path.name, _written(text, version))
            else:
                findings.append(damaged(path.name, f"one of {', '.join(HEX_DIGITS)}", algorithm))
    if not manifests["manifest"]:
        findings.append(damaged("manifest", "a payload manifest", "none"))
    name = "bag-info.txt" if version >= (0, 96) else "package-info.txt"
    lines = _lines(_text(folder / name, encoding, findings)) if (folder / name).is_file() else []
    findings += info_findings(name, lines, version)
    info: dict[str, str] = {}
    for label, value in info_fields(lines):
        info.setdefault(label, value)
    oxum = next((value for label, value in info.items() if label.lower() == "payload-oxum"), None)
    fetch = frozenset(_fetch(folder / "fetch.txt", encoding, version, findings))
    payload, tags = manifests["manifest"], manifests["tagmanifest"]
    return Bag(version, payload, tags, fetch, oxum, info, tuple(notes), encoding), findings


def _declaration(folder: Path, findings: list[RefusedSample]) -> tuple[tuple[int, int], str]:
    expected = "'BagIt-Version: M.N' and 'Tag-File-Character-Encoding: ...', a line each, and nothing else"
    path = folder / "bagit.txt"
    if not path.is_file():
        findings.append(damaged("bagit.txt", "a file", "none"))
        return (1, 0), "utf-8"
    with path.open("rb") as stream:
        content = stream.read(1024)
    match = _DECLARATION.match(content)
    if not match:
        findings.append(damaged("bagit.txt", expected, repr(content[:100])))
        return (1, 0), "utf-8"
    version = int(match[1]), int(match[2])
    if version not in VERSIONS:
        findings.append(damaged("bagit.txt", "BagIt 0.93 to 0.97 or 1.0", f"{version[0]}.{version[1]}"))
    return version, match[3].decode("ascii", "replace")


def _text(path: Path, encoding: str, findings: list[RefusedSample]) -> str:
    if path.stat().st_size > MOST_TAG_BYTES:
        findings.append(damaged(path.name, f"at most {MOST_TAG_BYTES} bytes", path.stat().st_size))
        return ""
    content = path.read_bytes()
    try:
        return content.decode(encoding)
    except (LookupError, UnicodeError) as error:
        findings.append(damaged(path.name, f"text in {encoding}", error))
        return content.decode("utf-8", "replace")


def _lines(text: str) -> list[str]:
    """Lines that end in CR, LF or both; no other character ends one, as str.splitlines would have it."""
    return [line for line in re.split(_END, text) if line]


def _manifest(
    name: str, text: str, algorithm: str, version: tuple[int, int], findings: list[RefusedSample]
) -> Manifest:
    manifest: Manifest = {}
    payload = name.startswith("manifest")
    for number, line in enumerate(_lines(text), start=1):
        match = _LINE.match(line)
        if not match or len(match[1]) != HEX_DIGITS[algorithm]:
            findings.append(damaged(f"{name} line {number}", f"a digest of {algorithm} and a path", repr(line)))
            continue
        path, digest = _path(match[3], version), match[1].lower()
        if reason := unsafe(path, payload=payload):
            findings.append(damaged(f"{name} line {number}", reason, repr(path)))
        elif path in manifest and (version >= (1, 0) or manifest[path] != digest):
            findings.append(damaged(f"{name} line {number}", "each path once", repr(path)))
        else:
            manifest[path] = digest
    return manifest


def _written(text: str, version: tuple[int, int]) -> Iterator[tuple[str, str, bool]]:
    """Paths as they stand in a manifest: as written, as meant, and whether an asterisk stands before."""
    for match in map(_LINE.match, _lines(text)):
        if match:
            yield match[3], _path(match[3], version), bool(match[2])


def _fetch(path: Path, encoding: str, version: tuple[int, int], findings: list[RefusedSample]) -> list[str]:
    paths: list[str] = []
    text = _text(path, encoding, findings) if path.is_file() else ""
    for number, line in enumerate(_lines(text), start=1):
        match = _FETCH.match(line)
        target = _path(match[3], version) if match else ""
        reason = unsafe(target, payload=True) if match else "an address, a length and a path"
        if reason:
            findings.append(damaged(f"fetch.txt line {number}", reason, repr(line)))
        else:
            paths.append(target)
    return paths


def _path(written: str, version: tuple[int, int]) -> str:
    """Decode a path: CR and LF, since RFC 8493 the percent sign as well, and nothing else."""
    codes = "%0[AaDd]|%25" if version >= (1, 0) else "%0[AaDd]"
    path = re.sub(codes, lambda code: chr(int(code[0][1:], 16)), written)
    return path.removeprefix("./")


def unsafe(path: str, *, payload: bool) -> str:
    """Say what a path should be and is not; empty when it stays where it must."""
    if path.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", path) or "\0" in path:
        return "a path relative to the bag"
    parts = re.split(r"[/\\]", path)
    if ".." in parts:
        return "a path that does not leave the bag"
    if payload and (parts[0] != "data" or len(parts) < 2):
        return "a path below data/"
    if not payload and parts[0] == "data":
        return "the path of a tag file"
    return ""
