"""Every tag of every IFD of a TIFF, read by seeking: what no reader library hands over completely.

A file of its own rather than tifffile's parser, which leaves out a tag it cannot decode; here a broken tag
stands as ``{"error": ...}``. Only names come from tifffile. Layout: TIFF 6.0 and its BigTIFF extension.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from fixative.metadata.tag_values import OFFSET_TABLES, decode_value, tag_name
from fixative.metadata.tiff_columns import as_columns
from fixative.tiff_dialect import FIELD_BYTES

MOST_IFDS = 1_000_000
MOST_TAGS = 4096
LONGEST_VALUE_BYTES = 64 * 1024 * 1024
"""A longer value (an embedded file, a damaged count) is not read: its length alone stands."""

_POINTERS = {34665: "exif", 34853: "gps", 40965: "interoperability"}
_SUBIFDS = 330
_NDPI_TAG = 65420
_DEEPEST = 4


class BadTiff(Exception):
    """The file is no TIFF, or its structure leads nowhere."""


@dataclass(frozen=True)
class _Layout:
    """How this file writes its numbers."""

    order: str
    big: bool
    ndpi: bool = False
    """Hamamatsu's: classic, but offsets of IFDs have 64 bits, and the high bytes of each entry follow the table."""

    @property
    def offset(self) -> str:
        return f"{self.order}{'Q' if self.big else 'I'}"

    @property
    def next(self) -> str:
        return f"{self.order}{'Q' if self.big or self.ndpi else 'I'}"

    @property
    def count(self) -> str:
        return f"{self.order}{'Q' if self.big else 'H'}"

    @property
    def entry_bytes(self) -> int:
        return 20 if self.big else 12

    @property
    def inline_bytes(self) -> int:
        return 8 if self.big else 4


@dataclass(frozen=True)
class _Entry:
    """One tag as the IFD lists it."""

    code: int
    type: int
    count: int
    inline: bytes
    high: int = 0


def is_tiff(path: Path) -> bool:
    """Whether a file begins as a TIFF or BigTIFF."""
    with path.open("rb") as stream:
        return stream.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def tiff_tree(path: Path) -> dict[str, Any]:
    """Read every tag of every IFD, SubIFD and EXIF/GPS IFD.

    Returns
    -------
    dict
        ``byte_order``, ``bigtiff``, ``ifd``: a list of IFDs, tag name to value, each with ``subifd``,
        ``exif``, ``gps`` where it has them. Consecutive IFDs with equal tags are one, with ``repeats``: how
        many there are. Of many that differ the first stands there, and all of them as columns in ``ifds``; see
        `tiff_columns`. ``error`` where the chain of IFDs breaks off.
    """
    with path.open("rb") as stream:
        return _File(stream, path.stat().st_size).tree()


