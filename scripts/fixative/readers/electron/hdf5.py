"""What an HDF5 file says beside its arrays: attributes of every group, texts and small tables.

Velox (Thermo Fisher) keeps a JSON text of 60,000 bytes for each frame of an image, and its operations, features and
displays as further texts; RosettaSciIO hands over the first frame's alone.
"""

from pathlib import Path
from typing import Any

import numpy as np

from fixative.columns import columns
from fixative.described import described
from fixative.readers.attempt import attempt
from fixative.trees import decode_text, digest_of, is_binary, safe_text, to_tree

MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_BYTES = 64 * 1024 * 1024
"""Texts of all frames of one image that are read; a longer table stands with the first frame's text."""
MOST_VALUES = 4096
_FRAME_TEXT = "Metadata"
_MOST_ITEMS = 100_000


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 does."""
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def hdf5_tree(path: Path) -> dict[str, Any]:
    """Tree of groups: attributes as ``@name``, data sets by name.

    A text stands as its JSON or XML where it is that, a table of texts of frames as columns, a small array as its
    values, a picture as its digest; a longer array with its ``dtype`` and ``shape``, unread.
    """
    import h5py

    with h5py.File(path, "r") as file:
        found: dict[str, Any] = attempt(lambda: _group(file, [_MOST_ITEMS]))
        return found


def _group(group: Any, left: list[int]) -> dict[str, Any]:
    import h5py

    tree = _attributes(group)
    for name in group:
        left[0] -= 1
        link = group.get(name, getlink=True)
        if left[0] < 0 or not isinstance(link, h5py.HardLink):
            continue
        item = group[name]
        if isinstance(item, h5py.Dataset):
            tree[safe_text(name)] = attempt(lambda item=item, name=name: _data(item, name))  # type: ignore[misc]
        elif isinstance(item, h5py.Group) and (inner := _group(item, left)):
            tree[safe_text(name)] = inner
    return tree


def _attributes(item: Any) -> dict[str, Any]:
    return {f"@{safe_text(name)}": _text(item.attrs[name]) for name in sorted(item.attrs)}


def _data(item: Any, name: str) -> Any:
    attributes = _attributes(item)
    value = _value(item, name)
    return attributes | {"value": value} if attributes else value


def _value(item: Any, name: str) -> Any:
    if item.dtype.kind in "OS" and item.size <= MOST_VALUES:
        return _text(item[()])
    if name == _FRAME_TEXT and item.dtype == np.uint8 and item.ndim == 2:
        return _frames(item)
    if item.size <= MOST_VALUES and item.dtype.kind in "biuf" and name.casefold() != "data":
        return item[()]
    if item.dtype == np.uint8 and item.ndim == 1 and item.size <= MOST_BYTES:
        return digest_of(item[()].tobytes())
    return {"dtype": str(item.dtype), "shape": list(item.shape)}


def _frames(item: Any) -> Any:
    """Texts of the frames, a column each, as columns; of a single frame its tree."""
    number = int(item.shape[1]) if item.size <= MOST_BYTES else 1
    texts = [decode_text(item[:, frame].tobytes().rstrip(b"\0")) for frame in range(number)]
    trees = [described(text) for text in texts]
    if number == 1:
        return trees[0] if trees[0] is not None else texts[0]
    return columns([tree if tree is not None else {"text": text} for tree, text in zip(trees, texts, strict=True)])


def _text(value: Any) -> Any:
    """Texts as texts, or as what they describe; arrays of one text as that."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "OS":
        found = [_text(one) for one in value.ravel().tolist()]
        return found[0] if len(found) == 1 else found
    if isinstance(value, bytes):
        bare = value.rstrip(b"\0")
        return digest_of(value) if is_binary(bare) else _text(decode_text(bare))
    if isinstance(value, str):
        tree = described(value)
        return safe_text(value) if tree is None else tree
    return to_tree(value)
