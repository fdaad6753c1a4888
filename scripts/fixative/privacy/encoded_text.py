"""A string that is nothing but a text in base64: what it says is looked at as if it stood there plainly."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from fixative.privacy.slots import REMOVE, Slot

SHORTEST, LONGEST = 16, 1 << 20
"""Characters: a shorter word may be base64 by chance, a longer one is data."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,}(?:\s+[A-Za-z0-9+/_\-]+)*={0,2}\s*")


class EncodedText:
    """A string of base64, as RFC 4648 (https://www.rfc-editor.org/rfc/rfc4648) has it, in either alphabet."""

    def __init__(self, key: str, text: str, decoded: str) -> None:
        self._key, self._text, self._decoded, self._now = key, text, decoded, decoded

    @classmethod
    def parse(cls, key: str, text: str) -> "EncodedText | None":
        """Decode, or give None where that gives no printable text."""
        if not SHORTEST <= len(text) <= LONGEST or not _BASE64.fullmatch(text):
            return None
        packed = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
        try:
            decoded = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return None
        plain = all(character.isprintable() or character in "\t\r\n\0" for character in decoded)
        return cls(key, text, decoded) if plain else None

    def slots(self) -> Iterator[Slot]:
        """Give the text."""
        yield Slot(f"{self._key}/#text", self._decoded, self._write)

    def _write(self, new: Any) -> None:
        self._now = "" if new is REMOVE else str(new)

    def content(self) -> str:
        """Give the string; untouched when nothing changed."""
        return self._text if self._now == self._decoded else base64.b64encode(self._now.encode()).decode()
