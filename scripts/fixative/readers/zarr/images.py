"""The images of a Zarr store, told from its metadata: what both readers of Zarr share. Nothing is decoded here.

Images: each multiscales group, those under a bioformats2raw root and the fields of a plate's wells; then their
label images, which are data as well. Fields are named as the plate names them: row, column, field.
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
from fixative.readers.guard import decoding, describe
from fixative.readers.levels import is_reduced
from fixative.readers.protocol import ImageInfo
from fixative.readers.zarr.plate import plate_ome, wells_of
from fixative.trees import to_tree

MEANINGS = {"T": "time", "C": "channel", "Z": "depth"}


@dataclass(frozen=True)
class ZarrImage:
    """Where the planes of an image lie in its arrays."""

    levels: tuple[Any, ...]
    """zarr's array of each level of `ImageInfo.levels`, full size first."""
    letters: str
    planes: PlaneMap

    def selection(self, t: int, c: int, z: int, rows: slice, columns: slice) -> tuple[int | slice, ...]:
        """Index of a region of a plane, one part for each axis of the array."""
        at = self.planes.positions(t, c, z)
        region = {"Y": rows, "X": columns}
        return tuple(region.get(letter, at.get(letter, 0)) for letter in self.letters)

    def oriented(self, found: "npt.NDArray[Any]", height: int, width: int) -> "npt.NDArray[Any]":
        """A region that was read, as rows of columns in native byte order."""
        found = found.astype(found.dtype.newbyteorder("="), copy=False)
        if "Y" not in self.letters:
            return found.reshape(height, width)
        return found if self.letters.index("Y") < self.letters.index("X") else found.T


@dataclass(frozen=True)
class _Source:
    """One multiscales entry: its arrays and what is said of them."""

    name: str | None
    arrays: list[Any]
    letters: str
    categorical: bool = False


class ZarrStore:
    """A Zarr folder: its images, attributes and files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root = zarr.open(path, mode="r")
        found = list(self._describe())
        self.arrays = [image for _, image in found]
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in found)

    def _describe(self) -> Iterator[tuple[ImageInfo, ZarrImage]]:
        index = 0
        for source in _sources(self._root):
            for info, image in _images(index, source):
                yield info, image
                index += 1

    def ome_xml(self) -> str | None:
        """``OME/METADATA.ome.xml`` of a bioformats2raw root; made of the plate's metadata where there is none."""
        where = self.path / "OME" / "METADATA.ome.xml"
        if where.is_file():
            return where.read_text("utf-8")
        attributes = _ome(self._root)
        if "plate" in attributes and "multiscales" not in attributes:
            return plate_ome(attributes["plate"], list(_wells(self._root)), self.images)
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Attributes of every group and array, by path, numbers in paths in their own order.

        What an array's own metadata say of its shape, type and compression stands under ``zarr_arrays``.
        """
        found: dict[str, Any] = {"/": to_tree(dict(self._root.attrs))}
        arrays: dict[str, Any] = {}
        with decoding(lambda error: RefusedSample("MET002", reason=describe(error, self.path))):
            members = self._root.members(max_depth=None) if isinstance(self._root, zarr.Group) else ()
            for name, member in sorted(members, key=lambda item: _natural(item[0])):
                if attributes := dict(member.attrs):
                    found[f"/{name}"] = to_tree(attributes)
                if isinstance(member, zarr.Array):
                    arrays[f"/{name}"] = _stored(member)
        if isinstance(self._root, zarr.Array):
            arrays["/"] = _stored(self._root)
        return {"ome_zarr": found, "zarr_arrays": arrays}

    def files(self) -> list[Path]:
        """Every file of the folder."""
        return sorted(path for path in self.path.rglob("*") if path.is_file())


def _stored(array: Any) -> Any:
    """Metadata of an array as its file has them, but for its attributes."""
    return to_tree({name: value for name, value in array.metadata.to_dict().items() if name != "attributes"})


def _natural(path: str) -> list[tuple[bool, int, str]]:
    parts = path.split("/")
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _ome(group: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = dict(group.attrs)
    return attributes | dict(attributes.get("ome", {}))


def _sources(root: Any) -> Iterator[_Source]:
    """Each image under a root."""
    if not isinstance(root, zarr.Group):
        yield _Source(None, [root], _default_letters(root.ndim))
        return
    attributes = _ome(root)
    if "multiscales" in attributes:
        yield from _multiscales(root, None)
    elif "plate" in attributes:
        for path in _fields(root):
            for source in _multiscales(_member(root, path), path):
                # Every field may be called "0" by its writer: its place on the plate names it.
                yield source if source.categorical else _Source(path, source.arrays, source.letters)
    elif "bioformats2raw.layout" in attributes:
        for name in _series(root):
            yield from _multiscales(_member(root, name), name)
    else:
        for name, member in sorted(root.members(max_depth=None), key=lambda item: _natural(item[0])):
            if not isinstance(member, zarr.Group):
                yield _Source(name, [member], _default_letters(member.ndim))


def _wells(root: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Path of each well and what it says of its fields, none for a well that was not imaged."""
    for path in wells_of(_ome(root)["plate"]):
        yield path, list(_ome(_member(root, path)).get("well", {}).get("images", []))


