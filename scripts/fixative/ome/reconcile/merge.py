"""Several documents about the same images become one: the richest, completed from the others."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml import etree

from fixative.ome.corrections import Correction
from fixative.ome.place import put_in_order
from fixative.ome.reconcile.documents import Document
from fixative.ome.reconcile.parts import Parts
from fixative.ome.reconcile.precedence import DEFAULT, Disagreement
from fixative.ome.reconcile.settle import Place, Speaker, settle, settle_text
from fixative.ome.schema import ome

OF_THE_PIXELS = frozenset(
    ("DimensionOrder", "Type", "SizeX", "SizeY", "SizeZ", "SizeC", "SizeT", "BigEndian", "Interleaved")
)
"""Attributes of Pixels that the delivered images have decided already."""

_TEXTS = ("AcquisitionDate", "Description")
_VALUES = ("ImagingEnvironment", "StageLabel")

Others = Sequence[tuple[Speaker, "etree._Element"]]


@dataclass(frozen=True)
class Reconciled:
    """One document, whose it was, and what the others said differently."""

    root: "etree._Element"
    base: Document
    disagreements: tuple[Disagreement, ...]
    corrections: tuple[Correction, ...] = ()
    """What in the others' documents was not valid, or not true of the pixels."""


def reconcile(documents: Sequence[Document]) -> Reconciled:
    """Merge documents that each have one Image for each delivered image.

    Parameters
    ----------
    documents : sequence of Document
        At least one. OME-XML that stands in the source is the start; otherwise the richest among those that
        describe the most images with the sizes they have. It is changed in place.
    """
    base = max(documents, key=lambda one: (one.rank == "file", one.fits, one.values))
    # A further reader of OME-XML that stands in the source knows nothing but that: what it adds are its defaults
    heard = ("file", "vendor", "reader") if base.rank == "file" else DEFAULT.order
    others = [one for one in documents if one is not base and one.rank in heard]
    others.sort(key=lambda one: DEFAULT.order.index(one.rank))
    own = Speaker(base.label, base.rank)
    record: list[Disagreement] = []
    for number, image in enumerate(base.images):
        same = [(Speaker(one.label, one.rank), one.images[number]) for one in others]
        _settle_image(image, own, same, number, record)
    for other in others:
        Parts(base, other, record).complete()
    theirs = (replace(line, reader=one.label) for one in documents if one is not base for line in one.corrections)
    return Reconciled(base.root, base, tuple(record), tuple(line for line in theirs if line.described))


def _settle_image(
    image: "etree._Element", own: Speaker, others: Others, number: int, record: list[Disagreement]
) -> None:
    """Settle the values of one Image, its Pixels, channels and planes."""
    place = Place(number)
    settle(image, own, others, place, record)
    for name in _TEXTS:
        _settle_child(image, name, own, others, place, record)
    for name in _VALUES:
        _settle_child(image, name, own, others, place, record)
    pixels = image.find(ome("Pixels"))
    if pixels is None:
        return
    further = _children(others, "Pixels")
    settle(pixels, own, further, place, record, fixed=OF_THE_PIXELS)
    fixed = frozenset(("SamplesPerPixel",))
    for index, channel in enumerate(pixels.findall(ome("Channel"))):
        same = [(speaker, other.findall(ome("Channel"))[index]) for speaker, other in further]
        settle(channel, own, same, Place(number, f"Channel {index}"), record, fixed=fixed)
    _settle_planes(pixels, own, further, number, record)


def _children(others: Others, name: str) -> list[tuple[Speaker, "etree._Element"]]:
    found = ((speaker, other.find(ome(name))) for speaker, other in others)
    return [(speaker, child) for speaker, child in found if child is not None]


def _settle_child(
    image: "etree._Element", name: str, own: Speaker, others: Others, place: Place, record: list[Disagreement]
) -> None:
    """Complete a child that holds values only: attributes, text, a Map."""
    further = _children(others, name)
    child = image.find(ome(name))
    if child is None:
        if not further:
            return
        own, first = further.pop(0)
        child = deepcopy(first)
        put_in_order(image, child)
    settle(child, own, further, place, record)
    if name in _TEXTS:
        settle_text(child, own, further, place, record)


def _settle_planes(
    pixels: "etree._Element", own: Speaker, further: Others, number: int, record: list[Disagreement]
) -> None:
    """Complete the planes: times, exposures, positions; a plane that only another knows is added."""
    planes = {_plane(plane): plane for plane in pixels.findall(ome("Plane"))}
    known = [(speaker, {_plane(plane): plane for plane in other.findall(ome("Plane"))}) for speaker, other in further]
    added: list[etree._Element] = []
    for where in dict.fromkeys(key for _, theirs in known for key in theirs):
        same = [(speaker, theirs[where]) for speaker, theirs in known if where in theirs]
        plane, holder = planes.get(where), own
        if plane is None:
            holder, first = same.pop(0)
            plane = etree.Element(ome("Plane"), {str(name): str(value) for name, value in first.attrib.items()})
            added.append(plane)
        t, c, z = where
        settle(plane, holder, same, Place(number, f"T{t} C{c} Z{z}"), record)
    if added:
        _put_planes(pixels, added)


def _put_planes(pixels: "etree._Element", planes: Sequence["etree._Element"]) -> None:
    """Put planes at their place, all at once: an image may have a hundred thousand."""
    after = pixels.find(ome("AnnotationRef"))
    place = len(pixels) if after is None else pixels.index(after)
    pixels[place:place] = list(planes)


def _plane(plane: "etree._Element") -> tuple[str, str, str]:
    return str(plane.get("TheT")), str(plane.get("TheC")), str(plane.get("TheZ"))
