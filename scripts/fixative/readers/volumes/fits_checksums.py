"""The checksums that a FITS file may carry of its own units.

Notes
-----
FITS 4.0, section 4.4.2.7 and appendix J: sums of 32-bit words in ones' complement; DATASUM is that of the data,
and CHECKSUM is chosen so that the whole unit sums up to minus zero.
"""

from typing import Any, BinaryIO

import numpy as np

from fixative.findings import RefusedSample

CHUNK_BYTES = 4 * 1024 * 1024
_MINUS_ZERO = 0xFFFFFFFF


def require_checksums(stream: BinaryIO, hdus: Any) -> None:
    """Compare the stated sums of every unit with those of its bytes, read once in chunks.

    Parameters
    ----------
    stream : BinaryIO
        The file.
    hdus : astropy.io.fits.HDUList
        Its units, tables of compressed images as tables.

    Raises
    ------
    RefusedSample
        INV005 where a stated sum is not that of the bytes.
    """
    for number, hdu in enumerate(hdus):
        stated, whole = hdu.header.get("DATASUM"), hdu.header.get("CHECKSUM")
        if not str(stated or "").strip() and not str(whole or "").strip():
            continue
        place = hdu.fileinfo()
        data = _sum(stream, place["datLoc"], place["datSpan"])
        if str(stated or "").strip() and str(stated).strip() != str(data):
            raise RefusedSample("INV005", reason=f"data of FITS unit {number} differ from their DATASUM")
        if str(whole or "").strip():
            header = _sum(stream, place["hdrLoc"], place["datLoc"] - place["hdrLoc"])
            if _folded(header + data) not in (0, _MINUS_ZERO):
                raise RefusedSample("INV005", reason=f"FITS unit {number} differs from its CHECKSUM")


def _sum(stream: BinaryIO, start: int, count: int) -> int:
    total = 0
    stream.seek(start)
    while count > 0:
        chunk = stream.read(min(CHUNK_BYTES, count))
        if not chunk:
            break
        count -= len(chunk)
        # Filling after the last data may be missing; it counts as zeros
        words = np.frombuffer(chunk + b"\0" * (-len(chunk) % 4), ">u4")
        total = _folded(total + int(words.sum(dtype=np.uint64)))
    return total


def _folded(total: int) -> int:
    while total > _MINUS_ZERO:
        total = (total & _MINUS_ZERO) + (total >> 32)
    return total
