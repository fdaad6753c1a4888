"""General containers: OLE compound files (OIB, ZVI, FlashPix, MIC) and HDF5: whole, and as long as they say.

Notes
-----
[MS-CFB] Compound File Binary File Format, 2.2 to 2.6: a stream below 4,096 bytes lies in the mini stream. HDF5
File Format Specification, level 0A (superblock).
"""

from array import array
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete
from fixative.structure.window import Window

HDF5_MARK = b"\x89HDF\r\n\x1a\n"
FREE, MAX_REGULAR = 0xFFFFFFFF, 0xFFFFFFFA
STREAM, ROOT = 2, 5
ENTRY = 128


def check_ole(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the chain of every stream of the directory; compare the last sector used with the file's size.

    Raises
    ------
    RefusedSample
        INV004 where sectors are missing or chains end early, INV005 where a table is damaged.
    """
    with Window(path) as window:
        (shift,), (mini_shift,) = window.unpack("<H", 30, "OLE header"), window.unpack("<H", 32, "OLE header")
        if shift not in (9, 12) or not 4 <= mini_shift <= shift:
            raise RefusedSample("INV005", reason="OLE header without a known sector size")
        sector = 1 << shift
        table = _table(window, sector)
        last = next((index for index in range(len(table) - 1, -1, -1) if table[index] != FREE), -1)
        # Sector 0 follows the header; the last one may be short, as some writers leave it.
        window.require(0, (last + 1) * sector + 1, "sectors of the OLE allocation table")
        (cutoff,), (first_mini,) = window.unpack("<I", 56, "OLE header"), window.unpack("<I", 60, "OLE header")
        entries = list(_directory(window, table, sector))
        mini = _mini_table(window, table, first_mini, sector)
        streams = stored = 0
        for kind, start, size in entries:
            if kind not in (STREAM, ROOT) or size == 0:
                continue
            small = kind == STREAM and size < cutoff
            _require_chain(window, mini if small else table, start, size, mini_shift if small else shift, small)
            streams, stored = streams + (kind == STREAM), stored + (size if kind == STREAM else 0)
    if not streams:
        raise RefusedSample("INV004", promised="streams", present="none", where="OLE directory")
    return complete(f"chains of {streams} OLE streams against the file's sectors", size=stored)


def _require_chain(window: Window, table: "array[int]", start: int, size: int, shift: int, small: bool) -> None:
    """Refuse a chain that is shorter than its stream, or leads out of the file."""
    needed, at, found = -(-size // (1 << shift)), start, 0
    while found < needed:
        if at >= len(table):
            break
        rest = size - (found << shift)
        # The mini stream's own sectors are looked at as the root's chain.
        if not small and not window.holds((at + 1) << shift, min(rest, 1 << shift)):
            break
        found, at = found + 1, table[at]
    if found < needed:
        raise RefusedSample(
            "INV004", promised=f"{needed} sectors", present=f"{found}", where="a stream of the OLE file"
        )


def _table(window: Window, sector: int) -> "array[int]":
    """Return the allocation table: for each sector, the one that follows it."""
    count, following = window.unpack("<I", 44, "OLE header")[0], window.unpack("<I", 68, "OLE header")[0]
    window.require(0, count * sector, "OLE allocation table")
    places = list(window.unpack("<109I", 76, "OLE header"))
    seen: set[int] = set()
    while len(places) < count and following < MAX_REGULAR:
        if following in seen:
            raise RefusedSample("INV005", reason="OLE allocation table forms a loop")
        seen.add(following)
        entries = window.unpack(f"<{sector // 4}I", (following + 1) * sector, "OLE allocation table")
        places, following = places + list(entries[:-1]), entries[-1]
    table: array[int] = array("L" if array("L").itemsize == 4 else "I")
    for place in (place for place in places[:count] if place < MAX_REGULAR):
        table.extend(window.unpack(f"<{sector // 4}I", (place + 1) * sector, "OLE allocation table"))
    return table


def _chain(window: Window, table: "array[int]", start: int, sector: int, where: str) -> list[int]:
    """Sectors of a chain to its end mark."""
    found: list[int] = []
    at = start
    while at < MAX_REGULAR:
        if at >= len(table) or len(found) > window.bytes // sector:
            raise RefusedSample("INV005", reason=f"{where} has no end")
        found.append(at)
        at = table[at]
    return found


def _directory(window: Window, table: "array[int]", sector: int) -> list[tuple[int, int, int]]:
    """Kind, first sector and size of each entry."""
    (start,) = window.unpack("<I", 48, "OLE header")
    entries = []
    for place in _chain(window, table, start, sector, "OLE directory"):
        content = window.read((place + 1) * sector, sector, "OLE directory")
        for at in range(0, sector, ENTRY):
            kind = content[at + 66]
            first = int.from_bytes(content[at + 116 : at + 120], "little")
            # The upper half of the size has no meaning where sectors have 512 bytes.
            size = int.from_bytes(content[at + 120 : at + (124 if sector == 512 else 128)], "little")
            entries.append((kind, first, size))
    return entries


def _mini_table(window: Window, table: "array[int]", first: int, sector: int) -> "array[int]":
    mini: array[int] = array(table.typecode)
    for place in _chain(window, table, first, sector, "OLE mini allocation table") if first < MAX_REGULAR else ():
        mini.extend(window.unpack(f"<{sector // 4}I", (place + 1) * sector, "OLE mini allocation table"))
    return mini


def check_hdf5(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the end of file that the superblock states with the file's size.

    Raises
    ------
    RefusedSample
        INV004 where the file is shorter.
    """
    with Window(path) as window:
        at = next((at for at in (0, 512, 1024, 2048, 4096) if window.holds(at, 96) and _is_hdf5(window, at)), None)
        if at is None:
            raise RefusedSample("INV004", promised="a superblock", present="none", where="HDF5")
        (version,) = window.unpack("B", at + 8, "HDF5 superblock")
        (width,) = window.unpack("B", at + (13 if version < 2 else 9), "HDF5 superblock")
        if version > 3 or width not in (2, 4, 8):
            raise RefusedSample("INV005", reason="HDF5 superblock of an unknown kind")
        first = at + {0: 24, 1: 28}.get(version, 12)
        end = int.from_bytes(window.read(first + 2 * width, width, "HDF5 superblock"), "little")
        window.require(0, end, "end of file stated by the HDF5 superblock")
    return complete("end of file of the HDF5 superblock against the file's size", size=end)


def _is_hdf5(window: Window, at: int) -> bool:
    return window.read(at, 8, "HDF5 superblock") == HDF5_MARK
