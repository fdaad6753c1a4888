"""Every plane of the archived image against the same plane as the witness reads it from the source."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.pixel_models import ImagePixels, Pixels
from fixative.plane_digests import start_plane, update_rows
from fixative.progress import count_done
from fixative.readers.protocol import Reader
from fixative.witness.layouts import stacked
from fixative.witness.rules import views
from fixative.witness.seen import Seen, seen_by, shape_of
from fixative.witness.values import differing, within_tolerance

Rows = npt.NDArray[Any]
SHARING = {"part-of-the-channels"}
"""Rules under which several archived images are one image of the witness."""


@dataclass(frozen=True)
class Agreement:
    """The witness saw the same."""

    planes: int
    exact: bool
    rules: tuple[str, ...]
    further_images: int


@dataclass(frozen=True)
class Disagreement:
    """Where the two first differ."""

    where: str


class Comparison:
    """One witness against what was archived.

    Parameters
    ----------
    pixels
        Digests of the archived planes.
    witness
        The second reader, open.
    converter
        Opens the reader that converted, when its values are needed: where digests differ, or within a tolerance.
    fmt
        Format of the source.
    said
        What is true of the source: `fixative.witness.said.conditions`.
    """

    def __init__(
        self, pixels: Pixels, witness: Reader, converter: Callable[[], Reader], fmt: str, said: frozenset[str]
    ) -> None:
        self._pixels, self._witness, self._converter = pixels, witness, converter
        self._fmt, self._said = fmt, said

    def run(self) -> Agreement | Disagreement:
        """Compare every image but blanked ones; each has one of the witness to itself, unless a rule shares it."""
        free = [seen_by(self._witness, info) for info in self._witness.images]
        used: set[int] = set()
        planes, rules, exact = 0, dict[str, None](), True
        for image in (image for image in self._pixels.images if not image.blanked):
            found, taken = self._find(image, [n for n in range(len(free)) if n not in used], free)
            if isinstance(found, Disagreement):
                return found
            if not found.shared:
                used |= taken
            planes += len(image.levels[0].planes)
            rules.update(dict.fromkeys(found.rules))
            exact = exact and not found.tolerant
        return Agreement(planes, exact, tuple(rules), 0 if rules.keys() & SHARING else len(free) - len(used))

    def _find(self, image: ImagePixels, free: list[int], seen: list[Seen]) -> tuple[Seen | Disagreement, set[int]]:
        """The view of the witness's images that is the archived one, and which of them it is made of."""
        first: Disagreement | None = None
        for taken in _candidates(image, free, seen):
            one = seen[taken[0]] if len(taken) == 1 else stacked([seen[number] for number in taken])
            found = self._image(image, one)
            if isinstance(found, Seen):
                return found, set(taken)
            first = first or found
        return first or Disagreement(self._no_such_image(image)), set()

    def _image(self, image: ImagePixels, seen: Seen) -> Seen | Disagreement | None:
        """The view under which the witness's image is the archived one; None where their shapes never meet."""
        first: Disagreement | None = None
        for view in views(seen, image, self._witness.backend, self._fmt, self._said):
            differs = self._differs(image, view)
            if differs is None:
                return view
            first = first or Disagreement(differs)
        return first

    def _differs(self, image: ImagePixels, view: Seen) -> str | None:
        """Where the first plane that differs does so, or None."""
        for plane in image.levels[0].planes:
            at = plane.t, plane.c, plane.z
            same = self._within(image, view, at) if view.tolerant else _digest(view, at) == plane.sha256
            if not same:
                return self._first_pixel(image, view, at)
        return None

    def _within(self, image: ImagePixels, view: Seen, at: tuple[int, int, int]) -> bool:
        return all(within_tolerance(mine, theirs) for _, mine, theirs in self._both(image, view, at))

    def _both(self, image: ImagePixels, view: Seen, at: tuple[int, int, int]) -> Iterator[tuple[int, Rows, Rows]]:
        """Bands of one plane by the reader that converted and by the witness."""
        converter = self._converter()
        mine = seen_by(converter, converter.images[image.of_source])
        for y in range(0, view.size_y, view.band):
            rows = min(view.band, view.size_y - y)
            yield y, mine.read(*at, y, rows), view.read(*at, y, rows)

    def _first_pixel(self, image: ImagePixels, view: Seen, at: tuple[int, int, int]) -> str:
        where = f"first at image {image.index} T{at[0]} C{at[1]} Z{at[2]}"
        for y, mine, theirs in self._both(image, view, at):
            differ = differing(mine, theirs, tolerant=view.tolerant)
            if differ.any():
                row, column, *sample = (int(n) for n in np.argwhere(differ)[0])
                index = (row, column, *sample)
                place = f"Y{y + row} X{column}" + (f" sample {sample[0]}" if sample else "")
                return f"{where} {place}: {mine[index]} against {theirs[index]}"
        return f"{where}: the same values now, other ones when it was converted"

    def _no_such_image(self, image: ImagePixels) -> str:
        sizes = ", ".join(_sizes(seen_by(self._witness, info).shape) for info in self._witness.images)
        return f"image {image.index} is {_sizes(shape_of(image))}; the second reader lists {sizes or 'no image'}"


def _candidates(image: ImagePixels, free: list[int], seen: list[Seen]) -> Iterator[list[int]]:
    """What may stand for an archived image: each image of the witness; then as many neighbours as it has planes."""
    yield from ([number] for number in free)
    wanted = image.size_t * image.size_c * image.size_z
    for start in range(len(free) - wanted + 1 if wanted > 1 else 0):
        run = free[start : start + wanted]
        if all(seen[number].shape == seen[run[0]].shape for number in run) and seen[run[0]].planes == 1:
            yield run


def _digest(view: Seen, at: tuple[int, int, int]) -> str:
    digest = start_plane(view.dtype, view.size_y, view.size_x, view.samples)
    for y in range(0, view.size_y, view.band):
        rows = view.read(*at, y, min(view.band, view.size_y - y))
        update_rows(digest, rows)
        count_done(0, rows.nbytes)
    return digest.hexdigest()


def _sizes(shape: tuple[int | str, ...]) -> str:
    t, c, z, y, x, samples, dtype = shape
    return f"T{t} C{c} Z{z} Y{y} X{x}" + (f" S{samples}" if samples != 1 else "") + f" {dtype}"
