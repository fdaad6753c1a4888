"""GeoTIFF, JPEG 2000 and other rasters of GDAL's, region by region, through rasterio.

Values are the stored ones: no scale, no offset, no nodata mask is applied, an orientation tag turns nothing, and
what GDAL would convert to RGB is left to other readers (`rasterio_images`). Levels are the stored overviews,
opened each as itself, never resampled. GDAL writes nothing: its auxiliary files (``.aux.xml``) are neither written
nor read, and world files or overviews beside a file are not looked at.
"""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.io import DatasetReader
from rasterio.windows import Window

from fixative.findings import RefusedSample
from fixative.readers.gdal.env import DECODERS, drivers_of, gdal
from fixative.readers.gdal.images import images_of
from fixative.readers.gdal.metadata import gdal_tree
from fixative.readers.gdal.pages import pages_of
from fixative.readers.gdal.raw import require_whole
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

MOST_OPEN = 8
"""Datasets that are kept open: pages and levels of one file, each with buffers of its own."""

_OPTIONS: dict[str, dict[str, str]] = {
    "JP2OpenJPEG": {"STRICT": "YES", "1BIT_ALPHA_PROMOTION": "NO", "OPEN_REMOTE_GML": "NO"}
}
"""Open options by driver: no leniency, no promotion, no network."""


class RasterioReader:
    """An open raster."""

    backend = "rasterio"

    def __init__(self, path: Path, fmt: str) -> None:
        self.path = path
        self.version = f"{rasterio.__version__} (GDAL {rasterio.__gdal_version__})"
        self._drivers = drivers_of(path, fmt)
        self._siblings = self._drivers[0] not in ("GTiff", "JP2OpenJPEG", "JPEG", "PNG")
        self._open: OrderedDict[tuple[str, int], Any] = OrderedDict()
        try:
            with gdal(siblings=self._siblings):
                main = self._dataset(str(path.absolute()))
                self._files = _own_files(main, path)
                require_whole(main, path)
                self._driver: str = main.driver
                pages = pages_of(path.absolute(), fmt, main)
                self._pages = tuple(page.name for page in pages)
                self._found = list(images_of(pages, self._dataset))
        except BaseException:
            self.close()
            raise
        self.library = DECODERS.get(self._driver, "GDAL")
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in self._found)

    def _dataset(self, name: str, **options: str) -> Any:
        """Open a dataset, or find it open; the one used longest ago is closed."""
        key = name, int(options.get("OVERVIEW_LEVEL", -1))
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        # Options that a driver does not know are warned of, so each gets its own.
        own = _OPTIONS.get(self._drivers[0], {}) if len(self._drivers) == 1 else {}
        dataset = DatasetReader(name, driver=list(self._drivers), **own, **options)
        if len(self._open) >= MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        self._open[key] = dataset
        return dataset

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, layout = self._found[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}" + (f" level {level}" if level else "")
        if (t, c, z) in info.absent:
            raise RefusedSample("CNV001", where=where, reason="this plane was never written")
        options = {"OVERVIEW_LEVEL": str(level - 1)} if level else {}
        bands = layout.bands if info.samples > 1 else layout.bands[c : c + 1]
        with decoding(undecodable(where, self.path)), gdal(siblings=self._siblings):
            dataset = self._dataset(layout.pages[t], **options)
            try:
                found = dataset.read(list(bands), window=Window(x, y, width, height))
            except rasterio.errors.RasterioError as error:
                # Its own message is "Read failed"; the cause says why.
                raise error.__cause__ or error from None
        found = _stored(found, info, where)
        if found.shape != (len(bands), height, width):
            raise RefusedSample("CNV003", where=where, expected=f"{(len(bands), height, width)}", found=found.shape)
        return np.ascontiguousarray(found[0] if info.samples == 1 else np.moveaxis(found, 0, 2))

    def ome_xml(self) -> str | None:
        """GDAL knows no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return all that GDAL knows of each dataset: ``{"gdal": tree}``; see `rasterio_metadata`."""
        refused = lambda error: RefusedSample("MET002", reason=type(error).__name__)  # noqa: E731
        with decoding(refused), gdal(siblings=self._siblings):
            return {"gdal": gdal_tree(self._driver, (self._dataset(name) for name in self._pages))}

    def files(self) -> list[Path]:
        """Return the file, and those of its format beside it that GDAL reads with it."""
        return list(self._files)

    def close(self) -> None:
        """Close every dataset."""
        while self._open:
            self._open.popitem()[1].close()


def open_reader(request: Request) -> RasterioReader:
    """Open a raster of GDAL's."""
    return RasterioReader(request.path, request.fmt)


def _stored(found: npt.NDArray[Any], info: ImageInfo, where: str) -> npt.NDArray[Any]:
    """Values as the file stores them: GDAL delivers bits in bytes, and half floats as floats."""
    if found.dtype.name == info.dtype:
        return found
    wanted = np.dtype(info.dtype)
    if (found.dtype.name, info.dtype) not in (("uint8", "bool"), ("float32", "float16")):
        raise RefusedSample("CNV003", where=where, expected=info.dtype, found=found.dtype.name)
    stored = found.astype(wanted)
    if not np.array_equal(stored, found, equal_nan=wanted.kind == "f"):
        raise RefusedSample("CNV003", where=where, expected=f"values of {info.dtype}", found="others")
    return stored


def _own_files(dataset: Any, path: Path) -> tuple[Path, ...]:
    """Files that the driver reads; GDAL lists its auxiliary files as well, which it is told not to read."""
    found = {path: None}
    for name in dataset.files:
        member = path.parent / Path(name).name
        if Path(name).parent != path.absolute().parent:
            raise ValueError("a file that lies in another folder")
        if not name.lower().endswith((".aux.xml", ".ovr", ".msk")):
            found[member] = None
    # The driver takes the reference system from there and does not say so.
    if dataset.driver == "BT" and (system := path.with_suffix(".prj")).is_file():
        found[system] = None
    return tuple(found)
