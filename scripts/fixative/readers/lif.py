"""Leica LIF, LOF and XLEF through liffile's reading of the structure, planes from the mapped file.

Every image of the file is an image here, and every tile of a tile scan (dimension M) as well: its position
stands in the metadata, and merging tiles is analysis, not archiving. Channels of different types make images
of their own. Where the rows of a frame are not Y (an xz or xt scan) they stand as Y, and ``folded`` says so.
Images whose memory the file states as 0 bytes hold no pixels and are left out.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import liffile
import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.axes import Axis, PlaneMap, fold
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.lif_metadata import lif_tree
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

MEANINGS = {
    "C": "channel",
    "Z": "depth",
    "T": "time",
    "λ": "emission",
    "Λ": "excitation",
    "A": "rotation",
    "N": "time",
    "Q": "time",
    "M": "mosaic",
    "L": "loop",
    "Y": "other",
    "X": "other",
}
_RGB_TAGS = {1, 2, 3}
DEEPEST = 16
"""Collections within collections that are followed."""


class _Lost:
    """Stands for a block of memory that the file no longer holds."""


@dataclass(frozen=True)
class _Image:
    """One image: its block of memory, and the steps in bytes through it."""

    block: Any
    planes: PlaneMap
    """Linear index in bytes from the start of the block."""
    row: int
    column: int
    samples: tuple[int, ...]
    """Byte offsets of the samples, red first."""
    dtype: "np.dtype[Any]"


class LifReader:
    """An open LIF, LOF or XLEF."""

    backend = "liffile"
    library = "liffile"
    version = liffile.__version__

    def __init__(self, path: Path, *, whole_planes_only: bool = False) -> None:
        self.path = path
        self._whole_planes_only = whole_planes_only
        self._file = liffile.LifFile(path, squeeze=False)
        self._maps: dict[str, npt.NDArray[np.uint8]] = {}
        try:
            found = list(self._describe())
        except BaseException:
            self._file.close()
            raise
        self._images = [image for _, image in found]
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in found)

    def _describe(self) -> Iterator[tuple[ImageInfo, _Image]]:
        index = 0
        for number, image in enumerate(self._file.images):
            try:
                block = _block(image, number)
            except RefusedSample:
                if not self._whole_planes_only:
                    raise
                block = _Lost()
            if block is None:
                continue
            groups: dict[Any, list[Any]] = {}
            for channel in image._channels:
                groups.setdefault(channel.dtype, []).append(channel)
            for dtype, channels in groups.items():
                for info, one in _images(image, index, block, dtype, channels):
                    yield (self._without_missing(info, one) if self._whole_planes_only else info), one
                    index += 1

    def _without_missing(self, info: ImageInfo, one: _Image) -> ImageInfo:
        """Name the planes whose bytes are not all in the file."""
        held = 0 if isinstance(one.block, _Lost) else len(self._memory(one.block))
        extent = (info.size_y - 1) * one.row + (info.size_x - 1) * one.column + max(one.samples) + one.dtype.itemsize
        gone = (place for place in one.planes.planes() if one.planes.linear(*place) + extent > held)
        return replace(info, missing=frozenset(gone))

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, one = self.images[image], self._images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        start = one.planes.linear(t, c, z) + y * one.row + x * one.column
        with decoding(undecodable(where, self.path)):
            memory = self._memory(one.block)
            found = np.empty((height, width, len(one.samples)), one.dtype)
            for number, offset in enumerate(one.samples):
                # numpy refuses a view that reaches past the block.
                found[:, :, number] = np.ndarray(
                    (height, width), one.dtype, memory, start + offset, (one.row, one.column)
                )
        return found[:, :, 0] if info.samples == 1 else found

    def _memory(self, block: Any) -> npt.NDArray[np.uint8]:
        path = block.parent.filehandle.name
        if path not in self._maps:
            self._maps[path] = np.memmap(path, np.uint8, "r")
        whole = self._maps[path]
        if block.offset + block.size > whole.size and not self._whole_planes_only:
            raise ValueError("the block of memory reaches past the end of the file")
        return whole[block.offset : block.offset + block.size]

    def ome_xml(self) -> str | None:
        """Leica's files carry no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the XML header as a tree, and those of the files it points to."""
        found = {"lif": lif_tree(self._file.xml_element)}
        for number, child in enumerate(_below(self._file), 1):
            found[f"lif_{number}"] = lif_tree(child.xml_element)
        return found

    def files(self) -> list[Path]:
        """Return the main file and those that hold its pixels."""
        found = [self.path]
        found += [Path(one.block.parent.filepath) for one in self._images if not isinstance(one.block, _Lost)]
        found += [Path(child.filepath) for child in _below(self._file)]
        return list(dict.fromkeys(Path(os.path.normpath(path)) for path in found))

    def close(self) -> None:
        """Close every file."""
        self._maps.clear()
        self._file.close()


