"""Formats without bytes of their own: the name proposes, the header or a file beside it must agree."""

import struct
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.identify.agree import density_header
from fixative.identify.places import Places

_DATA_OF = (
    ((".hdr",), (b"ENVI",), "envi"),
    ((".hdr",), (b"\x5c\1\0\0", b"\0\0\1\x5c"), ""),
    ((".rdc",), (b"file format",), "rst"),
    ((".sgrd",), (b"NAME",), "saga"),
)
"""Suffixes of a header beside the data, what it begins with, and the format whose main file the data are.

GDAL opens the data of these, not the header. An empty key: the header leads, and the data are no image alone.
"""

_ESRI = (".bil", ".bip", ".bsq", ".flt")


def by_shape(path: Path, head: bytes, places: Places) -> str | None:
    """Tell formats without magic, or None.

    Raises
    ------
    RefusedSample
        INV011 for data that another file describes.
    """
    name, size = path.name.lower(), path.stat().st_size
    if len(head) > 16 and head[:3] == b"\0\0\0" and head[3] in (3, 4):
        order = head[11] if head[3] == 3 else head[15]
        return ("dm3" if head[3] == 3 else "dm4") if order in (0, 1) else None
    if len(head) >= 322 and head[0] == 2 and name.endswith(".klb"):
        return "klb" if all(struct.unpack_from("<5I", head, 1)) and head[41] <= 9 and head[42] <= 2 else None
    if _is_bare_dicom(path, head):
        return "dicom"
    if name.endswith(".ids"):
        raise RefusedSample("INV011", name=path.name, found="data of an ICS file")
    if name.endswith(".index") and b"{" in head[:64]:
        raise RefusedSample("INV011", name=path.name, found="index of an NDTiff data set")
    if name == "fid" and (path.parent / "acqp").is_file():
        raise RefusedSample("INV011", name=path.name, found="raw data of a ParaVision scan: its `acqp` leads")
    return _by_suffix(path, head, size) or _beside_header(path, places)


def _is_semper(head: bytes) -> bool:
    """A Fortran record of 12 bytes that begins with columns, rows and layers."""
    if len(head) < 20 or head[:4] != head[16:20] or head[:4] != struct.pack("<i", 12):
        return False
    return all(0 < size < 1 << 15 for size in struct.unpack_from("<3h", head, 4))


def _by_suffix(path: Path, head: bytes, size: int) -> str | None:
    name = path.name.lower()
    if b"ics_version" in head[2:20]:
        # Of version 2, pixels may follow the text within these bytes.
        return "ics"
    if name.endswith(".tvips") and size > 256:
        return "tvips"
    if name.endswith((".mrc", ".mrcs", ".map", ".st", ".ali", ".rec")) and density_header(path, head):
        return "mrc"
    if name.endswith((".spi", ".spider")) and size > 1024:
        return "spider"
    if name.endswith(".unf") and (b"Semper" in head[:64] or _is_semper(head)):
        return "semper"
    if name.endswith(".tga") and _is_targa(head):
        return "tga"
    if name.endswith(".im") and b"Image type" in head[:100]:
        return "im"
    if name == "2dseq" and (path.parent / "visu_pars").is_file() | (path.parent / "reco").is_file():
        return "bruker_2dseq"
    return None


def _beside_header(path: Path, places: Places) -> str | None:
    """Raw data with a header beside them, in a file of the same name, whole or less its suffix."""
    for suffixes, beginnings, key in _DATA_OF:
        for suffix in suffixes:
            for header in (path.with_name(path.name + suffix), path.with_suffix(suffix)):
                if header != path and places.has(header) and _begins(header, beginnings):
                    if key:
                        return key
                    raise RefusedSample("INV011", name=path.name, found=f"data of {header.name}")
    if path.name.lower().endswith(_ESRI) and places.has(path.with_suffix(".hdr")):
        return "ehdr"
    return None


def _begins(path: Path, beginnings: tuple[bytes, ...]) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(64).lstrip().startswith(beginnings)
    except OSError:
        return False


def _is_targa(head: bytes) -> bool:
    """A header without magic: kind of image, map, sizes and bits of a pixel that exist."""
    if len(head) < 18 or head[1] > 1 or head[2] not in (1, 2, 3, 9, 10, 11):
        return False
    width, height = struct.unpack_from("<2H", head, 12)
    return width > 0 and height > 0 and head[16] in (8, 15, 16, 24, 32)


def _is_bare_dicom(path: Path, head: bytes) -> bool:
    """Whether a file begins with a DICOM element of group 2 or 8, without preamble."""
    if len(head) < 8 or head[:4] not in (b"\2\0\0\0", b"\x08\0\0\0", b"\x08\0\5\0", b"\x08\0\x08\0"):
        return False
    known = (b"UL", b"UI", b"CS", b"DA", b"TM", b"LO", b"SH")
    return head[4:6] in known or path.name.lower().endswith((".dcm", ".dicom"))
