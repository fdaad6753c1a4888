"""An OME-TIFF whose OME-XML fills every element and every attribute of the schema, made by walking the schema.

Values are plain and all different, so that one that is lost, or that stands at another's place, is seen.
"""

from collections import Counter, defaultdict
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import tifffile
from lxml import etree

from ome_schema_walk import (
    XS,
    attributes_of,
    base_type,
    children_of,
    declaration,
    enumeration,
    simple_type,
    text_type,
    top_element,
)

OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
SIZES = [(2, 2, 2, 6, 8), (1, 2, 3, 5, 9), (3, 1, 1, 7, 7)]
"""T, C, Z, Y, X of each image."""

COUNTS = {"Image": len(SIZES), "ROI": 2, "Reagent": 2, "Plate": 2, "Screen": 2}
COUNTS |= {"Experimenter": 2, "Instrument": 2, "Detector": 2, "Objective": 2, "Filter": 3, "Dichroic": 2, "Folder": 2}
COUNTS |= {"M": 3, "FileAnnotation": 2, "MapAnnotation": 2, "Project": 2, "Dataset": 2, "FilterSet": 2}
TARGETS = {"DetectorSettings": "Detector", "ObjectiveSettings": "Objective", "Leader": "Experimenter"}
TARGETS |= {"LightSourceSettings": "LightSource", "Pump": "GenericExcitationSource", "AnnotationRef": "Annotation"}
TARGETS |= {"ExcitationFilterRef": "Filter", "EmissionFilterRef": "Filter"}
MEMBERS = {
    "LightSourceGroup": ("Laser", "Arc", "Filament", "LightEmittingDiode", "GenericExcitationSource"),
    "ShapeGroup": ("Rectangle", "Mask", "Point", "Ellipse", "Line", "Polyline", "Polygon", "Label"),
}
UNITS = {"UnitsLength": ("µm", "nm", "mm"), "UnitsTime": ("s", "ms", "min"), "UnitsPressure": ("mbar", "hPa", "kPa")}
LEFT_OUT = {"BinaryOnly", "MetadataOnly", "ChannelRef", "ProjectRef"}
"""What no document of this kind may hold, and what the schema defines and nothing uses."""


