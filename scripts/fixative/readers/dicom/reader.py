"""DICOM through pydicom: stored values frame by frame, whole slides tile by tile.

pydicom reads the data set; where the pixel data lie is found from it, and frames are decoded one by one as
regions ask for them (`pydicom_frames`, `pydicom_codecs`). What frames become is in `pydicom_layout` and
`pydicom_slide`.

Values are those stored: no rescale slope, no window, no lookup table of modality or display.

* MONOCHROME1 is ``miniswhite``, PALETTE COLOR ``palette`` with its lookup tables as colour map.
* Luma and chroma (YBR_FULL and its kind) that are stored as such are delivered as three channels Y, Cb and Cr:
  the way to red, green and blue rounds and cannot be undone. Only where the compression itself has that step
  (JPEG of 8 bits, JPEG 2000 with its own transform) its decoder delivers red, green and blue.
* Signed values of fewer bits than allocated are sign-extended where the bits above them are zero. What else
  lies in bits above (overlays of old files) is kept in unsigned values and refused in signed ones.
"""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pydicom

from fixative.findings import RefusedSample
from fixative.readers.dicom.codecs import decode_frame
from fixative.readers.dicom.file import BIG, open_dicom, read_rest
from fixative.readers.dicom.form import form_of, palette_of, photometric_of, significant_bits_of
from fixative.readers.dicom.frames import EncapsulatedFrames, NativeFrames, extended_table
from fixative.readers.dicom.layout import Planes, planes_of
from fixative.readers.dicom.native import bits_of_row, read_rows, rows_of_frame, sign_extended
from fixative.readers.dicom.slide import KINDS, Slide, is_slide, slide_of
from fixative.readers.dicom.tree import tree_of
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

WHOLE_FRAME_BYTES = 16 * 1024 * 1024
"""A frame that is not compressed is read and kept whole up to this size, and by rows beyond."""
_CHROMA = 3
Place = tuple[int, int, int]


