"""The readers that other people have: each delivers the planes of a file as arrays, in the order of its pages.

Run as a program by `readable`, once per reader, in whatever environment has it: numpy is all that is shared.
"""

import json
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from samples_compare import Differs, compared

CONVERT = "/usr/bin/convert"
LONGEST_S = 600
VIPS_TYPES = {
    "uchar": "u1",
    "char": "i1",
    "ushort": "u2",
    "short": "i2",
    "uint": "u4",
    "int": "i4",
    "float": "f4",
    "double": "f8",
    "complex": "c8",
    "dpcomplex": "c16",
}


class Cannot(Exception):
    """The reader does not open the file, in its own words."""


def tifffile_pages(job: dict[str, Any]) -> Iterator[np.ndarray]:
    import tifffile

    with tifffile.TiffFile(job["tiff"]) as tiff:
        if not tiff.is_ome:
            raise Differs("not taken for OME-TIFF")
        if len(tiff.series) != len(job["images"]):
            raise Differs(f"{len(tiff.series)} series of {len(job['images'])}")
        for page in tiff.pages:
            yield page.asarray()


def tifffile_series(job: dict[str, Any]) -> Iterator[np.ndarray]:
    """What `tifffile.imread` gives: the planes of each series by its OME axes."""
    import tifffile

    with tifffile.TiffFile(job["tiff"]) as tiff:
        for image, series in zip(job["images"], tiff.series, strict=True):
            samples = "S" if "S" in series.axes else ""
            array = series.asarray()
            for axis in reversed("TCZYX" + samples):
                if axis not in series.axes:
                    array = array[np.newaxis]
            axes = [axis for axis in "TCZYX" + samples if axis not in series.axes] + list(series.axes)
            array = array.transpose([axes.index(axis) for axis in "TCZYX" + samples])
            yield from (array[tuple(place)] for place in image["planes"])


def bioformats_planes(job: dict[str, Any]) -> Iterator[np.ndarray]:
    from fixative.readers.bioformats.reader import BioFormatsReader
    from fixative.readers.options import ReaderOptions, Request

    reader = BioFormatsReader(Request(Path(job["tiff"]), "ome_tiff", "bioformats", ReaderOptions()))
    try:
        if len(reader.images) != len(job["images"]):
            raise Differs(f"{len(reader.images)} series of {len(job['images'])}")
        for image, found in zip(job["images"], reader.images, strict=True):
            if (found.name or None) != (image["name"] or None):
                raise Differs("another image name")
            if [found.size_t, found.size_c, found.size_z] != image["sizes"]:
                raise Differs(f"T, C, Z of {[found.size_t, found.size_c, found.size_z]} for {image['sizes']}")
            if max(1, len(found.levels)) != image["levels"]:
                raise Differs(f"{max(1, len(found.levels))} levels of {image['levels']}")
            for t, c, z in image["planes"]:
                yield reader.read_region(found.index, t, c, z, 0, 0, found.size_y, found.size_x)
    finally:
        reader.close()


def bioio_planes(job: dict[str, Any]) -> Iterator[np.ndarray]:
    import bioio_ome_tiff
    from bioio import BioImage

    yield from _scenes(BioImage(job["tiff"], reader=bioio_ome_tiff.Reader), job)


def bioio_guessed_planes(job: dict[str, Any]) -> Iterator[np.ndarray]:
    """With the plugin that bioio itself chooses."""
    from bioio import BioImage

    yield from _scenes(BioImage(job["tiff"]), job)


def aicsimageio_planes(job: dict[str, Any]) -> Iterator[np.ndarray]:
    from aicsimageio import AICSImage

    yield from _scenes(AICSImage(job["tiff"]), job)