class RichOme:
    """One such document; another ``seed`` gives other values."""

    def __init__(self, file_name: str, seed: int = 0) -> None:
        self.file_name, self.seed = file_name, seed
        self.uuid = uuid5(NAMESPACE_URL, f"rich {seed}").urn
        self._counts: Counter[str] = Counter()
        self._refers: list[tuple[etree._Element, str]] = []
        self._ids: dict[str, list[str]] = defaultdict(list)
        self._image = -1
        self._pages = 0
        self.root = self._element("OME", top_element("OME"))
        self._link()

    @property
    def xml(self) -> bytes:
        """The document."""
        return etree.tostring(self.root, encoding="UTF-8", xml_declaration=True)

    def _element(self, name: str, declared: etree._Element) -> etree._Element:
        if name == "Image":
            self._image += 1
        number = self._counts[name]
        self._counts[name] += 1
        element = etree.Element(f"{{{OME}}}{name}", nsmap={None: OME} if name == "OME" else None)
        if name == "XMLAnnotation":
            number = self._counts["XMLAnnotation"] - 1
        for attribute in attributes_of(declared):
            value = self._attribute(name, attribute, number)
            if value is not None:
                element.set(attribute.get("name"), value)
        self._content(name, declared, element, number)
        if "ID" in element.attrib:
            self._register(name, element, number)
        return element

    def _content(self, name: str, declared: etree._Element, element: etree._Element, number: int) -> None:
        if name == "Value" and declared.find(f".//{XS}any") is not None:
            note = etree.SubElement(element, "{urn:example:rich}settings", gain=f"{self.seed}.{number}")
            note.text = f"raw setting {self.seed}"
            return
        text = text_type(declared)
        if text is not None:
            element.text = self._value(text, name, "", number)
        for child in children_of(declared):
            child_name = child.get("ref") or child.get("name")
            for member in MEMBERS.get(child_name, (child_name,)):
                for _ in range(self._how_many(name, member, number)):
                    element.append(self._element(member, declaration(child, member)))

    def _how_many(self, parent: str, name: str, number: int) -> int:
        t, c, z, *_ = SIZES[self._image]
        special = {
            ("Pixels", "Channel"): c,
            ("Pixels", "TiffData"): t * c * z,
            ("Pixels", "Plane"): t * c * z,
            ("Pixels", "BinData"): 0,
            ("BinaryFile", "External"): 1 - number % 2,
            ("BinaryFile", "BinData"): number % 2,
            ("Folder", "FolderRef"): 1 - min(number, 1),
            ("CommentAnnotation", "AnnotationRef"): 0,
            # An image stands in one well, and Bio-Formats takes no field without an image.
            ("Plate", "Well"): 2 - min(number, 1),
            ("Well", "WellSample"): (2, 1, 0)[min(number, 2)],
        }
        return special.get((parent, name), 0 if name in LEFT_OUT else COUNTS.get(name, 1))

    def _attribute(self, name: str, attribute: etree._Element, number: int) -> str | None:
        key = attribute.get("name")
        placed = self._placed(name, key, number)
        if placed is not None:
            return placed
        return self._value(simple_type(attribute), name, key, number)

    def _placed(self, name: str, key: str, number: int) -> str | None:
        """What must fit the pixels or another value."""
        t, c, z, y, x = SIZES[self._image]
        place = number - sum(a * b * e for a, b, e, *_ in SIZES[: max(0, self._image)])
        at = {"T": place // (c * z), "C": place // z % c, "Z": place % z}
        fixed = {
            "OME": {"UUID": self.uuid, "Creator": "rich_ome ü"},
            "Pixels": {"DimensionOrder": "XYZCT", "Type": "uint16", "SizeT": t, "SizeC": c, "SizeZ": z, "SizeY": y}
            | {"SizeX": x, "BigEndian": "false", "Interleaved": "false", "SignificantBits": 12},
            "Channel": {"SamplesPerPixel": 1},
            "TiffData": {"IFD": number, "PlaneCount": 1} | {f"First{axis}": value for axis, value in at.items()},
            "UUID": {"FileName": self.file_name},
            "Plane": {f"The{axis}": value for axis, value in at.items()},
            "Plate": {"Rows": 4, "Columns": 6},
            "Well": {"Row": number % 3, "Column": number % 5},
            "WellSample": {"Index": number},
            "BinData": {"Length": 4, "Compression": "none", "BigEndian": "false"},
            "Polyline": {"Points": f"{number},1 2,3 4,{number}"},
            "Polygon": {"Points": f"{number},1 2,3 4,{number}"},
        }
        found = fixed.get(name, {}).get(key)
        if key == "Annotator":
            return f"Experimenter:{number % COUNTS['Experimenter']}"
        if found is None and key in ("TheZ", "TheT", "TheC"):
            return "0"
        return None if found is None else str(found)

    def _value(self, kind: str, name: str, key: str, number: int) -> str:
        """A value of a type; another each time."""
        self._counts[""] += 1
        n = self._counts[""] + 1000 * self.seed
        chosen = UNITS.get(kind) or enumeration(kind)
        if chosen:
            return chosen[(number + self.seed) % len(chosen)]
        base = base_type(kind)
        if name == "UUID" and not key:
            return self.uuid
        made = {
            "UniversallyUniqueIdentifier": uuid5(NAMESPACE_URL, str(n)).urn,
            "PercentFraction": f"0.{n:05d}",
            "Hex40": f"{n:040X}",
            "base64Binary": "AAAA",
            "Color": str(-16777216 + n * 7919 % 1000000),
            "boolean": ("true", "false")[n % 2],
            "dateTime": f"2020-01-{n % 27 + 1:02d}T{n % 24:02d}:{n % 60:02d}:01",
            "anyURI": f"urn:example:{n}",
            "float": f"{n}.25",
            "double": f"{n}.25",
            "int": str(n),
            "integer": str(n),
            "long": str(n),
        }
        if kind.endswith("ID") and base == "string":
            return f"{_kind_of(name)}:{n}"
        return made.get(kind) or made.get(base) or f"{name} {key or 'text'} {n} é"

    def _register(self, name: str, element: etree._Element, number: int) -> None:
        target = TARGETS.get(name) or (name.removesuffix("Ref") if name.endswith("Ref") else None)
        if target:
            self._refers.append((element, target))
            return
        element.set("ID", f"{_kind_of(name)}:{self._counts[_kind_of(name) + ' IDs']}")
        self._counts[_kind_of(name) + " IDs"] += 1
        for kind in {name, _kind_of(name)}:
            self._ids[kind].append(element.get("ID"))

    def _link(self) -> None:
        """Give every reference the ID of an element of its kind."""
        turn: Counter[str] = Counter()
        within = {"AnnotationRef": "CommentAnnotation"}
        for element, target in self._refers:
            parent = element.getparent()
            inside = parent is not None and str(parent.tag).endswith("Annotation")
            ids = self._ids[within["AnnotationRef"] if inside and target == "Annotation" else target]
            if target == "Folder":
                ids = ids[1:]
            element.set("ID", ids[turn[target] % len(ids)])
            turn[target] += 1
        _without_repeats(self.root)


def _without_repeats(root: etree._Element) -> None:
    """No two references of one element to one and the same."""
    for element in list(root.iter(f"{{{OME}}}*")):
        seen = set()
        for child in list(element):
            key = child.tag, child.get("ID")
            if str(child.tag).endswith("Ref") and key in seen:
                element.remove(child)
            seen.add(key)


def _kind_of(name: str) -> str:
    if name.endswith("Annotation"):
        return "Annotation"
    if name in MEMBERS["LightSourceGroup"]:
        return "LightSource"
    return "Shape" if name in MEMBERS["ShapeGroup"] else name


def values_of(root: etree._Element) -> int:
    """Attributes and texts of a document."""
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    return sum(len(element.attrib) + bool((element.text or "").strip()) for element in elements)


def write_rich_ome_tiff(path: Path, seed: int = 0) -> RichOme:
    """Write the document with pixels that differ from plane to plane."""
    document = RichOme(path.name, seed)
    description: bytes | None = document.xml
    random = np.random.default_rng(seed)
    with tifffile.TiffWriter(path, ome=False) as tiff:
        for t, c, z, y, x in SIZES:
            for _ in range(t * c * z):
                plane = random.integers(0, 4000, (y, x), dtype=np.uint16)
                tiff.write(plane, description=description, metadata=None, software=False, photometric="minisblack")
                description = None
    return document
