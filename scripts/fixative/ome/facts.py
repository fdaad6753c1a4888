"""What vendor metadata surely states about an image, in OME's elements, attributes and units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fixative.ome.values import (
    Quantity,
    at,
    colour,
    items,
    length,
    number,
    positive,
    shortest,
    sizes,
    text,
    text_of,
    unit_of,
)

__all__ = [
    "ChannelFacts",
    "Component",
    "ImageFacts",
    "PlaneFacts",
    "Quantity",
    "RoiFacts",
    "Settings",
    "ShapeFacts",
    "Stated",
    "at",
    "colour",
    "items",
    "length",
    "number",
    "positive",
    "shortest",
    "sizes",
    "stated",
    "text",
    "text_of",
    "unit_of",
]

Stated = Mapping[str, str | Quantity]
"""Attributes by OME's names; a Quantity gives its unit to the attribute ``<name>Unit``."""


def stated(**attributes: str | Quantity | None) -> Stated:
    """Attributes that have a value."""
    return {name: value for name, value in attributes.items() if value is not None and value != ""}


@dataclass(frozen=True)
class Component:
    """One part of an instrument; equal parts are one and the same."""

    element: str
    """Objective, Detector, Laser, Arc, Filament, LightEmittingDiode, GenericExcitationSource, Filter, Dichroic,
    FilterSet."""
    key: str = ""
    """What tells it from another with the same attributes: its name or number in the source."""
    stated: Stated = field(default_factory=dict)
    transmittance: Stated = field(default_factory=dict)
    """Of a Filter: CutIn, CutOut."""
    parts: "tuple[tuple[str, Component], ...]" = ()
    """Of a FilterSet: names of references (EmissionFilterRef, ...) and what they refer to."""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two components one."""
        attributes = (
            tuple(sorted(each.items(), key=lambda item: item[0])) for each in (self.stated, self.transmittance)
        )
        return (self.element, self.key, *attributes, *((name, part.identity) for name, part in self.parts))


@dataclass(frozen=True)
class Settings:
    """How a component was set for a channel."""

    of: Component
    stated: Stated = field(default_factory=dict)


@dataclass(frozen=True)
class ChannelFacts:
    """One channel."""

    name: str | None = None
    colour: int | None = None
    """Red, green, blue, alpha in one signed 32-bit integer, as OME has it."""
    excitation_nm: str | None = None
    emission_nm: str | None = None
    fluor: str | None = None
    pinhole: Quantity | None = None
    contrast: str | None = None
    """A word of OME's ContrastMethod."""
    acquisition_mode: str | None = None
    """A word of OME's AcquisitionMode."""
    illumination: str | None = None
    """A word of OME's IlluminationType."""
    nd_filter: str | None = None
    """Fraction of the light that a neutral density filter lets through."""
    exposure: Quantity | None = None
    """Exposure of every plane of the channel."""
    detector: Settings | None = None
    light_source: Settings | None = None
    """OME has room for one a channel."""
    excitation_filters: tuple[Component, ...] = ()
    dichroic: Component | None = None
    emission_filters: tuple[Component, ...] = ()
    filter_set: Component | None = None


@dataclass(frozen=True)
class PlaneFacts:
    """Values of planes in columns, so that 100,000 planes are a few tuples."""

    places: Sequence[tuple[int, int, int]] = ()
    """(t, c, z) of each row."""
    columns: Mapping[str, tuple[str, Sequence[str | None]]] = field(default_factory=dict)
    """DeltaT, ExposureTime, PositionX, PositionY, PositionZ: its unit, and a value for each row or None."""


@dataclass(frozen=True)
class ShapeFacts:
    """One shape of a region; lengths are pixels of the image, from its upper left corner."""

    element: str
    """Rectangle, Ellipse, Line, Polyline, Polygon, Point, Label."""
    stated: Stated
    """Geometry; Text; StrokeColor, StrokeWidth; TheZ, TheC, TheT of a shape that is on some planes only."""


@dataclass(frozen=True)
class RoiFacts:
    """One region of interest."""

    shapes: tuple[ShapeFacts, ...]
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class ImageFacts:
    """One image; a field is None or empty where the source does not state it."""

    name: str | None = None
    description: str | None = None
    acquisition_date: str | None = None
    """With the offset from UTC where one is stated, and none where not."""
    size: dict[str, Quantity] = field(default_factory=dict)
    """Physical size of a pixel by axis: X, Y, Z."""
    time_increment: Quantity | None = None
    channels: tuple[ChannelFacts, ...] = ()
    exposure: Quantity | None = None
    """Exposure of every plane alike."""
    planes: PlaneFacts = field(default_factory=PlaneFacts)
    microscope: Stated = field(default_factory=dict)
    """Manufacturer, Model, SerialNumber, Type."""
    objective: Stated = field(default_factory=dict)
    """Attributes of Objective."""
    objective_settings: Stated = field(default_factory=dict)
    """CorrectionCollar, Medium, RefractiveIndex."""
    components: tuple[Component, ...] = ()
    """Further parts of the instrument that no channel refers to."""
    stage_label: Stated = field(default_factory=dict)
    """Name, X, Y, Z."""
    environment: Stated = field(default_factory=dict)
    """Temperature, AirPressure, Humidity, CO2Percent."""
    experimenter: Stated = field(default_factory=dict)
    """UserName; FirstName, LastName, Email only where the source has such slots."""
    rois: tuple[RoiFacts, ...] = ()
