"""The last words of an OME-XML: which page of the file each plane is."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from lxml import etree

from fixative.findings import RefusedSample
from fixative.ome.annotate import annotate_pyramids
from fixative.ome.schema import LOCATION, XSI, ome
from fixative.pixel_models import planes_present
from fixative.readers.protocol import ImageInfo
from fixative.xml_tree import parse_xml

WARNING = (
    " Warning: this comment is an OME-XML metadata block, which contains crucial dimensional parameters "
    "and other important metadata. Please edit cautiously (if at all), and back up the original data before "
    "doing so. For more information, see the OME-TIFF web site: "
    "https://docs.openmicroscopy.org/latest/ome-model/ome-tiff/. "
)
"""The specification's warning to whoever opens the tag in an editor."""

_POWERS = {"km": 9, "hm": 8, "dam": 7, "m": 6, "dm": 5, "cm": 4, "mm": 3, "nm": -3, "pm": -6, "fm": -9, "am": -12}
_IN_UM = {unit: Decimal(1).scaleb(power) for unit, power in _POWERS.items()} | {"Å": Decimal("1e-4")}
"""Micrometres of the units in which instruments state the size of a pixel."""


def complete_for_tiff(
    ome_xml: bytes,
    images: Sequence[ImageInfo],
    file_name: str,
    uuid: str,
    pyramids: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """Say which IFD holds each plane, the size of its pixels in µm, and how lower resolutions were made.

    Parameters
    ----------
    ome_xml : bytes
        Valid 2016-06 with ``<MetadataOnly/>`` in each Pixels, corrected to ``images``.
    images : sequence of ImageInfo
        Images of the file in order.
    file_name : str
        Name of the OME-TIFF, without folder.
    uuid : str
        UUID of the file, with or without ``urn:uuid:``; version 5, since a version 1 names the host.
    pyramids : sequence of mapping
        For each image what there is to say of its levels; not annotated where not given.

    Returns
    -------
    bytes
        UTF-8. IFDs are numbered image by image, within an image T slowest, then C, then Z fastest. Planes that
        were never taken, or that the source does not hold whole, share one blank page after the others.

    Raises
    ------
    RefusedSample
        CNV003 where the document does not describe ``images``.

    Notes
    -----
    https://ome-model.readthedocs.io/en/stable/ome-tiff/specification.html
    """
    root = parse_xml(ome_xml)
    described = root.findall(f"{ome('Image')}/{ome('Pixels')}")
    if len(described) != len(images):
        _refuse(f"{len(images)} images", f"{len(described)} images", "OME-XML")
    urn = uuid if uuid.startswith("urn:uuid:") else f"urn:uuid:{uuid}"
    root.set("UUID", urn)
    ifd = 0
    for pixels, image in zip(described, images, strict=True):
        _check(pixels, image)
        _say_in_micrometres(pixels)
        ifd = _number_planes(pixels, image, ifd, file_name, urn)
    if pyramids:
        annotate_pyramids(root, pyramids)
    return serialised(root, WARNING)


def _say_in_micrometres(pixels: "etree._Element") -> None:
    """The size of a pixel in µm, digit for digit: the decimal point moves, the length stays what it was.

    bioio and aicsimageio, so napari, take the number and leave the unit: 6.28 nm would be shown as 6.28 µm.
    """
    for name in ("PhysicalSizeX", "PhysicalSizeY", "PhysicalSizeZ"):
        size, factor = pixels.get(name), _IN_UM.get(pixels.get(f"{name}Unit", "µm"))
        if size is not None and factor is not None and Decimal(size.strip()).is_finite():
            exact = Decimal(size.strip()) * factor
            pixels.set(name, f"{exact:f}" if abs(exact.adjusted()) < 16 else f"{exact:e}")
            pixels.set(f"{name}Unit", "µm")


def _check(pixels: "etree._Element", image: ImageInfo) -> None:
    """Refuse a description that is not of these pixels: every reader of the file would fail on it."""
    expected = {
        "DimensionOrder": "XYZCT",
        "SizeX": str(image.size_x),
        "SizeY": str(image.size_y),
        "SizeZ": str(image.size_z),
        "SizeC": str(image.size_c * image.samples),
        "SizeT": str(image.size_t),
    }
    for name, value in expected.items():
        if pixels.get(name) != value:
            _refuse(f"{name} {value}", f"{name} {pixels.get(name)}", f"image {image.index}")


def _refuse(expected: str, found: str, where: str) -> None:
    raise RefusedSample("CNV003", expected=expected, found=found, where=where)


def _number_planes(pixels: "etree._Element", image: ImageInfo, ifd: int, file_name: str, urn: str) -> int:
    """Put a TiffData for each plane in the place of MetadataOnly; returns the IFD after the last."""
    holder = pixels.find(ome("MetadataOnly"))
    if holder is None:
        _refuse("MetadataOnly", "none", f"image {image.index}")
        return ifd
    place = pixels.index(holder)
    pixels.remove(holder)
    blank = ifd + image.planes - len(image.left_out)
    data = []
    for t, c, z in planes_present(image.size_t, image.size_c, image.size_z, ()):
        missing = (t, c, z) in image.left_out
        data.append(_tiff_data(blank if missing else ifd, t, c, z, file_name, urn))
        ifd += not missing
    pixels[place:place] = data
    return ifd + bool(image.left_out)


def _tiff_data(ifd: int, t: int, c: int, z: int, file_name: str, urn: str) -> "etree._Element":
    element = etree.Element(ome("TiffData"))
    for name, value in (("IFD", ifd), ("FirstT", t), ("FirstC", c), ("FirstZ", z), ("PlaneCount", 1)):
        element.set(name, str(value))
    uuid = etree.SubElement(element, ome("UUID"), FileName=file_name)
    uuid.text = urn
    return element


def serialised(root: "etree._Element", comment: str | None = None) -> bytes:
    """One and the same bytes for one and the same document: UTF-8, two-space indent, declaration."""
    root.set(f"{{{XSI}}}schemaLocation", LOCATION)
    _indent(root, 0)
    root.tail = None
    body = etree.tostring(root, encoding="unicode")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if comment:
        head += f"<!--{comment}-->\n"
    return f"{head}{body}\n".encode()


def _indent(element: "etree._Element", depth: int) -> None:
    """Indent elements of OME; what stands inside an annotation's Value is left as it is."""
    if not len(element) or element.tag == ome("Value"):
        return
    space = "\n" + "  " * (depth + 1)
    if not (element.text or "").strip():
        element.text = space
    for child in element:
        _indent(child, depth + 1)
        if not (child.tail or "").strip():
            child.tail = space
    if (element[-1].tail or "").strip() == "":
        element[-1].tail = "\n" + "  " * depth
