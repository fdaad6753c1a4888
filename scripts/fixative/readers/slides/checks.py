"""What OpenSlide would leave out, convert or compute of a slide, told from its properties and tags.

OpenSlide shows one focal plane of one optical path in 8 bits. A slide that has more is not opened here: the
next backend may read it whole.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tifffile

from fixative.findings import RefusedSample
from fixative.members import Folder, base_name
from fixative.readers.tiff.log import lost_data_refused

Properties = Mapping[str, str]

_IN_TIFF = {"aperio", "generic-tiff", "hamamatsu", "huron", "leica", "philips", "trestle", "ventana"}
_ELSEWHERE = {"dicom", "mirax", "sakura"}
_DENSE = {"aperio", "generic-tiff", "hamamatsu"}
_CONVERTED_BY_THE_CODEC = {7, 33003, 33005, 34712}
"""Compressions whose YCbCr is part of the codec: JPEG and JPEG 2000."""
_MAGNIFICATION, _FOCAL_PLANE, _ORIENTATION = 65421, 65424, 274
_VMS, _VMU = b"Virtual Microscope Specimen]", b"[Uncompressed Virtual Microscope Specimen]"
_ONE_OF_EACH = {
    "dicom.TotalPixelMatrixFocalPlanes": "focal planes",
    "dicom.NumberOfOpticalPaths": "optical paths",
    "hamamatsu.NoLayers": "focal planes",
}


@dataclass(frozen=True)
class SlideLayout:
    """What the slide's pixels are, and which of OpenSlide's levels the file stores."""

    samples: int
    """1 grey, 3 RGB of a dense slide, 4 RGB and alpha where parts may never have been scanned."""
    stored: frozenset[int]


def layout_of(path: Path, properties: Properties, sizes: Sequence[tuple[int, int]]) -> SlideLayout:
    """Tell what the slide's pixels are.

    Parameters
    ----------
    path : Path
        The slide.
    properties : mapping
        OpenSlide's.
    sizes : sequence of (width, height)
        OpenSlide's levels.

    Raises
    ------
    ValueError
        Where OpenSlide would not deliver what the file holds.
    RefusedSample
        INV005 where the chain of TIFF pages is broken.
    """
    vendor = properties.get("openslide.vendor", "")
    every = frozenset(range(len(sizes)))
    if vendor not in _IN_TIFF | _ELSEWHERE:
        # CZI among them: OpenSlide joins scenes, which libCZI keeps apart, and cuts 16 bits to 8.
        raise ValueError("a kind of slide of which it is not known here what OpenSlide makes of it")
    for name, what in _ONE_OF_EACH.items():
        _require_one(properties.get(name), what)
    if vendor == "mirax":
        _require_one_of_each_hierarchy(properties)
    if vendor == "dicom":
        dense = properties.get("dicom.DimensionOrganizationType") == "TILED_FULL"
        return SlideLayout(3 if dense else 4, every)
    if vendor == "ventana" and "openslide.level[0].tile-width" not in properties:
        raise ValueError("tiles that OpenSlide places between pixels, and interpolates")
    if vendor == "hamamatsu" and _VMS in (head := _head(path)):
        if _VMU in head:
            raise ValueError("12 bits, which OpenSlide cuts to 8")
        return SlideLayout(3, frozenset({0}))
    if vendor in _ELSEWHERE:
        return SlideLayout(4, every)
    with lost_data_refused(), tifffile.TiffFile(path) as tif:
        pages = [page for page in tif.pages if _is_of_the_slide(page, vendor)]
        dense = vendor in _DENSE or _is_one_whole_page(pages, properties, sizes[0])
        samples = _samples(pages, vendor, dense=dense)
        return SlideLayout(samples, _stored(pages, vendor, sizes) if vendor in _DENSE else every)


def _require_one(number: str | None, what: str) -> None:
    if number is not None and number.strip() not in ("", "0", "1"):
        raise ValueError(f"{number} {what}, of which OpenSlide reads one")


def _require_one_of_each_hierarchy(properties: Properties) -> None:
    """MIRAX keeps focus and filter levels as hierarchies beside that of zoom levels."""
    for name, value in properties.items():
        match = re.fullmatch(r"mirax\.HIERARCHICAL\.HIER_(\d+)_NAME", name)
        if match and value.strip() != "Slide zoom level":
            _require_one(properties.get(f"mirax.HIERARCHICAL.HIER_{match[1]}_COUNT"), f"of {value}")


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(256)


def _is_of_the_slide(page: Any, vendor: str) -> bool:
    """Whether a page is a level of the slide, and no label, macro, thumbnail or map."""
    if vendor == "hamamatsu":
        magnification = page.tags.valueof(_MAGNIFICATION, 0)
        return bool(magnification > 0)
    return bool(page.is_tiled)


def _is_one_whole_page(pages: Sequence[Any], properties: Properties, size: tuple[int, int]) -> bool:
    """Whether the slide is one page, all of whose tiles are stored, side by side."""
    full = [page for page in pages if (page.imagewidth, page.imagelength) == size]
    side_by_side = "openslide.level[0].tile-width" in properties
    return side_by_side and len(full) == 1 and 0 not in full[0].databytecounts


def _samples(pages: Sequence[Any], vendor: str, *, dense: bool) -> int:
    """Samples that are delivered, after refusing what libtiff would convert to 8 bits of RGB."""
    if not pages:
        raise ValueError("no tiled page")
    for page in pages:
        grey = page.photometric == 1 and page.samplesperpixel == 1
        rgb = page.photometric == 2 and page.samplesperpixel == 3
        ycbcr = page.photometric == 6 and page.samplesperpixel == 3 and page.compression in _CONVERTED_BY_THE_CODEC
        if page.bitspersample != 8 or page.sampleformat != 1 or not (grey or rgb or ycbcr):
            raise ValueError("pixels that OpenSlide converts to 8 bits of RGB")
        if page.tags.valueof(_ORIENTATION, 1) != 1:
            raise ValueError("an orientation that OpenSlide applies and forgets")
        if page.imagedepth != 1 or page.tags.valueof(_FOCAL_PLANE, 0) != 0:
            raise ValueError("focal planes that OpenSlide leaves out")
    if vendor == "leica" and re.search(r'<dimension\b[^>]*\b[zc]="0*[1-9]', pages[0].description):
        raise ValueError("focal planes or channels that OpenSlide leaves out")
    sizes = [(page.imagewidth, page.imagelength) for page in pages]
    if vendor in _DENSE and len(set(sizes)) < len(sizes):
        raise ValueError("several pages of one size, of which OpenSlide reads one")
    stored = {page.samplesperpixel for page in pages}
    if stored == {1}:
        return 1
    return 3 if dense else 4


def _stored(pages: Sequence[Any], vendor: str, sizes: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Levels that stand in the file.

    OpenSlide adds levels to an NDPI that libjpeg scales. Of an Aperio slide it paints a tile without bytes,
    and the tiles below it in every further level, from the level above.
    """
    by_size = {(page.imagewidth, page.imagelength): page for page in pages}
    found = set()
    for number, size in enumerate(sizes):
        page = by_size.get(size)
        if page is None:
            continue
        found.add(number)
        if 0 in page.databytecounts and vendor == "aperio":
            return frozenset(found if number == 0 else found - {number})
    return frozenset(found)


