"""MINC through nibabel: the stored values of NetCDF (MINC 1) and HDF5 (MINC 2), without their scaling.

MINC maps stored values of each slice to real ones by ``valid_range``, ``image-min`` and ``image-max``; those
stand in the metadata and are not applied. The last dimension of the image is X, the one before Y, and the others
are what their names say: ``time`` is T, a further ``...space`` is Z.

NetCDF is read whole, as nibabel's reader does it; HDF5 by region, and the values are HDF5's own then.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
from nibabel.externals.netcdf import netcdf_file
from nibabel.minc1 import Minc1File
from nibabel.minc2 import Minc2File

from fixative.findings import RefusedSample
from fixative.readers.axes import fold, with_strides
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.trees import decode_text, is_binary, to_tree

_MEANINGS = {"Z": "depth", "T": "time"}


class MincReader:
    """An open MINC file."""

    backend = "nibabel"
    version = nibabel.__version__

    def __init__(self, request: Request) -> None:
        self.path = request.path
        with self.path.open("rb") as stream:
            self._netcdf = stream.read(3) == b"CDF"
        self.library = "nibabel" if self._netcdf else "HDF5"
        limit = request.options.memory_mb * 1024 * 1024 // 2
        if self._netcdf and (size := self.path.stat().st_size) > limit:
            reason = f"{size} bytes of NetCDF, which go to memory whole; raise mem_mb"
            raise RefusedSample("CNV001", where="image 0", reason=reason)
        self._file = netcdf_file(self.path, "r", mmap=False) if self._netcdf else _hdf5(self.path)
        try:
            found = Minc1File(self._file) if self._netcdf else Minc2File(self._file)
            self._names = [str(name) for name in found._dim_names]
            self._values = found._image
            self._stored = np.dtype(found.get_data_dtype())
            shape = tuple(int(size) for size in found.get_data_shape())
            self.images: Sequence[ImageInfo] = (self._image(shape),)
        except BaseException:
            self._file.close()
            raise

    def _image(self, shape: tuple[int, ...]) -> ImageInfo:
        if len(shape) != len(self._names) or not 2 <= len(shape) <= 4:
            raise ValueError(f"dimensions {self._names} of a shape {shape}")
        outer = ""
        for name in self._names[:-2]:
            letter = "T" if name == "time" else "Z" if name.endswith("space") else "V"
            outer += letter if letter not in outer else "W"
        self._outer = outer
        self._planes = fold(with_strides(outer, _MEANINGS, shape[:-2]))[0]
        t, c, z = self._planes.sizes
        return ImageInfo(
            index=0,
            name=None,
            size_t=t,
            size_c=c,
            size_z=z,
            size_y=shape[-2],
            size_x=shape[-1],
            samples=1,
            dtype=self._stored.newbyteorder("=").name,
            source_axes=outer + "YX",
            folded=self._planes.folded,
            byte_order="little" if self._stored.newbyteorder("<") == self._stored else "big",
        )

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        at = self._planes.positions(t, c, z)
        where = (*(at[letter] for letter in self._outer), slice(y, y + height), slice(x, x + width))
        with decoding(undecodable(f"T{t} C{c} Z{z} Y{y} X{x}", self.path)):
            found = np.asarray(self._values.data[where] if self._netcdf else self._values[where])
            if self._netcdf:
                # NetCDF knows no unsigned values: MINC's own attribute tells them
                found = np.ascontiguousarray(found).view(self._stored)
        return np.ascontiguousarray(found.astype(self.images[image].dtype))

    def ome_xml(self) -> str | None:
        """MINC carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return every attribute and every variable but the image's values."""
        return {"minc": _netcdf_tree(self._file) if self._netcdf else _hdf5_tree(self._file)}

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_minc(request: Request) -> MincReader:
    """Open a MINC file."""
    return MincReader(request)


def _hdf5(path: Path) -> Any:
    import h5py

    return h5py.File(path, "r")


def _netcdf_tree(file: Any) -> dict[str, Any]:
    variables = {
        name: {
            "dimensions": list(variable.dimensions),
            "attributes": _attributes(variable._attributes),
            **({} if name == "image" else {"value": to_tree(np.asarray(variable.data))}),
        }
        for name, variable in file.variables.items()
    }
    dimensions = {name: to_tree(size) for name, size in file.dimensions.items()}
    return {"attributes": _attributes(file._attributes), "dimensions": dimensions, "variables": variables}


def _hdf5_tree(group: Any) -> dict[str, Any]:
    import h5py

    found: dict[str, Any] = {"attributes": _attributes(group.attrs)} if len(group.attrs) else {}
    for name, member in group.items():
        if isinstance(member, h5py.Group):
            found[name] = _hdf5_tree(member)
            continue
        found[name] = {"shape": list(member.shape or ()), "attributes": _attributes(member.attrs)}
        if name != "image":
            found[name]["value"] = _value(member[()])
    return found


def _attributes(attributes: Any) -> dict[str, Any]:
    return {str(name): _value(attributes[name]) for name in sorted(attributes)}


def _value(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        return [_value(one) for one in value.tolist()] if value.ndim else _value(value[()])
    if isinstance(value, bytes):
        bare = value.rstrip(b"\0")
        return to_tree(value) if is_binary(bare) else decode_text(bare)
    return to_tree(value)
