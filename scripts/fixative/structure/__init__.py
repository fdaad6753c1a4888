"""Promised against present: what a file says it holds, compared with what it holds.

Every module parses its container's bytes itself, without the reader that will convert, so that a reader that
makes up blank planes cannot vouch for them. No size, count or offset of a file is trusted: each is compared
with the file's length before anything is read or reserved by it.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.packed import compression_of

Check = Callable[[Path, str, Sequence[Path]], Completeness]


_LACKING = {"metaxpress_plate": ("INV004", "INV006")}
"""Findings that say that planes of a format are missing, where there are others than INV004: a plane a file."""

PLANES_APART = frozenset(
    {
        *("tiff", "ome_tiff", "companion_ome", "imagej_tiff", "micromanager", "lsm", "metamorph", "metaxpress"),
        *("fluoview", "scanimage", "lif", "dv", "mrc", "ome_zarr", "zarr", "nifti", "nrrd", "spe", "ics"),
        *_LACKING,
    }
)
"""Formats of whose truncated files it is known which planes are whole; `fixative.readers.whole_planes` reads them."""


def check_structure(path: Path, fmt: str, files: Sequence[Path], *, allow_missing: bool = False) -> Completeness:
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
    allow_missing : bool
        Let a source pass that is incomplete, where its format tells whole planes from others: the result then
        says so. Which planes are whole is the reader's to say.

    Raises
    ------
    RefusedSample
        INV004 where something promised is not there, INV005 where the structure is damaged.
    """
    try:
        return _checked(path, fmt, files)
    except RefusedSample as refusal:
        if not allow_missing or refusal.code not in _LACKING.get(fmt, ("INV004",)):
            raise
        return _incomplete(fmt, refusal)


def _checked(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    check = check_of(path, fmt)
    if check is None and len(files) > 1:
        check = _load("sets", "check_members")
    if check is None:
        return Completeness(checked=False, method="no structure check for this format")
    return check(path, fmt, files)


def _incomplete(fmt: str, refusal: RefusedSample) -> Completeness:
    """Say what is missing of a source whose whole planes can be archived all the same."""
    if fmt not in PLANES_APART:
        where = f"{refusal.places['where']}; of this format it is not known which planes are whole"
        raise RefusedSample("INV004", **{**refusal.places, "where": where}) from None
    return Completeness(
        checked=True,
        method="what the source promises against what is there; its whole planes only are archived",
        whole=False,
        missing=(refusal.message,),
    )


def check_of(path: Path, fmt: str) -> Check | None:
    """Find the check of a container by what it begins with."""
    if path.is_dir():
        return _load("zarr", "check_zarr")
    with path.open("rb") as stream:
        head = stream.read(1024)
    if fmt != "elid" and compression_of(head):
        return _load("compressed", "check_packed")
    if fmt == "mrxs":
        # Its main file is a JPEG that anything may have written.
        return _load("mirax", "check_mirax")
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
    "ome_xml": ("ome_inline", "check_ome_inline"),
    "bmp": ("raster", "check_bmp"),
    "dv": ("density", "check_density"),
    "rcpnl": ("density", "check_density"),
    "mrc": ("density", "check_density"),
    "analyze": ("nifti", "check_nifti"),
    "nifti": ("nifti", "check_nifti"),
    "ics": ("ics", "check_ics"),
    "spe": ("cameras", "check_spe"),
    "biorad_pic": ("stacks", "check_biorad"),
    "spider": ("stacks", "check_spider"),
    "klb": ("stacks", "check_klb"),
    "tvips": ("stacks", "check_tvips"),
    "dm3": ("gatan", "check_dm"),
    "dm4": ("gatan", "check_dm"),
    "ser": ("tia", "check_ser"),
    "emi": ("tia", "check_emi"),
    "metaxpress_plate": ("plates", "check_plate"),
    "dicom": ("dicom", "check_dicom"),
    "oif": ("oif", "check_oif"),
    "metaimage": ("volumes", "check_metaimage"),
    "gipl": ("volumes", "check_gipl"),
    "vtk": ("volumes", "check_vtk"),
    "mgh": ("volumes", "check_mgh"),
    "prz": ("archives", "check_zip"),
    "elid": ("archives", "check_elid"),
    "pnm": ("bitmaps", "check_pnm"),
    "pcx": ("bitmaps", "check_pcx"),
    "tga": ("bitmaps", "check_tga"),
    "sgi": ("bitmaps", "check_sgi"),
    "sun": ("bitmaps", "check_sun"),
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
    *((at, b"\x89HDF\r\n\x1a\n", "hdf5", "check_datasets") for at in (0, 512)),
    (0, b"NRRD000", "nrrd", "check_nrrd"),
    (0, b"SIMPLE  =", "fits", "check_fits"),
    (0, b"Andor Technology Multi-Channel File", "cameras", "check_sif"),
    (0, b"AAMVHFSS", "sfs", "check_sfs"),
    (0, b"IMGBLO", "stacks", "check_blo"),
    (0, b"CDF\x01", "netcdf", "check_netcdf"),
    (0, b"CDF\x02", "netcdf", "check_netcdf"),
    (4, b"ftyp", "films", "check_mp4"),
    (4, b"moov", "films", "check_mp4"),
    (4, b"mdat", "films", "check_mp4"),
    (8, b"AVI ", "films", "check_avi"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000", "check_jpeg2000"),
)
"""Offset, bytes, module and function; the surer first (a DICOM preamble may look like TIFF)."""
