"""Plates of MetaXpress by their HTD file: each site of each well is an image, its planes are TIFF files.

Wavelengths are C, ``TimePoint_N`` is T, ``ZStep_N`` is Z. Projections and planes that belong to no stack make an
image of their own beside the stack, and so do MetaXpress's thumbnails. Wells and sites that were not selected
have no image. A file that the HTD file promises must be there: which of the missing ones an acquisition that was
aborted never took, nothing says.

MetaXpress exports a wavelength that was not taken at a time point as a copy of the plane taken last. Such planes
are delivered as they stand; the vendor's metadata (``repeats``) name them, by the plane's own identifier.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from fixative.columns import columns
from fixative.findings import RefusedSample
from fixative.metaxpress import plate_files, read_plate
from fixative.metaxpress_fields import Place, fields_of, require_all
from fixative.readers.attempt import attempt
from fixative.readers.backends import BACKENDS
from fixative.readers.levels import require_region
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.plates.metaxpress_ome import plate_ome
from fixative.readers.protocol import ImageInfo, Reader
from fixative.structure import check_structure

MOST_OPEN = 4
"""TIFF files that are kept open."""


class PlateReader:
    """An open plate.

    Parameters
    ----------
    path : Path
        The HTD file.
    backend : str
        Key of `fixative.readers.backends.BACKENDS`.
    open_member : callable
        Opens one TIFF file.
    whole_planes_only : bool
        Open a plate too that lacks files, or whose files are not whole.
    """

    def __init__(
        self, path: Path, backend: str, open_member: Callable[[Path], Reader], *, whole_planes_only: bool
    ) -> None:
        self.backend = backend
        self._open_member = open_member
        self._plate = read_plate(path)
        self._open: OrderedDict[Path, Reader] = OrderedDict()
        self._stated: dict[Path, dict[str, Any]] = {}
        found = plate_files(self._plate)
        self._members = sorted(found.values())
        self._ome: str | None = None
        if whole_planes_only:
            found = {key: file for key, file in found.items() if _is_whole(file)}
        fields = list(fields_of(self._plate, found))
        if not whole_planes_only:
            require_all(fields)
        if not any(field.files for field in fields):
            raise RefusedSample("INV004", promised="planes", present="none", where="no file of the plate is whole")
        self.fields = [field for field in fields if field.files]
        self._left_out = [field.name for field in fields if not field.files and not field.thumbnail]
        try:
            self.images: Sequence[ImageInfo] = tuple(self._info(number) for number in range(len(self.fields)))
            first = self._tiff(self._members_read[0])
            self.library, self.version = first.library, first.version
        except BaseException:
            self.close()
            raise

    @property
    def _members_read(self) -> list[Path]:
        return [path for field in self.fields for path in field.files.values()]

    def _info(self, number: int) -> ImageInfo:
        field = self.fields[number]
        plane = self._one_plane(field.files[min(field.files)])
        return replace(
            plane,
            index=number,
            name=field.name,
            size_t=self._plate.times,
            size_c=len(field.waves),
            size_z=len(field.steps),
            kind="thumbnail" if field.thumbnail else "image",
            source_axes="TCZYX",
            folded={},
            levels=(),
            missing=frozenset(field.missing),
            absent=field.absent,
        )

    def _one_plane(self, path: Path) -> ImageInfo:
        """Describe the one plane that a member holds."""
        images = self._tiff(path).images
        if len(images) != 1 or images[0].planes != 1:
            raise RefusedSample(
                "CNV003", expected="one plane", found=f"{sum(i.planes for i in images)} planes", where=path.name
            )
        return images[0]

    def _tiff(self, path: Path) -> Reader:
        if path in self._open:
            self._open.move_to_end(path)
        else:
            self._open[path] = self._open_member(path)
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)[1].close()
        return self._open[path]

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, path = self.images[image], self.fields[image].files[t, c, z]
        require_region(info, level, y, x, height, width)
        plane = self._one_plane(path)
        if _shape(plane) != _shape(info):
            raise RefusedSample("CNV003", expected=_shape(info), found=_shape(plane), where=path.name)
        return self._tiff(path).read_region(0, 0, 0, 0, y, x, height, width)

    def plane_info(self, image: int, place: Place) -> dict[str, Any]:
        """MetaMorph's ``PlaneInfo`` of one plane, as the file of that plane states it."""
        path = self.fields[image].files[place]
        if path not in self._stated:
            tree = self._tiff(path).vendor_metadata().get("metaseries")
            found = tree.get("PlaneInfo") if isinstance(tree, dict) else None
            self._stated[path] = found if isinstance(found, dict) else {}
        return self._stated[path]

    def ome_xml(self) -> str:
        """Describe the plate, its wells and its planes in OME-XML, from the HTD file and each plane's metadata."""
        if self._ome is None:
            self._ome = plate_ome(self._plate, self.images, self.fields, self.plane_info)
        return self._ome

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the HTD file as a tree, for each image the metadata of its first plane and its repeats, all planes.

        ``planes`` has MetaMorph's ``PlaneInfo`` of every plane as columns. Images without any plane left are named.
        """
        settings = {name: values[0] if len(values) == 1 else values for name, values in self._plate.settings.items()}
        images = {}
        for info, field in zip(self.images, self.fields, strict=True):
            first = self._tiff(field.files[min(field.files)]).vendor_metadata().get("metaseries")
            images[str(info.name)] = {"first plane": first, "repeats": self._repeats(info.index)}
        found = {"images": images, "planes": attempt(lambda: columns(list(self._planes())))}
        return {"htd": settings, "metaxpress": found | ({"left out": self._left_out} if self._left_out else {})}

    def _planes(self) -> Iterator[dict[str, Any]]:
        """Place of every plane, its file, and what MetaMorph says of it."""
        for info, field in zip(self.images, self.fields, strict=True):
            for place in sorted(field.files):
                row = {"image": str(info.name), "file": field.files[place].name}
                yield row | dict(zip("TCZ", place, strict=True)) | {"PlaneInfo": self.plane_info(info.index, place)}

    def _repeats(self, image: int) -> list[dict[str, list[int]]]:
        """Planes that bear the identifier of an earlier one, with that one."""
        first: dict[str, Place] = {}
        found = []
        for place in sorted(self.fields[image].files):
            guid = self.plane_info(image, place).get("plane-guid")
            if isinstance(guid, str) and guid and first.setdefault(guid, place) != place:
                found.append({"plane (t,c,z)": list(place), "is a copy of": list(first[guid])})
        return found

    def files(self) -> list[Path]:
        """Return the HTD file and every image file of the plate."""
        return [self._plate.path, *self._members]

    def close(self) -> None:
        """Close every file."""
        while self._open:
            self._open.popitem()[1].close()


def open_reader(request: Request) -> PlateReader:
    """Open a plate, its TIFF files with the backend that the table names after the module."""
    backend = request.backend or "metaxpress_plate"
    inner = BACKENDS[backend].module.partition(":")[2]
    open_member = _through_bioformats(request.options) if inner == "bioformats" else _through_tifffile
    return PlateReader(request.path, backend, open_member, whole_planes_only=request.options.whole_planes_only)


def _through_tifffile(path: Path) -> Reader:
    from fixative.readers.tiff.reader import TiffReader

    return TiffReader(path)


def _through_bioformats(options: ReaderOptions) -> Callable[[Path], Reader]:
    from fixative.readers.bioformats.reader import BioFormatsReader

    # As plain TIFF: the reader for MetaXpress would look for the plate around the file.
    return lambda path: BioFormatsReader(Request(path, "tiff", "bioformats", options))


def _is_whole(file: Path) -> bool:
    """Whether a member holds what it promises."""
    try:
        check_structure(file, "metaxpress", [file])
    except RefusedSample:
        return False
    return True


def _shape(info: ImageInfo) -> tuple[int, int, int, str]:
    return info.size_y, info.size_x, info.samples, info.dtype
