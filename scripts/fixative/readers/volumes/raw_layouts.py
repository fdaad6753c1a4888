"""Where the planes of plain stacks lie, told from their headers: DeltaVision, MRC, NIfTI, NRRD, SPE and ICS.

Only layouts in which every plane's bytes lie together are told; of any other the reader says that it cannot.
"""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from fixative.filesets import file_set
from fixative.structure import cameras, ics, nifti, nrrd
from fixative.structure.window import Window

MODES = {0: "u1", 1: "i2", 2: "f4", 4: "c8", 6: "u2", 7: "i4", 12: "f2"}
"""MRC modes that numpy has a type for; those of DeltaVision are the same but for mode 0, below."""
SPE_TYPES = {0: "f4", 1: "i4", 2: "i2", 3: "u2", 5: "f8", 6: "u1", 8: "u4"}
NIFTI_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 32: "c8", 64: "f8", 256: "i1", 512: "u2", 768: "u4"}
NIFTI_TYPES |= {1024: "i8", 1280: "u8", 1792: "c16"}
NRRD_SIGNED = re.compile(r"(signed )?(char|short|int|long ?long)( int)?|int(8|16|32|64)(_t)?")
DELTAVISION_ORDERS = {0: "CTZ", 1: "TZC", 2: "TCZ"}
"""Axes of the sections by the header's image sequence, slowest first (mrc 0.3, Header.sequence_order)."""


