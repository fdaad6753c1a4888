"""Where each field stands in OME-XML 2016-06: asked of one Image at a time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

from fixative.models import MetadataSource
from fixative.ome.schema import ome
from fixative.ome.values import METRES, number, text_of
from fixative.readers.protocol import ImageInfo
from fixative.required.fields import Values

_SECONDS = {"s": 0, "ms": -3, "µs": -6, "ns": -9}
_MINUTES = {"min": 60, "h": 3600, "d": 86400}
_VOLTAGE = re.compile(
    r"(?:(?:acc(?:eleration|elerating|elerator|el)?|formatted)[ _]?)?voltage|beam[ _]?energy|eht|hv|ht"
    r"|high[ _]?(?:tension|voltage)|ap_(?:actual|manual)kv",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scope:
    """One Image of a document that is an image, and no label, macro or thumbnail."""

    root: "etree._Element"
    image: "etree._Element"
    info: ImageInfo | None = None
    """What the reader delivers; None where only the document is at hand."""
    vendor: Sequence[MetadataSource] = ()
    """The dump's sources, for what OME has no place for."""

    @property
    def pixels(self) -> "etree._Element":
        """The image's Pixels."""
        found = self.image.find(ome("Pixels"))
        return etree.Element(ome("Pixels")) if found is None else found

    @property
    def channels(self) -> list["etree._Element"]:
        """The image's channels, in order."""
        return self.pixels.findall(ome("Channel"))

    @property
    def instrument(self) -> "etree._Element | None":
        """The instrument that the image refers to."""
        return self.referred(self.root, "Instrument", self.image.find(ome("InstrumentRef")))

    @property
    def objective(self) -> "etree._Element | None":
        """The objective that the image refers to, or the only one of its instrument."""
        instrument = self.instrument
        settings = self.image.find(ome("ObjectiveSettings"))
        if settings is not None:
            places = [instrument] if instrument is not None else self.root.findall(ome("Instrument"))
            found = (self.referred(place, "Objective", settings) for place in places)
            return next((each for each in found if each is not None), None)
        all_of_it = [] if instrument is None else instrument.findall(ome("Objective"))
        return all_of_it[0] if len(all_of_it) == 1 else None

    @staticmethod
    def referred(parent: "etree._Element", name: str, reference: "etree._Element | None") -> "etree._Element | None":
        """The child that a reference means."""
        wanted = None if reference is None else reference.get("ID")
        return (
            next((each for each in parent.findall(ome(name)) if each.get("ID") == wanted), None) if wanted else None
        )


def scopes(
    root: "etree._Element", images: Sequence[ImageInfo] | None = None, vendor: Sequence[MetadataSource] = ()
) -> list[Scope]:
    """The images of a document; labels, macros and thumbnails left out, where ``images`` says which these are."""
    elements = root.findall(ome("Image"))
    if images is None:
        return [Scope(root, element, vendor=vendor) for element in elements]
    pairs = zip(elements, images, strict=True)
    return [Scope(root, element, info, vendor) for element, info in pairs if info.kind == "image"]


def applies(name: str, scope: Scope) -> bool:
    """Whether an image can have the field at all."""
    if name == "physical_size_z_um":
        return (number(scope.pixels.get("SizeZ")) or 1) > 1
    if name == "time_increment_s":
        return (number(scope.pixels.get("SizeT")) or 1) > 1
    return True


def find(name: str, scope: Scope) -> Values:
    """What the document states of a field, in the field's unit: one value, or one per channel."""
    return _FIND[name](scope)


def scaled(value: str | None, unit: str, into: str, powers: Mapping[str, int]) -> str | None:
    """A number in another unit; None where it is none, is not positive, or its unit says nothing (``pixel``)."""
    found = number(value)
    if found is None or found <= 0:
        return None
    if unit in _MINUTES and into == "s":
        return text_of(found * _MINUTES[unit])
    return text_of(found.scaleb(powers[unit] - powers[into])) if unit in powers else None


def _length(element: "etree._Element", name: str, default: str, into: str) -> str | None:
    return scaled(element.get(name), element.get(f"{name}Unit", default), into, METRES)


def _time(element: "etree._Element", name: str) -> str | None:
    return scaled(element.get(name), element.get(f"{name}Unit", "s"), "s", _SECONDS)


def _size(axis: str) -> Callable[[Scope], Values]:
    return lambda scope: (_length(scope.pixels, f"PhysicalSize{axis}", "µm", "µm"),)


