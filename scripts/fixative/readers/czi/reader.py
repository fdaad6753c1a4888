"""Zeiss CZI through pylibCZIrw: scenes as images, mosaics read by region, never assembled in memory.

An image is a scene; its size is that of the bounding rectangle of the scene's own tiles at full resolution
(pyramid tiles, which are padded, do not count). Where tiles of a mosaic overlap, libCZI lets the tile with
the higher M index win, as ZEN does; where no tile lies, the value is 0. V, H, I, R and B are folded as
`axes.MEANINGS` says. Channels of different pixel types make images of their own. Planes without any tile (an
Airyscan detector array beside plain channels, an aborted acquisition) are named as absent. Levels are those
whose tiles are stored (`czi_levels`); libCZI would compute any other.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pylibCZIrw import czi as pylibczirw

from fixative.findings import RefusedSample
from fixative.readers.attempt import attempt
from fixative.readers.axes import Axis, PlaneMap, fold
from fixative.readers.czi.attachments import attachments
from fixative.readers.czi.dimensions import MEANINGS
from fixative.readers.czi.levels import ReducedTile, stored_factors
from fixative.readers.czi.metadata import ome_from_czi, scene_names
from fixative.readers.czi.mosaic import Place, Rectangle, tile_tree, uncovered_px
from fixative.readers.czi.subblocks import subblocks
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.xml_tree import compact_tree

PIXELS = {
    "Gray8": ("uint8", 1),
    "Gray16": ("uint16", 1),
    "Gray32Float": ("float32", 1),
    "Bgr24": ("uint8", 3),
    "Bgr48": ("uint16", 3),
    "Bgr96Float": ("float32", 3),
}
CACHE_BYTES = 128 * 1024 * 1024
WHOLE_PLANE_BYTES = 64 * 1024 * 1024


@dataclass
class _Scene:
    """What the directory of tiles says of one scene, from full-resolution tiles alone."""

    rectangle: tuple[int, int, int, int] = (0, 0, 0, 0)
    layout: dict[Place, set[Rectangle]] = field(default_factory=lambda: defaultdict(set))
    """Tiles by plane: the plane's place, each tile's rectangle."""
    pixel_types: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    reduced: list[ReducedTile] = field(default_factory=list)
    tile: tuple[int, int] = (0, 0)
    tiles: int = 0


@dataclass(frozen=True)
class _Image:
    """One image: a scene, the channels of one pixel type in it, and how its planes are named."""

    scene: int | None
    rectangle: tuple[int, int, int, int]
    planes: PlaneMap
    starts: dict[str, int]
    channels: tuple[int, ...]
    pixel_type: str
    factors: tuple[int, ...] = (1,)
    """Pixels of level 0 along one edge of a pixel of each level."""


class CziReader:
    """An open CZI."""

    backend = "pylibCZIrw"
    library = "libCZI"

    def __init__(self, path: Path) -> None:
        self.version = version("pylibCZIrw")
        self.path = path
        self.ome_xml_error: str | None = None
        self._plane: tuple[Any, npt.NDArray[Any]] | None = None
        # Compressed tiles that two bands share are decoded once; the bound holds whatever the image's size.
        cache = pylibczirw.CacheOptions(max_memory_usage=CACHE_BYTES, max_sub_block_count=4096)
        self._czi = pylibczirw.CziReader(str(path), cache_options=cache)
        try:
            self._scenes = _scenes(self._czi)
            found = list(_images(self._scenes, scene_names(self._czi.raw_metadata)))
        except BaseException:
            self._czi.close()
            raise
        self._images = [image for _, image in found]
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in found)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`.

        libCZI reads a tile whole for every region that touches it, so a small plane is read once and kept for
        the bands that follow.
        """
        info, one = self.images[image], self._images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}" + (f" level {level}" if level else "")
        whole = info.size_y * info.size_x * info.samples * np.dtype(info.dtype).itemsize <= WHOLE_PLANE_BYTES
        if whole and not level and width == info.size_x and height < info.size_y:
            key = (image, t, c, z)
            if self._plane is None or self._plane[0] != key:
                self._plane = None
                plane = self.read_region(image, t, c, z, 0, 0, info.size_y, info.size_x)
                self._plane = key, plane
            return np.ascontiguousarray(self._plane[1][y : y + height, x : x + width])
        at = {letter: one.starts[letter] + index for letter, index in one.planes.positions(t, c, z).items()}
        at["C"] = one.channels[at["C"] - one.starts["C"]]
        (left, top), factor = one.rectangle[:2], one.factors[level]
        with decoding(undecodable(where, self.path)):
            found = self._czi.read(
                roi=(left + x * factor, top + y * factor, width * factor, height * factor),
                plane=at,
                scene=one.scene,
                zoom=1 / factor if level else None,
                pixel_type=one.pixel_type,
            )
        expected = (height, width, info.samples)
        if found.shape != expected or found.dtype.name != info.dtype:
            raise RefusedSample(
                "CNV003",
                where=where,
                expected=f"{expected} {info.dtype}",
                found=f"{found.shape} {found.dtype.name}",
            )
        # libCZI delivers blue first. The copy also outlives libCZI's own buffer.
        return np.array(found[:, :, 0] if info.samples == 1 else found[:, :, ::-1], order="C")

    def ome_xml(self) -> str | None:
        """OME-XML made from Zeiss's by bioio-czi's style sheet; None with the reason in ``ome_xml_error``."""
        xml, self.ome_xml_error = ome_from_czi(self._czi.raw_metadata)
        return xml

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the ``ImageDocument`` XML as a tree, what each subblock says, the attachments, the tiles."""
        found: dict[str, Any] = {}
        text = self._czi.raw_metadata
        if text.strip():
            with decoding(lambda error: RefusedSample("MET002", reason="the CZI's XML is not well-formed")):
                found["czi"] = compact_tree(text)
        found["czi_subblocks"] = attempt(lambda: subblocks(self.path))
        if attached := attempt(lambda: attachments(self.path)):
            found["czi_attachments"] = attached
        mosaics = {number: scene.layout for number, scene in self._scenes.items() if _is_mosaic(scene)}
        if mosaics:
            found["czi_mosaics"] = {f"scene {number or 0}": tile_tree(layout) for number, layout in mosaics.items()}
        return found

    def files(self) -> list[Path]:
        """Return the CZI itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file."""
        self._plane = None
        self._czi.close()


def open_reader(request: Request) -> CziReader:
    """Open a CZI."""
    return CziReader(request.path)


def _is_mosaic(scene: _Scene) -> bool:
    return scene.tiles > len(scene.layout)


def _images(scenes: dict[int | None, _Scene], names: dict[int, str]) -> Iterator[tuple[ImageInfo, _Image]]:
    index = 0
    for number, scene in sorted(scenes.items(), key=lambda item: -1 if item[0] is None else item[0]):
        groups: dict[str, list[int]] = {}
        for channel, types in sorted(scene.pixel_types.items()):
            if len(types) > 1 or not types <= PIXELS.keys():
                raise ValueError(f"pixel types {sorted(types)} in one channel")
            groups.setdefault(next(iter(types)), []).append(channel)
        for pixel_type, channels in groups.items():
            name = names.get(number or 0)
            if len(groups) > 1:
                name = f"{name or f'scene {number or 0}'} ({pixel_type})"
            yield _image(index, name, number, scene, pixel_type, tuple(channels))
            index += 1


def _image(
    index: int,
    name: str | None,
    number: int | None,
    scene: _Scene,
    pixel_type: str,
    channels: tuple[int, ...],
) -> tuple[ImageInfo, _Image]:
    own = {place: tiles for place, tiles in scene.layout.items() if dict(place).get("C", 0) in channels}
    taken = [dict(plane) for plane in scene.layout if dict(plane).get("C", 0) in channels]
    axes, starts = [], {"T": 0, "C": 0, "Z": 0}
    for letter, meaning in MEANINGS.items():
        values = [plane[letter] for plane in taken if letter in plane]
        size = max(values) - min(values) + 1 if values else 1
        if letter == "C":
            size = len(channels)
        elif values:
            starts[letter] = min(values)
        if values or letter in "TCZ":
            axes.append(Axis(letter, meaning, size, 1))
    planes = fold(axes)[0]
    dtype, samples = PIXELS[pixel_type]
    _, _, size_x, size_y = scene.rectangle
    factors = stored_factors(scene.rectangle, scene.reduced, {_plane_of(plane) for plane in taken})
    one = _Image(number, scene.rectangle, planes, starts, channels, pixel_type, factors)
    t, c, z = planes.sizes
    info = ImageInfo(
        index=index,
        name=name,
        size_t=t,
        size_c=c,
        size_z=z,
        size_y=size_y,
        size_x=size_x,
        samples=samples,
        dtype=dtype,
        source_axes="".join(axis.letter for axis in axes) + ("YXS" if samples > 1 else "YX"),
        folded=planes.folded,
        photometric="rgb" if samples > 1 else "minisblack",
        levels=tuple((size_y // factor, size_x // factor) for factor in factors) if len(factors) > 1 else (),
        tile=scene.tile if _is_mosaic(scene) else None,
        absent=_absent(one, taken),
        unimaged_px=uncovered_px(scene.rectangle, own),
    )
    return info, one


def _absent(one: _Image, taken: list[dict[str, int]]) -> frozenset[tuple[int, int, int]]:
    present = {tuple(sorted(plane.items())) for plane in taken}
    letters = {letter for plane in taken for letter in plane}
    absent = set()
    for plane in one.planes.planes():
        at = {k: v + one.starts[k] for k, v in one.planes.positions(*plane).items() if k in letters}
        if "C" in at:
            at["C"] = one.channels[at["C"] - one.starts["C"]]
        if tuple(sorted(at.items())) not in present:
            absent.add(plane)
    return frozenset(absent)


def _scenes(czi: Any) -> dict[int | None, _Scene]:
    """Scenes from the directory of tiles; one without a number where the file knows no scenes."""
    scenes: dict[int | None, _Scene] = defaultdict(_Scene)

    def look(_: int, tile: Any) -> bool:
        at = tile.coordinate.to_dict()
        scene = scenes[at.pop("S", None)]
        logical, physical = tile.logicalRect, tile.physicalSize
        if (logical.w, logical.h) != (physical.w, physical.h):
            place = _plane_of(at)
            scene.reduced.append(
                ReducedTile(place, (logical.x, logical.y, logical.w, logical.h), physical.w, physical.h)
            )
            return True
        scene.rectangle = _union(scene.rectangle, (logical.x, logical.y, logical.w, logical.h))
        scene.layout[_plane_of(at)].add((logical.x, logical.y, logical.w, logical.h))
        scene.pixel_types[at.get("C", 0)].add(tile.pixelType.name)
        scene.tile = max(scene.tile, (physical.h, physical.w))
        scene.tiles += 1
        return True

    czi.enumerate_subblocks(look)
    return {number: scene for number, scene in scenes.items() if scene.tiles}


def _plane_of(at: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((letter, at[letter]) for letter in at if letter in MEANINGS))


def _union(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if not a[2]:
        return b
    left, top = min(a[0], b[0]), min(a[1], b[1])
    return left, top, max(a[0] + a[2], b[0] + b[2]) - left, max(a[1] + a[3], b[1] + b[3]) - top
