"""Facts out of SciTIFF: what its channels are, and sizes where its coordinates run evenly in a known unit.

A coordinate that is uneven, two-dimensional or in another unit (wavelength, time of flight in places) is no
pixel size; it stands whole in the dump.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, Quantity, at, items, length, number, text_of, unit_of
from fixative.readers.protocol import ImageInfo

TIMES = {"s": "s", "ms": "ms", "µs": "µs", "us": "µs", "ns": "ns", "min": "min", "h": "h"}
"""scipp's names of units of time to OME's."""

_EPSILON = {"float32": 2.0**-23}
_UNEVEN = 1e-6
"""Steps of an even coordinate differ by less than this part of a step, beside the rounding of its type."""


def scitiff(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """SciTIFF: images of intensities and deviations, and of masks, with the same coordinates."""
    coords = at(tree, "image", "coords")
    stated = [str(name) for name in items(at(coords, "c", "values"))]
    both = len({image.categorical for image in images}) > 1
    facts = []
    for image in images:
        names = [name for name in stated if not both or (name == "mask") == image.categorical]
        facts.append(
            ImageFacts(
                size=_sizes(coords, image),
                time_increment=_time_increment(coords, image),
                channels=tuple(ChannelFacts(name=name) for name in names) if len(names) == image.size_c else (),
            )
        )
    return facts


def _sizes(coords: Any, image: ImageInfo) -> dict[str, Quantity]:
    sizes = {}
    for axis, pixels in (("X", image.size_x), ("Y", image.size_y), ("Z", image.size_z)):
        name = at(coords, axis.lower(), "unit")
        # Only as scipp writes it: "Mm" is no millimetre.
        unit = unit_of(name) if isinstance(name, str) and (name.islower() or name == "Å") else None
        step = _even_step(coords, axis.lower(), pixels) if unit else None
        stated = length(abs(step), unit) if step is not None and unit else None
        if stated is not None and (axis != "Z" or pixels > 1):
            sizes[axis] = stated
    return sizes


def _time_increment(coords: Any, image: ImageInfo) -> Quantity | None:
    unit = TIMES.get(str(at(coords, "t", "unit")))
    step = _even_step(coords, "t", image.size_t) if unit and image.size_t > 1 else None
    return Quantity(text_of(step), unit) if unit and step is not None and step > 0 else None


def _even_step(coords: Any, axis: str, size: int) -> Decimal | None:
    """Step of an even coordinate along its own axis, of its points or of its bins' edges; None for any other."""
    coord = at(coords, axis)
    values = [number(value) for value in items(at(coord, "values"))]
    if at(coord, "dims") != [axis] or len(values) not in (size, size + 1) or len(values) < 2 or None in values:
        return None
    found = [value for value in values if value is not None]
    step = (found[-1] - found[0]) / (len(found) - 1)
    # A number rounded to its type is off by half of this; a difference by twice that.
    rounding = Decimal(_EPSILON.get(str(at(coord, "dtype")), 2.0**-52)) * max(map(abs, found))
    allowed = abs(step) * Decimal(_UNEVEN) + rounding
    if any(abs(found[n + 1] - found[n] - step) > allowed for n in range(len(found) - 1)):
        return None
    return step or None
