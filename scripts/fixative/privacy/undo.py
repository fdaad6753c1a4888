"""What hides a text, undone: entities, escapes, base64, zlib, the chunks of a PNG.

Every way of undoing gives one layer for all of its findings in a layer, so that no number of them is too
many; and each layer says what it is made of. Base64 decodes any long word to random bytes: what then is no text
is searched as pixel data is, where chance hits are told from true ones. So are long runs of base64 and digests
within a text, which hold any short value by chance as well.
"""

import base64
import binascii
import bz2
import html
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_to_bytes

DEEPEST = 4
LARGEST_INFLATED = 64 * 1024 * 1024
BETWEEN = b"\0\0\0\0"

_BASE64 = re.compile(rb"[A-Za-z0-9+/_\-]{12,}(?:[ \t]*[\r\n]+[ \t]*[A-Za-z0-9+/_\-]{4,})*={0,2}")
_HEXADECIMAL = re.compile(rb"(?:[0-9a-f]{32}){1,4}|[0-9a-f]{40}")
_PACKED = re.compile(
    rb"[A-Za-z0-9+/_\-]{256,}={0,2}|(?:[A-Za-z0-9+/]{60,}\r?\n){4,}[A-Za-z0-9+/=]*"
    rb"|(?<![0-9A-Za-z])(?:[0-9a-f]{32,}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![0-9A-Za-z])"
)
"""Long runs of base64, digests and UUIDs: any word of the letters a to f stands in one of them by chance."""
_JSON_ESCAPE = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|[\"\\/bfnrt])(?:\\u[0-9A-Fa-f]{4})?")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_UTF_16_LE = re.compile(rb"(?:[\t\n\r -~]\0){8,}")
_UTF_16_BE = re.compile(rb"(?:\0[\t\n\r -~]){8,}")
_PNG = b"\x89PNG\r\n\x1a\n"
_ASCII = bytes((0, 9, 10, 13, *range(32, 127)))
_LATIN = _ASCII + bytes(range(0xA0, 0x100))


@dataclass(frozen=True)
class Layer:
    """Bytes, how they were come by, and what they are made of: text, any bytes, base64 and the like."""

    how: str
    data: bytes
    made_of: Literal["text", "bytes", "base64"]


def layers(data: bytes, *, is_text: bool | None = None) -> Iterator[Layer]:
    """Give the bytes themselves, then whatever they decode to, to any depth down to `DEEPEST`.

    Parameters
    ----------
    data : bytes
    is_text : bool, optional
        Whether they are text; by default judged by `looks_like_text`.
    """
    text = looks_like_text(data) if is_text is None else is_text
    waiting = [(Layer("", data, "text" if text else "bytes"), 0)]
    seen = {data}
    for layer, depth in waiting:
        yield from _without_packed(layer)
        if depth == DEEPEST:
            continue
        for how, undo in _OF_TEXT.items() if layer.made_of == "text" else _OF_BINARY.items():
            for result in _joined(f"{layer.how} {how}".strip(), undo(layer.data)):
                if result.data not in seen:
                    seen.add(result.data)
                    waiting.append((result, depth + 1))


def looks_like_text(data: bytes) -> bool:
    """Whether bytes are UTF-8, or in UTF-16 or Latin-1 with hardly a control character."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return len(data.translate(None, _LATIN)) * 20 < len(data)
    return True


def _without_packed(layer: Layer) -> Iterator[Layer]:
    """Give a text without its long runs of base64 and its digests, and these apart."""
    packed = [match[0] for match in _PACKED.finditer(layer.data)] if layer.made_of == "text" else []
    if packed:
        yield Layer(layer.how, _PACKED.sub(BETWEEN, layer.data), "text")
        yield Layer(layer.how, BETWEEN.join(packed), "base64")
    else:
        yield layer


def _joined(how: str, pieces: Iterator[bytes]) -> Iterator[Layer]:
    """Join pieces to one layer of text and one of other bytes."""
    text: list[bytes] = []
    other: list[bytes] = []
    for piece in pieces:
        mostly_ascii = len(piece.translate(None, _ASCII)) * 5 < len(piece)
        (text if mostly_ascii or (len(piece) > 64 and looks_like_text(piece)) else other).append(piece)
    if text:
        yield Layer(how, BETWEEN.join(text), "text")
    if other:
        yield Layer(how, BETWEEN.join(other), "bytes")


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
        if _HEXADECIMAL.fullmatch(match[0]):
            continue  # a digest, of which a record of planes holds hundreds of thousands
        packed = b"".join(match[0].split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        packed = packed[:-1] if len(packed) % 4 == 1 else packed
        try:
            yield base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
        except binascii.Error:
            continue


def _utf_16(data: bytes) -> Iterator[bytes]:
    """Give runs of UTF-16 as UTF-8: only so are entities and escapes in them seen."""
    known = ((_UTF_16_LE, "utf-16-le"), (_UTF_16_BE, "utf-16-be")) if b"\0" in data else ()
    for pattern, encoding in known:
        yield from (match[0].decode(encoding).encode() for match in pattern.finditer(data))


def _unzipped(data: bytes) -> Iterator[bytes]:
    """Give what bzip2 packed: OME-XML allows it in a FileAnnotation."""
    for match in _BZIP2.finditer(data):
        try:
            yield bz2.BZ2Decompressor().decompress(data[match.start() :], LARGEST_INFLATED)
        except OSError:
            continue


def _inflated(data: bytes) -> Iterator[bytes]:
    for match in _ZLIB.finditer(data):
        window = 31 if match[0][:1] == b"\x1f" else 15
        try:
            result = zlib.decompressobj(window).decompress(data[match.start() :], LARGEST_INFLATED)
        except zlib.error:
            continue
        if len(result) >= len(BETWEEN):
            yield result


def _png_chunks(data: bytes) -> Iterator[bytes]:
    """Give the chunks of a PNG that are not its pixels, as text whatever they hold."""
    if not data.startswith(_PNG):
        return
    at = len(_PNG)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"iCCP"):
            yield content
        if kind in (b"iTXt", b"zTXt", b"iCCP"):
            yield from _in_chunk(kind, content)
        at += 12 + length


def _in_chunk(kind: bytes, content: bytes) -> Iterator[bytes]:
    """Give what a chunk compresses; its beginning is not always one by which zlib is known: libpng makes it small."""
    packed = content.partition(b"\0")[2][1:]
    if kind == b"iTXt":
        packed = content.partition(b"\0")[2][2:].partition(b"\0")[2].partition(b"\0")[2]
    with suppress(zlib.error):
        yield zlib.decompressobj().decompress(packed, LARGEST_INFLATED)


_OF_BINARY: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "inflated": _inflated,
    "unzipped": _unzipped,
    "chunks": _png_chunks,
}
_OF_TEXT: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "entities undone": _entities,
    "JSON escapes undone": _json,
    "percent escapes undone": _percent,
    "base64 decoded": _base64,
    "of UTF-16": _utf_16,
    **_OF_BINARY,
}
