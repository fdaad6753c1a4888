"""What a file is, from its content; the name only separates what content cannot.

Cheap on purpose: no reader library is imported, and a few kilobytes are read.
"""

import re
import struct
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.formats import FORMATS, Format
from fixative.tiff_dialect import MAGIC as TIFF_MAGIC
from fixative.tiff_dialect import dialect, read_first_ifd

__all__ = ["FORMATS", "Format", "identify"]

_HEAD_BYTES = 8192

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"ZISRAWFILE", "czi"),
    (0, b"\xda\xce\xbe\x0a", "nd2"),
    (128, b"DICM", "dicom"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (0, b"\xff\x4f\xff\x51", "j2k"),
    (0, b"Andor Technology Multi-Channel File", "sif"),
    (0, b"AAMVHFSS", "bcf"),
    (0, b"IMGBLO", "blo"),
    (0, b"NRRD000", "nrrd"),
    (0, b"SIMPLE  =", "fits"),
    (0, b"CDF\x01", "minc"),
    (0, b"CDF\x02", "minc"),
    (344, b"n+1\0", "nifti"),
    (344, b"ni1\0", "nifti"),
    (4, b"n+2\0\r\n\x1a\n", "nifti"),
    (0, b"II\x97\x01", "ser"),
    (0, b"JK\0\2", "emi"),
    (208, b"MAP ", "mrc"),
    (96, b"\xa0\xc0", "dv"),
    (96, b"\xc0\xa0", "dv"),
    (54, struct.pack("<H", 12345), "biorad_pic"),
    (2996, struct.pack("<I", 0x01234567), "spe"),
)
"""Offset, bytes, key; the surer first."""

_NOT_IMAGES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"SIS\0", "INV011", "ETS data of a VSI file"),
    (0, b"\0\1\0\0Standard Jet DB", "INV011", "an LSM database"),
    (0, b"%PDF", "INV003", "PDF"),
    (0, b"\x1f\x8b", "INV003", "compressed with gzip"),
    (0, b"BZh", "INV003", "compressed with bzip2"),
    (0, b"\xfd7zXZ", "INV003", "compressed with xz"),
    (0, b"7z\xbc\xaf", "INV003", "7-Zip archive"),
    (257, b"ustar", "INV003", "tar archive"),
    (0, b"SQLite format 3", "INV003", "SQLite database"),
)
_WEAK = {"mrc", "dv", "emi", "biorad_pic", "ser"}
"""Keys whose magic is short: something else about the header must agree."""


def identify(path: Path) -> str:
    """Format of a file or folder.

    Returns
    -------
    str
        A key of `FORMATS`.

    Raises
    ------
    RefusedSample
        INV009 when the file is empty; INV011 when it belongs to an image but is none; INV003 when it is
        not recognised.
    """
    if path.is_dir():
        return _folder(path)
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        if not head:
            raise RefusedSample("INV009", name=path.name)
        if part := _part_of(path):
            raise RefusedSample("INV011", name=path.name, found=part)
        # A DICOM file may carry a TIFF header in its preamble: the marker behind it decides.
        if head.startswith(TIFF_MAGIC) and head[128:132] != b"DICM":
            if _ends(path, ".vsi"):
                return "vsi"
            ifd = read_first_ifd(stream)
            return "tiff" if ifd is None else dialect(ifd)
    if key := _by_magic(path, head) or _by_text(path, head) or _by_shape(path, head):
        return key
    raise RefusedSample("INV003", name=path.name, found=_looks_like(head))


def _ends(path: Path, *extensions: str) -> bool:
    return path.name.lower().endswith(extensions)


