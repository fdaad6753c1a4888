"""Which datasets of a file GDAL opens: the pages of a TIFF, the subdatasets of other formats.

libtiff passes over in silence what Fixative refuses: strips that are too short, pages behind a broken chain. So a
TIFF's directories are walked here, and GDAL is told which to open, by its offset.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fixative.structure.tiff_data import check_data
from fixative.structure.tiff_ifd import Ifd, Tiff
from fixative.structure.window import Window

PLAIN_TIFF = ("tiff", "geotiff")
"""TIFF formats whose pages have no meaning beyond their order: one page or many."""

ONE_PAGE = ("fei_tiff", "sem_tiff", "sis_tiff", "metaxpress", "lsm")
"""Dialects that GDAL reads right where there is one page. The others join files, or keep many planes behind one
page (ImageJ, MetaMorph), by rules of their own."""

MOST_PAGES = 200
"""GDAL opens a dataset for each page, at some 5 ms: other readers take longer stacks in a hundredth of that."""

_KNOWN_PHOTOMETRIC = {0, 1, 2, 3, 4, 32803, 34892}
_YCBCR, _JPEG = 6, 7
_REDUCED, _MASK = 1, 4


@dataclass(frozen=True)
class Page:
    """One dataset of the file, by the name under which GDAL opens it."""

    name: str
    mask: bool = False
    photometric: int | None = None
    extra: tuple[int, ...] = ()
    colours: tuple[int, ...] = ()
    """TIFF's PhotometricInterpretation, ExtraSamples and ColorMap, where the file is a TIFF."""


def pages_of(path: Path, fmt: str, main: Any) -> list[Page]:
    """Every dataset of a file that is an image of its own: pages of a TIFF, subdatasets of other formats.

    Raises
    ------
    RefusedSample
        INV004, INV005 where the chain of a TIFF's directories is broken.
    ValueError
        Where GDAL would convert the stored values, or does not know what the pages mean.
    """
    if main.driver == "GTiff":
        pages = list(_tiff_pages(path))
        if fmt not in PLAIN_TIFF and (fmt not in ONE_PAGE or len(pages) > 1):
            raise ValueError(f"{len(pages)} pages of a dialect that GDAL does not know")
        if len(pages) > MOST_PAGES:
            raise ValueError(f"{len(pages)} pages, each of which GDAL would open as a file of its own")
        return pages
    if main.driver == "JP2OpenJPEG":
        _require_one_codestream(path)
    if main.driver == "PNG" and b"acTL" in path.read_bytes()[:65536].partition(b"IDAT")[0]:
        raise ValueError("an animation, of which GDAL reads the first frame")
    if names := list(main.subdatasets):
        if any(str(path) not in name for name in names):
            raise ValueError("a subdataset that lies in another file")
        return [Page(name) for name in names]
    return [Page(str(path))]


def _tiff_pages(path: Path) -> Iterator[Page]:
    """Pages of the main chain, each before its SubIFDs; reduced copies are levels of another page, and no pages."""
    with Window(path) as window:
        tiff = Tiff(window)
        found = []
        for top in tiff.chain(tiff.first, "ifd"):
            for ifd in (top, *tiff.below(top)):
                if problem := ifd.problem or check_data(tiff, ifd).problem:
                    raise problem
                if not tiff.value(ifd, 254, 0) & _REDUCED:
                    found.append(_tiff_page(tiff, ifd, path))
    if sum(not page.mask for page in found) == 1 and not found[0].mask:
        # Opened by its plain name, the first page has its levels.
        found[0] = replace(found[0], name=str(path))
    yield from found


def _tiff_page(tiff: Tiff, ifd: Ifd, path: Path) -> Page:
    """One directory; what GDAL would convert, or misunderstand, is refused."""
    _require_unconverted(tiff, ifd)
    _require_no_axes(tiff.text(ifd, 270))
    return Page(
        f"GTIFF_DIR:off:{ifd.offset}:{path}",
        mask=bool(tiff.value(ifd, 254, 0) & _MASK),
        photometric=tiff.value(ifd, 262, 1),
        extra=tuple(int(value) for value in tiff.values(ifd, 338)),
        colours=tuple(int(value) for value in tiff.values(ifd, 320)),
    )


def _require_unconverted(tiff: Tiff, ifd: Ifd) -> None:
    """GDAL turns CMYK, CIELAB, LogLuv and YCbCr outside JPEG into 8-bit RGBA; YCbCr in JPEG as every reader does."""
    photometric, compression = tiff.value(ifd, 262, 1), tiff.value(ifd, 259, 1)
    if photometric not in _KNOWN_PHOTOMETRIC and (photometric, compression) != (_YCBCR, _JPEG):
        raise ValueError(f"photometric interpretation {photometric}, which GDAL converts to RGBA")


def _require_no_axes(description: bytes) -> None:
    """Refuse axes beyond Y, X and S, which tifffile and its kin write into the description."""
    if not description.startswith(b"{") or b'"shape"' not in description:
        return
    try:
        stated = json.loads(description)
    except ValueError:
        return
    axes, shape = stated.get("axes"), stated["shape"]
    plain = axes in ("YX", "YXS", "SYX") if axes else len(shape) <= 2 + (shape[-1] in (3, 4) or shape[0] in (3, 4))
    if not plain:
        raise ValueError("axes that GDAL does not know")


def _require_one_codestream(path: Path) -> None:
    """JPX files hold several codestreams, of which GDAL reads the first."""
    found = 0
    with Window(path) as window:
        at = 0 if window.read(0, 4, "header") == b"\0\0\0\x0c" else window.bytes
        while at < window.bytes and window.holds(at, 16):
            length, kind, extended = window.unpack(">I4sQ", at, "box")
            found += kind == b"jp2c"
            length = extended if length == 1 else length
            if length < 8:
                break
            at += length
    if found > 1:
        raise ValueError(f"{found} codestreams, of which GDAL reads the first")