def _increment(scope: Scope) -> Values:
    """TimeIncrement, or times of planes at two time points at least; the mean step stands for these."""
    if (stated := _time(scope.pixels, "TimeIncrement")) is not None:
        return (stated,)
    first: dict[int, Decimal] = {}
    for plane in scope.pixels.findall(ome("Plane")):
        delta, unit = number(plane.get("DeltaT")), plane.get("DeltaTUnit", "s")
        if delta is not None and unit in _SECONDS:
            first.setdefault(int(plane.get("TheT", "0")), delta.scaleb(_SECONDS[unit]))
    span, steps = (first[max(first)] - first[min(first)], max(first) - min(first)) if first else (Decimal(0), 0)
    return (text_of(span / steps),) if steps and span > 0 else (None,)


def _attribute(name: str) -> Callable[[Scope], Values]:
    return lambda scope: tuple((channel.get(name) or "").strip() or None for channel in scope.channels)


def _emission(scope: Scope) -> Values:
    return tuple(_length(channel, "EmissionWavelength", "nm", "nm") for channel in scope.channels)


def _excitation(scope: Scope) -> Values:
    """Of the channel, of its light source's settings, or of the laser that it refers to."""
    return tuple(_excitation_of(scope, channel) for channel in scope.channels)


def _excitation_of(scope: Scope, channel: "etree._Element") -> str | None:
    settings, instrument = channel.find(ome("LightSourceSettings")), scope.instrument
    laser = None if instrument is None else scope.referred(instrument, "Laser", settings)
    places = ((channel, "ExcitationWavelength"), (settings, "Wavelength"), (laser, "Wavelength"))
    found = (None if element is None else _length(element, name, "nm", "nm") for element, name in places)
    return next((value for value in found if value), None)


def _exposure(scope: Scope) -> Values:
    found: dict[str, str] = {}
    for plane in scope.pixels.findall(ome("Plane")):
        if (value := _time(plane, "ExposureTime")) is not None:
            found.setdefault(plane.get("TheC", "0"), value)
    return tuple(found.get(str(position)) for position in range(len(scope.channels)))


def _objective(*names: str) -> Callable[[Scope], Values]:
    def read(scope: Scope) -> Values:
        objective = scope.objective
        stated = [] if objective is None else [objective.get(name) for name in names]
        return (next((value for value in stated if value), None),)

    return read


def _microscope(name: str) -> Callable[[Scope], Values]:
    def read(scope: Scope) -> Values:
        instrument = scope.instrument
        microscope = None if instrument is None else instrument.find(ome("Microscope"))
        return ((None if microscope is None else microscope.get(name)) or None,)

    return read


def _detector(scope: Scope) -> Values:
    """Model of any detector of the image's instrument."""
    instrument = scope.instrument
    detectors = [] if instrument is None else instrument.findall(ome("Detector"))
    return (next((model for each in detectors if (model := each.get("Model"))), None),)


def _date(scope: Scope) -> Values:
    return ((scope.image.findtext(ome("AcquisitionDate")) or "").strip() or None,)


def _voltage(scope: Scope) -> Values:
    """OME has no place for it: found where a key of the vendor's metadata is called so. The value is not read."""
    return ("stated" if any(_has_voltage(source.tree) for source in scope.vendor) else None,)


def _has_voltage(tree: Any) -> bool:
    if isinstance(tree, dict):
        named = (
            _VOLTAGE.fullmatch(name) and value not in (None, "") and number(value) != 0
            for name, value in tree.items()
        )
        return any(named) or any(_has_voltage(value) for value in tree.values() if isinstance(value, dict | list))
    return isinstance(tree, list) and any(_has_voltage(value) for value in tree if isinstance(value, dict | list))


def _modality(scope: Scope) -> Values:
    modes = {channel.get("AcquisitionMode") for channel in scope.channels}
    return (
        ("; ".join(sorted(str(mode) for mode in modes)),) if modes and modes.isdisjoint({None, "Other"}) else (None,)
    )


_FIND: Mapping[str, Callable[[Scope], Values]] = {
    "physical_size_x_um": _size("X"),
    "physical_size_y_um": _size("Y"),
    "physical_size_z_um": _size("Z"),
    "time_increment_s": _increment,
    "channel_names": _attribute("Name"),
    "excitation_wavelength_nm": _excitation,
    "emission_wavelength_nm": _emission,
    "fluorophores": _attribute("Fluor"),
    "exposure_time_s": _exposure,
    "objective_na": _objective("LensNA"),
    "objective_magnification": _objective("NominalMagnification", "CalibratedMagnification"),
    "objective_immersion": _objective("Immersion"),
    "microscope_manufacturer": _microscope("Manufacturer"),
    "microscope_model": _microscope("Model"),
    "detector_model": _detector,
    "acquisition_date": _date,
    "accelerating_voltage_kv": _voltage,
    "organism": lambda scope: (None,),
    "modality": _modality,
}
