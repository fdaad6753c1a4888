"""Canaries, and a scanner for them that shares no code with the one of the pipeline.

A canary is ten letters that stand nowhere else; which policy, source and slot it was planted in is known to
`Aviary` alone. A slot of text gets two: one bare, one as the account in a path, which no policy ever keeps.
"""

import base64
import binascii
import bz2
import html
import io
import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote_to_bytes

DEEPEST = 5
RESTRICTED = ("safe_to_delete.tsv",)
"""Reports that name the source's own files, for whoever owns these; only where nobody else may read them."""
_CANARY = re.compile(rb"qz[a-z]{8}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\-_]{14,}(?:\s*[A-Za-z0-9+/\-_]+)*={0,2}")
_ONE_WORD = re.compile(rb"[A-Za-z0-9+/\-_]{14,}={0,2}")
_PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08|BZh[1-9]")
_ESCAPE = re.compile(rb"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_DIGEST = re.compile(rb"[0-9a-f]+")
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_DAY = re.compile(rb"(1[89]\d\d)[-:./]?(\d\d)[-:./]?(\d\d)")


@dataclass(frozen=True)
class Slot:
    """Where a canary was planted, and whether it stood bare or hidden in a path."""

    policy: str
    source: str
    name: str
    how: str


@dataclass
class Aviary:
    """Every canary that was planted."""

    slots: dict[str, Slot] = field(default_factory=dict)

    def nest(self, policy: str, source: str) -> "Nest":
        """Give the canaries of one source under one policy."""
        return Nest(self, policy, source)

    def of(self, policy: str, source: str, how: str) -> dict[str, Slot]:
        """Give the canaries of a source by policy and how they stood."""
        wanted = (policy, source, how)
        return {bird: slot for bird, slot in self.slots.items() if (slot.policy, slot.source, slot.how) == wanted}


@dataclass
class Nest:
    """Plants canaries in one source; the same slot may ask many times and gets another each time."""

    aviary: Aviary
    policy: str
    source: str

    def bird(self, name: str, how: str = "bare") -> str:
        """Give a canary of letters."""
        digest = sha256(f"{self.policy} {self.source} {name} {how} {len(self.aviary.slots)}".encode()).digest()
        bird = "qz" + "".join(chr(97 + byte % 26) for byte in digest[:8])
        self.aviary.slots[bird] = Slot(self.policy, self.source, name, how)
        return bird.capitalize()

    def person(self, name: str) -> str:
        """Give a canary for a slot whose key says that its value is private."""
        return self.bird(name, "person")

    def text(self, name: str) -> str:
        """Give a text that holds a bare canary, and one as an account in a path."""
        return f"{self.bird(name)} in C:\\Users\\{self.bird(name, 'path')}\\scan.dat"

    def day(self, name: str) -> str:
        """Give a day that no other slot has, in a century that no clock here says."""
        number = len(self.aviary.slots)
        day = (date(1801, 2, 2) + timedelta(days=number)).isoformat()
        self.aviary.slots[day] = Slot(self.policy, self.source, name, "day")
        return day


def birds_in(data: bytes) -> set[str]:
    """Give the canaries in some bytes: raw, and with everything undone that may hide one."""
    found: set[str] = set()
    seen: set[bytes] = set()
    waiting = [(data, 0)]
    if data[:4] in _TIFF:
        waiting += [(inner, 1) for inner in _of_tiff(data)]
    elif data.startswith(_PICTURES):
        waiting += [(inner, 1) for inner in _of_picture(data)]
    while waiting:
        piece, depth = waiting.pop()
        key = sha256(piece).digest()
        if key in seen:
            continue
        seen.add(key)
        found |= _plain(piece)
        if depth < DEEPEST:
            waiting += [(inner, depth + 1) for inner in _undone(piece) if len(inner) > 7]
    return found


def _plain(piece: bytes) -> set[str]:
    # without its zeros, UTF-16 of either order is ASCII
    texts = [piece.lower(), piece.replace(b"\0", b"").lower()]
    letters = {bird.decode() for text in texts for bird in _CANARY.findall(text)}
    days = {b"-".join(parts).decode() for text in texts for parts in _DAY.findall(text)}
    return letters | days


def _undone(piece: bytes) -> Iterator[bytes]:
    if b"&" in piece:
        yield html.unescape(piece.decode("latin-1")).encode("utf-8", "replace")
    if b"\\u" in piece or b"\\x" in piece:
        yield _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)).encode("utf-8", "replace"), piece)
    if b"%" in piece:
        yield unquote_to_bytes(piece)
    for pattern in (_BASE64, _ONE_WORD):
        for match in pattern.finditer(piece):
            yield from _base64(match[0])
    for match in _PACKED.finditer(piece):
        yield from _inflated(piece[match.start() :])
    yield from _raw_deflate(piece)


def _base64(word: bytes) -> Iterator[bytes]:
    plain = b"".join(word.split()).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    if _DIGEST.fullmatch(plain):
        return  # of which a record of many planes has thousands; no text in base64 has no capital letter
    for start in range(4):
        part = plain[start:]
        try:
            yield base64.b64decode(part[: len(part) // 4 * 4] + b"")
        except binascii.Error:
            continue
        if len(plain) > 4000:
            break


def _inflated(packed: bytes) -> Iterator[bytes]:
    try:
        if packed.startswith(b"BZh"):
            yield bz2.BZ2Decompressor().decompress(packed)
        else:
            yield zlib.decompressobj(47).decompress(packed)
    except (OSError, zlib.error):
        return


def _raw_deflate(piece: bytes) -> Iterator[bytes]:
    """Undo deflate without a header, as blocks of the page of the report are: a piece that is one whole stream."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(piece)
    except zlib.error:
        return
    if stream.eof and not stream.unused_data:
        yield content


def _of_tiff(piece: bytes) -> Iterator[bytes]:
    import tifffile

    with tifffile.TiffFile(io.BytesIO(piece)) as tiff:
        waiting = list(tiff.pages)
        while waiting:
            page = waiting.pop().aspage()
            waiting += list(page.pages or ())
            yield page.asarray().tobytes()
            for tag in page.tags.values():
                yield str(tag.value).encode("utf-8", "replace")


def _of_picture(piece: bytes) -> Iterator[bytes]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = Image.open(io.BytesIO(piece))
        picture.load()
    yield str(picture.info).encode("utf-8", "replace")
    yield picture.tobytes()


def birds_of_files(folders: list[Path]) -> dict[str, list[str]]:
    """Give every canary under some folders, in bytes and in names, and the places where it was seen."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in [folder, *sorted(folder.rglob("*"))]:
            if path.name in RESTRICTED and not path.stat().st_mode & 0o077:
                continue
            place = str(path.relative_to(folder.parent))
            data = path.read_bytes() if path.is_file() else b""
            for bird in birds_in(data) | birds_in(place.encode()):
                found.setdefault(bird, []).append(place)
    return found
