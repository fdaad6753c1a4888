"""JPEG, PNG, JPEG 2000, GIF, BMP and WebP through imagecodecs, which keeps 16 bits where Pillow drops them.

The file is decoded whole, once. Frames of an animation are T. imageio is no second try for these: of a GIF
cut short it delivers the frames that are left, in silence. CMYK in JPEG is not read: whether it is inverted
is a convention of the writer's that the file does not state.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

_DECODERS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg_decode"),
    (b"\x89PNG\r\n\x1a\n", "png_decode"),
    (b"\0\0\0\x0cjP  ", "jpeg2k_decode"),
    (b"\xff\x4f\xff\x51", "jpeg2k_decode"),
    (b"GIF8", "gif_decode"),
    (b"BM", "bmp_decode"),
    (b"RIFF", "webp_decode"),
)
LIBRARIES = {
    "jpeg_decode": "libjpeg-turbo",
    "png_decode": "libpng",
    "jpeg2k_decode": "OpenJPEG",
    "gif_decode": "giflib",
    "bmp_decode": "imagecodecs",
    "webp_decode": "libwebp",
}
"""What imagecodecs decodes with: other backends use some of these as well."""


class RasterReader:
    """A decoded raster file."""

    backend = "imagecodecs"

    def __init__(self, path: Path) -> None:
        self.version = version("imagecodecs")
        self.path = path
        data = path.read_bytes()
        name = _decoder(data)
        self.library = LIBRARIES[name]
        if name == "jpeg_decode":
            _require_end_of_jpeg(data)
        decode: Callable[[bytes], Any] = getattr(imagecodecs, name)
        with decoding(undecodable("image 0", path)):
            found = np.asarray(decode(data))
        bits = _packed_bits(data) if name == "png_decode" and found.ndim == 2 else None
        if bits is not None:
            # libpng spreads 1, 2 and 4 bits over the 8 that it delivers: back to the values of the file.
            found = found > 0 if bits == 1 else found // np.uint8(255 // (2**bits - 1))
        self._frames = found.reshape(_frames_shape(found, name))
        frames, size_y, size_x, samples = self._frames.shape
        colours = 3 if samples >= 3 else 1
        if name == "jpeg_decode" and samples == 4:
            raise ValueError("CMYK in JPEG")
        self.images: Sequence[ImageInfo] = (
            ImageInfo(
                index=0,
                name=None,
                size_t=frames,
                size_c=1,
                size_z=1,
                size_y=size_y,
                size_x=size_x,
                samples=samples,
                dtype=found.dtype.name,
                significant_bits=bits if bits and bits > 1 else None,
                source_axes=("T" if frames > 1 else "") + "YX" + ("S" if samples > 1 else ""),
                photometric="rgb" if samples >= 3 else "minisblack",
                extra_samples=(2,) * (samples - colours),
            ),
        )

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        require_region(self.images[0], level, y, x, height, width)
        found = self._frames[t, y : y + height, x : x + width]
        return np.ascontiguousarray(found[:, :, 0] if self.images[0].samples == 1 else found)

    def ome_xml(self) -> str | None:
        """Raster files carry no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Nothing beyond what a dumper of tags finds."""
        return {}

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def close(self) -> None:
        """Let the pixels go."""
        self._frames = np.empty((0, 0, 0, 0), np.uint8)


def open_reader(request: Request) -> RasterReader:
    """Open a raster file."""
    return RasterReader(request.path)


def _decoder(data: bytes) -> str:
    """Name of imagecodecs' decoder."""
    name = next((name for magic, name in _DECODERS if data.startswith(magic)), None)
    if name is None or (name == "webp_decode" and b"ANIM" in data[:64]):
        raise ValueError("not a raster file that is read here")
    # png_decode takes the first frame of an animation and drops the others.
    animated = name == "png_decode" and b"acTL" in data[: max(0, data.find(b"IDAT"))]
    return "apng_decode" if animated else name


def _frames_shape(found: npt.NDArray[Any], name: str) -> tuple[int, int, int, int]:
    if name in ("gif_decode", "apng_decode") and found.ndim == 4:
        return found.shape
    if found.ndim == 2:
        return 1, *found.shape, 1
    if found.ndim == 3:
        return 1, *found.shape
    raise ValueError(f"{found.ndim} dimensions")


def _packed_bits(data: bytes) -> int | None:
    """Bits of a grey PNG's samples where they are fewer than 8 (IHDR: bit depth, colour type)."""
    depth, colour = data[24], data[25]
    return depth if colour == 0 and depth < 8 else None


def _require_end_of_jpeg(data: bytes) -> None:
    """Libjpeg fills what is missing with grey: the end marker must stand behind the last scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xDA:
            if data.find(b"\xff\xd9", at) < 0:
                raise RefusedSample(
                    "INV004", promised="JPEG data to an end marker", present="no such marker", where="end of file"
                )
            return
        if marker == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise RefusedSample("INV004", promised="JPEG image data", present="none", where="after the header")
