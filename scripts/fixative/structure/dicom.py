"""DICOM: the pixel data that rows, columns and frames promise lie within the file, whole.

Notes
-----
DICOM PS3.5, sections 7 (elements), 6.2.2 (unknown values of undefined length are implicit), A (transfer
syntaxes). Elements are walked at the top level; what is nested in sequences is passed over by lengths and
delimiters. A file without preamble begins with its first element.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import Window

LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
PIXELS = {(0x7FE0, 0x0010), (0x7FE0, 0x0008), (0x7FE0, 0x0009)}
SYNTAX, IMPLICIT, EXPLICIT, BIG, DEFLATED = (
    (2, 0x10),
    b"1.2.840.10008.1.2",
    b"1.2.840.10008.1.2.1",
    b"1.2.840.10008.1.2.2",
    b"1.2.840.10008.1.2.1.99",
)
COUNTS = {
    (0x28, 2): "samples",
    (0x28, 8): "frames",
    (0x28, 0x10): "rows",
    (0x28, 0x11): "columns",
    (0x28, 0x100): "bits",
}
PHOTOMETRIC = (0x28, 4)
MAX_DEPTH = 64
CHUNK_BYTES = 1024 * 1024


class _Elements:
    """Walks the elements of one data set."""

    def __init__(self, window: Window, order: str, *, explicit: bool) -> None:
        self.window, self.order, self.explicit = window, order, explicit

    def header(self, at: int) -> tuple[tuple[int, int], int, int]:
        """Tag, position of the value and its length."""
        group, element = self.window.unpack(f"{self.order}HH", at, "DICOM element")
        if self.explicit and group != 0xFFFE:
            kind = self.window.read(at + 4, 2, "DICOM element")
            if kind in LONG:
                return (
                    (group, element),
                    at + 12,
                    self.window.unpack(f"{self.order}I", at + 8, "DICOM element")[0],
                )
            return (group, element), at + 8, self.window.unpack(f"{self.order}H", at + 6, "DICOM element")[0]
        return (group, element), at + 8, self.window.unpack(f"{self.order}I", at + 4, "DICOM element")[0]

    def end(self, at: int, length: int, depth: int = 0, *, unknown: bool = False) -> int:
        """Position after a value; one of undefined length ends with its delimiter."""
        if length != UNDEFINED:
            self.window.require(at, length, "DICOM element")
            return at + length
        if depth > MAX_DEPTH:
            raise RefusedSample("INV005", reason="DICOM sequences are nested too deeply")
        walker = _Elements(self.window, "<", explicit=False) if unknown else self
        while True:
            tag, value, size = walker.header(at)
            if tag in (SEQUENCE_END, ITEM_END):
                return value
            at = walker.end(value, size, depth + 1, unknown=walker.is_unknown(at))

    def is_unknown(self, at: int) -> bool:
        """Whether the element at a position is of unknown type (UN)."""
        return self.explicit and self.window.read(at + 4, 2, "DICOM element") == b"UN"

    def fragments(self, at: int) -> int:
        """Number of fragments of encapsulated pixel data, the offset table not counted."""
        found = -1
        while True:
            tag, value, size = self.header(at)
            if tag != ITEM:
                return max(0, found)
            at, found = self.end(value, size), found + 1


def check_dicom(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Walk the elements to the pixel data and compare their length with the promised size.

    Raises
    ------
    RefusedSample
        INV004 where the file ends early or holds fewer pixels than promised.
    """
    with Window(path) as window:
        syntax, start = data_set_start(window)
        if syntax == DEFLATED:
            return _check_deflated(window, start)
        order = ">" if syntax == BIG else "<"
        elements = _Elements(window, order, explicit=syntax != IMPLICIT and _has_types(window, start))
        counts = {"samples": 1, "frames": 1, "rows": 0, "columns": 0, "bits": 0}
        at, stored, subsampled = start, None, False
        while at < window.bytes:
            tag, value, length = elements.header(at)
            end = elements.end(value, length, unknown=length == UNDEFINED and elements.is_unknown(at))
            if tag in COUNTS and 0 < length <= 16:
                counts[COUNTS[tag]] = _count(window.read(value, length, "DICOM element"), order, tag)
            if tag == PHOTOMETRIC and 0 < length <= 16:
                subsampled = window.read(value, length, "DICOM element").rstrip(b"\0 ") == b"YBR_FULL_422"
            if tag in PIXELS:
                stored = (end - value, elements.fragments(value) if length == UNDEFINED else None)
            at = end
    return _compared(path, counts, stored, subsampled=subsampled)


