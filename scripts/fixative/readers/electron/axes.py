"""Axes as RosettaSciIO describes them, in OME's terms.

A signal comes with a dictionary per axis: name, units, size and whether it is navigated. What becomes of them:

* two signal axes are Y and X; the axes navigated are planes;
* one signal axis (a spectrum) beside two or more axes navigated: the last two navigated are Y and X, and the
  spectrum is folded into C, one plane per channel of the spectrum;
* one signal axis beside one navigated (a line scan): a picture of one spectrum per row;
* one axis alone (a spectrum): a picture of one row;
* no signal axis: the last two axes are Y and X.

A plane axis goes by its unit, then by its name: time is T, energy or wavelength is C, a length named z or
"depth" is Z. The positions of a scan (4D-STEM: a diffraction pattern per position) are folded into T, row by
row; so is what no rule names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixative.readers.axes import Axis, PlaneMap, fold

_ENERGY_UNITS = {"ev", "kev", "mev"}
_TIME_UNITS = {"s", "sec", "second", "seconds", "ms", "min", "us", "µs", "ns", "ps", "h"}
_SPECTRAL = ("energy", "wavelength", "wavenumber", "raman", "loss", "mass", "m/z")
_DEPTH = ("z", "depth", "slice", "thickness")
_CHANNEL = ("c", "channel", "channels", "detector")
_LETTERS = "QRUVWABDFGHIJKLMNOP"


@dataclass(frozen=True)
class Layout:
    """How the axes of an array become planes of rows and columns."""

    y: int | None
    """Position of the axis that is Y; None where the array has no such axis (one row)."""
    x: int
    planes: PlaneMap
    letters: Mapping[str, int]
    """Letter of each plane axis to its position in the array."""
    source_axes: str
    folded: Mapping[str, str]
    """Name of each plane axis that is not its own, and the OME axis it was folded into."""


def layout(axes: Sequence[Mapping[str, Any]], shape: Sequence[int]) -> Layout:
    """Choose Y, X and the planes of an array.

    Parameters
    ----------
    axes : sequence of mapping
        RosettaSciIO's axis dictionaries, in the order of the array's axes.
    shape : sequence of int
        Shape of the array; as many axes, at least one.
    """
    count = len(shape)
    signal = [n for n in range(count) if axes[n].get("navigate") is False]
    navigated = [n for n in range(count) if n not in signal]
    if count == 1:
        y, x = None, 0
    elif len(signal) >= 2:
        y, x = signal[-2:]
    elif len(signal) == 1 and len(navigated) >= 2:
        y, x = navigated[-2:]
    elif len(signal) == 1:
        y, x = navigated[0], signal[0]
    else:
        y, x = count - 2, count - 1
    outer = [n for n in range(count) if n not in (y, x)]
    named = _named(outer, axes, is_scan=len(signal) == 2)
    planes = fold([Axis(letter, meaning, int(shape[n]), 1) for n, letter, meaning in named])[0]
    letters = {letter: n for n, letter, _ in named}
    signs = {n: letter for letter, n in letters.items()} | {x: "X"} | ({} if y is None else {y: "Y"})
    names = {letter: str(axes[n].get("name") or letter) for letter, n in letters.items()}
    return Layout(
        y,
        x,
        planes,
        letters,
        "".join(signs[n] for n in range(count)),
        {names[letter]: target for letter, target in planes.folded.items()},
    )


def _named(outer: Sequence[int], axes: Sequence[Mapping[str, Any]], *, is_scan: bool) -> list[tuple[int, str, str]]:
    """Position, letter and meaning of each plane axis; no letter twice."""
    found: list[tuple[int, str, str]] = []
    free = list(_LETTERS)
    own = {"time": "T", "depth": "Z", "channel": "C"}
    for n in outer:
        meaning = meaning_of(axes[n], is_scan=is_scan and len(outer) > 1)
        letter = own.pop(meaning, None) or ("E" if meaning == "energy" else free.pop(0))
        if any(letter == taken for _, taken, _ in found):
            letter = free.pop(0)
        found.append((n, letter, meaning))
    return found


def meaning_of(axis: Mapping[str, Any], *, is_scan: bool = False) -> str:
    """Word of `axes.MEANINGS` for a plane axis.

    Parameters
    ----------
    axis : mapping
        RosettaSciIO's description of it.
    is_scan : bool
        Whether other axes are navigated too, so that x and y are positions of a beam.
    """
    units = str(axis.get("units") or "").strip().casefold()
    name = str(axis.get("name") or "").strip().casefold()
    if units in _TIME_UNITS or name in ("t", "time"):
        return "time"
    if units in _ENERGY_UNITS or any(word in name for word in _SPECTRAL):
        return "energy"
    if name in _CHANNEL:
        return "channel"
    if name in _DEPTH:
        return "depth"
    return "scan" if is_scan and name[:1] in ("x", "y") else "sequence"
