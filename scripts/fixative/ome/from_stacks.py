"""Facts out of formats that carry no OME-XML of their own: Leica LIF, DeltaVision, OME-Zarr."""

from collections.abc import Iterator, Sequence
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
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

_DELTAVISION = -16224
_DIMENSIONS = {"1": "X", "2": "Y", "3": "Z"}
_TABLES = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (255, 255, 255),
    "grey": (255, 255, 255),
}


def lif(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Leica: an element describes the image of its name, where that is the only one."""
    found = list(_elements(tree))
    names = [str(at(element, "@Name")) for element in found]
    wanted = [image.name for image in images]
    return [
        _lif_image(found[names.index(image.name)], image)
        if image.name and names.count(image.name) == 1 and wanted.count(image.name) == 1
        else None
        for image in images
    ]


def _elements(tree: Any) -> Iterator[Any]:
    """Elements that hold an image, in the order of the file."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if at(node, "Data", "Image", "ImageDescription") is not None:
                yield node
            stack.extend(value for value in reversed(node.values()) if isinstance(value, (dict, list)))
        elif isinstance(node, list):
            stack.extend(reversed(node))


def _lif_image(element: Any, image: ImageInfo) -> ImageFacts:
    """Facts of one element; a length runs from the middle of the first pixel to that of the last."""
    description = at(element, "Data", "Image", "ImageDescription")
    size: dict[str, Quantity] = {}
    for item in items(at(description, "Dimensions", "DimensionDescription")):
        axis = _DIMENSIONS.get(str(at(item, "@DimID")))
        steps, extent = number(at(item, "@NumberOfElements")), number(at(item, "@Length"))
        if axis and steps and steps > 1 and extent and at(item, "@Unit") == "m":
            stated = length(extent / (steps - 1), "µm", scale=6)
            if stated is not None:
                size[image.folded.get(axis, axis)] = stated
    if image.size_z == 1:
        size.pop("Z", None)
    channels = tuple(
        ChannelFacts(colour=_table(at(item, "@LUTName")))
        for item in items(at(description, "Channels", "ChannelDescription"))
    )
    objective, microscope = _lif_instrument(at(element, "Data", "Image"))
    return ImageFacts(
        size={axis: size[axis] for axis in "XYZ" if axis in size},
        channels=channels if len(channels) == image.size_c else (),
        objective=objective,
        microscope=microscope,
    )


def _table(name: Any) -> int | None:
    shown = _TABLES.get(str(name).lower())
    return None if shown is None else colour(*shown)


def _lif_instrument(image: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Objective and stand, from the settings of the hardware."""
    for attached in items(at(image, "Attachment")):
        settings = at(attached, "ATLConfocalSettingDefinition")
        if not isinstance(settings, dict) or not at(settings, "@ObjectiveName"):
            continue
        objective = {"Model": str(at(settings, "@ObjectiveName")).strip()}
        for name, key in (("LensNA", "@NumericalAperture"), ("NominalMagnification", "@Magnification")):
            value = number(at(settings, key))
            if value is not None and value > 0:
                objective[name] = text_of(value)
        model = str(at(settings, "@MicroscopeModel") or "").strip()
        microscope = {"Manufacturer": "Leica", "Model": model} if model else {}
        return objective, microscope
    return {}, {}


def deltavision(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """DeltaVision: sizes in micrometres, wavelengths of emission in nanometres. Not other MRC files."""
    header = at(tree, "header")
    if at(header, "dvid") != _DELTAVISION or len(images) != 1:
        return []
    image = images[0]
    z = length(at(header, "dz"), "µm") if image.size_z > 1 else None
    size = sizes(length(at(header, "dx"), "µm"), length(at(header, "dy"), "µm"), z)
    waves = [number(at(header, f"wave{c + 1}")) for c in range(image.size_c)]
    channels = tuple(
        ChannelFacts(emission_nm=text_of(wave) if wave is not None and wave > 0 else None) for wave in waves
    )
    return [ImageFacts(size=size, channels=channels)]


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
