"""Parts of a document that another lacks: instruments and their settings, people, plates, ROIs, annotations.

Two documents name the same objective differently, so parts are paired first: the only one of a kind with the only
one, then by what they say of themselves, then by order where as many are left of one as of the other. What has a
partner completes it; what has none is taken over with all that it refers to, so that nothing is lost.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial

from lxml import etree

from fixative.ome.ids import Ids
from fixative.ome.place import put_in_order
from fixative.ome.reconcile.documents import ORIGINAL, Document
from fixative.ome.reconcile.precedence import Disagreement
from fixative.ome.reconcile.rois import join_rois
from fixative.ome.reconcile.settle import NOT_STATED, Place, Speaker, settle
from fixative.ome.repair import refers, remove
from fixative.ome.schema import ome
from fixative.xml_tree import local_name

_LIGHT_SOURCES = ("Laser", "Arc", "Filament", "LightEmittingDiode", "GenericExcitationSource")
_COMPONENTS = (*_LIGHT_SOURCES, "Detector", "Objective", "FilterSet", "Filter", "Dichroic")
_ROOT_KINDS = (
    *("Rights", "Experimenter", "ExperimenterGroup", "Project", "Dataset", "Folder", "Experiment"),
    *("Plate", "Screen"),
)
_OF_IMAGES = ("ExperimenterRef", "ExperimenterGroupRef", "ExperimentRef", "InstrumentRef", "ObjectiveSettings")
_OF_CHANNELS = ("LightSourceSettings", "DetectorSettings", "FilterSetRef", "LightPath")


class Parts:
    """The parts of one document, on their way into another."""

    def __init__(self, base: Document, other: Document, record: list[Disagreement]) -> None:
        self.base, self.other, self.record = base, other, record
        self.own = Speaker(base.label, base.rank)
        self.speaker = Speaker(other.label, other.rank)
        self.ids = Ids(base.root)
        self.by_id = {
            str(element.get("ID")): element
            for element in other.root.iter()
            if isinstance(element.tag, str) and element.get("ID") is not None and not refers(element)
        }
        self.known: dict[str, str] = {}
        """ID in the other document to the ID of the same thing in the base."""

    def complete(self) -> None:
        """Pair what can be paired, and take over what the base has none of."""
        pairs = list(zip(self.base.images, self.other.images, strict=True))
        for mine, theirs in pairs:
            self.known[str(theirs.get("ID"))] = str(mine.get("ID"))
            self._know_channels(mine, theirs)
        self._pair_instruments(pairs)
        self._take_annotations()
        for kind in _ROOT_KINDS:
            self._pair_kind(kind, self.base.root, self.other.root)
        join_rois(self)
        for number, (mine, theirs) in enumerate(pairs):
            self._refer(mine, theirs, _OF_IMAGES, Place(number))
            self._refer_many(mine, theirs, "ROIRef")
            self._refer_many(mine, theirs, "AnnotationRef")
            channels = zip(_channels(mine), _channels(theirs), strict=True)
            for index, (channel, same) in enumerate(channels):
                self._refer(channel, same, _OF_CHANNELS, Place(number, f"Channel {index}"))
                self._refer_many(channel, same, "AnnotationRef")

    def _know_channels(self, mine: "etree._Element", theirs: "etree._Element") -> None:
        for channel, same in zip(_channels(mine), _channels(theirs), strict=True):
            self.known[str(same.get("ID"))] = str(channel.get("ID"))

    def _pair_instruments(self, pairs: list[tuple["etree._Element", "etree._Element"]]) -> None:
        """Pair the instruments of the images; instruments of a document without any are taken over whole."""
        mine = {str(one.get("ID")): one for one in self.base.root.findall(ome("Instrument"))}
        theirs = {str(one.get("ID")): one for one in self.other.root.findall(ome("Instrument"))}
        if not mine:
            for instrument in theirs.values():
                self.take(instrument, self.base.root)
            return
        partners: dict[str, str] = {}
        for image, same in pairs:
            one, two = image.find(ome("InstrumentRef")), same.find(ome("InstrumentRef"))
            if one is not None and two is not None:
                partners.setdefault(str(two.get("ID")), str(one.get("ID")))
        if len(mine) == len(theirs) == 1:
            partners = {next(iter(theirs)): next(iter(mine))}
        for their_id, my_id in partners.items():
            if their_id in theirs and my_id in mine:
                self.known[their_id] = my_id
                self._pair_components(mine[my_id], theirs[their_id])

    def _pair_components(self, mine: "etree._Element", theirs: "etree._Element") -> None:
        """Complete an instrument: its stand, and each kind of component."""
        stand, same = mine.find(ome("Microscope")), theirs.find(ome("Microscope"))
        if stand is None and same is not None:
            put_in_order(mine, deepcopy(same))
        elif stand is not None and same is not None:
            settle(stand, self.own, [(self.speaker, same)], Place(None), self.record)
        for kind in _COMPONENTS:
            self._pair_kind(kind, mine, theirs)

    def _pair_kind(self, kind: str, mine: "etree._Element", theirs: "etree._Element") -> None:
        """Pair the parts of a kind in two parents; those without a partner are taken over."""
        own, others = mine.findall(ome(kind)), theirs.findall(ome(kind))
        paired = list(_partners(own, others))
        for part, partner in paired:
            self._join(part, partner)
        for other in others:
            if _says_something(other) and not any(other is partner for _, partner in paired):
                self.take(other, mine)

    def _join(self, part: "etree._Element", partner: "etree._Element") -> None:
        """Complete a part from its partner: values, then what it holds."""
        self.known[str(partner.get("ID"))] = str(part.get("ID"))
        settle(part, self.own, [(self.speaker, partner)], Place(None, str(part.get("ID"))), self.record)
        if local_name(part) == "Plate":
            for kind in ("Well", "PlateAcquisition"):
                self._pair_kind(kind, part, partner)
        for child in partner:
            if isinstance(child.tag, str) and part.find(child.tag) is None:
                self.take(child, part)

    def _refer(self, mine: "etree._Element", theirs: "etree._Element", names: tuple[str, ...], place: Place) -> None:
        """Take over single references and settings that the base lacks; complete those it has."""
        for name in names:
            own, other = mine.find(ome(name)), theirs.find(ome(name))
            if other is None:
                continue
            if own is None:
                self.take(other, mine)
            else:
                settle(own, self.own, [(self.speaker, other)], place, self.record)

    def _refer_many(self, mine: "etree._Element", theirs: "etree._Element", name: str) -> None:
        """Take over references of which there may be many."""
        present = {str(one.get("ID")) for one in mine.findall(ome(name))}
        for other in theirs.findall(ome(name)):
            known = self.known.get(str(other.get("ID")))
            if known is not None and known not in present:
                put_in_order(mine, etree.Element(ome(name), ID=known))

    def _take_annotations(self) -> None:
        """Take over annotations that the base has not under any ID; the vendor's own keys come by another way."""
        holder = self.base.root.find(ome("StructuredAnnotations"))
        theirs = self.other.root.find(ome("StructuredAnnotations"))
        if theirs is None:
            return
        present = (
            {_content(one): str(one.get("ID")) for one in holder if isinstance(one.tag, str)}
            if holder is not None
            else {}
        )
        for annotation in theirs:
            if annotation.get("Namespace") == ORIGINAL:
                continue
            same = present.get(_content(annotation))
            if same is not None:
                self.known[str(annotation.get("ID"))] = same
                continue
            if holder is None:
                holder = etree.Element(ome("StructuredAnnotations"))
                put_in_order(self.base.root, holder)
            self.take(annotation, holder)

    def take(self, part: "etree._Element", parent: "etree._Element") -> str | None:
        """Copy a part with new IDs and with what it refers to; returns its ID in the base, if it has one.

        A reference to what cannot be taken over goes; so does the part itself where it is nothing but that.
        """
        old = str(part.get("ID"))
        if part.get("ID") is not None and not refers(part) and old in self.known:
            return self.known[old]
        copy = deepcopy(part)
        for element in _with_ids(copy):
            if not refers(element):
                before = str(element.get("ID"))
                self.known[before] = self.ids.take(local_name(element))
                element.set("ID", self.known[before])
        for element in _with_ids(copy):
            if refers(element) and not self._redirect(element):
                if element is copy:
                    return None
                remove(element)
        if local_name(copy) == "LightPath" and not len(copy):
            return None
        put_in_order(parent, copy)
        return copy.get("ID")

    def _redirect(self, reference: "etree._Element") -> bool:
        """Let a reference point to the same thing in the base, which is taken over first where it is not there."""
        old = str(reference.get("ID"))
        if old not in self.known:
            target = self.by_id.get(old)
            if target is None or not self._take_target(target):
                return False
        reference.set("ID", self.known[old])
        return True

    def _take_target(self, target: "etree._Element") -> bool:
        """Take over a component or a person that something refers to."""
        above = target.getparent()
        if above is None or local_name(target) in ("Image", "Channel", "Pixels"):
            return False
        if above is self.other.root:
            return self.take(target, self.base.root) is not None
        if local_name(above) == "StructuredAnnotations":
            return False
        instrument = self.known.get(str(above.get("ID")))
        home = next((one for one in self.base.root.findall(ome("Instrument")) if one.get("ID") == instrument), None)
        return home is not None and self.take(target, home) is not None


