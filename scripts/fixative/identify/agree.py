"""What else a header must say where a format's own bytes are too few to go by."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

MOST_PIXELS = 1 << 24
"""No side of a real image is longer."""


def density_header(path: Path, head: bytes) -> bool:
    """MRC and DeltaVision: three sizes and a mode, in either byte order."""
    if len(head) < 76:
        return False
    sizes = [struct.unpack_from(order + "4i", head, 0) for order in "<>"]
    return any(all(0 < size < MOST_PIXELS for size in one[:3]) and 0 <= one[3] <= 101 for one in sizes)


def _emi(path: Path, head: bytes) -> bool:
    return len(head) > 64 and b"\0" in head[:64]


def _biorad(path: Path, head: bytes) -> bool:
    return len(head) >= 76 and all(0 < size <= 32768 for size in struct.unpack_from("<HHH", head, 0))


def _ser(path: Path, head: bytes) -> bool:
    return len(head) >= 30 and struct.unpack_from("<H", head, 4)[0] in (0x210, 0x220)


def _analyze(path: Path, head: bytes) -> bool:
    """A header of 348 bytes that is no NIfTI: one to seven dimensions, and 4096 bytes extents or 'r'."""
    if len(head) < 348 or head[344:347] in (b"ni1", b"n+1"):
        return False
    order = "<" if head[0] else ">"
    count, first = struct.unpack_from(order + "2h", head, 40)
    return bool(1 <= count <= 7 and first > 0)


def _mgh(path: Path, head: bytes) -> bool:
    if len(head) < 284:
        return False
    *sizes, kind = struct.unpack_from(">5i", head, 4)
    known = kind in (0, 1, 3, 4) and all(0 < size < MOST_PIXELS for size in sizes)
    return known and path.name.lower().endswith((".mgh", ".mgz", ".mgh.gz"))


def _sgi(path: Path, head: bytes) -> bool:
    if len(head) < 512 or head[2] > 1 or head[3] not in (1, 2):
        return False
    dimensions, *sizes = struct.unpack_from(">4H", head, 4)
    return dimensions in (1, 2, 3) and sizes[0] > 0 and not any(head[404:512])


def _pcx(path: Path, head: bytes) -> bool:
    """Version, run-length encoding, bits, and a window that is not turned inside out."""
    if len(head) < 128 or head[1] not in (0, 2, 3, 4, 5) or head[2] != 1 or head[3] not in (1, 2, 4, 8) or head[64]:
        return False
    left, top, right, bottom = struct.unpack_from("<4H", head, 4)
    return bool(left <= right and top <= bottom and head[65] in (1, 3, 4))


def _flc(path: Path, head: bytes) -> bool:
    return len(head) >= 128 and struct.unpack_from("<H", head, 12)[0] == 8 and head[14] in (0, 3)


def _ico(path: Path, head: bytes) -> bool:
    return len(head) >= 22 and 0 < struct.unpack_from("<H", head, 4)[0] < 256 and head[9] == 0 and _is(path, ".ico")


def _sdt(path: Path, head: bytes) -> bool:
    """Header of SPCM: where the information stands, and how many blocks of data there are."""
    if len(head) < 42 or not _is(path, ".sdt"):
        return False
    information, length = struct.unpack_from("<IH", head, 2)
    return bool(42 <= information <= 4096 and length > 0)


def _grib(path: Path, head: bytes) -> bool:
    return len(head) > 8 and head[7] in (1, 2)


def _vtk(path: Path, head: bytes) -> bool:
    return re.search(rb"^DATASET\s+STRUCTURED_POINTS", head, re.MULTILINE | re.IGNORECASE) is not None


def _eps(path: Path, head: bytes) -> bool:
    return b"EPSF" in head[:32] or _is(path, ".eps", ".epsi")


def _minc(path: Path, head: bytes) -> bool:
    return path.name.lower().endswith(".mnc") or b"MNI standard variable" in head


def _jeol(path: Path, head: bytes) -> bool:
    """JEOL; not the streak images of HPD-TA, which begin alike and go on with a comment of sections in brackets."""
    return _is(path, ".dat", ".img") and not (head.startswith(b"IM") and head[64:65] == b"[")


def _topometrix(path: Path, head: bytes) -> bool:
    return re.match(rb"#R\d\.\d", head) is not None and _is(path, ".tfr", ".ffr", ".zfr", ".zfp", ".2fl")


def _is(path: Path, *extensions: str) -> bool:
    return path.name.lower().endswith(extensions)


def _named(*extensions: str) -> Callable[[Path, bytes], bool]:
    return lambda path, head: _is(path, *extensions)


AGREES: dict[str, Callable[[Path, bytes], bool]] = {
    "mrc": density_header,
    "dv": density_header,
    "emi": _emi,
    "biorad_pic": _biorad,
    "ser": _ser,
    "analyze": _analyze,
    "mgh": _mgh,
    "sgi": _sgi,
    "pcx": _pcx,
    "flc": _flc,
    "ico": _ico,
    "sdt": _sdt,
    "grib": _grib,
    "minc": _minc,
    "vtk": _vtk,
    "eps": _eps,
    "topometrix": _topometrix,
    "veeco": _named(".hdf"),
    "khoros": _named(".xv"),
    "biorad_1sc": _named(".1sc"),
    "dm2": _named(".dm2"),
    "im3": _named(".im3"),
    "arf": _named(".arf"),
    "vgsam": _named(".dti"),
    "oxford_top": _named(".top"),
    "volocity": _named(".mvd2"),
    "vff": _named(".vff"),
    "fei_img": _named(".img"),
    "his": _named(".his"),
    "jeol": _jeol,
}
"""Key to a question about the rest of the header, or about the name where the header has nothing to ask."""
