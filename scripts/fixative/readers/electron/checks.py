"""Promised against present, for the formats whose RosettaSciIO reader fills in or stops short.

RosettaSciIO pads a short BLO with zeros, leaves what a short SER does not hold uninitialised, counts the frames
of a TVIPS by the size of its file and takes what is left of a short Bruker container. HDF5 delivers the fill
value for a chunk that was never written. Each check reads a few bytes of headers and tables.

Notes
-----
SER: http://www.er-c.org/cbb/info/TIAformat/. DM: the root's length stands at byte 4, the writers end the file
with 4 or 8 zero bytes. Bruker's container (SFS): a header of 0x118 bytes, then chunks, their number at 0x148.
"""

import re
from collections.abc import Callable, Iterator
from math import ceil, prod
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.members import Folder
from fixative.structure.containers import check_hdf5
from fixative.structure.density import check_density
from fixative.structure.window import Window

DEEPEST = 64
_EMI_END = b"\x03M\0\x08"
BLOCK_BYTES = 1024 * 1024
_SEMPER_BYTES = {0: 1, 1: 2, 2: 4, 3: 8, 4: 4}
_STREAK_BYTES = {0: 1, 2: 2, 3: 4}
_SER_ELEMENT = {0x4120: ("<8s8sIHI", 26), 0x4122: ("<8s8sI8s8sIHII", 50)}
_SER_BYTES = {1: 1, 2: 2, 3: 4, 4: 1, 5: 2, 6: 4, 7: 4, 8: 8, 9: 8, 10: 16}
_SER_TAG = {0x4142: 24}
"""Bytes of a tag with a position; one with a time alone has 8."""


def check_dm(path: Path) -> None:
    """Length of the root tag group against the file."""
    with Window(path) as window:
        (version,) = window.unpack(">i", 0, "DM header")
        (length,) = window.unpack(">i" if version == 3 else ">q", 4, "DM header")
        header = 12 if version == 3 else 16
        window.require(0, header + length + 4, "length stated by the DM header")
        # Gatan's own files end with eight zero bytes, those of other programs with four.
        if 4 < window.bytes - length - header < 8:
            window.require(0, header + length + 8, "end of the DM file")


def check_ser(path: Path) -> None:
    """Table of offsets, and every element that it names, against the file."""
    with Window(path) as window:
        (version,) = window.unpack("<H", 4, "SER header")
        kind, tags, total, valid = window.unpack("<4I", 6, "SER header")
        sign, width = ("I", 4) if version <= 0x210 else ("Q", 8)
        (table,) = window.unpack(f"<{sign}", 22, "SER header")
        if valid > total or kind not in _SER_ELEMENT:
            raise RefusedSample("INV005", reason="SER header without a known kind or number of elements")
        offsets = window.read(table, 2 * total * width, "SER offsets")
        layout, header = _SER_ELEMENT[kind]
        for number in range(valid):
            at = int.from_bytes(offsets[number * width : (number + 1) * width], "little")
            fields = window.unpack(layout, at, f"SER element {number}")
            lengths = fields[-2:] if kind == 0x4122 else fields[-1:]
            data_type = fields[-3] if kind == 0x4122 else fields[-2]
            if data_type not in _SER_BYTES:
                raise RefusedSample("INV005", reason=f"SER element {number} of an unknown type")
            window.require(at + header, prod(lengths) * _SER_BYTES[data_type], f"SER element {number}")
            tag = (total + number) * width
            window.require(
                int.from_bytes(offsets[tag : tag + width], "little"), _SER_TAG.get(tags, 8), f"SER tag {number}"
            )


def check_emi(path: Path) -> None:
    """Descriptions that are opened and closed, and the mark after which the file ends with four zero bytes."""
    with Window(path) as window:
        text = window.read(0, window.bytes, "EMI")
    opened, closed = text.count(b"<ObjectInfo>"), text.count(b"</ObjectInfo>")
    end = text.rfind(_EMI_END, -64)
    if not closed or opened != closed or (end >= 0 and len(text) - end < 8):
        raise RefusedSample(
            "INV004", promised=f"{max(opened, 1)} descriptions and an end", present=f"{closed}", where="EMI"
        )


