"""What a compressed Zarr chunk would be inflated to, found out without inflating it where its codec states that.

Readers inflate a chunk whole before they compare it with its shape. So each is looked at first: Blosc, LZ4 and zstd
state the length in their headers, and decoders hold to it; gzip, zlib, bzip2 and LZMA are inflated part by part,
each thrown away, where a chunk is long enough to do harm.

Notes
-----
Blosc: https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst; zstd: RFC 8878, 3.1.1; shards:
https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html
"""

import bz2
import lzma
import math
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.structure.window import Window

SMALL_BYTES = 64 * 1024
"""A stored chunk up to this length cannot be inflated to more than some 70 MB by deflate."""

CODEC_BYTES = 64 * 1024
"""What a codec may add to a chunk of any size."""

ZSTD_MARK, ZSTD_BLOCK_BYTES = 0xFD2FB528, 128 * 1024
RUN, PACKED = 1, 2
"""Kinds of zstd blocks: one value many times; compressed, at most 128 KiB of content."""
SKIPPABLE = range(0x184D2A50, 0x184D2A60)
PART_BYTES = 1 << 20
MOST_LZMA_BYTES = 256 << 20
"""Of the dictionary that a stream asks for."""
ABSENT = 2**64 - 1


@dataclass(frozen=True)
class Shards:
    """How chunks stand within the files of a sharded array."""

    chunks: int
    """Chunks of a shard."""
    index_first: bool
    check_sum: bool

    @property
    def index_bytes(self) -> int:
        """Length of the table of chunks."""
        return 16 * self.chunks + 4 * self.check_sum


@dataclass(frozen=True)
class Inside:
    """What compresses the chunks of an array, and what they are to be inflated to."""

    codec: str
    raw_bytes: int
    """Of a chunk."""
    shards: Shards | None = None

    def check(self, path: Path, where: str) -> None:
        """Refuse a chunk's file (a shard's, where sharded) of which something would be inflated beyond its promise.

        Raises
        ------
        RefusedSample
            INV005; INV004 where a shard names what it does not hold.
        """
        with Window(path) as window:
            for offset, count in self._places(window, where):
                inflated = _INFLATED.get(self.codec)
                if inflated and inflated(window, offset, count, self.raw_bytes + CODEC_BYTES) > (
                    self.raw_bytes + CODEC_BYTES
                ):
                    reason = f"{where} would be inflated to more than the {self.raw_bytes} bytes that it promises"
                    raise RefusedSample("INV005", reason=reason)

    def _places(self, window: Window, where: str) -> list[tuple[int, int]]:
        """Offset and length of every chunk."""
        if self.shards is None:
            return [(0, window.bytes)]
        length = self.shards.index_bytes
        window.require(0, length, f"index of {where}")
        start = 0 if self.shards.index_first else window.bytes - length
        table = window.read(start, 16 * self.shards.chunks, f"index of {where}")
        found = [place for place in struct.iter_unpack("<QQ", table) if place != (ABSENT, ABSENT)]
        for offset, count in found:
            window.require(offset, count, f"a chunk of {where}")
            if count > most_stored(self.raw_bytes):
                raise RefusedSample("INV005", reason=f"a chunk of {where} is longer than what it promises to hold")
        return found


def most_stored(raw_bytes: int) -> int:
    """Longest form of a compressed chunk: what is longer holds something else."""
    return raw_bytes + raw_bytes // 8 + CODEC_BYTES


def shards_of(shard: Sequence[int], configuration: dict[str, Any], where: str) -> Shards:
    """Read the configuration of a sharding codec.

    Raises
    ------
    RefusedSample
        INV005 where chunks do not make up a shard, or the index is compressed.
    """
    inner = configuration.get("chunk_shape")
    index = [codec.get("name") for codec in configuration.get("index_codecs", []) if isinstance(codec, dict)]
    fits = (
        isinstance(inner, list)
        and len(inner) == len(shard)
        and all(isinstance(size, int) and size > 0 for size in inner)
        and all(whole % size == 0 for whole, size in zip(shard, inner, strict=True))
    )
    if not fits or index not in (["bytes"], ["bytes", "crc32c"]):
        raise RefusedSample("INV005", reason=f"Zarr array {where}: shards are not as they must be")
    chunks = math.prod(shard) // math.prod(inner or [1])
    return Shards(chunks, configuration.get("index_location") == "start", len(index) == 2)


