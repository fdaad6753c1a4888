"""Many byte strings looked for at once, in bytes that hold hardly any of them.

Every needle of 6 bytes or more covers, wherever it stands, three bytes that begin at a multiple of four: at
one of four places within the needle. So only every fourth place is looked at, as one numpy operation over a
block: the first two of its bytes in a table of 65,536 (of random bytes, 1 % pass), all three in a table of
16 million (1 in 13,000 passes); those few are compared byte by byte with the needles that have these three.
Upper and lower case are in the tables, so that the block is not converted. Shorter needles have a regular
expression and are for metadata only.
"""

import itertools
import math
import re
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.privacy import words
from fixative.privacy.secrets import Secret, is_whole

SHORTEST_FAST = 6
BLOCK_BYTES = 1 << 20
CHANCE = 1e-6
"""Expected number of chance hits in a stream up to which one counts."""

_FEW = 512
_FOLLOWED, _ALONE = 1, 2
"""Kinds of three bytes: the needle reaches to the next three as well, or it may end before."""
Block = bytes | bytearray | memoryview
"""Bytes to be searched."""

Cut = tuple[bool, bool, bool]
"""Whether data begin and end where they do or are cut out of more; whether a value must stand whole."""
_ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class Needle:
    """One value in one encoding: at each place, the bytes that may stand there."""

    rule: str
    encoding: str
    allowed: tuple[frozenset[int], ...]
    characters: int
    regular: bool
    """Whether each character is as far from the one before, or there are but two."""

    @property
    def bits(self) -> float:
        """How unlikely it stands at a place of random bytes: minus the logarithm to base 2 of the chance."""
        return sum(8 - math.log2(len(bytes_)) for bytes_ in self.allowed)

    def pattern(self) -> bytes:
        """Give a regular expression for it."""
        return b"".join(_class(bytes_) for bytes_ in self.allowed)


def _threes(allowed: tuple[frozenset[int], ...]) -> Iterator[int]:
    """Give all that three places may hold, as numbers; nothing where there are fewer than three."""
    if len(allowed) == 3:
        for first, second, third in itertools.product(*allowed):
            yield first | second << 8 | third << 16


def _class(bytes_: frozenset[int]) -> bytes:
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(bytes_)) + b"]"


