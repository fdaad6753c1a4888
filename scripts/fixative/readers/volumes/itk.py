"""Volumes and DICOM through SimpleITK: stored values, or none.

ITK applies scales that some formats state (NIfTI's slope, DICOM's rescale and palette, the real values of MINC) and
offers no way round: such files are left to other readers. Otherwise the values are those of the file.

Where ITK can read a part of a file, planes are read one by one; of the other formats it reads the whole volume,
which must fit into half of the job's memory. It fills what a file does not hold for some formats, so the file's own
promise is compared with its length first (`fixative.structure`).

The axes are X, Y, Z, T as stored; components of a value are samples where they are the three or four bytes of a
colour, as ITK takes them, and channels otherwise. ITK's direction cosines are in the metadata and move nothing.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813  the name that its own documentation uses

from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.readers.attempt import attempt
from fixative.readers.axes import fold, with_strides
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.quiet import quiet_stderr
from fixative.readers.volumes.nrrd_header import nrrd_header
from fixative.structure import check_structure
from fixative.structure.volumes import CHECKS
from fixative.trees import to_tree

IO = {
    "analyze": "NiftiImageIO",
    "biorad_pic": "BioRadImageIO",
    "bruker_2dseq": "Bruker2dseqImageIO",
    "dicom": "GDCMImageIO",
    "gipl": "GiplImageIO",
    "metaimage": "MetaImageIO",
    "mrc": "MRCImageIO",
    "nifti": "NiftiImageIO",
    "nrrd": "NrrdImageIO",
    "stimulate": "StimulateImageIO",
    "vtk": "VTKImageIO",
}
"""ITK's reader by format; never chosen by the file's name."""
IN_PARTS = {"MetaImageIO", "MRCImageIO", "NiftiImageIO", "VTKImageIO"}
"""Readers that read a part of a file without the rest."""
_ADDRESS = re.compile(r"\(0x[0-9a-f]+\)")
_OUTER = "ZTVWU"
_MEANINGS = {"Z": "depth", "T": "time", "S": "sample"}
_TYPES = {
    sitk.sitkUInt8: "uint8",
    sitk.sitkInt8: "int8",
    sitk.sitkUInt16: "uint16",
    sitk.sitkInt16: "int16",
    sitk.sitkUInt32: "uint32",
    sitk.sitkInt32: "int32",
    sitk.sitkUInt64: "uint64",
    sitk.sitkInt64: "int64",
    sitk.sitkFloat32: "float32",
    sitk.sitkFloat64: "float64",
    sitk.sitkComplexFloat32: "complex64",
    sitk.sitkComplexFloat64: "complex128",
}
_TYPES |= {
    getattr(sitk, f"sitkVector{name}"): kind
    for name, kind in (
        ("UInt8", "uint8"),
        ("Int8", "int8"),
        ("UInt16", "uint16"),
        ("Int16", "int16"),
        ("UInt32", "uint32"),
        ("Int32", "int32"),
        ("UInt64", "uint64"),
        ("Int64", "int64"),
        ("Float32", "float32"),
        ("Float64", "float64"),
    )
}


class ItkReader:
    """An open volume: one image."""

    backend = "itk"

    def __init__(self, request: Request) -> None:
        sitk.ProcessObject.SetGlobalWarningDisplay(False)
        self.path, self._format = request.path, request.fmt
        self.library, self.version = "ITK", sitk.Version.VersionString()
        if request.fmt not in IO:
            raise ValueError("a format that is not read through ITK here")
        self._files = file_set(self.path, request.fmt)
        CHECKS.get(request.fmt, check_structure)(self.path, request.fmt, self._files)
        _require_own_data(self.path, request.fmt, self._files)
        self._reader = sitk.ImageFileReader()
        self._reader.SetFileName(str(self.path))
        self._reader.SetImageIO(IO[request.fmt])
        with _itk():
            self._reader.ReadImageInformation()
        self._metadata = {key: self._reader.GetMetaData(key) for key in self._reader.GetMetaDataKeys()}
        self._dicom: Any = None
        if request.fmt == "dicom":
            from fixative.readers.volumes.itk_dicom import header, library_of

            self._dicom = header(self.path)
            self.library = library_of(self._dicom)
        else:
            _require_unscaled(request.fmt, self._metadata)
        self.images: Sequence[ImageInfo] = (self._image(),)
        self._in_parts = IO[request.fmt] in IN_PARTS and not _is_compressed(self.path, request.fmt)
        self._kept: tuple[int, npt.NDArray[Any]] | None = None
        self._limit = request.options.memory_mb * 1024 * 1024 // 2
        self._require_room()

    def _image(self) -> ImageInfo:
        size = [int(number) for number in self._reader.GetSize()]
        components = int(self._reader.GetNumberOfComponents())
        dtype = _TYPES.get(self._reader.GetPixelID())
        if dtype is None or len(size) < 2:
            raise ValueError(f"values of type {sitk.GetPixelIDValueAsString(self._reader.GetPixelID())}")
        colour = components in (3, 4) and (dtype == "uint8" or self._dicom is not None)
        self._channels = 1 if colour else components
        outer = _OUTER[: len(size) - 2][::-1]
        axes = with_strides(outer, _MEANINGS, size[:1:-1])
        if self._channels > 1:
            axes += with_strides("S", _MEANINGS, [self._channels])
        self._planes = fold(axes)[0]
        self._outer = outer
        t, c, z = self._planes.sizes
        if self._dicom is not None:
            from fixative.readers.dicom.layout import planes_of

            # What frames are, the data set says; ITK counts them as slices
            self._frames = planes_of(self._dicom, size[2] if len(size) > 2 else 1)
            t, c, z = self._frames.sizes
        return ImageInfo(
            index=0,
            name=None,
            size_t=t,
            size_c=c,
            size_z=z,
            size_y=size[1],
            size_x=size[0],
            samples=components if colour else 1,
            dtype=dtype,
            source_axes=outer + "YX" + ("S" if components > 1 else ""),
            folded=self._planes.folded if self._dicom is None else self._frames.folded,
            photometric="rgb" if colour else "minisblack",
            extra_samples=(0,) * (components - 3) if colour else (),
        )

    def _require_room(self) -> None:
        info = self.images[0]
        one = info.size_y * info.size_x * info.samples * self._channels * np.dtype(info.dtype).itemsize
        needed = one if self._in_parts else one * info.planes // self._channels
        if needed > self._limit:
            reason = f"ITK needs {needed} bytes at once for it; raise mem_mb"
            raise RefusedSample("CNV001", where="image 0", reason=reason)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`. The plane, or the volume, is kept for the next."""
        info = self.images[image]
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        with decoding(undecodable(where, self.path)):
            if self._dicom is not None:
                plane, component = self._frames.frames[t, c, z], 0
            else:
                at = self._planes.positions(t, c, z)
                component = at.get("S", 0)
                plane = 0
                for letter, size in zip(self._outer, list(self._reader.GetSize())[:1:-1], strict=True):
                    plane = plane * size + at[letter]
            found = self._plane(plane)
        expected = (info.size_y, info.size_x, info.samples * self._channels)
        if found.shape != expected or found.dtype.name != info.dtype:
            raise RefusedSample(
                "CNV003", where=where, expected=f"{expected} {info.dtype}", found=f"{found.shape} {found.dtype}"
            )
        part = found[y : y + height, x : x + width]
        return np.ascontiguousarray(part if info.samples > 1 else part[:, :, component])

    def _plane(self, plane: int) -> npt.NDArray[Any]:
        """Return one plane of all components, shape (Y, X, components)."""
        size = [int(number) for number in self._reader.GetSize()]
        components = int(self._reader.GetNumberOfComponents())
        key = plane if self._in_parts else -1
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            index = [0] * len(size)
            if self._in_parts:
                rest = plane
                for axis in range(2, len(size)):
                    rest, index[axis] = divmod(rest, size[axis])
                self._reader.SetExtractIndex(index)
                self._reader.SetExtractSize([*size[:2], *([1] * (len(size) - 2))])
            with _itk():
                values = sitk.GetArrayFromImage(self._reader.Execute())
            self._kept = key, values.reshape(-1, size[1], size[0], components)
        found: npt.NDArray[Any] = self._kept[1][0 if self._in_parts else plane]
        return found

    def ome_xml(self) -> str | None:
        """Volumes carry no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the geometry that ITK reads and its dictionary; of DICOM every attribute by keyword."""
        if self._dicom is not None:
            from fixative.readers.dicom.tree import tree_of

            meta = {"FileMetaInformation": tree_of(self._dicom.file_meta)}
            return {"dicom": meta | tree_of(self._dicom)}
        geometry = {
            "reader": IO[self._format],
            "size": to_tree(self._reader.GetSize()),
            "spacing": to_tree(self._reader.GetSpacing()),
            "origin": to_tree(self._reader.GetOrigin()),
            "direction": to_tree(self._reader.GetDirection()),
            "components": int(self._reader.GetNumberOfComponents()),
        }
        header = attempt(lambda: nrrd_header(self.path))
        return {"itk": geometry | {"metadata": to_tree(self._metadata)} | ({"header": header} if header else {})}

    def files(self) -> list[Path]:
        """Return the files of the set."""
        return self._files

    def close(self) -> None:
        """Let the values go; ITK keeps no file open."""
        self._kept = None


