"""Stacks of plain planes that lost their end: the planes that are whole, read as they lie in the file.

Asked only where a source is incomplete: of whole ones the formats' own readers know more.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.readers.axes import fold, with_strides
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.volumes.raw_layouts import layout_of
from fixative.trees import to_tree

MEANINGS = {"T": "time", "C": "channel", "Z": "depth"}


class RawPlanesReader:
    """One stack of planes of equal size."""

    backend = "raw-planes"
    library = "numpy"
    version = np.__version__

    def __init__(self, request: Request) -> None:
        self.path = request.path
        self._files = file_set(request.path, request.fmt)
        self._layout = layout = layout_of(request.path, request.fmt)
        letters = "".join(letter for letter, _ in layout.axes)
        self._planes = fold(with_strides(letters, MEANINGS, [size for _, size in layout.axes]))[0]
        whole = layout.whole
        if not whole:
            raise RefusedSample("INV004", promised="planes", present="none", where="no plane of the source is whole")
        missing = frozenset(place for place in self._planes.planes() if self._planes.linear(*place) >= whole)
        t, c, z = self._planes.sizes
        self.images: Sequence[ImageInfo] = (
            ImageInfo(
                index=0,
                name=None,
                size_t=t,
                size_c=c,
                size_z=z,
                size_y=layout.size_y,
                size_x=layout.size_x,
                samples=1,
                dtype=layout.dtype.newbyteorder("=").name,
                source_axes=letters + "YX",
                byte_order="big" if layout.dtype.byteorder == ">" else "little",
                missing=missing,
            ),
        )
        self._handle = os.open(layout.path, os.O_RDONLY)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        require_region(self.images[image], level, y, x, height, width)
        layout = self._layout
        row = layout.size_x * layout.dtype.itemsize
        offset = layout.offset + self._planes.linear(t, c, z) * layout.plane + y * row
        data = bytearray()
        while len(data) < height * row:
            part = os.pread(self._handle, height * row - len(data), offset + len(data))
            if not part:
                raise RefusedSample("CNV001", where=f"T{t} C{c} Z{z} Y{y}", reason="the file ends within the plane")
            data += part
        rows = np.frombuffer(bytes(data), layout.dtype).reshape(height, layout.size_x)[:, x : x + width]
        return np.array(rows, dtype=layout.dtype.newbyteorder("="), order="C")

    def ome_xml(self) -> str | None:
        """None of these formats carries OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what the layout was told from; a binary header stands as its digest."""
        return {"header": to_tree(dict(self._layout.header))}

    def files(self) -> list[Path]:
        """Return every file of the set."""
        return list(self._files)

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def open_reader(request: Request) -> RawPlanesReader:
    """Open a stack of plain planes."""
    return RawPlanesReader(request)
