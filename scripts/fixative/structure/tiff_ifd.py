"""TIFF directories, read without trusting them: classic, BigTIFF, NDPI; both byte orders.

Notes
-----
TIFF 6.0 (Adobe, 1992); BigTIFF: https://www.awaresystems.be/imaging/tiff/bigtiff.html. NDPI is classic
little-endian TIFF whose offsets are 64 bits wide: the header and each directory end in an 8-byte offset,
after which 4 high bytes for every entry follow (https://openslide.org/formats/hamamatsu/).
"""

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fixative.findings import RefusedSample
from fixative.structure.window import Window
from fixative.tiff_dialect import FIELD_BYTES

FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
MAX_ENTRIES = 4096
NDPI_TAG = 65420
SUB_IFDS = 330
UIC_BYTES = {33628: 0, 33629: 24, 33630: 8, 33631: 0}
"""MetaMorph's tags: their counts are numbers of planes; bytes of each plane where that is fixed."""


@dataclass(frozen=True)
class Entry:
    """One directory entry: where its values lie."""

    tag: int
    type: int
    count: int
    offset: int
    high: int = 0
    """The value's upper 32 bits where an NDPI file keeps a single number within the entry."""

    @property
    def bytes(self) -> int:
        """Bytes of all values."""
        return FIELD_BYTES[self.type] * self.count


@dataclass
class Ifd:
    """One image file directory."""

    where: str
    offset: int
    entries: dict[int, Entry] = field(default_factory=dict)
    next: int = 0
    problem: RefusedSample | None = None
    """Set when the directory cannot be read whole."""