def open_reader(request: Request) -> ItkReader:
    """Open a volume or a DICOM file."""
    return ItkReader(request)


@contextmanager
def _itk() -> Iterator[None]:
    """Keep ITK's noise out, and out of its errors what differs from run to run: addresses of its objects."""
    try:
        with quiet_stderr():
            yield
    except RuntimeError as error:
        raise ValueError(_ADDRESS.sub("", str(error).rpartition("ITK ERROR: ")[2].strip())) from None


def _require_own_data(path: Path, fmt: str, files: Sequence[Path]) -> None:
    """Leave what would read files that are not in the set: a list of slices, data that no rule finds."""
    if fmt in ("stimulate", "bruker_2dseq") and len(files) < 2:
        raise ValueError("data beside the header that are not in the file set")
    if fmt in ("metaimage", "nrrd"):
        with path.open("rb") as stream:
            head = stream.read(65536).lower()
        if re.search(rb"^\s*(?:elementdatafile\s*=|data ?file:)\s*(?:list\b|[^\r\n]*%)", head, re.MULTILINE):
            raise ValueError("slices in files of their own")


def _require_unscaled(fmt: str, metadata: dict[str, str]) -> None:
    """Leave NIfTI with a slope to other readers: ITK applies it."""
    if fmt not in ("nifti", "analyze"):
        return
    slope, intercept = (float(metadata.get(f"scl_{name}") or 0) for name in ("slope", "inter"))
    if slope not in (0, 1) or (slope and intercept):
        raise ValueError("values that ITK would scale")


def _is_compressed(path: Path, fmt: str) -> bool:
    """Whether the data are compressed as a whole, so that every part costs the whole."""
    with path.open("rb") as stream:
        head = stream.read(8192)
    if fmt == "metaimage":
        return b"compresseddata = true" in head.lower().replace(b"=  ", b"= ")
    return head.startswith(b"\x1f\x8b")
