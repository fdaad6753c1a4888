"""OME-Zarr 0.1 to 0.5 (Zarr 2 and 3) and plain Zarr arrays, through zarr-python.

Images: each multiscales group, those under a bioformats2raw root and those of a plate's wells; then their
label images, which are data as well. A chunk that is not there has the fill value: Zarr means it so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from fixative.findings import RefusedSample
from fixative.readers.axes import PlaneMap, fold, with_strides
from fixative.readers.guard import decoding, describe, undecodable
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.trees import to_tree

MEANINGS = {"T": "time", "C": "channel", "Z": "depth"}
BLOCK_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class _Image:
    array: Any
    letters: str
    planes: PlaneMap


class ZarrReader:
    """An open Zarr folder."""

    backend = "zarr"
    library = "zarr"
    version = zarr.__version__

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root = zarr.open(path, mode="r")
        self._kept: tuple[Any, npt.NDArray[Any]] | None = None
        found = list(self._describe())
        self._images = [image for _, image in found]
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in found)

    def _describe(self) -> Iterator[tuple[ImageInfo, _Image]]:
        index = 0
        for name, arrays, letters in _arrays(self._root):
            for info, image in _images(index, name, arrays, letters):
                yield info, image
                index += 1

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`.

        The rows of chunks that the region touches are read once and kept for the next band.
        """
        info, one = self.images[image], self._images[image]
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        at = one.planes.positions(t, c, z)
        at_base = np.unravel_index(one.planes.base, _outer_shape(one)) if one.planes.base else None
        if at_base is not None:
            outer = [letter for letter in one.letters if letter not in "YX"]
            at |= {k: int(v) for k, v in zip(outer, at_base, strict=True) if k not in at}
        rows = one.array.chunks[one.letters.index("Y")] if "Y" in one.letters else 1
        top, end = y // rows * rows, min(info.size_y, -(-(y + height) // rows) * rows)
        with decoding(undecodable(where, self.path)):
            nbytes = (end - top) * info.size_x * np.dtype(info.dtype).itemsize
            if width < info.size_x or nbytes > BLOCK_BYTES:
                return self._read(one, at, y, y + height, x, x + width)
            key = (image, t, c, z, top, end)
            if self._kept is None or self._kept[0] != key:
                self._kept = key, self._read(one, at, top, end, 0, info.size_x)
        return np.ascontiguousarray(self._kept[1][y - top : y - top + height, x : x + width])

    def _read(self, one: _Image, at: dict[str, int], top: int, end: int, left: int, right: int) -> npt.NDArray[Any]:
        region = {"Y": slice(top, end), "X": slice(left, right)}
        found = np.asarray(one.array[tuple(region.get(name, at.get(name, 0)) for name in one.letters)])
        found = found.astype(found.dtype.newbyteorder("="), copy=False)
        if "Y" not in one.letters:
            return found.reshape(end - top, right - left)
        return found if one.letters.index("Y") < one.letters.index("X") else found.T

    def ome_xml(self) -> str | None:
        """``OME/METADATA.ome.xml`` of a bioformats2raw root."""
        where = self.path / "OME" / "METADATA.ome.xml"
        return where.read_text("utf-8") if where.is_file() else None

    def vendor_metadata(self) -> dict[str, Any]:
        """Attributes of every group and array, by path."""
        found: dict[str, Any] = {"/": to_tree(dict(self._root.attrs))}
        with decoding(lambda error: RefusedSample("MET002", reason=describe(error, self.path))):
            members = self._root.members(max_depth=None) if isinstance(self._root, zarr.Group) else ()
            for name, member in members:
                if attributes := dict(member.attrs):
                    found[f"/{name}"] = to_tree(attributes)
        return {"ome_zarr": found}

    def files(self) -> list[Path]:
        """Every file of the folder."""
        return sorted(path for path in self.path.rglob("*") if path.is_file())

    def close(self) -> None:
        """Forget what was read; Zarr keeps nothing open."""
        self._kept = None


def open_reader(request: Request) -> ZarrReader:
    """Open a Zarr folder."""
    return ZarrReader(request.path)


