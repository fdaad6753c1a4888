"""Zeiss CZI: every subblock that the directory lists lies in its file, whole, and none is missing.

Notes
-----
Segments (ZISRAW, documented with libCZI, https://zeiss.github.io/libczi/): 16 bytes of name, allocated and
used size (int64); all little-endian. Positions of directories stand in the first segment; a position of 0
there is what an interrupted acquisition leaves.
"""

import re
import struct
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import Window

HEADER_BYTES = 32
PIXEL_BYTES = {0: 1, 1: 2, 2: 4, 3: 3, 4: 6, 8: 12, 9: 16, 10: 8, 11: 24, 12: 4, 13: 8}
"""Bytes per pixel by pixel type: Gray8, Gray16, Gray32Float, Bgr24, Bgr48, ..."""

PLANE_AXES = "HICBRTZSV"
METHOD = "subblocks of the directory against segments of the file, sizes of the metadata against subblocks"


@dataclass(frozen=True)
class Subblock:
    """One entry of the subblock directory."""

    position: int
    part: int
    pixel_type: int
    compression: int
    pyramid: int
    starts: dict[str, int]
    sizes: dict[str, int]
    stored: int
    """Pixels stored: product of the stored sizes of all dimensions."""
    bytes: int
    """Length of the entry itself."""


@dataclass
class Survey:
    """What was found of the subblocks."""

    promised_bytes: int = 0
    missing: int = 0
    problem: RefusedSample | None = None
    extent: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    planes: dict[tuple[tuple[str, int], ...], bool] = field(default_factory=dict)


