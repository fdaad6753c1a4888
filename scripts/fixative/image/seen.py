"""What is looked at of planes while they are written: a small picture of one image, and samples for histograms."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.models import Place
from fixative.pixel_models import planes_present
from fixative.readers.protocol import ImageInfo
from fixative.sampled_histogram import Sampler

Rows = npt.NDArray[Any]


@dataclass
class Preview:
    """A plane of each of the first channels of one image, at its smallest level, for the thumbnail."""

    level: int
    step: int
    chosen: frozenset[Place]
    bands: dict[int, list[Rows]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, image: ImageInfo, sizes: list[tuple[int, int]], most_px: int = 512, most_channels: int = 6
    ) -> "Preview":
        """Choose, for each channel, of the first time point that has it, the plane nearest to the middle Z."""
        chosen: dict[int, Place] = {}
        for place in planes_present(image.size_t, image.size_c, image.size_z, image.left_out):
            t, c, z = place
            best = chosen.setdefault(c, place)
            if t == best[0] and abs(z - image.size_z // 2) < abs(best[2] - image.size_z // 2):
                chosen[c] = place
        first = frozenset(place for c, place in chosen.items() if c < most_channels)
        return cls(len(sizes) - 1, max(1, max(sizes[-1]) // most_px), first)

    def take(self, place: Place, level: int, band: Rows) -> None:
        """Take a band of a plane, thinned."""
        if level == self.level and place in self.chosen:
            self.bands.setdefault(place[1], []).append(band[:: self.step, :: self.step].copy())

    def planes(self) -> list[Rows]:
        """One small plane per channel."""
        return [np.concatenate(bands) for _, bands in sorted(self.bands.items())]


class Seen:
    """Sees every band that is written, image by image, plane by plane."""

    def __init__(self, shown: int | None) -> None:
        """``shown``: the image that the small picture is of."""
        self.preview = Preview(0, 1, frozenset())
        self.sampler = Sampler()
        self._shown, self._image, self._row = shown, 0, 0
        self._at: Place | None = None

    def image(self, image: ImageInfo, sizes: list[tuple[int, int]]) -> None:
        """Begin an image with levels of these sizes (Y, X)."""
        self._image = image.index
        if image.index == self._shown:
            self.preview = Preview.of(image, sizes)
        places = planes_present(image.size_t, image.size_c, image.size_z, image.left_out)
        self.sampler.image(image.index, image.size_y, image.size_x, places)

    def plane(self, place: Place | None) -> None:
        """Begin a plane; None for a blank one, which is no part of the image."""
        self._at, self._row = place, 0

    def band(self, level: int, band: Rows) -> None:
        """See the next rows of the plane at a level."""
        if self._at is None:
            return
        if level == 0:
            self.sampler.see(self._image, self._at, self._row, band)
            self._row += len(band)
        if self._image == self._shown:
            self.preview.take(self._at, level, band)
