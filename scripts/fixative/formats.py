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


_TIFF = ("tifffile",)
_RASTER = ("imagecodecs",)

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
    ("svs", "Aperio SVS", "Leica", ".svs .tif", _TIFF),
    ("scn", "Leica SCN", "Leica", ".scn", _TIFF),
    ("ndpi", "Hamamatsu NDPI", "Hamamatsu", ".ndpi", _TIFF),
    ("qptiff", "PerkinElmer QPTIFF", "Akoya", ".qptiff .tif", _TIFF),
    ("philips_tiff", "Philips TIFF", "Philips", ".tiff", _TIFF),
    ("bif", "Ventana BIF", "Roche", ".bif .tif", _TIFF),
    ("fei_tiff", "FEI SEM TIFF", "Thermo Fisher", ".tif", _TIFF),
    ("sem_tiff", "Zeiss SEM TIFF", "Zeiss", ".tif", _TIFF),
    ("sis_tiff", "Olympus SIS TIFF", "Olympus", ".tif", _TIFF),
    ("geotiff", "GeoTIFF", "OGC", ".tif .tiff", _TIFF),
    ("czi", "CZI", "Zeiss", ".czi", ("pylibCZIrw",)),
    ("nd2", "ND2", "Nikon", ".nd2", ("nd2",)),
    ("lif", "LIF", "Leica", ".lif", ("liffile",)),
    ("lof", "LOF", "Leica", ".lof", ("liffile",)),
    ("xlef", "XLEF", "Leica", ".xlef .xlif", ("liffile",)),
    ("dv", "DeltaVision", "Cytiva", ".dv .r3d", ("bioio-dv",)),
    ("ome_zarr", "OME-Zarr", "OME", ".zarr .ome.zarr", ("zarr", "bioio-ome-zarr")),
    ("zarr", "Zarr without OME metadata", "", ".zarr", ("zarr",)),
    ("jpeg", "JPEG", "", ".jpg .jpeg", _RASTER),
    ("png", "PNG", "", ".png", _RASTER),
    ("gif", "GIF", "", ".gif", _RASTER),
    ("bmp", "BMP", "", ".bmp", _RASTER),
    ("webp", "WebP", "", ".webp", _RASTER),
    ("jp2", "JPEG 2000", "", ".jp2 .jpx", _RASTER),
    ("j2k", "JPEG 2000 codestream", "", ".j2k .j2c .jpc", _RASTER),
    ("avi", "AVI film", "", ".avi", ()),
    ("mp4", "MPEG-4 or QuickTime film", "", ".mp4 .mov", ()),
    ("ome_xml", "OME-XML", "OME", ".ome .ome.xml", ()),
    ("oib", "OIB", "Olympus", ".oib", ()),
    ("oif", "OIF", "Olympus", ".oif", ()),
    ("vsi", "cellSens VSI", "Olympus", ".vsi", ()),
    ("zvi", "ZVI", "Zeiss", ".zvi", ()),
    ("mrxs", "MIRAX", "3DHISTECH", ".mrxs", ()),
    ("dicom", "DICOM", "", ".dcm", ()),
    ("mrc", "MRC or CCP4 map", "", ".mrc .map .st .rec", ()),
    ("klb", "Keller Lab Block", "", ".klb", ()),
    ("imaris", "Imaris", "Oxford Instruments", ".ims", ()),
    ("emd", "EMD", "", ".emd", ()),
    ("hdf5", "HDF5", "", ".h5 .hdf5", ()),
    ("minc", "MINC", "", ".mnc", ()),
    ("dm3", "DM3", "Gatan", ".dm3", ()),
    ("dm4", "DM4", "Gatan", ".dm4", ()),
    ("ser", "TIA SER", "Thermo Fisher", ".ser", ()),
    ("emi", "TIA EMI", "Thermo Fisher", ".emi", ()),
    ("bcf", "BCF", "Bruker", ".bcf", ()),
    ("blo", "BLO", "NanoMegas", ".blo", ()),
    ("tvips", "TVIPS", "TVIPS", ".tvips", ()),
    ("prz", "Panta Rhei PRZ", "CEOS", ".prz", ()),
    ("elid", "ELID", "Phenom", ".elid", ()),
    ("spe", "SPE", "Princeton Instruments", ".spe", ()),
    ("sif", "SIF", "Andor", ".sif", ()),
    ("biorad_pic", "Bio-Rad PIC", "Bio-Rad", ".pic", ()),
    ("metamorph_nd", "MetaMorph ND", "Molecular Devices", ".nd", ()),
    ("ics", "ICS", "SVI", ".ics", ()),
    ("nrrd", "NRRD", "", ".nrrd .nhdr", ()),
    ("nifti", "NIfTI", "", ".nii", ()),
    ("fits", "FITS", "", ".fits .fit", ()),
    ("flashpix", "FlashPix", "", ".fpx .mic", ()),
    ("spider", "SPIDER", "", ".spi .spider", ()),
)

FORMATS: dict[str, Format] = {
    key: Format(key, name, vendor, tuple(extensions.split()), backends)
    for key, name, vendor, extensions, backends in _ROWS
}
