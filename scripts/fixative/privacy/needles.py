"""Many byte strings looked for at once, in bytes that hold hardly any of them.

Every needle of 6 bytes or more covers, wherever it stands, three bytes that begin at a multiple of four: at one
of four places within the needle. So only every fourth place is looked at, as one numpy operation over a
block: the first two of its bytes in a table of 65,536 (about 2 % pass), all three in a table of 16 million
(about 1 in 20,000 passes); those few are compared byte by byte with the needles that have these three. Upper
and lower case are in the tables, so that the block is not converted. Shorter needles have a regular expression
and are for metadata only.

Notes
-----
Measured as in `fixative.privacy.search`: 90 needles over random bytes, see
``workflow_tests/unit/test_privacy_search.py`` for what is found.
"""

import itertools
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.privacy.secrets import Secret, is_whole

SHORTEST_FAST = 6
BLOCK_BYTES = 1 << 20
_FEW = 16
_ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class Needle:
    """One value in one encoding: at each place, the bytes that may stand there."""

    rule: str
    encoding: str
    allowed: tuple[frozenset[int], ...]
    characters: int

    @property
    def bits(self) -> float:
        """How unlikely it stands at a place of random bytes: minus the logarithm to base 2 of the chance."""
        return sum(8 - math.log2(len(bytes_)) for bytes_ in self.allowed)

    def pattern(self) -> bytes:
        """Give a regular expression for it."""
        return b"".join(_class(bytes_) for bytes_ in self.allowed)


def _class(bytes_: frozenset[int]) -> bytes:
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(bytes_)) + b"]"


class Needles:
    """All needles of a search."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        found = {needle: None for secret in secrets for needle in _of(secret)}
        self._needles = list(found)
        self.count = max(1, len(self._needles))
        self.overlap = max((len(needle.allowed) for needle in self._needles), default=1) + 4
        self._patterns = [re.compile(needle.pattern(), re.DOTALL) for needle in self._needles]
        self._tables = [_tables(needle) for needle in self._needles]
        short = [n for n, needle in enumerate(self._needles) if len(needle.allowed) < SHORTEST_FAST]
        self._short = [(n, self._patterns[n]) for n in short]
        # calloc: pages of the large table that no needle touches cost nothing
        self._pairs = np.zeros(1 << 16, dtype=bool)
        self._threes = np.zeros(1 << 24, dtype=bool)
        self._by_three: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, needle in enumerate(self._needles):
            if len(needle.allowed) >= SHORTEST_FAST:
                self._enter(number, needle)
        self._index = np.empty(BLOCK_BYTES // 4, dtype=np.intp)
        self._passed = np.empty(BLOCK_BYTES // 4, dtype=bool)

    def _enter(self, number: int, needle: Needle) -> None:
        for offset in range(4):
            for three in itertools.product(*needle.allowed[offset : offset + 3]):
                key = three[0] | three[1] << 8 | three[2] << 16
                self._pairs[key & 0xFFFF] = True
                self._threes[key] = True
                self._by_three[key].append((number, offset))

    def find(self, data: bytes) -> list[str]:
        """Give the rule of every value that stands whole in metadata or text."""
        numbers = {number for number, _ in self._fast(data)}
        for number, pattern in self._short:
            if any(self._whole(number, data, match.start()) for match in pattern.finditer(data)):
                numbers.add(number)
        return [self._needles[number].rule for number in sorted(numbers)]

    def find_opaque(self, data: bytes) -> list[tuple[str, int]]:
        """Give rule and improbability (in bits) of every value of 6 bytes or more that stands in pixel data."""
        numbers = sorted({number for number, _ in self._fast(data)})
        return [(self._needles[number].rule, int(self._needles[number].bits)) for number in numbers]

    def _fast(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Give number and place of every needle of 6 bytes or more."""
        if not self._by_three:
            return
        padded = data if len(data) % 4 == 0 else data + b"\0" * (-len(data) % 4)
        words = np.frombuffer(padded, dtype="<u4")
        size = BLOCK_BYTES // 4
        for begin in range(0, len(words), size):
            block = words[begin : begin + size]
            index, passed = self._index[: len(block)], self._passed[: len(block)]
            np.bitwise_and(block, 0xFFFF, out=index, casting="unsafe")
            np.take(self._pairs, index, out=passed, mode="wrap")
            places = np.flatnonzero(passed)
            keys = block[places] & np.uint32(0xFFFFFF)
            sure = self._threes[keys]
            if sure.any():
                yield from self._compare(data, keys[sure], (places[sure] + begin) * 4)

    def _compare(
        self, data: bytes, keys: "npt.NDArray[np.uint32]", places: "npt.NDArray[np.intp]"
    ) -> Iterator[tuple[int, int]]:
        order = np.argsort(keys, kind="stable")
        keys, places = keys[order], places[order]
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        for begin, end in itertools.pairwise((*starts.tolist(), len(keys))):
            for number, offset in self._by_three[int(keys[begin])]:
                for place in self._candidates(data, number, places[begin:end] - offset):
                    if self._patterns[number].match(data, place) and self._whole(number, data, place):
                        yield number, place

    def _candidates(self, data: bytes, number: int, places: "npt.NDArray[np.intp]") -> list[int]:
        """Thin many places out byte by byte; pixel data of small values can look like UTF-16 text."""
        length = len(self._needles[number].allowed)
        places = places[(places >= 0) & (places <= len(data) - length)]
        if len(places) > _FEW:
            values = np.frombuffer(data, dtype=np.uint8)
            for step, table in enumerate(self._tables[number]):
                places = places[table[values[places + step]]]
                if len(places) <= _FEW:
                    break
        return [int(place) for place in places]

    def _whole(self, number: int, data: bytes, place: int) -> bool:
        needle = self._needles[number]
        wide = 2 if needle.encoding.startswith("utf-16") else 1
        end = place + len(needle.allowed)
        encoding = needle.encoding if wide == 2 else "latin-1"
        before = data[max(0, place - wide) : place].decode(encoding, "replace")
        after = data[end : end + wide].decode(encoding, "replace")
        return is_whole(before, data[place:end].decode(needle.encoding, "replace"), after)


def _of(secret: Secret) -> Iterator[Needle]:
    """Give every form of a value: composed and decomposed, in each encoding, upper and lower case at once."""
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, secret.value)
        for encoding in _ENCODINGS:
            allowed: list[frozenset[int]] = []
            for character in text:
                spellings = _spellings(character, encoding)
                if not spellings:
                    break
                allowed += [frozenset(bytes_) for bytes_ in zip(*spellings, strict=True)]
            else:
                if allowed:
                    plain = "latin-1" if encoding == "utf-8" and text.isascii() else encoding
                    yield Needle(secret.rule, plain, tuple(allowed), len(text))


def _spellings(character: str, encoding: str) -> list[bytes]:
    """Give a character and its other case in an encoding, where they are as long as each other."""
    try:
        own = character.encode(encoding)
    except UnicodeEncodeError:
        return []
    found = [own]
    for other in {character.lower(), character.upper()}:
        try:
            spelled = other.encode(encoding)
        except UnicodeEncodeError:
            continue
        if len(spelled) == len(own) and len(other) == 1:
            found.append(spelled)
    return found


def _tables(needle: Needle) -> list[Any]:
    """Give for each place a table of the bytes that may stand there."""
    tables = []
    for bytes_ in needle.allowed:
        table = np.zeros(256, dtype=bool)
        table[sorted(bytes_)] = True
        tables.append(table)
    return tables
