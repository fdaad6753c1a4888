"""OME-XML that holds its pixels itself, plane by plane: base64 of samples, as they are or compressed.

The document is read as a stream once, to find where each ``BinData`` stands; a plane is decoded when it is asked
for, and the last one is kept. Blocks hold one plane each, or all samples of the pixels of one (in the order that
``Interleaved`` states), or all planes of the image one after the other, in ``DimensionOrder``.
"""

import zlib
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from lxml import etree

from fixative.findings import RefusedSample
from fixative.ome_inline import COMPRESSIONS, BadData, Block, Pixels, decoded, scan
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.xml_tree import BadXml, local_name, parse_xml

TYPES = {"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"}
TYPES |= {"float": "f4", "double": "f8", "complex": "c8", "double-complex": "c16"}
"""OME's type to numpy's. ``bit`` is not here: some writers pack eight to a byte, others do not, and none says."""
_ORDERS = {f"XY{order}" for order in ("ZCT", "ZTC", "CZT", "CTZ", "TZC", "TCZ")}
_TRUE = {"true": True, "1": True, "false": False, "0": False}


class InlineImage:
    """One ``Pixels``: where each of its planes lies."""

    def __init__(self, index: int, pixels: Pixels, most_bytes: int) -> None:
        self.blocks = pixels.blocks
        self._sizes = {axis: pixels.size(axis) for axis in "XYZCT"}
        self._order = pixels.attributes.get("DimensionOrder", "")
        if pixels.type not in TYPES or self._order not in _ORDERS:
            raise ValueError("a type or an order of dimensions that is not read here")
        self._planes = self._sizes["Z"] * self._sizes["C"] * self._sizes["T"]
        self.samples = _samples(pixels, self._sizes["C"])
        self._together = self.samples if len(pixels.blocks) * self.samples == self._planes else 1
        self._interleaved = self._together > 1 and _interleaved(pixels)
        self._apart = len(pixels.blocks) == self._planes // self._together
        if not self._apart and len(pixels.blocks) == 1 and self.samples > 1:
            raise ValueError("samples of several planes in one block")
        if not self._apart and len(pixels.blocks) != 1:
            raise RefusedSample(
                "INV004",
                promised=f"{self._planes} planes",
                present=len(pixels.blocks),
                where="BinData of the OME-XML",
            )
        self.stored = np.dtype(TYPES[pixels.type]).newbyteorder(">" if _big_endian(pixels) else "<")
        self.plane = self._sizes["X"] * self._sizes["Y"] * self.stored.itemsize
        if self.plane * self.samples > most_bytes:
            reason = f"a plane of it is {self.plane * self.samples} bytes, which are decoded at once; raise mem_mb"
            raise RefusedSample("CNV001", where=f"image {index}", reason=reason)
        self.info = self._describe(index, pixels)

    def _describe(self, index: int, pixels: Pixels) -> ImageInfo:
        colour = self.samples in (3, 4)
        return ImageInfo(
            index=index,
            name=pixels.name,
            size_t=self._sizes["T"],
            size_c=self._sizes["C"] // self.samples,
            size_z=self._sizes["Z"],
            size_y=self._sizes["Y"],
            size_x=self._sizes["X"],
            samples=self.samples,
            dtype=self.stored.newbyteorder("=").name,
            source_axes="".join(reversed(self._order)),
            byte_order="big" if self.stored.byteorder == ">" else "little",
            photometric="rgb" if colour else "minisblack",
            extra_samples=(0,) * (self.samples - (3 if colour else 1)),
        )

    def arranged(self, parts: Sequence[bytes]) -> npt.NDArray[np.generic]:
        """Make a plane of the bytes of `places`: shape (Y, X), or (Y, X, samples)."""
        values = [np.frombuffer(part, self.stored) for part in parts]
        shape = (self._sizes["Y"], self._sizes["X"])
        if self.samples == 1:
            found: npt.NDArray[np.generic] = values[0].reshape(shape)
        elif self._interleaved:
            found = values[0].reshape(*shape, self.samples)
        else:
            found = np.concatenate(values).reshape(self.samples, *shape).transpose(1, 2, 0)
        return np.ascontiguousarray(found.astype(self.info.dtype))

    def places(self, t: int, c: int, z: int) -> list[tuple[Block, int, int, bool]]:
        """Block, first byte and number of bytes of each part of a plane, and whether that is all of the block."""
        parts = self.samples // self._together
        channels = self._sizes["C"] // self._together
        numbers = [self._number(t, c * parts + n, z, channels) for n in range(parts)]
        size = self.plane * self._together
        if self._apart:
            return [(self.blocks[number], 0, size, True) for number in numbers]
        return [(self.blocks[0], number * size, size, False) for number in numbers]

    def _number(self, t: int, c: int, z: int, size_c: int) -> int:
        at, sizes = {"T": t, "C": c, "Z": z}, {**self._sizes, "C": size_c}
        number = 0
        for axis in reversed(self._order[2:]):
            number = number * sizes[axis] + at[axis]
        return number


