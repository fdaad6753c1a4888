"""Electron microscopy through RosettaSciIO: DM3, DM4, EMD, SER, EMI, BCF, BLO, PRZ, TVIPS, ELID, MRC, HDF5.

Each signal of a file is an image; `rosettasciio_axes` says what becomes of its axes, `rosettasciio_open` how a
file is opened so that nothing is summed, reshaped or filled in, `rosettasciio_checks` what is compared with the
file's size first. SER, EMI, BCF and ELID have no regions: they are loaded whole, within half of the job's
memory. Values are those stored; SER rows are turned, as RosettaSciIO does, so that the first is at the top.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.attempt import attempt
from fixative.readers.electron.axes import Layout, layout
from fixative.readers.electron.hdf5 import hdf5_tree, is_hdf5
from fixative.readers.electron.metadata import vendor_tree
from fixative.readers.electron.opening import open_signals
from fixative.readers.electron.series import mrc_extended, ser_elements
from fixative.readers.electron.signal import Signal
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

KEPT_BYTES = 64 * 1024 * 1024
"""A plane up to this size is read once and kept for its next bands."""


@dataclass(frozen=True)
class _Image:
    signal: Signal
    layout: Layout


class RosettaReader:
    """An open file of an electron microscope."""

    backend = "rosettasciio"
    library = "RosettaSciIO"

    def __init__(self, request: Request) -> None:
        import rsciio

        self.version = str(rsciio.__version__)
        self.path = request.path
        self._opened = open_signals(request.path, request.fmt, request.options.memory_mb * 500_000)
        self._images: list[_Image] = []
        self._kept: tuple[tuple[int, int, int, int], npt.NDArray[Any]] | None = None
        found: list[ImageInfo] = []
        for signal in self._opened.signals:
            if signal.data.size and signal.data.ndim:
                one = _Image(signal, layout(signal.axes, signal.data.shape))
                found.append(_info(len(found), one))
                self._images.append(one)
        self.images: Sequence[ImageInfo] = tuple(found)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        if (t, c, z) in info.absent:
            raise RefusedSample("CNV001", where=where, reason="the plane was never taken")
        with decoding(undecodable(where, self.path)):
            samples = info.samples * np.dtype(info.dtype).itemsize
            if info.size_y * info.size_x * samples > KEPT_BYTES or height * 2 > info.size_y:
                found = self._read(image, t, c, z, y, x, height, width)
            else:
                if self._kept is None or self._kept[0] != (image, t, c, z):
                    whole = self._read(image, t, c, z, 0, 0, info.size_y, info.size_x)
                    self._kept = (image, t, c, z), whole
                found = np.ascontiguousarray(self._kept[1][y : y + height, x : x + width])
        if found.shape[:2] != (height, width) or found.dtype != np.dtype(info.dtype):
            expected = f"{info.dtype} {height} x {width}"
            raise RefusedSample("CNV003", where=where, expected=expected, found=f"{found.dtype} {found.shape}")
        return found

    def _read(self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int) -> npt.NDArray[Any]:
        signal, one = self._images[image].signal, self._images[image].layout
        place: list[Any] = [0] * signal.data.ndim
        for letter, index in one.planes.positions(t, c, z).items():
            if letter in one.letters:
                place[one.letters[letter]] = index
        place[one.x] = slice(x, x + width)
        if one.y is not None:
            place[one.y] = slice(y, y + height)
        found = signal.data[tuple(place)]
        if not isinstance(found, np.ndarray):
            found = found.compute(scheduler="synchronous")
        found = np.asarray(found)
        if one.y is None:
            found = found[np.newaxis]
        elif one.y > one.x:
            found = found.T
        if found.dtype.names:
            found = np.stack([found[name] for name in found.dtype.names], axis=-1)
        return np.array(found, dtype=found.dtype.newbyteorder("="), order="C")

    def ome_xml(self) -> str | None:
        """RosettaSciIO makes no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what the plugin knows of each signal, what lies beside them, and what the plugin leaves aside."""
        tree = vendor_tree(self._opened)
        series = [path for path in self._opened.files if path.suffix.casefold() == ".ser"]
        parts = {"elements": [attempt(lambda path=path: ser_elements(path)) for path in series]}  # type: ignore[misc]
        if self._opened.plugin == "mrc":
            parts["extended_header"] = attempt(lambda: mrc_extended(self.path))
        found = {"rosettasciio": tree | {name: part for name, part in parts.items() if part}}
        return found | ({"hdf5": hdf5_tree(self.path)} if is_hdf5(self.path) else {})

    def files(self) -> list[Path]:
        """Return the main file, then the others of its set."""
        return self._opened.files

    def close(self) -> None:
        """Forget the arrays; what RosettaSciIO holds open is closed with them."""
        self._kept = None
        self._images = []
        self._opened.signals.clear()


def open_reader(request: Request) -> RosettaReader:
    """Open a file of an electron microscope."""
    return RosettaReader(request)


def _info(index: int, one: _Image) -> ImageInfo:
    signal, shape = one.signal, one.signal.data.shape
    dtype = signal.data.dtype
    samples, alpha = 1, 0
    order = "big" if dtype.byteorder == ">" else "little"
    if dtype.names:
        fields = [dtype[name] for name in dtype.names]
        if any(kind != fields[0] for kind in fields) or not 2 <= len(fields) <= 4:
            raise ValueError(f"values of several types: {dtype}")
        samples, dtype = len(fields), fields[0]
        alpha = samples % 2 == 0
    t, c, z = one.layout.planes.sizes
    return ImageInfo(
        index=index,
        name=signal.name,
        size_t=t,
        size_c=c,
        size_z=z,
        size_y=1 if one.layout.y is None else int(shape[one.layout.y]),
        size_x=int(shape[one.layout.x]),
        samples=samples,
        dtype=np.dtype(dtype).newbyteorder("=").name,
        source_axes=one.layout.source_axes + ("S" if samples > 1 else ""),
        folded=dict(one.layout.folded),
        byte_order="big" if order == "big" else "little",
        photometric="rgb" if samples >= 3 else "minisblack",
        extra_samples=(0,) if alpha else (),
        absent=_absent(one),
    )


def _absent(one: _Image) -> frozenset[tuple[int, int, int]]:
    """Planes after the last that was taken, in the order of the array."""
    if one.signal.acquired is None:
        return frozenset()
    outer = sorted(one.layout.letters.values())
    sizes = [int(one.signal.data.shape[n]) for n in outer]
    absent = set()
    for plane in one.layout.planes.planes():
        at = one.layout.planes.positions(*plane)
        digits = [at[letter] for letter, _ in sorted(one.layout.letters.items(), key=lambda item: item[1])]
        if int(np.ravel_multi_index(digits, sizes)) >= one.signal.acquired:
            absent.add(plane)
    return frozenset(absent)
