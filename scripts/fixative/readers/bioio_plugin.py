"""Any bioio plugin behind our protocol: breadth, where no native backend exists.

Ten times dearer than a native backend (bioio and dask start in 1.8 s), so it comes after one where both
exist.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.attempt import attempt
from fixative.readers.axes import PlaneMap, fold, with_strides
from fixative.readers.backends import BACKENDS
from fixative.readers.dv_metadata import dv_tree
from fixative.readers.guard import decoding, describe, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.trees import to_tree
from fixative.xml_tree import compact_tree

MEANINGS = {
    "T": "time",
    "C": "channel",
    "Z": "depth",
    "M": "mosaic",
    "H": "phase",
    "V": "angle",
    "I": "illumination",
    "R": "rotation",
    "B": "block",
    "λ": "emission",
    "Λ": "excitation",
}


class BioioReader:
    """A source opened by a bioio plugin."""

    def __init__(self, path: Path, backend: str) -> None:
        self.path = path
        self.backend = backend
        self.library = BACKENDS[backend].library
        self.version = version(BACKENDS[backend].distribution)
        self.ome_xml_error: str | None = None
        plugin = import_module(BACKENDS[backend].module.partition(":")[2])
        self._reader = plugin.Reader(path)
        self._found = list(self._describe())
        self.images: Sequence[ImageInfo] = tuple(info for info, _, _ in self._found)

    def _describe(self) -> Iterator[tuple[ImageInfo, Any, PlaneMap]]:
        index = 0
        for number, scene in enumerate(self._reader.scenes):
            self._reader.set_scene(number)
            data, order = self._reader.dask_data, str(self._reader.dims.order)
            sizes = dict(zip(order, data.shape, strict=True))
            outer = "".join(letter for letter in order if letter not in "YXS")
            axes = with_strides(outer, MEANINGS, [sizes[letter] for letter in outer])
            # Y, X and samples last, so that the linear index of a plane is that of the leading axes.
            data = data.transpose([order.index(name) for name in [*outer, *"YXS"] if name in order])
            samples = sizes.get("S", 1)
            for planes in fold(axes):
                t, c, z = planes.sizes
                info = ImageInfo(
                    index=index,
                    name=str(scene),
                    size_t=t,
                    size_c=c,
                    size_z=z,
                    size_y=sizes["Y"],
                    size_x=sizes["X"],
                    samples=samples,
                    dtype=np.dtype(data.dtype).name,
                    source_axes=order,
                    folded=planes.folded,
                    photometric="rgb" if samples >= 3 else "minisblack",
                    extra_samples=(2,) if samples in (2, 4) else (),
                )
                yield info, data, planes
                index += 1

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, data, planes = self._found[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        leading = data.shape[: data.ndim - (3 if info.samples > 1 or "S" in info.source_axes else 2)]
        at = np.unravel_index(planes.linear(t, c, z), leading) if leading else ()
        region = (*(int(i) for i in at), slice(y, y + height), slice(x, x + width))
        with decoding(undecodable(where, self.path)):
            found = np.asarray(data[region].compute(scheduler="synchronous"))
        if found.ndim == 3 and info.samples == 1:
            found = found[:, :, 0]
        expected = (height, width, info.samples) if info.samples > 1 else (height, width)
        if found.shape != expected or found.dtype.name != info.dtype:
            raise RefusedSample(
                "CNV003",
                where=where,
                expected=f"{expected} {info.dtype}",
                found=f"{found.shape} {found.dtype.name}",
            )
        return np.array(found, order="C", dtype=np.dtype(info.dtype))

    def ome_xml(self) -> str | None:
        """OME-XML as the plugin makes it; None with the reason in ``ome_xml_error``."""
        self.ome_xml_error = None
        try:
            with decoding(lambda error: RefusedSample("MET002", reason=describe(error, self.path))):
                return str(self._reader.ome_metadata.to_xml())
        except RefusedSample as refusal:
            self.ome_xml_error = refusal.places["reason"]
            return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what the plugin calls metadata."""
        with decoding(lambda error: RefusedSample("MET002", reason=describe(error, self.path))):
            found = self._reader.metadata
            if hasattr(found, "iter"):
                from xml.etree import ElementTree

                return {self.library: compact_tree(ElementTree.tostring(found, "unicode"))}
            tree = to_tree(found) if found else {}
        beside = attempt(lambda: dv_tree(self.path)) if self.backend == "bioio-dv" else {}
        return {self.library: tree | beside} if tree or beside else {}

    def files(self) -> list[Path]:
        """Return the main file."""
        return [self.path]

    def close(self) -> None:
        """Let the lazy arrays go; plugins keep no file open."""
        self._found = []


def open_reader(request: Request) -> BioioReader:
    """Open a source with the plugin of a backend."""
    return BioioReader(request.path, request.backend)
