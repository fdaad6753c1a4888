"""TIFF structure, read strictly: directories, their tiles or strips, their levels.

Libraries that read images are lenient: they fill what is missing with zeros, skip what they do not know and
guess what is not said. A verifier must do none of that, so it reads the tags with eyes of its own. Every
offset is checked against the file before anything is read or allocated.
"""

import os
import struct
from dataclasses import dataclass
from typing import IO

import numpy as np

from fixative.findings import RefusedSample
from fixative.verify.layout import Directory, Integers, Layout

WINDOW_BYTES = 64 * 1024
# Bytes of each TIFF type, by its number; 0 where there is no such type.
TYPE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
INTEGER_TYPES = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
TAG_NAMES = {
    254: "NewSubfileType",
    256: "ImageWidth",
    257: "ImageLength",
    258: "BitsPerSample",
    259: "Compression",
    266: "FillOrder",
    270: "ImageDescription",
    273: "StripOffsets",
    277: "SamplesPerPixel",
    278: "RowsPerStrip",
    279: "StripByteCounts",
    282: "XResolution",
    283: "YResolution",
    284: "PlanarConfiguration",
    296: "ResolutionUnit",
    317: "Predictor",
    322: "TileWidth",
    323: "TileLength",
    324: "TileOffsets",
    325: "TileByteCounts",
    330: "SubIFDs",
    339: "SampleFormat",
}
CARRIED = (33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113, 50844)  # GeoTIFF's and GDAL's, from the source
STRIP_TAGS, TILE_TAGS = {273, 278, 279}, {322, 323, 324, 325}
MOST_STRIP_ROWS = 8192
"""Rows of a strip at most, since a band of them is in memory: as many as the largest tile of the writer has."""

MAX_LEVELS = 32
CM_PER = {2: 2.54, 3: 1.0}  # ResolutionUnit: inch, centimetre; 1 is none


def wrong(expected: object, found: object) -> RefusedSample:
    """VER003: the file is not built as it should be."""
    return RefusedSample("VER003", expected=expected, found=found)


@dataclass(frozen=True)
class Structure:
    """The whole file: for each directory of the main chain, itself and its levels, full size first."""

    byte_order: str
    description: bytes
    """ImageDescription of the first directory, without its final NUL."""
    planes: tuple[tuple[Directory, ...], ...]
    carried: dict[int, dict[int, tuple[int, int, bytes]]]
    """Directory to its `CARRIED` tags: code to type, count, raw value."""


def read_structure(stream: IO[bytes], *, most_planes: int) -> Structure:
    """Read every directory of an open TIFF.

    Parameters
    ----------
    stream
        Open file; its position is not used.
    most_planes
        The main chain is followed no further than one directory beyond this.

    Raises
    ------
    RefusedSample
        VER003 for anything that is not a TIFF in tiles (or, of bits, in strips), whole within the file.
    """
    file = _File(stream)
    planes: list[tuple[Directory, ...]] = []
    description = b""
    carried: dict[int, dict[int, tuple[int, int, bytes]]] = {}
    seen: set[int] = set()
    offset = file.first
    while offset and len(planes) <= most_planes:
        if offset in seen:
            raise wrong("a chain of directories that ends", f"directory {len(planes)} is met again")
        seen.add(offset)
        tags, offset = file.tags(offset)
        if not planes:
            description = file.text(tags, 270)
        full = file.directory(tags)
        if found := file.carried(tags):
            carried[len(planes)] = found
        below = [file.tags(place)[0] for place in full.levels]
        if any(map(file.carried, below)):
            raise wrong("tags of the source at full size only", f"one in a level of {len(planes)}")
        planes.append((full, *map(file.directory, below)))
    return Structure(file.byte_order, description, tuple(planes), carried)


Tags = dict[int, tuple[int, int, bytes]]


