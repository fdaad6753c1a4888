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
_LINE, _RECTANGLE, _OVAL, _POINT = 3, 1, 2, 10
_SUBPIXEL = 128
_TEXT = 1
_HEADER_BYTES = 64
_SECOND_BYTES = 52
_LOWEST = -5000


def roi_tree(content: bytes) -> dict[str, Any]:
    """Geometry of one region, in pixels.

    Returns
    -------
    dict
        ``type``, ``bounds`` (top, left, bottom, right; x, y, width, height of subpixels), ``coordinates`` as x and y
        lists, ``line`` (x1, y1, x2, y2), ``position``, ``channel``, ``slice``, ``frame`` (from 1; 0 for all),
        ``name``, stroke and colours, where the region has them; ``shapeRoiSize`` of a composite, ``arcSize`` of a
        rounded rectangle, ``text`` of a text; ``counters`` and ``positions`` of points that were counted.

    Raises
    ------
    ValueError
        For what is no region.
    """
    if not content.startswith(b"Iout") or len(content) < _HEADER_BYTES:
        raise ValueError("no region")
    version, kind = struct.unpack_from(">hB", content, 4)
    top, left, bottom, right = (_wide(value) for value in struct.unpack_from(">hhhh", content, 8))
    (count,) = struct.unpack_from(">H", content, 16)
    stroke, size, stroke_colour, fill_colour, subtype, options = struct.unpack_from(">hiiihh", content, 34)
    arc, position, second = struct.unpack_from(">hii", content, 54)
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
    if size > 0:
        tree["shapeRoiSize"] = size
    if kind == _RECTANGLE and arc > 0:
        tree["arcSize"] = arc
    if subtype == _TEXT and version >= 218:
        tree |= _text(content)
    subpixel = bool(options & _SUBPIXEL) and version >= 222
    if kind == _LINE:
        tree["line"] = dict(zip(("x1", "y1", "x2", "y2"), struct.unpack_from(">ffff", content, 18), strict=True))
    elif subpixel and version >= 223 and kind in (_RECTANGLE, _OVAL):
        tree["bounds"] |= dict(
            zip(("x", "y", "width", "height"), struct.unpack_from(">ffff", content, 18), strict=True)
        )
    elif kind in _INTEGER_COORDINATES and 0 < 2 * count <= MOST_VALUES:
        tree["coordinates"] = _coordinates(content, count, left, top, subpixel)
    return tree | _second_header(content, second, count if kind == _POINT else 0)


def _wide(value: int) -> int:
    """A coordinate beyond 32767 stands in two bytes as a negative one that no region has."""
    return value + 2**16 if value < _LOWEST else value


def _coordinates(content: bytes, count: int, left: int, top: int, subpixel: bool) -> dict[str, Any]:
    """X and y of each point: of integers relative to the bounds, of subpixels as they are."""
    if subpixel:
        flat = np.frombuffer(content, ">f4", 2 * count, _HEADER_BYTES + 4 * count)
        return {"x": flat[:count].tolist(), "y": flat[count:].tolist()}
    flat = np.frombuffer(content, ">i2", 2 * count, _HEADER_BYTES).astype(int)
    flat = np.where(flat < _LOWEST, flat + 2**16, flat)
    return {"x": (flat[:count] + left).tolist(), "y": (flat[count:] + top).tolist()}


def _text(content: bytes) -> dict[str, Any]:
    """Text of a text region, and how it is set: where other regions have their coordinates."""
    if len(content) < _HEADER_BYTES + 16:
        return {}
    size, style, font_length, length = struct.unpack_from(">iiii", content, _HEADER_BYTES)
    font_at = _HEADER_BYTES + 16
    at = font_at + 2 * font_length
    if font_length < 0 or length < 0 or at + 2 * length > len(content):
        return {}
    font = content[font_at:at].decode("utf-16-be", "replace")
    told = content[at : at + 2 * length].decode("utf-16-be", "replace")
    return {"text": safe_text(told), "font": {"name": safe_text(font), "size": size, "style": style}}


def _second_header(content: bytes, at: int, points: int) -> dict[str, Any]:
    """Position on the axes, the name, a stroke of less than a pixel, what points were counted as and where."""
    if not 0 < at <= len(content) - _SECOND_BYTES:
        return {}
    channel, depth, frame, name_at, name_length = struct.unpack_from(">iiiii", content, at + 4)
    found: dict[str, Any] = {"channel": channel, "slice": depth, "frame": frame}
    if name_at > 0 and 0 < name_length <= (len(content) - name_at) // 2:
        name = content[name_at : name_at + 2 * name_length].decode("utf-16-be", "replace")
        found["name"] = safe_text(name)
    (stroke,) = struct.unpack_from(">f", content, at + 36)
    if stroke > 0:
        found["strokeWidth"] = stroke
    (counters_at,) = struct.unpack_from(">i", content, at + 48)
    if 0 < points <= MOST_VALUES and 0 < counters_at <= len(content) - 4 * points:
        counted = np.frombuffer(content, ">u4", points, counters_at)
        found |= {"counters": (counted & 0xFF).tolist(), "positions": (counted >> 8).tolist()}
    return found
