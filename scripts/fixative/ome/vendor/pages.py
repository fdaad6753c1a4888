"""Facts that stand in the descriptions of a TIFF's pages: ScanImage, Akoya QPTIFF, Leica SCN.

Notes
-----
https://docs.scanimage.org: ``frameTimestamps_sec`` since the start of the acquisition, ``epoch`` its moment.
PerkinElmer-QPI: ``ExposureTime`` in microseconds, one page of type FullResolution for each channel.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, PlaneFacts, at, items, stated
from fixative.ome.values import colour, positive, quantity, scaled, text
from fixative.ome.vendor.dates import moment_from
from fixative.ome.vendor.planes import by_place, in_order
from fixative.ome.vendor.rows import rows_of
from fixative.ome.vocabulary import objective_of, word
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

_EPOCH = re.compile(r"\[\s*(\d{4})[ ,]+(\d+)[ ,]+(\d+)[ ,]+(\d+)[ ,]+(\d+)[ ,]+(\d+(?:\.\d+)?)\s*\]$")


def qptiff(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Akoya: channels of the full resolution, with the objective of the first."""
    if not isinstance(tree, Mapping) or not images:
        return []
    pages = sorted(tree.items(), key=lambda page: int(page[0]) if str(page[0]).isdigit() else -1)
    found = [at(page, "PerkinElmer-QPI-ImageDescription") for _, page in pages]
    full = [page for page in found if at(page, "ImageType") == "FullResolution"]
    objective = text(at(full[0], "Objective")) if full else None
    channels = tuple(
        ChannelFacts(
            name=text(at(page, "Name")),
            colour=_rgb(at(page, "Color")),
            exposure=quantity(at(page, "ExposureTime"), "µs"),
        )
        for page in full
    )
    return [
        ImageFacts(
            channels=channels if len(channels) == images[0].size_c else (),
            objective=objective_of(objective) if objective else {},
        )
    ]


def _rgb(value: Any) -> int | None:
    parts = re.fullmatch(r"(\d{1,3}),(\d{1,3}),(\d{1,3})", str(value or ""))
    levels = [int(part) for part in parts.groups()] if parts else []
    return colour(*levels) if levels and max(levels) < 256 else None


def scn(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Leica: the one image of a collection that is no overview of the whole slide."""
    collection = at(tree, "scn", "collection")
    whole = at(collection, "@sizeX"), at(collection, "@sizeY")
    found = [
        image
        for image in items(at(collection, "image"))
        if (at(image, "view", "@sizeX"), at(image, "view", "@sizeY")) != whole
    ]
    if len(found) != 1:
        return []
    settings = at(found[0], "scanSettings")
    date = str(at(found[0], "creationDate") or "")
    contrast = word("Channel", "ContrastMethod", at(settings, "illuminationSettings", "illuminationSource"))
    return [
        ImageFacts(
            acquisition_date=date if "T" in date and moment_from(date.replace("Z", "+00:00")) else None,
            channels=(ChannelFacts(contrast=contrast),) if contrast else (),
            microscope=stated(Model=text(at(found[0], "device", "@model"))),
            objective=stated(NominalMagnification=positive(at(settings, "objectiveSettings", "objective"))),
        )
    ]


def scanimage(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """ScanImage: times of frames, where the pages are the planes in the order of the image's axes; its epoch."""
    rows = rows_of(at(tree, "frames"))
    if len(images) != 1 or not rows:
        return []
    image = images[0]
    epoch = _EPOCH.match(str(rows[0].get("epoch") or ""))
    places = in_order(image)
    planes = PlaneFacts()
    if len(places) == len(rows):
        times = ({"DeltaT": scaled(row.get("frameTimestamps_sec"))} for row in rows)
        planes = by_place({"DeltaT": "s"}, zip(places, times, strict=True), image)
    return [ImageFacts(acquisition_date=_moment(epoch) if epoch else None, planes=planes)]


def _moment(epoch: "re.Match[str]") -> str | None:
    """The clock on the wall, to the millisecond that it counts."""
    year, month, day, hour, minute = (int(part) for part in epoch.groups()[:5])
    seconds = Decimal(epoch[6])
    clock = f"{hour:02d}:{minute:02d}:{int(seconds):02d}"
    iso = f"{year:04d}-{month:02d}-{day:02d}T{clock}"
    fraction = f"{seconds % 1:.3f}"[1:].rstrip("0").rstrip(".")
    return f"{iso}{fraction}" if moment_from(iso) else None
