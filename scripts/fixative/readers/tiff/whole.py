"""TIFF files that lost their end: the planes that are whole, those that are not named as missing.

What the file promises is taken from its own description (`structure.tiff_ome`, `structure.tiff_planes`), where
its bytes lie from its directories, both read by Fixative; tifffile delivers the tags of each directory and
decodes. Its own grouping of pages is not asked: it is made for whole files. Resolution levels are left out: the
archive makes its own.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.tiff.images import Layout, images_of
from fixative.readers.tiff.reader import TiffReader
from fixative.readers.tiff.segments import SegmentReader
from fixative.structure.tiff import SUBFILE, survey_tiff
from fixative.structure.tiff_data import whole_planes
from fixative.structure.tiff_ifd import Tiff
from fixative.structure.tiff_ome import ImagePlanes, is_ome, plane_places
from fixative.structure.tiff_planes import IMAGEJ, contiguous, imagej_axes
from fixative.structure.window import Window

OME_TYPES = {"float": "float32", "double": "float64", "complex": "complex64", "double-complex": "complex128"}
OME_TYPES |= {"bit": "bool"}

Whole = Sequence[Sequence[bool]]
"""For each page of a series, whether each of its planes is whole."""


@dataclass(frozen=True)
class _Series:
    """Pages of one image, in the order of its axes, and which of their planes are whole."""

    pages: Any
    """`tifffile.TiffPageSeries`; None where not one directory of the image is left."""
    whole: Whole
    lost: ImageInfo | None = None
    """The image, of which nothing is left."""


class WholePlanesReader(TiffReader):
    """A truncated TIFF, or a set of which some files are."""

    def __init__(self, request: Request) -> None:
        self.path = request.path
        self._external: Path | None = None
        self._files = file_set(request.path, request.fmt)
        self._opened: dict[Path, tifffile.TiffFile] = {}
        self._whole: dict[Path, list[tuple[bool, ...]]] = {}
        self._segments = SegmentReader(request.options.memory_mb)
        try:
            with _unheard():
                self._tif = self._file(_first_tiff(self._files))
                series = list(self._series())
                found = list(self._images(series))
            if not any(info.planes > len(info.missing) for info, _ in found):
                promised = f"{sum(info.planes for info, _ in found)} planes"
                raise RefusedSample("INV004", promised=promised, present="0", where="no plane of the source is whole")
        except BaseException:
            self.close()
            raise
        self._found = found
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in found)

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what is left of what the dialect says beyond tags."""
        from fixative.readers.tiff import metadata as tiff_metadata

        with _unheard():
            return tiff_metadata.vendor_trees(self._tif)

    def files(self) -> list[Path]:
        """Return every file of the set."""
        return list(self._files)

    def close(self) -> None:
        """Close every file."""
        self._segments.close()
        for tif in self._opened.values():
            tif.close()
        self._opened.clear()

    def _file(self, path: Path) -> tifffile.TiffFile:
        if path not in self._opened:
            self._opened[path] = tifffile.TiffFile(path)
        return self._opened[path]

    def _series(self) -> Iterator[_Series]:
        """Each image as its description promises it."""
        first = _first_tiff(self._files)
        survey = survey_tiff(first)
        if not self._directories(first)[0]:
            raise survey.problem or RefusedSample(
                "INV004", promised="a first directory", present="part of it", where="what says what the planes are"
            )
        if self.path != first or is_ome(survey.description):
            self._external = self.path if self.path != first else self._companion(first)
            for number, image in enumerate(plane_places(self.path, self._files)):
                yield self._ome(image, number)
        elif survey.description.startswith(IMAGEJ):
            yield self._stack(first, imagej_axes(survey), contiguous, "imagej")
        elif survey.stk_planes > 1:
            letter = "Z" if _has_distances(self._file(first)) else "T"
            yield self._stack(first, [(letter, survey.stk_planes)], contiguous, "stk")
        elif survey.lsm_planes > 0:
            yield self._lsm(first, survey.lsm_planes)
        else:
            yield from self._generic(first)

    def _companion(self, first: Path) -> Path | None:
        """File of the set that holds the OME-XML in place of the first."""
        return next((file for file in self._files if file != first and file.suffix.casefold() == ".ome"), None)

    def _ome(self, image: ImagePlanes, number: int) -> _Series:
        letters = "".join(reversed(image.pixels.order[2:]))
        sizes = [image.sizes[letter] for letter in letters]
        pages: list[Any] = [None] * int(np.prod(sizes))
        whole: list[Sequence[bool]] = [()] * len(pages)
        for position, (path, directory) in image.places.items():
            pages[position], whole[position] = self._page(path, directory)
        if not any(page is not None for page in pages):
            return _Series(None, (), _lost(image, number))
        return _Series(_series_of(pages, letters, sizes, "ome", image.pixels.name), whole)

    def _stack(self, path: Path, axes: list[tuple[str, int]], lie_behind: Any, kind: str) -> _Series:
        """Planes with a directory each, or one after the other behind the first."""
        axes = [axis for axis in axes if axis[1] > 1] or axes[-1:]
        letters, sizes = "".join(letter for letter, _ in axes), [size for _, size in axes]
        promised, directories = int(np.prod(sizes)), self._directories(path)
        page, own = self._page(path, 0)
        if page is None:
            raise RefusedSample("INV004", promised=f"{promised} planes", present="0", where="the first directory")
        behind = lie_behind(survey_tiff(path), promised) if page.is_contiguous else 0
        if behind > sum(all(planes) and bool(planes) for planes in directories):
            series = _series_of([page], letters, sizes, kind, None, truncated=True)
            return _Series(series, [[number < behind] * max(1, len(own)) for number in range(promised)])
        pages = [self._page(path, number) for number in range(min(promised, len(directories)))]
        pages += [(None, ())] * (promised - len(pages))
        return _Series(_series_of([one for one, _ in pages], letters, sizes, kind, None), [own for _, own in pages])

    def _lsm(self, path: Path, promised: int) -> _Series:
        """An LSM: every other directory is a thumbnail; channels are samples stored apart."""
        info = self._tif.lsm_metadata or {}
        sizes = [max(1, int(info.get(name, 1))) for name in ("DimensionTime", "DimensionZ")]
        if int(np.prod(sizes)) != promised:
            raise ValueError("positions or tiles of a truncated LSM are not told apart")
        main = [number for number in range(len(self._directories(path))) if not self._is_reduced(path, number)]
        pages = [self._page(path, number) for number in main[:promised]]
        pages += [(None, ())] * (promised - len(pages))
        return _Series(_series_of([one for one, _ in pages], "TZ", sizes, "lsm", None), [own for _, own in pages])

    def _generic(self, path: Path) -> Iterator[_Series]:
        """Directories as they come, those stored alike in one series.

        Where the chain broke off there were more: how many, and of what size, is not known.
        """
        groups: dict[Any, list[tuple[Any, Sequence[bool]]]] = {}
        for number in range(len(self._directories(path))):
            page, own = self._page(path, number)
            if page is not None and not self._is_reduced(path, number):
                groups.setdefault((page.shaped, page.dtype, page.compression), []).append((page, own))
        for pages in groups.values():
            series = _series_of([page for page, _ in pages], "I", [len(pages)], "generic", None)
            yield _Series(series, [own for _, own in pages])

    def _images(self, series: Sequence[_Series]) -> Iterator[tuple[ImageInfo, Any]]:
        order: Any = "little" if self._tif.byteorder == "<" else "big"
        index = 0
        for one in series:
            if one.lost is not None:
                yield replace(one.lost, index=index), None
                index += 1
                continue
            for info, layout in images_of([one.pages], order):
                gone = frozenset(place for place in layout.planes.planes() if not _is_whole(layout, one.whole, place))
                yield replace(info, index=index, absent=frozenset(), missing=gone), layout
                index += 1

    def _page(self, path: Path, number: int) -> tuple[Any, Sequence[bool]]:
        """A directory's page and which of its planes are whole; None where its tags are not."""
        own = self._directories(path)[number]
        if not own:
            return None, ()
        return self._file(path).pages[number], own

    def _is_reduced(self, path: Path, number: int) -> bool:
        page = self._page(path, number)[0]
        tag = page.tags.get(SUBFILE) if page is not None else None
        return tag is not None and bool(int(tag.value) & 1)

    def _directories(self, path: Path) -> list[tuple[bool, ...]]:
        """For each directory of the main chain, which of its planes are whole; empty where its tags are not."""
        if path not in self._whole:
            with Window(path) as window:
                tiff = Tiff(window)
                self._whole[path] = [whole_planes(tiff, ifd) for ifd in tiff.chain(tiff.first, "ifd")]
        return self._whole[path]


