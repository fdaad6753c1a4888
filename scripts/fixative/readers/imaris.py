"""Imaris (HDF5) through h5py, region by region: every resolution level, padding cut off.

``DataSet/ResolutionLevel n/TimePoint t/Channel c/Data`` is (Z, Y, X), padded to whole chunks; the sizes stand
in the attributes of its group as text. A data set that is not there, or that has chunks never written, is a
finding: HDF5 would deliver zeros.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.columns import from_columns
from fixative.findings import RefusedSample
from fixative.readers.electron.checks import require_written
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.structure.containers import check_hdf5
from fixative.trees import decode_text, to_tree

KEPT_BYTES = 64 * 1024 * 1024
"""Rows of chunks of one plane that are kept for the next band."""
MOST_TEXT_BYTES = 64 * 1024 * 1024


class ImarisReader:
    """An open Imaris file."""

    backend = "imaris"
    library = "HDF5"

    def __init__(self, path: Path) -> None:
        import h5py

        check_hdf5(path, "imaris", [path])
        self.version = str(h5py.version.hdf5_version)
        self.path = path
        self._file = h5py.File(path, "r")
        self._kept: tuple[tuple[int, ...], npt.NDArray[Any]] | None = None
        try:
            self._root = _group(self._file, _text(self._file.attrs.get("DataSetDirectoryName")) or "DataSet")
            self._levels = _levels(self._root)
            self.images: Sequence[ImageInfo] = tuple(self._describe())
        except BaseException:
            self._file.close()
            raise

    def _describe(self) -> list[ImageInfo]:
        times = _numbered(self._root["ResolutionLevel 0"], "TimePoint")
        channels = _numbered(self._root["ResolutionLevel 0/TimePoint 0"], "Channel")
        sizes, dtype = self._check(times, channels)
        z, y, x = sizes[0]
        chunks = self._data(0, 0, 0).chunks
        images = [
            ImageInfo(
                index=0,
                name=self._name(),
                size_t=times,
                size_c=channels,
                size_z=z,
                size_y=y,
                size_x=x,
                samples=1,
                dtype=dtype.name,
                source_axes="TCZYX",
                byte_order="big" if dtype.byteorder == ">" else "little",
                levels=tuple(size[1:] for size in sizes) if len(sizes) > 1 else (),
                tile=None if chunks is None else (min(chunks[1], y), min(chunks[2], x)),
            )
        ]
        thumbnail = self._file.get("Thumbnail/Data")
        if thumbnail is not None and thumbnail.ndim == 2 and min(thumbnail.shape) > 0:
            require_written(thumbnail, "Thumbnail/Data")
            height, width, samples = _thumbnail_shape(thumbnail)
            images.append(
                ImageInfo(
                    index=1,
                    name="Thumbnail",
                    size_t=1,
                    size_c=1,
                    size_z=1,
                    size_y=height,
                    size_x=width,
                    samples=samples,
                    dtype=thumbnail.dtype.name,
                    kind="thumbnail",
                    source_axes="YXS" if samples > 1 else "YX",
                    photometric="rgb" if samples > 1 else "minisblack",
                    extra_samples=(2,) if samples == 4 else (),
                )
            )
        return images

    def _check(self, times: int, channels: int) -> tuple[list[tuple[int, int, int]], "np.dtype[Any]"]:
        """Sizes of the usable levels and the type; every data set of every level is there, whole.

        A level that keeps fewer planes than the first (Imaris halves Z too) is none of a plane pyramid.
        """
        dtype = self._data(0, 0, 0).dtype
        sizes: dict[int, tuple[int, int, int]] = {}
        for level in self._levels:
            for t in range(times):
                for c in range(channels):
                    where = f"level {level} T{t} C{c}"
                    data = self._data(level, t, c)
                    size = _size(data)
                    require_written(data, where)
                    if data.ndim != 3 or any(n > held for n, held in zip(size, data.shape, strict=True)):
                        raise RefusedSample("INV004", promised=size, present=data.shape, where=where)
                    if sizes.setdefault(level, size) != size or data.dtype != dtype:
                        raise RefusedSample(
                            "CNV003", expected=sizes[level], found=f"{size} {data.dtype}", where=where
                        )
        usable = [level for level in self._levels if sizes[level][0] == sizes[0][0]]
        self._levels = usable
        return [sizes[level] for level in usable], dtype

    def _data(self, level: int, t: int, c: int) -> Any:
        return _group(self._root, f"ResolutionLevel {level}/TimePoint {t}/Channel {c}/Data")

    def _name(self) -> str | None:
        return _text(self._file.get("DataSetInfo/Image", self._file).attrs.get("Name")) or None

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane at one level; see `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} level {level} T{t} C{c} Z{z} Y{y} X{x}"
        with decoding(undecodable(where, self.path)):
            if info.kind == "thumbnail":
                whole = self._file["Thumbnail/Data"][:].reshape(info.size_y, info.size_x, info.samples)
                whole = whole if info.samples > 1 else whole[:, :, 0]
                return np.ascontiguousarray(whole[y : y + height, x : x + width])
            data = self._data(self._levels[level], t, c)
            size_y, size_x = (info.levels or ((info.size_y, info.size_x),))[level]
            rows = data.chunks[1] if data.chunks else 1
            top, end = y // rows * rows, min(size_y, -(-(y + height) // rows) * rows)
            if width < size_x or (end - top) * size_x * data.dtype.itemsize > KEPT_BYTES:
                return _native(data[z, y : y + height, x : x + width])
            key = (level, t, c, z, top, end)
            if self._kept is None or self._kept[0] != key:
                self._kept = key, _native(data[z, top:end, :size_x])
            return np.ascontiguousarray(self._kept[1][y - top : y - top + height])

    def ome_xml(self) -> str | None:
        """Imaris carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the attributes of every group and the tables beside the pixels, as text where they are."""
        found: dict[str, Any] = {"/": _attributes(self._file)}

        def visit(name: str, item: Any) -> None:
            attributes = _attributes(item)
            if hasattr(item, "shape") and not name.startswith(f"{self._root.name[1:]}/") and name != "Thumbnail/Data":
                attributes["value"] = _value(item)
            if attributes:
                found[name] = attributes

        with decoding(lambda error: RefusedSample("MET002", reason="attributes of the Imaris file")):
            self._file.visititems(visit)
        return {"imaris": found}

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file."""
        self._kept = None
        self._file.close()