class OmeXmlReader:
    """An open document."""

    backend = "ome-xml"
    library = "lxml/zlib"
    version = f"lxml {etree.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}"

    def __init__(self, request: Request) -> None:
        self.path = request.path
        self._document = scan(request.path)
        if not self._document.pixels or not all(pixels.blocks for pixels in self._document.pixels):
            raise ValueError("an image whose pixels are not in the document")
        most = request.options.memory_mb * 1024 * 1024 // 4
        self._images = [InlineImage(number, pixels, most) for number, pixels in enumerate(self._document.pixels)]
        self.images: Sequence[ImageInfo] = tuple(image.info for image in self._images)
        self._kept: tuple[tuple[int, int, int, int], npt.NDArray[np.generic]] | None = None
        self._cursor: _Cursor | None = None

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[np.generic]:
        """Read a region of one plane; see `protocol.Reader`. The plane is decoded whole and kept."""
        require_region(self.images[image], level, y, x, height, width)
        key = (image, t, c, z)
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            self._kept = key, self._plane(*key)
        return np.ascontiguousarray(self._kept[1][y : y + height, x : x + width])

    def _plane(self, number: int, t: int, c: int, z: int) -> npt.NDArray[np.generic]:
        image = self._images[number]
        where = f"image {number} T{t} C{c} Z{z}"
        parts = []
        for place in image.places(t, c, z):
            try:
                parts.append(self._read(*place))
            except BadData as error:
                raise RefusedSample("CNV001", where=where, reason=f"BinData: {error}") from error
        return image.arranged(parts)

    def _read(self, block: Block, start: int, size: int, whole: bool) -> bytes:
        """Read bytes of a block; one that holds several planes is read on from where the last one ended."""
        if block.compression not in COMPRESSIONS:
            raise BadData("its compression is unknown")
        cursor = self._cursor
        if cursor is None or cursor.block is not block or cursor.at > start:
            self._close_cursor()
            cursor = self._cursor = _Cursor(self.path, block)
        found = cursor.read(start, size)
        if whole and cursor.more():
            raise BadData("it holds more bytes than the plane has")
        return found

    def ome_xml(self) -> str:
        """Return the document as it is, less its pixels."""
        try:
            root = parse_xml(self._document.rest)
        except BadXml:
            # A prefix of no namespace, say: who asks will say so.
            return self._document.rest.decode("utf-8", "replace")
        for pixels in list(root.iter()):
            if isinstance(pixels.tag, str) and local_name(pixels) == "Pixels":
                for child in [one for one in pixels if isinstance(one.tag, str) and local_name(one) == "BinData"]:
                    pixels.remove(child)
        return etree.tostring(root, encoding="unicode")

    def vendor_metadata(self) -> dict[str, object]:
        """Return nothing: all that the file says is OME-XML."""
        return {}

    def files(self) -> list[Path]:
        """Return the file."""
        return [self.path]

    def close(self) -> None:
        """Let go of what is kept."""
        self._kept = None
        self._close_cursor()

    def _close_cursor(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None


class _Cursor:
    """A block that is being decoded, and how far."""

    def __init__(self, path: Path, block: Block) -> None:
        self.block = block
        self.at = 0
        self._parts: Generator[bytes, None, None] = decoded(path, block)
        self._left = b""

    def read(self, start: int, size: int) -> bytes:
        """Skip to ``start`` and read; never backwards."""
        while self.at + len(self._left) < start:
            self._next()
        self._drop(start - self.at)
        found = bytearray()
        while len(found) < size:
            if not self._left:
                self._next()
            take = self._left[: size - len(found)]
            found += take
            self._drop(len(take))
        return bytes(found)

    def more(self) -> bool:
        """Whether anything follows; reads to the end, so that the stream's own check sum is compared."""
        return bool(self._left) or any(self._parts)

    def _next(self) -> None:
        self.at += len(self._left)
        self._left = next((part for part in self._parts if part), b"")
        if not self._left:
            raise BadData("it holds fewer bytes than the plane has")

    def _drop(self, count: int) -> None:
        self._left = self._left[count:]
        self.at += count

    def close(self) -> None:
        """Close the file."""
        self._parts.close()


def open_reader(request: Request) -> OmeXmlReader:
    """Open a document."""
    return OmeXmlReader(request)


def _samples(pixels: Pixels, size_c: int) -> int:
    """Samples of a pixel: as many in every channel, SizeC in all; one where nothing says so."""
    if set(pixels.samples) in (set(), {1}):
        return 1
    if len(set(pixels.samples)) > 1 or sum(pixels.samples) != size_c:
        raise ValueError("channels whose samples do not add up to SizeC")
    return pixels.samples[0]


def _interleaved(pixels: Pixels) -> bool:
    stated = _TRUE.get(pixels.attributes.get("Interleaved", "").casefold())
    if stated is None:
        raise RefusedSample("CNV001", where="Pixels", reason="samples of a pixel in an order that nothing states")
    return stated


def _big_endian(pixels: Pixels) -> bool:
    """Order of bytes: the blocks' word counts before that of Pixels."""
    own = _TRUE.get(pixels.attributes.get("BigEndian", "").casefold())
    stated = {_TRUE.get(block.attributes.get("BigEndian", "").casefold(), own) for block in pixels.blocks}
    if len(stated) > 1 or (None in stated and np.dtype(TYPES[pixels.type]).itemsize > 1):
        raise ValueError("an order of bytes that is not stated, or differs from block to block")
    return bool(stated.pop())
