"""CZI tile by tile, for the witness: the directory read here, the tiles decoded by imagecodecs.

Bio-Formats lists the tiles of a mosaic without pyramid as images of their own, so that nothing but this can say
whether libCZI put them together rightly. Layout: ZISRAW, documented with libCZI (https://zeiss.github.io/libczi/).
"""

import struct
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import imagecodecs
import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.axes import Axis, PlaneMap, fold
from fixative.readers.czi.dimensions import MEANINGS
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

PIXELS = {
    0: ("uint8", 1),
    1: ("uint16", 1),
    2: ("float32", 1),
    3: ("uint8", 3),
    4: ("uint16", 3),
    8: ("float32", 3),
}
"""Type and samples of libCZI's pixel types: Gray8, Gray16, Gray32Float, Bgr24, Bgr48, Bgr96Float."""
RAW, JPEG, JPEG_XR, ZSTD0, ZSTD1 = 0, 1, 4, 5, 6
CACHE_BYTES = 64 * 1024 * 1024
SEGMENT_BYTES = 32
Place = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Tile:
    """One subblock at full resolution."""

    place: Place
    x: int
    y: int
    width: int
    height: int
    order: int
    """Mosaic index: a tile covers those of lower index."""
    pixel_type: int
    compression: int
    position: int


@dataclass(frozen=True)
class Image:
    """One scene, or the channels of one pixel type in it."""

    x: int
    y: int
    planes: PlaneMap
    starts: dict[str, int]
    channels: tuple[int, ...]
    tiles: dict[Place, list[Tile]]


class CziTilesReader:
    """An open CZI of one file."""

    backend = "czi-tiles"
    library = "imagecodecs"
    version = imagecodecs.__version__

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cache: OrderedDict[int, npt.NDArray[Any]] = OrderedDict()
        self._file: IO[bytes] = path.open("rb")
        try:
            found = list(_images(_directory(self._file)))
        except BaseException:
            self._file.close()
            raise
        self._images = [image for _, image in found]
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in found)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region; what no tile covers is 0, as in libCZI. See `protocol.Reader`."""
        info, one = self.images[image], self._images[image]
        at = {letter: one.starts[letter] + index for letter, index in one.planes.positions(t, c, z).items()}
        at["C"] = one.channels[at["C"] - one.starts["C"]]
        found = np.zeros((height, width, info.samples), info.dtype)
        left, top = one.x + x, one.y + y
        for tile in one.tiles.get(_place(at, one), ()):
            x0, x1 = max(tile.x, left), min(tile.x + tile.width, left + width)
            y0, y1 = max(tile.y, top), min(tile.y + tile.height, top + height)
            if x0 < x1 and y0 < y1:
                pixels = self._tile(tile, f"image {image} T{t} C{c} Z{z}")
                part = pixels[y0 - tile.y : y1 - tile.y, x0 - tile.x : x1 - tile.x]
                found[y0 - top : y1 - top, x0 - left : x1 - left] = part
        return np.ascontiguousarray(found[:, :, 0] if info.samples == 1 else found)

    def _tile(self, tile: Tile, where: str) -> npt.NDArray[Any]:
        if tile.position in self._cache:
            self._cache.move_to_end(tile.position)
            return self._cache[tile.position]
        with decoding(undecodable(where, self.path)):
            pixels = _decode(_data(self._file, tile.position), tile)
        self._cache[tile.position] = pixels
        while sum(array.nbytes for array in self._cache.values()) > CACHE_BYTES and len(self._cache) > 1:
            self._cache.popitem(last=False)
        return pixels

    def ome_xml(self) -> str | None:
        """Return None: the pixels alone are asked for."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return nothing: the pixels alone are asked for."""
        return {}

    def files(self) -> list[Path]:
        """Return the CZI itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file."""
        self._cache.clear()
        self._file.close()


def open_reader(request: Request) -> CziTilesReader:
    """Open a CZI."""
    return CziTilesReader(request.path)


def _directory(file: IO[bytes]) -> list[Tile]:
    part, position = struct.unpack("<iq", _read(file, SEGMENT_BYTES + 48, 12))
    (count,) = struct.unpack("<i", _read(file, position + SEGMENT_BYTES, 4))
    file.seek(position + SEGMENT_BYTES + 128)
    tiles = []
    for _ in range(count):
        pixel_type, at, own, compression, dimensions = struct.unpack("<2xiqii6xi", file.read(32))
        if own != part:
            raise ValueError("a CZI of several files")
        table = {
            name.rstrip(b"\0").decode("ascii"): (start, size, stored)
            for name, start, size, _, stored in struct.iter_unpack("<4siifi", file.read(20 * dimensions))
        }
        (x, width, stored_x), (y, height, stored_y) = table.pop("X"), table.pop("Y")
        if (stored_x or width, stored_y or height) != (width, height):
            continue
        order = table.pop("M", (1 << 31, 1, 1))[0]
        place = tuple(sorted((letter, start) for letter, (start, _, _) in table.items()))
        tiles.append(Tile(place, x, y, width, height, order, pixel_type, compression, at))
    return tiles


