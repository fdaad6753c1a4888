"""Where the software that an object names is at home, for documents that want an address of it."""

PAGES = {
    "aicsimageio": "https://github.com/AllenCellModeling/aicsimageio",
    "astropy": "https://www.astropy.org",
    "av": "https://github.com/PyAV-Org/PyAV",
    "bioformats": "https://www.openmicroscopy.org/bio-formats/",
    "bioio": "https://github.com/bioio-devs/bioio",
    "czi-tiles": "https://github.com/cgohlke/imagecodecs",
    "exiftool": "https://exiftool.org",
    "imagecodecs": "https://github.com/cgohlke/imagecodecs",
    "imageio": "https://github.com/imageio/imageio",
    "imaris": "https://www.h5py.org",
    "isal": "https://github.com/pycompression/python-isal",
    "itk": "https://itk.org",
    "libjpeg": "https://github.com/pydicom/pylibjpeg-libjpeg",
    "liffile": "https://github.com/cgohlke/liffile",
    "lxml": "https://lxml.de",
    "metaxpress_plate": "https://github.com/cgohlke/tifffile",
    "metaxpress_plate-bioformats": "https://www.openmicroscopy.org/bio-formats/",
    "nd2": "https://github.com/tlambert03/nd2",
    "nibabel": "https://nipy.org/nibabel/",
    "numpy": "https://numpy.org",
    "oiffile": "https://github.com/cgohlke/oiffile",
    "ome-xml": "https://lxml.de",
    "openslide": "https://openslide.org",
    "pillow": "https://python-pillow.org",
    "pydicom": "https://github.com/pydicom/pydicom",
    "pylibCZIrw": "https://github.com/ZEISS/pylibczi",
    "python": "https://www.python.org",
    "rasterio": "https://github.com/rasterio/rasterio",
    "rosettasciio": "https://github.com/hyperspy/rosettasciio",
    "scitiff": "https://github.com/scipp/scitiff",
    "sif_parser": "https://github.com/fujiisoup/sif_parser",
    "snakemake": "https://snakemake.github.io",
    "tensorstore": "https://github.com/google/tensorstore",
    "tifffile": "https://github.com/cgohlke/tifffile",
    "zarr": "https://zarr.dev",
}


def page_of(name: str) -> str | None:
    """Address of a tool, by its name or by what stands before the hyphen of a plugin's; None where none is known."""
    return PAGES.get(name) or PAGES.get(name.partition("-")[0])
