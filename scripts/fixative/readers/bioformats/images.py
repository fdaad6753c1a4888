"""Series of a Bio-Formats reader as images: sizes, types, kinds, levels, palettes, folded axes."""

import re
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixative.readers.bioformats.jvm import java_class
from fixative.readers.protocol import ImageInfo

Kind = Literal["image", "label", "macro", "thumbnail"]

_DTYPES = {
    "int8": "int8",
    "uint8": "uint8",
    "int16": "int16",
    "uint16": "uint16",
    "int32": "int32",
    "uint32": "uint32",
    "float": "float32",
    "double": "float64",
    "bit": "uint8",
}
_KINDS: dict[str, Kind] = {"label": "label", "macro": "macro", "overview": "macro", "thumbnail": "thumbnail"}
_KIND_NAME = re.compile(r"(?:^|[^a-z])(label|macro|overview|thumbnail)(?:[^a-z]|$)")


def describe_series(reader: Any, store: Any) -> tuple[ImageInfo, ...]:
    """Describe every series of an open reader.

    Parameters
    ----------
    reader : loci.formats.IFormatReader
        Open, resolutions not flattened.
    store : loci.formats.ome.OMEXMLMetadata
        Filled by it; images are named there.
    """
    return tuple(_describe(reader, store, number) for number in range(reader.getSeriesCount()))


def _describe(reader: Any, store: Any, number: int) -> ImageInfo:
    reader.setSeries(number)
    levels = _levels(reader)
    samples = int(reader.getRGBChannelCount())
    dtype = _dtype(reader)
    size_y, size_x = int(reader.getSizeY()), int(reader.getSizeX())
    palette = _palette(reader, dtype) if samples == 1 else None
    colours = 3 if samples >= 3 else 1
    name = store.getImageName(number) if number < store.getImageCount() else None
    bits = int(reader.getBitsPerPixel())
    order = str(reader.getDimensionOrder())[:1:-1]
    return ImageInfo(
        index=number,
        name=str(name) if name is not None and str(name) else None,
        size_t=int(reader.getSizeT()),
        size_c=int(reader.getEffectiveSizeC()),
        size_z=int(reader.getSizeZ()),
        size_y=size_y,
        size_x=size_x,
        samples=samples,
        dtype=dtype,
        kind=_kind(reader, str(name or "")),
        source_axes=order + ("YXS" if samples > 1 else "YX"),
        folded=_folded(reader),
        byte_order="little" if reader.isLittleEndian() else "big",
        significant_bits=bits if 0 < bits < np.dtype(dtype).itemsize * 8 else None,
        photometric="palette" if palette is not None else "rgb" if colours == 3 else "minisblack",
        extra_samples=(0,) * (samples - colours),
        palette=palette,
        levels=levels,
        tile=_tile(reader, size_y, size_x),
    )


def _dtype(reader: Any) -> str:
    stored = str(java_class("loci.formats.FormatTools").getPixelTypeString(reader.getPixelType()))
    return _DTYPES[stored]


def _shape(reader: Any) -> tuple[int, ...]:
    """Everything that must be the same in all resolutions of one image."""
    return (
        int(reader.getSizeT()),
        int(reader.getEffectiveSizeC()),
        int(reader.getSizeZ()),
        int(reader.getRGBChannelCount()),
        int(reader.getPixelType()),
    )


def _levels(reader: Any) -> tuple[tuple[int, int], ...]:
    """(Y, X) of the resolutions; those after one that holds other planes are left out."""
    first = _shape(reader)
    found = []
    for resolution in range(reader.getResolutionCount()):
        reader.setResolution(resolution)
        if _shape(reader) != first:
            break
        found.append((int(reader.getSizeY()), int(reader.getSizeX())))
    reader.setResolution(0)
    return tuple(found) if len(found) > 1 else ()


def _kind(reader: Any, name: str) -> Kind:
    """Label, macro or thumbnail where Bio-Formats marks the series so, and by name which of them."""
    word = _KIND_NAME.search(name.lower())
    if reader.isThumbnailSeries():
        return _KINDS[word[1]] if word else "thumbnail"
    alone = re.fullmatch(r"(label|macro|overview|thumbnail)(?: image)?", name.lower())
    return _KINDS[alone[1]] if alone else "image"


def _folded(reader: Any) -> dict[str, str]:
    """Name of a modulo axis (``lifetime``, ``angle``, ``phase``) to the axis that holds it."""
    found = {}
    for axis, modulo in (("T", reader.getModuloT()), ("C", reader.getModuloC()), ("Z", reader.getModuloZ())):
        if modulo is not None and modulo.length() > 1:
            found[str(modulo.type or "other")] = axis
    return found


def _tile(reader: Any, size_y: int, size_x: int) -> tuple[int, int] | None:
    height, width = int(reader.getOptimalTileHeight()), int(reader.getOptimalTileWidth())
    return (height, width) if 0 < width < size_x and 0 < height <= size_y else None


def _palette(reader: Any, dtype: str) -> npt.NDArray[np.uint16] | None:
    """Colour map of a series whose values are places in it, with the 8 bits of each colour that Bio-Formats keeps.

    A false-colour table is display and no palette; but every palette of a plain TIFF is called so.
    """
    plain_tiff = str(reader.getClass().getSimpleName()) == "TiffDelegateReader"
    if not reader.isIndexed() or dtype not in ("uint8", "uint16"):
        return None
    if reader.isFalseColor() and not plain_tiff:
        return None
    # Several readers know the table only once they have read a plane.
    reader.openBytes(0, 0, 0, 1, 1)
    entries = 2 ** (np.dtype(dtype).itemsize * 8)
    if dtype == "uint8" and (table := reader.get8BitLookupTable()) is not None:
        found = np.array([np.array(row[:]) for row in table]).astype(np.uint8).astype(np.uint16) * 257
    elif (table := reader.get16BitLookupTable()) is not None:
        found = np.array([np.array(row[:]) for row in table]).astype(np.uint16)
    else:
        return None
    if found.shape[0] != 3 or found.shape[1] > entries:
        return None
    return np.pad(found, ((0, 0), (0, entries - found.shape[1])))
