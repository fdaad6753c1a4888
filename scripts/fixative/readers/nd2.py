"""Nikon ND2 through the nd2 library: positions as images, plane by plane from the mapped file.

A frame that the acquisition never took (it was stopped, or left out) is named as absent; the library would
deliver zeros for it. A frame whose bytes lie beyond the end of the file is an error.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nd2
import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.axes import Axis, PlaneMap, fold
from fixative.readers.guard import decoding, describe, undecodable
from fixative.readers.levels import require_region
from fixative.readers.nd2_metadata import nd2_tree
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

MEANINGS = {"T": "time", "C": "channel", "Z": "depth", "P": "position", "U": "other"}


class Nd2Reader:
    """An open ND2."""

    backend = "nd2"
    library = "nd2"
    version = nd2.__version__

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ome_xml_error: str | None = None
        self._file = nd2.ND2File(path)
        try:
            self._maps: list[tuple[PlaneMap, dict[str, int]]] = []
            self._frames = _frame_numbers(self._file)
            self._offsets: dict[int, int] | None = getattr(self._file._rdr, "_frame_offsets", None)
            self.images: Sequence[ImageInfo] = tuple(self._describe())
        except BaseException:
            self._file.close()
            raise

    def _describe(self) -> list[ImageInfo]:
        sizes = dict(self._file.sizes)
        size_y, size_x, samples = sizes.pop("Y"), sizes.pop("X"), sizes.pop("S", 1)
        positions = sizes.pop("P", 1)
        axes = [Axis(letter, MEANINGS.get(letter, "other"), size, 1) for letter, size in sizes.items()]
        planes = fold(axes)[0]
        names = _position_names(self._file, positions)
        t, c, z = planes.sizes
        images = []
        for position in range(positions):
            fixed = {"P": position} if positions > 1 else {}
            self._maps.append((planes, fixed))
            absent = frozenset(
                plane for plane in planes.planes() if not self._taken(planes.positions(*plane) | fixed)
            )
            images.append(
                ImageInfo(
                    index=position,
                    name=names[position],
                    size_t=t,
                    size_c=c,
                    size_z=z,
                    size_y=size_y,
                    size_x=size_x,
                    samples=samples,
                    dtype=np.dtype(self._file.dtype).name,
                    source_axes="".join(self._file.sizes),
                    folded=planes.folded,
                    significant_bits=self._significant_bits(),
                    photometric="rgb" if samples >= 3 else "minisblack",
                    absent=absent,
                )
            )
        return images

    def _significant_bits(self) -> int | None:
        attributes = self._file.attributes
        bits = attributes.bitsPerComponentSignificant
        return bits if bits and bits < attributes.bitsPerComponentInMemory else None

    def _taken(self, at: dict[str, int]) -> bool:
        frame = self._frames.get(_key(at))
        if frame is None:
            return False
        return self._offsets is None or frame in self._offsets

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, (planes, fixed) = self.images[image], self._maps[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        at = planes.positions(t, c, z) | fixed
        frame = self._frames.get(_key(at))
        if frame is None or not self._taken(at):
            raise RefusedSample("CNV001", where=where, reason="the frame was never taken")
        self._require_present(frame, where)
        with decoding(undecodable(where, self.path)):
            whole = self._file.read_frame(frame)
            channels = self._file.sizes.get("C", 1)
            whole = whole.reshape(channels, info.size_y, info.size_x, info.samples)
            found = whole[at.get("C", 0), y : y + height, x : x + width]
        found = found[:, :, 0] if info.samples == 1 else found
        # Colours stand as the library delivers and names them, red first; no sample has proven that.
        return np.array(found, order="C", dtype=np.dtype(info.dtype))

    def _require_present(self, frame: int, where: str) -> None:
        """Nd2 reads a frame beyond the end of the file as zeros."""
        if self._offsets is None or frame not in self._offsets:
            return
        attributes = self._file.attributes
        length = 0
        if attributes.compressionType is None:
            length = attributes.heightPx * (attributes.widthBytes or 0)
        if self._offsets[frame] + length > self.path.stat().st_size:
            raise RefusedSample("INV004", promised="the frame", present="end of file", where=where)

    def ome_xml(self) -> str | None:
        """OME-XML as the nd2 library makes it; None with the reason in ``ome_xml_error``."""
        self.ome_xml_error = None
        try:
            with decoding(lambda error: RefusedSample("MET002", reason=describe(error, self.path))):
                return str(self._file.ome_metadata().to_xml())
        except RefusedSample as refusal:
            self.ome_xml_error = refusal.places["reason"]
            return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return all that the file says, frame by frame as columns; see `nd2_metadata`."""
        return {"nd2": nd2_tree(self._file)}

    def files(self) -> list[Path]:
        """Return the ND2 itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_reader(request: Request) -> Nd2Reader:
    """Open an ND2."""
    return Nd2Reader(request.path)


def _key(at: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Loop coordinates without channels, which share a frame, and without what is 0 anyway."""
    return tuple(sorted((letter, index) for letter, index in at.items() if letter not in "CS" and index))


def _frame_numbers(file: Any) -> dict[tuple[tuple[str, int], ...], int]:
    return {_key(dict(at)): number for number, at in enumerate(file.loop_indices or ({},))}


def _position_names(file: Any, number: int) -> list[str | None]:
    """Names of positions, where the experiment has some."""
    for loop in file.experiment:
        if loop.type == "XYPosLoop":
            names = [point.name for point in loop.parameters.points]
            return (names + [None] * number)[:number]
    return [None] * number
