"""Names that hold nothing any more: where all that stood under one was removed, the name goes as well.

People name fields after people, and a strict policy takes out trees whose names nobody has judged.
"""

from collections.abc import Collection
from typing import Any


def without_emptied(tree: Any, emptied: Collection[int]) -> Any:
    """Take out of a tree, in place, what removals have left without a value.

    Parameters
    ----------
    tree : Any
        Dicts, lists and scalars.
    emptied : collection of int
        Identities (`id`) of the dicts and lists from which something was removed. What was empty before stays,
        and so do the places in lists.
    """
    if emptied:
        _mend(tree, emptied)
    return tree


def _mend(node: Any, emptied: Collection[int]) -> bool:
    """Whether nothing is left of a node because of removals."""
    if isinstance(node, dict):
        gone = [name for name, item in node.items() if isinstance(item, dict | list) and _mend(item, emptied)]
        for name in gone:
            del node[name]
        return not node and (bool(gone) or id(node) in emptied)
    if isinstance(node, list):
        lost = [_mend(item, emptied) if isinstance(item, dict | list) else item is None for item in node]
        touched = id(node) in emptied or any(isinstance(item, dict | list) for item in node)
        return bool(node) and all(lost) and touched
    return False
