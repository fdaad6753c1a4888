"""Formats that are ZIP archives (PRZ, ELID): the central directory, and each member with its check sum.

Notes
-----
PKWARE APPNOTE.TXT; the directory stands at the end, so that a stopped copy lacks it.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.readers.guard import decoding
from fixative.structure.promise import MOST_PER_BYTE, complete, inflated
from fixative.structure.window import Window


def check_zip(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Read every member once; its length and check sum must be those of the directory.

    Raises
    ------
    RefusedSample
        INV004 where the directory is not there, INV005 where a member is damaged.
    """
    size = path.stat().st_size
    with decoding(lambda error: _no_directory(size)):
        archive = zipfile.ZipFile(path)
    with archive:
        members = archive.infolist()
        stated = sum(member.file_size for member in members)
        if not members:
            raise RefusedSample("INV004", promised="members", present="none", where="ZIP directory")
        if stated > size * MOST_PER_BYTE["gzip"]:
            raise RefusedSample("INV005", reason=f"ZIP members state {stated} bytes, which {size} cannot hold")
        with decoding(lambda error: RefusedSample("INV005", reason=f"ZIP member: {type(error).__name__}")):
            damaged = archive.testzip()
    if damaged is not None:
        raise RefusedSample("INV005", reason="check sum of a ZIP member is wrong")
    return complete(f"{len(members)} members of the ZIP archive with their check sums", size=stated)


def check_elid(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Inflate the bzip2 stream that an ELID is to its end; its check sums must be right.

    Raises
    ------
    RefusedSample
        INV004 where the stream does not reach its end, INV005 where it is damaged.
    """
    with Window(path) as window:
        if window.read(0, min(3, window.bytes), "ELID") != b"BZh":
            return check_zip(path, fmt, files)
        size = sum(len(part) for part in inflated(window, 0, "bzip2", "ELID"))
    return complete("bzip2 stream of the ELID to its end with its check sums", size=size)


def _no_directory(size: int) -> RefusedSample:
    return RefusedSample("INV004", promised="a directory at the end", present="none", where=f"{size} bytes of ZIP")
