"""What a DICOM data set says of its pixels, in the protocol's terms."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixative.readers.dicom.codecs import FrameForm
from fixative.readers.dicom.file import DicomFile

FLOATS = {0x7FE00008: "float32", 0x7FE00009: "float64"}
Photometric = Literal["minisblack", "miniswhite", "rgb", "palette"]


def form_of(file: DicomFile) -> FrameForm:
    """Form of one frame.

    Raises
    ------
    ValueError
        For samples and widths that are not read here.
    """
    ds = file.ds
    samples, bits = int(ds.get("SamplesPerPixel") or 1), int(ds.BitsAllocated)
    signed = file.tag not in FLOATS and bool(ds.get("PixelRepresentation", 0))
    if samples not in (1, 3) or bits not in (1, 8, 16, 32, 64) or (bits == 1 and samples > 1):
        raise ValueError(f"{samples} samples of {bits} bits")
    dtype = FLOATS.get(file.tag) or ("bool" if bits == 1 else f"{'int' if signed else 'uint'}{bits}")
    return FrameForm(
        syntax=file.syntax,
        rows=int(ds.Rows),
        columns=int(ds.Columns),
        samples=samples,
        photometric=str(ds.PhotometricInterpretation),
        bits_allocated=bits,
        bits_stored=int(ds.get("BitsStored") or bits),
        signed=signed,
        planar=bool(ds.get("PlanarConfiguration", 0)),
        dtype=dtype,
    )


def photometric_of(form: FrameForm) -> Photometric | None:
    """What the samples mean; None for luma and chroma, which are delivered as channels.

    Raises
    ------
    ValueError
        For models of colour that are not read here.
    """
    name = form.photometric
    if form.samples == 1:
        known: dict[str, Photometric] = {"MONOCHROME1": "miniswhite", "PALETTE COLOR": "palette"}
        return known.get(name, "minisblack")
    if name == "RGB" or form.decoded_as_rgb:
        return "rgb"
    if name.startswith("YBR_"):
        return None
    raise ValueError(f"photometric interpretation {name}")


def significant_bits_of(ds: Any, form: FrameForm) -> int | None:
    """BitsStored where the stored bits are the low ones and nothing lies above them."""
    if form.dtype.startswith(("float", "bool")) or not 0 < form.bits_stored < form.bits_allocated:
        return None
    if int(ds.get("HighBit", form.bits_stored - 1)) != form.bits_stored - 1:
        return None
    # Overlays of old files lie in the bits above; those of today have data of their own.
    if any(0x6000 <= tag.group <= 0x60FF and tag.element == 0x0102 and ds[tag].value for tag in sorted(ds.keys())):
        return None
    return form.bits_stored


def palette_of(ds: Any, form: FrameForm) -> npt.NDArray[np.uint16] | None:
    """Colour map of shape (3, 2**bits) of a palette image, segments expanded.

    Values below the first that the table maps have its first entry, those above the last have its last. Entries
    of 8 bits are spread over 16, as TIFF colour maps have them. None for signed values, which no colour map has.

    Notes
    -----
    DICOM PS3.3, C.7.6.3.1.5, C.7.9.2.
    """
    if form.signed or form.bits_allocated > 16:
        return None
    colours = []
    for name in ("Red", "Green", "Blue"):
        entries, first, bits = (int(value) for value in ds[f"{name}PaletteColorLookupTableDescriptor"].value)
        table = _table(ds, name, bits, entries or 65536)
        values = np.arange(1 << form.bits_allocated) - first
        colours.append(table[np.clip(values, 0, len(table) - 1)])
    return np.stack(colours)


def _table(ds: Any, name: str, bits: int, entries: int) -> npt.NDArray[np.uint16]:
    """Entries of one colour, 16 bits each."""
    keyword = f"Segmented{name}PaletteColorLookupTableData"
    if keyword in ds:
        from pydicom.pixels.processing import _expand_segmented_lut

        segments = np.frombuffer(bytes(ds[keyword].value), "u1" if bits == 8 else _words(ds))
        expanded = _expand_segmented_lut(tuple(int(value) for value in segments), "B" if bits == 8 else "H")
        table = np.asarray(expanded)
    else:
        data = bytes(ds[f"{name}PaletteColorLookupTableData"].value)
        narrow = bits == 8 and len(data) < 2 * entries
        table = np.frombuffer(data, "u1" if narrow else _words(ds))[:entries]
    if len(table) != entries:
        raise ValueError("lookup table of another length than its descriptor says")
    # Some writers state 16 bits and fill 8, or the reverse: the descriptor has the word
    return (table.astype(np.uint32) * 257 if bits == 8 and table.max() < 256 else table).astype(np.uint16)


def _words(ds: Any) -> str:
    _, little = ds.original_encoding
    return ">u2" if little is False else "<u2"
