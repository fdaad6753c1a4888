"""Strings that are documents themselves: XML, JSON, lists of ``name = value``.

TIFF ImageDescription, XMP, ImageJ's Info, Aperio's and Micro-Manager's descriptions hold whole
trees in one string. Their values get keys under the string's own, and rules of their own.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from fixative.privacy.encoded_text import EncodedText
from fixative.privacy.slots import REMOVE, Document, Slot, TreeDocument, alias_key
from fixative.privacy.xml_document import XmlDocument

DEEPEST = 4

_LINE = re.compile(
    r"(?P<lead>\s*)(?P<name>[^\W\d_][\w .()#*\[\]{}|/\\\-]{0,79}?)(?P<sign>\s*[=:]\s*)(?P<value>.*)",
    re.DOTALL,
)
_PIPED = re.compile(r"\|[^|=\r\n]{1,80}=[^|\r\n]*\|[^|=\r\n]{1,80}=")
"""Two pairs in a line: in ``Information|User|Name = jdoe`` the ``|`` separates levels."""
_TIME_OR_DRIVE = re.compile(r"\s*(?:[A-Za-z]:[\\/]|[A-Za-z][\w+.\-]*://)")


def document_in(key: str, value: Any, depth: int = 0) -> Document | None:
    """Give the document that a value is, or None for a plain value."""
    if not isinstance(value, str) or depth >= DEEPEST or len(value) < 4:
        return None
    start = value.lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        return XmlDocument.parse(key, value)
    if start in ("{", "["):
        document = JsonDocument.parse(key, value)
        if document is not None:
            return document
    return EncodedText.parse(key, value) or LinesDocument.parse(key, value)


class JsonDocument:
    """A string that is JSON."""

    def __init__(self, key: str, tree: Any, text: str) -> None:
        self._tree = TreeDocument("", tree, prefix=key)
        self._text, self._before = text, json.dumps(tree, sort_keys=True)

    @classmethod
    def parse(cls, key: str, text: str) -> "JsonDocument | None":
        """Parse, or give None where it is no JSON object or list."""
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return cls(key, tree, text) if isinstance(tree, dict | list) else None

    def slots(self) -> Iterator[Slot]:
        """Give every scalar."""
        return self._tree.slots()

    def names(self) -> set[str]:
        """Give the keys of all objects."""
        return self._tree.names()

    def rename_keys(self, rename: Callable[[str], str]) -> None:
        """Rename the keys of objects."""
        self._tree.rename_keys(rename)

    def content(self) -> str:
        """Give the text; untouched when nothing changed."""
        tree = self._tree.content()
        if json.dumps(tree, sort_keys=True) == self._before:
            return self._text
        return json.dumps(tree, ensure_ascii=False)


class LinesDocument:
    """A string of lines (or of parts between ``|``) most of which are ``name = value``."""

    def __init__(self, key: str, parts: list[str], separators: list[str]) -> None:
        self._key, self._parts, self._separators = key, list(parts), separators
        self._gone: set[int] = set()

    @classmethod
    def parse(cls, key: str, text: str) -> "LinesDocument | None":
        """Parse, or give None where too few parts have a name."""
        # Aperio: `|name = value|name = value`, after a line of its own
        between = r"(\r\n|\r|\n|\|)" if _PIPED.search(text) else r"(\r\n|\r|\n)"
        split = re.split(between, text)
        parts, separators = split[::2], [*split[1::2], ""]
        filled = [part for part in parts if part.strip()]
        named = [part for part in filled if _named(part)]
        if len(parts) == 1:
            # one line is a pair only when nothing else can be meant
            if not named or not re.fullmatch(r"\s*[\w.\-]+\s*=\s*[^=]*", text):
                return None
        elif len(named) * 2 < len(filled) or not named:
            return None
        return cls(key, parts, separators)

    def slots(self) -> Iterator[Slot]:
        """Give every value that has a name, and what has none as ``#text``."""
        for number, part in enumerate(self._parts):
            match = _named(part)
            if match is None:
                if part.strip():
                    yield Slot(f"{self._key}/#text", part, self._writer(number, ""))
            elif match["value"]:
                before = part[: match.start("value")]
                key = alias_key(self._key, match["name"])
                # `=` is how programs write; before a colon may stand half a sentence
                alias = key if "=" in match["sign"] else None
                yield Slot(key, match["value"], self._writer(number, before), alias)

    def _writer(self, number: int, before: str) -> Any:
        def write(new: Any) -> None:
            if new is REMOVE:
                self._gone.add(number)
            self._parts[number] = "" if new is REMOVE else f"{before}{new}"

        return write

    def content(self) -> str:
        """Give the text without the parts that were removed."""
        kept = [n for n in range(len(self._parts)) if n not in self._gone]
        return "".join(
            self._parts[n] + (self._separators[n] if n != kept[-1] else self._separators[-1]) for n in kept
        )


def _named(part: str) -> "re.Match[str] | None":
    """Match ``name = value``; a drive letter or a URL's scheme is no name."""
    return None if _TIME_OR_DRIVE.match(part) else _LINE.fullmatch(part)
