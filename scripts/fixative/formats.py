"""The formats that are recognised, as data: name, vendor, extensions, and the backends that read each.

A format without a backend is recognised all the same: opening it says that no reader here reads it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One format or dialect."""

    key: str
    name: str
    vendor: str
    extensions: tuple[str, ...]
    backends: tuple[str, ...] = ()
    """Keys of `fixative.readers.backends.BACKENDS`, the first tried first."""
    witnesses: tuple[str, ...] = ()
    """Backends asked before the rest of ``backends`` when a second reader is wanted."""
    bioformats: str | None = None
    """Class of the Bio-Formats reader, for formats that Bio-Formats recognises."""


_TIFF = ("tifffile", "bioformats", "rasterio")
_RASTER = ("imagecodecs", "bioformats", "pillow")
_BF = ("bioformats",)
_EM = ("rosettasciio",)
_SLIDE = ("tifffile", "openslide", "bioformats")

_ROWS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("tiff", "TIFF", "", ".tif .tiff .btf .tf2 .tf8", _TIFF),
    ("ome_tiff", "OME-TIFF", "OME", ".ome.tif .ome.tiff .ome.btf .ome.tf2 .ome.tf8", _TIFF),
    ("companion_ome", "OME-TIFF set with a companion file", "OME", ".companion.ome", _TIFF),
    ("imagej_tiff", "ImageJ TIFF", "ImageJ", ".tif .tiff", _TIFF),
    ("micromanager", "Micro-Manager image stack", "Micro-Manager", ".ome.tif .tif", _TIFF),
    ("ndtiff", "NDTiff", "Micro-Manager", ".tif", _TIFF),
    ("lsm", "LSM", "Zeiss", ".lsm", _TIFF),
    ("metamorph", "MetaMorph stack", "Molecular Devices", ".stk .tif", _TIFF),
    ("metaxpress", "MetaXpress TIFF", "Molecular Devices", ".tif", _TIFF),
    ("fluoview", "FluoView TIFF", "Olympus", ".tif", _TIFF),
    ("scanimage", "ScanImage TIFF", "Vidrio", ".tif", _TIFF),
    ("svs", "Aperio SVS", "Leica", ".svs .tif", _SLIDE),
    ("scn", "Leica SCN", "Leica", ".scn", _SLIDE),
    ("ndpi", "Hamamatsu NDPI", "Hamamatsu", ".ndpi", _SLIDE),
    ("qptiff", "PerkinElmer QPTIFF", "Akoya", ".qptiff .tif", _TIFF),
    ("philips_tiff", "Philips TIFF", "Philips", ".tiff", _SLIDE),
    ("bif", "Ventana BIF", "Roche", ".bif .tif", _SLIDE),
    ("fei_tiff", "FEI SEM TIFF", "Thermo Fisher", ".tif", _TIFF),
    ("sem_tiff", "Zeiss SEM TIFF", "Zeiss", ".tif", _TIFF),
    ("sis_tiff", "Olympus SIS TIFF", "Olympus", ".tif", _TIFF),
    ("scitiff", "SciTIFF", "SciTIFF", ".tif .tiff", ("scitiff", "tifffile", "bioformats")),
    ("metaxpress_plate", "MetaXpress plate", "Molecular Devices", ".htd", ("metaxpress_plate",)),
    ("geotiff", "GeoTIFF", "OGC", ".tif .tiff", ("rasterio", "tifffile", "bioformats")),
    ("czi", "CZI", "Zeiss", ".czi", ("pylibCZIrw", "bioformats")),
    ("nd2", "ND2", "Nikon", ".nd2", ("nd2", "bioformats")),
    ("lif", "LIF", "Leica", ".lif", ("liffile", "bioformats")),
    ("lof", "LOF", "Leica", ".lof", ("liffile", "bioformats")),
    ("xlef", "XLEF", "Leica", ".xlef .xlif", ("liffile", "bioformats")),
    ("dv", "DeltaVision", "Cytiva", ".dv .r3d", ("bioio-dv", "bioformats")),
    ("ome_zarr", "OME-Zarr", "OME", ".zarr .ome.zarr", ("zarr", "bioio-ome-zarr")),
    ("zarr", "Zarr without OME metadata", "", ".zarr", ("zarr",)),
    ("jpeg", "JPEG", "", ".jpg .jpeg", _RASTER),
    ("png", "PNG", "", ".png", _RASTER),
    ("gif", "GIF", "", ".gif", _RASTER),
    ("bmp", "BMP", "", ".bmp", _RASTER),
    ("webp", "WebP", "", ".webp", ("imagecodecs", "pillow")),
    ("jp2", "JPEG 2000", "", ".jp2 .jpx", ("rasterio", "imagecodecs", "bioformats")),
    ("j2k", "JPEG 2000 codestream", "", ".j2k .j2c .jpc", ("rasterio", "imagecodecs", "bioformats")),
    ("avi", "AVI film", "", ".avi", _BF),
    ("mp4", "MPEG-4 or QuickTime film", "", ".mp4 .mov", _BF),
    ("ome_xml", "OME-XML", "OME", ".ome .ome.xml", _BF),
    ("oib", "OIB", "Olympus", ".oib", ("oiffile", "bioformats")),
    ("oif", "OIF", "Olympus", ".oif", ("oiffile", "bioformats")),
    ("vsi", "cellSens VSI", "Olympus", ".vsi", _BF),
    ("zvi", "ZVI", "Zeiss", ".zvi", _BF),
    ("mrxs", "MIRAX", "3DHISTECH", ".mrxs", ("openslide",)),
    ("dicom", "DICOM", "", ".dcm", ("pydicom", "bioformats", "itk")),
    ("mrc", "MRC or CCP4 map", "", ".mrc .map .st .rec", ("rosettasciio", "bioformats", "itk")),
    ("klb", "Keller Lab Block", "", ".klb", _BF),
    ("imaris", "Imaris", "Oxford Instruments", ".ims", ("imaris", "bioformats")),
    ("emd", "EMD", "", ".emd", ("rosettasciio",)),
    ("hdf5", "HDF5", "", ".h5 .hdf5", ("rosettasciio",)),
    ("minc", "MINC", "", ".mnc", ("nibabel", "bioformats")),
    ("dm3", "DM3", "Gatan", ".dm3", ("rosettasciio", "bioformats")),
    ("dm4", "DM4", "Gatan", ".dm4", ("rosettasciio", "bioformats")),
    ("ser", "TIA SER", "Thermo Fisher", ".ser", _EM),
    ("emi", "TIA EMI", "Thermo Fisher", ".emi", _EM),
    ("bcf", "BCF", "Bruker", ".bcf", _EM),
    ("blo", "BLO", "NanoMegas", ".blo", _EM),
    ("tvips", "TVIPS", "TVIPS", ".tvips", _EM),
    ("prz", "Panta Rhei PRZ", "CEOS", ".prz", _EM),
    ("elid", "ELID", "Phenom", ".elid", _EM),
    ("spe", "SPE", "Princeton Instruments", ".spe", ("bioformats", "imageio-spe")),
    ("sif", "SIF", "Andor", ".sif", ("sif_parser", "bioformats")),
    ("biorad_pic", "Bio-Rad PIC", "Bio-Rad", ".pic", ("bioformats", "itk")),
    ("metamorph_nd", "MetaMorph ND", "Molecular Devices", ".nd", _BF),
    ("ics", "ICS", "SVI", ".ics", _BF),
    ("nrrd", "NRRD", "", ".nrrd .nhdr", ("bioformats", "itk")),
    ("nifti", "NIfTI", "", ".nii", ("bioformats", "nibabel", "itk")),
    ("fits", "FITS", "", ".fits .fit", ("astropy", "bioformats")),
    ("flashpix", "FlashPix", "", ".fpx .mic", ("pillow",)),
    ("spider", "SPIDER", "", ".spi .spider", ("pillow", "bioformats")),
)

_WITNESSES: dict[str, tuple[str, ...]] = {
    "lif": ("bioformats", "aicsimageio-lif"),
    "ome_zarr": ("tensorstore",),
    "zarr": ("tensorstore",),
    "png": ("bioformats", "aicsimageio-imageio"),
    "gif": ("bioformats", "aicsimageio-imageio"),
    "bmp": ("bioformats", "aicsimageio-imageio"),
}

FORMATS: dict[str, Format] = {
    key: Format(key, name, vendor, tuple(extensions.split()), backends, _WITNESSES.get(key, ()))
    for key, name, vendor, extensions, backends in _ROWS
}
