"""The reader backends, as data: which module opens, which library decodes, what it is for.

Nothing is imported from here but names: `fixative.readers.open_source` imports a backend when a file of its
format is opened.
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
    """The installed distribution that holds it."""
    summary: str


BACKENDS: dict[str, Backend] = {
    "tifffile": Backend("tiff", "tifffile", "tifffile", "TIFF dialects and LSM, region by region"),
    "pylibCZIrw": Backend("czi", "libCZI", "pylibCZIrw", "CZI: scenes and mosaics, region by region"),
    "nd2": Backend("nd2", "nd2", "nd2", "ND2: positions as images, plane by plane"),
    "liffile": Backend("lif", "liffile", "liffile", "LIF, LOF, XLIF and XLEF, plane by plane"),
    "zarr": Backend("zarr", "zarr", "zarr", "OME-Zarr 0.4 and 0.5, chunk by chunk"),
    "imagecodecs": Backend("raster", "imagecodecs", "imagecodecs", "JPEG, PNG, JPEG 2000 and other raster files"),
    "bioio-czi": Backend("bioio_plugin:bioio_czi", "libCZI", "bioio-czi", "CZI, through bioio"),
    "bioio-dv": Backend("bioio_plugin:bioio_dv", "mrc", "bioio-dv", "DeltaVision, through bioio"),
    "bioio-imageio": Backend(
        "bioio_plugin:bioio_imageio", "imageio", "bioio-imageio", "raster files and films, through bioio"
    ),
    "bioio-lif": Backend("bioio_plugin:bioio_lif", "liffile", "bioio-lif", "LIF, through bioio"),
    "bioio-nd2": Backend("bioio_plugin:bioio_nd2", "nd2", "bioio-nd2", "ND2, through bioio"),
    "bioio-ome-zarr": Backend(
        "bioio_plugin:bioio_ome_zarr", "zarr", "bioio-ome-zarr", "OME-Zarr, through bioio"
    ),
}
