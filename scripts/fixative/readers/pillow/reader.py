"""FlashPix, Microsoft Image Composer, SPIDER and other raster files, through Pillow.

A frame is decoded whole, and the last one kept. Frames that are alike are T. Left to other readers is whatever
Pillow would change: raw modes that lose bits (`pillow_modes`), films whose frames it composes (GIF, APNG), layered
PSD, and formats for which it runs other programs (EPS, WMF). The colours of a palette are not applied.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.pillow.metadata import pillow_tree
from fixative.readers.pillow.modes import MODES, Undo, undo_of
from fixative.readers.protocol import ImageInfo

_FORMATS: dict[str, tuple[str, ...]] = {
    "flashpix": ("FPX", "MIC"),
    "spider": ("SPIDER",),
    "jpeg": ("JPEG",),
    "png": ("PNG",),
    "gif": ("GIF",),
    "bmp": ("BMP", "DIB"),
    "webp": ("WEBP",),
    "pnm": ("PPM",),
    "targa": ("TGA",),
    "ico": ("ICO", "CUR"),
}
"""Format to Pillow's names of it; others are asked of all of `_OTHERS`."""

_OTHERS = (
    *("BMP", "CUR", "DCX", "DDS", "DIB", "FPX", "GBR", "ICNS", "ICO", "IM", "MCIDAS", "MIC", "MSP", "PCX", "PIXAR"),
    *("PPM", "PSD", "QOI", "SGI", "SPIDER", "SUN", "TGA", "XBM", "XPM"),
)
_LIBRARIES = {"JPEG": "libjpeg-turbo", "WEBP": "libwebp", "MIC": "libtiff"}
"""Library that decodes, by Pillow's format, where it is not Pillow's own code."""

_COMPOSED = frozenset({"GIF", "PNG", "WEBP", "FLI"})
"""Formats of whose films Pillow delivers composed frames."""


