"""What a CZI says beyond its pixels: names of scenes, attachments, OME-XML made from Zeiss's XML."""

import hashlib
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fixative.xml_tree import BadXml, parse_xml

_HEADER_BYTES = 32
_ENTRY_BYTES = 128
_MOST_ENTRIES = 100_000


def scene_names(xml: str) -> dict[int, str]:
    """Names of scenes by index, from ``Information/Image/Dimensions/S/Scenes``."""
    try:
        root = parse_xml(xml)
    except BadXml:
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


def ome_from_czi(czi_xml: str) -> tuple[str | None, str | None]:
    """OME-XML by the style sheet that bioio-czi carries, or None and the reason.

    The style sheet is applied here, not through bioio-czi: its import costs seconds, and it gives up on documents
    that need a small repair to be valid, which `fixative.ome.build` makes.
    """
    from lxml import etree

    spec = find_spec("bioio_czi")
    folders = (spec and spec.submodule_search_locations) or []
    sheet = next((Path(folder) / "czi-to-ome-xslt/xslt/czi-to-ome.xsl" for folder in folders), None)
    if sheet is None or not sheet.is_file():
        return None, "bioio-czi is not installed"
    nothing = etree.XSLTAccessControl.DENY_ALL  # type: ignore[attr-defined]  # lxml-stubs do not know it
    try:
        transform = etree.XSLT(etree.parse(sheet), access_control=nothing)
        return str(transform(parse_xml(czi_xml))), None
    except (BadXml, etree.XSLTError) as error:
        return None, f"{type(error).__name__} in the style sheet"
