"""Histograms for people: how the samples of each channel are spread, counted on the smallest level.

A digest says that pixels are the same, a histogram lets a person see that they are an image: not black, not cut off.
It is counted on a few planes of a small level, so it costs next to nothing, and proves nothing.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.pixel_models import ImagePixels, Pixels
from fixative.verification_models import ChannelHistogram
from fixative.verify.expectation import pages_of

BINS = 64
MOST_PLANES = 16
"""Of a channel, evenly spaced."""
MOST_SAMPLES = 64 * 1024 * 1024
"""Of one plane: a larger one is not read, since there is no smaller level of it."""

BARS = " .:-=+*#%@"

Samples = npt.NDArray[Any]


def histograms(path: Path, pixels: Pixels) -> Iterator[ChannelHistogram]:
    """Count the samples of every channel of an image whose structure was found whole.

    Parameters
    ----------
    path
        The OME-TIFF.
    pixels
        Its record: how planes stand in the file.
    """
    import tifffile

    with tifffile.TiffFile(path) as tiff:
        first = 0
        for image in pixels.images:
            yield from _of_image(tiff, image, first)
            first += pages_of(image)


def _of_image(tiff: Any, image: ImagePixels, first: int) -> Iterator[ChannelHistogram]:
    level = image.levels[-1]
    if level.size_y * level.size_x * image.samples > MOST_SAMPLES:
        return
    for channel in range(image.size_c):
        places = [number for number, plane in enumerate(image.levels[0].planes) if plane.c == channel]
        chosen = list(islice(places, 0, None, max(1, -(-len(places) // MOST_PLANES))))
        planes = [_read(tiff.pages[first + number], level.level) for number in chosen]
        if not planes:
            continue
        for sample in range(image.samples):
            values = [plane[..., sample] if image.samples > 1 else plane for plane in planes]
            low, high, counts = _counts(values)
            yield ChannelHistogram(
                image=image.index,
                channel=channel,
                sample=sample if image.samples > 1 else None,
                level=level.level,
                planes=len(planes),
                planes_of=len(places),
                minimum=low,
                maximum=high,
                counts=tuple(counts),
            )


def _read(page: Any, level: int) -> Samples:
    plane: Samples = (page.pages[level - 1] if level else page).asarray()
    if plane.dtype.kind == "c":
        return np.abs(plane)
    return plane.astype(np.uint8) if plane.dtype.kind == "b" else plane


def _counts(planes: Sequence[Samples]) -> tuple[float, float, list[int]]:
    """Range of all planes, and how many samples fall into each bin; what is not finite is left out."""
    finite = [plane[np.isfinite(plane)] for plane in planes]
    finite = [values for values in finite if values.size]
    if not finite:
        return 0.0, 0.0, [0] * BINS
    low = min(float(values.min()) for values in finite)
    high = max(float(values.max()) for values in finite)
    total = np.zeros(BINS, np.int64)
    for values in finite:
        total += np.histogram(values.astype(np.float64), bins=BINS, range=(low, high))[0]
    return low, high, total.tolist()


def drawn(histogram: ChannelHistogram) -> str:
    """Draw a histogram as one line of 64 characters, the fullest bin as ``@``; by square roots: small bins show."""
    most = max(histogram.counts) or 1
    heights = ((count / most) ** 0.5 for count in histogram.counts)
    bars = "".join(BARS[round(height * (len(BARS) - 1))] for height in heights)
    sample = "" if histogram.sample is None else f" sample {histogram.sample}"
    name = f"image {histogram.image} C{histogram.channel}{sample}"
    return f"{name}  {histogram.minimum:g} |{bars}| {histogram.maximum:g}"
