"""Facts out of OME-Zarr: scales, labels and colours.

Notes
-----
https://ngff.openmicroscopy.org: ``multiscales``, ``omero``.
"""

from collections.abc import Sequence
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, Quantity, at, colour, items, length, number, unit_of
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]


def ome_zarr(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """OME-Zarr: the scale of level 0 where its axis has a unit of length; labels and colours of ``omero``."""
    groups = {
        path: (at(attributes, "ome") or attributes)
        for path, attributes in (tree.items() if isinstance(tree, dict) else ())
        if at(at(attributes, "ome") or attributes, "multiscales")
    }
    # Fields of a plate are named by their paths; their order is the plate's, which need not be that of the paths.
    paths = [f"/{image.name}" for image in images]
    if len(set(paths)) < len(paths) or not groups.keys() >= set(paths):
        paths = list(groups)
    if len(paths) != len(images):
        return []
    return [_zarr_image(groups[path], image) for path, image in zip(paths, images, strict=True)]


def _zarr_image(group: Any, image: ImageInfo) -> ImageFacts:
    multiscale = at(group, "multiscales")
    axes = items(at(multiscale, "axes"))
    transforms = items(at(multiscale, "datasets", "coordinateTransformations"))
    scale = next((items(at(item, "scale")) for item in transforms if at(item, "type") == "scale"), [])
    size: dict[str, Quantity] = {}
    step = None
    for axis, value in zip(axes, scale, strict=False):
        name, unit = str(at(axis, "name")).upper(), at(axis, "unit")
        if name in "XYZ" and (known := unit_of(unit)) and (stated := length(value, known)):
            size[name] = stated
        elif name == "T" and unit in ("second", "millisecond") and image.size_t > 1 and number(value):
            step = Quantity(str(value), {"second": "s", "millisecond": "ms"}[unit])
    if image.size_z == 1:
        size.pop("Z", None)
    return ImageFacts(size=size, time_increment=step, channels=_omero_channels(group, image))


def _omero_channels(group: Any, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    channels = items(at(group, "omero", "channels"))
    if len(channels) != image.size_c:
        return ()
    return tuple(
        ChannelFacts(
            name=str(at(item, "label")) if at(item, "label") is not None else None,
            colour=_hex(at(item, "color")),
        )
        for item in channels
    )


def _hex(value: Any) -> int | None:
    if not isinstance(value, str) or len(value) != 6:
        return None
    try:
        red, green, blue = bytes.fromhex(value)
    except ValueError:
        return None
    return colour(red, green, blue)
