"""Histograms of source and archive, for a person: which samples are counted, and how.

A digest says that pixels are the same; a histogram lets a person see that they are an image: not black, not cut off.
It is counted twice, each time from what goes by anyway: while converting from the planes that the source's reader
hands out, while verifying from the tiles as they were read back and decoded. Only a few samples are taken, the same
ones in both: of at most `MOST_PLANES` planes of each channel, evenly spaced, every n-th row and column, so that a
channel has some `SAMPLES`. It proves nothing.

The definition is all that writing and verifying share of it: it has a module outside both, as `plane_digests` has.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative import __version__
from fixative.models import Place, Record

BINS = 64
MOST_PLANES = 16
SAMPLES = 65_536
MOST_CHANNELS = 32
"""Of one file, counted over its images: a plate has hundreds of each."""

Rows = npt.NDArray[Any]


class SampledChannel(Record):
    """How the samples of one channel are spread."""

    image: int
    channel: int
    sample: int | None = None
    """Of RGB and the like; None where a pixel has one."""
    planes: int
    """Planes that were looked at, evenly spaced."""
    planes_of: int
    """Planes that the channel has."""
    step: int
    """Every so many rows and columns of them, from the first on."""
    samples: int
    """Samples that were counted; those that are not finite are left out."""
    minimum: float
    maximum: float
    counts: tuple[int, ...]
    """64 bins of equal width from minimum to maximum."""


class SampledHistogram(Record):
    """Histograms of one file (`histogram_source.json`, `histogram_archive.json`; not published)."""

    measured_in: str
    """Where the samples come from: a reader's planes, or tiles read back."""
    program: str = f"fixative {__version__}"
    channels: tuple[SampledChannel, ...]
    channels_of: int
    """Channels that the file has."""


@dataclass
class _Image:
    """What is looked at of one image."""

    step: int
    chosen: dict[Place, list[Rows]]
    planes_of: dict[int, int] = field(default_factory=dict)


class Sampler:
    """Takes samples of planes as their rows go by.

    `image` says which planes there are; `see` may be called by several threads, for one plane by one at a time.
    """

    def __init__(self) -> None:
        self._images: dict[int, _Image] = {}
        self._channels = 0

    def image(self, index: int, size_y: int, size_x: int, places: Iterable[Place]) -> None:
        """Choose what is looked at of an image, given the (t, c, z) of its planes."""
        by_channel: dict[int, list[Place]] = {}
        for place in places:
            by_channel.setdefault(place[1], []).append(place)
        room = max(0, MOST_CHANNELS - self._channels)
        self._channels += len(by_channel)
        chosen = {
            channel: listed[:: ceil(len(listed) / MOST_PLANES)] for channel, listed in list(by_channel.items())[:room]
        }
        most = max((len(listed) for listed in chosen.values()), default=0)
        self._images[index] = _Image(
            step=max(1, ceil(sqrt(most * size_y * size_x / SAMPLES))),
            chosen={place: [] for listed in chosen.values() for place in listed},
            planes_of={channel: len(by_channel[channel]) for channel in chosen},
        )

    def see(self, index: int, place: Place, first_row: int, rows: Rows) -> None:
        """See rows of a plane, (n, X) or (n, X, samples), from the top down; ``first_row`` numbers the first."""
        image = self._images.get(index)
        taken = image.chosen.get(place) if image else None
        if image is not None and taken is not None:
            taken.append(rows[-first_row % image.step :: image.step, :: image.step].copy())

    def histogram(self, measured_in: str) -> SampledHistogram:
        """Count what was taken."""
        return SampledHistogram(
            measured_in=measured_in,
            channels=tuple(
                channel for index, image in sorted(self._images.items()) for channel in _channels(index, image)
            ),
            channels_of=self._channels,
        )


def _channels(index: int, image: _Image) -> Iterable[SampledChannel]:
    for channel, planes_of in image.planes_of.items():
        planes = [taken for place, taken in image.chosen.items() if place[1] == channel and taken]
        if not planes:
            continue
        values = np.concatenate([rows.reshape(-1, *rows.shape[2:]) for taken in planes for rows in taken])
        for sample in range(values.shape[1]) if values.ndim == 2 else [None]:
            low, high, counts = _counts(values if sample is None else values[:, sample])
            yield SampledChannel(
                image=index,
                channel=channel,
                sample=sample,
                planes=len(planes),
                planes_of=planes_of,
                step=image.step,
                samples=sum(counts),
                minimum=low,
                maximum=high,
                counts=tuple(counts),
            )


def _counts(values: Rows) -> tuple[float, float, list[int]]:
    """Range of the values, and how many fall into each bin."""
    plain = (np.abs(values) if values.dtype.kind == "c" else values).astype(np.float64)
    plain = plain[np.isfinite(plain)]
    if not plain.size:
        return 0.0, 0.0, [0] * BINS
    low, high = float(plain.min()), float(plain.max())
    # A quarter: the span of two doubles may be beyond the largest of them.
    span = high / 4 - low / 4
    if not span > 0:
        return low, high, [int(plain.size)] + [0] * (BINS - 1)
    places = np.minimum((plain / 4 - low / 4) / span * BINS, BINS - 1).astype(np.int64)
    return low, high, np.bincount(places, minlength=BINS).tolist()
