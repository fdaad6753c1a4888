"""Put facts of the vendor's metadata where the OME-XML says nothing; what it says is never changed."""

from collections.abc import Sequence

from lxml import etree

from fixative.ome.correct import correct_images, printable
from fixative.ome.facts import ChannelFacts, ImageFacts, PlaneFacts, Quantity, Settings, Stated
from fixative.ome.fill_instrument import Instruments, Parts
from fixative.ome.fill_rois import fill_rois
from fixative.ome.ids import Ids
from fixative.ome.place import put, set_missing
from fixative.ome.schema import NAMESPACES, ome
from fixative.ome.shapes import Shapes
from fixative.readers.protocol import ImageInfo

__all__ = ["facts_document", "fill_facts", "put"]


def facts_document(facts: Sequence[ImageFacts | None], images: Sequence[ImageInfo]) -> "etree._Element":
    """Make an OME document that holds what facts state and nothing else: one Image for each image, in order.

    Raises
    ------
    RefusedSample
        CNV002 for values that OME has no type for.
    """
    root = etree.Element(ome("OME"), nsmap=NAMESPACES)
    correct_images(root, images)
    fill_facts(root, facts)
    return root


def fill_facts(root: "etree._Element", facts: Sequence[ImageFacts | None]) -> None:
    """Complete each Image; ``facts`` are in the order of the document's images."""
    ids = Ids(root)
    instruments = Instruments(root, ids)
    shapes = Shapes(root)
    for element, known in zip(root.findall(ome("Image")), facts, strict=True):
        pixels = element.find(ome("Pixels"))
        if known is None or pixels is None:
            continue
        _fill_image(element, known)
        _fill_experimenter(root, element, known.experimenter, ids)
        parts = instruments.fill(element, known)
        _fill_pixels(pixels, known)
        _fill_channels(pixels, known.channels, parts)
        _fill_planes(pixels, known.planes)
        fill_rois(root, element, known.rois, shapes, ids)


def _fill_image(element: "etree._Element", known: ImageFacts) -> None:
    """Name, description, date, surroundings and place of an Image."""
    set_missing(element, {"Name": known.name} if known.name else {})
    for name, text in (("AcquisitionDate", known.acquisition_date), ("Description", known.description)):
        if text and element.find(ome(name)) is None:
            put(element, name).text = printable(text)
    _fill_child(element, "ImagingEnvironment", known.environment)
    # The schema wants a name; a place without one stands with the planes
    if known.stage_label.get("Name") or element.find(ome("StageLabel")) is not None:
        _fill_child(element, "StageLabel", known.stage_label)


def _fill_child(element: "etree._Element", name: str, stated: Stated) -> None:
    """Complete the one child of a name, or make it where there is something to say."""
    child = element.find(ome(name))
    if stated:
        set_missing(put(element, name) if child is None else child, stated)


def _fill_experimenter(root: "etree._Element", image: "etree._Element", stated: Stated, ids: Ids) -> None:
    """Refer to the person; images of one person share it."""
    if not stated or image.find(ome("ExperimenterRef")) is not None:
        return
    for person in root.findall(ome("Experimenter")):
        if {name: value for name, value in person.attrib.items() if name != "ID"} == stated:
            break
    else:
        person = put(root, "Experimenter")
        person.set("ID", ids.take("Experimenter"))
        set_missing(person, stated)
    put(image, "ExperimenterRef").set("ID", str(person.get("ID")))


def _fill_pixels(pixels: "etree._Element", known: ImageFacts) -> None:
    found: dict[str, str | Quantity] = {f"PhysicalSize{axis}": size for axis, size in known.size.items()}
    if known.time_increment is not None:
        found["TimeIncrement"] = known.time_increment
    set_missing(pixels, found)


def _fill_channels(pixels: "etree._Element", known: Sequence[ChannelFacts], parts: Parts) -> None:
    channels = pixels.findall(ome("Channel"))
    if len(channels) != len(known):
        return
    for channel, facts in zip(channels, known, strict=True):
        set_missing(channel, _of_channel(facts))
        _fill_settings(channel, "LightSourceSettings", facts.light_source, parts)
        _fill_settings(channel, "DetectorSettings", facts.detector, parts)
        _fill_filters(channel, facts, parts)


def _of_channel(facts: ChannelFacts) -> Stated:
    """Attributes of Channel."""
    found: dict[str, str | Quantity | None] = {
        "Name": facts.name,
        "Color": None if facts.colour is None else str(facts.colour),
        "Fluor": facts.fluor,
        "ExcitationWavelength": Quantity(facts.excitation_nm, "nm") if facts.excitation_nm else None,
        "EmissionWavelength": Quantity(facts.emission_nm, "nm") if facts.emission_nm else None,
        "PinholeSize": facts.pinhole,
        "ContrastMethod": facts.contrast,
        "AcquisitionMode": facts.acquisition_mode,
        "IlluminationType": facts.illumination,
        "NDFilter": facts.nd_filter,
    }
    return {name: value for name, value in found.items() if value}


def _fill_settings(channel: "etree._Element", name: str, settings: Settings | None, parts: Parts) -> None:
    """Settings of a component; those of another component than the document's are left alone."""
    part = None if settings is None else parts.get(settings.of.identity)
    if settings is None or part is None:
        return
    element = channel.find(ome(name))
    if element is None:
        element = put(channel, name)
        element.set("ID", part)
    if element.get("ID") == part:
        set_missing(element, settings.stated)


def _fill_filters(channel: "etree._Element", facts: ChannelFacts, parts: Parts) -> None:
    """Filter set or light path, where the document has neither."""
    path = channel.find(ome("LightPath"))
    if (path is not None and len(path)) or channel.find(ome("FilterSetRef")) is not None:
        return
    if facts.filter_set is not None and (part := parts.get(facts.filter_set.identity)) is not None:
        put(channel, "FilterSetRef").set("ID", part)
        return
    wanted = [
        *(("ExcitationFilterRef", filter_) for filter_ in facts.excitation_filters),
        *([("DichroicRef", facts.dichroic)] if facts.dichroic else []),
        *(("EmissionFilterRef", filter_) for filter_ in facts.emission_filters),
    ]
    found = [(name, part) for name, component in wanted if (part := parts.get(component.identity)) is not None]
    if found:
        path = put(channel, "LightPath") if path is None else path
        for name, part in found:
            etree.SubElement(path, ome(name), ID=part)


def _fill_planes(pixels: "etree._Element", planes: PlaneFacts) -> None:
    """Values of planes; Plane comes last in Pixels, so new ones are appended."""
    tag = ome("Plane")
    known = {
        (int(plane.get("TheT", 0)), int(plane.get("TheC", 0)), int(plane.get("TheZ", 0))): plane
        for plane in pixels.findall(tag)
    }
    columns = [(name, f"{name}Unit", unit, values) for name, (unit, values) in planes.columns.items()]
    for row, place in enumerate(planes.places):
        found: dict[str, str] = {}
        for name, key, unit, values in columns:
            if (value := values[row]) is not None:
                found[name], found[key] = value, unit
        plane = known.get(place)
        if plane is None and found:
            t, c, z = place
            known[place] = etree.SubElement(pixels, tag, {"TheZ": str(z), "TheT": str(t), "TheC": str(c), **found})
        elif plane is not None:
            for name, key, _, _ in columns:
                if name in found and name not in plane.attrib:
                    plane.set(name, found[name])
                    plane.set(key, found[key])
