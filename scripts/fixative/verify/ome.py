"""The OME-XML of an archived file: valid against the schema, and true of the pixels beside it.

What the schema cannot say is checked here: each plane exactly once, directories that exist, sizes and types
that are those of the pixels, one UUID (OME-TIFF specification,
https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html).
"""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import lxml.etree
import numpy as np

from fixative.findings import RefusedSample
from fixative.pixel_models import ImagePixels, Pixels, planes_present
from fixative.verify.expectation import pages_of, planes_of
from fixative.verify.ome_rules import rule_problems
from fixative.verify.tiff_structure import wrong
from fixative.verify.xml import BadXml, parse_xml

OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"
PIXEL_TYPES = {
    "bit": "bool",
    "complex": "complex64",
    "double": "float64",
    "double-complex": "complex128",
    "float": "float32",
    "int16": "int16",
    "int32": "int32",
    "int8": "int8",
    "uint16": "uint16",
    "uint32": "uint32",
    "uint8": "uint8",
}
Element = lxml.etree._Element


def ome_problems(
    xml: bytes, pixels: Pixels, *, byte_order: str = "little", file_name: str | None = None
) -> list[RefusedSample]:
    """Say what is wrong with the document (VER002 schema, VER003 what it says of the file).

    Parameters
    ----------
    xml
        ImageDescription of the first directory.
    byte_order
        Of the file: little or big.
    file_name
        Name that the document must give the file; not compared when None.
    """
    try:
        root = parse_xml(xml)
    except BadXml as error:
        return [RefusedSample("VER002", reason=error)]
    schema = _schema()
    if not schema.validate(root):
        errors = list(schema.error_log)  # type: ignore[call-overload]  # lxml-stubs: it is a list
        return [RefusedSample("VER002", reason=f"line {error.line}: {error.message}") for error in errors]
    return [*_semantic_problems(root, pixels, byte_order, file_name), *rule_problems(root)]


@cache
def _schema() -> lxml.etree.XMLSchema:
    return lxml.etree.XMLSchema(lxml.etree.parse(schema_file()))


def schema_file() -> Path:
    """Find OME 2016-06 as the package ome-types carries it (the official file); the package is not imported.

    Raises
    ------
    ImportError
        When no folder of `sys.path` has it.
    """
    for folder in sys.path:
        if (path := Path(folder, "ome_types", "ome-2016-06.xsd")).is_file():
            return path
    raise ImportError("the schema of OME 2016-06, which the package ome-types carries", name="ome_types")


def _semantic_problems(
    root: Element, pixels: Pixels, byte_order: str, file_name: str | None
) -> Iterator[RefusedSample]:
    images = root.findall(f"{OME}Image")
    if len(images) != len(pixels.images):
        yield wrong(f"{len(pixels.images)} Image elements", len(images))
        return
    yield from _identity_problems(root, file_name)
    first = 0
    for element, image in zip(images, pixels.images, strict=True):
        described = element.find(f"{OME}Pixels")
        if described is None:
            yield wrong(f"Pixels in Image {image.index}", "none")
            return
        yield from _size_problems(described, image, byte_order)
        yield from _plane_problems(described, image, first)
        first += pages_of(image)


def _identity_problems(root: Element, file_name: str | None) -> Iterator[RefusedSample]:
    uuid = root.get("UUID")
    for element in root.iter(f"{OME}UUID"):
        if (element.text or "").strip() != uuid:
            yield wrong(f"UUID {uuid} in TiffData", element.text)
            return
        name = element.get("FileName")
        if file_name is not None and name is not None and name != file_name:
            yield wrong(f"FileName {file_name}", name)
            return
        if name is not None and ("/" in name or "\\" in name):
            yield wrong("a FileName without folder", name)
            return


