"""Whether the samples that a reader shows are those of the file: with numpy alone, which every environment has."""

import numpy as np


class Differs(Exception):
    """The reader opens the file and shows something else."""


def compared(found: np.ndarray, expected: np.ndarray, palette: np.ndarray | None) -> str:
    """How ``found`` tells the samples of ``expected``: "" for as they are. Raises `Differs`."""
    if found.ndim == 3 and found.shape[2] == 1:
        found = found[..., 0]
    if found.shape == expected.shape:
        return _same_shape(found, expected)
    if found.shape[:2] != expected.shape[:2]:
        raise Differs(f"{found.shape} for {expected.shape}")
    if palette is not None and found.ndim == 3:
        colours = np.moveaxis(palette, 0, -1)[expected.astype(np.intp)]
        # Some divide by 256, some by 257 and round.
        eight = (colours >> 8, ((colours.astype(np.uint32) + 128) // 257).astype(np.uint8))
        if any(np.array_equal(found[..., :3], shown) for shown in (colours, *eight)):
            return "palette as colours"
    if expected.ndim == 2:
        return "grey as colours; " + _same_shape(found[..., 0], expected)
    if found.ndim == 3 and found.shape[2] > expected.shape[2]:
        return "with alpha; " + _same_shape(found[..., : expected.shape[2]], expected)
    raise Differs(f"{found.shape} for {expected.shape}")


def _same_shape(found: np.ndarray, expected: np.ndarray) -> str:
    if found.dtype == expected.dtype:
        # Compared as bytes for the sake of NaN; true is any byte but 0.
        same = np.array_equal(found, expected) if found.dtype == bool else found.tobytes() == expected.tobytes()
        if same:
            return ""
        raise Differs(f"other values ({found.dtype})")
    if expected.dtype == bool:
        if np.array_equal(found > 0, expected):
            return f"1 bit as {found.dtype}"
    elif np.array_equal(found, expected, equal_nan=expected.dtype.kind in "fc"):
        return f"as {found.dtype}"
    elif found.dtype.itemsize == expected.dtype.itemsize and found.tobytes() == expected.tobytes():
        return f"sign lost: {found.dtype}"
    raise Differs(f"other values, as {found.dtype}")