class PillowReader:
    """An open raster file."""

    backend = "pillow"

    def __init__(self, path: Path, fmt: str, memory_bytes: int) -> None:
        self.path = path
        self.version = version("pillow")
        self._kept: tuple[int, npt.NDArray[Any]] | None = None
        with _without_size_limit():
            self._image = Image.open(path, formats=_FORMATS.get(fmt, _OTHERS))
        try:
            name = str(self._image.format)
            self.library = _LIBRARIES.get(name, "Pillow")
            frames = _frames(self._image, name)
            _require_memory(self._image, memory_bytes)
            self._describe(frames)
        except BaseException:
            self.close()
            raise

    def _describe(self, frames: int) -> None:
        groups: dict[tuple[Any, ...], tuple[ImageInfo, list[int]]] = {}
        self._undo: dict[int, Undo] = {}
        for frame in range(frames):
            self._seek(frame)
            undo = undo_of(self._image.mode, list(getattr(self._image, "tile", ())))
            self._undo[frame] = undo
            info = _info(self._image, undo)
            colours = None if info.palette is None else info.palette.tobytes()
            groups.setdefault((self._image.size, undo, colours), (info, []))[1].append(frame)
        self._frames = [members for _, members in groups.values()]
        self.images: Sequence[ImageInfo] = tuple(
            replace(
                info,
                index=index,
                size_t=len(members),
                source_axes=("T" if len(members) > 1 else "") + info.source_axes,
            )
            for index, (info, members) in enumerate(groups.values())
        )

    def _seek(self, frame: int) -> None:
        with _without_size_limit():
            if frame or self._image.tell() != frame:
                self._image.seek(frame)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        frame = self._frames[image][t]
        if self._kept is None or self._kept[0] != frame:
            self._kept = None
            self._kept = frame, self._decode(frame, info, f"image {image} T{t}")
        return np.ascontiguousarray(self._kept[1][y : y + height, x : x + width])

    def _decode(self, frame: int, info: ImageInfo, where: str) -> npt.NDArray[Any]:
        """Decode a frame whole; a file that ends early is an error, whatever other code has set in Pillow."""
        undo = self._undo[frame]
        lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            with decoding(undecodable(where, self.path)), _without_size_limit():
                self._seek(frame)
                _as_stored(self._image, undo)
                self._image.load()
                found = undo.stored(np.asarray(self._image))
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = lenient
        samples = (info.samples,) if info.samples > 1 else ()
        if found.shape != (info.size_y, info.size_x, *samples) or found.dtype.name != info.dtype:
            raise RefusedSample(
                "CNV003",
                where=where,
                expected=f"{(info.size_y, info.size_x, *samples)} {info.dtype}",
                found=f"{found.shape} {found.dtype.name}",
            )
        return found

    def ome_xml(self) -> str | None:
        """Raster files carry no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what Pillow's reader has found: ``{"pillow": tree}``; see `pillow_metadata`."""
        with decoding(lambda error: RefusedSample("MET002", reason=type(error).__name__)):
            return {"pillow": pillow_tree(self._image)}

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file and let the pixels go."""
        self._kept = None
        self._image.close()


def open_reader(request: Request) -> PillowReader:
    """Open a raster file."""
    return PillowReader(request.path, request.fmt, request.options.memory_mb * 1024 * 1024)


@contextmanager
def _without_size_limit() -> Iterator[None]:
    """Lift Pillow's limit on sizes: `_require_memory` is ours, before anything is decoded."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _frames(image: Any, name: str) -> int:
    """Number of frames; a film that Pillow composes, a layered image and a set of sizes are not read."""
    frames = int(getattr(image, "n_frames", 1))
    if name == "PSD" and getattr(image, "layers", None):
        raise ValueError("layers, of which Pillow knows the composite")
    if frames > 1 and name in _COMPOSED:
        raise ValueError(f"{frames} frames, which Pillow composes")
    if name in ("ICO", "ICNS", "CUR") and len(image.info.get("sizes", ())) > 1:
        raise ValueError("pictures of several sizes")
    return max(1, frames)


def _require_memory(image: Any, memory_bytes: int) -> None:
    """Refuse what would not fit, decoded and as an array, into half of the job's memory."""
    width, height = image.size
    mode = MODES.get(image.mode)
    pixel = (4 if mode is None or mode.samples > 1 else 1) + (
        mode.samples * np.dtype(mode.dtype).itemsize if mode else 4
    )
    if width * height * pixel > memory_bytes // 2:
        raise RefusedSample(
            "CNV001", where="image 0", reason="Pillow decodes images whole, and this one is too large; raise mem_mb"
        )


def _info(image: Any, undo: Undo) -> ImageInfo:
    width, height = image.size
    mode = undo.mode
    return ImageInfo(
        index=0,
        name=None,
        size_t=1,
        size_c=1,
        size_z=1,
        size_y=height,
        size_x=width,
        samples=mode.samples,
        dtype=mode.dtype,
        significant_bits=undo.bits,
        source_axes="YXS" if mode.samples > 1 else "YX",
        photometric=mode.photometric,
        extra_samples=mode.extra,
        palette=_palette(image) if image.mode == "P" else None,
    )


def _palette(image: Any) -> npt.NDArray[np.uint16]:
    """Colour map of shape (3, 256), 8 bits spread over 16; what the file does not list is black."""
    colours = np.zeros((256, 3), np.uint16)
    listed = np.array(image.getpalette("RGB") or [], np.uint16).reshape(-1, 3)[:256]
    colours[: len(listed)] = listed
    return np.ascontiguousarray(colours.T * np.uint16(257))


def _as_stored(image: Any, undo: Undo) -> None:
    """Tell the decoder of premultiplied pixels that they are plain ones, so that it leaves them alone."""
    if undo.mode == MODES["RGBa"]:
        image.tile = [tile._replace(args=("RGBA", *tile.args[1:])) for tile in image.tile]
