"""SciTIFF: ImageJ's TIFF, whose ``c`` axis holds intensities, standard deviations and a mask, no colours.

The pixels are read as those of any TIFF (`fixative.readers.tiff.reader`). What SciTIFF adds is JSON in a line
``scitiffmeta=`` of the ImageDescription: units, coordinates, masks, how the image was acquired and processed
(https://scipp.github.io/scitiff/). A mask is an image of its own here, since a mean of flags means nothing:
its pyramid takes the nearest value. The channels that are left stay together.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.tiff.reader import TiffReader

MASK = "mask"
_DIMENSIONS = ["t", "z", "c", "y", "x"]


class SciTiffReader:
    """An open SciTIFF."""

    backend = "scitiff"
    library = TiffReader.library
    version = TiffReader.version

    def __init__(self, path: Path) -> None:
        self._tiff = TiffReader(path)
        try:
            self._vendor = self._tiff.vendor_metadata()
            imagej = dict(self._vendor.get("imagej") or {})
            self._tree = _parsed(imagej.pop("scitiffmeta", None))
            self._vendor = {"scitiff": self._tree, **self._vendor, "imagej": imagej}
            groups = _groups(self._tree, self._tiff.images)
        except BaseException:
            self._tiff.close()
            raise
        self._channels = [channels for _, channels in groups]
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in groups)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        return self._tiff.read_region(0, t, self._channels[image][c], z, y, x, height, width, level)

    def ome_xml(self) -> str | None:
        """SciTIFF carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the JSON, whole, as ``scitiff``, and the rest of ImageJ's description as ``imagej``."""
        return self._vendor

    def files(self) -> list[Path]:
        """Return the file."""
        return self._tiff.files()

    def close(self) -> None:
        """Close the file."""
        self._tiff.close()


def open_reader(request: Request) -> SciTiffReader:
    """Open a SciTIFF."""
    return SciTiffReader(request.path)


def _parsed(text: Any) -> dict[str, Any]:
    """SciTIFF's JSON; ImageJ's parser hands it over as text, or as what it took it for."""
    with decoding(lambda error: RefusedSample("INV005", reason="SciTIFF's metadata are no JSON")):
        tree = json.loads(text) if isinstance(text, str) else text
    if not isinstance(tree, dict) or not isinstance(tree.get("image"), dict):
        raise RefusedSample("INV005", reason="SciTIFF's metadata describe no image")
    return tree


def _groups(tree: dict[str, Any], images: Sequence[ImageInfo]) -> list[tuple[ImageInfo, list[int]]]:
    """Images of intensities and of masks, each with its channels in the file."""
    if len(images) != 1:
        raise RefusedSample("INV005", reason=f"SciTIFF describes one image, the file holds {len(images)}")
    info = images[0]
    _check_shape(tree["image"], info)
    names = _channel_names(tree["image"], info.size_c)
    masks = [number for number, name in enumerate(names) if name == MASK]
    others = [number for number in range(info.size_c) if number not in masks]
    split = {"C": "images"} if masks and others else {}
    found: list[tuple[ImageInfo, list[int]]] = []
    for channels, categorical in ((others, False), (masks, True)):
        if channels:
            one = replace(
                info,
                index=len(found),
                name=", ".join(names[number] for number in channels) if names else info.name,
                size_c=len(channels),
                folded=info.folded | split,
                categorical=categorical,
            )
            found.append((one, channels))
    return found


def _check_shape(image: dict[str, Any], info: ImageInfo) -> None:
    """Refuse a file whose pages are not what SciTIFF's metadata speak of."""
    data = image.get("data")
    stated = (data.get("dims"), data.get("shape")) if isinstance(data, dict) else (None, None)
    shape = [info.size_t, info.size_z, info.size_c, info.size_y, info.size_x]
    if stated != (_DIMENSIONS, shape) or info.samples != 1:
        raise RefusedSample(
            "INV005", reason=f"SciTIFF's metadata are about another image than that of the file, {shape} (tzcyx)"
        )


def _channel_names(image: dict[str, Any], size_c: int) -> list[str]:
    """Coordinate ``c``: the meaning of each channel; empty where it is not stated for each."""
    coords = image.get("coords")
    stated = coords.get("c") if isinstance(coords, dict) else None
    values = stated.get("values") if isinstance(stated, dict) else None
    names = [values] if isinstance(values, str) else values if isinstance(values, list) else []
    return [str(name) for name in names] if len(names) == size_c else []