def _size_problems(described: Element, image: ImagePixels, byte_order: str) -> Iterator[RefusedSample]:
    name = f"Image {image.index}"
    sizes = {
        "SizeT": image.size_t,
        "SizeC": image.size_c * image.samples,
        "SizeZ": image.size_z,
        "SizeY": image.size_y,
        "SizeX": image.size_x,
    }
    for attribute, expected in sizes.items():
        if described.get(attribute) != str(expected):
            yield wrong(f"{name} {attribute} {expected}", described.get(attribute))
    if PIXEL_TYPES.get(described.get("Type", "")) != image.dtype:
        yield wrong(f"{name} Type of {image.dtype}", described.get("Type"))
    bits, most = described.get("SignificantBits"), 8 * np.dtype(image.dtype).itemsize
    if bits is not None and not 0 < int(bits) <= most:
        yield wrong(f"{name} SignificantBits of at most {most}, as {image.dtype} has", bits)
    big = described.get("BigEndian")
    if big is not None and (big in ("true", "1")) != (byte_order == "big"):
        yield wrong(f"{name} BigEndian of a {byte_order}-endian file", big)
    channels = [int(channel.get("SamplesPerPixel", "1")) for channel in described.findall(f"{OME}Channel")]
    if channels and channels != [image.samples] * image.size_c:
        expected_channels = f"{image.size_c} channels of {image.samples} samples"
        yield wrong(f"{name} {expected_channels}", f"SamplesPerPixel {channels}")


def _plane_problems(described: Element, image: ImagePixels, first: int) -> Iterator[RefusedSample]:
    """Each plane of the image stands in exactly the directory where its pixels were digested."""
    sizes = {"T": image.size_t, "C": image.size_c, "Z": image.size_z}
    count = image.size_t * image.size_c * image.size_z
    stands: dict[int, int] = {}
    elements = described.findall(f"{OME}TiffData")
    for element in elements:
        start = {axis: int(element.get(f"First{axis}", "0")) for axis in "TCZ"}
        where = "T{T} C{C} Z{Z}".format(**start)
        if any(start[axis] >= sizes[axis] for axis in "TCZ"):
            yield wrong(f"TiffData within Image {image.index}", where)
            return
        planes = int(element.get("PlaneCount", "1" if element.get("IFD") else str(count)))
        ifd = int(element.get("IFD", "0"))
        position = _position(start, sizes, described)
        if position + planes > count:
            yield wrong(f"{count} planes in Image {image.index}", f"TiffData at {where} with {planes}")
            return
        for step in range(planes):
            plane = _index(position + step, sizes, described)
            if plane in stands:
                yield wrong(f"each plane of Image {image.index} once", f"plane {plane} twice (TiffData {where})")
                return
            stands[plane] = ifd + step
    if len(stands) != count:
        yield wrong(f"{count} planes in TiffData of Image {image.index}", f"{len(stands)}")
        return
    ifd, blank = first, first + planes_of(image)
    for plane, (t, c, z) in enumerate(planes_present(image.size_t, image.size_c, image.size_z, ())):
        left_out = (t, c, z) in image.left_out
        expected = blank if left_out else ifd
        if stands[plane] != expected:
            yield wrong(f"plane {plane} of Image {image.index} in IFD {expected}", f"IFD {stands[plane]}")
            return
        ifd += not left_out


def _axes(described: Element) -> tuple[str, ...]:
    """Axes beyond X and Y, fastest first."""
    return tuple(described.get("DimensionOrder", "XYZCT")[2:])


def _position(start: dict[str, int], sizes: dict[str, int], described: Element) -> int:
    """Position of a plane in the DimensionOrder of the document."""
    fast, middle, slow = _axes(described)
    return start[fast] + sizes[fast] * (start[middle] + sizes[middle] * start[slow])


def _index(position: int, sizes: dict[str, int], described: Element) -> int:
    """Turn that position into Fixative's: T slowest, then C, Z fastest."""
    fast, middle, slow = _axes(described)
    at = {fast: position % sizes[fast]}
    at[middle] = position // sizes[fast] % sizes[middle]
    at[slow] = position // sizes[fast] // sizes[middle]
    return (at["T"] * sizes["C"] + at["C"]) * sizes["Z"] + at["Z"]
