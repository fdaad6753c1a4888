"""Facts out of what RosettaSciIO says of electron micrographs: sizes with their units, dates, the microscope.

Acceleration voltage, camera length and magnification have no place in OME, which knows lenses of light; they
stay in the dump. Scales in reciprocal units (diffraction patterns) are no sizes of pixels.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fixative.ome.facts import ImageFacts, PlaneFacts, Quantity, at, items, length, number, sizes, stated, unit_of
from fixative.ome.values import positive, scaled, text, text_of
from fixative.ome.vendor.dates import asctime_of, moment_of
from fixative.ome.vendor.planes import by_place, everywhere, in_order, joined
from fixative.ome.vendor.rows import rows_of
from fixative.readers.protocol import ImageInfo

_CALIBRATED = {"bruker", "digitalmicrograph", "emd", "hspy", "nexus", "pantarhei", "phenom", "ripple", "tia"}
"""Plugins whose axes carry the file's own scales; the others assume some."""
_TIMES = {"s": "s", "sec": "s", "ms": "ms", "min": "min"}
_ISO_TIME = re.compile(r"\d{2}:\d{2}:\d{2}")


def rosettasciio(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Facts of each signal; none where signals and images do not go together."""
    signals = [signal for signal in items(at(tree, "signals")) if all(_size(axis) for axis in signal["axes"])]
    if len(signals) != len(images):
        return [None] * len(images)
    plugin = str(at(tree, "plugin"))
    found = [_facts(plugin, signal, image) for signal, image in zip(signals, images, strict=True)]
    elements = items(at(tree, "elements"))
    if plugin == "tia" and len(elements) == len(found):
        found = [
            _with_elements(facts, rows_of(table), image)
            for facts, table, image in zip(found, elements, images, strict=True)
        ]
    described = items(at(tree, "objects"))
    if plugin == "tia" and len(described) == 1:
        found = [
            _with_tia(facts, at(described[0], "ObjectInfo"), image)
            for facts, image in zip(found, images, strict=True)
        ]
    return found


def _with_elements(facts: ImageFacts, rows: Sequence[Mapping[str, Any]], image: ImageInfo) -> ImageFacts:
    """A series states the second since 1970 and, where it has one, the position in metres of each element."""
    seconds = [number(row.get("Time")) for row in rows]
    places = in_order(image)
    if not rows or len(places) != len(rows) or seconds[0] is None or not 0 < seconds[0] < 2**32:
        return facts
    told = (
        {
            "DeltaT": text_of(second - seconds[0]) if second is not None and second >= seconds[0] else None,
            "PositionX": scaled(row.get("PositionX")),
            "PositionY": scaled(row.get("PositionY")),
        }
        for row, second in zip(rows, seconds, strict=True)
    )
    units = (
        {"DeltaT": "s", "PositionX": "m", "PositionY": "m"} if len(rows) > 1 else {"PositionX": "m", "PositionY": "m"}
    )
    moment = datetime.fromtimestamp(int(seconds[0]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return replace(
        facts,
        acquisition_date=facts.acquisition_date or moment,
        planes=by_place(units, zip(places, told, strict=True), image),
    )


def _with_tia(facts: ImageFacts, info: Any, image: ImageInfo) -> ImageFacts:
    """What an EMI file says of all its series: the moment, and where the stage was, with units."""
    told = at(info, "ExperimentalDescription", "Root", "Data")
    where: dict[str, tuple[str, str | None]] = {}
    for axis in "XYZ":
        entry = at(told, f"Stage {axis}")
        unit = unit_of(at(entry, "Unit"))
        if unit:
            where[f"Position{axis}"] = (unit, scaled(at(entry, "Value")))
    return replace(
        facts,
        acquisition_date=facts.acquisition_date or asctime_of(at(info, "AcquireDate")),
        planes=joined(facts.planes, everywhere(image, where)),
        microscope=facts.microscope
        or stated(Manufacturer=text(at(info, "Manufacturer")), Model=text(at(told, "Microscope", "Value"))),
        experimenter=stated(UserName=text(at(told, "User", "Value"))),
    )


def _size(axis: Mapping[str, Any]) -> int:
    return int(axis["size"]) if "size" in axis else len(items(axis.get("axis")))


def _facts(plugin: str, signal: Any, image: ImageInfo) -> ImageFacts:
    axes = dict(zip(image.source_axes, signal["axes"], strict=False))
    found = _header_sizes(signal) if plugin == "mrc" else {}
    if plugin in _CALIBRATED:
        found = {axis: size for axis in "XYZ" if axis in axes and (size := _length(axes[axis])) is not None}
    if image.size_z == 1:
        found.pop("Z", None)
    data_bar = _image_tags(signal)
    exposure = positive(at(data_bar, "DataBar", "Exposure Time (s)")) if plugin == "digitalmicrograph" else None
    return ImageFacts(
        acquisition_date=_date(plugin, signal),
        exposure=Quantity(exposure, "s") if exposure else None,
        planes=_stage(plugin, signal, image),
        size=sizes(found.get("X"), found.get("Y"), found.get("Z")),
        time_increment=_increment(axes.get("T")) if plugin in ("emd", "digitalmicrograph") else None,
        microscope=_microscope(signal) if plugin == "emd" else {},
    )


def _length(axis: Mapping[str, Any]) -> Quantity | None:
    """Size of a pixel along an axis; metres, which only programs write, as nanometres."""
    unit = unit_of(axis.get("units"))
    if unit is None:
        return None
    return length(axis.get("scale"), "nm", scale=9) if unit == "m" else length(axis.get("scale"), unit)


def _header_sizes(signal: Any) -> dict[str, Quantity]:
    """MRC: cell over sampling, in Ångström; an axis without either states nothing."""
    header, found = at(signal, "original_metadata", "std_header"), {}
    for axis in "XYZ":
        cell, steps = number(at(header, f"{axis}len")), number(at(header, f"M{axis}"))
        size = length(cell / steps, "Å") if cell and steps else None
        if size is not None:
            found[axis] = size
    return found


def _increment(axis: Any) -> Quantity | None:
    unit, scale = _TIMES.get(str(at(axis, "units") or "").casefold()), number(at(axis, "scale"))
    return Quantity(text_of(scale), unit) if unit and scale and scale > 0 else None


def _date(plugin: str, signal: Any) -> str | None:
    """Velox counts seconds since 1970, UTC; Bruker writes a date and a time of the clock on its wall."""
    if plugin == "emd":
        seconds = number(at(signal, "original_metadata", "Acquisition", "AcquisitionStartDatetime", "DateTime"))
        if seconds is None or not 0 < seconds < 2**33:
            return None
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if plugin == "bruker":
        date, time = (at(signal, "metadata", "General", name) for name in ("date", "time"))
        return f"{date}T{time}" if date and time and _ISO_TIME.fullmatch(str(time)) else None
    if plugin == "digitalmicrograph":
        bar = at(_image_tags(signal), "DataBar")
        return moment_of(at(bar, "Acquisition Date"), at(bar, "Acquisition Time"))
    return None


def _image_tags(signal: Any) -> Any:
    """Gatan's tags of the image itself; the first of a file's images can be its thumbnail."""
    groups = at(signal, "original_metadata", "ImageList")
    tagged = [at(group, "ImageTags") for group in groups.values()] if isinstance(groups, Mapping) else []
    known = [tags for tags in tagged if at(tags, "DataBar") is not None]
    return known[0] if len(known) == 1 else None


def _stage(plugin: str, signal: Any, image: ImageInfo) -> PlaneFacts:
    """Velox states where the stage was, in metres."""
    if plugin != "emd":
        return PlaneFacts()
    position = at(signal, "original_metadata", "Stage", "Position")
    return everywhere(image, {f"Position{axis}": ("m", scaled(at(position, axis.lower()))) for axis in "XYZ"})


def _microscope(signal: Any) -> dict[str, str]:
    instrument = at(signal, "original_metadata", "Instrument")
    stated = {"Manufacturer": at(instrument, "Manufacturer"), "Model": at(instrument, "InstrumentModel")}
    return {name: value for name, value in stated.items() if isinstance(value, str) and value.strip()}
