"""What a file is, from its content; the name only separates what content cannot.

Cheap on purpose: no reader library is imported, and a few kilobytes are read. What is not told here,
`fixative.recognise` asks Bio-Formats about.
"""

from pathlib import Path

from fixative.findings import RefusedSample
from fixative.formats import FORMATS, Format
from fixative.identify.compressed import by_compressed
from fixative.identify.magic import by_magic
from fixative.identify.places import Places, store_format
from fixative.identify.shape import by_shape
from fixative.identify.text import by_text
from fixative.identify.tiff_vendors import vendor_dialect
from fixative.tiff_dialect import MAGIC as TIFF_MAGIC
from fixative.tiff_dialect import dialect, read_first_ifd

__all__ = ["FORMATS", "Format", "Places", "Unrecognised", "identify"]

_HEAD_BYTES = 8192


class Unrecognised(RefusedSample):
    """INV003 for a file whose content says nothing; other refusals know what the file is."""


def identify(path: Path, places: Places | None = None) -> str:
    """Format of a file or folder.

    Parameters
    ----------
    path : Path
        The file or folder.
    places : Places, optional
        What is known of the folders already, where many files of one storage are looked at.

    Returns
    -------
    str
        A key of `FORMATS`.

    Raises
    ------
    RefusedSample
        INV009 when the file is empty; INV011 when it belongs to an image but is none; INV003 when it is
        not recognised: `Unrecognised` where nothing at all is known of it.
    """
    places = places or Places()
    if path.is_dir():
        return store_format(path)
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        if not head:
            raise RefusedSample("INV009", name=path.name)
        if places.in_store(path.parent):
            raise RefusedSample("INV011", name=path.name, found="part of a Zarr folder")
        # A DICOM file may carry a TIFF header in its preamble: the marker behind it decides.
        if head.startswith(TIFF_MAGIC) and head[128:132] != b"DICM":
            if path.name.lower().endswith(".vsi"):
                return "vsi"
            ifd = read_first_ifd(stream)
            if ifd is None:
                return "tiff"
            key = dialect(ifd)
            return vendor_dialect(path, ifd) or key if key == "tiff" else key
    if (
        found := by_compressed(path, head)
        or by_magic(path, head)
        or by_text(path, head)
        or by_shape(path, head, places)
    ):
        return found
    raise Unrecognised("INV003", name=path.name, found=f"begins with {head[:8].hex(' ')}")
