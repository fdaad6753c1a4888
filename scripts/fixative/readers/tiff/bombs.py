"""Strips and tiles that decode to far more than a TIFF promises: said to be so, rather than that they are damaged.

tifffile's decoders fill a buffer of the promised size, so nothing is ever inflated further. What does not fit would
be asked of the next reader, which takes what comes first and says nothing.
"""

from math import prod
from typing import Any

from fixative.findings import RefusedSample

MOST_SURPLUS_BYTES = 64 * 1024
"""Some writers fill the last strip up; what decodes to this much more than twice what is promised is a bomb."""

_DECODERS = {8: "zlib_decode", 32946: "zlib_decode", 32773: "packbits_decode", 34926: "zstd_decode"}
_DECODERS |= {50000: "zstd_decode"}
"""Compression to the decoder of imagecodecs that fails where its buffer is too small."""
_FULL = ("Z_BUF_ERROR", "too small", "TOO_SMALL")


def segment_bytes(key: Any) -> int:
    """Give the decoded bytes that a strip or tile promises at most; no number of the file is trusted to be small.

    Parameters
    ----------
    key : tifffile.TiffPage
    """
    shape = (key.tiledepth, key.tilelength, key.tilewidth) if key.is_tiled else (key.rowsperstrip, key.imagewidth)
    promised = prod(min(int(size), 2**31) for size in shape) * int(key.shaped[4]) * int(key.dtype.itemsize)
    return promised if key.is_tiled else min(promised, prod(key.shaped[1:]) * int(key.dtype.itemsize))


def refuse_bomb(key: Any, stored: bytes) -> None:
    """Refuse a strip or tile that could not be decoded for holding more than twice of what it promises.

    Parameters
    ----------
    key : tifffile.TiffPage
        Whose description holds for it.
    stored : bytes
        As in the file.

    Raises
    ------
    RefusedSample
        INV005.
    """
    import imagecodecs

    name = _DECODERS.get(int(key.compression))
    if name is None:
        return
    promised = segment_bytes(key)
    try:
        getattr(imagecodecs, name)(stored, out=2 * promised + MOST_SURPLUS_BYTES)
    except RuntimeError as error:
        if any(word in str(error) for word in _FULL):
            reason = (
                f"a strip or tile of {promised} bytes holds more than twice as many, in {len(stored)} stored ones"
            )
            raise RefusedSample("INV005", reason=reason) from None