def open_reader(request: Request) -> LifReader:
    """Open a Leica file; of one that is incomplete the planes that are whole, where that is asked for."""
    reader = LifReader(request.path, whole_planes_only=request.options.whole_planes_only)
    if request.options.whole_planes_only and all(len(info.missing) == info.planes for info in reader.images):
        reader.close()
        raise RefusedSample("INV004", promised="planes", present="none", where="no plane of the source is whole")
    return reader


def _below(file: Any, depth: int = 0) -> Iterator[Any]:
    """Files that an XLEF points to, and those that its collections (XLCF) point to in their turn."""
    for child in file.children if depth < DEEPEST else ():
        yield child
        yield from _below(child, depth + 1)


def _block(image: Any, number: int) -> Any:
    """Find the memory that holds an image's pixels; None where the file states that it has none.

    Raises
    ------
    RefusedSample
        INV004 when the block is promised and not in the file, INV006 when the file that holds it is missing.
    """
    if isinstance(image, liffile.LifFlimImage):
        raise ValueError("photon data of a FLIM image, which liffile does not decode")
    memory = image.xml_element.find("./Memory")
    promised = int(memory.get("Size", "0")) if memory is not None else None
    if promised == 0:
        return None
    try:
        block = image.memory_block
    except KeyError:
        raise RefusedSample(
            "INV004", promised=f"{promised} bytes", present="0 bytes", where=f"image {number}"
        ) from None
    if block.frames:
        member = block.frames[0].file
        if not (Path(image.parent.dirname) / member).is_file():
            raise RefusedSample("INV006", name=member)
        reference = image._lof_reference
        if reference is None:
            raise ValueError(f"pixels in {Path(member).suffix} files")
        block = next(iter(reference.memory_blocks.values()))
    return block


def _images(
    image: Any, index: int, block: Any, dtype: Any, channels: list[Any]
) -> Iterator[tuple[ImageInfo, _Image]]:
    dimensions = {dimension.label: dimension for dimension in image._dimensions}
    column = dimensions.pop("X", None)
    row_label = "Y" if "Y" in dimensions else _smallest_step(dimensions)
    row = dimensions.pop(row_label, None) if row_label else None
    rgb = len(channels) % 3 == 0 and all(
        {channel.channel_tag for channel in channels[at : at + 3]} == _RGB_TAGS for at in range(0, len(channels), 3)
    )
    starts = [channel.bytes_inc for channel in channels[:: 3 if rgb else 1]]
    samples = (0,)
    if rgb:
        by_tag = sorted(channels[:3], key=lambda channel: int(channel.channel_tag))
        samples = tuple(channel.bytes_inc - starts[0] for channel in by_tag)
    axes = [
        Axis(label, MEANINGS.get(label[:1], "other"), dimension.number_elements, dimension.bytes_inc)
        for label, dimension in dimensions.items()
    ]
    step = starts[1] - starts[0] if len(starts) > 1 else 0
    if any(b - a != step for a, b in pairwise(starts)):
        raise ValueError("channels at uneven distances")
    maps = fold([*axes, Axis("C", "channel", len(starts), step)])
    rows = {row_label: "Y"} if row_label and row_label != "Y" else {}
    bits = {channel.resolution for channel in channels}
    for number, planes in enumerate(maps):
        t, c, z = planes.sizes
        placed = PlaneMap(planes.t, planes.c, planes.z, planes.base + starts[0])
        yield (
            ImageInfo(
                index=index + number,
                name=f"{image.path} #{number + 1}" if len(maps) > 1 else image.path,
                size_t=t,
                size_c=c,
                size_z=z,
                size_y=row.number_elements if row else 1,
                size_x=column.number_elements if column else 1,
                samples=len(samples),
                dtype=dtype.newbyteorder("=").name,
                source_axes="".join(d.label for d in image._dimensions) + ("C" if len(starts) > 1 else ""),
                folded=planes.folded | rows,
                significant_bits=_significant_bits(bits, dtype),
                photometric="rgb" if rgb else "minisblack",
            ),
            _Image(
                block,
                placed,
                row.bytes_inc if row else 0,
                column.bytes_inc if column else 0,
                samples,
                dtype,
            ),
        )


def _smallest_step(dimensions: dict[str, Any]) -> str | None:
    """Find the axis that lies beside X in memory, where there is no Y."""
    wide = {label: d.bytes_inc for label, d in dimensions.items() if d.number_elements > 1}
    return min(wide, key=lambda label: wide[label]) if wide else None


def _significant_bits(bits: set[int], dtype: Any) -> int | None:
    most = max(bits)
    return most if dtype.kind == "u" and most < dtype.itemsize * 8 else None
