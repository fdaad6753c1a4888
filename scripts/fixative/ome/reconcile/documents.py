"""A reader's OME-XML, brought to the form in which documents can be compared and merged."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from fixative.metadata.voices import Voice
from fixative.ome.correct import correct_images, hold_metadata_only
from fixative.ome.corrections import Correction
from fixative.ome.match import matched
from fixative.ome.reconcile.inventions import Losses
from fixative.ome.reconcile.precedence import Rank
from fixative.ome.repair import remove, repair
from fixative.ome.schema import NAMESPACES, default_units, ome, problems, required_attributes
from fixative.ome.upgrade import CannotUpgrade, upgraded
from fixative.readers.protocol import ImageInfo
from fixative.xml_tree import BadXml, local_name, parse_xml

MODULO = "openmicroscopy.org/omero/dimension/modulo"
ORIGINAL = "openmicroscopy.org/OriginalMetadata"


@dataclass
class Document:
    """One source's OME-XML: valid, an Image for each delivered image, in their order."""

    label: str
    """The tool: a backend's name, or ``fixative`` for the vendor's metadata as Fixative reads them."""
    rank: Rank
    root: "etree._Element"
    corrections: list[Correction]
    fits: int
    """Images whose sizes it states as they are."""

    @property
    def images(self) -> list["etree._Element"]:
        """Image elements, in the order of the delivered images."""
        return self.root.findall(ome("Image"))

    @property
    def values(self) -> int:
        """How much it says: attributes and texts, the vendor's own keys apart."""
        return sum(_values(element) for element in self.root.iter() if isinstance(element.tag, str))


def empty_root() -> "etree._Element":
    """A document that says nothing."""
    return etree.Element(ome("OME"), nsmap=NAMESPACES)


def document_of(voice: Voice, images: Sequence[ImageInfo], losses: Losses) -> Document | None:
    """Bring a reader's OME-XML to the common form.

    Parameters
    ----------
    voice : Voice
        What the reader says.
    images : sequence of ImageInfo
        The images that were delivered; the document has one Image for each afterwards.
    losses : Losses
        Knows what readers make up; OME-XML that stands in the source is taken as it is.

    Returns
    -------
    Document or None
        None where the reader has no OME-XML. One that cannot be read, or not be made valid, is an empty document
        with that as its only correction: the reader's own words are whole in the dump.
    """
    if voice.ome_xml is None:
        return None
    rank: Rank = "file" if voice.verbatim else "reader" if voice.converts else _further(voice)
    try:
        root = upgraded(parse_xml(voice.ome_xml))
    except (BadXml, CannotUpgrade) as error:
        return _anew(voice, rank, images, f"cannot be read: {error}")
    root.attrib.pop("UUID", "")
    for pointer in root.findall(ome("BinaryOnly")):
        root.remove(pointer)
    for pixels in root.findall(f"{ome('Image')}/{ome('Pixels')}"):
        hold_metadata_only(pixels)
    if not voice.verbatim:
        _drop_invented(root, voice.backend, losses)
        _drop_nobody(root)
        if any(image.folded for image in images):
            _drop_modulo(root)
    corrections = repair(root)
    pairs = matched(root.findall(ome("Image")), images)
    fits = sum(_fits(element, image) for element, image in zip(pairs, images, strict=True))
    if not voice.verbatim:
        for element, image in zip(pairs, images, strict=True):
            _drop_misplaced(element, image)
    corrections += correct_images(root, images)
    corrections += repair(root)
    if problems(etree.tostring(root)):
        return _anew(voice, rank, images, "cannot be made valid")
    return Document(voice.backend, rank, root, corrections, fits)


def _further(voice: Voice) -> Rank:
    return "bioformats" if voice.backend == "bioformats" else "other"


def _anew(voice: Voice, rank: Rank, images: Sequence[ImageInfo], reason: str) -> Document:
    root = empty_root()
    correct_images(root, images)
    return Document(voice.backend, rank, root, [Correction(None, "OME-XML", reason, "built anew")], 0)


def _values(element: "etree._Element") -> int:
    """Values of an element: its attributes but IDs and units, and its text."""
    if element.get("Namespace") == ORIGINAL or local_name(element) in ("TiffData", "UUID"):
        return 0
    attributes = [name for name in element.attrib if name != "ID" and not str(name).endswith("Unit")]
    return len(attributes) + bool((element.text or "").strip() and not len(element))


