"""What the directories of a TIFF say of the samples in them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the samples of one directory are stored."""

    size_y: int
    size_x: int
    samples: int
    dtype: str
    """numpy name, byte order aside: uint16, bool (one bit in the file), complex64, ..."""
    tile_y: int
    tile_x: int
    compression: int
    predictor: int
    byte_order: str
    strips: bool = False
    """Strips stand for tiles as wide as the image, of which the last is no higher than it must be."""

    @property
    def tiles_down(self) -> int:
        """Rows of tiles."""
        return -(-self.size_y // self.tile_y)

    @property
    def tiles_across(self) -> int:
        """Tiles in a row."""
        return -(-self.size_x // self.tile_x)

    @property
    def tile_bytes(self) -> int:
        """Bytes of one decoded tile in memory."""
        return self.tile_y * self.tile_x * self.samples * np.dtype(self.dtype).itemsize

    def stored_rows(self, row: int) -> int:
        """Rows of pixels that one row of tiles has in the file, those beyond the edge included."""
        return min(self.tile_y, self.size_y - row * self.tile_y) if self.strips else self.tile_y

    def stored_bytes(self, rows: int) -> int:
        """Bytes that so many rows of one tile take in the file before compression."""
        if self.dtype == "bool":
            return rows * (-(-self.tile_x * self.samples // 8))
        return rows * self.tile_x * self.samples * np.dtype(self.dtype).itemsize

    @property
    def band_bytes(self) -> int:
        """Bytes of one row of tiles, decoded."""
        return self.tile_y * self.size_x * self.samples * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory: a plane at one resolution."""

    layout: Layout
    reduced: bool
    """NewSubfileType says that it is a smaller version of another."""
    offsets: Integers
    counts: Integers
    levels: tuple[int, ...]
    """Offsets of its SubIFDs."""
    per_cm: tuple[float, float] | None = None
    """Pixels per centimetre in X and Y; None where the tags do not say."""
