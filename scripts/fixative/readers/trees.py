"""Trees of plain values, as `models.MetadataSource.tree` wants them."""

import enum
import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import Any
from xml.etree import ElementTree

import numpy as np

LONG_ARRAY = 4096


def plain(value: Any) -> Any:
    """Turn any value into dict, list, str, int, float, bool or None.

    Bytes and long arrays of numbers stand as their digest and size; a float that is not finite stands as
    the string Python prints; an object of an unknown class as its text.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, enum.Enum):
        return plain(value.value) if isinstance(value.value, str) else value.name
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(float(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return digest(bytes(value))
    return _compound(value)


def _compound(value: Any) -> Any:
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, np.generic):
        return plain(value.item()) if value.dtype.names is None else _record(value)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def _record(value: Any) -> dict[str, Any]:
    return {name: plain(value[name]) for name in value.dtype.names}


def _array(value: Any) -> Any:
    if value.dtype.names is not None:
        return [plain(item) for item in value.reshape(-1)]
    if value.size > LONG_ARRAY:
        return digest(np.ascontiguousarray(value).tobytes()) | {
            "dtype": value.dtype.name,
            "shape": list(value.shape),
        }
    return plain(value.tolist())


def digest(data: bytes) -> dict[str, Any]:
    """SHA-256 and length of bytes."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def xml_tree(text: str | bytes) -> Any:
    """XML as a tree: attributes as ``@name``, text as ``#text``, repeated elements as a list.

    Namespaces are dropped from names. An element with nothing in it is None, one with text alone its text.
    """
    root = ElementTree.fromstring(text)  # noqa: S314  expat refuses entity expansion attacks since 2.4.1
    return {_local(root.tag): _element(root)}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _element(element: ElementTree.Element) -> Any:
    found: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        name, value = _local(child.tag), _element(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], _Repeated):
            found[name].append(value)
        else:
            found[name] = _Repeated([found[name], value])
        if child.tail and child.tail.strip():
            found["#tail"] = found.get("#tail", "") + child.tail.strip()
    text = (element.text or "").strip()
    if not found:
        return text or None
    if text:
        found["#text"] = text
    return {name: list(value) if isinstance(value, _Repeated) else value for name, value in found.items()}


class _Repeated(list[Any]):
    """Several elements of one name, told from an element that is a list."""
