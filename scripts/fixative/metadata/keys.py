"""Keys of metadata values: how a privacy rule selects them and how logs name them.

An exact key is ``<kind>:/<name>/<name>[n]/...``: names joined by ``/``, list positions as ``[n]``. A ``/``
inside a name stands as ``~1`` and a ``~`` as ``~0``, as in JSON pointers. A rule's pattern is compared with
the key without its list positions (`pattern_of`).

Values are changed on a deep copy of a source's tree, by path: `leaves`, `get_leaf`, `set_leaf`,
`delete_leaf`. A path is a tuple of names (str) and list positions (int).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from fixative.models import MetadataSource

Path = tuple[str | int, ...]

_POSITION = re.compile(r"\[\d+\]")


def walk(sources: Iterable[MetadataSource]) -> Iterator[tuple[str, Any]]:
    """Every leaf of every source's tree: exact key and value.

    Two files of one set may give the same key twice: a key names what a value is, a source where it stands.
    """
    for source in sources:
        for path, value in leaves(source.tree):
            yield key_of(source.kind, path), value


def leaves(tree: Any) -> Iterator[tuple[Path, Any]]:
    """Path and value of every scalar of a tree, in order; empty dicts and lists have none.

    The stand-in of a binary value (`trees.digest_of`) is one leaf.
    """
    stack: list[tuple[Path, Any]] = [((), tree)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict) and not is_stand_in(value):
            stack.extend([((*path, name), item) for name, item in reversed(value.items())])
        elif isinstance(value, list):
            stack.extend([((*path, n), value[n]) for n in reversed(range(len(value)))])
        else:
            yield path, value


def is_stand_in(value: dict[str, Any]) -> bool:
    """Whether a dict stands for a binary value or a long table."""
    return {"sha256", "bytes"} <= value.keys() <= {"sha256", "bytes", "count", "dtype", "shape"}


def key_of(kind: str, path: Path) -> str:
    """Exact key of a path."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            parts.append("/" + step.replace("~", "~0").replace("/", "~1"))
    return f"{kind}:{''.join(parts)}"


def pattern_of(key: str) -> str:
    """A key as a rule's pattern sees it: without list positions."""
    return _POSITION.sub("", key)


def path_of(key: str) -> Path:
    """Path of an exact key; the inverse of `key_of` but for its kind."""
    steps: list[str | int] = []
    for part in key.partition(":")[2].split("/")[1:]:
        name = part
        positions: list[int] = []
        while match := re.fullmatch(r"(.*)\[(\d+)\]", name, re.DOTALL):
            name = match.group(1)
            positions.insert(0, int(match.group(2)))
        steps.append(name.replace("~1", "/").replace("~0", "~"))
        steps.extend(positions)
    return tuple(steps)


def get_leaf(tree: Any, path: Path) -> Any:
    """Value at a path.

    Raises
    ------
    KeyError, IndexError
        Where there is none.
    """
    for step in path:
        tree = tree[step]
    return tree


def set_leaf(tree: Any, path: Path, value: Any) -> None:
    """Replace the value at a path, in place. The root itself cannot be replaced."""
    get_leaf(tree, path[:-1])[path[-1]] = value


def delete_leaf(tree: Any, path: Path) -> None:
    """Remove the value at a path, in place.

    In a dict its name goes too; in a list None stays in its place, so that other positions keep their keys.
    """
    parent = get_leaf(tree, path[:-1])
    if isinstance(parent, list):
        parent[int(path[-1])] = None
    else:
        del parent[path[-1]]
