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
        """Bytes of one decoded tile as the file stores it."""
        if self.dtype == "bool":
            return self.tile_y * (-(-self.tile_x * self.samples // 8))
        return self.tile_y * self.tile_x * self.samples * np.dtype(self.dtype).itemsize

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