def check_czi(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare a CZI's directory and metadata with the segments of the file, or of its parts.

    Raises
    ------
    RefusedSample
        INV004 where something promised is not there, INV005 where the structure is damaged, INV006 where a
        part of a multi-file CZI is not in the set.
    """
    with Window(path) as window:
        header = _segment(window, 0, "ZISRAWFILE", "file header", 80)
        part, directory, metadata, _, attachments = struct.unpack_from("<iqqiq", header, 48)
        if directory == 0:
            raise RefusedSample(
                "INV004", promised="a subblock directory", present="none", where="writing was interrupted"
            )
        entries = _directory(window, directory)
        xml = _metadata(window, metadata)
        _attachments(window, attachments)
        survey = _survey(window, entries, part, path, files)
    _sizes(xml, survey)
    promised, present = len(survey.planes), sum(survey.planes.values())
    if survey.problem:
        raise RefusedSample(
            "INV004",
            promised=f"{promised} planes",
            present=f"{present}",
            where=survey.problem.message.removeprefix("truncated or incomplete: "),
        )
    return Completeness(
        checked=True,
        method=METHOD,
        promised_planes=promised,
        present_planes=present,
        promised_bytes=survey.promised_bytes,
        present_bytes=survey.promised_bytes,
    )


def parts_of(path: Path) -> set[int]:
    """Numbers of the parts, other than this file, that a CZI's directory places subblocks in."""
    with Window(path) as window:
        part, entries = read_directory(window)
    return {entry.part for entry in entries} - {part}


def read_directory(window: Window) -> tuple[int, list[Subblock]]:
    """Number of a file among the parts of its CZI, and every subblock that its directory lists."""
    header = _segment(window, 0, "ZISRAWFILE", "file header", 80)
    part, directory = struct.unpack_from("<iq", header, 48)
    return part, _directory(window, directory) if directory else []


def part_name(path: Path, part: int) -> str:
    """Name of a part: ``name.czi`` is part 0, ``name (1).czi`` the next."""
    stem = re.sub(r" ?\(\d+\)$", "", path.stem)
    return f"{stem} ({part}){path.suffix}" if part else f"{stem}{path.suffix}"


def _segment(window: Window, position: int, name: str, where: str, fixed: int = 8) -> bytes:
    """Return the first ``fixed`` bytes of a segment's content, its place, length and name checked."""
    kind, allocated, used = window.unpack("<16sqq", position, where)
    if kind.rstrip(b"\0") != name.encode("ascii"):
        raise RefusedSample("INV005", reason=f"{where} is not a {name} segment")
    window.require(position + HEADER_BYTES, max(allocated, used), where)
    return window.read(position + HEADER_BYTES, fixed, where)


def _directory(window: Window, position: int) -> list[Subblock]:
    head = _segment(window, position, "ZISRAWDIRECTORY", "subblock directory")
    (count,) = struct.unpack_from("<i", head)
    start = position + HEADER_BYTES + 128
    # The shortest entry has 32 bytes: an absurd count is refused before anything is read by it.
    window.require(start, max(count, 0) * 32, "subblock directory")
    entries = []
    for number in range(count):
        entry = _entry(window, start, f"subblock directory entry {number}")
        entries.append(entry)
        start += entry.bytes
    return entries


def _entry(window: Window, at: int, where: str) -> Subblock:
    schema, pixel_type, position, part, compression, pyramid, dimensions = window.unpack("<2siqiiB5xi", at, where)
    if schema != b"DV" or not 0 <= dimensions <= 64:
        raise RefusedSample("INV005", reason=f"{where} is of an unknown kind")
    table = window.read(at + 32, dimensions * 20, where)
    starts, sizes, stored = {}, {}, 1
    for name, start, size, _, stored_size in struct.iter_unpack("<4siifi", table):
        letter = name.rstrip(b"\0").decode("ascii", "replace")
        starts[letter], sizes[letter] = start, size
        stored *= stored_size or size
    return Subblock(position, part, pixel_type, compression, pyramid, starts, sizes, stored, 32 + dimensions * 20)


def _survey(window: Window, entries: list[Subblock], own: int, path: Path, files: Sequence[Path]) -> Survey:
    survey = Survey()
    others = {number: _part_file(path, number, files) for number in sorted({entry.part for entry in entries} - {own})}
    for part in [own, *others]:
        mine = [entry for entry in entries if entry.part == part]
        if part == own:
            _subblocks(window, mine, survey)
        else:
            with Window(others[part]) as other:
                _subblocks(other, mine, survey)
    return survey


def _part_file(path: Path, part: int, files: Sequence[Path]) -> Path:
    name = part_name(path, part)
    for file in files:
        if file.name.casefold() == name.casefold():
            return file
    raise RefusedSample("INV006", name=name)


def _subblocks(window: Window, entries: list[Subblock], survey: Survey) -> None:
    for entry in sorted(entries, key=lambda entry: entry.position):
        plane = tuple(sorted((axis, start) for axis, start in entry.starts.items() if axis in PLANE_AXES))
        for axis, start in plane:
            survey.extent[axis].add(start)
        try:
            survey.promised_bytes += _subblock(window, entry)
            survey.planes.setdefault(plane, True)
        except RefusedSample as problem:
            survey.planes[plane] = False
            survey.problem = survey.problem or problem


def _subblock(window: Window, entry: Subblock) -> int:
    """Check one subblock's segment; returns the bytes of its pixels."""
    where = f"subblock at byte {entry.position}"
    (kind,) = window.unpack("<16s16x", entry.position, where)
    if kind.rstrip(b"\0") != b"ZISRAWSUBBLOCK":
        raise RefusedSample("INV005", reason=f"no subblock at byte {entry.position}")
    metadata, attachment, data = window.unpack("<iiq", entry.position + HEADER_BYTES, where)
    if min(metadata, attachment, data) < 0:
        raise RefusedSample("INV005", reason=f"{where} has a negative length")
    length = max(256, 16 + entry.bytes) + metadata + data + attachment
    window.require(entry.position + HEADER_BYTES, length, where)
    pixels = entry.stored * PIXEL_BYTES.get(entry.pixel_type, 0)
    if entry.compression == 0 and data < pixels:
        raise RefusedSample("INV004", promised=f"{pixels} bytes", present=f"{data}", where=where)
    if data == 0:
        raise RefusedSample("INV004", promised="pixels", present="none", where=where)
    return int(data)


def _metadata(window: Window, position: int) -> bytes:
    if position == 0:
        return b""
    head = _segment(window, position, "ZISRAWMETADATA", "metadata")
    xml, attachment = struct.unpack_from("<ii", head)
    window.require(position + HEADER_BYTES + 256, max(xml, 0) + max(attachment, 0), "metadata")
    return window.read(position + HEADER_BYTES + 256, max(xml, 0), "metadata")


def _attachments(window: Window, position: int) -> None:
    if position == 0:
        return
    head = _segment(window, position, "ZISRAWATTDIR", "attachment directory")
    (count,) = struct.unpack_from("<i", head)
    start = position + HEADER_BYTES + 256
    window.require(start, max(count, 0) * 128, "attachment directory")
    for number in range(count):
        schema, place = window.unpack("<2s10xq", start + number * 128, "attachment directory")
        if schema == b"A1":
            _segment(window, place, "ZISRAWATTACH", f"attachment {number}")


def _sizes(xml: bytes, survey: Survey) -> None:
    """Refuse when the metadata promises more positions along an axis than the directory has."""
    if not survey.planes:
        raise RefusedSample("INV004", promised="subblocks", present="none", where="subblock directory")
    for axis in PLANE_AXES:
        found = re.search(rb"<Image>.*?<Size%s>\s*(\d{1,9})\s*</Size%s>" % ((axis.encode(),) * 2), xml, re.S)
        promised = int(found[1]) if found else 0
        present = len(survey.extent.get(axis, ()))
        if promised > max(1, present):
            raise RefusedSample(
                "INV004", promised=f"Size{axis} {promised}", present=f"{present}", where="CZI metadata"
            )
