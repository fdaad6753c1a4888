"""Tiles and strips decoded by other means than they were written with.

Deflate goes through libdeflate (the writer compresses with ISA-L, unless told otherwise). JPEG 2000 goes through
OpenJPEG, as it did when it was written: before an object is sealed, Bio-Formats' own decoder reads such a file too.
Predictors are undone with numpy, or their undoing is proven with it. What a tile expands to is bounded by what its
layout promises, so a deflate bomb yields an error, not memory.
"""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.verify.layout import Layout
from fixative.verify.tiff_structure import wrong

COMPRESSIONS = {1: "none", 5: "lzw", 8: "deflate", 32946: "deflate", 34712: "jpeg2000", 50000: "zstd"}

Samples = npt.NDArray[Any]


# What codecs return: bytes, bytearray or memoryview; their common type has no name before Python 3.12.
Buffer = Any


class BadTile(Exception):
    """A tile cannot be decoded; the message says why."""


def check_layout(layout: Layout) -> None:
    """Refuse what `decode_tile` cannot undo (VER003)."""
    if layout.compression not in COMPRESSIONS:
        raise wrong("compression none, LZW, deflate, JPEG 2000 or zstd", f"compression {layout.compression}")
    kind = np.dtype(layout.dtype).kind
    if layout.predictor not in {1, *({2} if kind in "ui" else {3} if kind == "f" else set())}:
        raise wrong(f"a predictor for {layout.dtype}", f"predictor {layout.predictor}")


def decode_tile(data: bytes | memoryview, layout: Layout, rows: int) -> Samples:
    """Decode one tile, or one strip, which ``rows`` must fill.

    Returns
    -------
    ndarray
        Shape (rows, tile_x) or (rows, tile_x, samples), native byte order. It may lie in memory of the calling
        thread, which its next tile takes: memory anew for each tile took a tenth of the time.

    Raises
    ------
    BadTile
        When the data do not decompress to exactly so many rows.
    """
    stored = layout.stored_bytes(rows)
    raw = _decompress(data, layout, stored)
    if len(raw) != stored:
        raise BadTile(f"{len(raw)} bytes where a tile has {stored}")
    shape = (rows, layout.tile_x, layout.samples)
    if layout.dtype == "bool":
        packed = np.frombuffer(raw, np.uint8).reshape(rows, -1)
        bits = np.unpackbits(packed, axis=1, count=layout.tile_x * layout.samples)
        tile: Samples = bits.view(np.bool_).reshape(shape)
    elif layout.predictor == 3:
        tile = _undo_float_predictor(raw, layout).reshape(shape)
    else:
        values = np.frombuffer(raw, np.dtype(layout.byte_order + np.dtype(layout.dtype).str[1:])).reshape(shape)
        tile = values.astype(layout.dtype, copy=False)
        if layout.predictor == 2:
            tile = _undo_difference(tile)
    return tile if layout.samples > 1 else tile[..., 0]


def _decompress(data: bytes | memoryview, layout: Layout, most_bytes: int) -> Buffer:
    import imagecodecs

    name = COMPRESSIONS[layout.compression]
    if name == "none":
        return data
    if name == "deflate":
        return _inflate(data, most_bytes)
    if name == "jpeg2000":
        return _jpeg2000(data, layout)
    decoders: dict[str, Callable[..., Buffer]] = {"lzw": imagecodecs.lzw_decode, "zstd": imagecodecs.zstd_decode}
    out = bytearray(most_bytes)
    try:
        decoded = decoders[name](data, out=out)
    except (RuntimeError, ValueError) as error:  # every codec's own error derives from RuntimeError
        raise BadTile(f"{name}: {error}") from None
    return decoded


def _jpeg2000(data: bytes | memoryview, layout: Layout) -> Buffer:
    """Decode a codestream, whose head must promise just this tile before anything is decoded."""
    import imagecodecs

    samples = (layout.samples,) if layout.samples > 1 else ()
    out = np.empty((layout.tile_y, layout.tile_x, *samples), layout.dtype)
    try:
        imagecodecs.jpeg2k_decode(bytes(data), out=out)
    except (RuntimeError, ValueError) as error:
        raise BadTile(f"jpeg2000: {error}") from None
    return out.astype(out.dtype.newbyteorder(layout.byte_order), copy=False).tobytes()


def _inflate(data: Buffer, most_bytes: int) -> Buffer:
    """Inflate a zlib stream (RFC 1950) into memory of just its size; its check sum must be right, and stand last."""
    import imagecodecs

    try:
        decoded = imagecodecs.deflate_decode(data, out=_memory("inflated", (most_bytes,), np.dtype(np.uint8)).data)
    except (RuntimeError, ValueError) as error:
        raise BadTile(f"deflate: {error}") from None
    if imagecodecs.deflate_adler32(decoded) != int.from_bytes(data[-4:], "big"):
        raise BadTile("deflate: something stands behind the stream")
    return decoded


def _undo_difference(differences: Samples) -> Samples:
    """Undo predictor 2 (TIFF 6.0, section 14) along X.

    Summed up by the library that the writer took the differences with, thrice as fast as numpy does; numpy takes the
    differences of the result, which are those in the file or the sum is wrong.
    """
    import imagecodecs

    tile = _memory("tile", differences.shape, differences.dtype)
    again = _memory("again", differences.shape, differences.dtype)
    imagecodecs.delta_decode(differences, axis=1, out=tile)
    again[:, 0] = tile[:, 0]
    np.subtract(tile[:, 1:], tile[:, :-1], out=again[:, 1:])
    if not np.array_equal(again, differences):
        raise BadTile("its differences do not add up")
    return tile


_threads = threading.local()


def _memory(name: str, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> Samples:
    """Memory of the calling thread, by its use."""
    kept: Samples | None = getattr(_threads, name, None)
    if kept is None or (kept.shape, kept.dtype) != (shape, dtype):
        kept = np.empty(shape, dtype)
        setattr(_threads, name, kept)
    return kept


def _undo_float_predictor(raw: Buffer, layout: Layout) -> Samples:
    """Undo predictor 3 (Adobe TIFF technical note 3): bytes of a row by significance, then differences."""
    width = np.dtype(layout.dtype).itemsize
    differences = np.frombuffer(raw, np.uint8).reshape(layout.tile_y, -1, layout.samples)
    rows = np.add.accumulate(differences, axis=1, dtype=np.uint8)
    # Bytes of equal significance stand together, the most significant first, whatever the byte order.
    by_value = rows.reshape(layout.tile_y, width, layout.tile_x * layout.samples).transpose(0, 2, 1)
    little = np.ascontiguousarray(by_value[..., ::-1])
    return little.view(np.dtype(layout.dtype).newbyteorder("<")).astype(layout.dtype, copy=False)
