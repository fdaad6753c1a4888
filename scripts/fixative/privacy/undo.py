"""What hides a text, undone: entities, escapes, base64, zlib."""

import base64
import binascii
import html
import json
import re
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

DEEPEST = 4
MOST_LAYERS = 400
LARGEST_INFLATED = 64 * 1024 * 1024

_BASE64 = re.compile(rb"[A-Za-z0-9+/_\-]{12,}(?:\s*[A-Za-z0-9+/_\-]{4,})*={0,2}")
_JSON_ESCAPE = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|[\"\\/bfnrt])(?:\\u[0-9A-Fa-f]{4})?")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


def layers(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the bytes themselves, then whatever they decode to; each with the name of how."""
    seen = {data}
    waiting: list[tuple[str, bytes, int]] = [("", data, 0)]
    for name, layer, depth in waiting:
        yield name, layer
        if depth >= DEEPEST:
            continue
        for how, undo in _UNDO.items():
            for result in undo(layer):
                if result not in seen and len(seen) < MOST_LAYERS:
                    seen.add(result)
                    waiting.append((f"{name} {how}".strip(), result, depth + 1))


def _entities(data: bytes) -> Iterator[bytes]:
    if b"&" in data and b";" in data:
        yield html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "backslashreplace")


def _json(data: bytes) -> Iterator[bytes]:
    if b"\\" in data:
        yield _JSON_ESCAPE.sub(_json_character, data)


def _json_character(match: "re.Match[bytes]") -> bytes:
    text: str = json.loads(b'"' + match[0] + b'"')
    return text.encode("utf-8", "backslashreplace")


def _percent(data: bytes) -> Iterator[bytes]:
    if b"%" in data:
        yield unquote_to_bytes(data)


def _base64(data: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(data):
        packed = b"".join(match[0].split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        packed = packed[: len(packed) - 1] if len(packed) % 4 == 1 else packed
        try:
            yield base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
        except binascii.Error:
            continue


def _inflated(data: bytes) -> Iterator[bytes]:
    for match in _ZLIB.finditer(data):
        window = 31 if match[0][:1] == b"\x1f" else 15
        try:
            result = zlib.decompressobj(window).decompress(data[match.start() :], LARGEST_INFLATED)
        except zlib.error:
            continue
        if len(result) >= 4:
            yield result


_UNDO: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "entities undone": _entities,
    "JSON escapes undone": _json,
    "percent escapes undone": _percent,
    "base64 decoded": _base64,
    "inflated": _inflated,
}
