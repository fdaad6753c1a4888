"""The shape of a row of the table of formats, and the orders of backends that many rows share."""

from typing import NamedTuple


class Row(NamedTuple):
    """One format; lists are words parted by blanks."""

    key: str
    name: str
    vendor: str
    extensions: str
    backends: str
    bioformats: str = ""
    """Classes of Bio-Formats readers."""


TIFF = "tifffile bioformats rasterio"
SLIDE = "tifffile openslide bioformats"
RASTER = "imagecodecs bioformats pillow"
BF = "bioformats"
EM = "rosettasciio"
GDAL = "rasterio"
