"""XML as slots: attributes, texts and comments, by local names (``/OME/Image[0]/@Name``).

The position ``[n]`` of an element counts those of its name within its parent. Namespace prefixes do
not show in keys. No entity is resolved and nothing is fetched.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from fixative.metadata.keys import key_of
from fixative.privacy.slots import REMOVE, Slot, alias_key, pair_of

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LARGEST = 64 * 1024 * 1024


def local_name(name: object) -> str:
    """Give an element's or attribute's name without its namespace."""
    return str(name).rpartition("}")[2]


def parser() -> etree.XMLParser:
    """Give a parser that resolves no entity and fetches nothing."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_blank_text=False
    )


class XmlDocument:
    """XML text; ``root`` may be edited between reading the slots and asking for the content."""

    def __init__(self, key: str, root: "etree._Element", text: str | None = None) -> None:
        """``key``: what stands before the root's name in every key."""
        self._key, self.root, self._text = key, root, text
        self._changed = False

    @classmethod
    def parse(cls, key: str, text: str) -> "XmlDocument | None":
        """Parse, or give None where it is no XML document."""
        content = text.lstrip("\ufeff \t\r\n").rstrip("\x00 \t\r\n").encode("utf-8", "replace")
        if not content.startswith(b"<") or len(content) > LARGEST:
            return None
        if content.startswith(b"<?xml") and b"encoding" in content[:100]:
            # The declaration may name UTF-16 although the text has long been decoded.
            content = content[content.index(b"?>") + 2 :].lstrip() if b"?>" in content[:200] else content
        try:
            root = etree.fromstring(content, parser())
        except (etree.XMLSyntaxError, ValueError):
            return None
        if root.getroottree().docinfo.internalDTD is not None:
            return None
        return cls(key, root, text)

    def slots(self) -> Iterator[Slot]:
        """Give every attribute, text and comment."""
        for sibling in (*self.root.itersiblings(preceding=True), *self.root.itersiblings()):
            yield Slot(f"{self._key}/#comment", sibling.text or "", self._text_writer(sibling, None))
        yield from self._of_element(self.root, f"{self._key}/{local_name(self.root.tag)}")

    def _of_element(self, element: "etree._Element", key: str) -> Iterator[Slot]:
        pair = pair_of(_neighbours(element))
        for name, value in list(element.attrib.items()):
            local = local_name(name)
            alias = alias_key(key, pair[0]) if pair and pair[1] == f"@{local}" else None
            yield Slot(f"{key}/@{local}", str(value), self._attribute_writer(element, str(name)), alias)
        if element.text and element.text.strip():
            alias = alias_key(key, pair[0]) if pair and pair[1] == "#text" else None
            yield Slot(f"{key}/#text", element.text, self._text_writer(element, "text"), alias)
        pair = pair_of({local_name(child.tag): child.text for child in element if isinstance(child.tag, str)})
        seen: Counter[str] = Counter()
        for child in element:
            if not isinstance(child.tag, str):
                yield Slot(f"{key}/#comment", child.text or "", self._text_writer(child, None))
            else:
                name = local_name(child.tag)
                inner = f"{key}{key_of('', (name,))[1:]}[{seen[name]}]"
                seen[name] += 1
                for slot in self._of_element(child, inner):
                    if pair and pair[1] == name and slot.key == f"{inner}/#text":
                        slot.alias = alias_key(key, pair[0])
                    yield slot
            if child.tail and child.tail.strip():
                yield Slot(f"{key}/#text", child.tail, self._text_writer(child, "tail"))

    def _attribute_writer(self, element: "etree._Element", name: str) -> Callable[[Any], None]:
        def write(new: Any) -> None:
            self._changed = True
            if new is REMOVE:
                element.attrib.pop(name, "")
            else:
                element.set(name, xml_text(new))

        return write

    def _text_writer(self, node: "etree._Element", part: str | None) -> Callable[[Any], None]:
        def write(new: Any) -> None:
            self._changed = True
            if part is None:
                # a comment or processing instruction; a comment must not hold two hyphens in a row
                node.text = "" if new is REMOVE else xml_text(new).replace("--", "- ")
            else:
                setattr(node, part, None if new is REMOVE else xml_text(new))

        return write

    def content(self) -> str:
        """Give the text; untouched when nothing changed."""
        if self._text is not None and not self._changed:
            return self._text
        for comment in list(self.root.iter(etree.Comment, etree.PI)):
            parent = comment.getparent()
            if parent is not None and not (comment.text or "").strip():
                remove_element(comment)
        return etree.tostring(self.root, encoding="unicode")


def _neighbours(element: "etree._Element") -> dict[str, Any]:
    found: dict[str, Any] = {f"@{local_name(name)}": str(value) for name, value in element.attrib.items()}
    if element.text and element.text.strip():
        found["#text"] = element.text
    return found


def xml_text(value: Any) -> str:
    """Give a value as text that XML can hold."""
    return _NOT_XML.sub("", str(value))


def remove_element(element: "etree._Element") -> None:
    """Remove an element, and keep the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail and element.tail.strip():
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
