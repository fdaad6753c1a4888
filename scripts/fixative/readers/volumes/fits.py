"""FITS through astropy: every image HDU is an image, tile-compressed ones included.

Values are those stored: BSCALE and BZERO stand in the metadata and are not applied, but where they are FITS's way
of writing unsigned integers (BZERO = 2**(BITPIX - 1) with BSCALE 1; -128 for signed bytes): that is exact.
Plain arrays are read by rows from the file; of tile-compressed images the tiles that a region touches.

FITS counts rows from the bottom of the picture; here they stay in the order in which they are stored.

The first axis is X, the second Y. A further one is what its CTYPE says: a spectral axis or STOKES is C, a time
is T; the third, where it has no CTYPE, is Z, and others are folded into T.

Notes
-----
FITS 4.0, sections 3.3.2 (order of the array), 4.4.2.5 (BZERO), 8 (world coordinates), 10 (tile compression).
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import astropy
import numpy as np
import numpy.typing as npt
from astropy.io import fits

from fixative.findings import RefusedSample
from fixative.readers.axes import PlaneMap, fold, with_strides
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.volumes.fits_checksums import require_checksums
from fixative.trees import to_tree

BLOCK_BYTES = 2880
MOST_AXES = 9
_SPECTRAL = ("FREQ", "WAVE", "AWAV", "WAVN", "ENER", "VELO", "VRAD", "VOPT", "ZOPT", "BETA", "FELO", "LAMBDA")
_TIMES = ("TIME", "UTC", "TAI", "TT", "TDB", "UT1", "MJD", "JD")
_STORED = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}


@dataclass(frozen=True)
class _Image:
    hdu: Any
    planes: PlaneMap
    stored: np.dtype[Any]
    unsigned: np.dtype[Any] | None
    """The type that BZERO makes of the stored one, where it does."""
    start: int | None
    """Where the array begins in the file; None where it is compressed."""


class FitsReader:
    """An open FITS file."""

    backend = "astropy"
    library = "astropy"
    version = astropy.__version__

    def __init__(self, request: Request) -> None:
        self.path = request.path
        self._stream = self.path.open("rb")
        try:
            self._hdus = _open(self._stream)
            units = _open(self._stream, disable_image_compression=True)
            _require_whole(self._stream, units)
            require_checksums(self._stream, units)
            found = list(_images(self._hdus))
        except BaseException:
            self._stream.close()
            raise
        self._images = [image for _, image in found]
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in found)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, one = self.images[image], self._images[image]
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        with decoding(undecodable(where, self.path)):
            if one.start is None:
                found = self._compressed(one, one.planes.positions(t, c, z), y, x, height, width)
            else:
                found = self._rows(info, one, one.planes.linear(t, c, z), y, height)[:, x : x + width]
        expected = (height, width), one.stored.newbyteorder("=")
        if found.shape != expected[0] or found.dtype.newbyteorder("=") != expected[1]:
            described, seen = f"{expected[0]} {expected[1]}", f"{found.shape} {found.dtype}"
            raise RefusedSample("CNV003", where=where, expected=described, found=seen)
        found = np.ascontiguousarray(found.astype(found.dtype.newbyteorder("=")))
        return found if one.unsigned is None else _offset(found, one.unsigned)

    def _rows(self, info: ImageInfo, one: _Image, plane: int, first: int, count: int) -> npt.NDArray[Any]:
        nbytes = info.size_x * one.stored.itemsize
        self._stream.seek((one.start or 0) + (plane * info.size_y + first) * nbytes)
        data = self._stream.read(count * nbytes)
        if len(data) != count * nbytes:
            raise RefusedSample("INV004", promised=f"{count * nbytes} bytes", present=len(data), where="FITS data")
        return np.frombuffer(data, one.stored).reshape(count, info.size_x)

    def _compressed(
        self, one: _Image, at: dict[str, int], y: int, x: int, height: int, width: int
    ) -> npt.NDArray[Any]:
        shape = one.hdu.shape
        outer = [at[str(axis)] for axis in range(len(shape), 2, -1)]
        rows = (slice(y, y + height),) if len(shape) > 1 else ()
        found = np.asarray(one.hdu.section[(*outer, *rows, slice(x, x + width))])
        return found.reshape(height, width)

    def ome_xml(self) -> str | None:
        """FITS carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the header of every HDU, card by card, with comments."""
        headers = [_header(number, hdu) for number, hdu in enumerate(self._hdus)]
        order = "as stored; FITS counts rows from the bottom of the picture"
        return {"fits": {"row_order": order, "hdus": headers}}

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file."""
        self._hdus.close()
        self._stream.close()


def open_reader(request: Request) -> FitsReader:
    """Open a FITS file."""
    return FitsReader(request)


