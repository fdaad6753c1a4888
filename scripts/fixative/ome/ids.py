"""IDs that no element of a document bears yet."""

from lxml import etree

_KINDS = {
    **dict.fromkeys(("Laser", "Arc", "Filament", "LightEmittingDiode", "GenericExcitationSource"), "LightSource"),
    **dict.fromkeys(("Rectangle", "Mask", "Point", "Ellipse", "Line", "Polyline", "Polygon", "Label"), "Shape"),
}


class Ids:
    """The IDs of a document; the schema wants them unique by kind, we want them unique altogether."""

    def __init__(self, root: "etree._Element") -> None:
        self._used = {str(element.get("ID")) for element in root.iter() if element.get("ID") is not None}
        self._next: dict[str, int] = {}

    def take(self, element: str) -> str:
        """A free ID for an element of this name: ``Image:3``, ``Annotation:12``."""
        kind = "Annotation" if element.endswith("Annotation") else _KINDS.get(element, element)
        number = self._next.get(kind, 0)
        while f"{kind}:{number}" in self._used:
            number += 1
        self._next[kind] = number + 1
        self._used.add(f"{kind}:{number}")
        return f"{kind}:{number}"

    def channel(self, image: int, channel: int) -> str:
        """``Channel:<image>:<channel>``, or one with a further number where that is taken."""
        wanted, further = f"Channel:{image}:{channel}", 0
        while wanted in self._used:
            wanted, further = f"Channel:{image}:{channel}:{further}", further + 1
        self._used.add(wanted)
        return wanted
