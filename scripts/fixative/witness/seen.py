"""An image as the witness sees it, laid out as the archived image is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.pixel_models import ImagePixels
from fixative.readers.protocol import ImageInfo, Reader

ReadRows = Callable[[int, int, int, int, int], npt.NDArray[Any]]
"""(t, c, z, y, rows) to rows of a plane: shape (rows, X) or (rows, X, samples)."""

BAND_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Seen:
    """One image of the witness, perhaps after rules have evened out how it differs."""

    name: str | None
    size_t: int
    size_c: int
    size_z: int
    size_y: int
    size_x: int
    samples: int
    dtype: str
    read: ReadRows
    tile_y: int = 1
    rules: tuple[str, ...] = ()
    tolerant: bool = False
    """Whether values may differ as decoders of a lossy codec do; otherwise digests are compared."""
    shared: bool = False
    """Whether the same image of the witness may stand for another archived image as well."""

    @property
    def shape(self) -> tuple[int | str, ...]:
        """Everything that must be equal before pixels are compared."""
        return self.size_t, self.size_c, self.size_z, self.size_y, self.size_x, self.samples, self.dtype

    @property
    def planes(self) -> int:
        """Number of planes."""
        return self.size_t * self.size_c * self.size_z

    @property
    def band(self) -> int:
        """Rows that are read at once: whole tiles, and no more than `BAND_BYTES` unless one row of tiles is."""
        row = max(1, self.size_x * self.samples * np.dtype(self.dtype).itemsize)
        rows = max(1, BAND_BYTES // row)
        return max(self.tile_y, rows // self.tile_y * self.tile_y)

    def with_(self, **changes: Any) -> "Seen":
        """Return the image with other properties, or read another way."""
        return replace(self, **changes)

    def named(self, rule: str) -> "Seen":
        """Return the image with the name of a rule on record."""
        return replace(self, rules=(*self.rules, rule))


def seen_by(reader: Reader, info: ImageInfo) -> Seen:
    """One image as its reader gives it."""

    def read(t: int, c: int, z: int, y: int, rows: int) -> npt.NDArray[Any]:
        return reader.read_region(info.index, t, c, z, y, 0, rows, info.size_x)

    return Seen(
        name=info.name,
        size_t=info.size_t,
        size_c=info.size_c,
        size_z=info.size_z,
        size_y=info.size_y,
        size_x=info.size_x,
        samples=info.samples,
        dtype=info.dtype,
        read=read,
        tile_y=info.tile[0] if info.tile else 1,
    )


def shape_of(image: ImagePixels) -> tuple[int | str, ...]:
    """Shape of an archived image, as `Seen.shape`."""
    return image.size_t, image.size_c, image.size_z, image.size_y, image.size_x, image.samples, image.dtype