def _scenes(image: Any, job: dict[str, Any]) -> Iterator[np.ndarray]:
    if len(image.scenes) != len(job["images"]):
        raise Differs(f"{len(image.scenes)} scenes of {len(job['images'])}")
    for number, expected in enumerate(job["images"]):
        image.set_scene(number)
        samples = "S" if "S" in image.dims.order else ""
        array = image.get_image_data("TCZYX" + samples)
        if list(array.shape[:3]) != expected["sizes"]:
            raise Differs(f"T, C, Z of {list(array.shape[:3])} for {expected['sizes']}")
        scale = [getattr(image.physical_pixel_sizes, axis) for axis in "ZYX"]
        for found, stated in zip(scale, expected["scale_um"], strict=True):
            if stated is not None and (found is None or abs(found - stated) > 1e-6 * stated):
                raise Differs(f"scale {found} for {stated}")
        if all(expected["channels"]) and [str(name) for name in image.channel_names] != expected["channels"]:
            raise Differs("other channel names")
        yield from (array[tuple(place)] for place in expected["planes"])


def pillow_pages(job: dict[str, Any]) -> Iterator[np.ndarray]:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(job["tiff"]) as image:
        for number in range(image.n_frames):
            image.seek(number)
            yield np.asarray(image)


def gdal_pages(job: dict[str, Any]) -> Iterator[np.ndarray]:
    import rasterio

    # By its offset: by its number, GDAL walks there through all pages before it.
    for offset in job["offsets"]:
        with rasterio.open(f"GTIFF_DIR:off:{offset}:{job['tiff']}") as page:
            yield np.moveaxis(page.read(), 0, -1)


def openslide_level(job: dict[str, Any]) -> Iterator[np.ndarray]:
    """OpenSlide knows one image per file: the first page."""
    import openslide

    with openslide.OpenSlide(job["tiff"]) as slide:
        yield np.asarray(slide.read_region((0, 0), 0, slide.dimensions))
        if slide.level_count != job["images"][0]["levels"]:
            raise Differs(f"{slide.level_count} levels of {job['images'][0]['levels']}")


def opencv_pages(job: dict[str, Any]) -> Iterator[np.ndarray]:
    import cv2

    whole, pages = cv2.imreadmulti(job["tiff"], flags=cv2.IMREAD_UNCHANGED)
    if not whole:
        raise Cannot("imreadmulti gives no page")
    for page in pages:
        yield page[..., [2, 1, 0, *range(3, page.shape[2])]] if page.ndim == 3 and page.shape[2] > 2 else page


def vips_pages(job: dict[str, Any]) -> Iterator[np.ndarray]:
    for first, count in _runs(job["pages"]):
        name = f"{job['tiff']}[page={first},n={count}]"
        head = dict(line.split(": ", 1) for line in _output("vipsheader", "-a", name).splitlines() if ": " in line)
        dtype = np.dtype(VIPS_TYPES[head["format"]])
        with tempfile.NamedTemporaryFile() as raw:
            _output("vips", "rawsave", name, raw.name)
            samples = np.fromfile(raw.name, dtype)
        yield from samples.reshape(count, -1, int(head["width"]), int(head["bands"]))


def imagemagick_pages(job: dict[str, Any]) -> Iterator[np.ndarray]:
    """At the depth of the page, 16 bits at most: what its usual build keeps in memory."""
    for first, count in _runs(job["pages"]):
        page = np.load(job["pages"][first], mmap_mode="r")
        bits = 8 if page.dtype.itemsize == 1 else 16
        name = f"{job['tiff']}[{first}-{first + count - 1}]"
        samples = page.shape[2] if page.ndim == 3 else 1
        kind = "gray" if samples == 1 and not job["palettes"][first] else {3: "rgb", 4: "rgba"}.get(samples, "rgb")
        with tempfile.NamedTemporaryFile() as raw:
            _output(CONVERT, name, "-depth", str(bits), "-endian", "LSB", f"{kind}:{raw.name}")
            found = np.fromfile(raw.name, f"<u{bits // 8}")
        wide = {"gray": 1, "rgb": 3, "rgba": 4}[kind]
        if found.size != count * page.shape[0] * page.shape[1] * wide:
            raise Differs(f"{found.size} samples")
        yield from found.reshape(count, page.shape[0], page.shape[1], wide)


