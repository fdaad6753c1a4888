"""Maps, elevation models and remote sensing, through GDAL.

Only formats whose driver was seen to refuse a truncated file, or whose length is measured before it is read.
"""

from fixative.formats.rows import BF, GDAL, Row

ROWS: tuple[Row, ...] = (
    Row("envi", "ENVI", "NV5", ".dat .img .bsq .bil .bip .raw", GDAL),
    Row("hfa", "ERDAS Imagine", "Hexagon", ".img", GDAL),
    Row("pcidsk", "PCIDSK", "PCI Geomatics", ".pix", GDAL),
    Row("nitf", "NITF", "NGA", ".ntf .nitf", GDAL),
    Row("grib", "GRIB", "WMO", ".grb .grb2 .grib .grib2", GDAL),
    Row("rst", "IDRISI raster", "Clark Labs", ".rst", GDAL),
    Row("ehdr", "ESRI header with raw data", "Esri", ".bil .bip .bsq .flt", GDAL),
    Row("aaigrid", "ASCII grid", "Esri", ".asc .agr", GDAL),
    Row("pcraster", "PCRaster map", "Utrecht University", ".map", GDAL),
    Row("saga", "SAGA grid", "SAGA", ".sdat", GDAL),
    Row("binary_terrain", "Binary terrain", "VTP", ".bt", GDAL),
    Row("kro", "KOLOR raw", "Kolor", ".kro", GDAL),
    Row("hrdgdf", "Gridded wind field", "NOAA", "", BF, "HRDGDFReader"),
)
