"""Which private values of a batch stand in its reports: millions of values, some megabytes of text, some seconds.

A value can stand in a text only if each run of eight letters of it does, or of four where it is shorter. The runs of
all texts are marked in one table; nearly every value is ruled out by looks at it, many values at a time; the few that
are left are looked for as they are.
"""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.privacy.secrets import Secret, folded, is_whole

_SHORT, _LONG = 4, 8
_FACTOR = np.uint32(0x9E3779B1)
_LEAST_BITS, _MOST_BITS = 12, 27
_PIECE = 4_000_000
"""Letters that are looked at together: they take 16 times as many bytes for a moment."""
_BATCH = 50_000
"""Values that are looked up together."""
_FEW = 200
"""Values that are looked for as they are, without marks."""

Hashes = npt.NDArray[np.uint32]

_NOT_SEARCHED = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""Thumbnails, which were searched before sealing, and times of the run."""
_ESCAPED = re.compile(r"[^\w\s.,:;@#/()\[\]{}*+=|~^%$!?-]")
"""What is written in another way in one of the formats, or may be."""
_BLANKS = re.compile(r"[^\S ]|  ")


def values_in(text: str, secrets: Iterable[Secret]) -> list[Secret]:
    """Give the private values that stand whole in a text, as they are or escaped for JSON or HTML; longest first."""
    return values_in_texts([text], secrets)


def values_in_texts(texts: Sequence[str], secrets: Iterable[Secret]) -> list[Secret]:
    """Give the private values that stand whole in any of some texts: as `values_in`."""
    waiting = iter(secrets)
    candidates = _by_key(list(islice(waiting, _FEW)))
    if len(candidates) >= _FEW // 2:
        marks = _Marks(sum(map(len, texts)))
        for piece in _pieces(texts):
            marks.add(_compared(piece))
        candidates = dict(marks.may_stand(chain((secret for secret, _ in candidates.values()), waiting)))
    else:
        candidates |= _by_key(list(waiting))
    found: dict[str, Secret] = {}
    for piece in _pieces(texts) if candidates else ():
        compared = _compared(piece)
        plain = ""
        for key in [key for key in candidates if key not in found and key in compared]:
            secret, spelling = candidates[key]
            plain = plain or _NOT_SEARCHED.sub(" ", unicodedata.normalize("NFC", piece))
            if _stands(spelling, plain):
                # As it is too: what is withheld is withheld before it is escaped.
                found |= {key: Secret(secret.rule, spelling), folded(secret.value): secret}
    return in_order(found.values())


def in_order(secrets: Iterable[Secret]) -> list[Secret]:
    """Give values once each, the longest first: what stands within another is taken out after it."""
    once = {secret.value: secret for secret in secrets}
    return sorted(once.values(), key=lambda secret: (-len(secret.value), secret.value))


def without(text: str, secret: Secret, instead: str) -> str:
    """Give a text with something else in the place of a private value, wherever it stands whole."""

    def replaced(match: "re.Match[str]") -> str:
        return instead if _whole(match) else match[0]

    return _pattern(secret.value).sub(replaced, text)


def spellings(value: str) -> Iterator[str]:
    """Give a value as it is, and as it is escaped for JSON, for JSON within a page, for HTML and in a table."""
    yield value
    if _ESCAPED.search(value) or not value.isprintable():
        in_json = json.dumps(value, ensure_ascii=False)[1:-1]
        in_page = in_json.translate({ord(one): f"\\u{ord(one):04x}" for one in "<>&"})
        others = dict.fromkeys((in_json, in_page, html.escape(value), value.replace('"', '""')))
        yield from (other for other in others if other != value)


def _pieces(texts: Sequence[str]) -> Iterator[str]:
    """Join texts to pieces of some size: a value stands in one of them, never across two."""
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "\n".join(held)
            held, size = [], 0
    if held:
        yield "\n".join(held)


def _compared(text: str) -> str:
    """Give a text as `folded` does; most of those here have single blanks, and taking them apart would cost most."""
    text = unicodedata.normalize("NFC", text).casefold().replace("\n", " ").replace("\t", " ")
    return " ".join(text.split()) if _BLANKS.search(text) else text


def _by_key(secrets: Iterable[Secret]) -> dict[str, tuple[Secret, str]]:
    """Give what texts are compared with: each spelling of each value, folded, with the value and the spelling."""
    once = {secret.value: secret for secret in secrets}
    return {folded(spelling): (secret, spelling) for secret in once.values() for spelling in spellings(secret.value)}


class _Marks:
    """The runs of letters that stand in texts, as marks at the places of their hashes."""

    def __init__(self, letters: int) -> None:
        # Eight places a run: one in eight of those that do not stand is marked, and a value has several.
        self._bits = min(_MOST_BITS, max(_LEAST_BITS, (8 * letters).bit_length()))
        self._marks = {length: np.zeros(1 << self._bits, dtype=bool) for length in (_SHORT, _LONG)}

    def add(self, text: str) -> None:
        """Mark every run of a text."""
        letters = _letters(text)
        for length, marks in self._marks.items():
            marks[self._places(letters, length)] = True

    def may_stand(self, secrets: Iterable[Secret]) -> Iterator[tuple[str, tuple[Secret, str]]]:
        """Give the values that may stand: what to compare, the value, and the spelling of it."""
        waiting = iter(secrets)
        while batch := list(islice(waiting, _BATCH)):
            by_key = _by_key(batch)
            for length in (_SHORT, _LONG):
                keys = [key for key in by_key if (len(key) >= _LONG) == (length == _LONG)]
                yield from ((key, by_key[key]) for key in compress(keys, self._look(keys, length)) if key)

    def _look(self, keys: list[str], length: int) -> "npt.NDArray[np.bool_]":
        """Say of each key whether all its runs are marked; one shorter than a run may always stand."""
        if not keys:
            return np.zeros(0, bool)
        sizes = np.array([len(key) for key in keys])
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        letters = _letters("".join(keys) + " " * length)
        marked = self._marks[length][self._places(letters, length)][: int(sizes.sum())]
        # Runs that begin in one key and end in the next say nothing.
        into = np.arange(len(marked)) - np.repeat(starts, sizes)
        marked |= into + length > np.repeat(sizes, sizes)
        seen: npt.NDArray[np.bool_] = np.logical_and.reduceat(marked, starts)
        return seen

    def _places(self, letters: Hashes, length: int) -> Hashes:
        hashes = _hashes(letters, length)
        hashes >>= np.uint32(32 - self._bits)
        return hashes


def runs_of(text: str, length: int) -> Hashes:
    """Give the hash of every run of so many letters of a text, as it is compared."""
    return _hashes(_letters(_compared(text)), length)


def end_runs(keys: Sequence[str], length: int) -> tuple[Hashes, Hashes]:
    """Give the hashes of the first and of the last run of each key, none of which is shorter than that."""
    ends = np.cumsum([len(key) for key in keys])
    hashes = _hashes(_letters("".join(keys)), length)
    return hashes[ends - [len(key) for key in keys]], hashes[ends - length]


def _hashes(letters: Hashes, length: int) -> Hashes:
    count = max(0, len(letters) - length + 1)
    hashes = np.zeros(count, dtype=np.uint32)
    for step in range(length):
        hashes ^= letters[step : step + count]
        hashes *= _FACTOR
    return hashes


def _letters(text: str) -> Hashes:
    letters: npt.NDArray[Any] = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return letters


def _stands(value: str, text: str) -> bool:
    return any(_whole(match) for match in _pattern(value).finditer(text))


def _whole(match: "re.Match[str]") -> bool:
    text, start, end = match.string, match.start(), match.end()
    return is_whole(text[start - 1 : start] if start else "", match[0], text[end : end + 1])


def _pattern(value: str) -> "re.Pattern[str]":
    words = unicodedata.normalize("NFC", value).split()
    return re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE)
