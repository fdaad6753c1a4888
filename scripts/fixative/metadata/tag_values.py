"""Values of TIFF tags: names from the standard, numbers and text decoded, binary blobs as digests."""

import struct
from functools import cache
from typing import Any

from fixative.trees import decode_text, digest_of, is_binary, safe_text, to_tree

OFFSET_TABLES = frozenset((273, 279, 288, 289, 324, 325, 513, 514, 519, 520, 521, 34909, 65426, 65432, 50838))
"""Where pixels lie and how long they are: of the file's layout, not of the image. Counts only.

Strips, tiles, free space, old JPEG tables, JPEG interchange, restart intervals of NDPI; ImageJ's byte counts.
"""

LONGEST_LIST = 256
"""Numbers of a tag that are written out; a longer list (a colour map) stands as digest and count."""

_FORMATS = {
    1: "B",
    3: "H",
    4: "I",
    6: "b",
    8: "h",
    9: "i",
    11: "f",
    12: "d",
    13: "I",
    16: "Q",
    17: "q",
    18: "Q",
}
_BLOBS = frozenset((33723, 34377, 34675))
"""IPTC, Photoshop's resources, colour profiles: binary, whatever type their writer gave them."""
_XP_TAGS = frozenset((40091, 40092, 40093, 40094, 40095))
_TEXT_TAGS = frozenset((700, 270, 285, 305, 306, 315, 316, 33432, 51123, 42112, 42113, 34122))
"""Tags that are text whatever type their writer gave them (XMP and Micro-Manager's JSON come as BYTE)."""
_IMAGES = ("ifd", "ndpi")
_CHARSETS = {b"ASCII\0\0\0": "latin-1", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}


@cache
def _names(group: str) -> dict[int, str]:
    from tifffile import TIFF

    tables = {
        "ifd": [TIFF.TAGS],
        "ndpi": [TIFF.TAGS, TIFF.NDPI_TAGS],
        "exif": [TIFF.EXIF_TAGS, TIFF.TAGS],
        "gps": [TIFF.GPS_TAGS],
    }
    names: dict[int, str] = {}
    for table in tables.get(group, [TIFF.IOP_TAGS]):
        for code, name in table.items():
            names.setdefault(int(code), str(name))
    return names


def tag_name(code: int, group: str = "ifd") -> str:
    """Name of a tag in the TIFF, NDPI, EXIF or GPS tables; the number itself for one that no table knows."""
    return _names(group).get(code, str(code))


def decode_value(code: int, kind: int, content: bytes, order: str, group: str = "ifd") -> Any:
    """Decode a tag's bytes.

    Parameters
    ----------
    code, kind : int
        Tag and TIFF type.
    content : bytes
        The value as it stands in the file.
    order : str
        ``<`` or ``>``.
    group : str
        ``ifd``, ``ndpi``, ``exif``, ``gps`` or ``interoperability``: the table that ``code`` belongs to.

    Returns
    -------
    str, int, float, list or dict
        A rational is ``[numerator, denominator]``; a list longer than `LONGEST_LIST` and what is neither
        number nor text is a digest.
    """
    if group in _IMAGES and code in _XP_TAGS:
        return safe_text(content.decode("utf-16-le", "replace").rstrip("\0"))
    if group == "exif" and code == 37510:
        return _comment(content, order)
    if kind == 2 or (group in _IMAGES and code in _TEXT_TAGS and kind in (1, 7)):
        return _text(content)
    if kind == 7:
        return _undefined(content)
    if group in _IMAGES and code in _BLOBS:
        return digest_of(content)
    if kind in (5, 10):
        return _rationals(content, order, signed=kind == 10)
    form = _FORMATS[kind]
    number = len(content) // struct.calcsize(f"={form}")
    if number > LONGEST_LIST:
        return _long(content, number, text_possible=kind in (1, 6))
    values = [to_tree(value) for value in struct.unpack(f"{order}{number}{form}", content)]
    return values[0] if number == 1 else values


def _text(content: bytes) -> Any:
    """Text of an ASCII tag; several strings, divided by NUL, as a list."""
    trimmed = content.rstrip(b"\0")
    texts = [decode_text(part) for part in trimmed.split(b"\0")]
    if any(is_binary(part) for part in trimmed.split(b"\0")):
        return digest_of(content)
    clean = [safe_text(text) for text in texts]
    return clean[0] if len(clean) == 1 else clean


def _undefined(content: bytes) -> Any:
    trimmed = content.rstrip(b"\0")
    if trimmed and all(32 <= byte < 127 or byte in b"\t\n\r" for byte in trimmed):
        return trimmed.decode("ascii")
    if 0 < len(content) <= 8:
        return list(content) if len(content) > 1 else content[0]
    return digest_of(content)


def _comment(content: bytes, order: str) -> Any:
    """EXIF UserComment: eight bytes name the character set."""
    charset = _CHARSETS.get(content[:8])
    if charset is None:
        return _undefined(content[8:] if content[:8] == bytes(8) else content)
    if charset == "utf-16":
        charset = "utf-16-le" if order == "<" else "utf-16-be"
    return safe_text(content[8:].decode(charset, "replace").rstrip("\0 "))


def _rationals(content: bytes, order: str, *, signed: bool) -> Any:
    number = len(content) // 8
    if number > LONGEST_LIST:
        return _long(content, number, text_possible=False)
    flat = struct.unpack(f"{order}{2 * number}{'i' if signed else 'I'}", content)
    pairs = [[flat[2 * n], flat[2 * n + 1]] for n in range(number)]
    return pairs[0] if number == 1 else pairs


def _long(content: bytes, number: int, *, text_possible: bool) -> Any:
    trimmed = content.rstrip(b"\0")
    if text_possible and trimmed and all(32 <= byte < 127 or byte in b"\t\n\r" for byte in trimmed):
        return trimmed.decode("ascii")
    return {**digest_of(content), "count": number}
