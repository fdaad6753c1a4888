"""What is in a jar, by its list of contents alone: Python's zipfile makes an object of each of 18,000 entries.

Notes
-----
The records are those of APPNOTE.TXT 6.3.10, 4.3.12 to 4.3.16:
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from pathlib import Path
from typing import BinaryIO

_PROOF = "loci/formats/ImageReader.class"
_END, _END_BYTES, _COMMENT_BYTES = b"PK\x05\x06", 22, 0xFFFF
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_END64, _END64_BYTES = b"PK\x06\x06", 56
_ENTRY, _ENTRY_BYTES, _NAME_LENGTH = b"PK\x01\x02", 46, slice(28, 30)


def require_bioformats(jar: Path) -> None:
    """Refuse what is not a jar with all of Bio-Formats, before a Java machine runs that cannot be stopped.

    Raises
    ------
    ValueError
        If the file does not exist, is no jar, or holds no Bio-Formats.
    """
    if not jar.is_file():
        raise ValueError("the Bio-Formats jar does not exist")
    with jar.open("rb") as stream:
        contents = _contents(stream)
    if contents is None:
        raise ValueError("the Bio-Formats jar is no jar")
    if not _lists(contents, _PROOF.encode()):
        raise ValueError("no Bio-Formats in the jar: bioformats_package.jar is the one that holds all of it")


def _contents(stream: BinaryIO) -> bytes | None:
    """The central directory, as it is; None where the file has no end record of a zip."""
    size = stream.seek(0, 2)
    start = max(0, size - _END_BYTES - _COMMENT_BYTES - _LOCATOR_BYTES - _END64_BYTES)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(_END, 0, len(tail) - _END_BYTES + len(_END))
    if at < 0:
        return None
    length, before = int.from_bytes(tail[at + 12 : at + 16], "little"), at
    locator, end64 = at - _LOCATOR_BYTES, at - _LOCATOR_BYTES - _END64_BYTES
    if end64 >= 0 and tail.startswith(_LOCATOR, locator) and tail.startswith(_END64, end64):
        length, before = int.from_bytes(tail[end64 + 40 : end64 + 48], "little"), end64
    # Counted from its end: what is put before a zip moves every offset, and no length.
    stream.seek(max(0, start + before - length))
    return stream.read(length)


def _lists(contents: bytes, name: bytes) -> bool:
    """Whether an entry has that name: found as text, it must be the whole name in an entry's record."""
    at = contents.find(name)
    while at >= 0:
        record = contents[max(0, at - _ENTRY_BYTES) : at]
        length = int.from_bytes(record[_NAME_LENGTH], "little")
        if len(record) == _ENTRY_BYTES and record.startswith(_ENTRY) and length == len(name):
            return True
        at = contents.find(name, at + 1)
    return False
