"""Facts out of Leica's LIF: sizes, channels, the hardware settings, times and places of planes.

Notes
-----
Lengths and positions are metres; a time stamp counts 100 nanoseconds since 1601.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, PlaneFacts, Quantity, at, items, length, number, sizes
from fixative.ome.values import colour, quantity, text, text_of
from fixative.ome.vendor.lif_hardware import Hardware, hardware
from fixative.ome.vendor.planes import by_place, everywhere, joined
from fixative.readers.protocol import ImageInfo

_DIMENSIONS = {"1": "X", "2": "Y", "3": "Z", "4": "T"}
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
_EPOCH = datetime(1601, 1, 1)


def lif(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Leica: an element describes the image of its name, where that is the only one."""
    found = list(_elements(tree))
    names = [str(at(element, "@Name")) for element in found]
    wanted = [image.name for image in images]
    return [
        _image(found[names.index(image.name)], image)
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


def _image(element: Any, image: ImageInfo) -> ImageFacts:
    description = at(element, "Data", "Image", "ImageDescription")
    dimensions = items(at(description, "Dimensions", "DimensionDescription"))
    settings = hardware(at(element, "Data", "Image"))
    stamps = _stamps(at(element, "Data", "Image", "TimeStampList"))
    return ImageFacts(
        description=text(at(element, "Data", "Image", "@TextDescription")),
        acquisition_date=_date(stamps[0]) if stamps else None,
        size=_sizes(dimensions, image),
        time_increment=_cycle(dimensions, image),
        channels=_channels(items(at(description, "Channels", "ChannelDescription")), settings, image),
        planes=joined(_times(stamps, dimensions, image), everywhere(image, settings.stage)),
        microscope=settings.microscope,
        objective=settings.objective,
        objective_settings=settings.objective_settings,
        components=settings.lasers,
    )


def _sizes(dimensions: Sequence[Any], image: ImageInfo) -> dict[str, Quantity]:
    """Size of a pixel; a length runs from the middle of the first pixel to that of the last."""
    found: dict[str, Quantity] = {}
    for item in dimensions:
        axis = _DIMENSIONS.get(str(at(item, "@DimID")))
        steps, extent = number(at(item, "@NumberOfElements")), number(at(item, "@Length"))
        if axis and axis != "T" and steps and steps > 1 and extent and at(item, "@Unit") == "m":
            size = length(abs(extent) / (steps - 1), "µm", scale=6)
            if size is not None:
                found[image.folded.get(axis, axis)] = size
    return sizes(found.get("X"), found.get("Y"), found.get("Z") if image.size_z > 1 else None)


def _cycle(dimensions: Sequence[Any], image: ImageInfo) -> Quantity | None:
    """Time from one time point to the next, from the length of the axis in seconds."""
    for item in dimensions:
        steps, extent = number(at(item, "@NumberOfElements")), number(at(item, "@Length"))
        if at(item, "@DimID") == "4" and at(item, "@Unit") == "s" and steps == image.size_t and steps > 1 and extent:
            return quantity(float(extent / (steps - 1)), "s")
    return None


def _channels(described: Sequence[Any], settings: Hardware, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    """Channels of the image with the detectors that were on, where there are as many of one as of the other."""
    if len(described) != image.size_c:
        return ()
    detected = settings.channels if len(settings.channels) == image.size_c else (ChannelFacts(),) * image.size_c
    return tuple(
        ChannelFacts(
            colour=_table(at(item, "@LUTName")),
            name=known.name,
            fluor=_property(item, "DyeName") or known.fluor,
            emission_nm=known.emission_nm,
            exposure=known.exposure,
            contrast=known.contrast,
            pinhole=settings.pinhole,
            detector=known.detector,
            emission_filters=known.emission_filters,
        )
        for item, known in zip(described, detected, strict=True)
    )


def _property(channel: Any, key: str) -> str | None:
    found = (at(item, "Value") for item in items(at(channel, "ChannelProperty")) if at(item, "Key") == key)
    return text(next(found, None))


def _table(name: Any) -> int | None:
    shown = _TABLES.get(str(name).lower())
    return None if shown is None else colour(*shown)


def _stamps(listed: Any) -> list[int]:
    """Time stamps: hexadecimal words, or two halves each in older files."""
    try:
        if text(at(listed, "#text")):
            return [int(word, 16) for word in str(at(listed, "#text")).split()]
        halves = items(at(listed, "TimeStamp"))
        found = [(int(at(one, "@HighInteger")) << 32) + int(at(one, "@LowInteger")) for one in halves]
    except (TypeError, ValueError):
        return []
    return found


def _date(stamp: int) -> str | None:
    """The first time stamp, without an offset from UTC: the file states none."""
    if not 0 < stamp < 2**61:
        return None
    moment = (_EPOCH + timedelta(seconds=stamp // 10_000_000)).isoformat()
    fraction = f"{stamp % 10_000_000:07d}".rstrip("0")
    return f"{moment}.{fraction}" if fraction else moment


def _times(stamps: Sequence[int], dimensions: Sequence[Any], image: ImageInfo) -> PlaneFacts:
    """Seconds since the first stamp, where there is one for each plane: channels fastest, then axes as stored."""
    if not stamps or not stamps[0]:
        return PlaneFacts()
    axes = _stored_axes(dimensions, image)
    counts = {"T": image.size_t, "Z": image.size_z}
    expected = 1
    for axis, count in axes:
        if counts.get(axis) != count:
            return PlaneFacts()
        expected *= count
    if expected != image.size_t * image.size_z or len(stamps) not in (expected, expected * image.size_c):
        return PlaneFacts()
    per_frame = len(stamps) // expected
    rows = []
    for n, stamp in enumerate(stamps):
        frame, channel = divmod(n, per_frame)
        where = {"T": 0, "Z": 0}
        for axis, count in axes:
            frame, where[axis] = divmod(frame, count)
        known = {"DeltaT": text_of(Decimal(stamp - stamps[0]).scaleb(-7))} if stamp >= stamps[0] else {}
        channels = range(image.size_c) if per_frame == 1 else (channel,)
        rows += [((where["T"], c, where["Z"]), known) for c in channels]
    return by_place({"DeltaT": "s"}, rows, image)


def _stored_axes(dimensions: Sequence[Any], image: ImageInfo) -> list[tuple[str, int]]:
    """Axes beyond the plane, fastest first, as the image has them."""
    order = sorted(dimensions, key=lambda item: number(at(item, "@BytesInc")) or 0)
    found: list[tuple[str, int]] = []
    for item in order[2:]:
        letter = _DIMENSIONS.get(str(at(item, "@DimID")), "?")
        count = number(at(item, "@NumberOfElements"))
        if count != 1:
            found.append((image.folded.get(letter, letter), int(count or 0)))
    return found
