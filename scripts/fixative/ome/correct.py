"""Make OME-XML true of the pixels that the reader delivers: image by image, size by size."""

from collections.abc import Sequence

from lxml import etree

from fixative.findings import RefusedSample
from fixative.ome.corrections import Correction
from fixative.ome.ids import Ids
from fixative.ome.match import matched
from fixative.ome.schema import ome
from fixative.readers.protocol import ImageInfo
from fixative.xml_tree import local_name

PIXEL_TYPES = {
    "int8": "int8",
    "int16": "int16",
    "int32": "int32",
    "uint8": "uint8",
    "uint16": "uint16",
    "uint32": "uint32",
    "float32": "float",
    "float64": "double",
    "complex64": "complex",
    "complex128": "double-complex",
    "bool": "bit",
}
"""numpy's name to OME's. OME knows no float16, int64, uint64."""

MOST_PLANES_LISTED = 100
"""Planes that a document states and the image has not, of which the record says what they said."""

_BITS = {"int8": 8, "int16": 16, "int32": 32, "uint8": 8, "uint16": 16, "uint32": 32, "float": 32}
_BITS |= {"double": 64, "complex": 64, "double-complex": 128, "bit": 1}


def correct_images(root: "etree._Element", images: Sequence[ImageInfo]) -> list[Correction]:
    """Make the Image elements those of ``images``, in their order; in place.

    Raises
    ------
    RefusedSample
        CNV002 for values that OME has no type for.
    """
    for image in images:
        if image.dtype not in PIXEL_TYPES:
            raise RefusedSample("CNV002", dtype=image.dtype)
    described = root.findall(ome("Image"))
    pairs = matched(described, images)
    corrections = _drop_surplus(root, described, pairs)
    anchor, ids = _anchor(root), Ids(root)
    for image, element in zip(images, pairs, strict=True):
        if element is None:
            element = _new_image(ids, image)
            if described:
                corrections.append(Correction(image.index, "Image", None, element.get("ID")))
        elif element.getparent() is not None:
            root.remove(element)
        anchor.addprevious(element)
        corrections += _correct(ids, element, image)
    root.remove(anchor)
    return corrections


def _anchor(root: "etree._Element") -> "etree._Element":
    """A mark at the end of the images' place, to put them before in their order."""
    anchor = etree.Element("anchor")
    after = [child for child in root if local_name(child) in ("StructuredAnnotations", "ROI")]
    if after:
        after[0].addprevious(anchor)
    else:
        root.append(anchor)
    return anchor


def _drop_surplus(
    root: "etree._Element",
    described: Sequence["etree._Element"],
    pairs: Sequence["etree._Element | None"],
) -> list[Correction]:
    """Remove images that the reader does not deliver, and what refers to them."""
    corrections = []
    kept = [element for element in pairs if element is not None]
    for element in described:
        if any(element is other for other in kept):
            continue
        corrections.append(Correction(None, "Image", element.get("Name") or element.get("ID"), None))
        for reference in list(root.iter(ome("ImageRef"))):
            if reference.get("ID") == element.get("ID"):
                parent = reference.getparent()
                if parent is not None:
                    parent.remove(reference)
        root.remove(element)
    return corrections


def _new_image(ids: Ids, image: ImageInfo) -> "etree._Element":
    """An Image for pixels that no document describes."""
    element = etree.Element(ome("Image"), ID=ids.take("Image"))
    name = image.name or (image.kind if image.kind != "image" else None)
    if name:
        element.set("Name", printable(name))
    pixels = etree.SubElement(element, ome("Pixels"), ID=ids.take("Pixels"))
    pixels.set("DimensionOrder", "XYZCT")
    return element