def open_reader(request: Request) -> ImarisReader:
    """Open an Imaris file."""
    return ImarisReader(request.path)


def _group(parent: Any, name: str) -> Any:
    """Member of an HDF5 group; what is not there is missing from the file."""
    import h5py

    if isinstance(parent.get(name, getlink=True) if name in parent else None, h5py.ExternalLink):
        raise RefusedSample("CNV001", where=name, reason="its pixels lie in another file")
    found = parent.get(name)
    if found is None:
        raise RefusedSample("INV004", promised=name, present="nothing", where="HDF5 groups")
    if getattr(found, "external", None) or getattr(found, "is_virtual", False):
        raise RefusedSample("CNV001", where=name, reason="its pixels lie in another file")
    return found


def _levels(root: Any) -> list[int]:
    return list(range(_numbered(root, "ResolutionLevel")))


def _numbered(group: Any, word: str) -> int:
    """How many ``word n`` a group has, counted from 0.

    Raises
    ------
    RefusedSample
        INV004 where one is missing between others.
    """
    numbers = sorted(int(match[1]) for name in group if (match := re.fullmatch(rf"{word} (\d+)", name)))
    if numbers != list(range(len(numbers))) or not numbers:
        promised = f"{max(numbers, default=0) + 1} of {word}"
        raise RefusedSample("INV004", promised=promised, present=f"{len(numbers)}", where="HDF5 groups")
    return len(numbers)


def _size(data: Any) -> tuple[int, int, int]:
    """Size that the channel's attributes state; that of the data set where they state none."""
    attributes = data.parent.attrs
    stated = [_text(attributes.get(f"ImageSize{axis}")) for axis in "ZYX"]
    z, y, x = (int(text) if text else int(held) for text, held in zip(stated, data.shape, strict=True))
    if min(z, y, x) < 1:
        raise RefusedSample("INV005", reason="a channel without a size")
    return z, y, x


def _text(value: Any) -> str:
    """Text of an attribute: an array of single characters, bytes or a string."""
    if value is None:
        return ""
    if isinstance(value, np.ndarray):
        value = value.tobytes() if value.dtype.kind == "S" else "".join(str(part) for part in value.ravel())
    return (decode_text(value) if isinstance(value, bytes) else str(value)).strip("\0 ")


def _attributes(item: Any) -> dict[str, Any]:
    """Attributes, arrays of characters as the text they spell."""
    found: dict[str, Any] = {}
    for name, value in item.attrs.items():
        spelled = isinstance(value, np.ndarray) and value.dtype.kind == "S"
        found[name] = _text(value) if spelled or isinstance(value, bytes) else to_tree(value)
    return found


def _value(data: Any) -> Any:
    """Content of a table, its fields as columns; a larger one as its size."""
    if data.size * data.dtype.itemsize > MOST_TEXT_BYTES:
        return f"{data.dtype} {data.shape}"
    content = data[()]
    if data.dtype.names and data.ndim == 1:
        return from_columns({name: _readable(content[name]) for name in data.dtype.names}, int(data.size))
    return (
        _text(content)
        if getattr(content, "dtype", None) is not None and content.dtype.kind == "S"
        else to_tree(content)
    )


def _readable(column: "npt.NDArray[Any]") -> Any:
    """Values of a field; bytes as the text they spell."""
    return [_text(value) for value in column] if column.dtype.kind in "SO" else column


def _thumbnail_shape(data: Any) -> tuple[int, int, int]:
    """Rows, columns and samples: Imaris keeps four bytes of a pixel side by side."""
    rows, columns = (int(size) for size in data.shape)
    return (rows, columns // 4, 4) if columns == 4 * rows else (rows, columns, 1)


def _native(found: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array(found, dtype=found.dtype.newbyteorder("="), order="C")
