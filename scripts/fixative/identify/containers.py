"""Formats inside containers that others share: OLE, HDF5, RIFF, ISO media, ZIP."""

import struct
from pathlib import Path

from fixative.findings import RefusedSample

_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_NAMES = {
    ".ims": "imaris",
    ".emd": "emd",
    ".mnc": "minc",
    ".de5": "emd",
    ".ch5": "cellh5",
}
_OLE_NAMES = {
    ".zvi": "zvi",
    ".cxd": "cxd",
    ".ipw": "ipw",
    ".fpx": "flashpix",
    ".mic": "flashpix",
    ".oib": "oib",
    ".vws": "tillvision",
}
_OLE_CONTENT = (("OibInfo.txt", "oib"), ("Data Object Store", "flashpix"), ("Field Data", "cxd"))
_ZIP_NAMES = {".prz": "prz", ".elid": "elid"}
_BRANDS = {b"avif": "avif", b"avis": "avif"}
_OTHER_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"crx ", b"jxl ")


def by_container(path: Path, head: bytes) -> str | None:
    """Tell a format inside a container, or None.

    Raises
    ------
    RefusedSample
        INV003 for a container that holds no image, INV011 for one that belongs to an image.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "mrxs" if path.name.lower().endswith(".mrxs") else "jpeg"
    if head.startswith(b"BM") and len(head) > 30 and head[26:28] == b"\1\0":
        return "bmp"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _media(path, head)
    if head[4:8] in (b"moov", b"mdat", b"wide") and path.name.lower().endswith((".mov", ".mp4")):
        return "mp4"
    if any(head.startswith(_HDF5, at) for at in (0, 512, 1024, 2048, 4096)):
        return _HDF5_NAMES.get(path.suffix.lower()) or ("imaris" if b"ImarisDataSet" in head else "hdf5")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(path, head)
    if head.startswith(b"PK\3\4"):
        if path.suffix.lower() not in _ZIP_NAMES:
            raise _foreign(path, "ZIP archive or office document")
        return _ZIP_NAMES[path.suffix.lower()]
    if head.startswith(b"\0\1\0\0Standard Jet DB"):
        if path.name.lower().endswith((".apl", ".mtb", ".tnb")):
            return None
        raise RefusedSample("INV011", name=path.name, found="an LSM database")
    if head.startswith(b"SQLite format 3") and not path.name.lower().endswith(".db"):
        raise _foreign(path, "SQLite database")
    return None


def _foreign(path: Path, found: str) -> RefusedSample:
    return RefusedSample("INV003", name=path.name, found=found)


def _media(path: Path, head: bytes) -> str:
    brand = head[8:12]
    if brand in _OTHER_BRANDS:
        name = brand.decode("ascii").strip().upper()
        raise _foreign(path, f"ISO media of brand {name}")
    return _BRANDS.get(brand, "mp4")


def _ole(path: Path, head: bytes) -> str | None:
    """Tell an OLE compound file by the names in the first sectors of its directory."""
    if len(head) < 52:
        return _OLE_NAMES.get(path.suffix.lower())
    (shift,) = struct.unpack_from("<H", head, 30)
    (sector,) = struct.unpack_from("<I", head, 48)
    place = (sector + 1) << min(shift, 16)
    if place >= path.stat().st_size:
        # Nor can every file system seek there.
        return _OLE_NAMES.get(path.suffix.lower())
    with path.open("rb") as stream:
        stream.seek(place)
        directory = stream.read(16384)
    for name, key in _OLE_CONTENT:
        if name.encode("utf-16-le") in directory:
            return key
    return _OLE_NAMES.get(path.suffix.lower())
