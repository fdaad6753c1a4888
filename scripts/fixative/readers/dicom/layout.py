"""What the frames of a DICOM file are: planes of T, C and Z, or tiles of a slide.

The data set's own statements are asked in this order, and the first that is whole decides:

1. DimensionIndexSequence with the DimensionIndexValues of each frame (PS3.3, C.7.6.17): one axis for each
   dimension that varies, where every combination of index values occurs exactly once.
2. FrameIncrementPointer (C.7.6.6): FrameTime and FrameTimeVector count in time; vectors of nuclear medicine
   (C.8.4.8) give the index of every frame on each of their axes; GridFrameOffsetVector (C.8.8.3) is Z.
3. SpacingBetweenSlices, or NumberOfSlices equal to the number of frames: Z.
4. Otherwise T, as pages of a plain TIFF.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from fixative.readers.axes import MEANINGS

Place = tuple[int, int, int]

_MEANING = {
    "ImagePositionPatient": "depth",
    "ImagePositionVolume": "depth",
    "InStackPositionNumber": "depth",
    "SliceLocation": "depth",
    "SliceVector": "depth",
    "SliceLocationVector": "depth",
    "GridFrameOffsetVector": "depth",
    "ZOffsetInSlideCoordinateSystem": "depth",
    "TemporalPositionIndex": "time",
    "TemporalPositionTimeOffset": "time",
    "FrameAcquisitionDateTime": "time",
    "FrameReferenceDateTime": "time",
    "FrameTime": "time",
    "FrameTimeVector": "time",
    "TimeSlotVector": "time",
    "PhaseVector": "phase",
    "RRIntervalVector": "phase",
    "TriggerTime": "phase",
    "NominalCardiacTriggerDelayTime": "phase",
    "NominalPercentageOfCardiacPhase": "phase",
    "RotationVector": "rotation",
    "AngularViewVector": "rotation",
    "EnergyWindowVector": "channel",
    "OpticalPathIdentifier": "channel",
    "ReferencedSegmentNumber": "channel",
    "SegmentNumber": "channel",
}
"""Meaning of an axis by the keyword of the attribute that counts it; others are folded into T."""

_COUNTED = ("FrameTime", "FrameTimeVector", "GridFrameOffsetVector", "SliceLocationVector")
"""Pointers to a time or an offset of each frame, not to its index."""


@dataclass(frozen=True)
class Planes:
    """Sizes of T, C and Z, and the frame that is each plane."""

    sizes: Place
    frames: dict[Place, int]
    folded: dict[str, str]
    """Keyword to the OME axis it was folded into."""


def planes_of(ds: Any, frames: int) -> Planes:
    """Assign each frame of a file that is no slide to a plane."""
    if frames == 1:
        return Planes((1, 1, 1), {(0, 0, 0): 0}, {})
    for names, values in (_dimensions(ds, frames), _vectors(ds, frames)):
        if names and (found := _grid(names, values, frames)):
            return found
    name = _single_axis(ds, frames)
    found = _grid([name], [(index,) for index in range(frames)], frames)
    assert found is not None  # a single counted axis is always whole
    return found


def _dimensions(ds: Any, frames: int) -> tuple[list[str], list[tuple[int, ...]]]:
    """Keywords of the dimensions, and the index values of each frame."""
    groups = ds.get("PerFrameFunctionalGroupsSequence")
    dimensions = ds.get("DimensionIndexSequence")
    if not groups or not dimensions or len(groups) != frames:
        return [], []
    names = [_keyword(item.get("DimensionIndexPointer")) for item in dimensions]
    values = []
    for group in groups:
        content = group.get("FrameContentSequence")
        index = content[0].get("DimensionIndexValues") if content else None
        index = [index] if isinstance(index, int) else list(index or ())
        if len(index) != len(names):
            return [], []
        values.append(tuple(int(value) for value in index))
    return names, values


def _vectors(ds: Any, frames: int) -> tuple[list[str], list[tuple[int, ...]]]:
    """Axes that FrameIncrementPointer names, with an index for each frame."""
    pointers = ds.get("FrameIncrementPointer")
    if pointers is None or pointers == "":
        return [], []
    names = [_keyword(tag) for tag in (pointers if isinstance(pointers, Sequence) else [pointers])]
    if len(names) == 1 and names[0] in _COUNTED:
        return names, [(index,) for index in range(frames)]
    columns = []
    for name in names:
        values = ds.get(name)
        values = [values] if isinstance(values, int) else values
        if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != frames:
            return [], []
        columns.append([int(value) for value in values])
    return names, list(zip(*columns, strict=True))


def _single_axis(ds: Any, frames: int) -> str:
    """Name of the one axis that frames count, from the attributes of the whole."""
    if _positive(ds.get("SpacingBetweenSlices")) or ds.get("NumberOfSlices") == frames:
        return "SliceLocation"
    return "Frame"


def _positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and value > 0


def _keyword(tag: Any) -> str:
    from pydicom.datadict import keyword_for_tag

    return (keyword_for_tag(tag) or str(tag)) if tag is not None else "Frame"


def _grid(names: list[str], values: list[tuple[int, ...]], frames: int) -> Planes | None:
    """Axes that vary, folded; None where the combinations of their values are not each there once."""
    steps = [sorted(set(column)) for column in zip(*values, strict=True)]
    if prod(len(step) for step in steps) != frames or len(set(values)) != frames:
        return None
    varying = [axis for axis in range(len(names)) if len(steps[axis]) > 1]
    groups: dict[str, list[int]] = {"T": [], "C": [], "Z": []}
    for axis in varying:
        target = MEANINGS[_MEANING.get(names[axis], "other")]
        groups[target if target in groups else "T"].append(axis)
    ranks = [{value: rank for rank, value in enumerate(step)} for step in steps]

    def place(value: tuple[int, ...]) -> Place:
        found = []
        for name in "TCZ":
            index = 0
            for axis in groups[name]:
                index = index * len(steps[axis]) + ranks[axis][value[axis]]
            found.append(index)
        return found[0], found[1], found[2]

    t, c, z = (prod(len(steps[axis]) for axis in groups[name]) for name in "TCZ")
    return Planes(
        (t, c, z),
        {place(value): frame for frame, value in enumerate(values)},
        {names[axis]: name for name in "TCZ" for axis in groups[name]},
    )
