"""Tiles and strips to bytes: predictor and lossless compression, as TIFF defines them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.archive_profile import Compression, DeflateEncoder, deflate_encoder

Rows = npt.NDArray[Any]

TAG_VALUE = {"none": 1, "lzw": 5, "deflate": 8, "zstd": 50000, "jpeg2000": 34712}


def strip_rows(dtype: str, size_y: int, size_x: int, *, samples: int, tile_px: int) -> int:
    """Rows of a strip; 0 where a plane is stored in tiles, as all are but bits in rows that end within a byte.

    The bits that fill such a row up Bio-Formats 7.3.1 (so Fiji, OMERO, QuPath) passes over wrongly in tiles, in
    strips of fewer bits than a row and a column of the image together, and where a pixel has several samples: it
    then shows other pixels without a word (``TiffParser.unpackBytes``). Strips of one row it reads right, but for
    pixels of several samples in LZW or in fewer than 8 rows: those stay wrong there.

    Returns
    -------
    int
        ``tile_px``, or 1 where that leaves a strip too few bits (a part of ``tile_px`` leaves the last as few).
    """
    bits = size_x * samples
    if np.dtype(dtype).kind != "b" or bits % 8 == 0:
        return 0
    least = -(-(bits + size_y) // (bits + -bits % 8))
    last = size_y % tile_px
    return tile_px if samples == 1 and tile_px >= least and (last < 2 or last >= least) else 1


@dataclass(frozen=True)
class TileCodec:
    """How the tiles or strips of one image are stored.

    Attributes
    ----------
    predictor : int
        TIFF tag 317: 1 none, 2 horizontal difference (integers).
    tile_px : int
        Edge of a tile; a multiple of 16.
    encoder : str
        What deflates, where tiles are deflated.
    """

    compression: Compression
    level: int | None
    predictor: int
    tile_px: int
    encoder: DeflateEncoder = "isa-l"

    @classmethod
    def for_dtype(
        cls,
        dtype: str,
        *,
        compression: Compression,
        level: int | None,
        predictor: bool,
        tile_px: int,
        pictures: bool = True,
        encoder: DeflateEncoder | None = None,
    ) -> "TileCodec":
        """Choose the predictor that every reader of ``dtype`` knows: none but for integers.

        TIFF's predictor for floats, 3, is unknown to Bio-Formats, so to Fiji, OMERO and QuPath; without it the
        floats of the corpus take 0.2 % more.

        JPEG 2000 stands for unsigned integers of 8 and 16 bits alone. Everything else, and what are no
        ``pictures`` but labels or indices of colours, is deflated instead (labels took four times as much in it).
        """
        if compression == "jpeg2000":
            if pictures and dtype in ("uint8", "uint16"):
                return cls(compression, None, 1, tile_px)
            compression, level, encoder = "deflate", None, None
        wanted = 2 if np.dtype(dtype).kind in "ui" and predictor and compression != "none" else 1
        return cls(compression, level, wanted, tile_px, deflate_encoder(level, encoder))

    def encode(self, band: Rows) -> list[bytes | bytearray]:
        """Encode the tiles of a band of rows, left to right; the edge is padded with zeros."""
        columns = range(0, band.shape[1], self.tile_px)
        return self.encode_strips([self._whole(band[:, x : x + self.tile_px]) for x in columns])

    def encode_strips(self, strips: Sequence[Rows]) -> list[bytes | bytearray]:
        """Encode rows as they are."""
        compress = _compressor(self.compression, self.encoder)
        return [compress(self._predicted(strip), self.level) for strip in strips]

    def _whole(self, tile: Rows) -> Rows:
        missing = self.tile_px - tile.shape[0], self.tile_px - tile.shape[1]
        if not any(missing):
            return tile
        return np.pad(tile, [(0, missing[0]), (0, missing[1]), (0, 0)][: tile.ndim])

    def _predicted(self, tile: Rows) -> Rows | bytes:
        """What is compressed: rows without gaps, little-endian, or the differences in them."""
        little = tile.dtype.newbyteorder("<")
        if tile.dtype.kind == "b":
            return np.packbits(tile.reshape(tile.shape[0], -1), axis=1).tobytes()
        if self.predictor == 2 and tile.dtype == little:
            import imagecodecs

            return imagecodecs.delta_encode(tile, axis=1, out=_scratch(tile.shape, tile.dtype))
        tile = np.ascontiguousarray(tile, dtype=little)
        return self._predicted(tile) if self.predictor == 2 else tile


_threads = threading.local()


def _scratch(shape: tuple[int, ...], dtype: "np.dtype[Any]") -> Rows:
    """Memory of the calling thread for one tile; memory anew for each took 5 % of the conversion."""
    kept: Rows | None = getattr(_threads, "scratch", None)
    if kept is None or (kept.shape, kept.dtype) != (shape, dtype):
        kept = _threads.scratch = np.empty(shape, dtype)
    return kept


def _compressor(compression: Compression, encoder: DeflateEncoder) -> Callable[[Any, int | None], bytes | bytearray]:
    import imagecodecs

    if compression == "deflate" and encoder == "isa-l":
        from isal import isal_zlib

        return lambda data, level: isal_zlib.compress(data, level or 1)
    if compression == "deflate":
        return lambda data, level: imagecodecs.deflate_encode(data, level or 1)
    if compression == "zstd":
        return lambda data, level: imagecodecs.zstd_encode(data, level or 1)
    if compression == "jpeg2000":
        return _jpeg2000
    if compression == "lzw":
        return lambda data, level: imagecodecs.lzw_encode(data)
    return lambda data, level: data if isinstance(data, bytes) else data.tobytes()


def _jpeg2000(tile: Rows, level: int | None) -> bytes | bytearray:
    """Encode a tile as a codestream of JPEG 2000, reversible; samples of a pixel each for themselves.

    As one colour they took 0.6 % less of a stained slide and 22 % more of a fluorescent one.
    """
    import imagecodecs

    encoded: bytes | bytearray = imagecodecs.jpeg2k_encode(
        tile, level=0, reversible=True, codecformat="j2k", mct=False
    )
    return encoded
