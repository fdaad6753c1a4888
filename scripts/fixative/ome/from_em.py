"""Facts out of what RosettaSciIO says of electron micrographs: sizes with their units, dates, the microscope.

Acceleration voltage, camera length and magnification have no place in OME, which knows lenses of light; they
stay in the dump. Scales in reciprocal units (diffraction patterns) are no sizes of pixels.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fixative.ome.facts import ImageFacts, Quantity, at, items, length, number, sizes, text_of, unit_of
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
    return [_facts(plugin, signal, image) for signal, image in zip(signals, images, strict=True)]


def _size(axis: Mapping[str, Any]) -> int:
    return int(axis["size"]) if "size" in axis else len(items(axis.get("axis")))


def _facts(plugin: str, signal: Any, image: ImageInfo) -> ImageFacts:
    axes = dict(zip(image.source_axes, signal["axes"], strict=False))
    found = _header_sizes(signal) if plugin == "mrc" else {}
    if plugin in _CALIBRATED:
        found = {axis: size for axis in "XYZ" if axis in axes and (size := _length(axes[axis])) is not None}
    if image.size_z == 1:
        found.pop("Z", None)
    return ImageFacts(
        acquisition_date=_date(plugin, signal),
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
    return None


def _microscope(signal: Any) -> dict[str, str]:
    instrument = at(signal, "original_metadata", "Instrument")
    stated = {"Manufacturer": at(instrument, "Manufacturer"), "Model": at(instrument, "InstrumentModel")}
    return {name: value for name, value in stated.items() if isinstance(value, str) and value.strip()}
