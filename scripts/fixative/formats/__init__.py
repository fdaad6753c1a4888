"""The formats that are recognised, as data: name, vendor, extensions, and the backends that read each.

The rows stand in the modules of this package, one for each kind of instrument or use. A format without a backend
is recognised all the same: opening it says that no reader here reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fixative.formats import beam, light, maps, pictures, plates, slides, tiff, volumes
from fixative.formats.rows import Row


@dataclass(frozen=True)
class Format:
    """One format or dialect."""

    key: str
    name: str
    vendor: str
    extensions: tuple[str, ...]
    """Lower case, with their dots; a name without a dot is that of the file itself."""
    backends: tuple[str, ...] = ()
    """Keys of `fixative.readers.backends.BACKENDS`, the first tried first."""
    witnesses: tuple[str, ...] = ()
    """Backends asked before the rest of ``backends`` when a second reader is wanted."""
    bioformats: tuple[str, ...] = ()
    """Classes of the Bio-Formats readers that recognise the format."""
    group: str = ""
    """Heading under which the table shows it."""


_GROUPS: tuple[tuple[str, tuple[Row, ...]], ...] = (
    ("TIFF and its dialects", tiff.ROWS),
    ("Light microscopy", light.ROWS),
    ("Whole slides", slides.ROWS),
    ("Plates and high-content screening", plates.ROWS),
    ("Electron and probe microscopy", beam.ROWS),
    ("Volumes and medical images", volumes.ROWS),
    ("Pictures and films", pictures.ROWS),
    ("Maps and remote sensing", maps.ROWS),
)

_WITNESSES: dict[str, tuple[str, ...]] = {
    # In the same process and five times as fast; what it does not know, it leaves to the next.
    **dict.fromkeys(("tiff", "metaxpress", "fei_tiff", "sem_tiff", "sis_tiff", "lsm"), ("rasterio", "bioformats")),
    "czi": ("bioformats", "czi-tiles"),
    "jpeg": ("bioformats", "libjpeg"),
    "jp2": ("bioformats", "av"),
    "j2k": ("bioformats", "av"),
    "ndpi": ("bioformats", "openslide"),
    "lif": ("bioformats", "aicsimageio-lif"),
    "ome_zarr": ("tensorstore",),
    "zarr": ("tensorstore",),
    "png": ("bioformats", "aicsimageio-imageio"),
    "gif": ("bioformats", "aicsimageio-imageio"),
    "bmp": ("bioformats", "aicsimageio-imageio"),
}

FORMATS: dict[str, Format] = {
    row.key: Format(
        row.key,
        row.name,
        row.vendor,
        tuple(row.extensions.split()),
        tuple(row.backends.split()),
        _WITNESSES.get(row.key, ()),
        tuple(row.bioformats.split()),
        group,
    )
    for group, rows in _GROUPS
    for row in rows
}

FORMAT_OF_READER: Mapping[str, str] = {
    reader: key for key, form in reversed(FORMATS.items()) for reader in form.bioformats
}
"""Class of a Bio-Formats reader to the format that it stands for, the first row that names it."""
