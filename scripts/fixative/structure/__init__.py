"""Promised against present: what a file says it holds, compared with what it holds.

Every module parses its container's bytes itself, without the reader that will convert, so that a reader that
makes up blank planes cannot vouch for them. No size, count or offset of a file is trusted: each is compared
with the file's length before anything is read or reserved by it.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from fixative.models import Completeness

Check = Callable[[Path, str, Sequence[Path]], Completeness]


def check_structure(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare what the main file promises with what the set holds.

    Parameters
    ----------
    path : Path
        The set's main file, or the folder of a Zarr store.
    fmt : str
        Key of `fixative.identify.FORMATS`; the container is recognised by its first bytes, so that a wrong
        key does no harm.
    files : sequence of Path
        The file set, main file first.

    Raises
    ------
    RefusedSample
        INV004 where something promised is not there, INV005 where the structure is damaged.
    """
    check = _check_of(path, fmt)
    if check is None:
        return Completeness(checked=False, method="no structure check for this format")
    return check(path, fmt, files)


def _check_of(path: Path, fmt: str) -> Check | None:
    """Find the check of a container by what it begins with."""
    if path.is_dir():
        return _load("zarr", "check_zarr")
    with path.open("rb") as stream:
        head = stream.read(1024)
    if fmt == "ndtiff" or (head[:2] == b"II" and head[8:12] == NDTIFF_MARK):
        return _load("ndtiff", "check_ndtiff")
    for offset, mark, module, name in _MARKS:
        if head[offset : offset + len(mark)] == mark:
            return _load(module, name)
    return _load(*_BY_FORMAT[fmt]) if fmt in _BY_FORMAT else None


def _load(module: str, name: str) -> Check:
    check: Check = getattr(import_module(f"fixative.structure.{module}"), name)
    return check


_BY_FORMAT = {
    "companion_ome": ("tiff_ome", "check_ome_xml"),
    "ome_xml": ("tiff_ome", "check_ome_xml"),
    "bmp": ("raster", "check_bmp"),
    "dv": ("density", "check_density"),
    "mrc": ("density", "check_density"),
    "imaris": ("containers", "check_hdf5"),
    "emd": ("containers", "check_hdf5"),
    "hdf5": ("containers", "check_hdf5"),
}
"""Module and function by format key, where the first bytes do not tell."""

NDTIFF_MARK = (483729).to_bytes(4, "little")
_MARKS = (
    (128, b"DICM", "dicom", "check_dicom"),
    (0, b"II*\0", "tiff", "check_tiff"),
    (0, b"MM\0*", "tiff", "check_tiff"),
    (0, b"II+\0", "tiff", "check_tiff"),
    (0, b"MM\0+", "tiff", "check_tiff"),
    (0, b"ZISRAWFILE", "czi", "check_czi"),
    (0, b"\xda\xce\xbe\x0a", "nd2", "check_nd2"),
    (0, b"\x70\0\0\0", "lif", "check_lif"),
    (0, b"\x89PNG\r\n\x1a\n", "raster", "check_png"),
    (0, b"\xff\xd8\xff", "raster", "check_jpeg"),
    (0, b"GIF8", "raster", "check_gif"),
    (8, b"WEBP", "raster", "check_webp"),
    (4, b"jP  ", "jpeg2000", "check_jpeg2000"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "containers", "check_ole"),
    (0, b"\x89HDF\r\n\x1a\n", "containers", "check_hdf5"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000", "check_jpeg2000"),
)
"""Offset, bytes, module and function; the surer first (a DICOM preamble may look like TIFF)."""