class _Scratch(threading.local):
    """Buffers of one thread: planes are searched in several at once."""

    def __init__(self) -> None:
        self.index = np.empty(BLOCK_BYTES // 4, dtype=np.intp)
        self.passed = np.empty(BLOCK_BYTES // 4, dtype=bool)


class Needles:
    """All needles of a search; may be used by several threads at once."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        found = {needle: None for secret in secrets for needle in _of(secret)}
        self._needles = list(found)
        self.count = max(1, len(self._needles))
        self.overlap = max((len(needle.allowed) for needle in self._needles), default=1) + 4
        self._patterns: dict[int, re.Pattern[bytes]] = {}
        self._telling = [_telling(needle) for needle in self._needles]
        short = [n for n, needle in enumerate(self._needles) if len(needle.allowed) < SHORTEST_FAST]
        self._short = [(n, self._pattern(n)) for n in short]
        # calloc: pages of the large table that no needle touches cost nothing
        self._pairs = np.zeros(1 << 16, dtype=bool)
        self._threes = np.zeros(1 << 24, dtype=np.uint8)
        self._next_threes = np.zeros(1 << 24, dtype=bool)
        self._by_three: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, needle in enumerate(self._needles):
            if len(needle.allowed) >= SHORTEST_FAST:
                self._enter(number, needle)
        self._scratch = _Scratch()
        long = [needle for needle in self._needles if len(needle.allowed) >= words.SHORTEST]
        self._words = words.WordFilter(needle.allowed for needle in long)
        others = (needle.bits for needle in self._needles if SHORTEST_FAST <= len(needle.allowed) < words.SHORTEST)
        self._shortest_bits = max(others, default=0.0)

    def _pattern(self, number: int) -> re.Pattern[bytes]:
        """Give the expression of a needle, compiled when it is first in question: most never are."""
        if number not in self._patterns:
            self._patterns[number] = re.compile(self._needles[number].pattern(), re.DOTALL)
        return self._patterns[number]

    def _enter(self, number: int, needle: Needle) -> None:
        for offset in range(4):
            follows = list(_threes(needle.allowed[offset + 4 : offset + 7]))
            self._next_threes[follows] = True
            for key in _threes(needle.allowed[offset : offset + 3]):
                self._pairs[key & 0xFFFF] = True
                self._threes[key] = max(self._threes[key], _FOLLOWED if follows else _ALONE)
                self._by_three[key].append((number, offset))

    def find(self, data: bytes, *, begins: bool = True, ends: bool = True) -> list[str]:
        """Give the rule of every value that stands whole in metadata or text.

        ``begins`` and ``ends`` say whether the data begin and end there or are cut out of something longer:
        what touches a cut cannot be judged, and the caller sees it again in a piece that reaches further.
        """
        cut = (begins, ends, True)
        numbers = {number for number, _ in self._fast(data, cut)}
        for number, pattern in self._short:
            if any(self._whole(number, data, match.start(), cut) for match in pattern.finditer(data)):
                numbers.add(number)
        return [self._needles[number].rule for number in sorted(numbers)]

    def find_opaque(
        self, data: Block, *, begins: bool = True, ends: bool = True, whole: bool = True
    ) -> list[tuple[str, int]]:
        """Give rule and improbability (in bits) of every value of 6 bytes or more in pixel data.

        Not ``whole``: also where a pixel beside it happens to be a letter. But values of which a ramp or a grey area
        is full, such as ``12345678`` and ``00000000``, are then not looked for: pixels are, and say nothing.
        """
        numbers = sorted({number for number, _ in self._opaque(data, (begins, ends, whole))})
        return [(self._needles[number].rule, int(self._needles[number].bits)) for number in numbers]

    def _opaque(self, data: Block, cut: Cut) -> Iterator[tuple[int, int]]:
        """Do as `_fast`, and faster, in data so long that the shortest needles stand in it by chance."""
        if len(data) * self.count * 2.0**-self._shortest_bits <= CHANCE:
            yield from self._fast(data, cut)
            return
        all_words = np.frombuffer(data, dtype="<u4", count=len(data) // 4)
        for places in self._words.places(all_words):
            yield from self._compare(data, cut, all_words[places] & np.uint32(0xFFFFFF), places * 4)

    def _fast(self, data: Block, cut: Cut = (True, True, True)) -> Iterator[tuple[int, int]]:
        """Give number and place of every needle of 6 bytes or more."""
        if not self._by_three:
            return
        padded = data if len(data) % 4 == 0 else bytes(data) + b"\0" * (-len(data) % 4)
        all_words = np.frombuffer(padded, dtype="<u4")
        size = BLOCK_BYTES // 4
        for begin in range(0, len(all_words), size):
            block = all_words[begin : begin + size]
            index, passed = self._scratch.index[: len(block)], self._scratch.passed[: len(block)]
            np.bitwise_and(block, 0xFFFF, out=index, casting="unsafe")
            np.take(self._pairs, index, out=passed, mode="clip")
            places = np.flatnonzero(passed)
            keys = block[places] & np.uint32(0xFFFFFF)
            kinds = self._threes[keys]
            sure = np.flatnonzero(kinds)
            if len(sure) > _FEW:
                sure = self._followed(all_words, kinds, sure, places + begin)
            if len(sure):
                yield from self._compare(data, cut, keys[sure], (places[sure] + begin) * 4)

    def _followed(
        self,
        words: "npt.NDArray[np.uint32]",
        kinds: "npt.NDArray[np.uint8]",
        sure: "npt.NDArray[np.intp]",
        places: "npt.NDArray[np.intp]",
    ) -> "npt.NDArray[np.intp]":
        """Keep the places whose next three bytes, four further on, may belong to a needle too."""
        after = np.minimum(places[sure] + 1, len(words) - 1)
        last = places[sure] + 1 >= len(words)
        follows = self._next_threes[words[after] & np.uint32(0xFFFFFF)]
        kept: npt.NDArray[np.intp] = sure[follows | last | (kinds[sure] == _ALONE)]
        return kept

    def _compare(
        self,
        data: Block,
        cut: Cut,
        keys: "npt.NDArray[np.uint32]",
        places: "npt.NDArray[np.intp]",
    ) -> Iterator[tuple[int, int]]:
        """Compare each place with the needles that have its three bytes."""
        if len(keys) > _FEW:
            # Pixel data of small values can look like UTF-16 text: thin them out without a loop over places.
            groups = self._thinned(data, keys, places)
        else:
            groups = ((int(key), [place]) for key, place in zip(keys, places.tolist(), strict=True))
        for key, remaining in groups:
            for number, offset in self._by_three[key]:
                for place in remaining:
                    start = place - offset
                    found = start >= 0 and self._pattern(number).match(data, start)
                    if found and self._whole(number, data, start, cut):
                        yield number, start

    def _thinned(
        self, data: Block, keys: "npt.NDArray[np.uint32]", places: "npt.NDArray[np.intp]"
    ) -> Iterator[tuple[int, list[int]]]:
        """Give each three bytes with the places at which one of its needles may stand."""
        values = np.frombuffer(data, dtype=np.uint8)
        order = np.argsort(keys, kind="stable")
        keys, places = keys[order], places[order]
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]).tolist()
        for begin, end in itertools.pairwise((*starts, len(keys))):
            key = int(keys[begin])
            remaining: set[int] = set()
            for number, offset in self._by_three[key]:
                length = len(self._needles[number].allowed)
                at = places[begin:end] - offset
                at = at[(at >= 0) & (at <= len(data) - length)]
                for step, table in self._telling[number]:
                    if len(at) <= 2:
                        break
                    if not offset <= step < offset + 3:
                        at = at[table[values[at + step]]]
                remaining.update((at + offset).tolist())
            if remaining:
                yield key, sorted(remaining)

    def _whole(self, number: int, data: Block, start: int, cut: Cut) -> bool:
        """Whether a value stands whole; never where it touches a cut."""
        needle = self._needles[number]
        if not cut[2]:
            return not needle.regular
        wide = needle.encoding.startswith("utf-16")
        end = start + len(needle.allowed)
        if (start < 2 and not cut[0]) or (end > len(data) - 2 and not cut[1]):
            return False
        beside = 2 if wide else 1
        encoding = needle.encoding if wide else "latin-1"
        before = str(data[max(0, start - beside) : start], encoding, "replace")
        after = str(data[end : end + beside], encoding, "replace")
        return is_whole(before, str(data[start:end], needle.encoding, "replace"), after)


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
                    yield Needle(secret.rule, plain, tuple(allowed), len(text), _is_regular(text))


def _is_regular(text: str) -> bool:
    letters = [ord(character) for character in text.casefold()]
    return len({two - one for one, two in itertools.pairwise(letters)}) < 2 or len(set(letters)) < 3


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


def _telling(needle: Needle) -> list[tuple[int, Any]]:
    """Give the steps of a needle that tell something, each with a table of the bytes that may stand there."""
    tables = []
    for step, bytes_ in enumerate(needle.allowed):
        if bytes_ != {0}:
            table = np.zeros(256, dtype=bool)
            table[sorted(bytes_)] = True
            tables.append((step, table))
    return tables