def _by_magic(path: Path, head: bytes) -> str | None:
    for offset, magic, code, found in _NOT_IMAGES:
        if head[offset : offset + len(magic)] == magic:
            raise RefusedSample(code, name=path.name, found=found)
    for offset, magic, key in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (key not in _WEAK or _agrees(key, head)):
            return "nd2" if key == "jp2" and _ends(path, ".nd2") else key
    if head.startswith(b"\xff\xd8\xff"):
        return "mrxs" if _ends(path, ".mrxs") else "jpeg"
    if head.startswith(b"BM") and len(head) > 30 and head[26:28] == b"\1\0":
        return "bmp"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "mp4"
    if any(head[at : at + 8] == b"\x89HDF\r\n\x1a\n" for at in (0, 512, 1024, 2048, 4096)):
        return "imaris" if _ends(path, ".ims") else "emd" if _ends(path, ".emd") else _minc_or_hdf5(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(path, head)
    if head.startswith(b"PK\3\4"):
        return "prz" if _ends(path, ".prz") else "elid" if _ends(path, ".elid") else None
    return None


def _minc_or_hdf5(path: Path) -> str:
    return "minc" if _ends(path, ".mnc") else "hdf5"


def _agrees(key: str, head: bytes) -> bool:
    """Whether a header with a short magic is plausible in its other fields."""
    if key == "emi":
        return len(head) > 64 and b"\0" in head[:64]
    if len(head) < 76:
        return False
    if key == "biorad_pic":
        return all(0 < size <= 32768 for size in struct.unpack_from("<HHH", head, 0))
    if key == "ser":
        return struct.unpack_from("<H", head, 4)[0] in (0x210, 0x220)
    sizes = [struct.unpack_from(order + "4i", head, 0) for order in "<>"]
    return any(all(0 < n < 1 << 24 for n in one[:3]) and 0 <= one[3] <= 101 for one in sizes)


def _ole(path: Path, head: bytes) -> str | None:
    """Tell an OLE compound file by the names in the first sectors of its directory."""
    (shift,) = struct.unpack_from("<H", head, 30)
    (sector,) = struct.unpack_from("<I", head, 48)
    with path.open("rb") as stream:
        stream.seek((sector + 1) << min(shift, 16))
        directory = stream.read(16384)
    if "OibInfo.txt".encode("utf-16-le") in directory:
        return "oib"
    if _ends(path, ".zvi"):
        return "zvi"
    if "Data Object Store".encode("utf-16-le") in directory or _ends(path, ".fpx", ".mic"):
        return "flashpix"
    return "oib" if _ends(path, ".oib") else None


_XML_ROOT = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")


def _by_text(path: Path, head: bytes) -> str | None:
    """Tell formats that are text, and texts that belong to an image."""
    if head[:4] == b"\x70\0\0\0" and len(head) > 17 and head[8:9] == b"\x2a":
        header = head[13:].decode("utf-16-le", "replace")
        return "lof" if header.startswith("LMS_Object_File") else "lif"
    text = _decoded(head)
    if text is None:
        return None
    bare = text.lstrip()
    if bare.startswith("<"):
        return _xml(path, text)
    if "ics_version" in text[:200]:
        return "ics"
    if _ends(path, ".oif") and "[" in text[:200]:
        return "oif"
    if bare.startswith('"NDInfoFile"'):
        return "metamorph_nd"
    found = "MetaXpress plate description" if bare.startswith('"HTSInfoFile"') else "text"
    if bare.startswith(("{", "[")):
        found = "JSON or settings"
    raise RefusedSample("INV011", name=path.name, found=found)


def _xml(path: Path, text: str) -> str | None:
    root = _XML_ROOT.search(text)
    name = root.group(1) if root else ""
    if name == "LMSDataContainerHeader":
        return "xlef"
    if name != "OME":
        raise RefusedSample("INV011", name=path.name, found=f"XML sidecar, root element {name or 'none'}")
    whole = path.read_text("utf-8", "replace")
    if re.search(r"<(?:\w+:)?TiffData\b", whole):
        return "companion_ome"
    if re.search(r"<(?:\w+:)?BinData\b", whole):
        return "ome_xml"
    raise RefusedSample("INV011", name=path.name, found="OME-XML without pixels")


def _decoded(head: bytes) -> str | None:
    """Return the head as text, or None where it is not text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    if b"\0" in head:
        return None
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end inside a character; anywhere else it is not UTF-8, perhaps an older code page.
        if error.start < len(head) - 4:
            return _latin(head)
        text = head[: error.start].decode("utf-8")
    return text if _printable(text) else None


def _latin(head: bytes) -> str | None:
    text = head.decode("latin-1")
    letters = sum(character.isascii() for character in text)
    return text if letters > 0.95 * len(text) and _printable(text) else None


def _printable(text: str) -> bool:
    return not any(ord(character) < 32 and character not in "\t\r\n\f\x1a\x1b" for character in text)


def _by_shape(path: Path, head: bytes) -> str | None:
    """Tell formats without magic: the name proposes, the header must agree."""
    size = path.stat().st_size
    if head[:3] == b"\0\0\0" and head[3] in (3, 4) and len(head) > 16:
        order = head[11] if head[3] == 3 else head[15]
        return ("dm3" if head[3] == 3 else "dm4") if order in (0, 1) else None
    if len(head) >= 322 and head[0] == 2 and _ends(path, ".klb"):
        return "klb" if all(struct.unpack_from("<5I", head, 1)) and head[41] <= 9 and head[42] <= 2 else None
    if _is_bare_dicom(path, head):
        return "dicom"
    if _ends(path, ".ids"):
        raise RefusedSample("INV011", name=path.name, found="data of an ICS file")
    if _ends(path, ".index") and b"{" in head[:64]:
        raise RefusedSample("INV011", name=path.name, found="index of an NDTiff data set")
    if _ends(path, ".tvips") and size > 256:
        return "tvips"
    if _ends(path, ".mrc", ".map", ".st", ".rec") and len(head) >= 76 and _agrees("mrc", head):
        return "mrc"
    if _ends(path, ".spi", ".spider") and size > 1024:
        return "spider"
    return None


def _is_bare_dicom(path: Path, head: bytes) -> bool:
    """Whether a file begins with a DICOM element of group 2 or 8, without preamble."""
    if len(head) < 8 or head[:4] not in (b"\2\0\0\0", b"\x08\0\0\0", b"\x08\0\5\0", b"\x08\0\x08\0"):
        return False
    known = (b"UL", b"UI", b"CS", b"DA", b"TM", b"LO", b"SH")
    return head[4:6] in known or _ends(path, ".dcm", ".dicom")


def _looks_like(head: bytes) -> str:
    return "begins with " + head[:8].hex(" ")


_ZARR_FILES = (".zgroup", ".zarray", ".zattrs", "zarr.json")


def _part_of(path: Path) -> str | None:
    """Whether a file lies inside a Zarr folder."""
    for folder in list(path.parents)[:12]:
        if any((folder / name).is_file() for name in _ZARR_FILES):
            return "part of a Zarr folder"
    return None


def _folder(path: Path) -> str:
    """Zarr folders: OME-Zarr where the root's attributes say so."""
    for name in (".zattrs", "zarr.json"):
        where = path / name
        if where.is_file():
            text = where.read_text("utf-8", "replace")
            if any(f'"{key}"' in text for key in ("multiscales", "bioformats2raw.layout", "plate", "omero")):
                return "ome_zarr"
    if any((path / name).is_file() for name in _ZARR_FILES):
        return "zarr"
    raise RefusedSample("INV003", name=path.name, found="a folder that is no image")
