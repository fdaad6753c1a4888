"""Geometry of a region as ImageJ stores it in a TIFF and in ``.roi`` files.

Notes
-----
Layout: ij.io.RoiDecoder of ImageJ (https://imagej.net/ij/source/ij/io/RoiDecoder.java), big-endian throughout.
"""

import struct
from typing import Any

import numpy as np

from fixative.columns import MOST_VALUES
from fixative.trees import safe_text

TYPES = (
    "polygon",
    "rectangle",
    "oval",
    "line",
    "freeline",
    "polyline",
    "noRoi",
    "freehand",
    "traced",
    "angle",
    "point",
)
_INTEGER_COORDINATES = frozenset((0, 4, 5, 7, 8, 9, 10))
_LINE, _RECTANGLE, _OVAL = 3, 1, 2
_SUBPIXEL = 128
_HEADER_BYTES = 64


def roi_tree(content: bytes) -> dict[str, Any]:
    """Geometry of one region, in pixels.

    Returns
    -------
    dict
        ``type``, ``bounds`` (top, left, bottom, right), ``coordinates`` as x and y lists, ``line`` (x1, y1, x2, y2),
        ``position`` (channel, slice, frame), ``name``, stroke and colours, where the region has them.

    Raises
    ------
    ValueError
        For what is no region.
    """
    if not content.startswith(b"Iout") or len(content) < _HEADER_BYTES:
        raise ValueError("no region")
    version, kind = struct.unpack_from(">hB", content, 4)
    top, left, bottom, right, count = struct.unpack_from(">hhhhH", content, 8)
    stroke, _, stroke_colour, fill_colour, subtype, options = struct.unpack_from(">hiiihh", content, 34)
    (position, second) = struct.unpack_from(">ii", content, 56)
    tree: dict[str, Any] = {
        "version": version,
        "type": TYPES[kind] if kind < len(TYPES) else str(kind),
        "bounds": {"top": top, "left": left, "bottom": bottom, "right": right},
        "subtype": subtype,
        "options": options,
        "strokeWidth": stroke,
        "strokeColor": f"{stroke_colour & 0xFFFFFFFF:08x}",
        "fillColor": f"{fill_colour & 0xFFFFFFFF:08x}",
        "position": position,
    }
    subpixel = bool(options & _SUBPIXEL) and version >= 222
    if kind == _LINE:
        tree["line"] = dict(zip(("x1", "y1", "x2", "y2"), struct.unpack_from(">ffff", content, 18), strict=True))
    elif subpixel and kind in (_RECTANGLE, _OVAL):
        tree["bounds"] |= dict(
            zip(("x", "y", "width", "height"), struct.unpack_from(">ffff", content, 18), strict=True)
        )
    elif kind in _INTEGER_COORDINATES and 0 < 2 * count <= MOST_VALUES:
        tree["coordinates"] = _coordinates(content, count, left, top, subpixel)
    return tree | _second_header(content, second)


def _coordinates(content: bytes, count: int, left: int, top: int, subpixel: bool) -> dict[str, Any]:
    """X and y of each point: of integers relative to the bounds, of subpixels as they are."""
    if subpixel:
        flat = np.frombuffer(content, ">f4", 2 * count, _HEADER_BYTES + 4 * count)
        return {"x": flat[:count].tolist(), "y": flat[count:].tolist()}
    flat = np.frombuffer(content, ">i2", 2 * count, _HEADER_BYTES).astype(int)
    return {"x": (flat[:count] + left).tolist(), "y": (flat[count:] + top).tolist()}


def _second_header(content: bytes, at: int) -> dict[str, Any]:
    """Position on the axes, and the name."""
    if not 0 < at <= len(content) - 52:
        return {}
    channel, depth, frame, name_at, name_length = struct.unpack_from(">iiiii", content, at + 4)
    found: dict[str, Any] = {"channel": channel, "slice": depth, "frame": frame}
    if name_at > 0 and 0 < name_length <= (len(content) - name_at) // 2:
        name = content[name_at : name_at + 2 * name_length].decode("utf-16-be", "replace")
        found["name"] = safe_text(name)
    return found
