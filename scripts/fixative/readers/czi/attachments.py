"""Attachments of a CZI: what each is called, its digest, and its content where that is metadata.

Notes
-----
Layout of the directory and of ``CZTIMS`` (time stamps), ``CZEVL`` (events), ``CZLUT`` (look-up tables), ``CZFOC``
(focus positions) and ``CZFBMX`` (fibre matrix, XML): ZISRAW, documented with libCZI
(https://zeiss.github.io/libczi/). Pictures and whole CZIs among attachments (Label, SlidePreview) stand as digests.
"""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fixative.columns import MOST_VALUES, columns
from fixative.readers.attempt import attempt
from fixative.trees import decode_text, digest_of, is_binary
from fixative.xml_tree import BadXml, compact_tree

_HEADER_BYTES = 32
_ENTRY_BYTES = 128
_MOST_ENTRIES = 100_000
MOST_BYTES = 16 * 1024 * 1024
"""A longer attachment is data: its digest alone stands."""


def attachments(path: Path) -> list[dict[str, Any]]:
    """List attachments: name, type, digest, content; none where there is no directory."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES + 80)
        if len(head) < _HEADER_BYTES + 80:
            return []
        (position,) = struct.unpack_from("<q", head, _HEADER_BYTES + 72)
        if not 0 < position < size:
            return []
        stream.seek(position)
        segment = stream.read(_HEADER_BYTES + 256)
        if not segment.startswith(b"ZISRAWATTDIR") or len(segment) < _HEADER_BYTES + 256:
            return []
        (count,) = struct.unpack_from("<i", segment, _HEADER_BYTES)
        entries = stream.read(_ENTRY_BYTES * max(0, min(count, _MOST_ENTRIES)))
        return [
            _attachment(stream, entries[at : at + _ENTRY_BYTES], size)
            for at in range(0, len(entries) - _ENTRY_BYTES + 1, _ENTRY_BYTES)
        ]


def _attachment(stream: Any, entry: bytes, size: int) -> dict[str, Any]:
    (position,) = struct.unpack_from("<q", entry, 12)
    kind = _text(entry[40:48])
    found: dict[str, Any] = {"Name": _text(entry[48:128]), "ContentFileType": kind}
    if not 0 < position < size:
        return found
    stream.seek(position)
    head = stream.read(_HEADER_BYTES + 4)
    if not head.startswith(b"ZISRAWATTACH") or len(head) < _HEADER_BYTES + 4:
        return found
    (length,) = struct.unpack_from("<i", head, _HEADER_BYTES)
    stream.seek(position + _HEADER_BYTES + 256)
    if 0 <= length <= MOST_BYTES:
        content = stream.read(length)
        found["Content"] = digest_of(content)
        name, decode = _DECODERS.get(kind.upper(), ("", None))
        if decode is not None:
            found[name] = attempt(lambda: decode(content))
        return found
    digest, left = hashlib.sha256(), max(0, length)
    while left and (block := stream.read(min(left, 1 << 20))):
        digest.update(block)
        left -= len(block)
    return found | {"Content": {"sha256": digest.hexdigest(), "bytes": length - left}}


def _numbers(content: bytes) -> Any:
    """``CZTIMS``: size, number, then seconds from the start of the acquisition."""
    _, count = struct.unpack_from("<ii", content)
    found = np.frombuffer(content, "<f8", min(count, (len(content) - 8) // 8), 8)
    return found.tolist() if found.size <= MOST_VALUES else found


def _events(content: bytes) -> dict[str, Any]:
    """``CZEVL``: size, number, then events, each with its size, second, kind and description."""
    _, count = struct.unpack_from("<ii", content)
    rows, at = [], 8
    for _ in range(count):
        size, time, kind, length = struct.unpack_from("<idii", content, at)
        text = content[at + 20 : at + 20 + length]
        rows.append({"Time": time, "EventType": kind, "Description": _text(text)})
        at += max(size, 20)
    return columns(rows)


def _tables(content: bytes) -> list[dict[str, Any]]:
    """``CZLUT``: size, number, then tables, each with its size, name and components of 16-bit values."""
    _, count = struct.unpack_from("<ii", content)
    found, at = [], 8
    for _ in range(count):
        size, name, components = struct.unpack_from("<i80si", content, at)
        inner, parts = at + 88, []
        for _ in range(components):
            length, kind, number = struct.unpack_from("<iii", content, inner)
            parts.append(
                {"ComponentType": kind, "Intensity": digest_of(content[inner + 12 : inner + 12 + 2 * number])}
            )
            inner += length
        found.append({"Identifier": _text(name), "Component": parts})
        at += size
    return found


def _xml(content: bytes) -> Any:
    try:
        return compact_tree(content)
    except BadXml:
        return None if is_binary(content) else decode_text(content)


_DECODERS: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "CZTIMS": ("TimeStamps", _numbers),
    "CZFOC": ("FocusPositions", _numbers),
    "CZEVL": ("EventList", _events),
    "CZLUT": ("LookupTables", _tables),
    "CZFBMX": ("FiberMatrix", _xml),
    "CZEXP": ("Experiment", _xml),
    "CZHWS": ("HardwareSetting", _xml),
    "XML": ("Document", _xml),
}


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")
