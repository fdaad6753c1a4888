"""The filter for pixel data: which aligned words of four bytes may lie within a needle.

Of a needle of seven bytes or more, wherever it stands, one whole aligned word lies within its first seven bytes.
Each word of the data, with the byte after it, is looked up by a hash; upper and lower case are one because a bit of
each byte is left out. Three letters of UTF-16 text are in these five bytes, so that 16-bit camera data of some
100 counts, in which every pixel reads as a letter, pass no more than once in a hundred words. What passes is looked
up with its next word whole.
"""

import itertools
import threading
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

SHORTEST = 7
BLOCK_WORDS = 1 << 16
_FOLD = np.uint32(0xDFDFDFDF)
_FIRST, _NEXT = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)
"""Odd factors of multiplicative hashes: of the word, and of what is after it."""
_SMALL, _LARGE = np.uint32(16), np.uint32(12)
"""Bits that the two hashes leave out: 64 kB of table for every word, 1 MB for the few that are looked up again."""
_FEW = 8

Words = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]


class _Scratch(threading.local):
    """Buffers of one thread."""

    def __init__(self) -> None:
        self.folded = np.empty(BLOCK_WORDS + 1, dtype=np.uint32)
        self.hashes = np.empty(BLOCK_WORDS, dtype=np.uint32)
        self.after = np.empty(BLOCK_WORDS, dtype=np.uint32)
        self.index = np.empty(BLOCK_WORDS, dtype=np.intp)
        self.passed = np.empty(BLOCK_WORDS, dtype=bool)


class WordFilter:
    """Tables of the words of all needles."""

    def __init__(self, needles: Iterable[tuple[frozenset[int], ...]]) -> None:
        self._with_byte = np.zeros(1 << 16, dtype=bool)
        self._with_word, self._ends_before = np.zeros(1 << 20, dtype=bool), np.zeros(1 << 20, dtype=bool)
        """Words and next bytes of needles that do not reach through the next word."""
        self._scratch = _Scratch()
        for allowed in needles:
            for offset in range(4):
                self._enter(allowed[offset : offset + 8])

    def _enter(self, window: tuple[frozenset[int], ...]) -> None:
        whole = len(window) == 8
        words, after = _folded(window[:4]), _folded(window[4:])
        next_byte = _folded(window[4:5]) if len(window) > 4 else np.unique(np.arange(256, dtype=np.uint32) & _FOLD)
        both = words[:, None] * _FIRST + next_byte[None, :] * _NEXT
        self._with_byte[both >> _SMALL] = True
        if whole:
            self._with_word[(words[:, None] * _FIRST + after[None, :] * _NEXT) >> _LARGE] = True
        else:
            self._ends_before[both >> _LARGE] = True

    def places(self, words: Words) -> Iterator[Places]:
        """Give, block by block, the numbers of the words that may lie within a needle."""
        scratch = self._scratch
        for begin in range(0, len(words), BLOCK_WORDS):
            block = words[begin : begin + BLOCK_WORDS + 1]
            count = min(len(block), BLOCK_WORDS)
            folded, hashes, after = scratch.folded[: count + 1], scratch.hashes[:count], scratch.after[:count]
            folded[count] = 0
            np.bitwise_and(block, _FOLD, out=folded[: len(block)])
            np.bitwise_and(folded[1:], np.uint32(0xFF), out=after)
            np.multiply(after, _NEXT, out=after)
            np.multiply(folded[:count], _FIRST, out=hashes)
            np.add(hashes, after, out=hashes)
            index = scratch.index[:count]
            np.copyto(index, np.right_shift(hashes, _SMALL, out=after))
            np.take(self._with_byte, index, out=scratch.passed[:count], mode="clip")
            found = np.flatnonzero(scratch.passed[:count])
            if len(found) > _FEW:
                found = self._whole(folded, hashes, found)
            if len(found):
                yield found + begin
        # What follows the last word is not in these words: it is judged by whoever compares.
        yield np.array([len(words) - 1] if len(words) else [], dtype=np.intp)

    def _whole(self, folded: Words, hashes: Words, found: Places) -> Places:
        """Keep what the next word, whole, may belong to as well; and needles that end before."""
        both = folded[found] * _FIRST + folded[found + 1] * _NEXT
        kept: Places = found[self._with_word[both >> _LARGE] | self._ends_before[hashes[found] >> _LARGE]]
        return kept


def _folded(window: tuple[frozenset[int], ...]) -> Words:
    """Give the words that up to four places may hold, case folded."""
    places = [sorted({byte & 0xDF for byte in allowed}) for allowed in window]
    values = [int.from_bytes(bytes(bytes_), "little") for bytes_ in itertools.product(*places)]
    return np.array(values, dtype=np.uint32)
