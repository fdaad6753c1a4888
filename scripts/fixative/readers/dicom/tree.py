"""Every attribute of a DICOM data set as a tree, by keyword.

Private attributes and those without a keyword stand as ``(gggg,eeee) creator``; sequences are lists; binary
values stand as their digest, and pixel data as their length, since the inventory has digested the file.
"""

from typing import Any

import numpy as np

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding
from fixative.trees import decode_text, is_binary, to_tree

PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
LONGEST_BYTES = 64 * 1024 * 1024
"""Longer binary values stand as their length: reading them whole would break the bound on memory."""
_UNDEFINED = 0xFFFFFFFF


def tree_of(ds: Any, *, pixels: dict[str, Any] | None = None) -> dict[str, Any]:
    """Tree of a data set.

    Parameters
    ----------
    ds : pydicom.Dataset
        Read with ``defer_size``, so that long values are not in memory.
    pixels : dict, optional
        What stands for the pixel data.
    """
    found: dict[str, Any] = {}
    for tag in sorted(ds.keys()):
        name = _name(ds, tag, found)
        if int(tag) in PIXELS and pixels is not None:
            found[name] = pixels
            continue
        found[name] = _value(ds, tag)
    return found


def _name(ds: Any, tag: Any, taken: dict[str, Any]) -> str:
    """Keyword; the tag where there is none, or where a repeating group has used it already."""
    from pydicom.datadict import keyword_for_tag

    number = f"({tag.group:04x},{tag.element:04x})"
    if tag.is_private:
        creator = "" if tag.is_private_creator else _creator(ds, tag)
        return f"{number} {creator}".rstrip()
    keyword = keyword_for_tag(tag)
    if not keyword:
        return number
    return f"{keyword} {number}" if keyword in taken else keyword


def _creator(ds: Any, tag: Any) -> str:
    block = (tag.group << 16) | (tag.element >> 8)
    if block not in ds:
        return ""
    value = _value(ds, block)
    return value if isinstance(value, str) else ""


def _value(ds: Any, tag: Any) -> Any:
    raw = ds.get_item(tag)
    length = getattr(raw, "length", None)
    if length is not None and LONGEST_BYTES < length < _UNDEFINED:
        return {"bytes": length}
    stored = getattr(raw, "value", None)
    try:
        with decoding(lambda error: RefusedSample("MET002", reason=type(error).__name__)):
            return _of_element(ds[tag])
    except RefusedSample:
        # A value that is not what its type demands ("abc" as a number) stands as it is stored
        return _of_bytes(bytes(stored)) if isinstance(stored, (bytes, bytearray)) else to_tree(str(stored))


def _of_element(element: Any) -> Any:
    if element.VR == "SQ":
        return [tree_of(item) for item in element.value]
    value = element.value
    if element.VM > 1 and not isinstance(value, (bytes, str)):
        return [_of_value(one) for one in value]
    return _of_value(value)


def _of_value(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return _of_bytes(bytes(value))
    if isinstance(value, (bool, int, float, np.generic)) and not _is_text(value):
        return to_tree(value)
    return None if value is None else to_tree(str(value))


def _is_text(value: Any) -> bool:
    """Whether a number is one of pydicom's that print otherwise than numbers (tags as AT values)."""
    from pydicom.tag import BaseTag

    return isinstance(value, BaseTag)


def _of_bytes(value: bytes) -> Any:
    """Text where bytes of unknown type are text, so that names in them can be found; else their digest."""
    bare = value.rstrip(b"\0 ")
    if not bare:
        return None if not value else to_tree(value)
    return decode_text(bare) if len(bare) > 1 and bare.isascii() and not is_binary(bare) else to_tree(value)
