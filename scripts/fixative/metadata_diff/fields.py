"""Names of fields: the path from the OME root without positions, ``Image/Pixels@SizeX``; text as ``#``."""

import re
from functools import cache


def field_name(parent: str, element: str, attribute: str | None = None) -> str:
    """Name the field of an attribute, or of an element's text where ``attribute`` is None.

    Parameters
    ----------
    parent : str
        Path of the element that holds ``element``, without ``OME/``: ``Image/Pixels``; empty at the root.
    element : str
        Local name; ``OME`` for the root itself.
    attribute : str, optional
        Local name.

    Notes
    -----
    A quantity and its unit are one value: ``0.65 µm`` of ``Image/Pixels@PhysicalSizeX``; see `quantity_text`.
    """
    path = element_path(parent, element) or "OME"
    return f"{path}#" if attribute is None else f"{path}@{attribute}"


def element_path(parent: str, element: str) -> str:
    """Path of an element within ``parent``; that of the root is empty."""
    if element == "OME" and not parent:
        return ""
    return f"{parent}/{element}" if parent else element


def quantity_text(value: str, unit: str | None) -> str:
    """Write a quantity the way the diff and its rules see it: ``0.65 µm``, or the number alone."""
    return f"{value.strip()} {unit.strip()}" if unit and unit.strip() else value.strip()


@cache
def field_pattern(glob: str) -> "re.Pattern[str]":
    """Compile a glob over fields: ``*`` within one name, ``**`` across several, ``{a,b}`` either."""
    parts = re.split(r"(\*\*/?|\*|\{[^}]*\})", glob)
    return re.compile("".join(_piece(part) for part in parts))


def _piece(part: str) -> str:
    if part.startswith("**"):
        return "(?:.*/)?" if part.endswith("/") else ".*"
    if part == "*":
        return "[^/@#]*"
    if part.startswith("{"):
        return "(?:" + "|".join(re.escape(name.strip()) for name in part[1:-1].split(",")) + ")"
    return re.escape(part)
