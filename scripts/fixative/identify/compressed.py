"""Single files that are compressed whole: what is inside, from its first bytes, inflated in memory.

Formats that compress themselves (ELID is a bzip2 stream) are told before. Sets of several files are not opened
compressed, nor formats that are told from places far within the file (TIFF, OLE).
"""

from pathlib import Path

from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.identify.agree import density_header
from fixative.identify.magic import by_magic
from fixative.packed import compression_of, first_bytes, plain_name
from fixative.tiff_dialect import MAGIC as TIFF_MAGIC

PACKED = frozenset(
    {
        *("nifti", "mgh", "minc", "fits", "mrc", "dv", "nrrd", "metaimage", "gipl", "vtk", "amira", "inr"),
        *("spe", "sif", "biorad_pic", "dicom", "hdf5", "emd", "pnm"),
    }
)
"""Formats of one file that are opened where gzip, bzip2 or xz has compressed that file."""

_EXTENSIONS = tuple(sorted({extension for key in PACKED for extension in FORMATS[key].extensions}))
_HEAD_BYTES = 8192
_BLOCK_BYTES = 1 << 20
"""More than a block of bzip2 holds."""
_OLE = b"\xd0\xcf\x11\xe0"


def by_compressed(path: Path, head: bytes) -> str | None:
    """Tell the format inside a compressed file; None for a file that is not compressed.

    Raises
    ------
    RefusedSample
        INV003 where it is none that is opened compressed; INV004, INV005 where it has the name of one, and its
        stream ends, or is damaged, before it says what it is.
    """
    kind = compression_of(head)
    if kind is None:
        return None
    if kind == "bzip2" and path.name.lower().endswith(".elid"):
        return "elid"
    content, _ = first_bytes(path, _HEAD_BYTES)
    key = _inside(path.with_name(plain_name(path)), content)
    if key not in PACKED:
        # A bit that flipped makes another text of a whole block, of which the check sum comes last.
        if _is_named_so(path) and (broken := first_bytes(path, _BLOCK_BYTES)[1]):
            raise broken
        raise RefusedSample("INV003", name=path.name, found=f"compressed with {kind}: unpack it")
    return key


def _is_named_so(path: Path) -> bool:
    """Whether a name is that of a compressed image: ``a.nii.gz``."""
    plain = plain_name(path)
    return plain != path.name and plain.lower().endswith(_EXTENSIONS)


def _inside(name: Path, head: bytes) -> str | None:
    """Format of the content; what has its own place in the file system (members, neighbours) is none."""
    if head.startswith((*TIFF_MAGIC, _OLE)) and head[128:132] != b"DICM":
        return None
    if head[344:348] == b"ni1\0" or (b"ElementDataFile" in head and b"LOCAL" not in head.upper()):
        return None
    try:
        found = by_magic(name, head)
    except RefusedSample:
        return None
    if found is None and name.suffix.lower() in (".mrc", ".map", ".rec", ".st") and density_header(name, head):
        return "mrc"
    return found