@dataclass(frozen=True)
class RawLayout:
    """Planes one after the other in a file."""

    path: Path
    offset: int
    dtype: "np.dtype[np.generic]"
    size_y: int
    size_x: int
    axes: tuple[tuple[str, int], ...]
    """Letter and size of each axis around the planes, slowest first."""
    header: Mapping[str, Any] = field(default_factory=dict)
    """What the header says, as far as it was read; a binary one stands as its bytes."""

    @property
    def plane(self) -> int:
        """Bytes of one plane."""
        return self.size_y * self.size_x * self.dtype.itemsize

    @property
    def whole(self) -> int:
        """Planes that the file holds whole."""
        held = self.path.stat().st_size - self.offset
        return max(0, min(prod(size for _, size in self.axes), held // self.plane))


def layout_of(path: Path, fmt: str) -> RawLayout:
    """Tell the layout of a source of one of `LAYOUTS`.

    Raises
    ------
    ValueError
        Where its planes do not lie together.
    RefusedSample
        INV004, INV005 where the header is not whole.
    """
    with path.open("rb") as stream:
        if stream.read(2) in (b"\x1f\x8b", b"BZ"):
            raise ValueError("a compressed file whose planes are not told apart")
    return LAYOUTS[fmt](path)


def _density(path: Path, *, deltavision: bool) -> RawLayout:
    with Window(path) as window:
        head = window.read(0, 1024, "header")
    for order in "<>":
        width, height, sections, mode = struct.unpack_from(f"{order}4i", head)
        (extended,) = struct.unpack_from(f"{order}i", head, 92)
        if mode in MODES and min(width, height, sections) > 0 and width < 1 << 24 and extended >= 0:
            break
    else:
        raise ValueError("a pixel type whose planes are not told apart")
    kind = "i1" if mode == 0 and not deltavision else MODES[mode]
    axes: tuple[tuple[str, int], ...] = (("Z", sections),)
    if deltavision:
        times, sequence = struct.unpack_from(f"{order}2h", head, 180)
        (waves,) = struct.unpack_from(f"{order}h", head, 196)
        times, waves = max(1, times), max(1, waves)
        sizes = {"T": times, "C": waves, "Z": max(1, sections // times // waves)}
        axes = tuple((letter, sizes[letter]) for letter in DELTAVISION_ORDERS.get(sequence, "CTZ"))
        if prod(sizes.values()) != sections:
            raise ValueError("sections that do not divide into times and wavelengths")
    return RawLayout(path, 1024 + extended, np.dtype(order + kind), height, width, axes, {"header": head})


def _nifti(path: Path) -> RawLayout:
    with Window(path) as window:
        head = window.read(0, min(540, window.bytes), "header")
    sizes, bits, offset, own = nifti.layout_of_header(head)
    (stated,) = struct.unpack_from("<i", head)
    order = "<" if stated in (348, 540) else ">"
    second = struct.unpack_from(f"{order}i", head)[0] == 540
    (code,) = struct.unpack_from(f"{order}h", head, 12 if second else 70)
    if code not in NIFTI_TYPES or np.dtype(NIFTI_TYPES[code]).itemsize * 8 != bits or not own:
        raise ValueError("a NIfTI whose planes are not told apart")
    sizes = [*sizes, *[1] * (5 - len(sizes))]
    if prod(sizes[5:]) != 1:
        raise ValueError("more than five dimensions")
    axes = (("C", sizes[4]), ("T", sizes[3]), ("Z", sizes[2]))
    return RawLayout(path, offset, np.dtype(order + NIFTI_TYPES[code]), sizes[1], sizes[0], axes, {"header": head})


def _nrrd(path: Path) -> RawLayout:
    with Window(path) as window:
        fields, names, start = nrrd.header_of(window)
    sizes = [int(size) for size in fields.get("sizes", "").split()]
    kinds = fields.get("kinds", "").casefold().split()
    skipped = {"line skip", "lineskip", "byte skip", "byteskip"} & fields.keys()
    spatial = all(kind in ("domain", "space", "time", "???", "none") for kind in kinds)
    if fields.get("encoding", "").casefold() != "raw" or names is not None or skipped or not spatial:
        raise ValueError("a NRRD whose planes are not told apart")
    if not 2 <= len(sizes) <= 4:
        raise ValueError("a NRRD of more than four axes")
    name = fields.get("type", "").casefold()
    size = nrrd.BYTES.get(name, 0)
    kind = "f" if name in ("float", "double") else "i" if NRRD_SIGNED.fullmatch(name) else "u"
    order = ">" if fields.get("endian", "little").casefold() == "big" else "<"
    sizes = [*sizes, *[1] * (4 - len(sizes))]
    dtype = np.dtype(f"{order}{kind}{size}")
    return RawLayout(path, start, dtype, sizes[1], sizes[0], (("T", sizes[3]), ("Z", sizes[2])), fields)


def _spe(path: Path) -> RawLayout:
    with Window(path) as window:
        head = window.read(0, cameras.SPE_HEADER, "SPE header")
        (kind,) = window.unpack("<h", 108, "SPE header")
        (width,), (height,) = window.unpack("<H", 42, "SPE header"), window.unpack("<H", 656, "SPE header")
        (frames,), (version,) = window.unpack("<i", 1446, "SPE header"), window.unpack("<f", 1992, "SPE header")
    if version >= 3 or kind not in SPE_TYPES or min(width, height, frames) < 1:
        raise ValueError("an SPE whose frames are not told apart")
    dtype = np.dtype(f"<{SPE_TYPES[kind]}")
    return RawLayout(path, cameras.SPE_HEADER, dtype, height, width, (("T", frames),), {"header": head})


def _ics(path: Path) -> RawLayout:
    files = file_set(path, "ics")
    with Window(path) as window:
        lines, end = ics.header_of(window)
    sizes = ics.sizes_of(lines)
    names = list(sizes)
    words = {name: lines.get(f"representation {name}", [""]) for name in ("format", "sign", "compression")}
    if words["compression"][0].casefold() not in ("", "uncompressed") or names[:3] != ["bits", "x", "y"]:
        raise ValueError("an ICS whose planes are not told apart")
    letters = {"z": "Z", "t": "T", "ch": "C", "c": "C", "p": "T", "probe": "C"}
    outer = [name for name in names[3:] if sizes[name] > 1]
    if any(name not in letters for name in outer) or len({letters[name] for name in outer}) < len(outer):
        raise ValueError("an ICS with axes that are not told apart")
    kind = {"integer": "i" if words["sign"][0].casefold() == "signed" else "u", "real": "f", "complex": "c"}
    order = [int(number) for number in lines.get("representation byte_order", ["1", "2"]) if number.isdigit()]
    letter = kind.get(words["format"][0].casefold())
    if letter is None:
        raise ValueError("an ICS of unknown values")
    dtype = np.dtype(f"{'<' if order == sorted(order) else '>'}{letter}{sizes['bits'] // 8}")
    data, offset = ics.data_of(path, lines, end, files)
    axes = tuple((letters[name], sizes[name]) for name in reversed(outer)) or (("Z", 1),)
    said = {name: " ".join(words) for name, words in lines.items()}
    return RawLayout(data, offset, dtype, sizes["y"], sizes["x"], axes, said)


LAYOUTS: dict[str, Callable[[Path], RawLayout]] = {
    "dv": lambda path: _density(path, deltavision=True),
    "mrc": lambda path: _density(path, deltavision=False),
    "nifti": _nifti,
    "nrrd": _nrrd,
    "spe": _spe,
    "ics": _ics,
}
"""Function by format key."""
