"""When two values are the same: numbers, quantities in units of one kind, dates as instants, text exactly."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from fixative.metadata_diff.kinds import Kind

RELATIVE = 1e-9
"""Two numbers closer than this are the same: a unit converted there and back differs by some 1e-16."""

_LENGTHS = {
    **{"Ym": 24, "Zm": 21, "Em": 18, "Pm": 15, "Tm": 12, "Gm": 9, "Mm": 6, "km": 3, "hm": 2, "dam": 1, "m": 0},
    **{"dm": -1, "cm": -2, "mm": -3, "µm": -6, "\u03bcm": -6, "um": -6, "nm": -9, "pm": -12, "fm": -15, "am": -18},
    **{"Å": -10, "\u212b": -10},
}
_TIMES = {"ks": 3, "s": 0, "ds": -1, "cs": -2, "ms": -3, "µs": -6, "\u03bcs": -6, "us": -6, "ns": -9, "ps": -12}
_PREFIXES = {"T": 12, "G": 9, "M": 6, "k": 3, "": 0, "d": -1, "c": -2, "m": -3, "µ": -6, "n": -9, "p": -12}
_PREFIXES["\u03bc"] = -6


def _units() -> dict[str, tuple[str, float]]:
    """Dimension and factor of each unit; one that is not listed is a dimension of its own."""
    units = {name: ("length", 10.0**power) for name, power in _LENGTHS.items()}
    units |= {name: ("time", 10.0**power) for name, power in _TIMES.items()}
    units |= {"min": ("time", 60.0), "h": ("time", 3600.0), "d": ("time", 86400.0)}
    units |= {"in": ("length", 0.0254), "ft": ("length", 0.3048), "li": ("length", 0.0254 / 12)}
    units |= {"thou": ("length", 25.4e-6), "pt": ("length", 0.0254 / 72)}
    for symbol, dimension in (("Hz", "frequency"), ("V", "potential"), ("W", "power"), ("Pa", "pressure")):
        units |= {f"{prefix}{symbol}": (dimension, 10.0**power) for prefix, power in _PREFIXES.items()}
    units["hPa"] = ("pressure", 100.0)
    units |= {f"{prefix}bar": ("pressure", 1e5 * 10.0**power) for prefix, power in _PREFIXES.items()}
    return units


_UNITS = _units()


def same(kind: Kind, one: str, two: str) -> bool:
    """Whether two values of one kind are the same.

    Two numbers are it within `RELATIVE`, and when one is what the other becomes as a 32 bit float:
    0.6499999761581421 is 0.65 written by a program that had it in four bytes.
    """
    if one == two or one.strip() == two.strip():
        return True
    return kind != "text" and _SAME[kind](one.strip(), two.strip())


def _same_number(one: str, two: str) -> bool:
    first, second = _number(one), _number(two)
    return first is not None and second is not None and near(first, second)


def near(one: float, two: float) -> bool:
    """Whether two numbers are the same; see `same`."""
    if one == two or math.isclose(one, two, rel_tol=RELATIVE) or (math.isnan(one) and math.isnan(two)):
        return True
    if not (math.isfinite(one) and math.isfinite(two)) or not math.isclose(one, two, rel_tol=1e-6):
        return False
    return _narrow(one) == two or _narrow(two) == one


def _narrow(value: float) -> float:
    with np.errstate(over="ignore", under="ignore"):
        return float(np.float32(value))


def _same_quantity(one: str, two: str) -> bool:
    number, _, unit = one.partition(" ")
    other, _, other_unit = two.partition(" ")
    if unit == other_unit:
        return _same_number(number, other)
    first, second = _number(number), _number(other)
    known, other_known = _UNITS.get(unit), _UNITS.get(other_unit)
    if first is None or second is None or known is None or other_known is None or known[0] != other_known[0]:
        return False
    return near(first * known[1] / other_known[1], second) or near(first, second * other_known[1] / known[1])


def apart(kind: Kind, one: str, two: str) -> float | None:
    """How far two values are apart: numbers relative to the larger, dates in seconds; None for what is neither."""
    if kind == "date":
        first, second = _instant(one.strip()), _instant(two.strip())
        return None if first is None or second is None else abs((first - second).total_seconds())
    if kind not in ("number", "quantity"):
        return None
    (value, unit), (other, other_unit) = _measure(one.strip()), _measure(two.strip())
    if value is None or other is None or unit != other_unit:
        return None
    largest = max(abs(value), abs(other))
    return abs(value - other) / largest if largest else 0.0


def _measure(text: str) -> tuple[float | None, str]:
    """A number in the first unit of its dimension, and the dimension; a unit that is not known is one."""
    number, _, unit = text.partition(" ")
    dimension, factor = _UNITS.get(unit, (unit, 1.0))
    value = _number(number)
    return (None if value is None or not math.isfinite(value) else value * factor), dimension


def _same_truth(one: str, two: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    return one.lower() in words and words[one.lower()] == words.get(two.lower())


def _same_date(one: str, two: str) -> bool:
    first, second = _instant(one), _instant(two)
    return first is not None and first == second


_SAME: dict[Kind, Callable[[str, str], bool]] = {
    "number": _same_number,
    "quantity": _same_quantity,
    "truth": _same_truth,
    "date": _same_date,
}


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime | None:
    """The moment that a date names; a time without zone is taken for UTC, which OME prescribes nowhere."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def rough(kind: Kind, text: str) -> object:
    """Give what equal values share: used to find partners, never to call two values the same."""
    text = text.strip()
    if kind == "number":
        return _rounded(_number(text), text)
    if kind == "quantity":
        value, dimension = _measure(text)
        return dimension, _rounded(value, text)
    if kind == "truth":
        return {"1": "true", "0": "false"}.get(text, text.lower())
    return (_instant(text) or text) if kind == "date" else text


def _rounded(value: float | None, text: str) -> object:
    return text if value is None or not math.isfinite(value) else f"{value:.5g}"
