"""OME-XML as far as files and planes go: images, their sizes, and which file holds which plane."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixative.findings import RefusedSample
from fixative.structure.bindata import inline_planes
from fixative.structure.window import Window

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_XML_BYTES = 512 * 1024 * 1024
ORDER = "XYZCT"
TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class Block:
    """One ``TiffData``: planes of an image, and the directories that hold them."""

    ifd: int | None
    first: dict[str, int]
    planes: int | None
    uuid: str | None
    file_name: str | None


@dataclass(frozen=True)
class Pixels:
    """One ``Pixels``: what it promises and where that is."""

    sizes: dict[str, int]
    order: str
    blocks: tuple[Block, ...]
    inline: int | None
    """Planes that stand in the XML itself (``BinData``), whole; None where there is none of it."""
    metadata_only: bool
    type: str = "uint8"
    name: str | None = None

    @property
    def planes(self) -> int:
        """Planes promised where each holds one channel."""
        return self.sizes["Z"] * self.sizes["C"] * self.sizes["T"]


@dataclass(frozen=True)
class Ome:
    """One OME-XML document."""

    uuid: str | None
    metadata_file: str | None
    """Where the metadata is, when this document is ``BinaryOnly``."""
    pixels: tuple[Pixels, ...]

    def others(self, own_name: str) -> list[str]:
        """Names of other files that planes or metadata are said to be in, each once.

        A block whose UUID is the document's own is in this file, whatever it was called when it was written;
        so is one that names no file, and one that names another file when all blocks name the same and the
        document has no UUID: a file that was renamed.
        """
        names: dict[str, None] = {}
        if self.metadata_file:
            names[self.metadata_file] = None
        for block in self.blocks():
            if block.file_name and not self.is_own(block, own_name):
                names[block.file_name] = None
        return list(names)

    def blocks(self) -> Iterator[Block]:
        """Every block of every image."""
        for pixels in self.pixels:
            yield from pixels.blocks

    def is_own(self, block: Block, own_name: str) -> bool:
        """Whether a block's planes are in the file that carries this document."""
        if block.uuid and self.uuid:
            return block.uuid == self.uuid
        return not block.file_name or block.file_name.casefold() == own_name.casefold()

    def names_one_file(self) -> bool:
        """Whether all blocks name one and the same file: then that is this one, renamed."""
        return len({(block.uuid, block.file_name) for block in self.blocks()}) <= 1


def is_ome(text: bytes) -> bool:
    """Whether a text is OME-XML: its root element says so."""
    return re.match(rb"\s*(\xef\xbb\xbf)?<", text[:64]) is not None and (
        re.search(rb"<(\w+:)?OME[\s>]", text[:16384]) is not None
    )


def parse_ome(text: bytes, *, strict: bool = False) -> Ome:
    """Parse an OME-XML document of any schema version.

    Parameters
    ----------
    text
        The document.
    strict
        Refuse what is not well-formed: in a file of its own that is how a shortened document shows. Within a
        TIFF, whose tag has a length, stray control characters are passed over as readers do.

    Raises
    ------
    RefusedSample
        INV005 where it is not XML, or declares entities: honest OME-XML has none, hostile has.
    """
    from lxml import etree

    if re.search(rb"<!(DOCTYPE|ENTITY)", text):
        raise RefusedSample("INV005", reason="OME-XML with a document type declaration")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=not strict
    )
    try:
        root = etree.fromstring(text.strip(b"\0 \r\n\t"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RefusedSample("INV005", reason=f"OME-XML cannot be parsed: {type(error).__name__}") from None
    if root is None or _name(root) != "OME":
        raise RefusedSample("INV005", reason="OME-XML without its root element")
    binary_only = next(_children(root, "BinaryOnly"), None)
    return Ome(
        uuid=root.get("UUID"),
        metadata_file=None if binary_only is None else binary_only.get("MetadataFile"),
        pixels=tuple(
            _pixels(pixels, image.get("Name"))
            for image in _children(root, "Image")
            for pixels in _children(image, "Pixels")
        ),
    )


def read_ome(path: Path) -> bytes:
    """OME-XML of a file: an OME-TIFF's description, or an XML file itself; empty where there is none.

    Raises
    ------
    RefusedSample
        INV004, INV005 where the file is too damaged to tell.
    """
    from fixative.structure.tiff_ifd import Tiff

    with Window(path) as window:
        if window.bytes < 8:
            return b""
        if window.read(0, 4, "header") in TIFF_MARKS:
            tiff = Tiff(window)
            first = next(iter(tiff.chain(tiff.first, "ifd")), None)
            text = tiff.text(first, 270) if first else b""
        else:
            text = window.read(0, min(window.bytes, MAX_XML_BYTES), "XML")
    return text if is_ome(text) else b""


def _pixels(element: "_Element", name: str | None) -> Pixels:
    sizes = {axis: _number(element, f"Size{axis}", 1) for axis in "XYZCT"}
    if min(sizes.values()) < 1:
        raise RefusedSample("INV005", reason="OME-XML promises an image of size 0")
    order = element.get("DimensionOrder") or ORDER
    blocks = []
    for data in _children(element, "TiffData"):
        uuid = next(_children(data, "UUID"), None)
        count = data.get("PlaneCount") or data.get("NumPlanes")
        blocks.append(
            Block(
                ifd=None if data.get("IFD") is None else _number(data, "IFD", 0),
                first={axis: _number(data, f"First{axis}", 0) for axis in "ZCT"},
                planes=None if count is None else _integer(count, "PlaneCount"),
                uuid=None if uuid is None else (uuid.text or "").strip() or None,
                file_name=None if uuid is None else uuid.get("FileName"),
            )
        )
    return Pixels(
        sizes=sizes,
        order=order if sorted(order) == sorted(ORDER) else ORDER,
        blocks=tuple(blocks),
        inline=inline_planes(list(_children(element, "BinData")), sizes, element.get("Type") or "uint8"),
        metadata_only=next(_children(element, "MetadataOnly"), None) is not None,
        type=element.get("Type") or element.get("PixelType") or "uint8",
        name=name,
    )


def _name(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: "_Element", name: str) -> "Iterator[_Element]":
    return (child for child in element if isinstance(child.tag, str) and _name(child) == name)


def _number(element: "_Element", name: str, default: int) -> int:
    value = element.get(name)
    return default if value is None else _integer(value, name)


def _integer(value: str, name: str) -> int:
    if not re.fullmatch(r"\s*\d{1,18}\s*", value):
        raise RefusedSample("INV005", reason=f"OME-XML: {name} is not a count")
    return int(value)
