"""The images of a MetaXpress plate: sites of wells, as stacks, as single planes and as thumbnails."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.metaxpress import Key, Plate, Site, Wave, Well, file_name, well_name

MOST_NAMED = 8
"""Missing files that a finding names; of more it says how many."""

Place = tuple[int, int, int]


@dataclass(frozen=True)
class Field:
    """One image: a site of a well, as a stack, as single planes, or as thumbnails."""

    well: Well
    site: Site
    waves: tuple[Wave, ...]
    steps: tuple[int, ...]
    """Numbers of the Z steps; 0 alone: no stack."""
    thumbnail: bool
    beside_stack: bool
    """Whether there is a stack of the same site."""
    files: Mapping[Place, Path]
    """(t, c, z) to file."""
    missing: Mapping[Place, str]
    """(t, c, z) of a plane that is promised and whose file is not there, to the name that it would have."""
    absent: frozenset[Place]
    """Planes that nobody promised: of thumbnails, and of wavelengths that were not collected."""

    @property
    def name(self) -> str:
        """Well, site, and what tells images of one site apart."""
        single = " projection or single plane" if self.beside_stack and self.steps == (0,) else ""
        return f"{well_name(self.well)} site {self.site.number}{single}{' thumbnail' if self.thumbnail else ''}"


def fields_of(plate: Plate, found: Mapping[Key, Path]) -> Iterator[Field]:
    """Every image that the plate promises, and its thumbnails, well by well and site by site.

    Parameters
    ----------
    plate : Plate
        What the HTD file says.
    found : mapping
        The files that there are, or those that are whole. A field may have none.
    """
    stacks = _waves_of(plate, found, thumbnail=False, stack=True)
    singles = _waves_of(plate, found, thumbnail=False, stack=False)
    # A wavelength without a single file is promised all the same.
    nowhere = tuple(wave for wave in plate.waves if wave.collected and wave not in (*stacks, *singles))
    stacks, singles = (_both(stacks, nowhere), singles) if plate.z_steps else (stacks, _both(singles, nowhere))
    steps = tuple(range(1, plate.z_steps + 1))
    kinds = [
        (stacks, steps, False),
        (singles, (0,), False),
        (_waves_of(plate, found, thumbnail=True, stack=True), steps, True),
        (_waves_of(plate, found, thumbnail=True, stack=False), (0,), True),
    ]
    for well in plate.wells:
        for site in plate.sites:
            for waves, numbers, thumbnail in kinds:
                if waves and numbers:
                    yield _field(
                        plate, found, Field(well, site, waves, numbers, thumbnail, bool(stacks), {}, {}, _NONE)
                    )


_NONE: frozenset[Place] = frozenset()


def require_all(fields: Sequence[Field]) -> None:
    """Refuse where a promised file is not there.

    Raises
    ------
    RefusedSample
        INV006 naming the missing files, the first `MOST_NAMED` of them.
    """
    names = [name for field in fields for name in field.missing.values()]
    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        raise RefusedSample("INV006", name=", ".join(names[:MOST_NAMED]) + more)


def _both(waves: tuple[Wave, ...], more: tuple[Wave, ...]) -> tuple[Wave, ...]:
    return tuple(sorted((*waves, *more), key=lambda wave: wave.number))


def _waves_of(plate: Plate, found: Mapping[Key, Path], *, thumbnail: bool, stack: bool) -> tuple[Wave, ...]:
    """Wavelengths of which there is at least one file of a kind: as stacks, or as single planes."""
    numbers = {key.wave for key in found if key.thumbnail == thumbnail and (key.z > 0) == stack}
    return tuple(wave for wave in plate.waves if wave.number in numbers)


def _field(plate: Plate, found: Mapping[Key, Path], empty: Field) -> Field:
    """Gather the files of one image."""
    files, missing, absent = {}, {}, set()
    for t in range(plate.times):
        for c, wave in enumerate(empty.waves):
            for z, step in enumerate(empty.steps):
                key = Key(empty.thumbnail, empty.well, empty.site.number, wave.number, t + 1, step)
                if path := found.get(key):
                    files[t, c, z] = path
                elif empty.thumbnail or not wave.collected:
                    absent.add((t, c, z))
                else:
                    missing[t, c, z] = file_name(plate, key)
    return replace(empty, files=files, missing=missing, absent=frozenset(absent))