def _drop_invented(root: "etree._Element", reader: str, losses: Losses) -> None:
    """Drop what the reader states whatever the source says: a placeholder, a default, the file's own name."""
    for element in [item for item in root.iter() if isinstance(item.tag, str)]:
        where = place_of(element)
        if where is None:
            continue
        for name, value in [(str(name), str(value)) for name, value in element.attrib.items()]:
            if name in element.attrib and _says_nothing(element, f"{where}@{name}", name, value, reader, losses):
                del element.attrib[name]
                element.attrib.pop(f"{name}Unit", "")
        text = (element.text or "").strip()
        if text and not len(element) and losses.is_invented(f"{where}#", text, None, reader):
            remove(element)


def _says_nothing(element: "etree._Element", field: str, name: str, value: str, reader: str, losses: Losses) -> bool:
    if (local_name(element), name) in required_attributes():
        # Without it the whole element, with all it says, would not be valid
        return False
    unit = element.get(f"{name}Unit") or default_units().get(f"{name}Unit")
    return not value.strip() or losses.is_invented(field, value, unit, reader)


def _drop_nobody(root: "etree._Element") -> None:
    """Drop experimenters of whom nothing is said, as Zeiss's style sheet makes them, with what refers to them."""
    nobody = {one.get("ID"): one for one in root.findall(ome("Experimenter")) if set(one.attrib) <= {"ID"}}
    for reference in [one for one in root.iter(ome("ExperimenterRef"), ome("Leader")) if one.get("ID") in nobody]:
        remove(reference)
    for experimenter in nobody.values():
        remove(experimenter)


def _drop_modulo(root: "etree._Element") -> None:
    """Drop what a reader says of how it folded an axis: our own annotation says how it was folded here.

    bioio and aicsimageio, so napari, do not open a file that has it.
    """
    found = [one for one in root.iter(ome("XMLAnnotation")) if one.get("Namespace") == MODULO]
    gone = {one.get("ID") for one in found}
    for element in [*found, *(one for one in root.iter(ome("AnnotationRef")) if one.get("ID") in gone)]:
        remove(element)


def place_of(element: "etree._Element") -> str | None:
    """Path of an element from below ``OME``: ``Image/Pixels/Channel``; None inside annotations."""
    names = [local_name(element)]
    for above in element.iterancestors():
        names.append(local_name(above))
    if "StructuredAnnotations" in names:
        return None
    return "/".join(reversed(names[:-1]))


def _fits(element: "etree._Element | None", image: ImageInfo) -> bool:
    """Whether an Image states all five sizes as they were delivered."""
    pixels = None if element is None else element.find(ome("Pixels"))
    return pixels is not None and not _differing(pixels, image)


def _differing(pixels: "etree._Element", image: ImageInfo) -> set[str]:
    """Axes whose stated size is not the delivered one."""
    delivered = {
        "X": image.size_x,
        "Y": image.size_y,
        "Z": image.size_z,
        "C": image.size_c * image.samples,
        "T": image.size_t,
    }
    return {axis for axis, size in delivered.items() if pixels.get(f"Size{axis}") != str(size)}


def _drop_misplaced(element: "etree._Element | None", image: ImageInfo) -> None:
    """Drop what a reader with other axes says of axes: its rows are another's planes, its channels another's times.

    A size or an interval counts for an axis of the delivered length only; planes need Z, C and T to agree, or Z and
    T to have changed places; channels need C.
    """
    pixels = None if element is None else element.find(ome("Pixels"))
    if pixels is None or not (other := _differing(pixels, image)):
        return
    for axis in other & {"X", "Y", "Z"}:
        pixels.attrib.pop(f"PhysicalSize{axis}", "")
        pixels.attrib.pop(f"PhysicalSize{axis}Unit", "")
    if "T" in other:
        pixels.attrib.pop("TimeIncrement", "")
        pixels.attrib.pop("TimeIncrementUnit", "")
    if other & {"Z", "C", "T"} and not (other == {"Z", "T"} and _only_exchanged(pixels, image)):
        for plane in pixels.findall(ome("Plane")):
            pixels.remove(plane)
    if "C" in other:
        for channel in pixels.findall(ome("Channel")):
            pixels.remove(channel)


def _only_exchanged(pixels: "etree._Element", image: ImageInfo) -> bool:
    """Whether the document calls Z what was delivered as T and the other way round, one of them being 1."""
    stated = (pixels.get("SizeZ"), pixels.get("SizeT"))
    return stated == (str(image.size_t), str(image.size_z)) and "1" in stated
