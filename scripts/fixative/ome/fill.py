"""Put facts of the vendor's metadata where the OME-XML says nothing; what it says is never changed."""

from collections.abc import Sequence

from lxml import etree

from fixative.ome.correct import printable
from fixative.ome.facts import ChannelFacts, ImageFacts
from fixative.ome.ids import Ids
from fixative.ome.schema import child_order, ome


def fill_facts(root: "etree._Element", facts: Sequence[ImageFacts | None]) -> None:
    """Complete each Image; ``facts`` are in the order of the document's images."""
    ids = Ids(root)
    for element, known in zip(root.findall(ome("Image")), facts, strict=True):
        pixels = element.find(ome("Pixels"))
        if known is None or pixels is None:
            continue
        if known.acquisition_date and element.find(ome("AcquisitionDate")) is None:
            put(element, "AcquisitionDate").text = known.acquisition_date
        _fill_pixels(pixels, known)
        _fill_channels(pixels, known.channels)
        _fill_instrument(root, element, known, ids)


def _fill_pixels(pixels: "etree._Element", known: ImageFacts) -> None:
    for axis, size in known.size.items():
        name = f"PhysicalSize{axis}"
        if name not in pixels.attrib:
            pixels.set(name, size.value)
            pixels.set(f"{name}Unit", size.unit)
    if known.time_increment is not None and "TimeIncrement" not in pixels.attrib:
        pixels.set("TimeIncrement", known.time_increment.value)
        pixels.set("TimeIncrementUnit", known.time_increment.unit)


def _fill_channels(pixels: "etree._Element", known: Sequence[ChannelFacts]) -> None:
    channels = pixels.findall(ome("Channel"))
    if len(channels) != len(known):
        return
    for channel, facts in zip(channels, known, strict=True):
        _fill(channel, "Name", facts.name)
        _fill(channel, "Color", None if facts.colour is None else str(facts.colour))
        _fill(channel, "Fluor", facts.fluor)
        for name, value in (("Excitation", facts.excitation_nm), ("Emission", facts.emission_nm)):
            if value is not None and f"{name}Wavelength" not in channel.attrib:
                channel.set(f"{name}Wavelength", value)
                channel.set(f"{name}WavelengthUnit", "nm")


def _fill(element: "etree._Element", name: str, value: str | None) -> None:
    if value and name not in element.attrib:
        element.set(name, printable(value))


def _fill_instrument(root: "etree._Element", image: "etree._Element", known: ImageFacts, ids: Ids) -> None:
    """An Instrument where the image has none and something is known of it."""
    if not (known.microscope or known.objective) or image.find(ome("InstrumentRef")) is not None:
        return
    instrument = put(root, "Instrument")
    instrument.set("ID", ids.take("Instrument"))
    put(image, "InstrumentRef").set("ID", str(instrument.get("ID")))
    if known.microscope:
        microscope = put(instrument, "Microscope")
        for name, value in known.microscope.items():
            _fill(microscope, name, value)
    if known.objective:
        objective = put(instrument, "Objective")
        objective.set("ID", ids.take("Objective"))
        for name, value in known.objective.items():
            _fill(objective, name, value)
        if image.find(ome("ObjectiveSettings")) is None:
            put(image, "ObjectiveSettings").set("ID", str(objective.get("ID")))


def put(parent: "etree._Element", name: str) -> "etree._Element":
    """Add a child at its place in the schema's sequence."""
    places = child_order(etree.QName(parent).localname)
    child = etree.Element(ome(name))
    own = places.get(name, len(places))
    later = [sibling for sibling in parent if places.get(etree.QName(sibling).localname, len(places)) > own]
    if later:
        later[0].addprevious(child)
    else:
        parent.append(child)
    return child