class PydicomReader:
    """An open DICOM file: one image."""

    backend = "pydicom"
    version = pydicom.__version__

    def __init__(self, request: Request) -> None:
        self.path = request.path
        options = request.options
        self._file = open_dicom(self.path, options.memory_mb)
        self._cache_bytes = max(1, min(128, options.memory_mb // 4)) * 1024 * 1024
        self._cache: OrderedDict[int, npt.NDArray[Any]] = OrderedDict()
        try:
            ds = self._file.ds
            self._form = form_of(self._file)
            self.library = self._form.library
            self._frame_count = max(1, int(ds.get("NumberOfFrames") or 1))
            self._native, self._coded = self._frames()
            self._slide = slide_of(ds, self._frame_count) if is_slide(ds) else None
            self._planes = planes_of(ds, self._frame_count) if self._slide is None else None
            self.images: Sequence[ImageInfo] = (self._image(options.whole_planes_only),)
        except BaseException:
            self._file.stream.close()
            raise

    def _frames(self) -> tuple[NativeFrames | None, EncapsulatedFrames | None]:
        file, form = self._file, self._form
        if file.length is None:
            table = extended_table(file.ds)
            coded = EncapsulatedFrames(file.stream, file.start, frames=self._frame_count, extended=table)
            read_rest(file, coded.end)
            return None, coded
        if form.encapsulated:
            raise RefusedSample("INV005", reason="compressed DICOM pixel data that are not encapsulated")
        native = NativeFrames(
            file.stream,
            file.start,
            file.length,
            frames=self._frame_count,
            rows=rows_of_frame(form),
            row_bits=bits_of_row(form),
        )
        return native, None

    def _image(self, whole_planes_only: bool) -> ImageInfo:
        ds, form = self._file.ds, self._form
        photometric = photometric_of(form)
        self._chroma = _CHROMA if photometric is None else 1
        palette = palette_of(ds, form) if photometric == "palette" else None
        (t, c, z), folded = self._sizes()
        slide = self._slide
        size_y, size_x = slide.size if slide else (form.rows, form.columns)
        kinds = [KINDS[str(value)] for value in list(ds.get("ImageType") or ())[2:] if str(value) in KINDS]
        damaged = slide.damaged if slide else frozenset()
        if damaged and slide and not whole_planes_only:
            found = int((slide.frames >= 0).sum())
            where = "DICOM slide: some planes have gaps"
            raise RefusedSample("INV004", promised=f"{slide.frames.size} tiles", present=found, where=where)
        samples = form.samples if self._chroma == 1 else 1
        return ImageInfo(
            index=0,
            name=None,
            size_t=t,
            size_c=c * self._chroma,
            size_z=z,
            size_y=size_y,
            size_x=size_x,
            samples=samples,
            dtype=form.dtype,
            kind=cast(Literal["image", "label", "macro", "thumbnail"], kinds[0] if slide and kinds else "image"),
            source_axes="TCZYX" + ("S" if samples > 1 else ""),
            folded=folded,
            byte_order="big" if self._file.syntax == BIG else "little",
            significant_bits=significant_bits_of(ds, form),
            photometric="minisblack"
            if photometric is None or (photometric == "palette" and palette is None)
            else photometric,
            palette=palette,
            tile=slide.tile if slide else None,
            absent=self._channels(slide.empty if slide else frozenset()),
            missing=self._channels(damaged),
        )

    def _sizes(self) -> tuple[Place, dict[str, str]]:
        if self._slide is not None:
            paths, planes = self._slide.frames.shape[:2]
            return (1, paths, planes), {}
        planes_map = cast(Planes, self._planes)
        return planes_map.sizes, planes_map.folded

    def _channels(self, planes: frozenset[Place]) -> frozenset[Place]:
        """Planes of frames as planes of the image, where luma and chroma are channels."""
        return frozenset((t, c * self._chroma + s, z) for t, c, z in planes for s in range(self._chroma))

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`.

        Of a slide only the frames that the region touches are decoded; decoded frames are kept up to a bound.
        """
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        c, sample = divmod(c, self._chroma)
        with decoding(undecodable(where, self.path)):
            if self._slide is not None:
                found = self._assembled(self._slide, c, z, y, x, height, width)
            else:
                frame = cast(Planes, self._planes).frames[t, c, z]
                found = self._rows(frame, y, height)[:, x : x + width]
        if self._chroma > 1:
            return np.ascontiguousarray(found[:, :, sample])
        return np.ascontiguousarray(found[:, :, 0] if self._form.samples == 1 else found)

    def _assembled(self, slide: Slide, c: int, z: int, y: int, x: int, height: int, width: int) -> npt.NDArray[Any]:
        """Put the tiles that a region touches together."""
        tile_y, tile_x = slide.tile
        found = np.empty((height, width, self._form.samples), self._form.dtype)
        for row in range(y // tile_y, -(-(y + height) // tile_y)):
            for column in range(x // tile_x, -(-(x + width) // tile_x)):
                frame = int(slide.frames[c, z, row, column])
                if frame < 0:
                    raise RefusedSample("CNV001", where=f"C{c} Z{z}", reason="a tile that the file does not hold")
                top, left = max(y, row * tile_y), max(x, column * tile_x)
                end, right = min(y + height, (row + 1) * tile_y), min(x + width, (column + 1) * tile_x)
                found[top - y : end - y, left - x : right - x] = self._frame(frame)[
                    top - row * tile_y : end - row * tile_y, left - column * tile_x : right - column * tile_x
                ]
        return found

    def _rows(self, frame: int, first: int, count: int) -> npt.NDArray[Any]:
        form = self._form
        large = form.rows * form.columns * form.samples * form.bits_allocated // 8 > WHOLE_FRAME_BYTES
        if self._native is not None and large:
            return self._stored_rows(self._native, frame, first, count)
        return self._frame(frame)[first : first + count]

    def _frame(self, frame: int) -> npt.NDArray[Any]:
        """Return one whole frame, shape (rows, columns, samples), from the cache where it is there."""
        if frame in self._cache:
            self._cache.move_to_end(frame)
            return self._cache[frame]
        if self._native is not None:
            found = self._stored_rows(self._native, frame, 0, self._form.rows)
        else:
            found = decode_frame(cast(EncapsulatedFrames, self._coded).frame(frame), self._form)
        self._cache[frame] = found
        while len(self._cache) > 1 and len(self._cache) * found.nbytes > self._cache_bytes:
            self._cache.popitem(last=False)
        return found

    def _stored_rows(self, native: NativeFrames, frame: int, first: int, count: int) -> npt.NDArray[Any]:
        form, big = self._form, self._file.syntax == BIG
        values = read_rows(native, form, frame, first, count, big_endian=big, words=self._file.words)
        return sign_extended(values, form, int(self._file.ds.get("HighBit", form.bits_stored - 1)))

    def ome_xml(self) -> str | None:
        """DICOM carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return every attribute by keyword, the file meta information under ``FileMetaInformation``."""
        file = self._file
        stored: dict[str, Any] = {"frames": self._frame_count}
        if file.length is not None:
            stored["bytes"] = file.length
        keyword = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData"}.get(file.tag, "PixelData")
        tree = {"FileMetaInformation": tree_of(file.ds.file_meta)} if len(file.ds.file_meta) else {}
        return {"dicom": tree | tree_of(file.ds) | {keyword: stored}}

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file and forget its frames."""
        self._cache.clear()
        self._file.stream.close()


def open_reader(request: Request) -> PydicomReader:
    """Open a DICOM file."""
    return PydicomReader(request)
