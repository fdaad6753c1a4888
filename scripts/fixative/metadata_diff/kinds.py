"""What each value of an OME-XML is: number, quantity, truth, date or text; and what is no value at all.

Notes
-----
Types and defaults are those of the schema, in which an attribute's name has one type wherever it stands:
https://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd
"""

from functools import lru_cache
from typing import Literal

Kind = Literal["text", "number", "quantity", "truth", "date"]

_LENGTHS = {
    **dict.fromkeys(("CutIn", "CutInTolerance", "CutOut", "CutOutTolerance"), "nm"),
    **dict.fromkeys(("EmissionWavelength", "ExcitationWavelength", "Wavelength"), "nm"),
    **dict.fromkeys(("PhysicalSizeX", "PhysicalSizeY", "PhysicalSizeZ", "PinholeSize", "WorkingDistance"), "µm"),
    **dict.fromkeys(("PositionX", "PositionY", "PositionZ", "WellOriginX", "WellOriginY"), "reference frame"),
    "FontSize": "pt",
    "StrokeWidth": "pixel",
}
_STAGE = dict.fromkeys(("X", "Y", "Z"), "reference frame")
_OTHERS = {
    **dict.fromkeys(("DeltaT", "ExposureTime", "TimeIncrement"), "s"),
    "AirPressure": "mbar",
    "Power": "mW",
    "ReadOutRate": "MHz",
    "RepetitionRate": "Hz",
    "Temperature": "°C",
    "Voltage": "V",
}
QUANTITIES: dict[str, str] = {**_LENGTHS, **_OTHERS}
"""Attributes that have a unit, and the unit where none is stated."""

NUMBERS = frozenset(
    (
        *("A00", "A01", "A02", "A10", "A11", "A12", "X", "X1", "X2", "Y", "Y1", "Y2", "Z", "Width", "Height"),
        *("RadiusX", "RadiusY", "AmplificationGain", "Attenuation", "CO2Percent", "CalibratedMagnification"),
        *("Color", "FillColor", "StrokeColor", "Column", "Columns", "CorrectionCollar", "FieldIndex"),
        *("FrequencyMultiplication", "Gain", "Humidity", "Index", "Integration", "Length", "LensNA"),
        *("MaximumFieldCount", "NDFilter", "NominalMagnification", "Offset", "PlaneCount", "PockelCellSetting"),
        *("RefractiveIndex", "Row", "Rows", "SamplesPerPixel", "SignificantBits", "Size", "SizeC", "SizeT"),
        *("SizeX", "SizeY", "SizeZ", "TheC", "TheT", "TheZ", "Transmittance", "Zoom"),
    )
)
TRUTHS = frozenset(("BigEndian", "Interleaved", "Iris", "Locked", "PockelCell", "Tuneable"))
DATES = frozenset(("EndTime", "StartTime", "Timepoint"))

_TEXTS: dict[str, Kind] = {
    "Image/AcquisitionDate": "date",
    "StructuredAnnotations/BooleanAnnotation/Value": "truth",
    "StructuredAnnotations/DoubleAnnotation/Value": "number",
    "StructuredAnnotations/LongAnnotation/Value": "number",
    "StructuredAnnotations/TimestampAnnotation/Value": "date",
}

FOREIGN = "StructuredAnnotations/XMLAnnotation/Value"
"""Path below which XML is not of OME: its attributes are text."""

DEFAULTS = {"Color": "-1"}
"""Attributes that mean this where they are absent (units aside)."""

NOT_VALUES: dict[str, str] = {
    "**@ID": "a label: documents name things as they like; what refers to it is compared instead",
    "**@{xmlns,schemaLocation}": "of the document, not of the image",
    "OME@{UUID,Creator}": "of the document: the archived file is another one, written by another program",
    "Image/Pixels@{BigEndian,DimensionOrder,Interleaved}": "how the planes lie in the file: the archive has its own "
    "order, the image is the same",
    "Image/Pixels/Plane@{TheT,TheC,TheZ}": "they say which plane is meant",
    "Image/Pixels/{TiffData,BinData,MetadataOnly}": "where the planes lie in the file; they are compared themselves",
}
"""What is not compared, and why. Said to people; `is_value` and `LAYOUT` do it."""

LAYOUT = frozenset(("TiffData", "BinData", "MetadataOnly"))
"""Elements of Pixels that are passed over with all they hold."""

_LABELS = frozenset(("ID", "schemaLocation", "xmlns"))
_OF_LAYOUT = frozenset(("BigEndian", "DimensionOrder", "Interleaved"))
_OF_DOCUMENT = frozenset(("UUID", "Creator"))


LINKS = ("Annotator",)
"""Attributes besides the ID of a reference that name another element."""

PLANE = ("TheT", "TheC", "TheZ")


def is_value(path: str, attribute: str) -> bool:
    """Whether an attribute of the element at ``path`` is a value."""
    if path.startswith(FOREIGN):
        return attribute not in ("schemaLocation", "xmlns")
    if attribute in _LABELS or attribute in LINKS:
        return False
    if path == "Image/Pixels/Plane":
        return attribute not in PLANE
    if path == "Image/Pixels":
        return attribute not in _OF_LAYOUT
    return bool(path) or attribute not in _OF_DOCUMENT


def default_unit(path: str, attribute: str) -> str | None:
    """Unit that a number has where none is stated; None for what has no unit."""
    if path.endswith("StageLabel"):
        return _STAGE.get(attribute)
    return None if path.startswith(FOREIGN) else QUANTITIES.get(attribute)


@lru_cache(maxsize=65536)
def kind_of(path: str, name: str) -> Kind:
    """Kind of the value ``@Attribute`` or ``#`` (text) of the element at ``path``."""
    if name == "#":
        return _TEXTS.get(path, "text")
    attribute = name[1:]
    if path.startswith(FOREIGN):
        return "text"
    if default_unit(path, attribute) is not None:
        return "quantity"
    if attribute in NUMBERS:
        return "number"
    if attribute in TRUTHS:
        return "truth"
    return "date" if attribute in DATES else "text"


@lru_cache(maxsize=65536)
def role_of(path: str, key: str) -> str | None:
    """Say what ``@Attribute`` or ``#text`` is: None for no value, a unit for a quantity without one, else empty."""
    if key[0] == "#":
        return ""
    name = key[1:]
    if not is_value(path, name) or (name.endswith("Unit") and default_unit(path, name[:-4]) is not None):
        return None
    return default_unit(path, name) or ""


def is_link(path: str, element: str, key: str) -> bool:
    """Whether an attribute names another element."""
    return not path.startswith(FOREIGN) and (key != "@ID" or is_reference(element, path))


def is_reference(element: str, path: str = "") -> bool:
    """Whether the ID of an element of this name is that of another one."""
    if path.startswith(FOREIGN):
        return False
    return element.endswith(("Ref", "Settings")) or element in ("Leader", "Pump")