def _images(hdus: Any) -> Iterator[tuple[ImageInfo, _Image]]:
    index = 0
    for hdu in hdus:
        if isinstance(hdu, fits.GroupsHDU):
            raise ValueError("random groups, which are no images")
        if not isinstance(hdu, (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU)) or 0 in (hdu.shape or (0,)):
            continue
        yield _image(index, hdu)
        index += 1


def _image(index: int, hdu: Any) -> tuple[ImageInfo, _Image]:
    shape, header = tuple(hdu.shape), hdu.header
    stored = np.dtype(_STORED[header["BITPIX"]])
    unsigned = _unsigned(header, stored)
    if len(shape) > MOST_AXES:
        raise ValueError(f"{len(shape)} axes")
    outer = "".join(str(axis) for axis in range(len(shape), 2, -1))
    meanings = {axis: _meaning(header.get(f"CTYPE{axis}", ""), axis) for axis in outer}
    axes = with_strides(outer, meanings, shape[:-2])
    planes = fold(axes)[0]
    t, c, z = planes.sizes
    compressed = isinstance(hdu, fits.CompImageHDU)
    info = ImageInfo(
        index=index,
        name=hdu.name if hdu.name not in ("", "PRIMARY") else None,
        size_t=t,
        size_c=c,
        size_z=z,
        size_y=shape[-2] if len(shape) > 1 else 1,
        size_x=shape[-1],
        samples=1,
        dtype=(unsigned or stored).name,
        source_axes=outer + "YX",
        folded=planes.folded,
        byte_order="big",
        tile=_tile(hdu) if compressed else None,
    )
    start = None if compressed else int(hdu.fileinfo()["datLoc"])
    return info, _Image(hdu, planes, stored, unsigned, start)


def _meaning(ctype: str, axis: str) -> str:
    name = str(ctype).upper().split("-")[0].strip()
    if name.startswith(_SPECTRAL):
        return "emission"
    if name in ("STOKES", "RGB"):
        return "polarisation" if name == "STOKES" else "channel"
    if name in _TIMES:
        return "time"
    return "depth" if axis == "3" and not name else "other"


def _unsigned(header: Any, stored: np.dtype[Any]) -> np.dtype[Any] | None:
    """Type of values that BZERO offsets by half their range: unsigned integers, and signed bytes."""
    if header.get("BSCALE", 1) != 1 or stored.kind == "f":
        return None
    bits = stored.itemsize * 8
    if stored.kind == "u":
        return np.dtype(np.int8) if header.get("BZERO", 0) == -128 else None
    return np.dtype(f"u{stored.itemsize}") if header.get("BZERO", 0) == 1 << (bits - 1) else None


def _offset(values: npt.NDArray[Any], kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """Offset by half the range: the highest bit is turned."""
    bits = values.view(f"u{kind.itemsize}")
    turned: npt.NDArray[Any] = (bits ^ bits.dtype.type(1 << (kind.itemsize * 8 - 1))).view(kind)
    return turned


def _tile(hdu: Any) -> tuple[int, int]:
    shape = tuple(hdu.tile_shape)
    return (int(shape[-2]) if len(shape) > 1 else 1), int(shape[-1])


def _open(stream: BinaryIO, **options: bool) -> Any:
    stream.seek(0)
    return fits.open(stream, memmap=False, lazy_load_hdus=False, do_not_scale_image_data=True, **options)


def _require_whole(stream: BinaryIO, units: Any) -> None:
    """Every unit lies within the file and nothing but padding after the last: astropy only warns."""
    size, end = stream.seek(0, os.SEEK_END), 0
    for unit in units:
        place = unit.fileinfo()
        end = place["datLoc"] + place["datSpan"]
        # The last block need not be filled up; the data proper must be there
        promised = place["datLoc"] + _data_bytes(unit.header)
        if promised > size:
            raise RefusedSample("INV004", promised=f"{promised} bytes", present=size, where="FITS data")
    stream.seek(end)
    if stream.read(BLOCK_BYTES).strip(b"\0 "):
        raise RefusedSample("INV005", reason="FITS file with a damaged part after its last whole unit")


def _data_bytes(header: Any) -> int:
    """Bytes of the data of a unit without padding, a table's heap included."""
    sizes = [int(header[f"NAXIS{axis}"]) for axis in range(1, int(header["NAXIS"]) + 1)]
    count = int(header.get("PCOUNT", 0)) + prod(sizes)
    return abs(int(header["BITPIX"])) // 8 * int(header.get("GCOUNT", 1)) * count if sizes else 0


def _header(number: int, hdu: Any) -> dict[str, Any]:
    cards: dict[str, Any] = {}
    for card in hdu.header.cards:
        value = card.value if not isinstance(card.value, fits.card.Undefined) else None
        entry = {"value": to_tree(value), "comment": str(card.comment)} if card.comment else {"value": to_tree(value)}
        cards.setdefault(str(card.keyword) or "blank", []).append(entry)
    return {
        "number": number,
        "type": type(hdu).__name__,
        "cards": {name: found[0] if len(found) == 1 else found for name, found in cards.items()},
    }