def printable(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(
        char for char in text if char in "\t\n\r" or (char >= " " and not "\ud800" <= char <= "\udfff")
    ).translate({0xFFFE: None, 0xFFFF: None})


def _correct(ids: Ids, element: "etree._Element", image: ImageInfo) -> list[Correction]:
    """Correct one Image."""
    pixels = element.find(ome("Pixels"))
    if pixels is None:
        pixels = etree.SubElement(element, ome("Pixels"), ID=ids.take("Pixels"))
    corrections: list[Correction] = []
    before = {axis: pixels.get(f"Size{axis}") for axis in "ZCT"}
    first = pixels.find(ome("Channel"))
    described_samples = int(first.get("SamplesPerPixel") or 1) if first is not None else 1
    wanted = {
        "DimensionOrder": "XYZCT",
        "Type": PIXEL_TYPES[image.dtype],
        "SizeX": str(image.size_x),
        "SizeY": str(image.size_y),
        "SizeZ": str(image.size_z),
        "SizeC": str(image.size_c * image.samples),
        "SizeT": str(image.size_t),
        "BigEndian": "false",
        "Interleaved": "true" if image.samples > 1 else "false",
    }
    of_the_file = ("DimensionOrder", "BigEndian", "Interleaved")
    for name, value in wanted.items():
        stated = pixels.get(name)
        pixels.set(name, value)
        if stated is not None and stated != value and name not in of_the_file:
            corrections.append(Correction(image.index, f"Pixels@{name}", stated, value))
    corrections += _correct_bits(pixels, image)
    corrections += _correct_channels(ids, pixels, image)
    corrections += _correct_planes(pixels, image, before, described_samples)
    hold_metadata_only(pixels)
    return corrections


def _correct_bits(pixels: "etree._Element", image: ImageInfo) -> list[Correction]:
    """SignificantBits as the reader knows it; one wider than the type is wrong."""
    stated = pixels.get("SignificantBits")
    if image.significant_bits is not None:
        pixels.set("SignificantBits", str(image.significant_bits))
        if stated in (None, str(image.significant_bits)):
            return []
        return [Correction(image.index, "Pixels@SignificantBits", stated, str(image.significant_bits))]
    if stated is not None and int(stated) > _BITS[PIXEL_TYPES[image.dtype]]:
        del pixels.attrib["SignificantBits"]
        return [Correction(image.index, "Pixels@SignificantBits", stated, None)]
    return []


def _correct_channels(ids: Ids, pixels: "etree._Element", image: ImageInfo) -> list[Correction]:
    """As many channels as there are planes of channels, each with the samples that a pixel has."""
    corrections = []
    channels = pixels.findall(ome("Channel"))
    for channel in channels[image.size_c :]:
        described = channel.get("Name") or channel.get("ID")
        corrections.append(Correction(image.index, "Channel", described, None))
        pixels.remove(channel)
    channels = channels[: image.size_c]
    for number in range(len(channels), image.size_c):
        channel = etree.Element(ome("Channel"), ID=ids.channel(image.index, number))
        pixels.insert(number, channel)
        channels.append(channel)
    for channel in channels:
        stated = channel.get("SamplesPerPixel")
        channel.set("SamplesPerPixel", str(image.samples))
        if stated not in (None, str(image.samples)):
            corrections.append(Correction(image.index, "Channel@SamplesPerPixel", stated, str(image.samples)))
    return corrections


def _correct_planes(
    pixels: "etree._Element", image: ImageInfo, before: dict[str, str | None], samples: int
) -> list[Correction]:
    """Drop planes that are not there, those stated twice, and follow axes that the reader has exchanged."""
    found = {"Z": image.size_z, "C": image.size_c, "T": image.size_t}
    exchange = _exchange(before, found, samples)
    seen: set[tuple[int, ...]] = set()
    gone: list[etree._Element] = []
    for plane in pixels.findall(ome("Plane")):
        stated = {axis: int(plane.get(f"The{axis}") or 0) for axis in "ZCT"}
        where = {axis: stated[exchange[axis]] for axis in "ZCT"}
        place = tuple(where[axis] for axis in "TCZ")
        if place in seen or any(where[axis] >= found[axis] for axis in "ZCT"):
            pixels.remove(plane)
            gone.append(plane)
            continue
        seen.add(place)
        for axis in "ZCT":
            plane.set(f"The{axis}", str(where[axis]))
    listed = [Correction(image.index, "Plane", _said(plane), None) for plane in gone[:MOST_PLANES_LISTED]]
    if len(gone) > len(listed):
        listed.append(Correction(image.index, "Plane", f"{len(gone) - len(listed)} more that do not exist", None))
    return listed


def _said(plane: "etree._Element") -> str:
    return " ".join(f"{name!s}={value!s}" for name, value in plane.attrib.items())


def _exchange(before: dict[str, str | None], found: dict[str, int], samples: int) -> dict[str, str]:
    """Which described axis each axis of the reader is, where the same sizes stand in another order.

    Only where it is certain: all three sizes differ, or those that are equal are 1.
    """
    same = {axis: axis for axis in "ZCT"}
    described = {axis: int(value or 0) for axis, value in before.items()}
    if samples > 1:
        described["C"] //= samples
    longer = [size for size in found.values() if size > 1]
    if described == found or sorted(described.values()) != sorted(found.values()):
        return same
    if len(set(longer)) != len(longer):
        return same
    single = [axis for axis in "ZCT" if described[axis] == 1]
    return {
        axis: next(other for other in "ZCT" if described[other] == size) if size > 1 else single.pop()
        for axis, size in found.items()
    }


def hold_metadata_only(pixels: "etree._Element") -> None:
    """Replace whatever says where the pixels were by MetadataOnly."""
    for child in list(pixels):
        if local_name(child) in ("TiffData", "BinData", "MetadataOnly"):
            pixels.remove(child)
    place = len(pixels.findall(ome("Channel")))
    pixels.insert(place, etree.Element(ome("MetadataOnly")))
