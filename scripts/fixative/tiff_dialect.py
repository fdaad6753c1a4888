"""Which dialect of TIFF a file is, from its header and its first directory alone."""

import os
import struct
from dataclasses import dataclass
from typing import IO

FIELD_BYTES = {
    **{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4},
    **{16: 8, 17: 8, 18: 8},
}
"""Bytes of a value by field type (TIFF 6.0; 16 to 18: BigTIFF)."""

_MOST_TAGS = 4096
_TEXT_BYTES = 8192

MAGIC = (b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0")
"""Classic and BigTIFF, little and big endian."""


@dataclass(frozen=True)
class FirstIfd:
    """Tags of the first directory: code to the first bytes of its value."""

    tags: dict[int, bytes]
    head: bytes

    def text(self, code: int) -> str:
        """Return the beginning of a tag's text."""
        return self.tags.get(code, b"").split(b"\0", 1)[0].decode("utf-8", "replace")


def read_first_ifd(stream: IO[bytes]) -> FirstIfd | None:
    """Read the first directory of a TIFF; None where there is none."""
    size = os.fstat(stream.fileno()).st_size
    stream.seek(0)
    head = stream.read(64)
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    if len(head) < (16 if big else 8):
        return None
    (offset,) = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)
    if not 8 <= offset < size:
        return None
    stream.seek(offset)
    raw = stream.read(8 if big else 2)
    if len(raw) < (8 if big else 2):
        return None
    (count,) = struct.unpack(order + ("Q" if big else "H"), raw)
    entry_bytes, inline = (20, 8) if big else (12, 4)
    entries = stream.read(min(count, _MOST_TAGS) * entry_bytes)
    tags = {}
    for at in range(0, len(entries) - entry_bytes + 1, entry_bytes):
        code, kind, number = struct.unpack_from(order + ("HHQ" if big else "HHI"), entries, at)
        length = FIELD_BYTES.get(kind, 1) * number
        value = entries[at + entry_bytes - inline : at + entry_bytes]
        if length > inline:
            (where,) = struct.unpack(order + ("Q" if big else "I"), value)
            stream.seek(min(where, size))
            value = stream.read(min(length, _TEXT_BYTES))
        tags[code] = value[:length]
    return FirstIfd(tags, head)


def dialect(ifd: FirstIfd) -> str:
    """Key of the format, the more special first."""
    by_tag = (
        (34412, "lsm"),
        (33628, "metamorph"),
        (65420, "ndpi"),
        (34680, "fei_tiff"),
        (34682, "fei_tiff"),
        (34118, "sem_tiff"),
        (34361, "fluoview"),
    )
    for code, key in by_tag:
        if code in ifd.tags:
            return key
    description = ifd.text(270)
    # Micro-Manager's own header follows TIFF's: NDTiff's magic number, or that of an index map.
    if struct.pack("<I", 483729) in ifd.head[8:16]:
        return "ndtiff"
    if 51123 in ifd.tags and struct.unpack_from("<I", ifd.head, 8)[0] == 54773648:
        return "micromanager"
    return _by_description(description, ifd) or _by_other_tags(ifd) or "tiff"


def _by_description(text: str, ifd: FirstIfd) -> str | None:
    head = text[:4096]
    if "<OME " in head or "<OME>" in head or ":OME " in head:
        return "ome_tiff"
    if text.startswith("ImageJ=") and "\nscitiffmeta={" in text:
        return "scitiff"
    if text.startswith("ImageJ=") or text.startswith("SCIFIO="):
        return "imagej_tiff"
    if text.startswith("Aperio"):
        return "svs"
    if "<scn " in head and "leica" in head.lower():
        return "scn"
    if text.lstrip().startswith("<MetaData>"):
        return "metaxpress"
    if "PerkinElmer-QPI" in head or "PerkinElmer-QPI" in ifd.text(305):
        return "qptiff"
    if ifd.text(305).startswith("Philips DP"):
        return "philips_tiff"
    if "state.configPath" in head or "scanimage.SI" in head or ifd.text(305).startswith("SI."):
        return "scanimage"
    return None


def _by_other_tags(ifd: FirstIfd) -> str | None:
    if 700 in ifd.tags and b"<iScan" in ifd.tags[700]:
        return "bif"
    if 33560 in ifd.tags:
        return "sis_tiff"
    if ifd.tags.keys() & {33550, 33922, 34264, 34735}:
        return "geotiff"
    return None
