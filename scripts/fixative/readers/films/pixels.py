"""Stored samples of FFmpeg's frames, by pixel format: nothing is converted, scaled or enlarged.

Components of one size are the channels of one part, colours the samples of one. A format that packs its samples in a
way that is not listed here is refused.

Notes
-----
The layouts are those of ``libavutil/pixdesc.c`` and ``libavutil/pixfmt.h``.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Photometric = Literal["minisblack", "miniswhite", "rgb", "palette"]

_PACKED = {
    **{"rgb24": ("012", 1), "bgr24": ("210", 1), "rgba": ("0123", 1), "bgra": ("2103", 1), "argb": ("1230", 1)},
    **{"abgr": ("3210", 1), "rgb0": ("012x", 1), "bgr0": ("210x", 1), "0rgb": ("123x", 1), "0bgr": ("321x", 1)},
    **{"rgb48": ("012", 2), "bgr48": ("210", 2), "rgba64": ("0123", 2), "bgra64": ("2103", 2)},
    **{"ya8": ("01", 1), "ya16": ("01", 2)},
}
"""Format without its byte order to the places of R, G, B, A (or grey, A) in a pixel, and bytes of a sample; ``x``
stands for a byte that holds nothing."""

_FIELDS = {
    **{"rgb565": ((11, 5), (5, 6), (0, 5)), "bgr565": ((0, 5), (5, 6), (11, 5))},
    **{"rgb555": ((10, 5), (5, 5), (0, 5)), "bgr555": ((0, 5), (5, 5), (10, 5))},
    **{"rgb444": ((8, 4), (4, 4), (0, 4)), "bgr444": ((0, 4), (4, 4), (8, 4))},
}
"""Format without its byte order to shift and bits of R, G and B in a word of 16 bits."""

_PAIRS = {"yuyv422": (0, 1, 3), "uyvy422": (1, 0, 2), "yvyu422": (0, 3, 1)}
"""Format to the places of the first Y, Cb and Cr in the four bytes of two pixels."""

_SEMIPLANAR = {"nv12": (0, 1), "nv21": (1, 0), "nv16": (0, 1), "nv24": (0, 1), "nv42": (1, 0)}
"""Format to the places of Cb and Cr in a pixel of the second plane."""


@dataclass(frozen=True)
class Part:
    """What becomes one image: the channels that share a size."""

    channels: tuple[str, ...]
    height: int
    width: int
    dtype: str
    extract: Callable[[Any, int], Array]
    """Frame and channel to the samples, (height, width) or (height, width, samples); a view where there is one."""
    samples: int = 1
    bits: int | None = None
    photometric: Photometric = "minisblack"
    extra: tuple[int, ...] = ()


def parts_of(frame: Any, *, alpha: bool) -> tuple[Part, ...]:
    """Parts of a frame.

    Parameters
    ----------
    frame : av.VideoFrame
        The first frame of a film: all others have its format and size.
    alpha : bool
        Whether a fourth sample is known to be transparency; in an uncompressed AVI nobody knows.

    Raises
    ------
    ValueError
        For a pixel format whose samples are not read here.
    """
    form = frame.format
    base = re.sub(r"(?:le|be)$", "", form.name)
    size = frame.height, frame.width
    extra = (2 if alpha else 0,)
    if form.name == "pal8":
        return (Part(("",), *size, "uint8", lambda one, _: rows(one, 0, "u1"), photometric="palette"),)
    if form.name in ("monow", "monob"):
        white = form.name == "monow"
        return (Part(("",), *size, "bool", _bits, photometric="miniswhite" if white else "minisblack"),)
    if base in _PACKED:
        return (_packed(base, form, size, extra),)
    if base in _FIELDS:
        fields = _FIELDS[base]
        most = max(bits for _, bits in fields)
        return (Part(("",), *size, "uint8", _unpack(fields, _order(form)), 3, most, "rgb"),)
    if base in _PAIRS:
        return _pairs(base, size)
    if base in _SEMIPLANAR:
        return _semiplanar(frame, _SEMIPLANAR[base])
    if base.startswith("bayer_"):
        return (_single(form, size, 16 if base.endswith("16") else 8),)
    components = form.components
    if len({one.plane for one in components}) < len(components) or "msb" in base or base.startswith("xyz"):
        raise ValueError(f"pixel format {form.name}, whose samples are not read here")
    return _planar(frame, extra)


def palette_of(frame: Any) -> npt.NDArray[np.uint16]:
    """Colour map of shape (3, 256) of a pal8 frame, 8 bits spread over 16."""
    colours = np.frombuffer(frame.planes[1], np.uint32)[:256]
    found = np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)]).astype(np.uint16)
    return np.ascontiguousarray(found * np.uint16(257))


def rows(frame: Any, plane: int, dtype: str, each: int = 1, width: int | None = None) -> Array:
    """Samples of one plane as a view, (height, width * each); rows that stand upside down are turned."""
    one = frame.planes[plane]
    step = abs(one.line_size)
    found = np.frombuffer(one, np.uint8).reshape(-1, step)[: one.height]
    if one.line_size < 0:
        found = found[::-1]
    samples = (one.width if width is None else width) * each
    return found[:, : samples * np.dtype(dtype).itemsize].view(dtype)


def _order(form: Any) -> str:
    return ">" if form.is_big_endian else "<"


def _bits(frame: Any, channel: int) -> Array:
    """One bit a pixel, the first the highest."""
    found = rows(frame, 0, "u1", width=-(-frame.width // 8))
    return np.unpackbits(found, axis=1, count=frame.width).astype(bool)


def _packed(base: str, form: Any, size: tuple[int, int], extra: tuple[int, ...]) -> Part:
    places, width = _PACKED[base]
    wanted = [int(place) for place in places if place != "x"]
    dtype = f"{_order(form)}u{width}"

    def extract(frame: Any, channel: int) -> Array:
        return rows(frame, 0, dtype, len(places)).reshape(frame.height, -1, len(places))[:, :, wanted]

    rgb = len(wanted) >= 3
    photometric: Photometric = "rgb" if rgb else "minisblack"
    beyond = extra[: len(wanted) - (3 if rgb else 1)]
    return Part(("",), *size, f"uint{8 * width}", extract, len(wanted), None, photometric, beyond)


def _unpack(fields: Sequence[tuple[int, int]], order: str) -> Callable[[Any, int], Array]:
    def extract(frame: Any, channel: int) -> Array:
        words = rows(frame, 0, f"{order}u2")
        return np.stack([(words >> shift) & (2**bits - 1) for shift, bits in fields], axis=2).astype(np.uint8)

    return extract


def _pairs(base: str, size: tuple[int, int]) -> tuple[Part, ...]:
    luma, *chroma = _PAIRS[base]
    height, width = size
    pairs = -(-width // 2)

    def groups(frame: Any) -> Array:
        return rows(frame, 0, "u1", 4, pairs)

    return (
        Part(("Y",), height, width, "uint8", lambda frame, _: groups(frame)[:, luma::2][:, :width]),
        Part(("Cb", "Cr"), height, pairs, "uint8", lambda frame, c: groups(frame)[:, chroma[c] :: 4]),
    )


def _semiplanar(frame: Any, places: tuple[int, int]) -> tuple[Part, ...]:
    height, width = frame.planes[1].height, frame.planes[1].width

    def extract(one: Any, channel: int) -> Array:
        return rows(one, 1, "u1", 2)[:, places[channel] :: 2]

    return (
        Part(("Y",), frame.height, frame.width, "uint8", lambda one, _: rows(one, 0, "u1")),
        Part(("Cb", "Cr"), height, width, "uint8", extract),
    )


def _single(form: Any, size: tuple[int, int], bits: int) -> Part:
    dtype = f"{_order(form)}u{bits // 8}"
    return Part(("",), *size, f"uint{bits}", lambda frame, _: rows(frame, 0, dtype))


def _stored(form: Any, bits: int) -> tuple[str, str, int | None]:
    """Numpy type in the file, its name, and significant bits where they are fewer."""
    if re.search(r"f(?:16|32)(?:le|be)$", form.name):
        return f"{_order(form)}f{bits // 8}", f"float{bits}", None
    width = 8 if bits <= 8 else 16 if bits <= 16 else 32
    return f"{_order(form)}u{width // 8}", f"uint{width}", bits if bits < width else None


def _planar(frame: Any, extra: tuple[int, ...]) -> tuple[Part, ...]:
    """Every component in a plane of its own."""
    form = frame.format
    components = form.components
    dtype, name, bits = _stored(form, components[0].bits)
    if any(one.bits != components[0].bits for one in components):
        raise ValueError(f"pixel format {form.name}, whose samples have different depths")
    if form.is_rgb:

        def colours(one: Any, channel: int) -> Array:
            return np.stack([rows(one, component.plane, dtype) for component in components], axis=2)

        count = len(components)
        return (Part(("",), frame.height, frame.width, name, colours, count, bits, "rgb", extra[: count - 3]),)
    names = ("",) if len(components) == 1 else ("Y", "A") if len(components) == 2 else ("Y", "Cb", "Cr", "A")
    groups: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for component, channel in zip(components, names, strict=False):
        plane = frame.planes[component.plane]
        groups.setdefault((plane.height, plane.width), []).append((channel, component.plane))
    return tuple(_part(size, members, dtype, name, bits) for size, members in groups.items())


def _part(size: tuple[int, int], members: Sequence[tuple[str, int]], dtype: str, name: str, bits: int | None) -> Part:
    planes = [plane for _, plane in members]
    channels = tuple(channel for channel, _ in members)
    return Part(channels, *size, name, lambda frame, c: rows(frame, planes[c], dtype), bits=bits)
