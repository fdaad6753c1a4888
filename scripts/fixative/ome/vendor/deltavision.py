"""Facts out of DeltaVision files: sizes in micrometres, wavelengths of emission in nanometres.

The number of the lens stands for a line in a table that is not in the file: no objective is named here.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, Quantity, at
from fixative.ome.values import length, number, positive, scaled, shortest, sizes
from fixative.ome.vendor.planes import Place, by_place
from fixative.ome.vendor.rows import Row, rows_of
from fixative.readers.protocol import ImageInfo

_DELTAVISION = -16224
_ORDERS = {0: "ZTC", 1: "CZT", 2: "ZCT"}
"""Order of planes, fastest first, by the header's sequence of images."""
_PLANES = {
    "DeltaT": ("timeStampSeconds", "s"),
    "ExposureTime": ("expTime", "s"),
    "PositionX": ("stageXCoord", "reference frame"),
    "PositionY": ("stageYCoord", "reference frame"),
    "PositionZ": ("stageZCoord", "reference frame"),
}
"""Names in the extended header, whose positions state no unit."""


def deltavision(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """DeltaVision, not other MRC files."""
    header = at(tree, "header")
    if at(header, "dvid") != _DELTAVISION or len(images) != 1:
        return []
    image = images[0]
    x, y, z = (_micrometres(at(header, f"d{axis}")) for axis in "xyz")
    sections = _sections(header, rows_of(at(tree, "sections")), image)
    channels = tuple(
        ChannelFacts(
            emission_nm=positive(at(header, f"wave{c + 1}")),
            excitation_nm=_of_channel("exWavelen", sections, c),
            nd_filter=_fraction(_of_channel("ndFilter", sections, c)),
        )
        for c in range(image.size_c)
    )
    told = [(place, {name: _value(row, key) for name, (key, _) in _PLANES.items()}) for place, row in sections]
    planes = by_place({name: unit for name, (_, unit) in _PLANES.items()}, told, image)
    return [ImageFacts(size=sizes(x, y, z if image.size_z > 1 else None), channels=channels, planes=planes)]


def _sections(header: Any, rows: Sequence[Row], image: ImageInfo) -> list[tuple[Place, Row]]:
    """Rows of the extended header with their places, by the order of planes that the header states."""
    order = _ORDERS.get(at(header, "img_seq"))
    counts = {"Z": image.size_z, "T": image.size_t, "C": image.size_c}
    if order is None or len(rows) < image.planes or image.folded:
        return []
    found = []
    for n in range(image.planes):
        where, rest = {}, n
        for axis in order:
            rest, where[axis] = divmod(rest, counts[axis])
        found.append(((where["T"], where["C"], where["Z"]), rows[n]))
    # An extended header that was never written is zeros or what the memory held
    plausible = all(_is_number(row.get(key)) for _, row in found for key, _ in _PLANES.values())
    return found if plausible else []


def _is_number(value: Any) -> bool:
    """Whether a 32-bit float is a number that an instrument can have meant."""
    found = number(value)
    return found is not None and (found == 0 or Decimal("1e-9") < abs(found) < Decimal("1e9"))


def _value(row: Row, key: str) -> str | None:
    """A value of a plane; no exposure lasts 0 s, and no time runs before the start."""
    if key == "expTime":
        return positive(shortest(row.get(key)))
    value = scaled(row.get(key))
    return None if key == "timeStampSeconds" and (value or "").startswith("-") else value


def _of_channel(key: str, sections: Sequence[tuple[Place, Row]], channel: int) -> str | None:
    """What all planes of a channel say alike."""
    found = {positive(row.get(key)) for (_, c, _), row in sections if c == channel}
    return found.pop() if len(found) == 1 else None


def _fraction(value: str | None) -> str | None:
    return value if value is not None and (number(value) or 2) <= 1 else None


def _micrometres(value: Any) -> Quantity | None:
    found: Decimal | None = shortest(value)
    return length(found, "µm")
