"""OME-XML that holds its pixels itself: where each ``BinData`` stands in the file, and what it decodes to.

The document is read as a stream, and so is the base64 in it: neither is ever in memory whole, whatever its size.

Notes
-----
https://docs.openmicroscopy.org/ome-model/latest/ome-xml/: base64 of samples, or of what zlib or bzip2 made of them.
"""

import binascii
import bz2
import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from fixative.findings import RefusedSample

COMPRESSIONS = ("none", "zlib", "bzip2")
MOST_REST_BYTES = 512 << 20
"""What stands in a document beside its pixels; a longer rest is not read."""

_READ_BYTES = 1 << 20
_UNFINISHED = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_WHITE = b" \t\r\n"


class BadData(Exception):
    """A ``BinData`` that is not what its attributes say; the message holds nothing of it."""


@dataclass
class Block:
    """One ``BinData`` of a ``Pixels``: its attributes, and where its text stands in the file."""

    attributes: dict[str, str]
    start: int = 0
    end: int = 0

    @property
    def compression(self) -> str:
        """What the samples were compressed with: ``none``, ``zlib``, ``bzip2``, or what no reader here knows."""
        return self.attributes.get("Compression", "none").casefold()


@dataclass
class Pixels:
    """One ``Pixels``: its attributes, the samples of each of its channels, its blocks."""

    attributes: dict[str, str]
    name: str | None
    """Of the image."""
    samples: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    elsewhere: bool = False
    """Whether it says that its pixels are in TIFF files."""
    metadata_only: bool = False

    def size(self, axis: str) -> int:
        """Size of an axis.

        Raises
        ------
        RefusedSample
            INV005 where it is no number, or none that an image has.
        """
        stated = self.attributes.get(f"Size{axis}", "")
        if not re.fullmatch(r"\d{1,10}", stated) or int(stated) < 1:
            raise RefusedSample("INV005", reason=f"Size{axis} of the OME-XML is no size")
        return int(stated)

    @property
    def type(self) -> str:
        """Name of the type of a sample."""
        return (self.attributes.get("Type") or self.attributes.get("PixelType") or "").casefold()


@dataclass
class Document:
    """What a scan found."""

    pixels: list[Pixels] = field(default_factory=list)
    rest: bytes = b""
    """The document without the text of the blocks."""


def scan(path: Path) -> Document:
    """Read a document once, and say where its pixels stand.

    Raises
    ------
    RefusedSample
        INV004 where the document ends early, INV005 where it is not well-formed, declares a document type, or
        has more than `MOST_REST_BYTES` beside its pixels.
    ValueError
        Where its encoding is not one of single bytes.
    """
    scanner = _Scanner()
    with path.open("rb") as stream:
        while piece := stream.read(_READ_BYTES):
            if scanner.read == 0 and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:4]):
                raise ValueError("OME-XML in UTF-16")
            scanner.feed(piece)
        scanner.feed(b"", last=True)
        scanner.document.rest = _rest(stream, scanner.document)
    return scanner.document


def _rest(stream: Any, document: Document) -> bytes:
    at, parts, size = 0, [], 0
    blocks = [block for pixels in document.pixels for block in pixels.blocks if block.end > block.start]
    for start, end in [(block.start, block.end) for block in blocks] + [(stream.seek(0, 2), 0)]:
        size += start - at
        if size > MOST_REST_BYTES:
            raise RefusedSample("INV005", reason=f"OME-XML of more than {MOST_REST_BYTES} bytes beside its pixels")
        stream.seek(at)
        parts.append(stream.read(start - at))
        at = end
    return b"".join(parts)