def _says_something(part: "etree._Element") -> bool:
    """Whether a part is more than an ID and words for `not stated`."""
    return len(part) > 0 or any(name != "ID" and value not in NOT_STATED for name, value in part.items())


def _channels(image: "etree._Element") -> list["etree._Element"]:
    return image.findall(f"{ome('Pixels')}/{ome('Channel')}")


def _with_ids(part: "etree._Element") -> list["etree._Element"]:
    return [element for element in part.iter() if isinstance(element.tag, str) and element.get("ID") is not None]


def _content(annotation: "etree._Element") -> tuple[object, ...]:
    """What an annotation says, whatever its ID and however it is laid out."""
    return tuple(
        (
            element.tag,
            tuple(sorted(pair for pair in element.items() if pair[0] != "ID")),
            (element.text or "").strip(),
        )
        for element in annotation.iter()
        if isinstance(element.tag, str)
    )


_NAMED_BY = (
    ("Row", "Column"),
    ("Model",),
    ("SerialNumber",),
    ("UserName",),
    ("LastName", "FirstName"),
    ("Name",),
)
"""Attributes that say of two parts of a kind whether they are the same thing."""


def _partners(
    own: list["etree._Element"], others: list["etree._Element"]
) -> Iterator[tuple["etree._Element", "etree._Element"]]:
    """Pair parts: the only ones, then those of one name, then the rest by order where as many are left.

    The only camera on each side is one camera, however two readers word its model; of several, two models are two.
    """
    if len(own) == len(others) == 1 and not _differ(own[0], others[0], _NAMED_BY[:1]):
        yield own[0], others[0]
        return
    free, rest = list(own), list(others)
    keys: list[Callable[[etree._Element], object]] = [_content, *(partial(_name, by=names) for names in _NAMED_BY)]
    for key in keys:
        known: dict[object, list[etree._Element]] = {}
        for one in free:
            known.setdefault(key(one), []).append(one)
        left = []
        for other in rest:
            named = key(other)
            same = known.get(named) if named is not None else None
            if same:
                free.remove(one := same.pop(0))
                yield one, other
            else:
                left.append(other)
        rest = left
    if len(free) == len(rest):
        for one, other in zip(free, rest, strict=True):
            if not _differ(one, other, _NAMED_BY):
                yield one, other


Names = tuple[tuple[str, ...], ...]


def _name(part: "etree._Element", by: tuple[str, ...]) -> tuple[str | None, ...] | None:
    """What a part is called by these attributes; None where it has none of them."""
    found = tuple(part.get(name) for name in by)
    return found if any(found) else None


def _differ(one: "etree._Element", other: "etree._Element", by: Names) -> bool:
    """Whether two parts bear two names."""
    named = [(_name(one, names), _name(other, names)) for names in by]
    return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in named)
