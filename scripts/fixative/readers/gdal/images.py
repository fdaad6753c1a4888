"""What images a raster of GDAL's holds: bands, pages, levels, as `ImageInfo` describes them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.gdal.pages import Page
from fixative.readers.protocol import ImageInfo

WITH_LEVELS = ("GTiff", "JP2OpenJPEG")
"""Drivers whose overviews are stored, or decoded from what is stored, at the sizes that they name."""

_MOST_LEVELS = 32

Open = Callable[..., Any]
"""Opens a dataset by its name and, as keyword, open options."""


@dataclass(frozen=True)
class Layout:
    """Where the planes of one image lie."""

    pages: tuple[str, ...]
    """Dataset of each T."""
    bands: tuple[int, ...]
    """Bands, counted from 1: planes along C, or samples of one plane."""


def images_of(pages: Sequence[Page], open_dataset: Open) -> Iterator[tuple[ImageInfo, Layout]]:
    """Describe the images; pages that are alike are one series, T, as tifffile and Bio-Formats have it."""
    groups: dict[tuple[Any, ...], tuple[ImageInfo, list[Page], tuple[int, ...]]] = {}
    for page in pages:
        dataset = open_dataset(page.name)
        for info, bands in _bands(dataset, page):
            groups.setdefault((_likeness(info), bands), (info, [], bands))[1].append(page)
    for index, (info, members, bands) in enumerate(groups.values()):
        names = tuple(page.name for page in members)
        levels = _levels(open_dataset, names[0], info) if len(names) == 1 else ()
        absent = _absent(open_dataset, names, bands, info)
        found = replace(info, index=index, size_t=len(names), levels=levels, absent=absent)
        yield replace(found, source_axes=_axes(found)), Layout(names, bands)


def _likeness(info: ImageInfo) -> tuple[Any, ...]:
    """Everything that pages of one series have in common."""
    palette = None if info.palette is None else info.palette.tobytes()
    sizes = (info.size_c, info.size_y, info.size_x, info.samples, info.tile)
    return *sizes, info.dtype, info.significant_bits, info.photometric, info.extra_samples, palette, info.name


def _axes(info: ImageInfo) -> str:
    return ("I" if info.size_t > 1 else "") + ("B" if info.size_c > 1 else "") + ("YXS" if info.samples > 1 else "YX")


def _bands(dataset: Any, page: Page) -> Iterator[tuple[ImageInfo, tuple[int, ...]]]:
    """Images of one dataset: bands of one type are channels, or samples where they are the colours of a pixel."""
    structure = dataset.tags(ns="IMAGE_STRUCTURE")
    space, compression = structure.get("SOURCE_COLOR_SPACE"), structure.get("COMPRESSION", "")
    if space and (space != "YCbCr" or "JPEG" not in compression):
        raise ValueError(f"{space} {compression}, which GDAL converts to RGB")
    types: dict[tuple[str, int | None], list[int]] = {}
    for band, name in enumerate(dataset.dtypes, start=1):
        types.setdefault(_type(name, dataset.tags(band, ns="IMAGE_STRUCTURE")), []).append(band)
    for (dtype, bits), bands in types.items():
        photometric, samples, extra = _colours(dataset, bands, page)
        height, width = dataset.block_shapes[bands[0] - 1]
        palette = _palette(dataset, bands[0], page, 1 if dtype == "bool" else bits)
        info = ImageInfo(
            index=0,
            name=("mask" if page.mask else None) or (dtype if len(types) > 1 else None),
            size_t=1,
            size_c=1 if samples > 1 else len(bands),
            size_z=1,
            size_y=dataset.height,
            size_x=dataset.width,
            samples=samples,
            dtype=dtype,
            significant_bits=bits,
            photometric=photometric,
            extra_samples=extra,
            palette=palette if photometric == "palette" else None,
            categorical=page.mask,
            folded={"B": "C"} if samples == 1 and len(bands) > 1 else {},
            tile=(height, width) if (height, width) != (dataset.height, dataset.width) else None,
        )
        yield info, tuple(bands)


def _type(name: str, structure: dict[str, str]) -> tuple[str, int | None]:
    """Type of the stored values, and their significant bits where those are fewer than the type's.

    GDAL delivers one bit in a byte and half floats as floats: both go back to what they are, without loss.
    """
    bits = int(structure.get("NBITS", "0"))
    if name == "uint8" and bits == 1:
        return "bool", None
    if name == "float32" and bits == 16:
        return "float16", None
    if name.startswith("complex_int"):
        raise ValueError(f"numpy has no type for {name}")
    dtype = np.dtype(name)
    return dtype.name, bits if dtype.kind in "ui" and 0 < bits < 8 * dtype.itemsize else None


Photometric = Literal["minisblack", "miniswhite", "rgb", "palette", "separated", "cielab"]


def _colours(dataset: Any, bands: list[int], page: Page) -> tuple[Photometric, int, tuple[int, ...]]:
    """Photometric interpretation, samples of a pixel, and what those beyond the colours are."""
    meaning = [dataset.colorinterp[band - 1].name for band in bands]
    if meaning[:3] == ["red", "green", "blue"] and len(bands) in (3, 4):
        stated = page.extra or ((2,) if meaning[3:] == ["alpha"] else (0,))
        return "rgb", len(bands), stated[: len(bands) - 3]
    if page.photometric in (0, 3) and len(bands) == 1:
        # GDAL gives one bit a palette of its own making, and says nothing of white in floats.
        return "palette" if page.photometric else "miniswhite", 1, ()
    return "palette" if meaning == ["palette"] and page.photometric is None else "minisblack", 1, ()


def _palette(dataset: Any, band: int, page: Page, bits: int | None) -> npt.NDArray[np.uint16] | None:
    """Colour map of shape (3, 2**bits): of a TIFF its own, of which GDAL has 8 bits; else 8 bits spread over 16."""
    if dataset.driver == "GTiff":
        return np.array(page.colours, np.uint16).reshape(3, -1) if page.colours else None
    if dataset.colorinterp[band - 1].name != "palette":
        return None
    found = np.zeros((3, 2 ** (bits or 8 * np.dtype(dataset.dtypes[band - 1]).itemsize)), np.uint16)
    for value, colour in dataset.colormap(band).items():
        if value < found.shape[1]:
            found[:, value] = colour[:3]
    return found * np.uint16(257)


def _levels(open_dataset: Open, name: str, info: ImageInfo) -> tuple[tuple[int, int], ...]:
    dataset = open_dataset(name)
    if dataset.driver not in WITH_LEVELS:
        return ()
    sizes = [(info.size_y, info.size_x)]
    for number in range(min(len(dataset.overviews(1)), _MOST_LEVELS)):
        below = open_dataset(name, OVERVIEW_LEVEL=str(number))
        sizes.append((below.height, below.width))
    shrinking = all(a[0] >= b[0] and a[1] >= b[1] and a != b for a, b in pairwise(sizes))
    return tuple(sizes) if len(sizes) > 1 and shrinking else ()


def _absent(
    open_dataset: Open, names: tuple[str, ...], bands: tuple[int, ...], info: ImageInfo
) -> frozenset[tuple[int, int, int]]:
    """Planes of a sparse TIFF of which no block was ever written.

    Raises
    ------
    RefusedSample
        CNV001 where a part of a plane was not written: GDAL takes those blocks for nodata, or zeros, which
        nobody has recorded.
    """
    absent = set()
    for t, name in enumerate(names):
        dataset = open_dataset(name)
        if dataset.driver != "GTiff":
            continue
        apart = [bands] if info.samples > 1 else [(band,) for band in bands]
        for c, group in enumerate(apart):
            stored = [_is_stored(dataset, band, y, x) for band in group for y, x in _blocks(dataset, band)]
            if not any(stored):
                absent.add((t, c, 0))
            elif not all(stored):
                where = f"image T{t} C{c}"
                reason = f"{stored.count(False)} of {len(stored)} blocks were never written (a sparse TIFF)"
                raise RefusedSample("CNV001", where=where, reason=reason)
    if len(absent) == len(names) * info.size_c:
        raise RefusedSample("CNV001", where="the whole image", reason="no block was ever written (a sparse TIFF)")
    return frozenset(absent)


def _blocks(dataset: Any, band: int) -> Iterator[tuple[int, int]]:
    height, width = dataset.block_shapes[band - 1]
    return ((y, x) for y in range(-(-dataset.height // height)) for x in range(-(-dataset.width // width)))


def _is_stored(dataset: Any, band: int, y: int, x: int) -> bool:
    return dataset.get_tag_item(f"BLOCK_OFFSET_{x}_{y}", "TIFF", bidx=band) is not None