def further_files(path: Path) -> list[Path]:
    """List files that OpenSlide reads beside those of `filesets.file_set`.

    Raises
    ------
    RefusedSample
        INV006 where a file that the slide names is missing.
    """
    head = _head(path)
    if _VMS in head:
        return _named_by_vms(path)
    return _of_the_same_series(path) if head[128:132] == b"DICM" else []


def _named_by_vms(path: Path) -> list[Path]:
    """Images, map, macro and optimisation file that a VMS or VMU names."""
    folder = Folder(path.parent)
    text = path.read_text("utf-8", "replace")
    pattern = r"^(ImageFile(?:\([\d,]+\))?|MapFile|MacroImage|OptimisationFile)\s*=[ \t]*(\S.*?)\s*$"
    found = []
    for key, name in re.findall(pattern, text, re.MULTILINE):
        member = folder.find(name)
        # The optimisation file only speeds reading up; slides are passed on without it.
        if member is None and key != "OptimisationFile":
            raise RefusedSample("INV006", name=base_name(name))
        found += [member] if member else []
    return sorted(set(found))


def _of_the_same_series(path: Path) -> list[Path]:
    """Files of the folder that OpenSlide takes for further levels of a DICOM slide."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    def series(file: Path) -> str | None:
        try:
            found = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"])
        except InvalidDicomError:
            return None
        return str(found.get("SeriesInstanceUID"))

    own = series(path)
    others = sorted(file for file in path.parent.iterdir() if file.is_file() and file != path)
    return [file for file in others if series(file) == own]
