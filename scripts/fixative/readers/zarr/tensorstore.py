"""Zarr 2 and 3 through TensorStore: the second reader of what `readers.zarr` reads.

Which images there are is told by the same reading of the metadata (`zarr_images`); chunks, shards and codecs
are another code base, in C++, which shares nothing with zarr-python and numcodecs but the codecs' own libraries
(blosc, zstd, zlib). A missing chunk of Zarr 2 is an error. In Zarr 3 writers leave out chunks that
hold nothing but the fill value, so there it is what they meant, as for zarr-python.

TensorStore knows no filters of Zarr 2, and neither numcodecs' LZ4 and LZMA nor the ``numcodecs.*`` codecs of
zarr-python 3: such a store has no second reader here.
"""

import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorstore

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.zarr.images import ZarrStore


class TensorStoreReader:
    """An open Zarr folder."""

    backend = "tensorstore"
    library = "TensorStore"

    def __init__(self, path: Path, memory_mb: int) -> None:
        self.version = version("tensorstore")
        self.path = path
        self._store = ZarrStore(path)
        self.images: Sequence[ImageInfo] = self._store.images
        # Decoded chunks that two bands share are kept; threads are the workflow's to give.
        self._context = tensorstore.Context(
            {
                "cache_pool": {"total_bytes_limit": memory_mb * 1024 * 1024 // 8},
                "data_copy_concurrency": {"limit": 1},
                "file_io_concurrency": {"limit": 1},
            }
        )
        self._arrays = [[self._open(level) for level in image.levels] for image in self._store.arrays]

    def _open(self, array: Any) -> Any:
        """Open an array by its place in the store; its metadata are read anew, by TensorStore."""
        zarr_2 = array.metadata.zarr_format == 2
        spec = {
            "driver": "zarr" if zarr_2 else "zarr3",
            "kvstore": {"driver": "file", "path": os.fspath((self.path / array.path).absolute()) + "/"},
            "fill_missing_data_reads": not zarr_2,
        }
        opened = tensorstore.open(spec, read=True, open=True, context=self._context).result()
        if tuple(opened.shape) != tuple(array.shape):
            raise ValueError("TensorStore and zarr-python read different shapes")
        return opened

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, one = self.images[image], self._store.arrays[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}" + (f" level {level}" if level else "")
        selection = one.selection(t, c, z, slice(y, y + height), slice(x, x + width))
        with decoding(self._finding(where)):
            found = one.oriented(np.asarray(self._arrays[image][level][selection].read().result()), height, width)
        if found.shape != (height, width) or found.dtype.name != info.dtype:
            raise RefusedSample(
                "CNV003",
                where=where,
                expected=f"{(height, width)} {info.dtype}",
                found=f"{found.shape} {found.dtype.name}",
            )
        return np.ascontiguousarray(found)

    def _finding(self, where: str) -> Callable[[Exception], RefusedSample]:
        """INV004 for a chunk that is not there, CNV001 for whatever else TensorStore raises."""

        def finding(error: Exception) -> RefusedSample:
            if str(error).startswith("NOT_FOUND"):
                return RefusedSample("INV004", promised="every chunk", present="one is missing", where=where)
            return undecodable(where, self.path)(error)

        return finding

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
        """Let the arrays and what they keep go."""
        self._arrays = []


def open_reader(request: Request) -> TensorStoreReader:
    """Open a Zarr folder."""
    return TensorStoreReader(request.path, request.options.memory_mb)
