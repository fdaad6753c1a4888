"""Whole slides through OpenSlide: the slide and its label, macro and thumbnail, region by region.

OpenSlide paints into premultiplied ARGB of 8 bits. What that would change is not read here: more than 8 bits,
colours that libtiff would convert, turned images (`openslide_checks`). Pixels that the scanner never took are
transparent there. Where a format is dense (Aperio, NDPI, plain TIFF, DICOM without gaps) the slide is RGB and
a transparent pixel is an error; where gaps are part of the format (MIRAX, SCN, Philips, Sakura, Trestle, BIF)
the slide is RGBA and alpha 0 says "never scanned": colour 0 there is no measurement. The fourth sample is
premultiplied (ExtraSamples 1), as OpenSlide delivers it.

A level is listed where OpenSlide reads stored pixels as they are. It computes others: levels of NDPI and VMS that
libjpeg scales, levels whose tiles lie between pixels, tiles of a lower Aperio level that it paints from the
one above. A level is addressed in pixels of level 0, so that one whose factor is no whole number can only be
read from its corner, up to the 4096 pixels that OpenSlide paints at once.

OpenSlide takes libjpeg's warnings as errors, and latches the first error: nothing is read after it. Its JPEG
decoder is libjpeg-turbo, as imagecodecs' is: as a witness of tifffile it proves structure, order and place of
tiles and colour handling with another code base, the inverse cosine transform with the same.
"""

from collections.abc import Sequence
from ctypes import POINTER, c_uint32
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import openslide
from openslide import lowlevel

from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.slides.checks import further_files, layout_of
from fixative.trees import to_tree

PIECE_BYTES = 64 * 1024 * 1024
"""Largest buffer of ARGB that is asked for at once."""
PAINTED_AT_ONCE_PX = 4096
"""OpenSlide paints squares of this side; from the second on it rounds their place in level 0."""
USUAL_TILE_PX = 256
_KINDS: dict[str, Literal["label", "macro", "thumbnail"]] = {
    "label": "label",
    "macro": "macro",
    "thumbnail": "thumbnail",
}
_ORDER = ("thumbnail", "label", "macro")
"""Aperio's, and so that in which other readers list them."""
_FILL = "pixels with alpha 0 were never scanned; their colour is 0 and no measurement"


@dataclass(frozen=True)
class _Level:
    """A level that is listed: its number in OpenSlide, its factor, whether only its corner is a fixed point."""

    number: int
    factor: float
    from_corner: bool


