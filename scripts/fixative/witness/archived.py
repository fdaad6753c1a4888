"""A second decoder for the written file, where one library encodes and decodes its codec for everything in Python.

JPEG 2000 is written with OpenJPEG, and imagecodecs, GDAL and Pillow all read with OpenJPEG: a defect of it would be
on both sides of the verification. Bio-Formats decodes with Java code of its own (JJ2000, of JAI Image I/O).
"""

from contextlib import closing
from itertools import accumulate
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels, PlaneDigest
from fixative.plane_digests import start_plane, update_rows
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.protocol import Reader
from fixative.verify.expectation import pages_of

JPEG2000 = 34712
ROWS = 1024


def decoded_by_another(path: Path, pixels: Pixels, options: ReaderOptions) -> str | None:
    """Decode every plane of every level with Bio-Formats, if the file needs that.

    Parameters
    ----------
    path
        An OME-TIFF that `fixative.verify` has found to be as its record says.
    pixels
        Digest of every plane.
    options
        Settings of the readers.

    Returns
    -------
    str or None
        The reader and its version; None where nothing in the file is JPEG 2000.

    Raises
    ------
    RefusedSample
        VER001 where a plane is another to Bio-Formats, VER003 where it sees other images or levels.
    """
    if not _has_jpeg2000(path, pixels):
        return None
    with closing(open_backend(Request(path, "ome_tiff", "bioformats", options))) as reader:
        if len(reader.images) != len(pixels.images):
            raise RefusedSample("VER003", expected=f"{len(pixels.images)} images", found=len(reader.images))
        for image in pixels.images:
            _compare(reader, image)
        return f"{reader.library} {reader.version}"


def _has_jpeg2000(path: Path, pixels: Pixels) -> bool:
    """Whether an image of the file is JPEG 2000: all its pages are then."""
    import tifffile

    first = accumulate((pages_of(image) for image in pixels.images[:-1]), initial=0)
    with tifffile.TiffFile(path) as tiff:
        return any(int(tiff.pages[number].compression) == JPEG2000 for number in first)


def _compare(reader: Reader, image: ImagePixels) -> None:
    info = reader.images[image.index]
    expected = [(level.size_y, level.size_x) for level in image.levels]
    found = list(info.levels) or [(info.size_y, info.size_x)]
    if found != expected:
        raise RefusedSample("VER003", expected=f"levels {expected} of image {image.index}", found=f"{found}")
    for level in image.levels:
        for plane in level.planes:
            digest = _digest(reader, image, level, plane)
            if digest != plane.sha256:
                where = (
                    f"image {image.index} level {level.level} T{plane.t} C{plane.c} Z{plane.z}, by {reader.library}"
                )
                raise RefusedSample("VER001", where=where, expected=plane.sha256, found=digest)


def _digest(reader: Reader, image: ImagePixels, level: LevelPixels, plane: PlaneDigest) -> str:
    digest = start_plane(image.dtype, level.size_y, level.size_x, image.samples)
    at = image.index, plane.t, plane.c, plane.z
    for y in range(0, level.size_y, ROWS):
        rows = min(ROWS, level.size_y - y)
        update_rows(digest, reader.read_region(*at, y, 0, rows, level.size_x, level=level.level))
    return digest.hexdigest()