def _fields(root: Any) -> list[str]:
    """Paths of all fields: by well, or in the order of the OME-XML where a writer states it."""
    paths = [f"{well}/{field['path']}" for well, fields in _wells(root) for field in fields]
    listed = _listed_series(root)
    return listed if sorted(listed) == sorted(paths) else paths


def _member(group: Any, name: str, path: str | None = None) -> Any:
    """Group or array of a name below a group, which itself stands at ``path`` below the root."""
    try:
        return group[name]
    except KeyError:
        raise RefusedSample("INV006", name=f"{path}/{name}" if path else name) from None


def _series(root: Any) -> list[str]:
    return _listed_series(root) or sorted((name for name, _ in root.members() if name.isdigit()), key=int)


def _listed_series(root: Any) -> list[str]:
    return [str(name) for name in _ome(root["OME"]).get("series", [])] if "OME" in root else []


def _multiscales(group: Any, path: str | None) -> Iterator[_Source]:
    for scales in _ome(group)["multiscales"]:
        levels = [_member(group, level["path"], path) for level in scales["datasets"]]
        axes = scales.get("axes")
        letters = _letters(axes) if axes else _default_letters(levels[0].ndim)
        yield _Source(scales.get("name") or path, levels, letters)
    if "labels" in group and isinstance(group["labels"], zarr.Group):
        labels = group["labels"]
        for name in _ome(labels).get("labels", []):
            prefix = f"{path}/" if path else ""
            for source in _multiscales(_member(labels, name), None):
                yield _Source(f"{prefix}labels/{name}", source.arrays, source.letters, categorical=True)


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


def _images(index: int, source: _Source) -> Iterator[tuple[ImageInfo, ZarrImage]]:
    array, letters = source.arrays[0], source.letters
    if "X" not in letters:
        raise ValueError(f"axes {letters} without X")
    sizes = dict(zip(letters, array.shape, strict=True))
    outer = "".join(letter for letter in letters if letter not in "YX")
    axes = with_strides(outer, MEANINGS, [sizes[letter] for letter in outer])
    chunks = dict(zip(letters, array.chunks, strict=True))
    levels = _levels(source)
    for number, planes in enumerate(fold(axes)):
        t, c, z = planes.sizes
        yield (
            ImageInfo(
                index=index + number,
                name=source.name,
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
                categorical=source.categorical,
                levels=tuple(_yx(level, letters) for level in levels) if len(levels) > 1 else (),
                tile=(chunks.get("Y", 1), chunks["X"]),
            ),
            ZarrImage(levels, letters, planes),
        )


def _levels(source: _Source) -> tuple[Any, ...]:
    """The arrays that hold the same planes as the first, only smaller; a level with fewer slices does not."""
    first = source.arrays[0]
    found = [first]
    outer = [place for place, letter in enumerate(source.letters) if letter not in "YX"]
    for array in source.arrays[1:]:
        alike = array.ndim == first.ndim and np.dtype(array.dtype).name == np.dtype(first.dtype).name
        if not alike or any(array.shape[place] != first.shape[place] for place in outer):
            continue
        full, last, size = (_yx(one, source.letters) for one in (first, found[-1], array))
        if is_reduced(full, last, size):
            found.append(array)
    return tuple(found)


def _yx(array: Any, letters: str) -> tuple[int, int]:
    sizes = dict(zip(letters, array.shape, strict=True))
    return sizes.get("Y", 1), sizes["X"]
