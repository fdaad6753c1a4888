"""Facts out of ImageJ's metadata in TIFF."""

from collections.abc import Sequence
from typing import Any

from fixative.ome.facts import (
    ChannelFacts,
    ImageFacts,
    Quantity,
    at,
    colour,
    items,
    length,
    number,
    sizes,
    text_of,
    unit_of,
)
from fixative.ome.vendor.imagej_rois import regions
from fixative.ome.vendor.tags import first_ifd, reciprocal
from fixative.readers.protocol import ImageInfo


def imagej(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """ImageJ: the resolution tags are pixels per ``unit``; ``spacing`` is between slices."""
    if not images:
        return []
    image, ifd = images[0], first_ifd(tiff)
    unit = unit_of(at(tree, "unit"))
    size: dict[str, Quantity] = {}
    if unit:
        x, y = (reciprocal(ifd.get(f"{axis}Resolution"), unit) for axis in "XY")
        z = length(at(tree, "spacing"), unit) if image.size_z > 1 else None
        size = sizes(x, y, z)
    interval = number(at(tree, "finterval"))
    step = None
    if interval is not None and interval > 0 and image.size_t > 1:
        step = Quantity(text_of(interval), "s") if at(tree, "tunit") in (None, "s", "sec", "") else None
    channels = _imagej_channels(tree, image)
    return [ImageFacts(size=size, time_increment=step, channels=channels, rois=regions(tree, image))]


def _imagej_channels(tree: Any, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    """Colours of the lookup tables, where they are shown in colour; labels, where each is a channel's."""
    tables, labels = items(at(tree, "LUTs")), items(at(tree, "Labels"))
    coloured = at(tree, "mode") in ("composite", "color") and len(tables) == image.size_c
    named = image.size_z == image.size_t == 1 < image.size_c == len(labels)
    if not (coloured or named):
        return ()
    return tuple(
        ChannelFacts(
            name=str(labels[c]).splitlines()[0][:256] if named and str(labels[c]).strip() else None,
            colour=_ramp(tables[c]) if coloured else None,
        )
        for c in range(image.size_c)
    )


def _ramp(table: Any) -> int | None:
    """Colour of a lookup table that runs from black to one colour."""
    if not (isinstance(table, list) and len(table) == 3 and all(len(part) == 256 for part in table)):
        return None
    if any(part[0] for part in table):
        return None
    return colour(*(int(part[255]) for part in table))
