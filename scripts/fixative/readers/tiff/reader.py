"""TIFF in all its dialects, and LSM, through tifffile's tags and decoders.

tifffile reads the tags and groups the pages; the pixels are read region by region (`tiff_segments`), so that
a plane larger than memory can be read. Whatever tifffile would fill with zeros is a refusal: see `tiff_log`.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import READER_DEFAULTS, Request
from fixative.readers.protocol import ImageInfo
from fixative.readers.tiff import metadata as tiff_metadata
from fixative.readers.tiff.images import Layout, images_of
from fixative.readers.tiff.log import lost_data_refused
from fixative.readers.tiff.segments import MissingSegment, SegmentReader
from fixative.structure.ome_xml import is_ome


class TiffReader:
    """A TIFF file, or a set of them that one OME-XML, NDTiff index or Micro-Manager summary joins."""

    backend = "tifffile"
    library = "tifffile"
    version = tifffile.__version__

    def __init__(self, path: Path, memory_mb: int = READER_DEFAULTS.memory_mb) -> None:
        self.path = path
        self._external: Path | None = None
        tif: tifffile.TiffFile | None = None
        try:
            with lost_data_refused():
                tif = self._open(path)
                len(tif.pages)  # walks the chain: a broken one is heard
                self._found = list(images_of(tif.series, "little" if tif.byteorder == "<" else "big"))
        except BaseException:
            # Also what was heard, not raised, leaves a file open.
            if tif is not None:
                tif.close()
            raise
        self._tif = tif
        self.images: Sequence[ImageInfo] = tuple(info for info, _ in self._found)
        self._segments = SegmentReader(memory_mb)

    def _open(self, path: Path) -> tifffile.TiffFile:
        if path.name.lower().endswith(".ome"):
            self._external, text = path, path.read_text("utf-8")
            return tifffile.TiffFile(_first_member(path, text), omexml=_without_modulo(text))
        tif = tifffile.TiffFile(path)
        try:
            own = _ome_of(tif)
        except BaseException:
            tif.close()
            raise
        if own and (companion := _binary_only(own)):
            tif.close()
            self._external = path.parent / companion
            if not self._external.is_file():
                raise RefusedSample("INV006", name=companion)
            if self._external.suffix.lower() in (".tif", ".tiff", ".tf2", ".tf8", ".btf"):
                with tifffile.TiffFile(self._external) as master:
                    text = master.ome_metadata or ""
            else:
                text = self._external.read_text("utf-8")
            return tifffile.TiffFile(path, omexml=_without_modulo(text))
        if own and ("modulo" in own or not tif.is_ome):
            tif.close()
            return tifffile.TiffFile(path, omexml=_without_modulo(_to_its_end(own)))
        return tif

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info, layout = self._found[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}" + (f" level {level}" if level else "")
        series = layout.levels[level]
        linear, sample = layout.planes.linear(t, c, z), None
        if layout.pick is not None:
            linear, sample = divmod(linear, layout.pick[1])
        with decoding(undecodable(where, self.path)), lost_data_refused():
            if layout.separate is None:
                found = self._plane(layout, series, linear, y, x, height, width)
                found = found if sample is None else found[:, :, sample : sample + 1]
            else:
                number, step = layout.separate
                planes = [linear + n * step for n in range(number)]
                apart = [self._plane(layout, series, plane, y, x, height, width) for plane in planes]
                found = np.concatenate(apart, axis=2)
        if found.shape != (height, width, info.samples) or found.dtype.name != info.dtype:
            raise RefusedSample(
                "CNV003",
                where=where,
                expected=f"{(height, width, info.samples)} {info.dtype}",
                found=f"{found.shape} {found.dtype.name}",
            )
        return np.ascontiguousarray(found[:, :, 0] if info.samples == 1 else found)

    def _plane(
        self, layout: Layout, series: Any, linear: int, y: int, x: int, height: int, width: int
    ) -> npt.NDArray[Any]:
        if _described_by_one_page(series):
            return self._segments.read_raw(series._pages[0], linear, y, x, height, width)
        number, inner = divmod(linear, layout.per_page)
        page = series._pages[number]
        if page is None:
            raise MissingSegment("the file's own list of planes leaves this plane out")
        if series.kind == "mmstack" and not page.offset and page is not page.keyframe:
            raise MissingSegment("the plane lies beyond the end of the file")
        return self._segments.read(page, inner, y, x, height, width)

    def ome_xml(self) -> str | None:
        """OME-XML of the file, of its companion or its master file, as it stands there."""
        if self._external is not None and self._external.suffix.lower() == ".ome":
            return self._external.read_text("utf-8")
        with tifffile.TiffFile(self._external or self.path) as tif:
            return _ome_of(tif)

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what the dialect says beyond tags: ImageJ, LSM, MetaMorph, Micro-Manager, slides, SEM ..."""
        with lost_data_refused():
            return tiff_metadata.vendor_trees(self._tif, self._tiffs())

    def _tiffs(self) -> list[Path]:
        """TIFFs of the set in the order of their names, where one file's planes go on in the next."""
        own = [path for path in self.files() if path.suffix.lower() in (".tif", ".tiff")]
        return [self.path, *sorted(path for path in own if path != self.path)] if self._tif.is_mmstack else own[:1]

    def files(self) -> list[Path]:
        """Return the main file, the members of its set, the companion or index that joins them."""
        found = [self.path]
        for series in self._tif.series:
            for level in series.levels:
                found += [Path(page.parent.filehandle.path) for page in level._pages if page is not None]
        if self._external is not None:
            found.append(self._external)
        if self._tif.is_ndtiff:
            found.append(self.path.parent / "NDTiff.index")
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Close every file."""
        self._segments.close()
        self._tif.close()


def open_reader(request: Request) -> TiffReader:
    """Open a TIFF; of one that is incomplete the planes that are whole, where that is asked for."""
    if request.options.whole_planes_only:
        from fixative.readers.tiff.whole import WholePlanesReader

        return WholePlanesReader(request)
    return TiffReader(request.path, request.options.memory_mb)


def _described_by_one_page(series: Any) -> bool:
    """Whether one page stands for many planes that follow it: ImageJ's and tifffile's way past 4 GB."""
    return bool(series.is_truncated or (len(series._pages) == 1 and len(series) > 1))


def _without_modulo(xml: str) -> str:
    """OME-XML whose modulo annotations tifffile overlooks: T, C and Z stay as OME-XML counts them."""
    return re.sub(r'(Namespace\s*=\s*["\'])[^"\']*modulo(["\'])', r"\1-\2", xml)


def _to_its_end(ome_xml: str) -> str:
    """Cut comments and instructions off that follow the root element: tifffile takes no document that goes on."""
    text = ome_xml.rstrip("\0 \t\r\n")
    while begins := {"-->": "<!--", "?>": "<?"}.get(text[-3:], {"?>": "<?"}.get(text[-2:])):
        text = text[: max(0, text.rfind(begins))].rstrip()
    return text


def _ome_of(tif: tifffile.TiffFile) -> str | None:
    """Give the OME-XML of a file, also one that a comment follows: tifffile looks at its last characters."""
    if tif.is_ome:
        return str(tif.ome_metadata)
    text = str(tif.pages.first.description)
    return text if is_ome(text.encode("utf-8", "replace")) else None


def _binary_only(xml: str) -> str | None:
    """Name of the file that holds the OME-XML, where this file's own says no more than that."""
    match = re.search(r"<(?:\w+:)?BinaryOnly\b[^>]*\bMetadataFile\s*=\s*[\"']([^\"']+)[\"']", xml)
    return match.group(1) if match else None


def _first_member(companion: Path, xml: str) -> Path:
    """First TIFF that a companion names."""
    match = re.search(r"<(?:\w+:)?UUID\b[^>]*\bFileName\s*=\s*[\"']([^\"']+)[\"']", xml)
    if match is None:
        raise RefusedSample("INV006", name="the TIFF files of the companion, which names none")
    member = companion.parent / match.group(1)
    if not member.is_file():
        raise RefusedSample("INV006", name=match.group(1))
    return member
