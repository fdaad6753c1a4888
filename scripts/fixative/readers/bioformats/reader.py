"""Files through Bio-Formats, in Java, by region; one reader class of its 166, chosen by the file's content.

Bio-Formats ignores short reads: the end of a plane that a truncated file no longer holds stays as the buffer
was. So the buffer is filled with a pattern before every read, and what still shows it afterwards was never
written (`bioformats_buffer`).

Formats whose file says itself what belongs to it are opened with their whole set. The others, TIFF dialects
above all, are opened through a link in an empty folder: Bio-Formats would otherwise take neighbours with
similar names for parts of the same image, and give one file another answer in another folder.

No memo file is ever written, nor anything else beside the source.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.formats import FORMATS
from fixative.readers.bioformats.buffer import JavaBuffer
from fixative.readers.bioformats.catalogue import named_as, new_reader, recognised_by
from fixative.readers.bioformats.images import describe_series
from fixative.readers.bioformats.jvm import java_errors, java_exceptions, machine, private_link, remove_link, within
from fixative.readers.bioformats.metadata import global_and_series, new_store, xml_of
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

_SETS = frozenset({"ome_tiff", "companion_ome", "micromanager"})
ALONE = frozenset(key for key, form in FORMATS.items() if form.group == "TIFF and its dialects") - _SETS | {
    *("svs", "scn", "ndpi", "qptiff", "philips_tiff", "bif", "czi", "nd2", "lif", "lof"),
    *("jpeg", "png", "gif", "bmp", "jp2", "j2k", "dicom"),
}
"""Formats of one file each: neighbours are hidden."""

WRONG = {"SIFReader": "it takes the last bytes of the file for the image, whatever they are"}
"""Readers whose pixels are wrong; they recognise their formats, and are not read with."""

HEAP_SHARE = 8
"""A single read asks for at most this part of the heap: decoders hold several copies of what they decode."""

OPEN_S, SET_S, READ_S = 120.0, 3600.0, 600.0
"""Longest times to open one file (and a second more for each MB of it), to open a set, to read a region."""

WHOLE_PLANE_BYTES = 64 * 1024 * 1024


class BioFormatsReader:
    """An open source, read by one Bio-Formats reader."""

    backend = "bioformats"
    library = "Bio-Formats"

    def __init__(self, request: Request) -> None:
        java = machine(request.options)
        self.version = java.version
        self.path = request.path
        self._limit = java.heap_mb * 1024 * 1024 // HEAP_SHARE
        self._plane: tuple[Any, npt.NDArray[Any]] | None = None
        self._buffer = JavaBuffer()
        alone = request.fmt in ALONE
        self._link = private_link(request.path) if alone else None
        opened = self._link or request.path.absolute()
        try:
            with java_exceptions():
                self._reader = new_reader(_reader_class(request, opened), request.options)
                self._open(opened, alone)
        except BaseException:
            remove_link(self._link)
            raise

    def _open(self, opened: Path, alone: bool) -> None:
        try:
            self._store = new_store()
            self._reader.setMetadataStore(self._store)
            self._reader.setOriginalMetadataPopulated(False)
            self._reader.setFlattenedResolutions(False)
            # Also of a file alone: some readers need their grouping to put the scenes of one file together.
            self._reader.setGroupFiles(True)
            within(self._patience_s(alone), lambda: self._reader.setId(str(opened)), self._reader.close)
            self.images: Sequence[ImageInfo] = describe_series(self._reader, self._store)
        except BaseException:
            self._reader.close()
            raise

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`.

        Many of Bio-Formats' readers decode a plane whole for every region of it, so a small plane is read
        once and kept for the bands that follow.
        """
        info = self.images[image]
        size_y, size_x = info.levels[level] if info.levels else (info.size_y, info.size_x)
        pixel = info.samples * np.dtype(info.dtype).itemsize
        small = size_y * size_x * pixel <= min(WHOLE_PLANE_BYTES, self._limit)
        key = (image, t, c, z, level)
        if small and width == size_x and height < size_y:
            if self._plane is None or self._plane[0] != key:
                self._plane = None
                self._plane = key, self.read_region(image, t, c, z, 0, 0, size_y, size_x, level)
            return np.ascontiguousarray(self._plane[1][y : y + height, x : x + width])
        out = np.empty((height, width) + ((info.samples,) if info.samples > 1 else ()), dtype=info.dtype)
        read = self._buffer.read
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        with java_errors(where, self.path):
            self._reader.setSeries(image)
            self._reader.setResolution(level)
            number = self._reader.getIndex(z, c, t)
            for top, left, rows, columns in self._blocks(info, height, width, pixel):
                place = (x + left, y + top, columns, rows)
                found = within(READ_S, partial(read, self._reader, number, place, info, where), self._reader.close)
                out[top : top + rows, left : left + columns] = found
        return out

    def _patience_s(self, alone: bool) -> float:
        return OPEN_S + self.path.stat().st_size / 1e6 if alone else SET_S

    def _blocks(self, info: ImageInfo, height: int, width: int, pixel: int) -> Iterator[tuple[int, int, int, int]]:
        """Cut a region into (top, left, rows, columns) that each fit the share of the heap: rows of tiles."""
        columns = min(width, max(1, self._limit // pixel))
        rows = min(height, max(1, self._limit // (columns * pixel)))
        if info.tile and info.tile[0] < rows < height:
            rows -= rows % info.tile[0]
        for top in range(0, height, rows):
            for left in range(0, width, columns):
                yield top, left, min(rows, height - top), min(columns, width - left)

    def ome_xml(self) -> str | None:
        """OME-XML (2016-06) that the Bio-Formats reader made of the source."""
        with java_errors("OME-XML", self.path):
            return xml_of(self._store)

    def vendor_metadata(self) -> dict[str, Any]:
        """Return Bio-Formats' original metadata: its table for the file, and one for each series."""
        with java_errors("metadata", self.path):
            found = global_and_series(self._reader)
        if self._link is None:
            return {"bioformats": found}
        return {"bioformats": _replaced(found, str(self._link.parent), str(self.path.parent))}

    def files(self) -> list[Path]:
        """Every file that Bio-Formats names as used, for the whole and for each series; sorted."""
        with java_errors("file set", self.path):
            used = {str(name) for name in self._reader.getUsedFiles()}
            for number in range(self._reader.getSeriesCount()):
                self._reader.setSeries(number)
                used |= {str(name) for name in self._reader.getSeriesUsedFiles() or ()}
        return named_as(self.path, used, self._link)

    def close(self) -> None:
        """Close the file, and let go of the buffers."""
        self._plane = None
        self._buffer.free()
        self._reader.close()
        remove_link(self._link)


def open_reader(request: Request) -> BioFormatsReader:
    """Open a source with Bio-Formats."""
    return BioFormatsReader(request)


def _reader_class(request: Request, opened: Path) -> str:
    """Class that the format's row names; of several, or of none, the one that claims the content."""
    named = FORMATS[request.fmt].bioformats
    if reason := next((WRONG[name] for name in named if name in WRONG), None):
        raise ValueError(f"Bio-Formats does not read this format rightly: {reason}")
    if "FitsReader" in named:
        _require_primary_image(opened)
    found = named[0] if len(named) == 1 else recognised_by(opened, request.options)
    if found not in named and named:
        found = named[0]
    if found is None:
        raise ValueError("no Bio-Formats reader claims it")
    return found


def _require_primary_image(path: Path) -> None:
    """Refuse FITS without an image in its first unit: `FitsReader` takes tables for images, or never ends."""
    with path.open("rb") as stream:
        cards = re.findall(rb"NAXIS   = *([0-9]+)", stream.read(2880))
    if not cards or int(cards[0]) < 2:
        raise ValueError("no image in the first unit of the FITS file")


def _replaced(value: Any, old: str, new: str) -> Any:
    """Metadata with the private folder's path put back to the source's, as if it had been opened there."""
    if isinstance(value, dict):
        return {key.replace(old, new): _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return value.replace(old, new) if isinstance(value, str) else value
