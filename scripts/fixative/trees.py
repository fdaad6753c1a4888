"""Trees: metadata as plain values (dict, list, str, int, float, bool, None) that JSON can hold.

Binary values stand as ``{"sha256": ..., "bytes": n}``, never as text that nobody wrote; a float that is
not finite stands as the string Python prints; a lone surrogate as its escape.
"""

import dataclasses
import datetime
import enum
import hashlib
import math
import sys
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

DEEPEST = 150
"""Levels of nesting that are followed; real metadata stays below 40."""

LONGEST_ARRAY = 4096
"""Values of a numpy array that are written out; a longer one stands as its digest."""


def to_tree(value: Any, depth: int = 0) -> Any:
    """Turn any value that a reader may hand over into a tree.

    Parameters
    ----------
    value : object
        Scalars, numpy scalars and arrays, bytes, dates, enums, dataclasses, pydantic models, mappings,
        sequences and sets of these. Anything else stands as its ``str``.
    depth : int
        Levels above this value.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return to_tree(value.value if isinstance(value.value, str) else value.name, depth)
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _finite(float(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return digest_of(bytes(value))
    if depth >= DEEPEST:
        return f"nested deeper than {DEEPEST} levels"
    return _compound(value, depth)


def _compound(value: Any, depth: int) -> Any:
    """Tree of a value that is neither a plain scalar nor bytes."""
    # Nothing is numpy's before numpy is loaded, and steps that read no image need not wait for it.
    if numpy := sys.modules.get("numpy"):
        if isinstance(value, numpy.generic):
            return _of_numpy_scalar(value, depth)
        if isinstance(value, numpy.ndarray):
            return _of_array(value, depth)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, complex):
        return str(value)
    if isinstance(value, PurePath):
        return safe_text(str(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_tree(getattr(value, field.name), depth + 1) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return to_tree(value.model_dump(), depth + 1)
    if hasattr(value, "_asdict"):
        return to_tree(value._asdict(), depth + 1)
    if isinstance(value, Mapping):
        return {_name(key): to_tree(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Set):
        return [to_tree(item, depth + 1) for item in sorted(value, key=str)]
    if isinstance(value, Sequence):
        return [to_tree(item, depth + 1) for item in value]
    return safe_text(str(value))


def _name(key: Any) -> str:
    """Name of a key; an enum's member name, a number as it prints."""
    if isinstance(key, enum.Enum):
        return safe_text(key.value if isinstance(key.value, str) else key.name)
    return safe_text(key if isinstance(key, str) else str(key))


def _of_numpy_scalar(value: "np.generic", depth: int) -> Any:
    import numpy as np

    if isinstance(value, np.void):
        if value.dtype.names:
            return {name: to_tree(value[name], depth + 1) for name in value.dtype.names}
        return digest_of(value.tobytes())
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return str(value)
    plain = value.item()
    # longdouble's item() is itself: it would come back here for ever
    return str(value) if isinstance(plain, np.generic) else to_tree(plain, depth)


def _of_array(value: "np.ndarray[Any, Any]", depth: int) -> Any:
    if value.size > LONGEST_ARRAY:
        import numpy as np

        digest = digest_of(np.ascontiguousarray(value).tobytes())
        return {**digest, "dtype": str(value.dtype), "shape": list(value.shape)}
    if value.ndim == 0:
        return to_tree(value[()], depth)
    return [to_tree(item, depth + 1) for item in value]


def _finite(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def digest_of(content: bytes) -> dict[str, Any]:
    """Stand-in for a binary value: its SHA-256 and length."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def safe_text(text: str) -> str:
    r"""Text that UTF-8 can hold: a lone surrogate, as broken vendor strings have, becomes ``\udcXX``."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text


def decode_text(content: bytes) -> str:
    """Decode text of unknown encoding: a byte order mark decides, else UTF-8, else Latin-1."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def is_binary(content: bytes) -> bool:
    """Whether bytes are no text in any encoding that `decode_text` knows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in content)
