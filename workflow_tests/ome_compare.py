"""Which values of one OME-XML are not in another: with lxml alone, and by content, since IDs may be renumbered.

An element is looked for among those of its name under the counterpart of its parent; of several, that is its
counterpart which holds most of its values. A reference is as good as what it refers to.
"""

from decimal import Decimal, InvalidOperation
from functools import cache

from lxml import etree

OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"
WRITERS = {
    ("OME", "UUID"),
    ("Pixels", "BigEndian"),
    ("Pixels", "Interleaved"),
    ("Pixels", "DimensionOrder"),
    ("OME", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"),
}
"""What belongs to the file that the document stands in."""

PIXEL_DATA = {"BinData", "TiffData", "MetadataOnly"}
MICROMETRES = {"m": "1e6", "cm": "1e4", "mm": "1e3", "µm": "1", "nm": "1e-3", "pm": "1e-6", "Å": "1e-4"}


class Comparison:
    """The values of ``source`` that ``result`` does not hold."""

    def __init__(self, source: etree._Element, result: etree._Element) -> None:
        self._targets = [_by_id(source), _by_id(result)]
        self._known: dict[tuple[etree._Element, etree._Element], tuple[str, ...]] = {}
        self._under_way: set[tuple[etree._Element, etree._Element]] = set()
        self.lost = self._lost(source, result)

    def _lost(self, one: etree._Element, other: etree._Element) -> tuple[str, ...]:
        """Values of ``one`` that its counterpart ``other`` does not hold, as paths."""
        key = one, other
        if key in self._known:
            return self._known[key]
        if key in self._under_way:  # A circle of references: whether they fit is being found out further up.
            return ()
        self._under_way.add(key)
        name = _name(one)
        lost = [f"{name}@{attribute}" for attribute in one.attrib if not self._same(one, other, attribute)]
        if not _equal((one.text or "").strip(), (other.text or "").strip()):
            lost.append(f"{name} text {one.text!r} for {other.text!r}")
        lost += self._lost_reference(one, other)
        free = [child for child in other if isinstance(child.tag, str)]
        for child in one:
            if not isinstance(child.tag, str) or (name == "Pixels" and _name(child) in PIXEL_DATA):
                continue
            best, missing = None, tuple(_everything(child))
            for candidate in free:
                if candidate.tag == child.tag and (best is None or missing):
                    found = self._lost(child, candidate)
                    if best is None or len(found) < len(missing):
                        best, missing = candidate, found
            if best is not None:
                free.remove(best)
            lost += [f"{name}/{value}" for value in missing]
        self._under_way.discard(key)
        self._known[key] = tuple(lost)
        return self._known[key]

    def _same(self, one: etree._Element, other: etree._Element, attribute: str) -> bool:
        if attribute in ("ID", "Annotator") or (_name(one), attribute) in WRITERS:
            return True
        if attribute.startswith("PhysicalSize"):
            return _length(one, attribute.removesuffix("Unit")) == _length(other, attribute.removesuffix("Unit"))
        found = other.get(attribute)
        return found is not None and _equal(one.attrib[attribute], found)

    def _lost_reference(self, one: etree._Element, other: etree._Element) -> list[str]:
        if not _refers(one):
            return []
        targets = [known.get(element.get("ID")) for known, element in zip(self._targets, (one, other), strict=True)]
        if targets[0] is None or targets[1] is None:
            return [f"{_name(one)}: what it refers to"] if targets[0] is not targets[1] else []
        same = targets[0].tag == targets[1].tag and not self._lost(*targets)
        return [] if same else [f"{_name(one)} -> another"]


def lost_values(source: bytes, result: bytes) -> list[str]:
    """Paths of the values of ``source`` that ``result`` does not hold."""
    return list(Comparison(etree.fromstring(source), etree.fromstring(result)).lost)


def _by_id(root: etree._Element) -> dict[str, etree._Element]:
    return {
        element.get("ID"): element for element in root.iter(f"{OME}*") if element.get("ID") and not _refers(element)
    }


def _refers(element: etree._Element) -> bool:
    return element.get("ID") is not None and _name(element).endswith(("Ref", "Settings", "Pump", "Leader"))


def _everything(element: etree._Element) -> list[str]:
    name = _name(element)
    values = [name] + [f"{name}@{attribute}" for attribute in element.attrib]
    for child in element:
        if isinstance(child.tag, str):
            values += [f"{name}/{value}" for value in _everything(child)]
    return values


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _length(element: etree._Element, axis: str) -> Decimal | str | None:
    size, unit = element.get(axis), element.get(f"{axis}Unit", "µm")
    if size is None or unit not in MICROMETRES:
        return None if size is None else f"{size} {unit}"
    return (Decimal(size) * Decimal(MICROMETRES[unit])).normalize()


@cache
def _equal(one: str, other: str) -> bool:
    """Whether two texts are one value: 1.0 is 1, true is 1."""
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return {one, other} in ({"true", "1"}, {"false", "0"})
