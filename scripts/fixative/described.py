"""Texts in which a vendor describes a plane: JSON, XML, or lines of names and values."""

import json
from typing import Any

from fixative.trees import to_tree
from fixative.xml_tree import BadXml, compact_tree

LONGEST = 1024 * 1024
LONGEST_NAME = 120


def described(text: str) -> dict[str, Any] | None:
    """Tree of a description, or None where it is none of these, or is too long to be one of a single plane.

    Returns
    -------
    dict or None
        JSON's object, the XML as `compact_tree` makes it, or the names of lines ``name = value`` (at least two).
    """
    bare = text.strip("\0 \t\r\n\ufeff")
    if len(bare) > LONGEST:
        return None
    if bare.startswith("{"):
        return _json(bare)
    if bare.startswith("<"):
        try:
            return compact_tree(bare)
        except BadXml:
            return None
    lines = [line for line in bare.splitlines() if line.strip()]
    found = pairs(lines)
    return found if len(lines) > 1 and len(found) == len(lines) else None


def pairs(parts: list[str]) -> dict[str, Any]:
    """Names and values of the parts that read ``name = value``; numbers stay the texts they are."""
    found: dict[str, Any] = {}
    times: dict[str, int] = {}
    for part in parts:
        # No pattern: one with blanks on both sides takes for ever on a megabyte of blanks.
        before, sign, value = part.partition("=")
        stated = before.strip()
        if not sign or not 0 < len(stated) <= LONGEST_NAME or "|" in stated:
            continue
        name, number = stated, times.get(stated, 1)
        while name in found:
            number += 1
            name = f"{stated} ({number})"
        times[stated], found[name] = number, value.strip()
    return found


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    tree = to_tree(found)
    return tree if isinstance(tree, dict) else None
