"""Which private values of a batch stand in a text: millions of values, one text, some seconds.

A value can stand in a text only if each run of eight letters of it does, or of four where it is shorter. The runs of
the text are marked in one table; nearly every value is ruled out by a look or two at it, and the few that are left
are looked for as they are.
"""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from fixative.privacy.secrets import Secret, folded, is_whole

_SHORT, _LONG = 4, 8
_FACTOR = 0x9E3779B1
_BITS = 24
_MASK = (1 << 32) - 1

_NOT_SEARCHED = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""Thumbnails, which were searched before sealing, and times of the run."""


def values_in(text: str, secrets: Iterable[Secret]) -> list[Secret]:
    """Give the private values that stand whole in a text, as they are or escaped for JSON or HTML; longest first."""
    plain = unicodedata.normalize("NFC", _NOT_SEARCHED.sub(" ", text))
    compared = folded(plain)
    short, long = _runs(compared, _SHORT), _runs(compared, _LONG)
    found: dict[str, Secret] = {}
    for secret in secrets:
        for spelling in spellings(secret.value):
            key = folded(spelling)
            marks, length = (long, _LONG) if len(key) >= _LONG else (short, _SHORT)
            if key not in found and _may_stand(key, marks, length) and key in compared and _stands(spelling, plain):
                found[key] = Secret(secret.rule, spelling)
    return sorted(found.values(), key=lambda secret: (-len(secret.value), secret.value))


def without(text: str, secret: Secret, instead: str) -> str:
    """Give a text with something else in the place of a private value, wherever it stands whole."""

    def replaced(match: "re.Match[str]") -> str:
        return instead if _whole(match) else match[0]

    return _pattern(secret.value).sub(replaced, text)


def spellings(value: str) -> Iterator[str]:
    """Give a value as it is, and as it is escaped for JSON, for JSON within a page, for HTML and in a table."""
    in_json = json.dumps(value, ensure_ascii=False)[1:-1]
    in_page = in_json.translate({ord(one): f"\\u{ord(one):04x}" for one in "<>&"})
    yield from dict.fromkeys((value, in_json, in_page, html.escape(value), value.replace('"', '""')))


def _runs(text: str, length: int) -> npt.NDArray[np.bool_]:
    """Mark every run of so many letters of a text."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    marks = np.zeros(1 << _BITS, dtype=bool)
    count = len(letters) - length + 1
    if count > 0:
        hashes = np.zeros(count, dtype=np.uint32)
        for step in range(length):
            hashes = (hashes ^ letters[step : step + count]) * np.uint32(_FACTOR)
        marks[hashes >> np.uint32(32 - _BITS)] = True
    return marks


def _may_stand(key: str, marks: npt.NDArray[np.bool_], length: int) -> bool:
    letters = [ord(character) for character in key]
    for start in range(len(letters) - length + 1):
        value = 0
        for letter in letters[start : start + length]:
            value = ((value ^ letter) * _FACTOR) & _MASK
        if not marks[value >> (32 - _BITS)]:
            return False
    return True


def _stands(value: str, text: str) -> bool:
    return any(_whole(match) for match in _pattern(value).finditer(text))


def _whole(match: "re.Match[str]") -> bool:
    text, start, end = match.string, match.start(), match.end()
    return is_whole(text[start - 1 : start] if start else "", match[0], text[end : end + 1])


def _pattern(value: str) -> "re.Pattern[str]":
    words = unicodedata.normalize("NFC", value).split()
    return re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE)
