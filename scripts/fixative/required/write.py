"""What a person states, written where OME-XML 2016-06 has a place for it and the source left it empty."""

from collections.abc import Callable, Mapping

from lxml import etree

from fixative.ome.ids import Ids
from fixative.ome.place import put
from fixative.ome.schema import ome
from fixative.ome.values import Quantity
from fixative.pixel_models import planes_present
from fixative.required.fields import Values
from fixative.required.places import Scope

Write = Callable[[Scope, Values, Ids], None]
"""Writes the values that are not None; the others have a value already, or are not stated."""


def write(name: str, scope: Scope, values: Values, ids: Ids) -> bool:
    """Write a field into one image; False where OME has no place for it."""
    if name == "acquisition_date" and not any("T" in value for value in values if value):
        return False  # OME wants a time of day, and none is known
    writer = _WRITE.get(name)
    if writer is None:
        return False
    writer(scope, values, ids)
    return True


def _set(element: "etree._Element", name: str, value: str | Quantity) -> None:
    if isinstance(value, Quantity):
        element.set(name, value.value)
        element.set(f"{name}Unit", value.unit)
    else:
        element.set(name, value)


def _pixels(name: str, unit: str) -> Write:
    def run(scope: Scope, values: Values, ids: Ids) -> None:
        if values[0] is not None:
            _set(scope.pixels, name, Quantity(values[0], unit))

    return run


def _channels(name: str, unit: str | None = None) -> Write:
    def run(scope: Scope, values: Values, ids: Ids) -> None:
        for channel, value in zip(scope.channels, values, strict=True):
            if value is not None:
                _set(channel, name, Quantity(value, unit) if unit else value)

    return run


def _instrument(scope: Scope, ids: Ids) -> "etree._Element":
    instrument = scope.instrument
    if instrument is None:
        instrument = put(scope.root, "Instrument")
        instrument.set("ID", ids.take("Instrument"))
        put(scope.image, "InstrumentRef").set("ID", str(instrument.get("ID")))
    return instrument


def _objective(name: str) -> Write:
    def run(scope: Scope, values: Values, ids: Ids) -> None:
        objective = scope.objective
        if objective is None:
            objective = put(_instrument(scope, ids), "Objective")
            objective.set("ID", ids.take("Objective"))
        if scope.image.find(ome("ObjectiveSettings")) is None:
            put(scope.image, "ObjectiveSettings").set("ID", str(objective.get("ID")))
        objective.set(name, values[0] or "")

    return run


def _microscope(name: str) -> Write:
    def run(scope: Scope, values: Values, ids: Ids) -> None:
        instrument = _instrument(scope, ids)
        microscope = instrument.find(ome("Microscope"))
        (put(instrument, "Microscope") if microscope is None else microscope).set(name, values[0] or "")

    return run


def _detector(scope: Scope, values: Values, ids: Ids) -> None:
    """The only detector of the instrument, or a new one, which channels without settings then refer to."""
    instrument = _instrument(scope, ids)
    detectors = instrument.findall(ome("Detector"))
    if len(detectors) == 1:
        detectors[0].set("Model", values[0] or "")
        return
    detector = put(instrument, "Detector")
    detector.set("ID", ids.take("Detector"))
    detector.set("Model", values[0] or "")
    for channel in scope.channels:
        if channel.find(ome("DetectorSettings")) is None:
            put(channel, "DetectorSettings").set("ID", str(detector.get("ID")))


def _date(scope: Scope, values: Values, ids: Ids) -> None:
    put(scope.image, "AcquisitionDate").text = values[0]


def _exposure(scope: Scope, values: Values, ids: Ids) -> None:
    """Set the exposure of every plane of a channel, planes that are not there left out."""
    tag, pixels = ome("Plane"), scope.pixels
    known = {_place(plane): plane for plane in pixels.findall(tag)}
    sizes = (int(pixels.get(f"Size{axis}", "1")) for axis in "TZ")
    size_t, size_z = sizes
    left_out = frozenset() if scope.info is None else scope.info.left_out
    for t, c, z in planes_present(size_t, len(values), size_z, left_out):
        value = values[c]
        if value is None:
            continue
        plane = known.get((t, c, z))
        if plane is None:  # Plane comes last in Pixels
            plane = etree.SubElement(pixels, tag, TheZ=str(z), TheT=str(t), TheC=str(c))
        if "ExposureTime" not in plane.attrib:
            _set(plane, "ExposureTime", Quantity(value, "s"))


def _place(plane: "etree._Element") -> tuple[int, int, int]:
    return int(plane.get("TheT", "0")), int(plane.get("TheC", "0")), int(plane.get("TheZ", "0"))


_WRITE: Mapping[str, Write] = {
    "physical_size_x_um": _pixels("PhysicalSizeX", "µm"),
    "physical_size_y_um": _pixels("PhysicalSizeY", "µm"),
    "physical_size_z_um": _pixels("PhysicalSizeZ", "µm"),
    "time_increment_s": _pixels("TimeIncrement", "s"),
    "channel_names": _channels("Name"),
    "excitation_wavelength_nm": _channels("ExcitationWavelength", "nm"),
    "emission_wavelength_nm": _channels("EmissionWavelength", "nm"),
    "fluorophores": _channels("Fluor"),
    "exposure_time_s": _exposure,
    "objective_na": _objective("LensNA"),
    "objective_magnification": _objective("NominalMagnification"),
    "objective_immersion": _objective("Immersion"),
    "microscope_manufacturer": _microscope("Manufacturer"),
    "microscope_model": _microscope("Model"),
    "detector_model": _detector,
    "acquisition_date": _date,
}
"""Fields without an entry stand in the annotation alone: OME 2016-06 has no place for them."""
