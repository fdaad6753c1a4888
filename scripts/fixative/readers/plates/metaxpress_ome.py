"""OME-XML of a MetaXpress plate: Plate, Well, WellSample, PlateAcquisition, and what each plane's file states."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from fixative.metaxpress import Plate
from fixative.metaxpress_fields import Field
from fixative.readers.plates.ome_elements import add, new_document, xml_text
from fixative.readers.protocol import ImageInfo

_TYPES = {"float32": "float", "float64": "double", "bool": "bit"}
_LINE_END = "\x82\x81"
"""What MetaXpress writes for a line's end within a value of an HTD file."""

PlaneInfo = Callable[[int, tuple[int, int, int]], dict[str, Any]]


def plate_ome(plate: Plate, images: Sequence[ImageInfo], fields: Sequence[Field], plane_info: PlaneInfo) -> str:
    """Describe a plate.

    Parameters
    ----------
    plate : Plate
        What the HTD file says.
    images, fields : sequence
        The images, and the field of the plate that each is; same length.
    plane_info : callable
        Image index and (t, c, z) to MetaMorph's ``PlaneInfo`` of that plane.

    Notes
    -----
    Only images of the plate proper are samples of a well; thumbnails are images beside them. Stage positions
    have no unit in the files and are given as ``reference frame``.
    """
    root = new_document()
    first = {info.index: plane_info(info.index, min(fields[info.index].files)) for info in images}
    _add_plate(root, plate, images, fields, first)
    objectives = _add_instrument(root, first)
    for info in images:
        _add_image(root, info, fields[info.index], plane_info, objectives.get(_objective(first[info.index])))
    return etree.tostring(root, encoding="unicode")


def _add_plate(
    root: "etree._Element",
    plate: Plate,
    images: Sequence[ImageInfo],
    fields: Sequence[Field],
    first: dict[int, dict[str, Any]],
) -> None:
    element = add(
        root,
        "Plate",
        ID="Plate:0",
        Name=plate.path.stem,
        Rows=plate.rows,
        Columns=plate.columns,
        RowNamingConvention="letter",
        ColumnNamingConvention="number",
        ExternalIdentifier=next(iter(plate.settings.get("UniquePlateIdentifier", [])), None),
    )
    if text := next(iter(plate.settings.get("Description", [])), ""):
        add(element, "Description").text = xml_text(text.replace(_LINE_END, "\n"))
    samples: list[str] = []
    for number, well in enumerate(plate.wells):
        holder = add(element, "Well", ID=f"Well:{number}", Row=well[0], Column=well[1])
        for info in images:
            if fields[info.index].well == well and info.kind == "image":
                sample = add(
                    holder,
                    "WellSample",
                    ID=f"WellSample:{len(samples)}",
                    Index=len(samples),
                    **_position(first[info.index], "XY"),
                )
                add(sample, "ImageRef", ID=f"Image:{info.index}")
                samples.append(str(sample.get("ID")))
    acquisition = add(element, "PlateAcquisition", ID="PlateAcquisition:0", MaximumFieldCount=len(plate.sites))
    if plate.times > 1:
        add(acquisition, "Description").text = f"{plate.times} time points"
    for identifier in samples:
        add(acquisition, "WellSampleRef", ID=identifier)


def _objective(stated: dict[str, Any]) -> tuple[object, object]:
    return stated.get("_MagSetting_"), stated.get("_MagNA_")


def _add_instrument(root: "etree._Element", first: dict[int, dict[str, Any]]) -> dict[tuple[object, object], str]:
    """Add the objectives that are named, once each; objective to its ID."""
    found: dict[tuple[object, object], str] = {}
    for objective in map(_objective, first.values()):
        if objective[0] and objective not in found:
            found[objective] = f"Objective:{len(found)}"
    if found:
        instrument = add(root, "Instrument", ID="Instrument:0")
        for (model, aperture), identifier in found.items():
            lens = aperture if isinstance(aperture, float) and aperture > 0 else None
            add(instrument, "Objective", ID=identifier, Model=model, LensNA=lens)
    return found


def _add_image(
    root: "etree._Element", info: ImageInfo, field: Field, plane_info: PlaneInfo, objective: str | None
) -> None:
    image = add(root, "Image", ID=f"Image:{info.index}", Name=info.name)
    places = sorted(field.files)
    stated = {place: plane_info(info.index, place) for place in places}
    times = {place: time for place in places if (time := _time(stated[place])) is not None}
    if times:
        add(image, "AcquisitionDate").text = min(times.values()).isoformat()
    if objective:
        add(image, "InstrumentRef", ID="Instrument:0")
        add(image, "ObjectiveSettings", ID=objective)
    pixels = add(
        image,
        "Pixels",
        ID=f"Pixels:{info.index}",
        DimensionOrder="XYZCT",
        Type=_TYPES.get(info.dtype, info.dtype),
        SizeX=info.size_x,
        SizeY=info.size_y,
        SizeZ=info.size_z,
        SizeC=info.size_c * info.samples,
        SizeT=info.size_t,
    )
    for number, wave in enumerate(field.waves):
        add(pixels, "Channel", ID=f"Channel:{info.index}:{number}", Name=wave.name, SamplesPerPixel=info.samples)
    add(pixels, "MetadataOnly")
    for place in places:
        t, c, z = place
        plane = add(pixels, "Plane", TheZ=z, TheC=c, TheT=t)
        if place in times:
            plane.set("DeltaT", repr((times[place] - min(times.values())).total_seconds()))
            plane.set("DeltaTUnit", "s")
        if exposure := _exposure(stated[place].get("Exposure Time")):
            plane.set("ExposureTime", exposure[0])
            plane.set("ExposureTimeUnit", exposure[1])
        for name, value in _position(stated[place], "XYZ").items():
            plane.set(name, value)


def _time(stated: dict[str, Any]) -> datetime | None:
    """Local time of the acquisition; it names no zone, and neither does OME then."""
    try:
        found = datetime.fromisoformat(str(stated.get("acquisition-time-local")))
    except ValueError:
        return None
    return found.replace(tzinfo=None)


def _exposure(text: object) -> tuple[str, str] | None:
    """``100 ms`` as number and unit."""
    number, _, unit = str(text).partition(" ")
    try:
        float(number)
    except ValueError:
        return None
    return (number, unit) if unit in ("ms", "s") else None


def _position(stated: dict[str, Any], axes: str) -> dict[str, str]:
    keys = {"X": "stage-position-x", "Y": "stage-position-y", "Z": "z-position"}
    found: dict[str, str] = {}
    for axis in axes:
        value = stated.get(keys[axis])
        if isinstance(value, int | float) and not isinstance(value, bool):
            found |= {f"Position{axis}": repr(value), f"Position{axis}Unit": "reference frame"}
    return found
