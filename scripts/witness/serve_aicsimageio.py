"""Serve the pixels of one image file as aicsimageio reads them; runs in the witness's own environment only.

A request is a line of JSON on stdin. An answer is a line of JSON on stdout, followed by as many raw bytes as its
``bytes`` says. Requests:

    {"op": "open", "path": ..., "reader": "lif" | "default" | "czi" | "nd2"}
    {"op": "read", "image": n, "t": .., "c": .., "z": .., "y": .., "x": .., "height": .., "width": ..}
    {"op": "close"}

Pixels are C-contiguous, little-endian, (height, width) or (height, width, samples). An error is answered as
``{"ok": false, "kind": ..., "error": ...}``. The process ends with its stdin, and with its parent.

Planes are decoded one at a time, and the last one is kept. Of LIF, what readlif would make up or misread is
refused: images without pixels are left out, and memory that is not laid out densely, channel after channel, is an
error. Scans of other planes than XY, which aicsimageio refuses, are asked of its decoder readlif itself.
"""

import ctypes
import json
import os
import signal
import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from lif_scans import lif_images

PR_SET_PDEATHSIG = 1
READERS = {
    "lif": ("lif_reader", "LifReader", {"chunk_dims": ["Y", "X"]}, "readlif"),
    "default": ("default_reader", "DefaultReader", {}, "imageio"),
    "czi": ("czi_reader", "CziReader", {"chunk_dims": ["Y", "X"]}, "aicspylibczi"),
    "nd2": ("nd2_reader", "ND2Reader", {}, "nd2"),
}
"""Module, class, arguments, and the distribution that decodes."""

MOST_HEADER_BYTES = 16 * 1024 * 1024
"""Bytes before the pixels of a raster file that are looked at."""


def main():
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    warnings.simplefilter("ignore")
    source = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "close":
            break
        data = b""
        try:
            if request["op"] == "open":
                source = Source(request["path"], request["reader"])
                answer = source.describe()
            else:
                data = source.read(**{name: value for name, value in request.items() if name != "op"})
                answer = {}
        except Exception as error:  # noqa: BLE001  whatever a decoder raises is the answer
            answer, data = {"ok": False, "kind": type(error).__name__, "error": str(error)}, b""
        answers.write(json.dumps({"ok": True, "bytes": len(data), **answer}).encode("ascii") + b"\n" + data)
        answers.flush()


class Source:
    """One open file: its images, each a scene or a tile of one."""

    def __init__(self, path, name):
        import dask

        dask.config.set(scheduler="synchronous")
        module, class_name, arguments, self.decoder = READERS[name]
        reader_class = getattr(import_module(f"aicsimageio.readers.{module}"), class_name)
        if name == "default":
            check_raster(path)
        self.reader = reader_class(path, **arguments)
        self.images = list(lif_images(self.reader, path, tiles) if name == "lif" else scene_images(self.reader))
        self._last = (None, None)

    def describe(self):
        """Every image, and the versions of what reads."""
        return {
            "images": [image.describe() for image in self.images],
            "ome_xml": self._ome_xml(),
            "versions": {name: version(name) for name in ("aicsimageio", self.decoder)},
        }

    def _ome_xml(self):
        try:
            found = self.reader.ome_metadata
        except NotImplementedError:
            return None
        return found if isinstance(found, str) else found.to_xml()

    def read(self, image, t, c, z, y, x, height, width):
        """Bytes of a region; the plane that it lies in is decoded once."""
        import numpy as np

        if self._last[0] != (image, t, c, z):
            self._last = (None, None)
            self._last = ((image, t, c, z), self.images[image].plane(t, c, z))
        plane = self._last[1]
        region = plane[y : y + height, x : x + width]
        if region.shape[:2] != (height, width):
            raise ValueError(f"region of {height} x {width} reaches out of the plane")
        return np.ascontiguousarray(region, region.dtype.newbyteorder("<")).tobytes()


