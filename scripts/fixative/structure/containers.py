"""General containers: OLE compound files (OIB, ZVI, FlashPix) and HDF5: as long as they say they are.

Notes
-----
[MS-CFB] Compound File Binary File Format; HDF5 File Format Specification, level 0A (superblock).
"""

from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import Window

FREE, MAX_REGULAR = 0xFFFFFFFF, 0xFFFFFFFA
HDF5_MARK = b"\x89HDF\r\n\x1a\n"


def check_ole(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the last sector that the allocation table says is used with the file's size.

    Raises
    ------
    RefusedSample
        INV004 where sectors are missing, INV005 where the table is damaged.
    """
    with Window(path) as window:
        (shift,) = window.unpack("<H", 30, "OLE header")
        if shift not in (9, 12):
            raise RefusedSample("INV005", reason="OLE header without a known sector size")
        sector = 1 << shift
        last = -1
        for number, place in enumerate(_table_sectors(window, sector)):
            table = window.unpack(f"<{sector // 4}I", (place + 1) * sector, "OLE allocation table")
            used = [index for index, entry in enumerate(table) if entry != FREE]
            last = max(last, number * (sector // 4) + used[-1]) if used else last
        # Sector 0 follows the header; the last one may be short, as some writers leave it.
        promised = (last + 1) * sector + 1
        window.require(0, promised, "sectors of the OLE allocation table")
    return _complete("sectors of the OLE allocation table against the file's size", promised)


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
    return _complete("end of file of the HDF5 superblock against the file's size", end)


def _table_sectors(window: Window, sector: int) -> list[int]:
    """Numbers of the sectors that hold the allocation table."""
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
    return [place for place in places[:count] if place < MAX_REGULAR]


def _is_hdf5(window: Window, at: int) -> bool:
    return window.read(at, 8, "HDF5 superblock") == HDF5_MARK


def _complete(method: str, size: int) -> Completeness:
    return Completeness(checked=True, method=method, promised_bytes=size, present_bytes=size)
