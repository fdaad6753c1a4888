"""Values of types that OME does not have, delivered exactly in one that it has.

Every float16 is a float32. An image of int64 or uint64 is looked through once when it is opened: its values are
delivered as int32, uint32 or float64 where that holds each of them exactly, and stay what they are (CNV002 later on)
where none does. The type of the source stands in the metadata.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.readers.protocol import ImageInfo, Reader

BAND_BYTES = 16 * 1024 * 1024
EXACT_IN_FLOAT64 = 2**53


class TypedReader:
    """A reader whose images are delivered in types of OME."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.backend, self.library, self.version = reader.backend, reader.library, reader.version
        self.images: Sequence[ImageInfo] = tuple(_typed(reader, info) for info in reader.images)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region; see `protocol.Reader`."""
        found = self._reader.read_region(image, t, c, z, y, x, height, width, level)
        return found.astype(self.images[image].dtype, copy=False)

    def ome_xml(self) -> str | None:
        """OME-XML of the reader."""
        return self._reader.ome_xml()

    def vendor_metadata(self) -> dict[str, Any]:
        """Metadata of the reader, and the types that its images have in the source."""
        types = [
            {"image": info.index, "source": stored.dtype, "delivered": info.dtype}
            for stored, info in zip(self._reader.images, self.images, strict=True)
            if stored.dtype != info.dtype
        ]
        return self._reader.vendor_metadata() | {"stored_types": types}

    def files(self) -> list[Path]:
        """Files of the reader."""
        return self._reader.files()

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


def in_ome_types(reader: Reader) -> Reader:
    """Return the reader, or one that delivers its values in types of OME."""
    foreign = any(info.dtype in ("float16", "int64", "uint64") for info in reader.images)
    return TypedReader(reader) if foreign else reader


def _typed(reader: Reader, info: ImageInfo) -> ImageInfo:
    if info.dtype == "float16":
        return replace(info, dtype="float32", significant_bits=16)
    if info.dtype in ("int64", "uint64"):
        return replace(info, dtype=_holding(*_range(reader, info)) or info.dtype)
    return info


def _holding(least: int, most: int) -> str | None:
    """Name the narrowest of the types that hold a range exactly."""
    for name in ("int32", "uint32"):
        if np.iinfo(name).min <= least and most <= np.iinfo(name).max:
            return name
    return "float64" if least >= -EXACT_IN_FLOAT64 and most <= EXACT_IN_FLOAT64 else None


def _range(reader: Reader, info: ImageInfo) -> tuple[int, int]:
    """Smallest and largest value of an image, a band at a time."""
    least, most = 0, 0
    rows = max(1, BAND_BYTES // (8 * info.size_x * info.samples))
    for plane in product(range(info.size_t), range(info.size_c), range(info.size_z)):
        if plane in info.absent or plane in info.missing:
            continue
        for y in range(0, info.size_y, rows):
            band = reader.read_region(info.index, *plane, y, 0, min(rows, info.size_y - y), info.size_x)
            least, most = min(least, int(band.min())), max(most, int(band.max()))
    return least, most
