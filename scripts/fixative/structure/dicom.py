"""DICOM: the pixel data that rows, columns and frames promise lie within the file, whole.

Notes
-----
DICOM PS3.5, sections 7 (elements), A (transfer syntaxes). Elements are walked at the top level; what is
nested in sequences is passed over by lengths and delimiters.
"""

from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import Window

LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
PIXELS = {(0x7FE0, 0x0010), (0x7FE0, 0x0008), (0x7FE0, 0x0009)}
SYNTAX, IMPLICIT, BIG, DEFLATED = (
    (2, 0x10),
    b"1.2.840.10008.1.2",
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
MAX_DEPTH = 64


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

    def end(self, at: int, length: int, depth: int = 0) -> int:
        """Position after a value; one of undefined length ends with its delimiter."""
        if length != UNDEFINED:
            self.window.require(at, length, "DICOM element")
            return at + length
        if depth > MAX_DEPTH:
            raise RefusedSample("INV005", reason="DICOM sequences are nested too deeply")
        while True:
            tag, value, size = self.header(at)
            if tag in (SEQUENCE_END, ITEM_END):
                return value
            at = self.end(value, size, depth + 1)


def check_dicom(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Walk the elements to the pixel data and compare their length with the promised size.

    Raises
    ------
    RefusedSample
        INV004 where the file ends early or holds fewer pixels than promised.
    """
    with Window(path) as window:
        syntax, start = _meta(window)
        if syntax == DEFLATED:
            return Completeness(checked=False, method="no structure check for deflated DICOM")
        order = ">" if syntax == BIG else "<"
        elements = _Elements(window, order, explicit=syntax != IMPLICIT)
        counts = {"samples": 1, "frames": 1, "rows": 0, "columns": 0, "bits": 0}
        at, stored = start, None
        while at < window.bytes:
            tag, value, length = elements.header(at)
            end = elements.end(value, length)
            if tag in COUNTS and 0 < length <= 16:
                counts[COUNTS[tag]] = _count(window.read(value, length, "DICOM element"), order, tag)
            if tag in PIXELS:
                stored = (end - value, length == UNDEFINED)
            at = end
    promised = -(-counts["rows"] * counts["columns"] * counts["samples"] * counts["frames"] * counts["bits"] // 8)
    if stored is None:
        raise RefusedSample("INV004", promised="pixel data", present="none", where="DICOM data set")
    if not stored[1] and stored[0] < promised:
        raise RefusedSample("INV004", promised=f"{promised} bytes", present=f"{stored[0]}", where="DICOM pixel data")
    return Completeness(
        checked=True,
        method="rows, columns and frames against the pixel data, elements against the file's size",
        promised_planes=counts["frames"],
        present_planes=counts["frames"],
        promised_bytes=stored[0],
        present_bytes=stored[0],
    )


def _meta(window: Window) -> tuple[bytes, int]:
    """Transfer syntax, and where the data set begins; the file meta group is explicit, little-endian."""
    elements, at, syntax = _Elements(window, "<", explicit=True), 132, IMPLICIT
    while at + 8 <= window.bytes:
        tag, value, length = elements.header(at)
        if tag[0] != 2:
            break
        if tag == SYNTAX:
            syntax = window.read(value, length, "DICOM transfer syntax").rstrip(b"\0 ")
        at = elements.end(value, length)
    return syntax, at


def _count(value: bytes, order: str, tag: tuple[int, int]) -> int:
    if COUNTS[tag] == "frames":
        text = value.strip(b"\0 ")
        return int(text) if text.isdigit() else 1
    return int.from_bytes(value[:2], "little" if order == "<" else "big")