def check_blo(path: Path) -> None:
    """Frames of the scan against the file; each has 6 bytes before it."""
    with Window(path) as window:
        (frames,) = window.unpack("<I", 12, "BLO header")
        (side,) = window.unpack("<H", 20, "BLO header")
        columns, rows = window.unpack("<HH", 24, "BLO header")
        window.require(frames, columns * rows * (side * side + 6), f"{columns * rows} frames of the BLO header")


def check_tvips(path: Path) -> list[Path]:
    """Whole frames in every part; returns the parts, the first of them ``path``."""
    stem, _, suffix = path.name.rpartition(".")
    head = re.fullmatch(r"(.*_)000", stem)
    if head is None:
        raise RefusedSample("INV011", name=path.name, found="a later part of a TVIPS stream")
    found = Folder(path.parent).matching(rf"{re.escape(head[1])}(\d{{3}})\.{re.escape(suffix)}")
    numbers = {int(match[1]): file for file, match in found}
    parts = [numbers.get(number) for number in range(max(numbers, default=0) + 1)]
    with Window(path) as window:
        size, version, width, height, bits = window.unpack("<5I", 0, "TVIPS header")
        header = 12 if version == 1 else window.unpack("<I", 48, "TVIPS header")[0]
    frame = header + width * height * (bits // 8)
    for number, part in enumerate(parts):
        if part is None:
            raise RefusedSample("INV006", name=f"{head[1]}{number:03d}.{suffix}")
        held = part.stat().st_size - (0 if number else size)
        if held <= 0 or held % frame:
            raise RefusedSample(
                "INV004",
                promised=f"frames of {frame} bytes",
                present=f"{max(held, 0) % frame} bytes of the last",
                where=f"TVIPS part {number}",
            )
    return [part for part in parts if part is not None]


def check_bcf(path: Path) -> None:
    """Chunks of Bruker's container against the file."""
    with Window(path) as window:
        chunk = window.unpack("<I", 0x128, "BCF header")[0]
        count = window.unpack("<I", 0x148, "BCF header")[0]
        window.require(0x118, chunk * count, "chunks of the BCF header")


def check_semper(path: Path) -> None:
    """Rows of the header, each between two record lengths, against the file."""
    with Window(path) as window:
        record, columns, rows, layers, _, form, flags = window.unpack("<i6h", 0, "Semper header")
        if record != 12 or form not in _SEMPER_BYTES or min(columns, rows, layers) < 1:
            raise RefusedSample("INV005", reason="Semper header without a size or a known form")
        title, labelled = flags % 1000, flags // 1000 % 10
        begin = 20 + (title + 8 if title else 0) + (520 if labelled else 0)
        window.require(begin, layers * rows * (columns * _SEMPER_BYTES[form] + 8), "rows of the Semper header")


def check_streak(path: Path) -> None:
    """Comment, pixels and tables of calibration of a streak image (ITEX) against the file."""
    with Window(path) as window:
        mark, comment, width, height, _, _, form = window.unpack("<2s6h", 0, "ITEX header")
        if mark != b"IM" or form not in _STREAK_BYTES or min(width, height, comment) < 1:
            raise RefusedSample("INV005", reason="ITEX header without a size or a known type")
        window.require(64 + comment, width * height * _STREAK_BYTES[form], "pixels of the ITEX header")
        for at, count in re.findall(rb'ScalingFile="#(\d+),(\d+)"', window.read(64, comment, "ITEX comment")):
            window.require(int(at), int(count) * 4, "calibration of the ITEX comment")


def check_mrc(path: Path) -> None:
    """Sections of the header against the file."""
    check_density(path, "mrc", [path])


def check_zip(path: Path) -> None:
    """Directory of a ZIP archive: it stands at the end, and each member before it."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            broken = archive.testzip()
    except (BadZipFile, EOFError) as error:
        raise RefusedSample(
            "INV004", promised="a ZIP archive", present="no directory at its end", where="end of file"
        ) from error
    if broken is not None:
        raise RefusedSample("INV005", reason="a member of the archive does not match its checksum")


def check_bz2(path: Path) -> int:
    """Decompress a bzip2 file to its end without keeping it; returns the length.

    Raises
    ------
    RefusedSample
        INV004 where the end is missing, INV005 where what is there does not decompress.
    """
    from bz2 import BZ2Decompressor

    decompressor, length = BZ2Decompressor(), 0
    with path.open("rb") as stream:
        try:
            while not decompressor.eof:
                block = stream.read(BLOCK_BYTES) if decompressor.needs_input else b""
                if decompressor.needs_input and not block:
                    raise RefusedSample(
                        "INV004", promised="a compressed stream", present="no end of it", where="end of file"
                    )
                length += len(decompressor.decompress(block, BLOCK_BYTES))
        except OSError as error:
            raise RefusedSample("INV005", reason="the compressed stream does not decompress") from error
    return length


def check_chunks(path: Path) -> None:
    """Every chunk of every image-like dataset of an HDF5 file: HDF5 would deliver blanks for those not written."""
    import h5py

    check_hdf5(path, "hdf5", [path])
    with h5py.File(path, "r") as file:
        for name, dataset in datasets(file):
            if dataset.ndim >= 2 and dataset.dtype.kind in "biufcV":
                require_written(dataset, name)


def require_written(dataset: Any, where: str) -> None:
    """Refuse an HDF5 dataset that is not stored whole.

    Raises
    ------
    RefusedSample
        INV004 with the numbers of chunks.
    """
    if not dataset.size:
        return
    if dataset.chunks is None:
        if not dataset.id.get_storage_size():
            raise RefusedSample("INV004", promised="pixels", present="none stored", where=_short(where))
        return
    promised = prod(ceil(size / chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    present = dataset.id.get_num_chunks()
    if present < promised:
        raise RefusedSample("INV004", promised=f"{promised} chunks", present=f"{present}", where=_short(where))


def datasets(group: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every dataset under an HDF5 group; soft links are left aside.

    Raises
    ------
    RefusedSample
        CNV001 where a link or a dataset leads to another file: that file is no member of the set.
    """
    import h5py

    if depth > DEEPEST:
        raise RefusedSample("INV005", reason="HDF5 groups that contain one another")
    for name in group:
        link, where = group.get(name, getlink=True), f"{path}/{name}".lstrip("/")
        if isinstance(link, h5py.SoftLink):
            continue
        item = None if isinstance(link, h5py.ExternalLink) else group[name]
        if item is None or getattr(item, "external", None) or getattr(item, "is_virtual", False):
            raise RefusedSample("CNV001", where=_short(where), reason="its pixels lie in another file")
        if isinstance(item, h5py.Dataset):
            yield where, item
        elif isinstance(item, h5py.Group):
            yield from datasets(item, where, depth + 1)


def _short(name: str) -> str:
    """Name of a dataset without the groups before the last two: vendors put identifiers there."""
    return "/".join(name.split("/")[-2:])


CHECKS: dict[str, Callable[[Path], object]] = {
    "dm3": check_dm,
    "dm4": check_dm,
    "ser": check_ser,
    "emi": check_emi,
    "blo": check_blo,
    "tvips": check_tvips,
    "bcf": check_bcf,
    "mrc": check_mrc,
    "semper": check_semper,
    "hamamatsu_img": check_streak,
    "prz": check_zip,
    "emd": check_chunks,
    "hdf5": check_chunks,
}
"""Check by format key; it raises INV004 or INV005."""
