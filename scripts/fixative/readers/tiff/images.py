"""What a TIFF series is: its axes in T, C, Z, Y, X and samples, and where each plane lies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from fixative.findings import RefusedSample
from fixative.readers.axes import PlaneMap, fold, with_strides
from fixative.readers.protocol import ImageInfo
from fixative.readers.tiff.levels import levels_of

MEANINGS = {
    "T": "time",
    "C": "channel",
    "Z": "depth",
    "I": "sequence",
    "S": "sample",
    "A": "angle",
    "P": "phase",
    "R": "tile",
    "H": "lifetime",
    "E": "emission",
    "L": "exposure",
    "V": "event",
    "M": "mosaic",
    "J": "tile",
    "K": "tile",
    "Q": "other",
}
"""tifffile's letters."""

PHOTOMETRIC: dict[int, Literal["minisblack", "miniswhite", "rgb", "palette", "separated", "cielab"]] = {
    0: "miniswhite",
    1: "minisblack",
    2: "rgb",
    3: "palette",
    5: "separated",
    8: "cielab",
}
_COLOUR_SAMPLES = {"rgb": 3, "separated": 4, "cielab": 3}
_KINDS = {"label": "label", "macro": "macro", "thumbnail": "thumbnail", "map": "thumbnail"}
_SLIDES = {"svs", "ndpi", "scn", "qpi", "bif", "avs", "philips"}


@dataclass(frozen=True)
class Layout:
    """Where the planes of one image lie in its series."""

    levels: tuple[Any, ...]
    """Series of each level of `ImageInfo.levels`, all stored alike; full size first, and alone where there is
    no other."""
    planes: PlaneMap
    per_page: int
    """Planes of one page: separate samples times depth."""
    separate: tuple[int, int] | None = None
    """Number and step of samples that are stored as planes of their own."""
    pick: tuple[str, int] | None = None
    """OME axis that lies in the samples stored together, and its size."""


def images_of(series: Sequence[Any], byte_order: Literal["little", "big"]) -> Iterator[tuple[ImageInfo, Layout]]:
    """Every image of a file's series; series of reduced copies are no images of their own."""
    index = 0
    for number, one in enumerate(series):
        if number and _is_reduced_copy(one):
            continue
        for info, layout in _images(one, index, byte_order):
            yield info, layout
            index += 1


def _is_reduced_copy(series: Any) -> bool:
    """Whether a page says that it is a smaller copy, and is no slide's label, macro or thumbnail."""
    return bool(series.keyframe.is_reduced) and _kind(series) == "image"


def _kind(series: Any) -> Literal["image", "label", "macro", "thumbnail"]:
    if series.kind not in _SLIDES:
        return "image"
    return _KINDS.get(series.name.lower(), "image")  # type: ignore[return-value]


def _images(series: Any, index: int, byte_order: Literal["little", "big"]) -> Iterator[tuple[ImageInfo, Layout]]:
    key = series.keyframe
    if key.dtype is None or 0 in key.shaped:
        raise RefusedSample("MET001", tried="tifffile (a data type or a size that cannot be decoded)")
    separate, depth, size_y, size_x, contiguous = key.shaped
    letters, sizes, inner = _outer_axes(series)
    photometric = _photometric(key)
    colour = photometric in _COLOUR_SAMPLES or (series.kind == "ome" and max(separate, contiguous) in (3, 4))

    own = with_strides(letters, MEANINGS | _POSITIONS.get(series.kind, {}), sizes)
    samples, split, pick = 1, None, None
    if contiguous > 1:
        if inner == "S" and colour:
            samples = contiguous
        else:
            pick = inner
    stored_apart = next((axis for axis in own if axis.letter == "S" and axis.size > 1), None)
    if stored_apart is not None and colour and samples == 1:
        samples, split = stored_apart.size, (stored_apart.size, stored_apart.stride)
    own = [axis for axis in own if axis.letter != "S" or (axis.size > 1 and split is None)]

    picked = with_strides(pick or "", MEANINGS, [contiguous] if pick else [])
    # Planes inside the samples vary fastest: every other step counts in units of them.
    scaled = [_scaled(axis, contiguous if pick else 1) for axis in own]
    maps = fold([*scaled, *picked])
    levels = levels_of(series)
    sizes_of_levels = tuple((int(one.keyframe.imagelength), int(one.keyframe.imagewidth)) for one in levels)
    for number, planes in enumerate(maps):
        t, c, z = planes.sizes
        name = series.name or None
        yield (
            ImageInfo(
                index=index + number,
                name=f"{name or series.kind} #{number + 1}" if len(maps) > 1 else name,
                size_t=t,
                size_c=c,
                size_z=z,
                size_y=size_y,
                size_x=size_x,
                samples=samples,
                dtype=np.dtype(key.dtype).name,
                kind=_kind(series),
                source_axes=series.get_axes(False),
                folded=planes.folded | ({pick: _target_of(pick)} if pick and _target_of(pick) != pick else {}),
                byte_order=byte_order,
                significant_bits=_significant_bits(key),
                photometric="minisblack" if samples == 1 and photometric in _COLOUR_SAMPLES else photometric,
                extra_samples=_extra_samples(key, samples, photometric),
                palette=_palette(key) if photometric == "palette" else None,
                levels=sizes_of_levels if len(levels) > 1 else (),
                tile=(key.tilelength, key.tilewidth) if key.is_tiled else None,
                absent=_absent(series, planes, separate * depth, contiguous if pick else 1),
            ),
            Layout(levels, planes, separate * depth, split, (pick, contiguous) if pick else None),
        )


