"""Tiles and strips decoded by other means than they were written with.

Deflate goes through zlib-ng (the writer compresses with another library), predictors are undone with numpy.
What a tile expands to is bounded by what its layout promises, so a deflate bomb yields an error, not memory.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.verify.layout import Layout
from fixative.verify.tiff_structure import wrong

COMPRESSIONS = {1: "none", 5: "lzw", 8: "deflate", 32946: "deflate", 50000: "zstd"}

Samples = npt.NDArray[Any]


# What codecs return: bytes, bytearray or memoryview; their common type has no name before Python 3.12.
Buffer = Any


class BadTile(Exception):
    """A tile cannot be decoded; the message says why."""


def check_layout(layout: Layout) -> None:
    """Refuse what `decode_tile` cannot undo (VER003)."""
    if layout.compression not in COMPRESSIONS:
        raise wrong("compression none, LZW, deflate or zstd", f"compression {layout.compression}")
    kind = np.dtype(layout.dtype).kind
    if layout.predictor not in {1, *({2} if kind in "ui" else {3} if kind == "f" else set())}:
        raise wrong(f"a predictor for {layout.dtype}", f"predictor {layout.predictor}")


def decode_tile(data: bytes | memoryview, layout: Layout, rows: int) -> Samples:
    """Decode one tile, or one strip, which ``rows`` must fill.

    Returns
    -------
    ndarray
        Shape (rows, tile_x) or (rows, tile_x, samples), native byte order.

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
            # In place where the buffer is ours: one pass less over memory.
            target = tile if tile.flags.writeable else None
            tile = np.add.accumulate(tile, axis=1, dtype=tile.dtype, out=target)
    return tile if layout.samples > 1 else tile[..., 0]


def _decompress(data: bytes | memoryview, layout: Layout, most_bytes: int) -> Buffer:
    import imagecodecs

    name = COMPRESSIONS[layout.compression]
    if name == "none":
        return data
    decoders: dict[str, Callable[..., Buffer]] = {
        "deflate": imagecodecs.zlibng_decode,
        "lzw": imagecodecs.lzw_decode,
        "zstd": imagecodecs.zstd_decode,
    }
    out = bytearray(most_bytes)
    try:
        decoded = decoders[name](data, out=out)
    except (RuntimeError, ValueError) as error:  # every codec's own error derives from RuntimeError
        raise BadTile(f"{name}: {error}") from None
    return decoded


def _undo_float_predictor(raw: Buffer, layout: Layout) -> Samples:
    """Undo predictor 3 (Adobe TIFF technical note 3): bytes of a row by significance, then differences."""
    width = np.dtype(layout.dtype).itemsize
    differences = np.frombuffer(raw, np.uint8).reshape(layout.tile_y, -1, layout.samples)
    rows = np.add.accumulate(differences, axis=1, dtype=np.uint8)
    # Bytes of equal significance stand together, the most significant first, whatever the byte order.
    by_value = rows.reshape(layout.tile_y, width, layout.tile_x * layout.samples).transpose(0, 2, 1)
    little = np.ascontiguousarray(by_value[..., ::-1])
    return little.view(np.dtype(layout.dtype).newbyteorder("<")).astype(layout.dtype, copy=False)
