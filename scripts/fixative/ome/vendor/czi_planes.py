"""Facts about the planes of a CZI: when and where each was taken, out of subblocks and attachments.

Notes
-----
AcquisitionTime of a subblock is a moment; DeltaT counts from the start of the acquisition, and is stated only where
the file states both. The attachment TimeStamps holds seconds since that start for each time point. Stage and focus
positions are micrometres, exposures nanoseconds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from fixative.columns import column
from fixative.ome.facts import ImageFacts, PlaneFacts, at, items, text_of
from fixative.ome.values import number, scaled
from fixative.ome.vendor.czi import started
from fixative.ome.vendor.dates import moment_from
from fixative.ome.vendor.planes import Place, by_place, joined, places_of
from fixative.readers.protocol import ImageInfo

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})?$")
_POSITIONS = {"PositionX": "StageXPosition", "PositionY": "StageYPosition", "PositionZ": "FocusPosition"}
_UNITS = {"DeltaT": "s", "ExposureTime": "ms", "PositionX": "µm", "PositionY": "µm", "PositionZ": "µm"}


def czi_planes(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Times, exposures and positions of planes; ``tree`` has ``czi``, ``czi_subblocks`` and ``czi_attachments``."""
    begin = _moment(
        started(at(tree, "czi", "ImageDocument", "Metadata", "Information", "Image", "AcquisitionDateAndTime"))
    )
    table = at(tree, "czi_subblocks", "Metadata")
    found = [image for image in images if image.kind == "image"]
    scenes = _scenes(table, len(found))
    stamps = next(
        (at(each, "TimeStamps") for each in items(at(tree, "czi_attachments")) if at(each, "TimeStamps")), None
    )
    facts: list[ImageFacts | None] = []
    for n, image in enumerate(found):
        planes = PlaneFacts()
        # What of a folded axis an index is, the subblocks do not say in OME's words
        if not image.folded:
            planes = _of_subblocks(table, scenes[n], image, begin) if scenes else planes
            planes = joined(planes, _of_time_points(stamps, image) if begin and len(found) == 1 else PlaneFacts())
        facts.append(ImageFacts(planes=planes) if planes.columns else None)
    return facts


def _scenes(table: Any, count: int) -> list[list[int]]:
    """Rows of the table for each scene; none where scenes and images do not go together."""
    rows = at(table, "rows")
    if not isinstance(rows, int) or not isinstance(table, Mapping):
        return []
    numbers = column(table, "S") or [0] * rows
    known = sorted(set(numbers), key=lambda each: -1 if each is None else each)
    if len(known) != count:
        return []
    place = {scene: n for n, scene in enumerate(known)}
    found: list[list[int]] = [[] for _ in known]
    for row, scene in enumerate(numbers):
        found[place[scene]].append(row)
    return found


def _of_subblocks(table: Mapping[str, Any], rows: Sequence[int], image: ImageInfo, begin: Any) -> PlaneFacts:
    """What the subblocks say; of the tiles of one plane, the earliest time, and only what all say alike."""
    axes = [column(table, axis) for axis in "TCZ"]
    lowest = [min((axis[row] or 0 for row in rows), default=0) if axis else 0 for axis in axes]
    named = {name: _translated(column(table, source), scaled) for name, source in _POSITIONS.items()}
    named["ExposureTime"] = _translated(_exposures(table), _milliseconds)
    named["DeltaT"] = _translated(column(table, "AcquisitionTime"), lambda value: _since(begin, value))
    named = {name: values for name, values in named.items() if values}
    found: dict[Place, dict[str, str | None]] = {}
    for row in rows:
        t, c, z = ((axis[row] or 0) - low if axis else 0 for axis, low in zip(axes, lowest, strict=True))
        known = {name: values[row] for name, values in named.items()}
        before = found.get((t, c, z))
        found[t, c, z] = known if before is None else _alike(before, known)
    return by_place(_UNITS, found.items(), image)


def _translated(values: Sequence[Any], written: Callable[[Any], str | None]) -> list[str | None]:
    """Values as OME-XML writes them; positions and times repeat, so each is written once."""
    plain = [value if isinstance(value, (str, int, float)) else None for value in values]
    known = {value: written(value) for value in set(plain)}
    return [known[value] for value in plain]


def _exposures(table: Mapping[str, Any]) -> list[Any]:
    return column(table, "DetectorState", "CameraState", "ExposureTime") or column(table, "ExposureTime")


def _alike(one: dict[str, str | None], other: dict[str, str | None]) -> dict[str, str | None]:
    found = {name: value if other.get(name) == value else None for name, value in one.items()}
    if found.get("PositionX") is None or found.get("PositionY") is None:
        # Half a position would be that of none of the tiles
        found |= {name: None for name in ("PositionX", "PositionY") if name in found}
    times = [Decimal(each) for each in (one.get("DeltaT"), other.get("DeltaT")) if each]
    return found | {"DeltaT": text_of(min(times)) if times else None}


def _milliseconds(value: Any) -> str | None:
    found = number(value)
    return text_of(found.scaleb(-6)) if found is not None and found > 0 else None


def _moment(value: Any) -> tuple[datetime, Decimal] | None:
    """A moment to the second, and the fraction beyond; a moment without an offset stays without."""
    match = _MOMENT.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    whole = moment_from(f"{match[1]}{(match[3] or '').replace('Z', '+00:00')}")
    return None if whole is None else (whole, Decimal(f"0{match[2] or '.0'}"))


def _since(begin: tuple[datetime, Decimal] | None, value: Any) -> str | None:
    """Seconds from the start of the acquisition; None before it, or where one of two has no offset from UTC."""
    moment = _moment(value)
    if begin is None or moment is None or (begin[0].tzinfo is None) != (moment[0].tzinfo is None):
        return None
    whole = (moment[0] - begin[0]).total_seconds()
    seconds = Decimal(int(whole)) + moment[1] - begin[1]
    return text_of(seconds) if seconds >= 0 else None


def _of_time_points(stamps: Any, image: ImageInfo) -> PlaneFacts:
    """One time for all planes of a time point."""
    values = [scaled(value) for value in items(stamps)]
    if len(values) != image.size_t or any(value is None or value.startswith("-") for value in values):
        return PlaneFacts()
    places = places_of(image)
    return PlaneFacts(tuple(places), {"DeltaT": ("s", tuple(values[t] for t, _, _ in places))})
