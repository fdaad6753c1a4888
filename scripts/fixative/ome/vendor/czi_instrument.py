"""The instrument of a CZI: parts by the IDs that its channels refer to."""

from typing import Any

from fixative.ome.facts import Component, Quantity, Stated, at, items, stated
from fixative.ome.values import positive, quantity, scaled, text
from fixative.ome.vocabulary import word

_SOURCES = ("Laser", "Arc", "Filament", "LightEmittingDiode", "GenericExcitationSource")


class Instrument:
    """``Information/Instrument``; each part is looked up by its ID."""

    def __init__(self, tree: Any) -> None:
        self._tree = tree

    def _find(self, group: str, kind: str, identifier: Any) -> Any:
        return next((item for item in items(at(self._tree, group, kind)) if at(item, "@Id") == identifier), None)

    def microscope(self) -> Stated:
        """The stand, where the file knows a single one."""
        found = items(at(self._tree, "Microscopes", "Microscope"))
        if len(found) != 1:
            return {}
        return stated(
            Manufacturer=text(at(found[0], "Manufacturer", "Manufacturer")),
            Model=_model(found[0]) or text(at(found[0], "System")),
            SerialNumber=text(at(found[0], "Manufacturer", "SerialNumber")),
            Type=word("Microscope", "Type", at(found[0], "Type")),
        )

    def objective(self, identifier: Any) -> Stated:
        """The objective that the image refers to; the only one where it refers to none."""
        found = items(at(self._tree, "Objectives", "Objective"))
        if len(found) > 1:
            found = [item for item in found if at(item, "@Id") == identifier]
        if len(found) != 1:
            return {}
        return stated(
            Manufacturer=text(at(found[0], "Manufacturer", "Manufacturer")),
            Model=_model(found[0]),
            SerialNumber=text(at(found[0], "Manufacturer", "SerialNumber")),
            LensNA=positive(at(found[0], "LensNA")),
            NominalMagnification=positive(at(found[0], "NominalMagnification")),
            CalibratedMagnification=positive(at(found[0], "CalibratedMagnification")),
            WorkingDistance=quantity(at(found[0], "WorkingDistance"), "µm"),
            Immersion=word("Objective", "Immersion", at(found[0], "Immersion")),
            Correction=word("Objective", "Correction", at(found[0], "Correction")),
        )

    def detector(self, identifier: Any) -> Component | None:
        """A detector."""
        found = self._find("Detectors", "Detector", identifier)
        if identifier is None:
            return None
        return Component(
            "Detector",
            str(identifier),
            stated(
                Manufacturer=text(at(found, "Manufacturer", "Manufacturer")),
                Model=_model(found),
                SerialNumber=text(at(found, "Manufacturer", "SerialNumber")),
                Type=word("Detector", "Type", at(found, "Type")),
                Gain=scaled(at(found, "Gain")),
                Offset=scaled(at(found, "Offset")),
                Zoom=positive(at(found, "Zoom")),
                AmplificationGain=scaled(at(found, "AmplificationGain")),
            ),
        )

    def light_source(self, identifier: Any) -> Component | None:
        """A light source; one that is only referred to is of no known kind."""
        if identifier is None:
            return None
        found = self._find("LightSources", "LightSource", identifier)
        kinds = at(found, "LightSourceType")
        kind = next(
            (each for each in _SOURCES if isinstance(kinds, dict) and each in kinds), "GenericExcitationSource"
        )
        known: dict[str, str | Quantity | None] = {
            "Manufacturer": text(at(found, "Manufacturer", "Manufacturer")),
            "Model": _model(found),
            "SerialNumber": text(at(found, "Manufacturer", "SerialNumber")),
            "Power": quantity(at(found, "Power"), "mW"),
        }
        if kind in ("Arc", "Filament", "Laser"):
            known["Type"] = word(kind, "Type", at(kinds, kind, "Type"))
        if kind == "Laser":
            known["LaserMedium"] = word(kind, "LaserMedium", at(kinds, kind, "LaserMedium"))
            known["Wavelength"] = quantity(at(kinds, kind, "Wavelength"), "nm")
        return Component(kind, str(identifier), stated(**known))

    def filter_set(self, identifier: Any) -> Component | None:
        """A set of filters, with those that the file describes."""
        found = self._find("FilterSets", "FilterSet", identifier)
        if found is None:
            return None
        parts = [
            *self._filters(found, "ExcitationFilters", "ExcitationFilterRef"),
            *(("DichroicRef", part) for part in [self._dichroic(at(found, "DichroicRef", "@Id"))] if part),
            *self._filters(found, "EmissionFilters", "EmissionFilterRef"),
        ]
        return Component("FilterSet", str(identifier), stated(Model=_model(found)), parts=tuple(parts))

    def _filters(self, filter_set: Any, group: str, reference: str) -> list[tuple[str, Component]]:
        wanted = [at(item, "@Id") for item in items(at(filter_set, group, reference))]
        return [(reference, self._filter(identifier)) for identifier in wanted if identifier]

    def _filter(self, identifier: Any) -> Component:
        found = self._find("Filters", "Filter", identifier)
        band = at(found, "TransmittanceRange")
        return Component(
            "Filter",
            str(identifier),
            stated(Model=_model(found), Type=word("Filter", "Type", at(found, "Type"))),
            stated(CutIn=quantity(at(band, "CutIn"), "nm"), CutOut=quantity(at(band, "CutOut"), "nm")),
        )

    def _dichroic(self, identifier: Any) -> Component | None:
        found = self._find("Dichroics", "Dichroic", identifier)
        return None if identifier is None else Component("Dichroic", str(identifier), stated(Model=_model(found)))


def _model(item: Any) -> str | None:
    return text(at(item, "Manufacturer", "Model")) or text(at(item, "@Name"))
