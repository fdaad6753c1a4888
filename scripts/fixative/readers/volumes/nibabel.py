"""NIfTI, Analyze, MGH and MINC through nibabel: stored values, plane by plane.

nibabel reads the header; the values are read where it says they lie, without the slope and intercept that it
would apply to them (they stand in the metadata).

The axes of NIfTI, Analyze and MGH are X, Y, Z, T and, as fifth, the components of a vector, which become C.
Rows and slices stay in the order in which they are stored; which way they point, the header's affine says. MINC is
in `nibabel_minc`.
"""

import os
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.axes import fold, with_strides
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo, Reader
from fixative.trees import decode_text, is_binary, to_tree

_COLOURS = {3: (), 4: (2,)}
"""Samples of a structured type to its ExtraSamples; the fourth of RGBA32 is alpha."""
_LETTERS = "XYZTCVW"
_MEANINGS = {"Z": "depth", "T": "time", "C": "channel"}


class NibabelReader:
    """An open volume."""

    backend = "nibabel"
    library = "nibabel"
    version = nibabel.__version__

    def __init__(self, request: Request) -> None:
        self.path = request.path
        self._volume = nibabel.load(self.path)
        if not isinstance(self._volume, (nibabel.AnalyzeImage, nibabel.MGHImage)):
            raise ValueError(f"{type(self._volume).__name__} is no volume")
        proxy = self._volume.dataobj
        self._stored = np.dtype(proxy.dtype)
        self._data_path = Path(self._volume.file_map["image"].filename)
        self._offset = int(proxy.offset)
        self.images: Sequence[ImageInfo] = (self._image(tuple(int(size) for size in proxy.shape)),)
        if not self._data_path.is_file():
            raise RefusedSample("INV006", name=self._data_path.name)
        self._stream = self._data_path.open("rb")
        promised = self._offset + prod(proxy.shape) * self._stored.itemsize
        present = self._stream.seek(0, os.SEEK_END)
        if present < promised:
            self._stream.close()
            raise RefusedSample(
                "INV004", promised=f"{promised} bytes", present=present, where="volumes of the header"
            )

    def _image(self, shape: tuple[int, ...]) -> ImageInfo:
        sizes = shape + (1,) * (2 - len(shape))
        outer = "".join(reversed(_LETTERS[2 : len(sizes)]))
        self._planes = fold(with_strides(outer, _MEANINGS, sizes[:1:-1]))[0]
        t, c, z = self._planes.sizes
        names = self._stored.names
        samples = len(names) if names else 1
        if (names and samples not in _COLOURS) or (not names and self._stored.itemsize > 16):
            raise ValueError(f"values of type {self._stored}")
        # Longer floats than 64 bits have no type that TIFF or another reader shares
        kind = np.dtype(np.uint8) if names else self._stored.newbyteorder("=")
        if kind.name in ("float96", "float128", "longdouble", "complex256"):
            raise ValueError(f"values of type {kind}")
        return ImageInfo(
            index=0,
            name=None,
            size_t=t,
            size_c=c,
            size_z=z,
            size_y=sizes[1],
            size_x=sizes[0],
            samples=samples,
            dtype=kind.name,
            source_axes=outer + "YX" + ("S" if samples > 1 else ""),
            folded=self._planes.folded,
            byte_order="big" if self._stored.newbyteorder("=") != self._stored else "little",
            photometric="rgb" if samples > 1 else "minisblack",
            extra_samples=_COLOURS[samples] if samples > 1 else (),
        )

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info = self.images[image]
        row = info.size_x * self._stored.itemsize
        start = self._offset + (self._planes.linear(t, c, z) * info.size_y + y) * row
        with decoding(undecodable(f"T{t} C{c} Z{z} Y{y} X{x}", self.path)):
            self._stream.seek(start)
            data = self._stream.read(height * row)
        if len(data) != height * row:
            raise RefusedSample("INV004", promised=f"{height * row} bytes", present=len(data), where="volume")
        found: npt.NDArray[Any]
        if info.samples > 1:
            found = np.frombuffer(data, np.uint8).reshape(height, info.size_x, info.samples)
        else:
            found = np.frombuffer(data, self._stored).reshape(height, info.size_x)
        return np.ascontiguousarray(found[:, x : x + width].astype(info.dtype))

    def ome_xml(self) -> str | None:
        """Volumes carry no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the header's fields as stored, its extensions, and the affine that nibabel makes of it."""
        # The header that nibabel hands out has lost its slope to the values: read it as it is stored
        holder = self._volume.file_map.get("header") or self._volume.file_map["image"]
        with holder.get_prepare_fileobj("rb") as stream:
            header = self._volume.header_class.from_fileobj(stream, check=False)
        fields = header.structarr if hasattr(header, "structarr") else header
        tree: dict[str, Any] = {
            "header": {name: _field(fields[name]) for name in fields.dtype.names},
            "byte_order": self.images[0].byte_order,
            "affine": to_tree(self._volume.affine),
        }
        if extensions := getattr(header, "extensions", None):
            tree["extensions"] = [{"code": one.get_code(), "content": _extension(one)} for one in extensions]
        kind = "mgh" if isinstance(self._volume, nibabel.MGHImage) else "analyze"
        return {"nifti" if isinstance(self._volume, nibabel.Nifti1Pair) else kind: tree}

    def files(self) -> list[Path]:
        """Return the header, and the data where they lie apart."""
        return list(dict.fromkeys([self.path, self._data_path]))

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def open_reader(request: Request) -> Reader:
    """Open a volume."""
    if request.fmt == "minc":
        from fixative.readers.volumes.minc import open_minc

        return open_minc(request)
    return NibabelReader(request)


def _field(value: Any) -> Any:
    """One field of the header; text of fixed length without its filling."""
    if value.dtype.kind == "S":
        text = bytes(value.tobytes()).rstrip(b"\0")
        return decode_text(text) if not is_binary(text) else to_tree(text)
    return to_tree(value)


def _extension(extension: Any) -> Any:
    """Content of an extension: DICOM attributes, text or binary."""
    raw = extension.get_content() if hasattr(extension, "get_content") else extension.text
    if isinstance(raw, str):
        return raw.rstrip("\0")
    if isinstance(raw, bytes):
        text = raw.rstrip(b"\0 ")
        return to_tree(raw) if is_binary(text) else decode_text(text)
    if hasattr(raw, "file_meta") or hasattr(raw, "walk"):
        from fixative.readers.dicom.tree import tree_of

        return tree_of(raw)
    return to_tree(str(raw))