def _ome(group: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = dict(group.attrs)
    return attributes | dict(attributes.get("ome", {}))


def _outer_shape(one: _Image) -> tuple[int, ...]:
    pairs = zip(one.letters, one.array.shape, strict=True)
    return tuple(size for letter, size in pairs if letter not in "YX")


def _arrays(root: Any) -> Iterator[tuple[str | None, list[Any], str]]:
    """Name, resolution levels and axis letters of each image under a root."""
    if not isinstance(root, zarr.Group):
        yield None, [root], _default_letters(root.ndim)
        return
    attributes = _ome(root)
    if "multiscales" in attributes:
        yield from _multiscales(root, None)
    elif "plate" in attributes:
        for well in attributes["plate"]["wells"]:
            group = root[well["path"]]
            for image in _ome(group)["well"]["images"]:
                name = f"{well['path']}/{image['path']}"
                yield from _multiscales(_member(root, name), name)
    elif "bioformats2raw.layout" in attributes:
        for name in _series(root):
            yield from _multiscales(_member(root, name), name)
    else:
        for name, member in root.members(max_depth=None):
            if not isinstance(member, zarr.Group):
                yield name, [member], _default_letters(member.ndim)


def _member(root: Any, name: str) -> Any:
    try:
        return root[name]
    except KeyError:
        raise RefusedSample("INV006", name=name) from None


def _series(root: Any) -> list[str]:
    if "OME" in root and (listed := _ome(root["OME"]).get("series")):
        return [str(name) for name in listed]
    return sorted((name for name, _ in root.members() if name.isdigit()), key=int)


def _multiscales(group: Any, path: str | None) -> Iterator[tuple[str | None, list[Any], str]]:
    for scales in _ome(group)["multiscales"]:
        levels = [_member(group, level["path"]) for level in scales["datasets"]]
        axes = scales.get("axes")
        letters = _letters(axes) if axes else _default_letters(levels[0].ndim)
        yield scales.get("name") or path, levels, letters
    if "labels" in group and isinstance(group["labels"], zarr.Group):
        labels = group["labels"]
        for name in _ome(labels).get("labels", []):
            prefix = f"{path}/" if path else ""
            for _, levels, letters in _multiscales(_member(labels, name), None):
                yield f"{prefix}labels/{name}", levels, letters


def _letters(axes: list[Any]) -> str:
    """One letter for each axis: T, C, Z, Y, X as OME-Zarr names them, others as they come."""
    found = ""
    for axis in axes:
        name = axis if isinstance(axis, str) else str(axis["name"])
        letter = name[:1].upper()
        found += letter if letter and letter not in found else next(c for c in "QUVW" if c not in found)
    return found


def _default_letters(ndim: int) -> str:
    """Letters where the file names none: the last of TCZYX, and Q, U, V before them."""
    return ("WVUQ" + "TCZYX")[-ndim:] if ndim > 1 else "X"


def _images(index: int, name: str | None, levels: list[Any], letters: str) -> Iterator[tuple[ImageInfo, _Image]]:
    array = levels[0]
    if "X" not in letters:
        raise ValueError(f"axes {letters} without X")
    sizes = dict(zip(letters, array.shape, strict=True))
    outer = "".join(letter for letter in letters if letter not in "YX")
    axes = with_strides(outer, MEANINGS, [sizes[letter] for letter in outer])
    chunks = dict(zip(letters, array.chunks, strict=True))
    for number, planes in enumerate(fold(axes)):
        t, c, z = planes.sizes
        yield (
            ImageInfo(
                index=index + number,
                name=name,
                size_t=t,
                size_c=c,
                size_z=z,
                size_y=sizes.get("Y", 1),
                size_x=sizes["X"],
                samples=1,
                dtype=np.dtype(array.dtype).name,
                source_axes=letters,
                folded=planes.folded,
                byte_order="big" if np.dtype(array.dtype).byteorder == ">" else "little",
                levels=tuple(_yx(level, letters) for level in levels) if len(levels) > 1 else (),
                tile=(chunks.get("Y", 1), chunks["X"]),
            ),
            _Image(array, letters, planes),
        )


def _yx(array: Any, letters: str) -> tuple[int, int]:
    sizes = dict(zip(letters, array.shape, strict=True))
    return sizes.get("Y", 1), sizes["X"]
