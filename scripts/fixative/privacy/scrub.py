"""Private values taken out of running text: whole, whatever their case, in any slot."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from fixative.privacy.cleaners import REMOVED, clean
from fixative.privacy.secrets import SHORTEST, Secret, Vault, folded, is_whole

_PARTIAL = ("urls", "emails", "paths", "macs", "ips")
"""The cleaners that take a part of a value and put nothing in its place that is as telling."""

_NUMBER = re.compile(r"\s*[+\-]?[\d.,]+(?:[eE][+\-]?\d+)?\s*")


class Scrubber:
    """Replaces every secret in a text; remembers nothing of the text."""

    def __init__(self, vault: Vault) -> None:
        self._secrets = vault.secrets()
        self._hints = [max(folded(secret.value).split(), key=len) for secret in self._secrets]
        self._patterns = [_pattern(secret.value) for secret in self._secrets]
        self._with = [vault.replacement_of(secret) or REMOVED for secret in self._secrets]
        self._fragile = frozenset(number for number, secret in enumerate(self._secrets) if _is_fragile(secret.value))
        self.scrub = lru_cache(maxsize=16384)(self._scrub)

    def _scrub(self, text: str) -> tuple[str, Secret | None]:
        """Give the text without secrets, and the first that was in it."""
        if len(text) < 4 or _NUMBER.fullmatch(text):
            return text, None
        plain = unicodedata.normalize("NFC", text).casefold()
        first = None
        for number, hint in enumerate(self._hints):
            if hint not in plain:
                continue
            replaced = self._replace(number, unicodedata.normalize("NFC", text))
            if replaced is not None:
                text = replaced
                plain = text.casefold()
                first = first or self._secrets[number]
        return text, first

    def before_cleaning(self, text: str) -> str:
        """Take out the secrets that a cleaner would take a part of: the rest of them is then found no more."""
        if self._fragile:
            plain = folded(text)
            for number in self._fragile:
                if self._hints[number] in plain:
                    text = self._replace(number, unicodedata.normalize("NFC", text)) or text
        return text

    def _replace(self, number: int, text: str) -> str | None:
        hits = 0

        def whole_only(match: "re.Match[str]") -> str:
            nonlocal hits
            before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
            if not is_whole(before if match.start() else "", match[0], after):
                return match[0]
            hits += 1
            return self._with[number]

        replaced = self._patterns[number].sub(whole_only, text)
        return replaced if hits else None

    def text(self, text: str) -> str:
        """Give the text without secrets."""
        return self.scrub(text)[0]


def _is_fragile(value: str) -> bool:
    """Whether cleaning leaves a part of a value: of ``Jane Doe in /home/jdoe/x``, and not of the path alone."""
    cleaned = clean(value, _PARTIAL)[0]
    return cleaned != value and sum(character.isalnum() for character in cleaned.replace(REMOVED, "")) >= SHORTEST


def _pattern(value: str) -> "re.Pattern[str]":
    """Match a value whatever its case and blanks."""
    words = unicodedata.normalize("NFC", value).split()
    return re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE)


Rename = Callable[[str], str]