class _File:
    """Header, tags and values of a TIFF; each read is checked against the file's size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._handle = stream.fileno()
        self.bytes = os.fstat(self._handle).st_size
        self._start, self._window = 0, b""
        self._layouts: dict[Layout, Layout] = {}
        header = self.read(0, 8, "header")
        self.byte_order = {b"II": "<", b"MM": ">"}.get(header[:2], "")
        if not self.byte_order:
            raise wrong("a TIFF header", header[:4].hex())
        version = struct.unpack(self.byte_order + "H", header[2:4])[0]
        if version not in (42, 43):
            raise wrong("TIFF version 42 or 43", version)
        self.big = version == 43
        if self.big:
            size, zero, self.first = struct.unpack(self.byte_order + "HHQ", self.read(4, 12, "header"))
            if (size, zero) != (8, 0):
                raise wrong("BigTIFF with offsets of 8 bytes", f"{size} bytes")
        else:
            self.first = struct.unpack(self.byte_order + "I", header[4:])[0]

    def read(self, offset: int, count: int, what: str) -> bytes:
        """Read ``count`` bytes, through a window since directories lie close together."""
        if offset + count > self.bytes:
            raise wrong(f"{what} within the file of {self.bytes} bytes", f"{count} bytes at {offset}")
        start = offset - self._start
        if start < 0 or start + count > len(self._window):
            wanted = max(count, WINDOW_BYTES)
            self._start, start = offset, 0
            self._window = os.pread(self._handle, wanted, offset)
            if len(self._window) < count:
                raise wrong(f"{count} bytes of {what}", f"{len(self._window)} bytes: the file shrank")
        return self._window[start : start + count]

    def tags(self, offset: int) -> tuple[Tags, int]:
        """Tags of the directory at ``offset``, and the offset of the next one."""
        order = self.byte_order
        count_format, entry_format, next_format = ("Q", "HHQ8s", "Q") if self.big else ("H", "HHI4s", "I")
        head = struct.calcsize("<" + count_format)
        count = struct.unpack(order + count_format, self.read(offset, head, "directory"))[0]
        entry = struct.Struct(order + entry_format)
        tail = struct.calcsize("<" + next_format)
        body = self.read(offset + head, count * entry.size + tail, "directory")
        following: int = struct.unpack(order + next_format, body[-tail:])[0]
        tags: Tags = {}
        for code, kind, number, value in entry.iter_unpack(body[:-tail]):
            if code in tags:
                raise wrong("each tag once in a directory", f"tag {code} twice")
            tags[code] = (kind, number, value)
        return tags, following

    def data(self, tags: Tags, code: int) -> tuple[int, bytes]:
        """Type and raw value of a tag."""
        kind, number, value = tags[code]
        name = TAG_NAMES.get(code, str(code))
        if kind >= len(TYPE_BYTES) or not TYPE_BYTES[kind]:
            raise wrong(f"a known type of tag {name}", kind)
        size = TYPE_BYTES[kind] * number
        if size <= len(value):
            return kind, value[:size]
        offset = struct.unpack(self.byte_order + ("Q" if self.big else "I"), value)[0]
        return kind, self.read(offset, size, name)

    def integers(self, tags: Tags, code: int, default: int | None = None) -> Integers:
        """Values of a tag of integers."""
        if code not in tags:
            if default is None:
                raise wrong(f"tag {TAG_NAMES[code]}", "none")
            return np.array([default], np.int64)
        kind, data = self.data(tags, code)
        if kind not in INTEGER_TYPES:
            raise wrong(f"integers in tag {TAG_NAMES[code]}", f"type {kind}")
        values = np.frombuffer(data, self.byte_order + INTEGER_TYPES[kind]).astype(np.int64)
        if values.size == 0 or int(values.min()) < 0:
            raise wrong(f"values of tag {TAG_NAMES[code]}", "none, or beyond 2^63")
        return values

    def integer(self, tags: Tags, code: int, default: int | None = None) -> int:
        """Read the one value of a tag, or the one that all its values equal."""
        values = self.integers(tags, code, default)
        if (values != values[0]).any():
            raise wrong(f"one and the same value in tag {TAG_NAMES[code]}", sorted(set(values.tolist())))
        return int(values[0])

    def text(self, tags: Tags, code: int) -> bytes:
        """Value of a text tag without its final NUL; empty where there is none."""
        return self.data(tags, code)[1].removesuffix(b"\0") if code in tags else b""

    def carried(self, tags: Tags) -> dict[int, tuple[int, int, bytes]]:
        """Tags that come from the source."""
        return {code: (*tags[code][:2], self.data(tags, code)[1]) for code in CARRIED if code in tags}

    def directory(self, tags: Tags) -> Directory:
        """Read the tags that pixels depend on."""
        layout = self._layout(tags)
        codes = (273, 279) if layout.strips else (324, 325)
        offsets, counts = (self.integers(tags, code) for code in codes)
        tiles = layout.tiles_down * layout.tiles_across
        if not len(offsets) == len(counts) == tiles:
            kind = "strips" if layout.strips else "tiles"
            raise wrong(f"{tiles} {kind}", f"{len(offsets)} offsets, {len(counts)} byte counts")
        outside = np.flatnonzero((offsets < 8) | (counts < 1) | (counts > self.bytes - offsets))
        if len(outside):
            tile = int(outside[0])
            found = f"{counts[tile]} bytes at {offsets[tile]}"
            raise wrong(f"tile {tile} within the file of {self.bytes} bytes", found)
        levels = self.integers(tags, 330).tolist() if 330 in tags else []
        if len(levels) > MAX_LEVELS:
            raise wrong(f"at most {MAX_LEVELS} levels", len(levels))
        reduced = bool(self.integer(tags, 254, 0) & 1)
        return Directory(layout, reduced, offsets, counts, tuple(levels), self._per_cm(tags))

    def _per_cm(self, tags: Tags) -> tuple[float, float] | None:
        """Resolution, where its unit is a length."""
        cm = CM_PER.get(self.integer(tags, 296, 2))
        if cm is None or not {282, 283} <= tags.keys():
            return None
        return self._rational(tags, 282) / cm, self._rational(tags, 283) / cm

    def _rational(self, tags: Tags, code: int) -> float:
        kind, data = self.data(tags, code)
        parts = struct.unpack(self.byte_order + "II", data) if (kind, len(data)) == (5, 8) else (0, 0)
        if not all(parts):
            raise wrong(f"one fraction in tag {TAG_NAMES[code]}", f"type {kind}: {data[:8].hex()}")
        return float(parts[0] / parts[1])

    def _layout(self, tags: Tags) -> Layout:
        """Layout of a directory; equal ones share one object, since a file may hold 100,000 of them."""
        samples = self.integer(tags, 277, 1)
        if samples > 1 and self.integer(tags, 284, 1) != 1:
            raise wrong("samples of a pixel side by side", "planar configuration 2")
        if self.integer(tags, 266, 1) != 1:
            raise wrong("fill order 1", self.integer(tags, 266, 1))
        size_y, size_x = self.integer(tags, 257), self.integer(tags, 256)
        dtype = _dtype(self.integer(tags, 258, 1), self.integer(tags, 339, 1))
        strips = self._in_strips(tags, dtype)
        layout = Layout(
            size_y=size_y,
            size_x=size_x,
            samples=samples,
            dtype=dtype,
            tile_y=min(self.integer(tags, 278), size_y) if strips else self.integer(tags, 323),
            tile_x=size_x if strips else self.integer(tags, 322),
            compression=self.integer(tags, 259, 1),
            predictor=self.integer(tags, 317, 1),
            byte_order=self.byte_order,
            strips=strips,
        )
        if min(layout.size_y, layout.size_x, layout.tile_y, layout.tile_x, samples) < 1:
            raise wrong("sizes above 0", layout)
        if strips and layout.tile_y > MOST_STRIP_ROWS:
            raise wrong(f"at most {MOST_STRIP_ROWS} rows in a strip", layout.tile_y)
        return self._layouts.setdefault(layout, layout)

    def _in_strips(self, tags: Tags, dtype: str) -> bool:
        """Whether pixels lie in strips, which only bits may; with both kinds of tags each reader chooses its own."""
        strips, tiles = tags.keys() & STRIP_TAGS, tags.keys() & TILE_TAGS
        if bool(strips) == bool(tiles):
            raise wrong("tiles", "strips as well" if strips else "no pixels")
        if strips and dtype != "bool":
            raise wrong("tiles", f"strips of {dtype}")
        return bool(strips)


def _dtype(bits: int, sample_format: int) -> str:
    """Name numpy's type for BitsPerSample and SampleFormat."""
    kinds = {1: "uint", 2: "int", 3: "float", 6: "complex"}
    widths = {"uint": (8, 16, 32, 64), "int": (8, 16, 32, 64), "float": (16, 32, 64), "complex": (64, 128)}
    kind = kinds.get(sample_format, "")
    if (kind, bits) == ("uint", 1):
        return "bool"
    if bits not in widths.get(kind, ()):
        raise wrong("a type that numpy has", f"{bits} bits of sample format {sample_format}")
    return f"{kind}{bits}"
