"""What a CZI says beyond its pixels: names of scenes, attachments, OME-XML made from Zeiss's XML."""

import hashlib
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, describe

_HEADER_BYTES = 32
_ENTRY_BYTES = 128
_MOST_ENTRIES = 100_000


def scene_names(xml: str) -> dict[int, str]:
    """Names of scenes by index, from ``Information/Image/Dimensions/S/Scenes``."""
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314  expat refuses entity expansion attacks since 2.4.1
    except ElementTree.ParseError:
        return {}
    scenes = root.findall("./Metadata/Information/Image/Dimensions/S/Scenes/Scene")
    found = {}
    for scene in scenes:
        index, name = scene.get("Index", ""), scene.get("Name")
        if index.isdigit() and name:
            found[int(index)] = name
    return found


def attachments(path: Path) -> list[dict[str, Any]]:
    """List attachments: name, type, size and digest of each; none where it cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES + 80)
        if len(head) < _HEADER_BYTES + 68:
            return []
        (position,) = struct.unpack_from("<q", head, _HEADER_BYTES + 60)
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
    found: dict[str, Any] = {"Name": _text(entry[48:128]), "ContentFileType": _text(entry[40:48])}
    if not 0 < position < size:
        return found
    stream.seek(position)
    head = stream.read(_HEADER_BYTES + 4)
    if not head.startswith(b"ZISRAWATTACH") or len(head) < _HEADER_BYTES + 4:
        return found
    (length,) = struct.unpack_from("<i", head, _HEADER_BYTES)
    stream.seek(position + _HEADER_BYTES + 256)
    digest, left = hashlib.sha256(), max(0, length)
    while left and (block := stream.read(min(left, 1 << 20))):
        digest.update(block)
        left -= len(block)
    return found | {"Content": {"sha256": digest.hexdigest(), "bytes": length - left}}


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")


def ome_from_czi(path: Path) -> tuple[str | None, str | None]:
    """OME-XML by bioio-czi's style sheet, or None and the reason."""
    try:
        with decoding(lambda error: RefusedSample("MET002", reason=describe(error, path))):
            from bioio_czi import Reader

            return str(Reader(path).ome_metadata.to_xml()), None
    except RefusedSample as refusal:
        return None, refusal.places["reason"]
