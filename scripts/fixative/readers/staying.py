"""A reader less the images that a privacy policy leaves out; those that it blanks are zeros."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixative.readers.levels import require_region
from fixative.readers.protocol import ImageInfo, Reader

Kind = Literal["image", "label", "macro", "thumbnail"]

_AS_NAMED: dict[str, Kind] = {"label": "label", "macro": "macro", "overview": "macro"}
_NAME = re.compile(r"(label|macro|overview)( image)?", re.IGNORECASE)
_COLOURS = 3


def kind_of(image: ImageInfo) -> Kind:
    """Kind of an image: as its reader says, or by the name that slide readers have given it.

    A slide that was converted to OME-TIFF has nothing but names to tell its label by: "label image" is what
    Bio-Formats writes. A grey image named "label" is as likely a segmentation.
    """
    named = _NAME.fullmatch((image.name or "").strip())
    if image.kind != "image" or named is None or not (named[2] or image.samples >= _COLOURS):
        return image.kind
    return _AS_NAMED[named[1].lower()]


class StayingImages:
    """A reader whose images are those that stay, numbered anew.

    Parameters
    ----------
    reader : Reader
        Open; closed with this one.
    actions : mapping of int to str
        ``drop`` or ``blank`` by the number of the image among the reader's; all others stay as they are.
    """

    def __init__(self, reader: Reader, actions: Mapping[int, str]) -> None:
        self._reader = reader
        self.backend, self.library, self.version = reader.backend, reader.library, reader.version
        staying = [image for image in reader.images if actions.get(image.index) != "drop"]
        self.sources = tuple(image.index for image in staying)
        """Number of each image among the reader's."""
        self.blanked = frozenset(n for n, index in enumerate(self.sources) if actions.get(index) == "blank")
        """Numbers of the images that are zeros."""
        self.images: Sequence[ImageInfo] = tuple(
            replace(image, index=number, kind=kind_of(image)) for number, image in enumerate(staying)
        )

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`. Of a blanked image nothing is read."""
        if image not in self.blanked:
            return self._reader.read_region(self.sources[image], t, c, z, y, x, height, width, level)
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        samples = (info.samples,) if info.samples > 1 else ()
        return np.zeros((height, width, *samples), info.dtype)

    def ome_xml(self) -> str | None:
        """Return the source's OME-XML, the left out images included."""
        return self._reader.ome_xml()

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the vendor's metadata by kind, all of them."""
        return self._reader.vendor_metadata()

    def files(self) -> list[Path]:
        """Every file the reader has used."""
        return self._reader.files()

    def close(self) -> None:
        """Close the source."""
        self._reader.close()
