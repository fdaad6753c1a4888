"""Tiles and strips to bytes: predictor and lossless compression, as TIFF defines them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.archive_profile import Compression

TAG_VALUE = {"none": 1, "lzw": 5, "deflate": 8, "zstd": 50000, "jpeg2000": 34712}
FASTEST = {"deflate": 1, "zstd": 1}


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
    """

    compression: Compression
    level: int | None
    predictor: int
    tile_px: int

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
            compression, level = "deflate", None
        wanted = 2 if np.dtype(dtype).kind in "ui" and predictor and compression != "none" else 1
        return cls(compression, level, wanted, tile_px)

    def encode(self, band: "npt.NDArray[Any]", x: int) -> bytes | bytearray:
        """Encode the tile that begins at column ``x`` of a band of rows; the edge is padded with zeros."""
        tile = band[:, x : x + self.tile_px]
        missing = self.tile_px - tile.shape[0], self.tile_px - tile.shape[1]
        if any(missing):
            padding = [(0, missing[0]), (0, missing[1]), (0, 0)][: tile.ndim]
            tile = np.pad(tile, padding)
        return self.encode_strip(tile)

    def encode_strip(self, tile: "npt.NDArray[Any]") -> bytes | bytearray:
        """Encode rows as they are."""
        tile = np.ascontiguousarray(tile, dtype=tile.dtype.newbyteorder("<"))
        return _compressor(self.compression)(self._predicted(tile), self.level)

    def _predicted(self, tile: "npt.NDArray[Any]") -> "npt.NDArray[Any] | bytes":
        import imagecodecs

        if tile.dtype.kind == "b":
            return np.packbits(tile.reshape(tile.shape[0], -1), axis=1).tobytes()
        if self.predictor == 2:
            return imagecodecs.delta_encode(tile, axis=1)
        return tile


def _compressor(compression: Compression) -> Callable[[Any, int | None], bytes | bytearray]:
    import imagecodecs

    if compression == "deflate":
        return lambda data, level: imagecodecs.deflate_encode(data, level or FASTEST["deflate"])
    if compression == "zstd":
        return lambda data, level: imagecodecs.zstd_encode(data, level or FASTEST["zstd"])
    if compression == "jpeg2000":
        return _jpeg2000
    if compression == "lzw":
        return lambda data, level: imagecodecs.lzw_encode(data)
    return lambda data, level: data if isinstance(data, bytes) else data.tobytes()


def _jpeg2000(tile: "npt.NDArray[Any]", level: int | None) -> bytes | bytearray:
    """Encode a tile as a codestream of JPEG 2000, reversible; samples of a pixel each for themselves.

    As one colour they took 0.6 % less of a stained slide and 22 % more of a fluorescent one.
    """
    import imagecodecs

    encoded: bytes | bytearray = imagecodecs.jpeg2k_encode(
        tile, level=0, reversible=True, codecformat="j2k", mct=False
    )
    return encoded
