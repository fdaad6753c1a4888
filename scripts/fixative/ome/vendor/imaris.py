"""Facts out of Imaris: extents, channels, times of time points.

Notes
-----
TimeInfo lists the moment of each time point; LSM... attributes of a channel are nanometres.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, PlaneFacts, Quantity, Stated, at, stated
from fixative.ome.values import colour, length, number, positive, quantity, sizes, text, text_of, unit_of
from fixative.ome.vendor.dates import moment_from
from fixative.ome.vendor.planes import places_of
from fixative.ome.vocabulary import word
from fixative.readers.protocol import ImageInfo

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d+)?")


def imaris(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Imaris: extents over sizes, channels' names, colours and wavelengths, date, times."""
    info = at(tree, "DataSetInfo/Image")
    unit = unit_of(at(info, "Unit"))
    date = _DATE.fullmatch(str(at(info, "RecordingDate") or ""))
    found: list[ImageFacts | None] = []
    for image in images:
        counts = (image.size_x, image.size_y, image.size_z)
        extents = [_extent(info, n, count, unit) for n, count in enumerate(counts)]
        facts = ImageFacts(
            name=_told(at(info, "Name")),
            description=_told(at(info, "Description")),
            acquisition_date=f"{date[1]}T{date[2]}" if date else None,
            size=sizes(extents[0], extents[1], extents[2] if image.size_z > 1 else None),
            channels=tuple(_channel(at(tree, f"DataSetInfo/Channel {c}")) for c in range(image.size_c)),
            planes=_times(at(tree, "DataSetInfo/TimeInfo"), image),
            objective=_objective(info),
        )
        found.append(facts if image.kind == "image" else None)
    return found


def _told(value: Any) -> str | None:
    """A text that a person gave; Imaris writes ``(name not specified)`` where nobody did."""
    found = text(value)
    return None if found is None or found.endswith("not specified)") else found


def _extent(info: Any, n: int, count: int, unit: str | None) -> Quantity | None:
    low, high = number(at(info, f"ExtMin{n}")), number(at(info, f"ExtMax{n}"))
    return length((high - low) / count, unit) if unit and low is not None and high is not None else None


def _objective(info: Any) -> Stated:
    return stated(
        LensNA=positive(at(info, "NumericalAperture")), NominalMagnification=positive(at(info, "LensPower"))
    )


def _channel(part: Any) -> ChannelFacts:
    levels = [number(level) for level in str(at(part, "Color") or "").split()]
    rgb = [round(float(level) * 255) for level in levels if level is not None and 0 <= level <= 1]
    return ChannelFacts(
        name=_told(at(part, "Name")),
        colour=colour(rgb[0], rgb[1], rgb[2]) if len(rgb) == 3 else None,
        excitation_nm=positive(at(part, "LSMExcitationWavelength")),
        emission_nm=positive(at(part, "LSMEmissionWavelength")),
        pinhole=quantity(number(at(part, "LSMPinhole")), "µm"),
        acquisition_mode=word("Channel", "AcquisitionMode", at(part, "MicroscopyMode")),
    )


def _times(info: Any, image: ImageInfo) -> PlaneFacts:
    """Seconds since the first time point, of all planes of each."""
    moments = [_DATE.fullmatch(str(at(info, f"TimePoint{n}") or "")) for n in range(1, image.size_t + 1)]
    seconds = [found for moment in moments if moment is not None and (found := _seconds(moment)) is not None]
    if image.size_t < 2 or len(seconds) != image.size_t:
        return PlaneFacts()
    since = [second - seconds[0] for second in seconds]
    # Time points made by software all bear one moment
    if min(since) < 0 or max(since) == 0:
        return PlaneFacts()
    places = places_of(image)
    return PlaneFacts(tuple(places), {"DeltaT": ("s", tuple(text_of(since[t]) for t, _, _ in places))})


def _seconds(moment: "re.Match[str]") -> Decimal | None:
    """Seconds since a fixed day."""
    whole = moment_from(f"{moment[1]}T{moment[2]}+00:00")
    return None if whole is None else Decimal(int(whole.timestamp())) + Decimal(f"0{moment[3] or '.0'}")
