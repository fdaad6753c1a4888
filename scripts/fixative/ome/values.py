"""How numbers, texts and trees of vendor metadata are read, and how OME-XML writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True, order=True)
class Quantity:
    """A number as OME-XML writes it, and its unit."""

    value: str
    unit: str


def number(value: Any) -> Decimal | None:
    """A finite number, or None: from a number, a numeric text, a rational ``[n, d]``."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, list):
        if len(value) != 2 or not (top := number(value[0])) or not (bottom := number(value[1])):
            return None
        return top / bottom
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def text_of(value: Decimal) -> str:
    """A decimal as OME-XML writes it: the shortest text of its double, no exponent where none is needed."""
    rounded = +value if len(value.as_tuple().digits) < 16 else Decimal(repr(float(value)))
    plain = rounded.normalize()
    return f"{plain:f}" if -7 <= plain.adjusted() <= 15 else f"{plain}"


def length(value: Any, unit: str, *, scale: int = 0) -> Quantity | None:
    """A positive length; ``scale`` is the power of ten that turns ``value`` into ``unit``.

    None for what is no size of a pixel: zero, negative, beyond a metre or below a femtometre.
    """
    found = number(value)
    if found is None or found <= 0:
        return None
    found = found.scaleb(scale)
    metres = found.scaleb(METRES[unit])
    if not Decimal("1e-15") < metres < 1:
        return None
    return Quantity(text_of(found), unit)


def sizes(x: Quantity | None, y: Quantity | None, z: Quantity | None = None) -> dict[str, Quantity]:
    """Sizes by axis, without those that are not stated."""
    return {axis: size for axis, size in (("X", x), ("Y", y), ("Z", z)) if size is not None}


METRES = {"m": 0, "cm": -2, "mm": -3, "µm": -6, "nm": -9, "pm": -12, "Å": -10}
"""Powers of ten of the units of length that are taken over."""

UNIT_NAMES = {
    "m": "m",
    "meter": "m",
    "metre": "m",
    "cm": "cm",
    "mm": "mm",
    "millimeter": "mm",
    "um": "µm",
    "µm": "µm",
    "μm": "µm",
    "\\u00b5m": "µm",
    "micron": "µm",
    "microns": "µm",
    "micrometer": "µm",
    "micrometers": "µm",
    "nm": "nm",
    "nanometer": "nm",
    "nanometers": "nm",
    "nanometre": "nm",
    "micrometre": "µm",
    "millimetre": "mm",
    "pm": "pm",
    "å": "Å",
    "angstrom": "Å",
}
"""Names of units, in lower case, that mean one thing."""


def unit_of(name: Any) -> str | None:
    """OME's sign for a unit of length, or None for pixels, inches and what is not known."""
    return UNIT_NAMES.get(str(name).strip().lower()) if isinstance(name, str) else None


def colour(red: int, green: int, blue: int, alpha: int = 255) -> int:
    """A colour as OME's signed integer."""
    unsigned = (red << 24) | (green << 16) | (blue << 8) | alpha
    return unsigned - 2**32 if unsigned >= 2**31 else unsigned


def at(tree: Any, *path: str) -> Any:
    """Value under names; None where one is missing. A list on the way stands for its first item."""
    for name in path:
        if isinstance(tree, list):
            tree = tree[0] if tree else None
        if not isinstance(tree, Mapping):
            return None
        tree = tree.get(name)
    return tree


def items(value: Any) -> list[Any]:
    """A list as it is; one thing as a list of it; None as none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_PLACEHOLDERS = frozenset(
    ("", "unknown", "none", "n/a", "na", "null", "undefined", "not available", "not specified", "-", "---", "?")
)


def text(value: Any) -> str | None:
    """A text that says something; None for what stands for nothing ("Unknown", "N/A", blanks)."""
    if not isinstance(value, str):
        return None
    found = value.strip().strip("\0").strip()
    return None if found.casefold() in _PLACEHOLDERS else found


def positive(value: Any) -> str | None:
    """A number above zero as OME-XML writes it; 0 stands for what is not known."""
    found = number(value)
    return text_of(found) if found is not None and found > 0 else None


def shortest(value: Any) -> Decimal | None:
    """A number of 32 bits as its shortest decimal: 0.1, not 0.10000000149011612; other numbers as they are.

    A tree does not say how wide a number was. One that a float32 holds exactly, and that needs more than nine
    digits as a double, was one.
    """
    found = number(value)
    if found is None or not isinstance(value, float) or len(found.as_tuple().digits) <= 9:
        return found
    import numpy as np

    single = np.float32(value)
    return number(str(single)) if float(single) == value else found


def scaled(value: Any, scale: int = 0) -> str | None:
    """Any finite number times a power of ten, as OME-XML writes it."""
    found = shortest(value)
    return None if found is None else text_of(found.scaleb(scale))


def quantity(value: Any, unit: str, *, scale: int = 0, zero: bool = False) -> Quantity | None:
    """A number above zero with its unit; ``zero`` where 0 is a value too (a time, a temperature)."""
    found = shortest(value)
    if found is None or found < 0 or (found == 0 and not zero):
        return None
    return Quantity(text_of(found.scaleb(scale)), unit)
