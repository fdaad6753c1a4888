"""Files whose pixels are a bare block of numbers: GDAL fills what is missing at their end with zeros.

So their length is compared with what their headers promise before anything is read.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fixative.findings import RefusedSample

_PCRASTER_HEADER_BYTES = 256
_HEAD_BYTES = 65536


def require_whole(dataset: Any, path: Path) -> None:
    """Refuse a raw file that is shorter than its header says.

    Raises
    ------
    RefusedSample
        INV004, or ValueError where the layout is not one that is measured here.
    """
    if (measure := CHECKS.get(dataset.driver)) is None:
        return
    data, offset = measure(dataset, path)
    bands = sum(np.dtype(dtype).itemsize for dtype in dataset.dtypes)
    promised = offset + dataset.width * dataset.height * bands
    present = data.stat().st_size
    if present < promised:
        raise RefusedSample(
            "INV004", promised=f"{promised} bytes", present=f"{present} bytes", where=f"pixels of {dataset.driver}"
        )


def _envi(dataset: Any, path: Path) -> tuple[Path, int]:
    header = dataset.tags(ns="ENVI")
    if header.get("file_compression", "0").strip() not in ("", "0"):
        raise ValueError("compressed ENVI")
    return path, int(header.get("header_offset", "0"))


def _ehdr(dataset: Any, path: Path) -> tuple[Path, int]:
    """ESRI .hdr labelled: rows may be padded, so only the plain layout is measured."""
    header = next(Path(name) for name in dataset.files if name.lower().endswith(".hdr"))
    entries = dict(re.findall(r"(?m)^\s*(\w+)\s+(\S+)", header.read_text("latin-1")))
    known = {name.upper(): value for name, value in entries.items()}
    if int(known.get("BANDGAPBYTES", "0")) or int(known.get("NBITS", "8")) < 8:
        raise ValueError("an EHdr layout that is not measured")
    padding = 0
    if row := int(known.get("BANDROWBYTES", "0")):
        padding = row - dataset.width * np.dtype(dataset.dtypes[0]).itemsize
    return path, int(known.get("SKIPBYTES", "0")) + max(0, padding) * dataset.height * dataset.count


def _pnm(dataset: Any, path: Path) -> tuple[Path, int]:
    """Netpbm: after the third number of the header one white space, then the pixels."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    comment = rb"(?:\s|#[^\n]*\n)+"
    found = re.match(rb"P[56]" + (comment + rb"\d+") * 3 + rb"\s", head)
    if found is None:
        raise ValueError("not a binary PGM or PPM")
    return path, found.end()


def _bare(dataset: Any, path: Path) -> tuple[Path, int]:
    return path, 0


def _pcraster(dataset: Any, path: Path) -> tuple[Path, int]:
    return path, _PCRASTER_HEADER_BYTES


def _rraster(dataset: Any, path: Path) -> tuple[Path, int]:
    return next(Path(name) for name in dataset.files if name.lower().endswith(".gri")), 0


CHECKS: dict[str, Callable[[Any, Path], tuple[Path, int]]] = {
    "ENVI": _envi,
    "EHdr": _ehdr,
    "PNM": _pnm,
    "ISCE": _bare,
    "PCRaster": _pcraster,
    "RRASTER": _rraster,
}
"""Driver to what finds the file that holds the pixels, and where in it they begin."""
