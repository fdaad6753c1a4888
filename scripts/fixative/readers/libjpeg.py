"""JPEG through Thomas Richter's libjpeg: a decoder that shares no code with the IJG's, for the witness.

Its inverse transform and its enlarging of subsampled colours are not those of libjpeg-turbo to the last bit: see
`fixative.witness.rules`. The image is decoded whole, as the library offers nothing else.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import libjpeg
import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

YCC_TO_RGB = 1
"""libjpeg's colour transform for files that store YCbCr."""


class LibjpegReader:
    """A decoded JPEG file."""

    backend = "libjpeg"
    library = "libjpeg (Richter)"

    def __init__(self, path: Path, memory_mb: int) -> None:
        self.path = path
        self.version = version("pylibjpeg-libjpeg")
        size = libjpeg.get_parameters(path)
        _require_memory(size, memory_mb)
        pixels = libjpeg.decode(path, colour_transform=YCC_TO_RGB)
        self._pixels: npt.NDArray[Any] = np.atleast_3d(pixels)
        height, width, samples = self._pixels.shape
        self.images: Sequence[ImageInfo] = (
            ImageInfo(
                index=0,
                name=None,
                size_t=1,
                size_c=1,
                size_z=1,
                size_y=height,
                size_x=width,
                samples=samples,
                dtype=self._pixels.dtype.newbyteorder("=").name,
                source_axes="YXS" if samples > 1 else "YX",
                significant_bits=size["precision"] if size["precision"] not in (8, 16) else None,
                photometric="rgb" if samples > 1 else "minisblack",
            ),
        )

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region; see `protocol.Reader`."""
        region = self._pixels[y : y + height, x : x + width]
        region = region[:, :, 0] if self.images[0].samples == 1 else region
        return np.ascontiguousarray(region, dtype=self.images[0].dtype)

    def ome_xml(self) -> str | None:
        """Return None: JPEG carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return nothing beyond what the tags say, which are dumped by others."""
        return {}

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def close(self) -> None:
        """Let the pixels go."""
        self._pixels = np.empty((0, 0, 1), self._pixels.dtype)


def open_reader(request: Request) -> LibjpegReader:
    """Open a JPEG file."""
    return LibjpegReader(request.path, request.options.memory_mb)


def _require_memory(size: dict[str, Any], memory_mb: int) -> None:
    """Refuse an image whose decoded pixels, held twice, pass half of the job's memory."""
    needed = size["rows"] * size["columns"] * size["nr_components"] * (2 if size["precision"] > 8 else 1) * 2
    if needed > memory_mb * 1_000_000 / 2:
        raise RefusedSample("CNV001", where="opening", reason=f"{needed // 1_000_000} MB at once: raise mem_mb")
