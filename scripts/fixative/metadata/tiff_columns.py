"""Many IFDs as columns: a stack of 10,000 planes repeats twenty tags that hardly differ from plane to plane."""

from typing import Any

from fixative.columns import ROWS, columns
from fixative.described import described

MOST_TREES = 32
"""IFDs that differ which stand as trees; of more, all stand as columns."""

MOST_NAMES = 1000
"""Names that the descriptions of all planes may have together; with more they stay texts."""

_TEXTS = ("ImageDescription", "MicroManagerMetadata")


def as_columns(tree: dict[str, Any]) -> dict[str, Any]:
    """Tree of a TIFF whose IFDs stand as columns (``ifds``) where they are many; else as it is.

    ``ifd`` keeps the first one. In the columns each SubIFD stands by its number, and descriptions that are JSON, XML
    or lines of names and values stand parsed.
    """
    ifds = tree.get("ifd", [])
    if len(ifds) <= MOST_TREES:
        return tree
    rows = [_row(ifd) for ifd in ifds]
    for name in _TEXTS:
        _parse(rows, name)
    return {**tree, "ifd": ifds[:1], "ifds": columns(rows)}


def number_of_ifds(tree: dict[str, Any]) -> int:
    """Number of IFDs in the main chain of a TIFF's tree."""
    rows = int(tree.get("ifds", {}).get(ROWS, 0))
    repeats = tree.get("ifds", {}).get("repeats", 1)
    if isinstance(repeats, list):
        return sum(number or 1 for number in repeats)
    return rows * repeats if rows else sum(int(ifd.get("repeats", 1)) for ifd in tree.get("ifd", ()))


def _row(ifd: dict[str, Any]) -> dict[str, Any]:
    """IFD with its SubIFDs by number, so that what is the same in all planes is one value."""
    levels = ifd.get("subifd")
    return {**ifd, "subifd": {str(n): level for n, level in enumerate(levels)}} if isinstance(levels, list) else ifd


def _parse(rows: list[dict[str, Any]], name: str) -> None:
    """Replace the descriptions by their trees, where every one is a tree and they have names in common."""
    texts = [row.get(name) for row in rows]
    if len({text for text in texts if isinstance(text, str)}) < 2:
        return
    trees: list[dict[str, Any] | None] = []
    names: set[str] = set()
    for text in texts:
        found = described(text) if isinstance(text, str) else None
        if isinstance(text, str) and found is None:
            return
        trees.append(found)
        names.update(_names(found or {}, ""))
        if len(names) > MOST_NAMES:
            return
    for row, found in zip(rows, trees, strict=True):
        if found is not None:
            row[name] = found


def _names(tree: dict[str, Any], path: str) -> set[str]:
    found: set[str] = set()
    for name, value in tree.items():
        found |= _names(value, f"{path}/{name}") if isinstance(value, dict) else {f"{path}/{name}"}
    return found
