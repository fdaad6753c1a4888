"""What the OME specification says in words: rules on the document that its schema does not know.

https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html, .../developers/6d-7d-and-8d-storage.html
"""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from lxml.etree import _Element as Element

from fixative.findings import RefusedSample
from fixative.verify.tiff_structure import wrong

OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"
MODULO = "openmicroscopy.org/omero/dimension/modulo"


def rule_problems(root: Element) -> Iterator[RefusedSample]:
    """Say what is wrong in a document that is valid against the schema (VER003)."""
    yield from _identity_problems(root)
    yield from _id_problems(root)
    for element in root.iter(f"{OME}M"):
        if not element.get("K"):
            yield wrong("a key for each value of a MapAnnotation", "M without K")
            return
    for number, image in enumerate(root.iterfind(f"{OME}Image")):
        pixels = image.find(f"{OME}Pixels")
        if pixels is not None:
            yield from _pixels_problems(pixels, f"Image {number}")
            yield from _modulo_problems(root, image, pixels, f"Image {number}")


def _identity_problems(root: Element) -> Iterator[RefusedSample]:
    """The document is whole, and its UUID says nothing of the host and the time it was written at."""
    if root.find(f"{OME}BinaryOnly") is not None:
        yield wrong("the metadata in this file", "BinaryOnly, which points to another")
    urn = root.get("UUID") or "none"
    version = UUID(urn).version if urn != "none" else None
    if version != 5:
        yield wrong("a UUID of version 5", urn if version is None else f"version {version}")


def _id_problems(root: Element) -> Iterator[RefusedSample]:
    """No ID twice, whatever bears it: readers look annotations and ROIs up by ID alone."""
    named = Counter(element.get("ID") for element in root.iter(f"{OME}*") if _names_itself(element))
    if twice := next((name for name, count in named.items() if count > 1), None):
        kinds = sorted({_local(element) for element in root.iter(f"{OME}*") if element.get("ID") == twice})
        yield wrong("each ID once", f"one of {named[twice]} elements ({', '.join(kinds)})")


def _names_itself(element: Element) -> bool:
    """Whether an ID is the element's own: references and settings bear that of what they speak of."""
    return element.get("ID") is not None and not _local(element).endswith(("Ref", "Settings", "Pump", "Leader"))


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _pixels_problems(pixels: Element, name: str) -> Iterator[RefusedSample]:
    """Pixels lie in the file, and each Plane is one of the image and stands there once."""
    if pixels.find(f"{OME}BinData") is not None:
        yield wrong(f"{name} with its pixels in the file", "BinData in the document")
    channels = len(pixels.findall(f"{OME}Channel")) or int(pixels.get("SizeC", "0"))
    most = {"TheZ": int(pixels.get("SizeZ", "0")), "TheT": int(pixels.get("SizeT", "0")), "TheC": channels}
    seen = set()
    for plane in pixels.iterfind(f"{OME}Plane"):
        place = tuple(int(plane.get(axis, "0")) for axis in most)
        said = " ".join(f"{axis}={value}" for axis, value in zip(most, place, strict=True))
        if any(value >= size for value, size in zip(place, most.values(), strict=True)):
            yield wrong(f"each Plane within {name}", said)
            return
        if place in seen:
            yield wrong(f"each Plane of {name} once", f"{said} twice")
            return
        seen.add(place)


def _modulo_problems(root: Element, image: Element, pixels: Element, name: str) -> Iterator[RefusedSample]:
    """An axis that a ModuloAlong annotation splits is as long as a whole number of its parts."""
    asked = {
        reference.get("ID") for holder in (image, pixels) for reference in holder.iterfind(f"{OME}AnnotationRef")
    }
    for annotation in root.iterfind(f"{OME}StructuredAnnotations/{OME}XMLAnnotation[@Namespace='{MODULO}']"):
        if annotation.get("ID") not in asked:
            continue
        for along in annotation.iter("{*}ModuloAlongZ", "{*}ModuloAlongT", "{*}ModuloAlongC"):
            axis = _local(along)[-1]
            size, parts = int(pixels.get(f"Size{axis}", "0")), _parts(along)
            if parts < 1 or size % parts:
                yield wrong(f"{name}: ModuloAlong{axis} that divides Size{axis} {size}", f"{parts} parts")


def _parts(along: Element) -> int:
    """Steps of the folded axis: its labels, or from Start to End by Step."""
    labels = along.findall("{*}Label")
    if labels:
        return len(labels)
    start, end, step = (float(along.get(name, default)) for name, default in _STEPS)
    return round((end - start) / step) + 1 if step > 0 else 0


_STEPS = (("Start", "0"), ("End", "0"), ("Step", "1"))