def _series_of(
    pages: list[Any], letters: str, sizes: Sequence[int], kind: str, name: str | None, *, truncated: bool = False
) -> Any:
    """Tifffile's series of pages whose axes around the page's own are known."""
    key = next(page for page in pages if page is not None)
    separate, depth, size_y, size_x, samples = key.shaped
    inner = [(letter, size) for letter, size in (("S", separate), ("Q", depth)) if size > 1]
    axes = letters + "".join(letter for letter, _ in inner) + "YX" + ("S" if samples > 1 else "")
    shape = [*sizes, *(size for _, size in inner), size_y, size_x, *([samples] if samples > 1 else [])]
    if kind == "lsm":
        axes = axes.replace("S", "C")
    return tifffile.TiffPageSeries(
        pages, shape, key.dtype, axes, kind=kind, name=name, truncated=truncated, squeeze=False
    )


def _is_whole(layout: Layout, whole: Whole, place: tuple[int, int, int]) -> bool:
    linear = layout.planes.linear(*place)
    if layout.pick is not None:
        linear //= layout.pick[1]
    number, step = layout.separate or (1, 1)
    for sample in range(number):
        page, inner = divmod(linear + sample * step, layout.per_page)
        planes = whole[page]
        if not planes or not planes[min(inner, len(planes) - 1)]:
            return False
    return True


def _lost(image: ImagePlanes, number: int) -> ImageInfo:
    """An image of which no directory is left, as the OME-XML promises it."""
    sizes = image.pixels.sizes
    kind = OME_TYPES.get(image.pixels.type.casefold(), image.pixels.type.casefold())
    places = np.ndindex(sizes["T"], sizes["C"], sizes["Z"])
    return ImageInfo(
        index=number,
        name=image.pixels.name,
        size_t=sizes["T"],
        size_c=sizes["C"],
        size_z=sizes["Z"],
        size_y=sizes["Y"],
        size_x=sizes["X"],
        samples=1,
        dtype=np.dtype(kind).name,
        missing=frozenset((int(t), int(c), int(z)) for t, c, z in places),
    )


def _has_distances(tif: tifffile.TiffFile) -> bool:
    """Whether a MetaMorph stack's planes are at different depths."""
    distances = (tif.stk_metadata or {}).get("ZDistance", ())
    return bool(np.any(np.asarray(distances) != 0))


def _first_tiff(files: Sequence[Path]) -> Path:
    for file in files:
        with file.open("rb") as stream:
            if stream.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
                return file
    raise RefusedSample("INV006", name="the TIFF files of the companion")


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep tifffile's log of what is missing, which is known, out of the job's."""
    logger = logging.getLogger("tifffile")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
