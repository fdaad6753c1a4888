"""What a reader that others wrote makes of the file: it must see the images, levels and types in it."""

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.pixel_models import Pixels
from fixative.verify.expectation import pages_of
from fixative.verify.tiff_structure import wrong


def reader_problems(path: Path, pixels: Pixels) -> Iterator[RefusedSample]:
    """Open the file with tifffile and compare the first plane of every image, with its levels (VER003)."""
    import tifffile

    with _complaints() as complaints:
        yield from _problems(path, pixels, tifffile)
    if complaints:
        yield wrong("a file that tifffile opens without complaint", complaints[0])


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what tifffile logs: it goes on where a file is wrong."""
    found: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("tifffile")
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates


def _problems(path: Path, pixels: Pixels, tifffile: Any) -> Iterator[RefusedSample]:
    count = sum(pages_of(image) for image in pixels.images)
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
                position += pages_of(image)
                samples = (image.samples,) if image.samples > 1 else ()
                expected = [(image.dtype, (level.size_y, level.size_x, *samples)) for level in image.levels]
                found = [(str(level.dtype), level.shape) for level in (page, *(page.pages or ()))]
                if found != expected:
                    yield wrong(f"image {image.index} in tifffile: {expected}", found)
    except (tifffile.TiffFileError, LookupError, ValueError, TypeError, RuntimeError, struct.error) as error:
        yield wrong("a file that tifffile opens", f"{type(error).__name__}: {error}")
