"""OME-Zarr 0.1 to 0.5 (Zarr 2 and 3) and plain Zarr arrays, through zarr-python.

Which images there are, `zarr_images` says. zarr-python returns the fill value for a chunk that is not there.
Writers of Zarr 2 store every chunk, so there a missing one is refused; those of Zarr 3 leave out chunks that
hold nothing else, so there it is what they meant (`structure.zarr` counts them).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.zarr.images import ZarrImage, ZarrStore

BLOCK_BYTES = 64 * 1024 * 1024


class ZarrReader:
    """An open Zarr folder."""

    backend = "zarr"
    library = "zarr"
    version = zarr.__version__

    def __init__(self, path: Path) -> None:
        self.path = path
        self._store = ZarrStore(path)
        self._kept: tuple[Any, npt.NDArray[Any]] | None = None
        self.images: Sequence[ImageInfo] = self._store.images

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`.

        The rows of chunks that the region touches are read once and kept for the next band.
        """
        info, one = self.images[image], self._store.arrays[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}" + (f" level {level}" if level else "")
        array = one.levels[level]
        size_y, size_x = info.levels[level] if info.levels else (info.size_y, info.size_x)
        rows = array.chunks[one.letters.index("Y")] if "Y" in one.letters else 1
        top, end = y // rows * rows, min(size_y, -(-(y + height) // rows) * rows)
        with decoding(undecodable(where, self.path)):
            nbytes = (end - top) * size_x * np.dtype(info.dtype).itemsize
            if width < size_x or nbytes > BLOCK_BYTES:
                return self._read(one, array, (t, c, z), (y, y + height, x, x + width), where)
            key = (image, level, t, c, z, top, end)
            if self._kept is None or self._kept[0] != key:
                self._kept = key, self._read(one, array, (t, c, z), (top, end, 0, size_x), where)
        return np.ascontiguousarray(self._kept[1][y - top : y - top + height, x : x + width])

    def name_missing(self) -> None:
        """Try every plane, and name those of which a chunk is not there or not whole."""
        self.images = tuple(
            replace(info, missing=frozenset(place for place in _places(info) if not self._is_whole(info, place)))
            for info in self.images
        )

    def _is_whole(self, info: ImageInfo, place: tuple[int, int, int]) -> bool:
        band = info.tile[0] if info.tile else info.size_y
        try:
            for y in range(0, info.size_y, band):
                self.read_region(info.index, *place, y, 0, min(band, info.size_y - y), info.size_x)
        except RefusedSample:
            return False
        return True

    def _read(
        self, one: ZarrImage, array: Any, plane: tuple[int, int, int], region: tuple[int, int, int, int], where: str
    ) -> npt.NDArray[Any]:
        top, end, left, right = region
        selection = one.selection(*plane, slice(top, end), slice(left, right))
        self._require_chunks(array, selection, where)
        found = np.asarray(array[selection])
        return np.ascontiguousarray(one.oriented(found, end - top, right - left))

    def _require_chunks(self, array: Any, selection: tuple[int | slice, ...], where: str) -> None:
        """Refuse a region of which a chunk has no file, and a chunk that Blosc would read beyond its end.

        Both are about the file: a reader that is asked next would see a fill value, or other bytes.
        """
        sizes = array.shards or array.chunks
        spans = [
            range(part.start // size, -(-part.stop // size)) if isinstance(part, slice) else (part // size,)
            for part, size in zip(selection, sizes, strict=True)
        ]
        may_omit, blosc = array.metadata.zarr_format == 3, _ends_in_blosc(array)
        if may_omit and not blosc:
            return
        for place in product(*spans):
            key = array.metadata.encode_chunk_key(place)
            file = self.path / array.path / key
            if not file.is_file():
                if may_omit:
                    continue
                raise RefusedSample("INV004", promised=f"chunk {key}", present="no such file", where=where)
            if blosc and not _blosc_is_whole(file):
                raise RefusedSample("INV004", promised=f"chunk {key}", present="a part of it", where=where)

    def ome_xml(self) -> str | None:
        """OME-XML of the store; see `zarr_images.ZarrStore.ome_xml`."""
        return self._store.ome_xml()

    def vendor_metadata(self) -> dict[str, Any]:
        """Attributes of every group and array, by path."""
        return self._store.vendor_metadata()

    def files(self) -> list[Path]:
        """Every file of the folder."""
        return self._store.files()

    def close(self) -> None:
        """Forget what was read; Zarr keeps nothing open."""
        self._kept = None


def open_reader(request: Request) -> ZarrReader:
    """Open a Zarr folder; of one that is incomplete the planes that are whole, where that is asked for."""
    reader = ZarrReader(request.path)
    if request.options.whole_planes_only:
        reader.name_missing()
        if all(len(info.missing) == info.planes for info in reader.images):
            raise RefusedSample("INV004", promised="planes", present="none", where="no plane of the source is whole")
    return reader


def _places(info: ImageInfo) -> Iterator[tuple[int, int, int]]:
    return product(range(info.size_t), range(info.size_c), range(info.size_z))


def _ends_in_blosc(array: Any) -> bool:
    """Whether a chunk's file is what Blosc has written."""
    last = array.compressors[-1] if array.compressors else None
    return array.shards is None and "blosc" in type(last).__name__.lower()


def _blosc_is_whole(file: Path) -> bool:
    """Whether a file holds the bytes that Blosc's header promises, which numcodecs does not check.

    Notes
    -----
    https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst: ``cbytes`` stands at byte 12.
    """
    with file.open("rb") as stream:
        head = stream.read(16)
    return len(head) == 16 and int.from_bytes(head[12:], "little") <= file.stat().st_size
