"""What Pillow's modes are as pixels, and which of its decoders keep the stored values.

Pillow has few modes of its own. A decoder unpacks a file's *raw mode* into one of them, and some of these steps
change values: 16 bits become 8, 5 bits are spread over 8, premultiplied alpha is divided out. Only raw modes that
keep every bit are read (the table of unpackers is Pillow's ``src/libImaging/Unpack.c``).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Photometric = Literal["minisblack", "miniswhite", "rgb", "palette", "separated", "cielab"]


@dataclass(frozen=True)
class Mode:
    """A mode of Pillow's, as an image is described."""

    dtype: str
    samples: int
    photometric: Photometric
    extra: tuple[int, ...] = ()


MODES: dict[str, Mode] = {
    "1": Mode("bool", 1, "minisblack"),
    "L": Mode("uint8", 1, "minisblack"),
    "LA": Mode("uint8", 2, "minisblack", (2,)),
    "P": Mode("uint8", 1, "palette"),
    "RGB": Mode("uint8", 3, "rgb"),
    "RGBA": Mode("uint8", 4, "rgb", (2,)),
    "RGBa": Mode("uint8", 4, "rgb", (1,)),
    "RGBX": Mode("uint8", 4, "rgb", (0,)),
    "CMYK": Mode("uint8", 4, "separated"),
    "LAB": Mode("uint8", 3, "cielab"),
    "I;16": Mode("uint16", 1, "minisblack"),
    "I;16B": Mode("uint16", 1, "minisblack"),
    "I;16L": Mode("uint16", 1, "minisblack"),
    "I": Mode("int32", 1, "minisblack"),
    "F": Mode("float32", 1, "minisblack"),
}

_KEEP: dict[str, frozenset[str]] = {
    "1": frozenset({"1", "1;R"}),
    "L": frozenset({"L"}),
    "LA": frozenset({"LA", "LA;L"}),
    "P": frozenset({"P", "P;1", "P;2", "P;4", "P;2L", "P;4L", "P;1L", "P;3L"}),
    "RGB": frozenset({"RGB", "BGR", "RGB;L", "BGRX", "RGBX", "XBGR", "XRGB", "R", "G", "B"}),
    "RGBA": frozenset({"RGBA", "BGRA", "ABGR", "ARGB", "RGBA;L", "R", "G", "B", "A"}),
    "CMYK": frozenset({"CMYK", "CMYK;L", "C", "M", "Y", "K"}),
    "LAB": frozenset({"LAB"}),
    "I;16": frozenset({"I;16", "I;16L", "I;16B", "I;16N"}),
    "I;16B": frozenset({"I;16B"}),
    "I": frozenset({"I;32", "I;32S", "I;32B", "I;32BS", "I;32N", "I", "I;16S", "I;16BS"}),
    "F": frozenset({"F;32F", "F;32BF", "F;32NF", "F"}),
}
"""Mode to the raw modes that reach it without a change of values."""

_UINT16 = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_INVERTED = frozenset({"1;I", "1;IR"})
_SPREAD = {"L;2": 85, "L;4": 17}
"""Raw modes of few bits to the factor by which Pillow spreads them over 8."""

_OWN_VALUES = frozenset({"gif", "xbm", "xpm", "MSP", "bmp_rle", "bcn", "qoi"})
"""Decoders without a raw mode that deliver what the file holds."""


@dataclass(frozen=True)
class Undo:
    """How decoded values go back to the stored ones."""

    mode: Mode
    bits: int | None = None
    factor: int = 1
    inverted: bool = False

    def stored(self, found: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values as the file has them; raises ValueError where they were none of these."""
        if self.inverted:
            return ~found
        if self.factor > 1:
            return found // np.uint8(self.factor)
        kept = found.astype(self.mode.dtype)
        if kept.dtype != found.dtype and not np.array_equal(kept, found):
            raise ValueError(f"values that are not {self.mode.dtype}")
        return kept


def undo_of(mode: str, tiles: list[Any]) -> Undo:
    """Find how what Pillow will decode goes back to the stored values.

    Raises
    ------
    ValueError
        Where Pillow would change values for good.
    """
    if mode not in MODES:
        raise ValueError(f"mode {mode} of Pillow")
    found: set[Undo] = set()
    for tile in tiles:
        found.add(_of_tile(mode, tile.codec_name, _raw_mode(tile.args), tile.args))
    if len(found) > 1:
        raise ValueError("tiles of several kinds")
    return found.pop() if found else Undo(MODES[mode])


def _raw_mode(args: Any) -> str | None:
    if isinstance(args, str):
        return args
    return args[0] if isinstance(args, tuple) and args and isinstance(args[0], str) else None


def _of_tile(mode: str, codec: str, raw: str | None, args: Any) -> Undo:
    if codec in _OWN_VALUES:
        return Undo(MODES[mode])
    if raw is None or codec in ("ppm", "SGI16") or (codec == "ppm_plain" and args[1] not in (1, 255, 65535)):
        raise ValueError(f"decoder {codec}, which may scale values")
    if codec == "jpeg" and mode == "CMYK":
        raise ValueError("CMYK in JPEG: whether it is inverted the file does not say")
    if mode == "1" and raw in _INVERTED:
        return Undo(Mode("bool", 1, "miniswhite"), inverted=True)
    if mode == "L" and raw in _SPREAD:
        return Undo(MODES["L"], bits=int(raw[2:]), factor=_SPREAD[raw])
    if mode == "I" and raw in _UINT16:
        return Undo(MODES["I;16"])
    if (mode, raw) == ("RGBA", "RGBa"):
        return Undo(MODES["RGBa"])
    if raw not in _KEEP.get(mode, ()) or (codec == "sgi_rle" and args[-1] == 2):
        raise ValueError(f"raw mode {raw}, whose values Pillow changes")
    return Undo(MODES[mode])
