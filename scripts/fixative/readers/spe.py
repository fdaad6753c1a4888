"""Princeton Instruments SPE, versions 2 and 3, through imageio: frame by frame.

imageio takes what a short file still holds for all there is, and does not know regions of interest or frames
with metadata of their own; both are compared with the file first.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.structure.window import Window
from fixative.trees import decode_text, to_tree
from fixative.xml_tree import compact_tree

HEADER_BYTES = 4100
ITEM_BYTES = {0: 4, 1: 4, 2: 2, 3: 2, 5: 8, 6: 1, 8: 4}
"""Bytes of a value by the header's data type."""


class SpeReader:
    """An open SPE."""

    backend = "imageio-spe"
    library = "imageio"

    def __init__(self, path: Path) -> None:
        import imageio
        from imageio.core.request import IOMode
        from imageio.core.request import Request as ImageioRequest
        from imageio.plugins.spe import SpePlugin

        self.version = str(imageio.__version__)
        self.path = path
        self._footer = _checked(path)
        self._kept: tuple[int, npt.NDArray[Any]] | None = None
        self._plugin = SpePlugin(ImageioRequest(str(path), IOMode.read.value), check_filesize=False)
        found = self._plugin.properties()
        frames, height, width = (int(size) for size in found.shape)
        self.images: Sequence[ImageInfo] = (
            ImageInfo(
                index=0,
                name=None,
                size_t=frames,
                size_c=1,
                size_z=1,
                size_y=height,
                size_x=width,
                samples=1,
                dtype=np.dtype(found.dtype).newbyteorder("=").name,
                source_axes="TYX",
            ),
        )

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one frame; the last frame is kept for its next bands. See `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        with decoding(undecodable(where, self.path)):
            if self._kept is None or self._kept[0] != t:
                self._kept = t, self._plugin.read(index=t)
            return np.array(self._kept[1][y : y + height, x : x + width], dtype=np.dtype(info.dtype), order="C")

    def ome_xml(self) -> str | None:
        """An SPE carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the header's fields (version 2), or the XML at the end (version 3)."""
        if self._footer:
            return {"spe": compact_tree(self._footer)}
        with decoding(lambda error: RefusedSample("MET002", reason="the SPE header's fields")):
            return {"spe": to_tree(self._plugin.metadata(sdt_control=False))}

    def files(self) -> list[Path]:
        """Return the SPE itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file."""
        self._kept = None
        self._plugin.close()


def open_reader(request: Request) -> SpeReader:
    """Open an SPE."""
    return SpeReader(request.path)


def _checked(path: Path) -> str:
    """Compare the header with the file; the XML at its end, empty before version 3.

    Raises
    ------
    RefusedSample
        INV004 where frames or the XML are missing, CNV003 where there are more frames than the header says,
        CNV001 for several regions of interest and for frames with metadata of their own.
    """
    with Window(path) as window:
        window.require(0, HEADER_BYTES, "SPE header")
        (kind,) = window.unpack("<h", 108, "SPE header")
        width, height = window.unpack("<H", 42, "SPE header")[0], window.unpack("<H", 656, "SPE header")[0]
        (frames,) = window.unpack("<i", 1446, "SPE header")
        (regions,) = window.unpack("<h", 1510, "SPE header")
        (version,) = window.unpack("<f", 1992, "SPE header")
        if kind not in ITEM_BYTES or min(width, height, frames) < 1:
            raise RefusedSample("INV005", reason="SPE header without a size or a known data type")
        frame = width * height * ITEM_BYTES[kind]
        window.require(HEADER_BYTES, frame * frames, f"{frames} frames of the SPE header")
        end = window.unpack("<Q", 678, "SPE header")[0] if version >= 3 else window.bytes
        if version >= 3:
            window.require(end, 1, "XML of the SPE")
            text = decode_text(window.read(end, window.bytes - end, "XML of the SPE"))
            _require_one_block(text, frame, frames)
        elif regions > 1:
            raise RefusedSample("CNV001", where="SPE header", reason=f"{regions} regions of interest in a frame")
        if (end - HEADER_BYTES) // frame != frames:
            found = (end - HEADER_BYTES) // frame
            raise RefusedSample("CNV003", expected=f"{frames} frames", found=found, where="SPE header")
    return text if version >= 3 else ""


def _require_one_block(text: str, frame: int, frames: int) -> None:
    """Frames of one region each, one after the other, as imageio takes them to be."""
    if not re.search(r"</SpeFormat>\s*$", text):
        raise RefusedSample("INV004", promised="XML", present="no end of it", where="XML of the SPE")
    blocks = re.findall(r"<DataBlock\b[^>]*>", text)
    if sum('type="Region"' in block for block in blocks) > 1:
        raise RefusedSample("CNV001", where="XML of the SPE", reason="several regions of interest in a frame")
    for block in blocks:
        stride, count = re.search(r'\bstride="(\d+)"', block), re.search(r'\bcount="(\d+)"', block)
        if 'type="Frame"' in block and stride and int(stride[1]) != frame:
            raise RefusedSample("CNV001", where="XML of the SPE", reason="frames with metadata of their own")
        if 'type="Frame"' in block and count and int(count[1]) != frames:
            raise RefusedSample("CNV003", expected=f"{frames} frames", found=count[1], where="XML of the SPE")
