"""What the checks of plain formats share: planes of equal size one after the other, and compressed streams."""

import bz2
import math
import zlib
from collections.abc import Iterable, Iterator

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import BLOCK_BYTES, MOST_BITS, Window

MOST_PER_BYTE = {"gzip": 1100, "bzip2": 50_000}
"""Bytes that one stored byte can at most stand for: deflate 1032, bzip2 some 20,000 (measured on zeros)."""


def complete(method: str, *, size: int | None = None, planes: int | None = None) -> Completeness:
    """Say what was compared and found whole."""
    return Completeness(
        checked=True,
        method=method,
        promised_planes=planes,
        present_planes=planes,
        promised_bytes=size,
        present_bytes=size,
    )


def product(sizes: Iterable[int], where: str) -> int:
    """Multiply sizes of a header, each at least 1.

    Raises
    ------
    RefusedSample
        INV005 where one is not, or the product is a number that no image can have.
    """
    sizes = list(sizes)
    if not sizes or min(sizes) < 1:
        raise RefusedSample("INV005", reason=f"{where} promises an image of size 0")
    if sum(size.bit_length() for size in sizes) > MOST_BITS:
        raise RefusedSample("INV005", reason=f"{where} promises an image of an absurd size")
    return math.prod(sizes)


def require_planes(held: int, plane: int, planes: int, where: str) -> None:
    """Refuse where fewer bytes are held than planes of equal size need.

    Raises
    ------
    RefusedSample
        INV004 with the planes promised and those that are whole.
    """
    if held < plane * planes:
        present = max(0, held) // plane if plane else 0
        raise RefusedSample("INV004", promised=_planes(planes), present=f"{present}", where=where)


def _planes(number: int) -> str:
    return f"{number} plane{'' if number == 1 else 's'}"


def require_inflated(window: Window, offset: int, needed: int, kind: str, where: str) -> None:
    """Refuse where a gzip or bzip2 stream does not hold ``needed`` bytes, or does not reach its own end.

    Raises
    ------
    RefusedSample
        INV004 where it is short, INV005 where it is damaged or cannot hold so many bytes at all.
    """
    if needed > (window.bytes - offset) * MOST_PER_BYTE[kind] + BLOCK_BYTES:
        raise RefusedSample("INV005", reason=f"{where}: {window.bytes - offset} stored bytes cannot hold {needed}")
    held = 0
    try:
        for part in inflated(window, offset, kind, where):
            held += len(part)
            if held > needed + BLOCK_BYTES * 16:
                # More than was asked for: what follows is not looked at.
                return
    except RefusedSample as refusal:
        if refusal.code == "INV004":
            raise RefusedSample("INV004", promised=f"{needed} bytes", present=f"{held}", where=where) from None
        raise
    if held < needed:
        raise RefusedSample("INV004", promised=f"{needed} bytes", present=f"{held}", where=where)


def inflated(window: Window, offset: int, kind: str, where: str) -> Iterator[bytes]:
    """Inflate a stream, part by part, each of bounded size; members may follow one another.

    Raises
    ------
    RefusedSample
        INV004 where the file ends within it, INV005 where it is damaged.
    """
    mark = b"BZ" if kind == "bzip2" else b"\x1f\x8b"
    at, stream = offset, _Stream(kind)
    while True:
        if stream.eof:
            window_rest = min(2 - len(stream.rest), window.bytes - at) if len(stream.rest) < 2 else 0
            rest = stream.rest + window.read(at, window_rest, where)
            at += window_rest
            if not rest.startswith(mark):
                return
            stream = _Stream(kind)
            stream.rest = rest
        if not stream.rest and stream.hungry:
            if at >= window.bytes:
                raise RefusedSample("INV004", promised="the end of a compressed stream", present="none", where=where)
            stream.rest = window.read(at, min(BLOCK_BYTES, window.bytes - at), where)
            at += len(stream.rest)
        try:
            part = stream.step()
        except (zlib.error, OSError, EOFError, ValueError):
            raise RefusedSample("INV005", reason=f"{where}: compressed data are damaged") from None
        if part:
            yield part


class _Stream:
    """One member of a compressed stream, inflated in steps of at most a mebibyte."""

    def __init__(self, kind: str) -> None:
        self._bzip2 = bz2.BZ2Decompressor() if kind == "bzip2" else None
        self._gzip = zlib.decompressobj(31)
        self.rest = b""

    @property
    def eof(self) -> bool:
        return self._bzip2.eof if self._bzip2 else self._gzip.eof

    @property
    def hungry(self) -> bool:
        return self._bzip2.needs_input if self._bzip2 else True

    def step(self) -> bytes:
        most = 16 * BLOCK_BYTES
        if self._bzip2:
            part, self.rest = self._bzip2.decompress(self.rest, most), b""
            if self._bzip2.eof:
                self.rest = self._bzip2.unused_data
            return part
        part = self._gzip.decompress(self.rest, most)
        self.rest = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail
        return part
