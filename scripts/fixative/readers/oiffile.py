"""Olympus OIB and OIF: oiffile for the container and its settings, tifffile for the pages in it.

A frame is a TIFF and a settings file beside it (``.pty``) that says where it stands on the axes of the main
settings; the first two axes are those of the page. Lambda is folded into C, angle into T; points make images
of their own. A frame that the settings count and that is not there is a finding; positions on the axes beyond
the number of frames that the acquisition states were never taken. Reference images, taken of a wider field,
are images of kind macro; the thumbnail (a bitmap of the display) is left aside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.members import Folder, tree
from fixative.readers.axes import PlaneMap, fold, with_strides
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.oif_metadata import MOST_BYTES, oif_tree
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.structure.containers import check_ole

MEANINGS = {"T": "time", "C": "channel", "Z": "depth", "L": "emission", "A": "angle", "P": "position"}


@dataclass(frozen=True)
class _Image:
    planes: PlaneMap
    files: Mapping[int, str]
    """Linear index of a plane to the name of its TIFF."""


class OifReader:
    """An open OIB or OIF."""

    backend = "oiffile"
    library = "tifffile"

    def __init__(self, path: Path) -> None:
        import oiffile

        self.version = str(oiffile.__version__)
        self.path = path
        self._members: list[Path] = []
        if path.suffix.casefold() == ".oif":
            folder = Folder(path.parent).subfolder(f"{path.name}.files")
            if folder is None:
                raise RefusedSample("INV006", name=f"{path.name}.files")
            self._members = tree(path.parent, folder)
        else:
            check_ole(path, "oib", [path])
        self._file = oiffile.OifFile(path)
        try:
            # oiffile would look for the members of an OIF with a pattern, which brackets in its name break.
            self._paths = {_key(member.name): member for member in self._members}
            names = [member.name for member in self._members] or self._file.glob()
            self._names = {_key(name): name for name in names}
            self._settings = {name: self._read_settings(name) for name in sorted(self._names.values())}
            self._kept: tuple[str, npt.NDArray[Any]] | None = None
            found = list(self._describe())
            self._images = [one for _, one in found]
            self.images: Sequence[ImageInfo] = tuple(
                replace(info, index=index) for index, (info, _) in enumerate(found)
            )
        except BaseException:
            self._file.close()
            raise

    def _read_settings(self, name: str) -> Any:
        from oiffile import SettingsFile

        if not name.casefold().endswith((".pty", ".lut", ".roi", ".txt")):
            return None
        return dict(SettingsFile(self._open(name), name))

    def _open(self, name: str) -> Any:
        path = self._paths.get(_key(name))
        return self._file.open_file(self._names[_key(name)]) if path is None else path.open("rb")

    def _describe(self) -> Iterator[tuple[ImageInfo, _Image]]:
        main = self._file.mainfile
        letters = str(main["Axis Parameter Common"]["AxisOrder"])[2:]
        sizes = {str(axis["AxisCode"]): (n, int(axis["MaxSize"])) for n, axis in _axes(main)}
        outer = "".join(letter for letter in letters if sizes.get(letter, (0, 0))[1] > 1)
        axes = with_strides(outer[::-1], MEANINGS, [sizes[letter][1] for letter in outer[::-1]])
        frames: dict[int, str] = {}
        others: list[str] = []
        for settings in self._settings.values():
            name = _page_of(settings)
            if name is None:
                continue
            if settings["ProfileSaveInfo"].get("Name") != "COFAFrameImage":
                others.append(name)
                continue
            at = {
                axis.letter: int(settings[f"Axis {sizes[axis.letter][0]} Parameters"]["Number"]) - 1 for axis in axes
            }
            if any(not 0 <= at[axis.letter] < axis.size for axis in axes):
                raise RefusedSample("INV005", reason="a frame that lies outside the axes")
            frames[sum(at[axis.letter] * axis.stride for axis in axes)] = name
        stated = int(main["ProfileSaveInfo"].get("FrameCount", 0) or len(frames))
        if len(frames) < stated:
            raise RefusedSample("INV004", promised=f"{stated} frames", present=f"{len(frames)}", where="settings")
        for name in (*frames.values(), *others):
            if _key(name) not in self._names:
                raise RefusedSample("INV006", name=name)
        for planes in fold(axes):
            yield self._image(planes, frames, str(main["Axis Parameter Common"]["AxisOrder"]))
        for name in sorted(others):
            info, one = self._image(PlaneMap((), (), ()), {0: name}, "XY")
            yield replace(info, name=Path(name).stem, kind="macro"), one

    def _image(self, planes: PlaneMap, frames: Mapping[int, str], order: str) -> tuple[ImageInfo, _Image]:
        own = {plane: frames.get(planes.linear(*plane)) for plane in planes.planes()}
        first = next((name for name in own.values() if name is not None), None)
        if first is None:
            raise ValueError("a point without any frame")
        page = self._page(first)
        t, c, z = planes.sizes
        settings = next(s for s in self._settings.values() if _page_of(s) == first)
        bits = int(settings.get("Image Parameters", {}).get("ValidBitCounts", 0) or 0)
        info = ImageInfo(
            index=0,
            name=None,
            size_t=t,
            size_c=c,
            size_z=z,
            size_y=int(page.shape[0]),
            size_x=int(page.shape[1]),
            samples=1 if page.ndim == 2 else int(page.shape[2]),
            dtype=page.dtype.name,
            source_axes=order[::-1] + ("S" if page.ndim == 3 else ""),
            folded=planes.folded,
            significant_bits=bits if 0 < bits < page.dtype.itemsize * 8 else None,
            photometric="rgb" if page.ndim == 3 else "minisblack",
            absent=frozenset(plane for plane, name in own.items() if name is None),
        )
        return info, _Image(planes, frames)

    def _page(self, name: str) -> npt.NDArray[Any]:
        """Pixels of one TIFF; the last one is kept for its next bands."""
        from tifffile import TiffFile

        if self._kept is None or self._kept[0] != name:
            with self._open(name) as stream, TiffFile(stream, name=name) as file:
                if len(file.pages) != 1:
                    raise ValueError(f"{len(file.pages)} pages in a frame")
                pixels = np.asarray(file.pages[0].asarray())
            self._kept = name, np.array(pixels, dtype=pixels.dtype.newbyteorder("="), order="C")
        return self._kept[1]

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one frame; see `protocol.Reader`."""
        info, one = self.images[image], self._images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        name = one.files.get(one.planes.linear(t, c, z))
        if name is None:
            raise RefusedSample("CNV001", where=where, reason="the plane was never taken")
        with decoding(undecodable(where, self.path)):
            page = self._page(name)
        expected = (info.size_y, info.size_x, *((info.samples,) if info.samples > 1 else ()))
        if page.shape != expected or page.dtype.name != info.dtype:
            found = f"{page.dtype} {page.shape}"
            raise RefusedSample("CNV003", where=where, expected=f"{info.dtype} {expected}", found=found)
        return np.array(page[y : y + height, x : x + width], order="C")

    def ome_xml(self) -> str | None:
        """OIB and OIF carry no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return the main settings, and those of every frame, look-up table and region; see `oif_metadata`."""
        return {"oif": oif_tree(dict(self._file.mainfile), self._settings, self._content)}

    def _content(self, name: str) -> bytes:
        with self._open(name) as stream:
            return bytes(stream.read(MOST_BYTES))

    def files(self) -> list[Path]:
        """Return the OIB, or the OIF and every file of its folder."""
        return [self.path, *self._members]

    def close(self) -> None:
        """Close the container."""
        self._kept = None
        self._file.close()


def open_reader(request: Request) -> OifReader:
    """Open an OIB or an OIF."""
    return OifReader(request.path)


def _axes(main: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Number and settings of each axis of the main file."""
    for n in range(16):
        axis = main.get(f"Axis {n} Parameters Common")
        if axis is not None:
            yield n, axis


def _page_of(settings: Any) -> str | None:
    """Name of the TIFF that a ``.pty`` describes, or None where it describes something else."""
    if not isinstance(settings, Mapping) or "Image Parameters" not in settings:
        return None
    name = _bare(str(settings.get("File Info", {}).get("DataName") or ""))
    return name if name.casefold().endswith((".tif", ".tiff")) else None


def _key(name: str) -> str:
    return _bare(name).casefold()


def _bare(name: str) -> str:
    """Name without the folders of Windows or of the container."""
    return name.replace("\\", "/").rpartition("/")[2]
