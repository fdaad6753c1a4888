"""Tables of many rows (frames, planes, subblocks) as columns: one list per name instead of a tree per row.

A column that says the same in every row stands as that one value, and so does a table of one row: 20,000 frames
that share a camera name do not repeat it. `column` gives the values by row again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fixative.trees import digest_of, to_tree

MOST_VALUES = 500_000
"""Values of one table that are written out: 20,000 frames with 25 columns that differ from frame to frame.

Each costs 7 microseconds and 1 kB of memory when the dump is sanitised.
"""

ROWS = "rows"
"""Name under which a table says how many rows it has."""


_Path = tuple[str, ...]


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Table of rows.

    Parameters
    ----------
    rows : sequence of mapping
        Name to value; a mapping within a row is followed, so that the table is one tree whose leaves are columns. A
        name that a row lacks is None there.

    Returns
    -------
    dict
        ``rows``, and each name's column: see `from_columns`.
    """
    flat = [dict(_flat(row)) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    return _table({name: [row.get(name) for row in flat] for name in names}, len(flat))


def from_columns(table: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """Table of columns: lists or arrays of ``rows`` values.

    Returns
    -------
    dict
        ``rows``, and each column: a list, or the one value that all rows have. Columns for which `MOST_VALUES`
        leaves no room stand as digests of their numbers, or of their text.
    """
    return _table({(name,): column for name, column in table.items()}, rows)


def column(table: Mapping[str, Any], *path: str) -> list[Any]:
    """Values of a column by row; empty where there is none, or no more than its digest."""
    value: Any = table
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return value
    return [] if value is None or isinstance(value, Mapping) else [value] * int(table.get(ROWS, 0))


def _flat(row: Mapping[str, Any], path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping) and not {"sha256", "bytes"} <= value.keys():
            yield from _flat(value, (*path, str(name)))
        else:
            yield (*path, str(name)), value


def _table(table: Mapping[_Path, Any], rows: int) -> dict[str, Any]:
    found: dict[str, Any] = {ROWS: rows}
    room = MOST_VALUES
    for path, column in table.items():
        values = column.tolist() if isinstance(column, np.ndarray) else list(column)
        if values and _is_scalar(values[0]) and all(value == values[0] for value in values):
            _put(found, path, to_tree(values[0]))
            continue
        size = sum(1 if _is_scalar(value) else _leaves(value) for value in values)
        _put(found, path, to_tree(values) if size <= room else _digest(values))
        room -= size if size <= room else 0
    return found


def _put(tree: dict[str, Any], path: _Path, value: Any) -> None:
    """Set a column at its path; a row's text where another row has a mapping stands in it as ``#text``."""
    place = tree
    for name in path[:-1]:
        inner = place.get(name)
        if not isinstance(inner, dict):
            inner = place[name] = {} if inner is None else {"#text": inner}
        place = inner
    name = path[-1]
    if isinstance(place.get(name), dict):
        place[name]["#text"] = value
    else:
        place[f"{name} " if name in place else name] = value


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float))


def _leaves(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, Mapping):
        return sum(_leaves(item) for item in value.values())
    return sum(_leaves(item) for item in value) if isinstance(value, (list, tuple)) else 1


def _digest(values: list[Any]) -> dict[str, Any]:
    """Digest of a column of numbers as little-endian float64, of any other as its text."""
    if all(isinstance(value, (int, float)) for value in values):
        content = np.array(values, "<f8").tobytes()
        return {**digest_of(content), "count": len(values), "dtype": "float64"}
    return {**digest_of("\n".join(str(value) for value in values).encode("utf-8", "replace")), "count": len(values)}
