"""What the page shows of a sample's pixels: histograms of source and archive, the legend of its thumbnail."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from pydantic import ValidationError

from fixative.image.picture import Picture
from fixative.report.status import Records
from fixative.sampled_histogram import SampledChannel, SampledHistogram

MOST_SHOWN = 8
"""Histograms of one sample that the page draws."""

HEIGHTS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
"""A bar's height, 0 to 63 of the highest, as one character: a histogram is a text of 64."""


@dataclass(frozen=True)
class Histogram:
    """One channel, counted in source and archive; an empty text where one of them was not counted."""

    name: str
    """``C0 DAPI``, ``image 2 C1 sample 0``."""
    source: str
    archive: str
    same: bool
    """Whether both have the same range and the same count in every bin."""
    minimum: float
    maximum: float
    planes: int
    planes_of: int
    step: int
    samples: int
    most: int
    """Samples in the fullest bin: the height of the drawing."""


@dataclass(frozen=True)
class Legend:
    """How to read a thumbnail."""

    width_um: float | None
    """Of what is shown; None where the source states no pixel size."""
    channels: tuple[tuple[str, str], ...]
    """Name and colour, ``#00ff00``; empty for a picture in true colours."""


def histograms_of(records: Records) -> tuple[tuple[Histogram, ...], tuple[str, ...]]:
    """Pair the histograms of source and archive; the second: how each was measured, and what is not shown."""
    read = {name: _read(records.read(f"histogram_{name}.json")) for name in ("source", "archive")}
    found = {name: {_place(one): one for one in record.channels} for name, record in read.items() if record}
    places = sorted(
        {place for channels in found.values() for place in channels}, key=lambda p: (p[0], p[1], p[2] or 0)
    )
    names = _channel_names(records)
    shown = tuple(
        _paired(found.get("source", {}).get(place), found.get("archive", {}).get(place), _name(place, places, names))
        for place in places[:MOST_SHOWN]
    )
    total = max((record.channels_of for record in read.values() if record), default=0)
    return shown, tuple(_measured(read, len(places), total))


def legend_of(records: Records) -> Legend | None:
    """Say how to read the thumbnail, where that is on record."""
    picture = _picture(records)
    if picture is None or picture.image is None:
        return None
    return Legend(
        width_um=picture.size_x * picture.um_per_px if picture.um_per_px else None,
        channels=tuple(
            (one.name or f"C{number}", "#{:02x}{:02x}{:02x}".format(*one.colour))
            for number, one in enumerate(picture.channels)
        ),
    )


def heights(counts: tuple[int, ...], most: int) -> str:
    """Give the heights of bars, by square roots so that small ones show, the highest that of ``most``."""
    top = len(HEIGHTS) - 1
    return "".join(HEIGHTS[ceil(top * (count / most) ** 0.5) if most else 0] for count in counts)


def _picture(records: Records) -> Picture | None:
    content = records.read("picture.json")
    try:
        return Picture.model_validate(content) if content else None
    except ValidationError:
        return None


def _read(content: dict[str, Any]) -> SampledHistogram | None:
    try:
        return SampledHistogram.model_validate(content) if content else None
    except ValidationError:
        return None


_Place = tuple[int, int, int | None]


def _place(one: SampledChannel) -> _Place:
    return one.image, one.channel, one.sample


def _name(place: _Place, places: list[_Place], names: dict[tuple[int, int], str]) -> str:
    image, channel, sample = place
    of_several = f"image {image} " if any(other[0] for other in places) else ""
    named = f" {names[image, channel]}" if (image, channel) in names else ""
    return f"{of_several}C{channel}{named}" + ("" if sample is None else f" sample {sample}")


def _channel_names(records: Records) -> dict[tuple[int, int], str]:
    """Names of the channels of the image that the thumbnail shows."""
    picture = _picture(records)
    if picture is None or picture.image is None:
        return {}
    return {(picture.image, number): one.name for number, one in enumerate(picture.channels) if one.name}


def _paired(source: SampledChannel | None, archive: SampledChannel | None, name: str) -> Histogram:
    one = source or archive
    assert one is not None
    most = max(max(channel.counts, default=0) for channel in (source, archive) if channel)
    return Histogram(
        name=name,
        source=heights(source.counts, most) if source else "",
        archive=heights(archive.counts, most) if archive else "",
        same=source is not None and source == archive,
        minimum=min(channel.minimum for channel in (source, archive) if channel),
        maximum=max(channel.maximum for channel in (source, archive) if channel),
        planes=one.planes,
        planes_of=one.planes_of,
        step=one.step,
        samples=one.samples,
        most=most,
    )


def _measured(read: dict[str, SampledHistogram | None], counted: int, total: int) -> Iterator[str]:
    for name, record in read.items():
        if record:
            yield f"{name}: {record.measured_in} ({record.program})"
        elif any(read.values()):
            yield f"{name}: not counted"
    if counted > MOST_SHOWN:
        yield f"{MOST_SHOWN} of {counted} histograms are shown, of {total} channels"
