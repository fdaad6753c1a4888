"""How many slots of the 4DN-BINA-OME (NBO) tiers a document fills.

NBO v02-01 gives 1194 slots a tier, 1 (minimum) to 4; 153 of them exist in OME 2016-06, and no more can be filled
here. `nbo_slots.tsv` lists these, made from the two schemas by ``workflow_tests/nbo_slots.py``.

What counts as applicable:

* Elements that every acquisition on a light microscope has (`ALWAYS`) apply, whether they are there or not, and so
  do their attributes.
* Elements of which there are alternatives (Laser, Arc ...), or that not every instrument has (filters, ROIs,
  annotations), apply with their attributes where they are there: nothing says that they are missing.
* A slot of the third axis or of time applies where there is one.

What counts as filled: within images, a slot that every one of them fills (each channel, each plane listed); of
an instrument's parts, a slot that one of them fills, since an instrument lists more than an image used. A unit is
filled with its value: the schema has a default for it.

Notes
-----
https://github.com/WU-BIMAC/NBOMicroscopyMetadataSpecs, CC BY 3.0
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lxml import etree

from fixative.ome.schema import child_order, ome
from fixative.ome.values import number
from fixative.required.places import Scope
from fixative.required.records import TierScore
from fixative.xml_tree import local_name

SLOTS = Path(__file__).with_name("nbo_slots.tsv")

ALWAYS = frozenset(
    {
        *("Image", "Pixels", "Channel", "Plane", "InstrumentRef", "ObjectiveSettings", "DetectorSettings"),
        *("LightSourceSettings", "LightPath", "ImagingEnvironment", "ExperimenterRef", "ExperimentRef"),
        *("Instrument", "Objective", "Detector", "LightSource", "ManufacturerSpec", "Experimenter", "Experiment"),
    }
)
"""Owners of slots that apply to every document."""

CHILDREN_WHERE_THERE = frozenset(
    {"AnnotationRef", "ROIRef", "EmissionFilterRef", "ExcitationFilterRef", "HashSHA1", "Map", "M"}
)
"""Children that not every element must have: they are counted where one of them is there."""


@dataclass(frozen=True)
class Slot:
    """One place of OME 2016-06 that NBO gives a tier."""

    tier: int
    owner: str
    """Element or type of the schema."""
    name: str
    """Attribute or child; empty for the element itself."""
    carriers: tuple[str, ...]
    """Elements that have the slot: those of the owner's type."""

    @property
    def path(self) -> str:
        """``Objective/LensNA``."""
        return f"{self.owner}/{self.name}" if self.name else self.owner


@dataclass
class _Seen:
    """What stands in a document, counted by element and by element and slot."""

    elements: Counter[str] = field(default_factory=Counter)
    filled: Counter[tuple[str, str]] = field(default_factory=Counter)
    within_images: set[str] = field(default_factory=set)


@cache
def slots() -> tuple[Slot, ...]:
    """The table of slots."""
    lines = [line for line in SLOTS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = (line.split("\t") for line in lines[1:])
    return tuple(Slot(int(tier), owner, name, tuple(carriers.split())) for tier, owner, name, carriers in rows)


def tier_scores(root: "etree._Element", scopes: Collection[Scope]) -> tuple[tuple[TierScore, ...], tuple[str, ...]]:
    """Score a document.

    Parameters
    ----------
    root
        OME-XML of 2016-06.
    scopes
        Its images; labels, macros and thumbnails are not among them, and do not count.

    Returns
    -------
    tuple of TierScore
        Tiers 1 to 3, those that OME has slots of.
    tuple of str
        Slots of tier 1 that apply and are not filled.
    """
    seen = _look(root, scopes)
    axes = {axis for axis in "ZT" if any((number(scope.pixels.get(f"Size{axis}")) or 1) > 1 for scope in scopes)}
    applicable = [slot for slot in slots() if _applies(slot, seen, axes)]
    filled = {slot for slot in applicable if _filled(slot, seen)}
    scores = []
    for tier in sorted({slot.tier for slot in slots()}):
        of_tier = [slot for slot in applicable if slot.tier == tier]
        scores.append(TierScore(tier=tier, filled=len(filled.intersection(of_tier)), applicable=len(of_tier)))
    missing = tuple(slot.path for slot in applicable if slot.tier == 1 and slot not in filled)
    return tuple(scores), missing


def _look(root: "etree._Element", scopes: Collection[Scope]) -> _Seen:
    seen = _Seen()
    counted = {scope.image for scope in scopes}
    for top in root:
        if top.tag == ome("Image"):
            if top in counted:
                seen.within_images |= set(_count(top, seen))
        elif isinstance(top.tag, str):
            list(_count(top, seen))
    return seen


def _count(top: "etree._Element", seen: _Seen) -> Iterator[str]:
    for element in top.iter(etree.Element):
        name = local_name(element)
        seen.elements[name] += 1
        stated = {str(key) for key, value in element.attrib.items() if str(value).strip()}
        stated |= {f"{key}Unit" for key in stated}
        stated |= {local_name(child) for child in element if isinstance(child.tag, str)}
        seen.filled.update((name, slot) for slot in stated)
        yield name


def _applies(slot: Slot, seen: _Seen, axes: Collection[str]) -> bool:
    for axis, start in (("Z", "PhysicalSizeZ"), ("T", "TimeIncrement")):
        if slot.name.startswith(start) and axis not in axes:
            return False
    if slot.name in CHILDREN_WHERE_THERE:
        return any(seen.filled[carrier, slot.name] for carrier in slot.carriers)
    return slot.owner in ALWAYS or any(seen.elements[carrier] for carrier in slot.carriers)


def _filled(slot: Slot, seen: _Seen) -> bool:
    there = [carrier for carrier in slot.carriers if seen.elements[carrier]]
    if not slot.name:
        return bool(there)
    names = _members(slot.owner, slot.name)
    filled = {carrier: max(seen.filled[carrier, name] for name in names) for carrier in there}
    if any(carrier in seen.within_images for carrier in there):
        return all(filled[carrier] == seen.elements[carrier] for carrier in there)
    return any(filled.values())


@cache
def _members(owner: str, name: str) -> tuple[str, ...]:
    """Elements that may stand for an abstract one (LightSourceGroup: Laser, Arc ...); they share its place."""
    places = child_order(owner)
    if name not in places:
        return (name,)
    return tuple(member for member, place in places.items() if place == places[name])
