"""Tables of planes: what is alike everywhere, what is joined, what fits the image."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from fixative.ome.facts import ChannelFacts, ImageFacts, PlaneFacts, Quantity
from fixative.readers.protocol import ImageInfo

Place = tuple[int, int, int]


def places_of(image: ImageInfo) -> list[Place]:
    """(t, c, z) of every plane of an image that is there."""
    gone = image.left_out
    every = (
        (t, c, z) for t in range(image.size_t) for c in range(image.size_c) for z in range(image.size_z)
    )  # T slowest, as everywhere
    return [place for place in every if place not in gone] if gone else list(every)


def in_order(image: ImageInfo) -> list[Place]:
    """(t, c, z) of planes in the order of the source's axes; none where other axes than these are folded in."""
    axes = [axis for axis in image.source_axes if axis not in "YXS"]
    sizes = {"T": image.size_t, "C": image.size_c, "Z": image.size_z}
    if image.folded or set(axes) - sizes.keys() or len(set(axes)) != len(axes):
        return []
    if any(count > 1 and axis not in axes for axis, count in sizes.items()):
        return []
    ranges = [range(sizes[axis]) for axis in axes]
    found = []
    for indices in product(*ranges):
        where = dict(zip(axes, indices, strict=True))
        found.append((where.get("T", 0), where.get("C", 0), where.get("Z", 0)))
    return found


def everywhere(image: ImageInfo, values: Mapping[str, tuple[str, str | None]]) -> PlaneFacts:
    """One value for all planes: name to unit and value."""
    known = {name: (unit, value) for name, (unit, value) in values.items() if value is not None}
    if not known:
        return PlaneFacts()
    places = places_of(image)
    return PlaneFacts(tuple(places), {name: (unit, (value,) * len(places)) for name, (unit, value) in known.items()})


def by_place(
    units: Mapping[str, str], rows: Iterable[tuple[Place, Mapping[str, str | None]]], image: ImageInfo
) -> PlaneFacts:
    """Columns of rows, for planes that the image has; the first row of a plane has the word."""
    found: dict[Place, Mapping[str, str | None]] = {}
    for place, row in rows:
        t, c, z = place
        if 0 <= t < image.size_t and 0 <= c < image.size_c and 0 <= z < image.size_z:
            found.setdefault(place, row)
    places = sorted(found.keys() - image.left_out)
    kept = [found[place] for place in places]
    named = [name for name in units if any(row.get(name) is not None for row in kept)]
    return PlaneFacts(tuple(places), {name: (units[name], tuple(row.get(name) for row in kept)) for name in named})


def joined(known: PlaneFacts, new: PlaneFacts) -> PlaneFacts:
    """Two tables as one; a column of the first has the word."""
    further = {name: column for name, column in new.columns.items() if name not in known.columns}
    if not further or not known.columns:
        return known if known.columns else new
    if tuple(known.places) == tuple(new.places):
        return PlaneFacts(known.places, {**known.columns, **further})
    places = sorted({*known.places, *new.places})
    columns = {
        name: (unit, _spread(table.places, values, places))
        for table, named in ((known, known.columns), (new, further))
        for name, (unit, values) in named.items()
    }
    return PlaneFacts(tuple(places), columns)


def _spread(own: Sequence[Place], values: Sequence[str | None], places: Sequence[Place]) -> tuple[str | None, ...]:
    rows = dict(zip(own, values, strict=True))
    return tuple(rows.get(place) for place in places)


def with_exposures(facts: ImageFacts, image: ImageInfo) -> PlaneFacts:
    """Put the exposure of the image or of its channels to their planes, where no exposures of planes are stated."""
    if "ExposureTime" in facts.planes.columns:
        return facts.planes
    exposures = _by_channel(facts.channels, facts.exposure, image.size_c)
    units = {exposure.unit for exposure in exposures if exposure is not None}
    if len(units) != 1:
        return facts.planes
    places = tuple(places_of(image))
    values = [None if exposure is None else exposure.value for exposure in exposures]
    own = PlaneFacts(places, {"ExposureTime": (units.pop(), tuple(values[c] for _, c, _ in places))})
    return joined(facts.planes, own)


def _by_channel(channels: Sequence[ChannelFacts], exposure: Quantity | None, count: int) -> list[Quantity | None]:
    if len(channels) != count:
        return [exposure] * count
    return [channel.exposure or exposure for channel in channels]