def _runs(pages: list[str]) -> Iterator[tuple[int, int]]:
    """First and number of pages that follow each other and are of one size and type."""
    first, kind = 0, None
    for number, path in enumerate([*pages, None]):
        page = np.load(path, mmap_mode="r") if path else None
        now = None if page is None else (page.shape, page.dtype)
        if number and now != kind:
            yield first, number - first
            first = number
        kind = now


def _output(*command: str) -> str:
    run = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if run.returncode:
        raise Cannot(run.stderr.strip().splitlines()[0] if run.stderr.strip() else f"status {run.returncode}")
    return run.stdout


READERS = {
    "tifffile": tifffile_pages,
    "tifffile-series": tifffile_series,
    "bioformats": bioformats_planes,
    "bioio": bioio_planes,
    "bioio-guess": bioio_guessed_planes,
    "aicsimageio": aicsimageio_planes,
    "libvips": vips_pages,
    "openslide": openslide_level,
    "gdal": gdal_pages,
    "imagemagick": imagemagick_pages,
    "opencv": opencv_pages,
    "pillow": pillow_pages,
}


def _compared_page(found: np.ndarray, job: dict[str, Any], number: int) -> str:
    expected, palette = np.load(job["pages"][number]), job["palettes"][number]
    try:
        return compared(found, expected, np.load(palette) if palette else None)
    except Differs:
        if not job["white_is_zero"][number] or expected.dtype.kind not in "uib":
            raise
        # A reader that shows pictures rather than samples: 0 is white, as the file says.
        lightest = 1 if expected.dtype == bool else np.iinfo(expected.dtype).max
        light = (lightest - expected).astype(expected.dtype)
        return "white is 0, shown so; " + compared(found, light, None)


def looked_at(reader: str, job: dict[str, Any]) -> tuple[str, str]:
    """One file through one reader: "identical", "other" or "cannot", and what there is to say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _looked_at(reader, job)


def _looked_at(reader: str, job: dict[str, Any]) -> tuple[str, str]:
    said: dict[str, None] = {}
    number = 0
    try:
        for number, found in enumerate(READERS[reader](job), start=1):
            if number > len(job["pages"]):
                raise Differs(f"more than {len(job['pages'])} pages")
            said[_compared_page(np.asarray(found), job, number - 1)] = None
        if number != len(job["pages"]) and reader != "openslide":
            raise Differs(f"{number} pages of {len(job['pages'])}")
    except Differs as difference:
        said[f"page {number}: {difference}"] = None
        return "other", "; ".join(filter(None, said))
    except Exception as error:  # noqa: BLE001  whatever a reader raises is the answer
        return "cannot", f"{type(error).__name__}: {error}"[:200].replace("\n", " ")
    return "identical", "; ".join(filter(None, said))


def _too_long(*_: object) -> None:
    raise Cannot("too long")


def main(reader: str, jobs: str, done: str) -> None:
    """Look at every file of ``jobs`` that is not in ``done`` yet, and say so there line by line."""
    signal.signal(signal.SIGALRM, _too_long)
    path = Path(done)
    seen = {json.loads(line)["sample"] for line in path.read_text().splitlines()} if path.exists() else set()
    with path.open("a") as out:
        for job in json.loads(Path(jobs).read_text()):
            if job["sample"] in seen:
                continue
            # Said beforehand too: a reader that crashes is not asked a second time.
            print(json.dumps({"sample": job["sample"], "verdict": ["cannot", "crashed"]}), file=out, flush=True)
            signal.alarm(LONGEST_S)
            verdict = looked_at(reader, job)
            signal.alarm(0)
            print(json.dumps({"sample": job["sample"], "verdict": verdict}), file=out, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