def _compared(
    path: Path, counts: dict[str, int], stored: tuple[int, int | None] | None, *, subsampled: bool
) -> Completeness:
    """Compare the counts with the pixel data: their bytes, and their fragments where they are compressed."""
    if stored is None and not counts["rows"]:
        raise RefusedSample("INV011", name=path.name, found="DICOM without an image")
    if stored is None:
        raise RefusedSample("INV004", promised="pixel data", present="none", where="DICOM data set")
    # Chroma for every second pixel: two values a pixel instead of three
    samples = 2 if subsampled and counts["samples"] == 3 else counts["samples"]
    promised = -(-counts["rows"] * counts["columns"] * samples * counts["frames"] * counts["bits"] // 8)
    size, fragments = stored
    if fragments is None and size < promised:
        raise RefusedSample("INV004", promised=f"{promised} bytes", present=f"{size}", where="DICOM pixel data")
    if fragments is not None and fragments < counts["frames"]:
        raise RefusedSample(
            "INV004", promised=f"{counts['frames']} frames", present=f"{fragments}", where="DICOM fragments"
        )
    return Completeness(
        checked=True,
        method="rows, columns and frames against the pixel data, elements against the file's size",
        promised_planes=counts["frames"],
        present_planes=counts["frames"],
        promised_bytes=size,
        present_bytes=size,
    )


def _check_deflated(window: Window, start: int) -> Completeness:
    """Inflate to the end of the stream, without keeping what comes out."""
    inflater, at = zlib.decompressobj(-zlib.MAX_WBITS), start
    while not inflater.eof and at < window.bytes:
        count = min(CHUNK_BYTES, window.bytes - at)
        waiting, at = window.read(at, count, "deflated DICOM data set"), at + count
        while waiting and not inflater.eof:
            try:
                inflater.decompress(waiting, CHUNK_BYTES)
            except zlib.error as error:
                raise RefusedSample("INV005", reason="deflated DICOM data set cannot be inflated") from error
            waiting = inflater.unconsumed_tail
    if not inflater.eof:
        raise RefusedSample("INV004", promised="a whole deflated data set", present="a part", where="end of file")
    size = window.bytes - start
    return Completeness(checked=True, method="deflated data set to its end", promised_bytes=size, present_bytes=size)


def data_set_start(window: Window) -> tuple[bytes, int]:
    """Transfer syntax, and where the data set begins; the file meta group is explicit, little-endian.

    A file without preamble may have that group or not. Without a stated syntax, the first element of the data
    set tells: a type in two capital letters is explicit, a group beyond 0x00ff read as little-endian is big-endian.
    """
    bare = not window.holds(128, 4) or window.read(128, 4, "DICOM preamble") != b"DICM"
    elements, at, syntax = _Elements(window, "<", explicit=True), 0 if bare else 132, b""
    while at + 8 <= window.bytes:
        tag, value, length = elements.header(at)
        if tag[0] != 2:
            break
        if tag == SYNTAX:
            syntax = window.read(value, length, "DICOM transfer syntax").rstrip(b"\0 ")
        at = elements.end(value, length)
    return syntax or _guessed(window, at), at


def _guessed(window: Window, at: int) -> bytes:
    if not _has_types(window, at):
        return IMPLICIT
    head = window.read(at, 2, "DICOM element")
    return BIG if head[0] == 0 and head[1] else EXPLICIT


def _has_types(window: Window, at: int) -> bool:
    """Whether the first element has its type, whatever the stated syntax: some writers leave them out."""
    kind = window.read(at + 4, 2, "DICOM element") if window.holds(at, 8) else b""
    return kind.isalpha() and kind.isupper()


def _count(value: bytes, order: str, tag: tuple[int, int]) -> int:
    if COUNTS[tag] == "frames":
        text = value.strip(b"\0 ")
        return int(text) if text.isdigit() else 1
    return int.from_bytes(value[:2], "little" if order == "<" else "big")