def _images(tiles: list[Tile]) -> Iterator[tuple[ImageInfo, Image]]:
    scenes: dict[int, list[Tile]] = defaultdict(list)
    for tile in tiles:
        scenes[dict(tile.place).get("S", -1)].append(tile)
    index = 0
    for _, scene in sorted(scenes.items()):
        groups: dict[int, set[int]] = defaultdict(set)
        for tile in sorted(scene, key=lambda tile: dict(tile.place).get("C", 0)):
            groups[tile.pixel_type].add(dict(tile.place).get("C", 0))
        for pixel_type, channels in groups.items():
            yield _image(index, scene, pixel_type, tuple(sorted(channels)))
            index += 1


def _image(index: int, scene: list[Tile], pixel_type: int, channels: tuple[int, ...]) -> tuple[ImageInfo, Image]:
    left, top = min(tile.x for tile in scene), min(tile.y for tile in scene)
    own = [tile for tile in scene if tile.pixel_type == pixel_type]
    axes, starts = [], {"T": 0, "C": 0, "Z": 0}
    for letter, meaning in MEANINGS.items():
        values = [start for tile in own for name, start in tile.place if name == letter]
        size = len(channels) if letter == "C" else max(values) - min(values) + 1 if values else 1
        if values and letter != "C":
            starts[letter] = min(values)
        if values or letter in "TCZ":
            axes.append(Axis(letter, meaning, size, 1))
    planes = fold(axes)[0]
    dtype, samples = PIXELS[pixel_type]
    by_place: dict[Place, list[Tile]] = defaultdict(list)
    for tile in sorted(own, key=lambda tile: tile.order):
        by_place[tile.place].append(tile)
    t, c, z = planes.sizes
    info = ImageInfo(
        index=index,
        name=None,
        size_t=t,
        size_c=c,
        size_z=z,
        size_y=max(tile.y + tile.height for tile in scene) - top,
        size_x=max(tile.x + tile.width for tile in scene) - left,
        samples=samples,
        dtype=dtype,
        folded=planes.folded,
        photometric="rgb" if samples > 1 else "minisblack",
    )
    return info, Image(left, top, planes, starts, channels, dict(by_place))


def _place(at: dict[str, int], image: Image) -> Place:
    """Name of a plane as the directory has it: its letters only, the scene as in any of the image's tiles."""
    known = dict(next(iter(image.tiles)))
    return tuple(sorted((letter, at.get(letter, start)) for letter, start in known.items()))


def _data(file: IO[bytes], position: int) -> bytes:
    """Compressed pixels of a subblock."""
    metadata, _, length = struct.unpack("<iiq", _read(file, position + SEGMENT_BYTES, 16))
    (dimensions,) = struct.unpack("<i", _read(file, position + SEGMENT_BYTES + 16 + 28, 4))
    head = max(256, 16 + 32 + 20 * dimensions)
    return _read(file, position + SEGMENT_BYTES + head + metadata, length)


def _read(file: IO[bytes], position: int, length: int) -> bytes:
    file.seek(position)
    data = file.read(length)
    if len(data) != length:
        raise RefusedSample("INV004", promised=f"{length} bytes", present=f"{len(data)}", where=f"byte {position}")
    return data


def _decode(data: bytes, tile: Tile) -> npt.NDArray[Any]:
    """Pixels of a tile, shape (height, width, samples), red first."""
    dtype, samples = PIXELS[tile.pixel_type]
    if tile.compression in (JPEG, JPEG_XR):
        decode = imagecodecs.jpeg8_decode if tile.compression == JPEG else imagecodecs.jpegxr_decode
        # Both codecs deliver red first.
        return np.asarray(decode(data)).reshape(tile.height, tile.width, samples)
    if tile.compression == ZSTD0:
        data = bytes(imagecodecs.zstd_decode(data))
    elif tile.compression == ZSTD1:
        data = _zstd1(data)
    elif tile.compression != RAW:
        raise ValueError(f"compression {tile.compression}")
    count = tile.height * tile.width * samples
    pixels = np.frombuffer(data, np.dtype(dtype).newbyteorder("<"), count).reshape(tile.height, tile.width, samples)
    return pixels[:, :, ::-1] if samples == 3 else pixels


def _zstd1(data: bytes) -> bytes:
    """Zstd behind a short header, low bytes perhaps before high bytes (libCZI, "zstd1")."""
    length = data[0]
    pixels = bytes(imagecodecs.zstd_decode(data[length:]))
    if length == 3 and data[1] == 1 and data[2] & 1:
        half = np.frombuffer(pixels, np.uint8).reshape(2, -1)
        return np.ascontiguousarray(half.T).tobytes()
    return pixels
