"""Matroska and WebM: every element down to the blocks within the file and in its place, the blocks counted.

Notes
-----
RFC 8794 (EBML), 4 to 6; RFC 9559 (Matroska), 5.1.
"""

from pathlib import Path
from typing import BinaryIO

from fixative.findings import RefusedSample

_SEGMENT, _CLUSTER, _SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK = 0x18538067, 0x1F43B675, 0xA3, 0xA0, 0xA1
_TRACKS, _TRACK_ENTRY, _TRACK_NUMBER, _TRACK_TYPE, _VIDEO = 0x1654AE6B, 0xAE, 0xD7, 0x83, 1
_TOP = {0x1A45DFA3, _SEGMENT, 0xEC}
_IN_SEGMENT = {
    0x114D9B74,
    0x1549A966,
    0x1654AE6B,
    0x1C53BB6B,
    0x1043A770,
    0x1941A469,
    0x1254C367,
    _CLUSTER,
    0xEC,
    0xBF,
}
_IN_CLUSTER = {0xE7, 0x5854, 0xA7, 0xAB, 0xAF, _SIMPLE_BLOCK, _BLOCK_GROUP, 0xEC, 0xBF}
_IN_GROUP = {_BLOCK, 0x75A1, 0x9B, 0xFA, 0xFB, 0xFD, 0xA4, 0x75A2, 0x8E, 0xC8, 0xA2, 0xEC, 0xBF}
_INSIDE = {_SEGMENT: _IN_SEGMENT, _CLUSTER: _IN_CLUSTER, _BLOCK_GROUP: _IN_GROUP}
"""Elements whose content is followed, and what may stand in each: anything else is damage."""
_UNBOUNDED = {_SEGMENT, _CLUSTER}


def blocks_of_video(path: Path) -> list[int]:
    """Follow all elements down to the blocks; the number of blocks of each video track, in the order of the tracks.

    Raises
    ------
    RefusedSample
        INV004 where the file ends before an element does, INV005 where an element is none of Matroska's.
    """
    end = path.stat().st_size
    blocks: dict[int, int] = {}
    video: list[int] = []
    found_segment = False
    with path.open("rb") as stream:
        # (end, what may stand here) of the elements that hold this place, the outermost first
        within: list[tuple[int, bool, set[int]]] = [(end, True, _TOP)]
        at = 0
        while at < end:
            while len(within) > 1 and at >= within[-1][0]:
                within.pop()
            kind, length, start = _element(stream, at)
            while within[-1][1] and len(within) > 1 and kind not in within[-1][2]:
                within.pop()
            limit, _, allowed = within[-1]
            if kind not in allowed:
                raise RefusedSample("INV005", reason=f"element {kind:X} at byte {at} has no place in a Matroska file")
            stop = limit if length is None else start + length
            if stop > end:
                raise _cut(f"{stop} bytes", f"{end}")
            if stop > limit or (length is None and kind not in _UNBOUNDED):
                raise RefusedSample("INV005", reason=f"Matroska element at byte {at} is longer than what holds it")
            found_segment = found_segment or kind == _SEGMENT
            if kind in (_SIMPLE_BLOCK, _BLOCK):
                track = _track(stream, start)
                blocks[track] = blocks.get(track, 0) + 1
            if kind == _TRACKS:
                video += _video_tracks(stream, start, stop)
            if kind in _INSIDE:
                within.append((stop, length is None, _INSIDE[kind]))
            at = start if kind in _INSIDE else stop
    if not found_segment:
        raise _cut("a segment", "none")
    return [blocks.get(track, 0) for track in video]


def _video_tracks(stream: BinaryIO, at: int, end: int) -> list[int]:
    """Numbers of the video tracks."""
    found = []
    while at < end:
        kind, length, start = _element(stream, at)
        at = end if length is None else start + length
        if kind == _TRACK_ENTRY:
            entry = _numbers(stream, start, min(at, end))
            if entry.get(_TRACK_TYPE) == _VIDEO:
                found.append(entry.get(_TRACK_NUMBER, 0))
    return found


def _numbers(stream: BinaryIO, at: int, end: int) -> dict[int, int]:
    """Elements of up to eight bytes, as integers."""
    found = {}
    while at < end:
        kind, length, start = _element(stream, at)
        at = end if length is None else start + length
        if at - start <= 8:
            stream.seek(start)
            found[kind] = int.from_bytes(stream.read(at - start), "big")
    return found


def _track(stream: BinaryIO, at: int) -> int:
    """Number of the track that a block is of."""
    stream.seek(at)
    head = stream.read(8)
    count = _octets(head, 0, 8)
    return int.from_bytes(head[:count], "big") & (1 << 7 * count) - 1


def _element(stream: BinaryIO, at: int) -> tuple[int, int | None, int]:
    """Identifier, length (None: unknown) and start of the content of the element at a place."""
    stream.seek(at)
    head = stream.read(16)
    first = _octets(head, 0, 4)
    second = _octets(head, first, 8)
    value = int.from_bytes(head[first : first + second], "big") & (1 << 7 * second) - 1
    unknown = value == (1 << 7 * second) - 1
    return int.from_bytes(head[:first], "big"), None if unknown else value, at + first + second


def _octets(head: bytes, at: int, most: int) -> int:
    """Bytes of a number, by the zeros that its first byte begins with."""
    if at >= len(head):
        raise _cut("an element", "a part of its head")
    count = 9 - head[at].bit_length()
    if count > most:
        raise RefusedSample("INV005", reason="a Matroska element whose identifier or length is none")
    if at + count > len(head):
        raise _cut("an element", "a part of its head")
    return count


def _cut(promised: str, present: str) -> RefusedSample:
    return RefusedSample("INV004", promised=promised, present=present, where="Matroska")
