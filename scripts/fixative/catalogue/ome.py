"""What an object's OME-XML says of its images, as the catalogue lists it.

Notes
-----
https://docs.openmicroscopy.org/ome-model/6.3.1/
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fixative.catalogue.records import Channel, Image
from fixative.findings import RefusedSample

if TYPE_CHECKING:
    from lxml.etree import _Element

DESCRIPTION = 270
_IN_UM = {
    "": 1.0,
    "µm": 1.0,
    "um": 1.0,
    "nm": 1e-3,
    "pm": 1e-6,
    "Å": 1e-4,
    "mm": 1e3,
    "cm": 1e4,
    "dm": 1e5,
    "m": 1e6,
    "in": 25_400.0,
    "pt": 25_400 / 72,
    "thou": 25.4,
}
"""Micrometres of OME's units of length, as far as pixels have them."""


def read_ome(tiff: Path) -> "_Element | None":
    """Read the OME-XML of an archived image, from the first directory of its TIFF; None where it cannot be read."""
    from fixative.structure.tiff_ifd import Tiff
    from fixative.structure.window import Window
    from fixative.xml_tree import BadXml, parse_xml

    try:
        with Window(tiff) as window:
            directories = Tiff(window)
            first = next(directories.chain(directories.first, "ifd"), None)
            return None if first is None else parse_xml(directories.text(first, DESCRIPTION))
    except (OSError, RefusedSample, BadXml):
        return None


def images_of(root: "_Element") -> tuple[Image, ...]:
    """List the images of a document, in its order, with their channels."""
    objectives = {node.get("ID", ""): node for node in root.iterfind("{*}Instrument/{*}Objective")}
    return tuple(_image(number, node, objectives) for number, node in enumerate(root.iterfind("{*}Image")))


def instrument_of(root: "_Element") -> str | None:
    """Name the first microscope that is named: manufacturer and model."""
    for node in root.iterfind("{*}Instrument/{*}Microscope"):
        if named := " ".join(filter(None, (node.get("Manufacturer"), node.get("Model")))):
            return named
    return None


def _image(number: int, node: "_Element", objectives: "dict[str, _Element]") -> Image:
    settings = node.find("{*}ObjectiveSettings")
    objective = None if settings is None else objectives.get(settings.get("ID", ""))
    pixels = node.find("{*}Pixels")
    acquired = node.findtext("{*}AcquisitionDate")
    return Image(
        image=number,
        name=node.get("Name"),
        size_x=_whole(pixels, "SizeX"),
        size_y=_whole(pixels, "SizeY"),
        size_z=_whole(pixels, "SizeZ"),
        size_c=_whole(pixels, "SizeC"),
        size_t=_whole(pixels, "SizeT"),
        pixel_type=None if pixels is None else pixels.get("Type"),
        pixel_size_x_um=_micrometres(pixels, "PhysicalSizeX"),
        pixel_size_y_um=_micrometres(pixels, "PhysicalSizeY"),
        pixel_size_z_um=_micrometres(pixels, "PhysicalSizeZ"),
        objective=None if objective is None else _objective(objective),
        na=_number(objective, "LensNA"),
        magnification=_number(objective, "NominalMagnification"),
        immersion=None if objective is None else objective.get("Immersion"),
        acquired=acquired.strip() if acquired else None,
        channels=tuple(_channels(pixels)),
    )


def _objective(node: "_Element") -> str | None:
    return " ".join(filter(None, (node.get("Manufacturer"), node.get("Model")))) or None


def _channels(pixels: "_Element | None") -> Iterator[Channel]:
    nodes = () if pixels is None else pixels.iterfind("{*}Channel")
    for number, node in enumerate(nodes):
        channel = Channel(
            channel=number,
            name=node.get("Name"),
            fluor=node.get("Fluor"),
            excitation_nm=_nanometres(node, "ExcitationWavelength"),
            emission_nm=_nanometres(node, "EmissionWavelength"),
        )
        # A spectrum has thousands, of which nothing is said.
        if channel != Channel(number):
            yield channel


def _number(node: "_Element | None", key: str) -> float | None:
    try:
        value = math.nan if node is None else float(node.get(key, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(node: "_Element | None", key: str) -> int | None:
    value = _number(node, key)
    return int(value) if value is not None and value.is_integer() else None


def _micrometres(node: "_Element | None", key: str, unit: str = "µm") -> float | None:
    value = _number(node, key)
    if node is None or value is None:
        return None
    factor = _IN_UM.get(node.get(f"{key}Unit", unit))
    return None if factor is None else round(value * factor, 9)


def _nanometres(node: "_Element", key: str) -> float | None:
    value = _micrometres(node, key, "nm")
    return None if value is None else round(value * 1000, 3)
