"""Plates of MetaXpress by their HTD file: each site of each well is an image, its planes are TIFF files.

Wavelengths are C, ``TimePoint_N`` is T, ``ZStep_N`` is Z. Projections and planes that belong to no stack make an
image of their own beside the stack, and so do MetaXpress's thumbnails. Wells and sites that were not selected
have no image. A file that the HTD file promises must be there: which of the missing ones an acquisition that was
aborted never took, nothing says.

MetaXpress exports a wavelength that was not taken at a time point as a copy of the plane taken last. Such planes
are delivered as they stand; the vendor's metadata (``repeats``) name them, by the plane's own identifier.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.metaxpress import Key, Plate, Site, Wave, Well, file_name, plate_files, read_plate, well_name
from fixative.readers.levels import require_region
from fixative.readers.metaxpress_ome import plate_ome
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.tiff import TiffReader
from fixative.structure import check_structure

MOST_OPEN = 4
"""TIFF files that are kept open."""

Place = tuple[int, int, int]


@dataclass(frozen=True)
class Field:
    """One image: a site of a well, as a stack, as single planes, or as thumbnails."""

    well: Well
    site: Site
    waves: tuple[Wave, ...]
    steps: tuple[int, ...]
    """Numbers of the Z steps; 0 alone: no stack."""
    thumbnail: bool
    beside_stack: bool
    """Whether there is a stack of the same site."""
    files: dict[Place, Path]
    """(t, c, z) to file."""
    missing: frozenset[Place]
    absent: frozenset[Place]

    @property
    def name(self) -> str:
        """Well, site, and what tells images of one site apart."""
        single = " projection or single plane" if self.beside_stack and self.steps == (0,) else ""
        return f"{well_name(self.well)} site {self.site.number}{single}{' thumbnail' if self.thumbnail else ''}"


class PlateReader:
    """An open plate."""

    backend = "metaxpress_plate"
    library = TiffReader.library
    version = TiffReader.version

    def __init__(self, path: Path, *, whole_planes_only: bool) -> None:
        self._plate = read_plate(path)
        self._open: OrderedDict[Path, TiffReader] = OrderedDict()
        found = plate_files(self._plate)
        self._members = sorted(found.values())
        self._ome: str | None = None
        if whole_planes_only:
            found = {key: file for key, file in found.items() if _is_whole(file)}
        self.fields = [
            field for field in _fields(self._plate, found, whole_planes_only=whole_planes_only) if field.files
        ]
        try:
            self.images: Sequence[ImageInfo] = tuple(
                self._info(number, field) for number, field in enumerate(self.fields)
            )
        except BaseException:
            self.close()
            raise

    def _info(self, number: int, field: Field) -> ImageInfo:
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
            missing=field.missing,
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

    def _tiff(self, path: Path) -> TiffReader:
        if path in self._open:
            self._open.move_to_end(path)
        else:
            self._open[path] = TiffReader(path)
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
        tree = self._tiff(self.fields[image].files[place]).vendor_metadata().get("metaseries")
        found = tree.get("PlaneInfo") if isinstance(tree, dict) else None
        return found if isinstance(found, dict) else {}

    def ome_xml(self) -> str:
        """Describe the plate, its wells and its planes in OME-XML, from the HTD file and each plane's metadata."""
        if self._ome is None:
            self._ome = plate_ome(self._plate, self.images, self.fields, self.plane_info)
        return self._ome

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the HTD file as a tree, and for each image the metadata of its first plane and its repeats."""
        settings = {name: values[0] if len(values) == 1 else values for name, values in self._plate.settings.items()}
        images = {}
        for info, field in zip(self.images, self.fields, strict=True):
            first = self._tiff(field.files[min(field.files)]).vendor_metadata().get("metaseries")
            images[str(info.name)] = {"first plane": first, "repeats": self._repeats(info.index)}
        return {"htd": settings, "metaxpress": {"images": images}}

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
    """Open a plate."""
    return PlateReader(request.path, whole_planes_only=request.options.whole_planes_only)


def _is_whole(file: Path) -> bool:
    """Whether a member holds what it promises."""
    try:
        check_structure(file, "metaxpress", [file])
    except RefusedSample:
        return False
    return True


def _shape(info: ImageInfo) -> tuple[int, int, int, str]:
    return info.size_y, info.size_x, info.samples, info.dtype


def _fields(plate: Plate, found: dict[Key, Path], *, whole_planes_only: bool) -> Iterator[Field]:
    """Every image that the plate promises, and its thumbnails, well by well and site by site."""
    stacks = _waves_of(plate, found, thumbnail=False, stack=True)
    singles = _waves_of(plate, found, thumbnail=False, stack=False)
    # A wavelength without a single file is promised all the same.
    nowhere = tuple(wave for wave in plate.waves if wave.collected and wave not in (*stacks, *singles))
    stacks, singles = (_both(stacks, nowhere), singles) if plate.z_steps else (stacks, _both(singles, nowhere))
    for well in plate.wells:
        for site in plate.sites:
            for thumbnail in (False, True):
                for steps in (tuple(range(1, plate.z_steps + 1)), (0,)):
                    waves = stacks if steps != (0,) else singles
                    if thumbnail:
                        waves = _waves_of(plate, found, thumbnail=True, stack=steps != (0,))
                    if waves and steps:
                        yield _field(
                            plate, found, well, site, waves, steps, thumbnail, bool(stacks), whole_planes_only
                        )


def _both(waves: tuple[Wave, ...], more: tuple[Wave, ...]) -> tuple[Wave, ...]:
    return tuple(sorted((*waves, *more), key=lambda wave: wave.number))


def _waves_of(plate: Plate, found: dict[Key, Path], *, thumbnail: bool, stack: bool) -> tuple[Wave, ...]:
    """Wavelengths of which there is at least one file of a kind: as stacks, or as single planes."""
    numbers = {key.wave for key in found if key.thumbnail == thumbnail and (key.z > 0) == stack}
    return tuple(wave for wave in plate.waves if wave.number in numbers)


def _field(
    plate: Plate,
    found: dict[Key, Path],
    well: Well,
    site: Site,
    waves: tuple[Wave, ...],
    steps: tuple[int, ...],
    thumbnail: bool,
    beside_stack: bool,
    whole_planes_only: bool,
) -> Field:
    """Gather the files of one image.

    Raises
    ------
    RefusedSample
        INV006 naming the first promised file that is not there.
    """
    files, missing, absent = {}, set(), set()
    for t in range(plate.times):
        for c, wave in enumerate(waves):
            for z, step in enumerate(steps):
                key = Key(thumbnail, well, site.number, wave.number, t + 1, step)
                if path := found.get(key):
                    files[t, c, z] = path
                elif thumbnail or not wave.collected:
                    absent.add((t, c, z))
                elif whole_planes_only:
                    missing.add((t, c, z))
                else:
                    raise RefusedSample("INV006", name=file_name(plate, key))
    return Field(well, site, waves, steps, thumbnail, beside_stack, files, frozenset(missing), frozenset(absent))
