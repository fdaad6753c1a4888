"""OME-XML as slots, written back valid: IDs stay linked, empty elements go with their references."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from fixative.privacy.ome_prune import prune
from fixative.privacy.slots import Slot
from fixative.privacy.xml_document import XmlDocument, parser


class OmeDocument:
    """One OME-XML document."""

    def __init__(self, ome_xml: bytes) -> None:
        self._bytes = ome_xml
        self._root = etree.fromstring(ome_xml, parser())
        self._xml = XmlDocument("ome:", self._root)
        self._ids: dict[str, str] = {}
        self._changed = False

    def slots(self) -> Iterator[Slot]:
        """Give every attribute and text; an ID is renamed everywhere when one place of it is."""
        for slot in self._xml.slots():
            write = self._id_writer(slot) if slot.key.endswith("/@ID") else slot.write
            yield Slot(slot.key, slot.value, self._noting(write), slot.alias)

    def _noting(self, write: Any) -> Any:
        def noted(new: Any) -> None:
            self._changed = True
            write(new)

        return noted

    def _id_writer(self, slot: Slot) -> Any:
        """IDs have a pattern and are referred to: whatever a rule makes of one, it becomes ``Type:r1``."""

        def write(new: Any) -> None:
            old = str(slot.value)
            kind = old.split(":")[3] if old.startswith("urn:lsid:") and old.count(":") > 3 else old.partition(":")[0]
            slot.write(self._ids.setdefault(old, f"{kind}:r{len(self._ids) + 1}"))

        return write

    def content(self) -> bytes:
        """Give the document."""
        return self.serialised()

    def serialised(self) -> bytes:
        """Give the document, valid again; the very bytes it came from when nothing was written."""
        if not self._changed:
            return self._bytes
        self._xml.content()
        prune(self._root)
        around = [
            *reversed(list(self._root.itersiblings(preceding=True))),
            self._root,
            *self._root.itersiblings(),
        ]
        nodes = [node for node in around if node is self._root or (node.text or "").strip()]
        # lxml would write the declaration with single quotes
        return b'<?xml version="1.0" encoding="UTF-8"?>' + b"".join(
            b"\n" + etree.tostring(node, encoding="UTF-8", xml_declaration=False, with_tail=False) for node in nodes
        )
