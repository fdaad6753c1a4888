"""What a reader that others wrote makes of the file: it must see the images, levels and types in it."""

import struct
from collections.abc import Iterator
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Pixels
from fixative.verify.tiff_structure import wrong


def reader_problems(path: Path, pixels: Pixels) -> Iterator[RefusedSample]:
    """Open the file with tifffile and compare the first plane of every image, with its levels (VER003)."""
    import tifffile

    count = sum(len(image.levels[0].planes) for image in pixels.images)
    try:
        with tifffile.TiffFile(path) as tiff:
            if not tiff.is_ome:
                yield wrong("a file that tifffile takes for OME-TIFF", "none")
            if len(tiff.pages) != count:
                yield wrong(f"{count} pages in tifffile", len(tiff.pages))
                return
            position = 0
            for image in pixels.images:
                page = tiff.pages[position]
                position += len(image.levels[0].planes)
                samples = (image.samples,) if image.samples > 1 else ()
                expected = [(image.dtype, (level.size_y, level.size_x, *samples)) for level in image.levels]
                found = [(str(level.dtype), level.shape) for level in (page, *(page.pages or ()))]
                if found != expected:
                    yield wrong(f"image {image.index} in tifffile: {expected}", found)
    except (tifffile.TiffFileError, LookupError, ValueError, TypeError, RuntimeError, struct.error) as error:
        yield wrong("a file that tifffile opens", f"{type(error).__name__}: {error}")