class SceneImage:
    """A scene as aicsimageio reads it; of a mosaic, one tile."""

    def __init__(self, reader, scene, tile):
        self._reader, self._scene, self._tile = reader, scene, tile
        reader.set_scene(scene)
        self._order = reader.dims.order
        self._sizes = dict(zip(self._order, reader.shape, strict=True))
        if unknown := [axis for axis in self._order if axis not in "MTCZYXS"]:
            raise ValueError(f"axis {unknown[0]} has no place among T, C and Z")
        self._dtype = reader.dtype

    def describe(self):
        """Name, sizes, dtype, size of a pixel."""
        self._reader.set_scene(self._scene)
        sizes = {axis: self._sizes.get(axis, 1) for axis in "TCZYXS"}
        return {
            "name": str(self._reader.current_scene),
            "tile": self._tile,
            "order": self._order,
            "sizes": sizes,
            "dtype": self._dtype.name,
            "pixel_sizes": pixel_sizes(self._reader),
        }

    def plane(self, t, c, z):
        """One plane, (Y, X) or (Y, X, samples)."""
        import numpy as np

        if self._reader.current_scene_index != self._scene:
            self._reader.set_scene(self._scene)
        wanted = {"T": t, "C": c, "Z": z, "M": self._tile}
        rest = [axis for axis in self._order if axis not in wanted]
        place = tuple(wanted[axis] if axis in wanted else slice(None) for axis in self._order)
        plane = np.asarray(self._reader.dask_data[place].compute())
        plane = plane.transpose([rest.index(axis) for axis in "YXS" if axis in rest])
        if plane.dtype != self._dtype:
            raise ValueError(f"a plane of {plane.dtype} in an image of {self._dtype}")
        return plane


def scene_images(reader):
    """Every scene, or its tiles."""
    for scene in range(len(reader.scenes)):
        yield from tiles(reader, scene)


def tiles(reader, scene):
    """A scene, or each of its tiles."""
    reader.set_scene(scene)
    count = reader.shape[reader.dims.order.index("M")] if "M" in reader.dims.order else 1
    for tile in range(count):
        yield SceneImage(reader, scene, tile)


def check_raster(path):
    """Refuse raster files whose values imageio changes: it drops transparency, brings values to 8 bits, composes.

    PNG: https://www.w3.org/TR/png/; GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
    """
    with Path(path).open("rb") as stream:
        head = stream.read(MOST_HEADER_BYTES)
    if head.startswith(b"\x89PNG") and len(head) > 26:
        depth, colour = head[24], head[25]
        before_pixels = head[: max(0, head.find(b"IDAT"))]
        if (depth == 16 and colour != 0) or (depth in (2, 4) and colour == 0):
            raise ValueError(f"PNG of {depth} bits and colour type {colour}, which imageio brings to 8 bits")
        if b"tRNS" in before_pixels or b"acTL" in before_pixels:
            raise ValueError("PNG with a transparent colour, or animated")
    if head.startswith(b"GIF8") and first_frame_is_transparent(head):
        raise ValueError("GIF with a transparent colour")
    if head.startswith(b"BM") and len(head) > 30 and int.from_bytes(head[28:30], "little") < 8:
        raise ValueError("BMP of fewer than 8 bits")


def first_frame_is_transparent(gif):
    """Whether a graphic control extension before the first frame names a transparent colour."""
    at = 13 + (3 << ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0)
    while gif[at : at + 1] == b"\x21":
        if gif[at + 1] == 0xF9 and gif[at + 3] & 1:
            return True
        at += 2
        while gif[at]:
            at += gif[at] + 1
        at += 1
    return False


def pixel_sizes(reader):
    """Sizes of a pixel in micrometres by axis, where aicsimageio knows them."""
    try:
        found = reader.physical_pixel_sizes
    except Exception:  # noqa: BLE001  several of its readers fail on files without a scale
        return {}
    return {axis: size for axis, size in zip("ZYX", found, strict=True) if size is not None}


if __name__ == "__main__":
    main()
