"""Half-precision values as single precision: OME has no type of 16-bit floats, and every one of them is a float32."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.readers.protocol import ImageInfo, Reader


class WidenedReader:
    """A reader whose float16 images are delivered as float32, exactly; ``significant_bits`` stays 16."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.backend, self.library, self.version = reader.backend, reader.library, reader.version
        self.images: Sequence[ImageInfo] = tuple(
            replace(info, dtype="float32", significant_bits=16) if info.dtype == "float16" else info
            for info in reader.images
        )

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region; see `protocol.Reader`."""
        found = self._reader.read_region(image, t, c, z, y, x, height, width, level)
        return found.astype(np.float32) if found.dtype == np.float16 else found

    def ome_xml(self) -> str | None:
        """OME-XML of the reader."""
        return self._reader.ome_xml()

    def vendor_metadata(self) -> dict[str, Any]:
        """Metadata of the reader, and that the values were widened."""
        images = [info.index for info in self._reader.images if info.dtype == "float16"]
        return self._reader.vendor_metadata() | {"widened": {"from": "float16", "to": "float32", "images": images}}

    def files(self) -> list[Path]:
        """Files of the reader."""
        return self._reader.files()

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


def widened(reader: Reader) -> Reader:
    """Return the reader, or one that widens its float16 images."""
    return WidenedReader(reader) if any(info.dtype == "float16" for info in reader.images) else reader
