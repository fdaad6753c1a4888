"""Marks of values: what stands in the public record for a value that was removed, and tells nothing without the key.

A mark is HMAC-SHA-256 under the vault key, the first 128 bits in hexadecimal. It is bound to the key of the line
that it stands in and to the source's file set: who lacks the vault key sees neither what stood there nor whether
the same stood elsewhere or in another object, and who holds it can prove what stood there (EDPB Guidelines
01/2025: keyed one-way functions, kept apart by domain).
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MARK_DIGITS = 32
"""Hexadecimal digits of a mark: 128 bits."""

MOST_MARKS = 100
"""Distinct values of a line that get a mark each; of more, one mark stands over them all."""


@dataclass(frozen=True)
class Marks:
    """Makes the marks of one object."""

    key: bytes = field(repr=False)
    fileset_sha256: str
    """Of the source, as the object's provenance states it: the same value has another mark in another object."""

    @property
    def key_id(self) -> str:
        """What tells one vault key from another, in public: 8 hexadecimal digits."""
        return key_id(self.key)

    def of(self, line: str, value: Any) -> str:
        """Give the mark of a value.

        Parameters
        ----------
        line : str
            Key of the line of the log, without positions.
        value : str, int, float or bool
            Exactly as it stood; a number is not the text that is written like it.
        """
        return self._mac("value", line, value)

    def over(self, line: str, marks: Iterable[str]) -> str:
        """Give the one mark that stands for the distinct ``marks`` of a line that has too many."""
        return self._mac("all values", line, sorted(set(marks)))

    def _mac(self, purpose: str, line: str, value: Any) -> str:
        message = json.dumps(["fixative-vault-1", purpose, self.fileset_sha256, line, value], ensure_ascii=True)
        return hmac.new(self.key, message.encode("ascii"), hashlib.sha256).hexdigest()[:MARK_DIGITS]


def key_id(key: bytes) -> str:
    """What tells one vault key from another and nothing of the key."""
    return hmac.new(key, b"key-id", hashlib.sha256).hexdigest()[:8]
