"""Leica's XML as trees: the hidden settings in it whole, time stamps as times beside what the file says."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np

from fixative.columns import MOST_VALUES
from fixative.xml_tree import compact_tree

_EPOCH_TICKS = 116_444_736_000_000_000
"""1970-01-01 in FILETIME: ticks of 100 ns since 1601."""


def lif_tree(root: ElementTree.Element) -> dict[str, Any]:
    """Tree of a header; each ``TimeStampList`` has its times as ``Times``: ISO 8601 to the microsecond, UTC.

    Parameters
    ----------
    root : Element
        Root of the XML; not changed.

    Returns
    -------
    dict
        See `compact_tree`. What the times were made of stays beside them.
    """
    tree = compact_tree(ElementTree.tostring(root, "unicode"))
    for stamps in _stamps(tree):
        _decode(stamps)
    return tree


def _stamps(tree: Any) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            for name, value in node.items():
                if name == "TimeStampList":
                    yield from (
                        one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)
                    )
                else:
                    stack.append(value)
        elif isinstance(node, list):
            stack.extend(node)


def _decode(stamps: dict[str, Any]) -> None:
    """Times of a list: hexadecimal text since LAS 3.1, elements of two numbers before."""
    elements = stamps.get("TimeStamp")
    try:
        if elements is not None:
            listed = elements if isinstance(elements, list) else [elements]
            ticks = [(int(one["@HighInteger"]) << 32) + int(one["@LowInteger"]) for one in listed]
        else:
            ticks = [int(word, 16) for word in str(stamps.get("#text", "")).split()]
        numbers = np.array(ticks, np.uint64).astype(np.int64) - _EPOCH_TICKS
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    if not 0 < len(ticks) <= MOST_VALUES:
        return
    # A stamp of 0 is a frame that was never taken: 1601 is no time of it.
    times = np.datetime_as_string((numbers // 10).astype("datetime64[us]"))
    stamps["Times"] = [str(time) if tick else None for time, tick in zip(times, ticks, strict=True)]