class _Scanner:
    """Where elements begin and end, from expat."""

    def __init__(self) -> None:
        self.document = Document()
        self.read = 0
        self._path: list[str] = []
        self._image: str | None = None
        self._block: Block | None = None
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype
        for name in ("StartCdataSectionHandler", "CommentHandler", "ProcessingInstructionHandler"):
            setattr(self._parser, name, self._within)

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Read on."""
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            if last and error.code in _UNFINISHED:
                where = "OME-XML that ends early"
                raise RefusedSample("INV004", promised="a whole document", present="a part", where=where) from None
            raise RefusedSample("INV005", reason=f"OME-XML is not well-formed, line {error.lineno}") from None
        except LookupError:
            raise RefusedSample("INV005", reason="OME-XML names an encoding that is unknown") from None
        self.read += len(piece)

    def _doctype(self, *_: object) -> None:
        raise RefusedSample("INV005", reason="OME-XML with a document type declaration")

    def _within(self, *_: object) -> None:
        if self._block is not None:
            raise RefusedSample("INV005", reason="BinData of OME-XML with something else than base64 in it")

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._within()
        name = tag.rpartition(":")[2]
        inside = self._path[-1] if self._path else ""
        self._path.append(name)
        if name == "Image":
            self._image = attributes.get("Name")
        elif name == "Pixels" and inside == "Image":
            self.document.pixels.append(Pixels(attributes, self._image))
        elif inside == "Pixels" and self.document.pixels:
            self._add(name, attributes)

    def _add(self, name: str, attributes: dict[str, str]) -> None:
        pixels = self.document.pixels[-1]
        if name == "BinData":
            self._block = Block({key.rpartition(":")[2]: value for key, value in attributes.items()})
            pixels.blocks.append(self._block)
            self._parser.CharacterDataHandler = self._text
        elif name == "Channel":
            stated = attributes.get("SamplesPerPixel", "1")
            pixels.samples.append(int(stated) if re.fullmatch(r"[1-9]\d{0,5}", stated) else 1)
        elif name == "TiffData":
            pixels.elsewhere = True
        elif name == "MetadataOnly":
            pixels.metadata_only = True

    def _text(self, _: str) -> None:
        if self._block is not None:
            self._block.start = self._parser.CurrentByteIndex
        self._parser.CharacterDataHandler = None

    def _end(self, tag: str) -> None:
        self._path.pop()
        if self._block is not None:
            if self._block.start:
                self._block.end = self._parser.CurrentByteIndex
            self._block = None
            self._parser.CharacterDataHandler = None


@dataclass
class Counts:
    """What a block held, once it was decoded to its end."""

    text: int = 0
    """Bytes between its tags."""
    letters: int = 0
    """Letters of base64."""
    decoded: int = 0
    """Bytes that these stand for."""
    samples: int = 0
    """Bytes of samples, inflated."""


def decoded(path: Path, block: Block, counts: Counts | None = None) -> Generator[bytes, None, None]:
    """Bytes of samples of a block, in parts of bounded size.

    Parameters
    ----------
    path : Path
        The document.
    block : Block
        One of its blocks.
    counts : Counts, optional
        Filled while the block is read.

    Raises
    ------
    BadData
        Where it is not base64, or not what its compression says, to the end.
    """
    counts = counts or Counts()
    plain = _from_base64(path, block, counts)
    for part in plain if block.compression == "none" else _inflated(plain, block.compression):
        counts.samples += len(part)
        yield part


def _from_base64(path: Path, block: Block, counts: Counts) -> Iterator[bytes]:
    carried, ended = b"", False
    with path.open("rb") as stream:
        stream.seek(block.start)
        while counts.text < block.end - block.start:
            piece = stream.read(min(_READ_BYTES, block.end - block.start - counts.text))
            if not piece:
                raise BadData("the document became shorter")
            counts.text += len(piece)
            letters = carried + piece.translate(None, _WHITE)
            counts.letters += len(letters) - len(carried)
            cut = len(letters) - len(letters) % 4
            letters, carried = letters[:cut], letters[cut:]
            if letters and ended:
                raise BadData("base64 that goes on after its end")
            ended = ended or letters.endswith(b"=")
            yield _letters(letters, counts)
    if carried:
        # Some writers leave the filling out.
        yield _letters(carried + b"=" * (-len(carried) % 4), counts)


def _letters(letters: bytes, counts: Counts) -> bytes:
    try:
        part = binascii.a2b_base64(letters, strict_mode=True)
    except binascii.Error:
        raise BadData("it is not base64") from None
    counts.decoded += len(part)
    return part


def _inflated(parts: Iterator[bytes], compression: str) -> Iterator[bytes]:
    if compression not in COMPRESSIONS:
        raise BadData("its compression is unknown")
    engine: Any = zlib.decompressobj() if compression == "zlib" else bz2.BZ2Decompressor()
    try:
        for part in parts:
            rest = part
            while rest or not (engine.eof or getattr(engine, "needs_input", True)):
                if engine.eof:
                    raise BadData(f"it goes on after its {compression} stream")
                found = engine.decompress(rest, _READ_BYTES)
                rest = engine.unused_data if engine.eof else getattr(engine, "unconsumed_tail", b"")
                if found:
                    yield found
        while not engine.eof and (found := engine.decompress(b"", _READ_BYTES)):
            yield found
    except (zlib.error, OSError, EOFError, ValueError):
        raise BadData(f"it is no {compression} stream") from None
    if not engine.eof:
        raise BadData(f"its {compression} stream is not whole")