class OpenSlideReader:
    """An open slide."""

    backend = "openslide"
    library = "OpenSlide"

    def __init__(self, path: Path, fmt: str, memory_mb: int) -> None:
        self.version = version("openslide-bin")
        self.path = path
        # A missing member has its own finding; OpenSlide says no more than that it fails, some day.
        self._files = list(dict.fromkeys([*file_set(path, fmt), *further_files(path)]))
        self._slide = openslide.OpenSlide(path)
        try:
            self._slide.set_cache(openslide.OpenSlideCache(memory_mb * 1024 * 1024 // 8))
            self._properties = dict(self._slide.properties)
            self._sizes = self._slide.level_dimensions
            self._layout = layout_of(path, self._properties, self._sizes)
            self._levels = self._exact_levels()
            self._names = sorted(lowlevel.get_associated_image_names(self._slide._osr), key=_place)
            self.images: Sequence[ImageInfo] = (self._main(), *self._associated(memory_mb))
        except BaseException:
            self._slide.close()
            raise
        self._kept: tuple[str, npt.NDArray[np.uint8]] | None = None

    def _exact_levels(self) -> list[_Level]:
        """Levels that OpenSlide reads pixel by pixel."""
        found = [_Level(0, 1.0, from_corner=False)]
        factors = self._slide.level_downsamples
        for number in range(1, len(self._sizes)):
            small = max(self._sizes[number]) <= PAINTED_AT_ONCE_PX
            whole = factors[number] == int(factors[number])
            on_grid = f"openslide.level[{number}].tile-width" in self._properties
            if number in self._layout.stored and on_grid and (whole or small):
                found.append(_Level(number, factors[number], from_corner=not whole))
        return found

    def _main(self) -> ImageInfo:
        samples = self._layout.samples
        return ImageInfo(
            index=0,
            name=None,
            size_t=1,
            size_c=1,
            size_z=1,
            size_y=self._sizes[0][1],
            size_x=self._sizes[0][0],
            samples=samples,
            dtype="uint8",
            source_axes="YXS" if samples > 1 else "YX",
            photometric="rgb" if samples > 1 else "minisblack",
            extra_samples=(1,) if samples == 4 else (),
            levels=tuple(self._sizes[one.number][::-1] for one in self._levels) if len(self._levels) > 1 else (),
            tile=self._tile_size(),
        )

    def _tile_size(self) -> tuple[int, int]:
        """Size of a tile; where tiles overlap and OpenSlide states none, one that costs little to read."""
        sides = ("height", "width")
        height, width = (self._properties.get(f"openslide.level[0].tile-{side}", USUAL_TILE_PX) for side in sides)
        return int(height), int(width)

    def _associated(self, memory_mb: int) -> list[ImageInfo]:
        """Label, macro, thumbnail; one that is neither by its name is a macro, which policies treat as private."""
        found = []
        for index, name in enumerate(self._names, 1):
            width, height = lowlevel.get_associated_image_dimensions(self._slide._osr, name)
            if width * height * 4 > memory_mb * 1024 * 1024 // 2:
                raise RefusedSample(
                    "CNV001", where=f"image {index}", reason="too large to be read whole: raise mem_mb"
                )
            found.append(
                ImageInfo(
                    index=index,
                    name=name,
                    size_t=1,
                    size_c=1,
                    size_z=1,
                    size_y=height,
                    size_x=width,
                    samples=3,
                    dtype="uint8",
                    kind=_KINDS.get(name, "macro"),
                    source_axes="YXS",
                    photometric="rgb",
                )
            )
        return found

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} level {level} Y{y} X{x}"
        out = np.empty((height, width, info.samples), np.uint8)
        with decoding(undecodable(where, self.path)):
            if image:
                whole = self._whole(info.name or "")
                _deliver(whole[y : y + height, x : x + width], out, where)
            else:
                self._read_slide(self._levels[level], y, x, out, where)
        return out[:, :, 0].copy() if info.samples == 1 else out

    def _read_slide(self, level: _Level, y: int, x: int, out: npt.NDArray[np.uint8], where: str) -> None:
        """Fill ``out`` piece by piece, in memory that does not grow with it."""
        height, width = out.shape[:2]
        if level.from_corner:
            _deliver(self._paint(level, 0, 0, y + height, x + width)[y:, x:], out, where)
            return
        across = min(width, PIECE_BYTES // 4)
        down = max(1, PIECE_BYTES // 4 // across)
        for top in range(0, height, down):
            for left in range(0, width, across):
                piece = out[top : top + down, left : left + across]
                _deliver(self._paint(level, y + top, x + left, *piece.shape[:2]), piece, where)

    def _paint(self, level: _Level, y: int, x: int, height: int, width: int) -> npt.NDArray[np.uint8]:
        """BGRA of shape (height, width, 4), premultiplied; openslide-python's own would undo that."""
        argb = np.empty((height, width), np.uint32)
        place = (round(x * level.factor), round(y * level.factor))
        target = argb.ctypes.data_as(POINTER(c_uint32))
        lowlevel._read_region(self._slide._osr, target, *place, level.number, width, height)
        return _bgra(argb)

    def _whole(self, name: str) -> npt.NDArray[np.uint8]:
        """An associated image, which OpenSlide reads whole; the last one is kept."""
        if self._kept is None or self._kept[0] != name:
            width, height = lowlevel.get_associated_image_dimensions(self._slide._osr, name)
            argb = np.empty((height, width), np.uint32)
            lowlevel._read_associated_image(self._slide._osr, name, argb.ctypes.data_as(POINTER(c_uint32)))
            self._kept = name, _bgra(argb)
        return self._kept[1]

    def ome_xml(self) -> str | None:
        """OpenSlide makes no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return OpenSlide's properties, its levels and which of them are read, colour profiles as digests."""
        listed = {one.number for one in self._levels}
        levels = [
            {"width": size[0], "height": size[1], "downsample": factor, "read": number in listed}
            for number, (size, factor) in enumerate(zip(self._sizes, self._slide.level_downsamples, strict=True))
        ]
        found: dict[str, Any] = {"properties": _nested(self._properties), "levels": levels}
        if (profile := lowlevel.read_icc_profile(self._slide._osr)) is not None:
            found["icc_profile"] = profile
        found["associated_images"] = {
            info.name: {"width": info.size_x, "height": info.size_y}
            | ({"icc_profile": profile} if (profile := self._profile(info.name or "")) is not None else {})
            for info in self.images[1:]
        }
        if self._layout.samples == 4:
            found["fill"] = _FILL
        return {"openslide": to_tree(found)}

    def _profile(self, name: str) -> bytes | None:
        found: bytes | None = lowlevel.read_associated_image_icc_profile(self._slide._osr, name)
        return found

    def files(self) -> list[Path]:
        """Return the slide, and the files of its set that OpenSlide reads."""
        return list(self._files)

    def close(self) -> None:
        """Close the slide."""
        self._kept = None
        self._slide.close()


def open_reader(request: Request) -> OpenSlideReader:
    """Open a slide."""
    return OpenSlideReader(request.path, request.fmt, request.options.memory_mb)


def _place(name: str) -> tuple[int, str]:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER), name


def _bgra(argb: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Bytes of ARGB words, blue first, alpha last."""
    return argb.astype("<u4", copy=False).view(np.uint8).reshape(*argb.shape, 4)


def _deliver(bgra: npt.NDArray[np.uint8], out: npt.NDArray[np.uint8], where: str) -> None:
    """Write samples in the order R, G, B, A; where alpha is no sample, it must be opaque.

    Raises
    ------
    RefusedSample
        CNV001 for a pixel that OpenSlide did not find in the file, CNV003 for colour in a grey slide.
    """
    samples = out.shape[2]
    if samples < 4 and not (bgra[:, :, 3] == 255).all():
        raise RefusedSample("CNV001", where=where, reason="OpenSlide finds no pixels for a part of the region")
    if samples == 1:
        if not ((bgra[:, :, 0] == bgra[:, :, 1]) & (bgra[:, :, 1] == bgra[:, :, 2])).all():
            raise RefusedSample("CNV003", where=where, expected="grey", found="colour")
        out[:, :, 0] = bgra[:, :, 0]
        return
    out[:, :, :3] = bgra[:, :, 2::-1]
    if samples == 4:
        out[:, :, 3] = bgra[:, :, 3]


def _nested(properties: dict[str, str]) -> dict[str, Any]:
    """Properties as a tree, at their dots, so that a policy finds ``aperio.User`` by its own name.

    A name that is itself a value (``hamamatsu.PSHV`` beside ``hamamatsu.PSHV.10x``) is not descended into.
    """
    tree: dict[str, Any] = {}
    for name in sorted(properties):
        node, parts = tree, name.split(".")
        while len(parts) > 1 and isinstance(node.get(parts[0], {}), dict):
            node = node.setdefault(parts.pop(0), {})
        rest = ".".join(parts)
        # An inner node of the same name came first: the value stands inside it.
        if isinstance(node.get(rest), dict):
            node[rest]["#text"] = properties[name]
        else:
            node[rest] = properties[name]
    return tree
