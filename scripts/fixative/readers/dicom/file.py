"""A DICOM file opened so that its pixel data stay where they are: the data set, and where its pixels lie."""

import os
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from pydicom.filereader import read_dataset, read_file_meta_info, read_partial
from pydicom.tag import BaseTag

from fixative.findings import RefusedSample
from fixative.readers.dicom.frames import UNDEFINED, read_exactly
from fixative.readers.dicom.tree import PIXELS
from fixative.structure.dicom import data_set_start
from fixative.structure.window import Window

DEFER_BYTES = 64 * 1024
IMPLICIT, EXPLICIT, BIG, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)
_LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN")


@dataclass(frozen=True)
class DicomFile:
    """An open file."""

    stream: BinaryIO
    """Holds the pixel data: the file, or the inflated data set in memory."""
    ds: Any
    """Every attribute but the pixel data; long values are read when they are asked for."""
    syntax: str
    implicit: bool
    """Whether elements are written without their types."""
    tag: int
    """Which of the three kinds of pixel data it has."""
    words: bool
    """Whether the pixel data are stored as words of 16 bits."""
    start: int
    length: int | None
    """Of the pixel data; None where they are encapsulated."""


def open_dicom(path: Path, memory_mb: int) -> DicomFile:
    """Open a DICOM file, with or without preamble and file meta information.

    Raises
    ------
    RefusedSample
        INV004 where the data set ends before its pixel data or is deflated and cut short; CNV001 where a deflated
        data set is larger than half of ``memory_mb``.
    ValueError
        Where it is no DICOM, or holds no pixel data.
    """
    stream: BinaryIO = path.open("rb")
    try:
        if str(_meta(path).get("TransferSyntaxUID", "")) == DEFLATED:
            ds, inflated = _inflated(path, memory_mb)
            stream.close()
            return _located(ds, inflated, DEFLATED)
        ds = read_partial(stream, stop_when=_at_pixels, defer_size=DEFER_BYTES, force=True)
        implicit, little = ds.original_encoding
        fallback = IMPLICIT if implicit else EXPLICIT if little else BIG
        return _located(ds, stream, str(ds.file_meta.get("TransferSyntaxUID") or fallback))
    except BaseException:
        stream.close()
        raise


def _meta(path: Path) -> Any:
    with path.open("rb") as stream:
        bare = stream.read(132)[128:] != b"DICM"
    return {} if bare else read_file_meta_info(path)


def _at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
    return int(tag) in PIXELS


def _inflated(path: Path, memory_mb: int) -> tuple[Any, BinaryIO]:
    """Data set and content of a deflated file, which has to be inflated as a whole."""
    with Window(path) as window:
        _, start = data_set_start(window)
    limit = memory_mb * 1024 * 1024 // 2
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    content = inflater.decompress(path.read_bytes()[start:], limit)
    if inflater.unconsumed_tail:
        raise RefusedSample(
            "CNV001", where="DICOM data set", reason=f"deflated data of more than {limit} bytes; raise mem_mb"
        )
    if not inflater.eof:
        raise RefusedSample("INV004", promised="a whole deflated data set", present="a part", where="end of file")
    stream = BytesIO(content)
    ds = read_dataset(stream, False, True, stop_when=_at_pixels)
    ds.file_meta = read_file_meta_info(path)
    return ds, stream


def _located(ds: Any, stream: BinaryIO, syntax: str) -> DicomFile:
    """Parse the header of the pixel data, at which reading stopped, and read what comes after them."""
    if "Rows" not in ds or "Columns" not in ds:
        raise ValueError("no DICOM image")
    order = ">" if syntax == BIG else "<"
    at = stream.tell()
    if at >= stream.seek(0, os.SEEK_END):
        raise RefusedSample("INV004", promised="pixel data", present="none", where="DICOM data set")
    group, element = struct.unpack(f"{order}HH", read_exactly(stream, at, 4))
    tag = (group << 16) | element
    if tag not in PIXELS:
        raise RefusedSample("INV005", reason="DICOM elements end before the pixel data")
    vr = read_exactly(stream, at + 4, 2)
    # Some writers state an explicit syntax and write implicit elements; pydicom has read them so
    implicit = syntax == IMPLICIT or not vr.isalpha()
    if implicit:
        start, (length,) = at + 8, struct.unpack("<I", read_exactly(stream, at + 4, 4))
    elif vr in _LONG:
        start, (length,) = at + 12, struct.unpack(f"{order}I", read_exactly(stream, at + 8, 4))
    else:
        raise RefusedSample("INV005", reason="pixel data of an unknown type")
    words = implicit or vr == b"OW"
    file = DicomFile(stream, ds, syntax, implicit, tag, words, start, None if length == UNDEFINED else length)
    if file.length is not None:
        read_rest(file, start + file.length)
    return file


def read_rest(file: DicomFile, at: int) -> None:
    """Add the attributes that come after the pixel data to the data set."""
    if at < file.stream.seek(0, os.SEEK_END):
        file.stream.seek(at)
        rest = read_dataset(file.stream, file.implicit, file.syntax != BIG, at_top_level=False)
        file.ds.update(rest)