class Tiff:
    """The directories of one TIFF file.

    Parameters
    ----------
    window : Window
        The file.

    Raises
    ------
    RefusedSample
        INV004 where even the header is not there, INV005 where it is not a TIFF header.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        mark = window.read(0, 2, "TIFF header")
        if mark not in (b"II", b"MM"):
            raise RefusedSample("INV005", reason="no TIFF header")
        self.order = "<" if mark == b"II" else ">"
        (version,) = window.unpack(self.order + "H", 2, "TIFF header")
        self.big = version == 43
        self.ndpi = False
        if self.big and window.unpack(self.order + "HH", 4, "BigTIFF header") != (8, 0):
            raise RefusedSample("INV005", reason="BigTIFF header without 8-byte offsets")
        self.first = self._offset(8 if self.big else 4, "TIFF header")
        self._seen: set[int] = set()
        self._spent = 0
        if self.order == "<" and not self.big and self.first:
            self._recognise_ndpi()

    def chain(self, offset: int, label: str) -> Iterator[Ifd]:
        """Walk directories from ``offset``; the last one has a ``problem`` where the chain is broken.

        Parameters
        ----------
        offset
            Of the first directory.
        label
            What each is called, with its number: ``ifd`` gives ``ifd[0]``.
        """
        number = 0
        while offset:
            where = f"{label}[{number}]"
            ifd = self._read(offset, where)
            yield ifd
            if ifd.problem and not ifd.next:
                return
            offset, number = ifd.next, number + 1

    def below(self, ifd: Ifd) -> Iterator[Ifd]:
        """Walk the sub-directories of a directory, and theirs; each is met once.

        Levels of a pyramid may be listed in the tag, chained, or both: what was met is passed over.
        """
        waiting = [
            (offset, f"{ifd.where}.subifd[{number}]") for number, offset in enumerate(self.values(ifd, SUB_IFDS))
        ]
        while waiting:
            offset, where = waiting.pop(0)
            if offset == 0 or offset in self._seen:
                continue
            child = self._read(offset, where)
            yield child
            waiting.append((child.next, f"{where}.next"))
            waiting += [(offset, f"{where}.subifd") for offset in self._sub_offsets(child)]

    def outline(self, offset: int, where: str) -> RefusedSample | None:
        """Problem of a directory that holds no pixels (EXIF, GPS), or None."""
        return None if offset in self._seen else self._read(offset, where).problem

    def _sub_offsets(self, ifd: Ifd) -> Sequence[int]:
        return () if ifd.problem else self.values(ifd, SUB_IFDS)

    def values(self, ifd: Ifd, tag: int) -> Sequence[int]:
        """Integer values of a tag; empty where the tag is absent or does not hold integers."""
        entry = ifd.entries.get(tag)
        if entry is None or entry.type not in FORMATS:
            return ()
        self._spend(entry.bytes)
        data = self.window.read(entry.offset, entry.bytes, f"{ifd.where} tag {tag}")
        # An array, not a tuple: a slide has millions of tiles.
        values = array(FORMATS[entry.type], data)
        if (self.order == "<") != (sys.byteorder == "little"):
            values.byteswap()
        return (values[0] + (entry.high << 32),) if entry.high and values else values

    def value(self, ifd: Ifd, tag: int, default: int) -> int:
        """First integer value of a tag, or ``default``."""
        entry = ifd.entries.get(tag)
        if entry is None or entry.type not in FORMATS or not entry.count:
            return default
        (value,) = self.window.unpack(self.order + FORMATS[entry.type], entry.offset, f"{ifd.where} tag {tag}")
        return int(value) + (entry.high << 32)

    def text(self, ifd: Ifd, tag: int) -> bytes:
        """Bytes of a text tag without trailing NUL; empty where it is absent."""
        entry = ifd.entries.get(tag)
        if entry is None or entry.type not in (1, 2, 7):
            return b""
        return self.window.read(entry.offset, entry.bytes, f"{ifd.where} tag {tag}").rstrip(b"\0")

    def _offset(self, at: int, where: str) -> int:
        wide = self.big or self.ndpi
        return int(self.window.unpack(self.order + ("Q" if wide else "I"), at, where)[0])

    def _recognise_ndpi(self) -> None:
        if self.window.bytes < 12 or self.window.unpack("<I", 8, "TIFF header")[0] > 255:
            # Not the upper half of a 64-bit offset.
            return
        if self._read(self.first, "ifd[0]").entries.get(NDPI_TAG) is not None:
            self.ndpi = True
            self.first = self._offset(4, "TIFF header")
        self._seen.clear()
        self._spent = 0

    def _spend(self, count: int) -> None:
        """Count bytes of tables read: honest tables do not overlap, so they cannot exceed the file by far."""
        self._spent += count
        if self._spent > 8 * self.window.bytes + 4096:
            raise RefusedSample("INV005", reason="TIFF directories overlap")

    def _read(self, offset: int, where: str) -> Ifd:
        ifd = Ifd(where, offset)
        try:
            self._fill(ifd)
        except RefusedSample as problem:
            ifd.problem = ifd.problem or problem
        return ifd

    def _fill(self, ifd: Ifd) -> None:
        if ifd.offset in self._seen:
            raise RefusedSample("INV005", reason=f"TIFF directories form a loop at {ifd.where}")
        self._seen.add(ifd.offset)
        number, entry_bytes = ("Q", 20) if self.big else ("H", 12)
        start = ifd.offset + (8 if self.big else 2)
        (count,) = self.window.unpack(self.order + number, ifd.offset, ifd.where)
        if not 0 < count <= MAX_ENTRIES:
            raise RefusedSample("INV005", reason=f"{ifd.where} has {count} entries")
        self._spend(count * entry_bytes)
        table = self.window.read(start, count * entry_bytes, ifd.where)
        after = start + count * entry_bytes
        high = self._high_bytes(after + 8, count, ifd.where) if self.ndpi else ()
        self._entries(ifd, table, start, high)
        ifd.next = self._offset(after, f"{ifd.where} offset of the next directory")

    def _high_bytes(self, offset: int, count: int, where: str) -> tuple[int, ...]:
        return self.window.unpack(f"<{count}I", offset, where)

    def _entries(self, ifd: Ifd, table: bytes, start: int, high: tuple[int, ...]) -> None:
        layout, inline = (self.order + "HHQ8s", 8) if self.big else (self.order + "HHI4s", 4)
        entry_bytes = struct.calcsize(layout)
        for number, (tag, kind, count, value) in enumerate(struct.iter_unpack(layout, table)):
            if kind not in FIELD_BYTES:
                continue
            upper = high[number] if high else 0
            if FIELD_BYTES[kind] * count <= inline:
                place = start + number * entry_bytes + entry_bytes - inline
                upper = upper if count == 1 and FIELD_BYTES[kind] == 4 else 0
                entry = Entry(tag, kind, count, place, upper)
            else:
                place = int.from_bytes(value, "little" if self.order == "<" else "big") + (upper << 32)
                entry = Entry(tag, kind, count, place)
            ifd.entries.setdefault(tag, entry)
            held = UIC_BYTES[tag] * count if tag in UIC_BYTES else entry.bytes
            if ifd.problem is None and not self.window.holds(entry.offset, held):
                ifd.problem = self.window.outside(entry.offset, held, f"{ifd.where} tag {tag}")
