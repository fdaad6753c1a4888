"""GDAL as Fixative runs it: which drivers may open a file, which settings hold, what its log means.

GDAL's drivers read far more than files: some fetch from the network, some run expressions or follow paths
that stand in the file. Only those named here are ever asked, each by the format that was identified.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rasterio
from rasterio.session import DummySession

from fixative.findings import RefusedSample
from fixative.tiff_dialect import MAGIC

DRIVERS: dict[str, tuple[str, ...]] = {
    "jp2": ("JP2OpenJPEG",),
    "j2k": ("JP2OpenJPEG",),
    "jpeg": ("JPEG",),
    "png": ("PNG",),
    "bmp": ("BMP",),
    "webp": ("WEBP",),
    "envi": ("ENVI",),
    "hfa": ("HFA",),
    "nitf": ("NITF",),
    "pcidsk": ("PCIDSK",),
    "sgi": ("SGI",),
    "pnm": ("PNM",),
    "grib": ("GRIB",),
    "rst": ("RST",),
    "ehdr": ("EHdr",),
    "aaigrid": ("AAIGrid",),
    "pcraster": ("PCRaster",),
    "saga": ("SAGA",),
    "binary_terrain": ("BT",),
    "kro": ("KRO",),
}
"""Format to the drivers that are asked. A TIFF of any dialect has its own; other formats fall back on `LOCAL`."""

LOCAL: tuple[str, ...] = (
    *("AAIGrid", "BMP", "BT", "EHdr", "ENVI", "GRIB", "HFA", "ISCE", "JP2OpenJPEG", "JPEG", "KRO", "NITF", "PCIDSK"),
    *("PCRaster", "PNG", "PNM", "RRASTER", "RST", "SAGA", "SGI", "WEBP"),
)
"""Drivers that read files of their own format from disk and nothing else, and were seen to refuse a truncated one.

Left out: what fetches or may fetch (HTTP, WCS, WMS, WMTS, PLMOSAIC, EEDA, STACIT, STACTA, MRF, Zarr, netCDF,
KMLSUPEROVERLAY, PDF), what computes or points elsewhere (VRT, DERIVED, GTI, TIL, DIMAP, SAFE, RPFTOC, ECRGTOC, ERS,
SAR_CEOS), databases (MBTiles, GPKG, Rasterlite), the first frame of a film (GIF), and what fills the end of a
truncated file with zeros, in silence (ISIS3, MFF, VICAR and, most likely, more of GDAL's raw formats). Those of
`rasterio_raw.CHECKS` do so too: they are measured before they are read.
"""

DECODERS: dict[str, str] = {
    "JP2OpenJPEG": "OpenJPEG",
    "JPEG": "libjpeg",
    "PNG": "libpng",
    "WEBP": "libwebp",
    "GRIB": "g2clib",
}
"""Library that decodes, by driver, where it is not GDAL's own code."""

SETTINGS: dict[str, str | int] = {
    # Nothing is written beside the source, and what lies there unasked does not change what is read.
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GTIFF_IMPLICIT_JPEG_OVR": "NO",
    # A fault of a decoder is an error, never a warning beside grey pixels.
    "GDAL_ERROR_ON_LIBJPEG_WARNING": "TRUE",
    "GTIFF_IGNORE_READ_ERRORS": "NO",
    "RAW_CHECK_FILE_SIZE": "YES",
    # In other threads GDAL's errors bypass the handler, and memory has no bound.
    "GDAL_NUM_THREADS": "1",
    "GDAL_CACHEMAX": 64 * 1024 * 1024,
    "GDAL_MAX_DATASET_POOL_SIZE": "16",
    "OGR_GMLJP2_RESOLVE_XLINKS": "NO",
    "PROJ_NETWORK": "OFF",
    "CPL_CURL_ENABLE_VSIMEM": "NO",
}

LOST = re.compile(
    r"IO error during reading|Failed to (?:read|fetch|allocate|set)|Bogus \"(?:Strip|Tile)|Read error|"
    r"[Nn]ot enough data|[Pp]remature|[Cc]orrupt|Bad code|Line length mismatch|unexpected end|short read|"
    r"too short|only \d+ bytes|missing (?:EOI|data|required)"
)
"""Warnings of GDAL 3.10 and its libraries that mean that something was not there.

Others are about tags that libtiff does not know or values it has repaired without touching pixels.
"""

_LOGGERS = ("rasterio._err", "rasterio._env")


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lost = False

    def emit(self, record: logging.LogRecord) -> None:
        self.lost = self.lost or bool(LOST.search(record.getMessage()))


@contextmanager
def gdal(*, siblings: bool = False) -> Iterator[None]:
    """Run GDAL under `SETTINGS`; what it merely logs about lost data becomes a refusal.

    Parameters
    ----------
    siblings : bool
        Let a driver look for the other files of its format, by name; otherwise it sees the one file alone.

    Raises
    ------
    RefusedSample
        INV005 where GDAL went on although something could not be read.
    """
    readdir = "TRUE" if siblings else "EMPTY_DIR"
    ear = _Ear()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger.propagate, logger.level, logger.disabled) for logger in loggers]
    for logger in loggers:
        logger.propagate, logger.disabled = False, False
        logger.setLevel(logging.WARNING)
        logger.addHandler(ear)
    try:
        with rasterio.Env(session=DummySession(), GDAL_DISABLE_READDIR_ON_OPEN=readdir, **SETTINGS):
            yield
    finally:
        for logger, state in zip(loggers, before, strict=True):
            logger.removeHandler(ear)
            logger.propagate, level, logger.disabled = state
            logger.setLevel(level)
        # Also when the block raised: what was lost is the better reason.
        if ear.lost:
            raise RefusedSample("INV005", reason="GDAL cannot read a part of the file that another part points to")


def drivers_of(path: Path, fmt: str) -> tuple[str, ...]:
    """Drivers that may open a file of a format."""
    with path.open("rb") as stream:
        if stream.read(8).startswith(MAGIC):
            return ("GTiff",)
    return DRIVERS.get(fmt, LOCAL)
