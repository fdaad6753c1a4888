"""What every reader backend offers: images with axes T, C, Z, Y, X (and samples), read by region."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class ImageInfo:
    """One image (scene, series, field, associated image) as the reader will deliver it.

    Axes that OME does not know are folded into T, C or Z by the backend; ``folded`` says which.
    """

    index: int
    name: str | None
    size_t: int
    size_c: int
    size_z: int
    size_y: int
    size_x: int
    samples: int
    dtype: str
    """Numpy name of the values `read_region` returns: the source's own type, bit depth untouched."""
    kind: Literal["image", "label", "macro", "thumbnail"] = "image"
    source_axes: str = "TCZYX"
    folded: dict[str, str] = field(default_factory=dict)
    """Source axis to the OME axis it was folded into, slowest first: ``{"H": "C", "M": "T"}``."""
    byte_order: Literal["little", "big"] = "little"
    significant_bits: int | None = None
    """Bits that carry information when fewer than the type has (12 of uint16); None when not stated."""
    photometric: Literal["minisblack", "miniswhite", "rgb", "palette", "separated", "cielab"] = "minisblack"
    extra_samples: tuple[int, ...] = ()
    """TIFF ExtraSamples of the samples beyond the colour ones: 0 unspecified, 1 premultiplied, 2 alpha."""
    palette: "npt.NDArray[np.uint16] | None" = None
    """Colour map of shape (3, 2**bits) where ``photometric`` is palette."""
    categorical: bool = False
    """Whether values stand for something (masks, labels): never averaged, the pyramid takes the nearest."""
    levels: tuple[tuple[int, int], ...] = ()
    """(Y, X) of each native resolution level that `Reader.read_region` reads, full size first; empty when there
    is only one."""
    tile: tuple[int, int] | None = None
    """(Y, X) of the block that is cheap to read; None when planes are read whole."""
    absent: frozenset[tuple[int, int, int]] = frozenset()
    """(t, c, z) of planes that the acquisition itself says were never taken."""
    unimaged_px: int = 0
    """Pixels of a plane, of the one that has most, that lie between the tiles of a mosaic: never imaged, value 0."""
    missing: frozenset[tuple[int, int, int]] = frozenset()
    """(t, c, z) of planes that were taken and that the file no longer holds whole; never without
    `ReaderOptions.whole_planes_only`."""

    @property
    def planes(self) -> int:
        """Number of planes, those among them that are not there."""
        return self.size_t * self.size_c * self.size_z

    @property
    def left_out(self) -> frozenset[tuple[int, int, int]]:
        """(t, c, z) of planes that cannot be read, for whichever reason."""
        return self.absent | self.missing


@runtime_checkable
class Reader(Protocol):
    """An open source. Read-only; close it."""

    backend: str
    """Name in the table of backends: ``tifffile``, ``pylibCZIrw``, ``bioio-dv``, ..."""
    library: str
    """The code base that decodes: readers of one library are no witness for each other."""
    version: str
    images: Sequence[ImageInfo]

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> "npt.NDArray[Any]":
        """Read a region of one plane at one of its native levels, without loading more than it needs.

        Parameters
        ----------
        image : int
            Index into ``images``.
        t, c, z : int
            The plane.
        y, x, height, width : int
            The region in pixels of ``level``; it lies inside ``ImageInfo.levels[level]``.
        level : int
            0 is full resolution; others only where ``ImageInfo.levels`` lists them.

        Returns
        -------
        ndarray
            Shape (height, width), or (height, width, samples) where samples > 1; C-contiguous, native
            byte order, dtype as `ImageInfo.dtype`.

        Raises
        ------
        RefusedSample
            CNV001 where the pixels cannot be decoded, CNV003 where they are not as described.
        """
        ...

    def ome_xml(self) -> str | None:
        """OME-XML as this reader sees the source, or None where it has none."""
        ...

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the vendor's metadata by kind (``{"czi": tree}``); see `models.MetadataSource.tree`."""
        ...

    def files(self) -> list[Path]:
        """Every file the reader has used."""
        ...

    def close(self) -> None:
        """Close the source."""
        ...