class _File:
    """One TIFF, open."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self.stream = stream
        self.size = size
        self.seen: set[int] = set()

    def tree(self) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        try:
            self.layout, first = self._ndpi(*self._header())
            tree["byte_order"] = "little" if self.layout.order == "<" else "big"
            tree["bigtiff"] = self.layout.big
            ifds: list[dict[str, Any]] = []
            tree["ifd"] = ifds
            for ifd in self._chain(first):
                _append(ifds, ifd)
        except BadTiff as error:
            tree["error"] = str(error)
        return as_columns(tree)

    def _header(self) -> tuple[_Layout, int]:
        head = self._read(0, 16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None or len(head) < 8:
            raise BadTiff("not a TIFF")
        (version,) = struct.unpack(f"{order}H", head[2:4])
        if version == 43 and len(head) == 16:
            return _Layout(order, True), struct.unpack(f"{order}Q", head[8:])[0]
        return _Layout(order, False), struct.unpack(f"{order}I", head[4:8])[0]

    def _ndpi(self, layout: _Layout, first: int) -> tuple[_Layout, int]:
        """Layout and first IFD, as Hamamatsu writes them where the first IFD has the tag of an NDPI."""
        if layout.big or layout.order != "<" or not first:
            return layout, first
        self.layout = layout
        try:
            entries, _ = self._entries(first)
        except BadTiff:
            entries = []
        if all(entry.code != _NDPI_TAG for entry in entries):
            return layout, first
        (first,) = struct.unpack("<Q", self._exactly(4, 8))
        return _Layout("<", False, ndpi=True), first

    def _chain(self, offset: int) -> Iterator[dict[str, Any]]:
        """Each IFD of a chain, until it ends, breaks off or leads back."""
        while offset:
            if offset in self.seen or len(self.seen) > MOST_IFDS:
                raise BadTiff(f"chain of IFDs leads back after {len(self.seen)}")
            self.seen.add(offset)
            entries, offset = self._entries(offset)
            yield self._ifd(entries, 0, "ndpi" if self.layout.ndpi else "ifd")

    def _entries(self, offset: int) -> tuple[list[_Entry], int]:
        """Tags an IFD lists, undecoded, and the offset of the next IFD."""
        layout = self.layout
        head = struct.calcsize(layout.count)
        (number,) = struct.unpack(layout.count, self._exactly(offset, head))
        if number > MOST_TAGS:
            raise BadTiff(f"IFD of {number} tags")
        table = self._exactly(offset + head, number * layout.entry_bytes)
        width = "QII"[0] if layout.big else "I"
        entries = [
            _Entry(code, kind, count, inline)
            for code, kind, count, inline in struct.iter_unpack(
                f"{layout.order}HH{width}{layout.inline_bytes}s", table
            )
        ]
        end, width_bytes = offset + head + len(table), struct.calcsize(layout.next)
        after = self._read(end, width_bytes)
        if layout.ndpi:
            high = self._read(end + width_bytes, 4 * number)
            upper = struct.unpack(f"<{len(high) // 4}I", high[: len(high) // 4 * 4])
            entries = [replace(entry, high=more) for entry, more in zip(entries, upper, strict=False)]
        return entries, struct.unpack(layout.next, after)[0] if len(after) == width_bytes else 0

    def _ifd(self, entries: list[_Entry], depth: int, group: str = "ifd") -> dict[str, Any]:
        """Tags of one IFD by name; one that stands again, as in a damaged IFD, with its place."""
        ifd: dict[str, Any] = {}
        for place, entry in enumerate(entries):
            name = tag_name(entry.code, group)
            ifd[f"{name} ({place})" if name in ifd else name] = self._value(entry, group)
            if depth < _DEEPEST:
                self._follow(ifd, entry, depth)
        return ifd

    def _follow(self, ifd: dict[str, Any], entry: _Entry, depth: int) -> None:
        """Read the IFDs that a tag points to."""
        if entry.code == _SUBIFDS:
            offsets = self._offsets(entry)
            # Some writers chain SubIFDs through their next-IFD offset as well: only the listed ones count
            levels = [self._pointed(offset, depth, "ifd") for offset in offsets[:MOST_TAGS]]
            ifd["subifd"] = levels
        elif entry.code in _POINTERS:
            group = _POINTERS[entry.code]
            for offset in self._offsets(entry)[:1]:
                ifd[group] = self._pointed(offset, depth, group)

    def _pointed(self, offset: int, depth: int, group: str) -> dict[str, Any]:
        if offset in self.seen:
            return {"error": "leads back"}
        self.seen.add(offset)
        try:
            return self._ifd(self._entries(offset)[0], depth + 1, group)
        except BadTiff as error:
            return {"error": str(error)}

    def _offsets(self, entry: _Entry) -> list[int]:
        try:
            content = self._content(entry)
        except BadTiff:
            return []
        size = FIELD_BYTES[entry.type]
        form = {4: "I", 8: "Q", 2: "H"}.get(size)
        if form is None:
            return []
        return list(struct.unpack(f"{self.layout.order}{entry.count}{form}", content))

    def _value(self, entry: _Entry, group: str) -> Any:
        if entry.code in OFFSET_TABLES or entry.code == _SUBIFDS or entry.code in _POINTERS:
            return {"count": entry.count}
        try:
            content = self._content(entry)
        except BadTiff as error:
            return {"error": str(error)}
        return decode_value(entry.code, entry.type, content, self.layout.order, group)

    def _content(self, entry: _Entry) -> bytes:
        """Bytes of a tag's value."""
        if entry.type not in FIELD_BYTES:
            raise BadTiff(f"type {entry.type} unknown")
        length = entry.count * FIELD_BYTES[entry.type]
        if length <= self.layout.inline_bytes:
            return entry.inline[:length]
        if length > LONGEST_VALUE_BYTES:
            raise BadTiff(f"{length} bytes, not read")
        (offset,) = struct.unpack(self.layout.offset, entry.inline)
        return self._exactly(offset + (entry.high << 32), length)

    def _exactly(self, offset: int, length: int) -> bytes:
        content = self._read(offset, length)
        if len(content) < length:
            raise BadTiff(f"{length} bytes at {offset} promised, {len(content)} present")
        return content

    def _read(self, offset: int, length: int) -> bytes:
        if offset > self.size:
            return b""
        self.stream.seek(offset)
        return self.stream.read(min(length, self.size - offset))


def _append(ifds: list[dict[str, Any]], ifd: dict[str, Any]) -> None:
    """Add an IFD, or count it where it equals the one before."""
    if ifds:
        last = {name: value for name, value in ifds[-1].items() if name != "repeats"}
        if last == ifd:
            ifds[-1]["repeats"] = ifds[-1].get("repeats", 1) + 1
            return
    ifds.append(ifd)