def _blosc(window: Window, offset: int, count: int, most: int) -> int:
    return int(window.unpack("<I", offset + 4, "Blosc chunk")[0]) if count >= 16 else 0


def _lz4(window: Window, offset: int, count: int, most: int) -> int:
    return int(window.unpack("<I", offset, "LZ4 chunk")[0]) if count >= 4 else 0


def _zstd(window: Window, offset: int, count: int, most: int) -> int:
    """Sum up what the frames state and what their blocks give; decode where only that can tell.

    A decoder that streams compares a frame with the length that it states when it has come to its end.
    """
    at, end, stated, blocks, packed = offset, offset + count, 0, 0, 0
    while at + 5 <= end and max(stated, blocks) <= most:
        (mark,) = window.unpack("<I", at, "zstd frame")
        if mark in SKIPPABLE:
            at += 8 + (window.unpack("<I", at + 4, "zstd frame")[0] if at + 8 <= end else 0)
            continue
        if mark != ZSTD_MARK:
            break  # damaged, or no frame at all: the decoder says so
        length, at, check_sum = _zstd_header(window, at + 4)
        stated, last = stated + length, False
        while not last and at + 3 <= end:
            head = int.from_bytes(window.read(at, 3, "zstd block"), "little")
            last, kind, size = bool(head & 1), head >> 1 & 3, head >> 3
            at += 3 + (1 if kind == RUN else size)
            packed += kind == PACKED
            blocks += 0 if kind == PACKED else size
        at += 4 * check_sum
    total = max(stated, blocks)
    if total > most or blocks + packed * ZSTD_BLOCK_BYTES <= most:
        return total
    # What follows the frames, a check sum, is not theirs.
    return _zstd_decoded(window.read(offset, min(at, end) - offset, "zstd chunk"), most)


def _zstd_decoded(stored: bytes, most: int) -> int:
    import imagecodecs

    try:
        return len(imagecodecs.zstd_decode(stored, out=most + 1))
    except RuntimeError:
        # Too long, or damaged so that a decoder that streams may give anything.
        return most + 1


def _zstd_header(window: Window, at: int) -> tuple[int, int, bool]:
    """Length that a frame states (0: none), where its blocks begin, and whether a check sum ends it."""
    (descriptor,) = window.unpack("B", at, "zstd frame")
    single = descriptor >> 5 & 1
    at += 1 + (not single) + (0, 1, 2, 4)[descriptor & 3]
    width = ((single, 2, 4, 8)[descriptor >> 6]) if descriptor >> 6 or single else 0
    stated = int.from_bytes(window.read(at, width, "zstd frame"), "little") + 256 * (width == 2)
    return stated, at + width, bool(descriptor >> 2 & 1)


def _by_parts(start: Callable[[], Any]) -> Callable[[Window, int, int, int], int]:
    """Inflate with a decompressor of Python's, a part at a time, no further than ``most``."""

    def inflated(window: Window, offset: int, count: int, most: int) -> int:
        if count <= SMALL_BYTES:
            return 0
        stream, total, at, end = start(), 0, offset, offset + count
        waiting = b""
        while total <= most:
            if not waiting and at < end:
                waiting = window.read(at, min(PART_BYTES, end - at), "chunk")
                at += len(waiting)
            try:
                part = stream.decompress(waiting, PART_BYTES)
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
                return total  # damaged: the decoder says so
            total += len(part)
            waiting = _rest(stream)
            if stream.eof:
                # Members may follow one another.
                stream, waiting = start(), stream.unused_data
                if not waiting and at >= end:
                    break
            elif not part and not waiting and at >= end:
                break
        return total

    return inflated


def _rest(stream: Any) -> bytes:
    """What a decompressor was given and has not taken; bz2 and lzma keep it themselves."""
    return stream.unconsumed_tail if hasattr(stream, "unconsumed_tail") else b""


_deflate = _by_parts(lambda: zlib.decompressobj(47))
_INFLATED: dict[str, Callable[[Window, int, int, int], int]] = {
    "blosc": _blosc,
    "zstd": _zstd,
    "lz4": _lz4,
    "gzip": _deflate,
    "zlib": _deflate,
    "bz2": _by_parts(bz2.BZ2Decompressor),
    "lzma": _by_parts(lambda: lzma.LZMADecompressor(memlimit=MOST_LZMA_BYTES)),
}
"""Codec to what a chunk of it would be inflated to: all of it, or a number beyond the one given."""

CODECS = frozenset(_INFLATED)