# In LSM and Micro-Manager files these letters name places, not phases or tiles of one picture.
_POSITIONS = {
    "lsm": {"P": "position", "M": "mosaic"},
    "mmstack": {"R": "position"},
    "ndtiff": {"P": "position", "R": "position"},
}


def _scaled(axis: Any, factor: int) -> Any:
    return type(axis)(axis.letter, axis.meaning, axis.size, axis.stride * factor)


def _target_of(letter: str | None) -> str:
    return with_strides(letter or "", MEANINGS, [1])[0].target if letter else ""


def _outer_axes(series: Any) -> tuple[str, tuple[int, ...], str]:
    """Axes around the planes, in storage order, and the letter of samples stored together.

    The series' own letters are used where its trailing axes are the page's rows and columns, whatever they
    are called there (an xz scan's rows are Z: they stand as Y). Where they are not, the writer's shape and
    the pages disagree, and the pages are taken one by one.
    """
    key = series.keyframe
    separate, depth, size_y, size_x, contiguous = key.shaped
    letters, sizes = list(series.get_axes(False)), list(series.get_shape(False))
    inner = "S"
    if contiguous > 1 and sizes and sizes[-1] == contiguous:
        inner = letters.pop()
        sizes.pop()
    fits = _take_last(letters, sizes, size_x, "X") and _take_last(letters, sizes, size_y, "Y")
    pages = prod(sizes) / (separate * depth) if fits else 0
    if not fits or pages != int(pages) or (not series.is_truncated and pages != len(series)):
        letters, sizes, inner = ["I", "S", "Z"], [len(series), separate, depth], "S"
    # A letter that stands twice, or X and Y among the outer axes, has no meaning of its own left.
    seen: set[str] = set()
    for at, letter in enumerate(letters):
        if letter in "XY" or letter in seen:
            letters[at] = "Q"
        seen.add(letter)
    return "".join(letters), tuple(sizes), inner


def _take_last(letters: list[str], sizes: list[int], size: int, name: str) -> bool:
    """Remove the last axis, after axes of size 1 that are not ``name``; whether its size was ``size``."""
    while sizes and sizes[-1] == 1 and letters[-1] != name and size != 1:
        letters.pop()
        sizes.pop()
    if size == 1 and name in letters[-2:]:
        while letters[-1] != name:
            letters.pop()
            sizes.pop()
    if not sizes or sizes[-1] != size:
        return False
    letters.pop()
    sizes.pop()
    return True


def _photometric(key: Any) -> Literal["minisblack", "miniswhite", "rgb", "palette", "separated", "cielab"]:
    """TIFF's photometric interpretation of the values that are read.

    YCbCr in JPEG is decoded to RGB. Otherwise YCbCr has no place in the archive without a conversion that
    rounds, so it is refused here.
    """
    value = int(key.photometric) if key.photometric is not None else 1
    if value == 6 and key.compression in (6, 7, 33007, 34892, 50001):
        return "rgb"
    if value == 6 and key.compression in (33003, 33005, 34712):
        return "rgb"
    if value == 6 and key.samplesperpixel >= 3:
        raise RefusedSample("MET001", tried="tifffile (YCbCr outside JPEG is not converted to RGB)")
    if value not in PHOTOMETRIC:
        return "rgb" if key.samplesperpixel in (3, 4) and value == 6 else "minisblack"
    return PHOTOMETRIC[value]


def _significant_bits(key: Any) -> int | None:
    bits = key.bitspersample
    if not isinstance(bits, int) or key.dtype.kind not in "ui":
        return None
    return bits if bits < key.dtype.itemsize * 8 else None


def _extra_samples(key: Any, samples: int, photometric: str) -> tuple[int, ...]:
    extra = samples - _COLOUR_SAMPLES.get(photometric, 1)
    stated = tuple(int(value) for value in key.extrasamples)
    if samples == 1 or extra <= 0:
        return ()
    return (stated + (0,) * extra)[:extra]


def _palette(key: Any) -> Any:
    colours = key.colormap
    return None if colours is None else np.asarray(colours, np.uint16)


def _absent(series: Any, planes: PlaneMap, per_page: int, picked: int) -> frozenset[tuple[int, int, int]]:
    """Planes that the file's own list of planes leaves out."""
    if len(series._pages) == 1 or all(page is not None for page in series._pages):
        return frozenset()
    return frozenset(
        plane for plane in planes.planes() if series._pages[planes.linear(*plane) // picked // per_page] is None
    )
