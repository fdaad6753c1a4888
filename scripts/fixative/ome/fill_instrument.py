"""Instruments out of facts: one for all images with the same, and what a document's own lacks."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from lxml import etree

from fixative.ome.facts import Component, ImageFacts, Quantity, Settings, Stated, number
from fixative.ome.ids import Ids
from fixative.ome.place import put, set_missing
from fixative.ome.schema import ome
from fixative.xml_tree import local_name

Identity = tuple[object, ...]
Parts = Mapping[Identity, str]
"""ID in the document of each component, by its identity."""

_KINDS = dict.fromkeys(
    ("Laser", "Arc", "Filament", "LightEmittingDiode", "GenericExcitationSource", "LightSource"), "LightSource"
)


class Instruments:
    """The instruments of a document, and the parts that facts have added to them."""

    def __init__(self, root: "etree._Element", ids: Ids) -> None:
        self._root = root
        self._ids = ids
        self._made: dict[Identity, str] = {}
        self._parts: dict[str, dict[Identity, str]] = {}
        self._own_kinds = {
            str(found.get("ID")): {_kind(child) for child in found} for found in root.findall(ome("Instrument"))
        }

    def fill(self, image: "etree._Element", known: ImageFacts) -> Parts:
        """Complete the image's instrument, or refer to one made of facts; the IDs of what facts refer to."""
        objective = Component("Objective", stated=known.objective) if known.objective else None
        components = [*([objective] if objective else []), *_components(known)]
        instrument = self._instrument(image, known.microscope, components)
        if instrument is None:
            return {}
        identifier = str(instrument.get("ID"))
        own = self._own_kinds.get(identifier, set())
        if known.microscope:
            microscope = instrument.find(ome("Microscope"))
            set_missing(put(instrument, "Microscope") if microscope is None else microscope, known.microscope)
        parts = self._parts.setdefault(identifier, {})
        for component in components:
            # Which of the document's parts one of the facts is, nobody says
            if component.identity not in parts and _KINDS.get(component.element, component.element) not in own:
                parts[component.identity] = self._add(instrument, component, parts)
        if objective is not None:
            _refer_to_objective(image, instrument, objective, parts.get(objective.identity), known.objective_settings)
        return parts

    def _instrument(
        self, image: "etree._Element", microscope: Stated, components: Sequence[Component]
    ) -> "etree._Element | None":
        """The image's own; else one made of the same facts before; else a new one; None of nothing."""
        if not microscope and not components:
            return None
        reference = image.find(ome("InstrumentRef"))
        identity = (tuple(sorted(microscope.items())), *(component.identity for component in components))
        wanted = self._made.get(identity) if reference is None else str(reference.get("ID"))
        found = None
        if wanted is not None:
            known = self._root.findall(ome("Instrument"))
            found = next((each for each in known if each.get("ID") == wanted), None)
        elif reference is None:
            found = put(self._root, "Instrument")
            found.set("ID", self._ids.take("Instrument"))
            self._made[identity] = str(found.get("ID"))
        if found is not None and reference is None:
            put(image, "InstrumentRef").set("ID", str(found.get("ID")))
        return found

    def _add(self, instrument: "etree._Element", component: Component, parts: Parts) -> str:
        element = put(instrument, component.element)
        element.set("ID", self._ids.take(component.element))
        set_missing(element, component.stated)
        if component.transmittance:
            set_missing(put(element, "TransmittanceRange"), component.transmittance)
        for name, part in component.parts:
            if (known := parts.get(part.identity)) is not None:
                etree.SubElement(element, ome(name), ID=known)
        return str(element.get("ID"))


def _kind(element: "etree._Element") -> str:
    return _KINDS.get(local_name(element), local_name(element))


def _components(known: ImageFacts) -> Iterator[Component]:
    """Every part but the objective: those that channels refer to, then the others."""
    for channel in known.channels:
        for settings in (channel.light_source, channel.detector):
            if isinstance(settings, Settings):
                yield settings.of
        yield from channel.excitation_filters
        if channel.dichroic is not None:
            yield channel.dichroic
        yield from channel.emission_filters
        if channel.filter_set is not None:
            yield from (part for _, part in channel.filter_set.parts)
            yield channel.filter_set
    yield from known.components


def _refer_to_objective(
    image: "etree._Element",
    instrument: "etree._Element",
    objective: Component,
    added: str | None,
    settings: Stated,
) -> None:
    """Refer to the objective; complete the document's own where it says nothing else than the facts."""
    reference = image.find(ome("ObjectiveSettings"))
    if added is None:
        found = [
            each
            for each in instrument.findall(ome("Objective"))
            if reference is None or each.get("ID") == reference.get("ID")
        ]
        if len(found) != 1 or not _agrees(found[0], objective.stated):
            return
        set_missing(found[0], objective.stated)
        added = str(found[0].get("ID"))
    if reference is None:
        reference = put(image, "ObjectiveSettings")
        reference.set("ID", added)
    if reference.get("ID") == added:
        set_missing(reference, settings)


def _agrees(element: "etree._Element", stated: Stated) -> bool:
    """Whether two say the same wherever both say something, and at least once."""
    pairs = [(str(element.get(name)), value) for name, value in stated.items() if name in element.attrib]
    return bool(pairs) and all(_same(found, value) for found, value in pairs)


def _same(found: str, value: str | Quantity) -> bool:
    known = value.value if isinstance(value, Quantity) else value
    numbers: tuple[Decimal | None, Decimal | None] = (number(found), number(known))
    return found == known or (numbers[0] is not None and numbers[0] == numbers[1])
