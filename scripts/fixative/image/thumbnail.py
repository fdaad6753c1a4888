"""A small picture of an image, for a person to know it again. Never a record of its values."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]
Array = npt.NDArray[Any]
Values = npt.NDArray[np.float64]

LOW_PERCENT, HIGH_PERCENT = 0.1, 99.9
PALETTE: tuple[Colour, ...] = (
    (0, 255, 0),
    (255, 0, 255),
    (0, 170, 255),
    (255, 190, 0),
    (255, 60, 60),
    (120, 110, 255),
    (0, 220, 190),
)
"""For channels without a colour of their own: the first two are told apart by any eye."""
GREY: Colour = (255, 255, 255)
GREATEST = 1e300
"""Beyond it sums are no longer finite: such a value is drawn as unknown."""
_RLE = 3
"""zlib's strategy Z_RLE: after PNG's filters it gives what the others give, in two thirds of the time."""

STRIP_PX = 1 * 1024 * 1024
"""Pixels that are worked on at a time, so that a large plane costs no copy of itself."""


def make_thumbnail(planes: Sequence[Array] | Array, colours: Sequence[Colour | None], *, size_px: int = 256) -> bytes:
    """Draw channels, blended, as a PNG that fits a square of ``size_px``.

    Each channel is stretched between its 0.1 and 99.9 percentile; uint8 RGB is shown as it is, RGB of
    other types with one stretch for all three, which keeps the hue. A fourth sample is not drawn: it is
    as often an unspecified one as an alpha. Nothing is enlarged.

    Parameters
    ----------
    planes : sequence of ndarray
        One (Y, X) array per channel, or a single (Y, X, 3) or (Y, X, 4) one. Any numeric type; of complex
        values the magnitude is shown; NaN and infinity are left black.
    colours : sequence of (red, green, blue) or None
        One per channel, 0 to 255. None, or nothing, is grey for a single channel and a colour of `PALETTE`
        for several.
    size_px : int
        Longest side, at least 1.

    Returns
    -------
    bytes
        A PNG without a metadata chunk, the same for the same input.

    Raises
    ------
    ValueError
        There is no pixel to draw.
    """
    channels = [np.asarray(plane) for plane in planes] if not isinstance(planes, np.ndarray) else [planes]
    if not channels or any(channel.size == 0 for channel in channels):
        raise ValueError("a thumbnail needs at least one channel with pixels")
    first = channels[0]
    if first.ndim == 3 and first.shape[2] in (3, 4):
        return _png(_draw_rgb(first[..., :3], size_px))
    flat = [layer for channel in channels for layer in _layers(channel)]
    return _png(_blend(flat, _complete(colours, len(flat)), size_px))


def _layers(channel: Array) -> list[Array]:
    """Take a channel apart into (Y, X) arrays: itself, or each of its samples."""
    if channel.ndim == 2:
        return [channel]
    if channel.ndim == 3:
        return [channel[..., sample] for sample in range(channel.shape[2])]
    raise ValueError(f"a thumbnail needs arrays of 2 or 3 axes, found {channel.ndim}")


def colours_drawn(planes: Sequence[Array], colours: Sequence[Colour | None]) -> list[Colour]:
    """Give the colour in which `make_thumbnail` draws each channel; empty for what is a colour picture itself."""
    if not planes or any(plane.ndim != 2 for plane in planes):
        return []
    return _complete(colours, len(planes))


def _complete(colours: Sequence[Colour | None], channels: int) -> list[Colour]:
    """Find a colour for each channel; black, and white for all of several, count as none given."""
    given = [colour if colour and any(colour) else None for colour in (*colours, *[None] * channels)][:channels]
    if channels == 1:
        return [given[0] or GREY]
    if all(colour == GREY for colour in given):
        given = [None] * channels
    spare = [colour for colour in PALETTE if colour not in given] or list(PALETTE)
    missing = iter(spare * channels)
    return [colour or next(missing) for colour in given]


def _draw_rgb(image: Array, size_px: int) -> npt.NDArray[np.uint8]:
    samples = np.stack([_shrink(image[..., sample], size_px) for sample in range(3)], axis=-1)
    if image.dtype == np.uint8:
        return _to_bytes(samples / 255)
    return _to_bytes(_stretch(samples, flat_is=0.5))


def _blend(channels: Sequence[Array], colours: Sequence[Colour], size_px: int) -> npt.NDArray[np.uint8]:
    """Add the channels up, each in its colour; light that adds up beyond white stays white."""
    # An even channel among several would lie over the others as a veil.
    flat_is = 0.5 if len(channels) == 1 else 0.0
    drawn: Values | None = None
    for channel, colour in zip(channels, colours, strict=True):
        light = _stretch(_shrink(channel, size_px), flat_is=flat_is)
        if drawn is None:
            drawn = np.zeros((3, *light.shape))
        light = light if light.shape == drawn.shape[1:] else _fit(light, drawn.shape[1:])
        for part, strength in zip(drawn, colour, strict=True):
            if strength:
                part += light * (strength / 255)
    assert drawn is not None
    return np.ascontiguousarray(np.moveaxis(_to_bytes(drawn), 0, -1))


def _fit(image: Values, shape: tuple[int, ...]) -> Values:
    """Cut or pad to ``shape``: channels of one image that differ in size by a pixel."""
    fitted = np.zeros(shape)
    height, width = min(shape[0], image.shape[0]), min(shape[1], image.shape[1])
    fitted[:height, :width] = image[:height, :width]
    return fitted


def _stretch(values: Values, *, flat_is: float) -> Values:
    """Spread the values over 0 to 1 between the percentiles; NaN stays NaN."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return np.zeros_like(values)
    low, high = (float(limit) for limit in np.percentile(known, (LOW_PERCENT, HIGH_PERCENT)))
    if not high > low:  # a few bright points on an even ground
        low, high = float(known.min()), float(known.max())
    if not high > low:
        return np.full_like(values, flat_is if high else 0.0)
    stretched: Values = np.clip((values - low) / (high - low), 0, 1)
    return stretched


def _shrink(plane: Array, size_px: int) -> Values:
    """Average areas so that the longest side is ``size_px``: whole pixels first, then the rest.

    Values that are not finite count as absent; an area in which none is known becomes NaN.
    """
    height, width = plane.shape
    factor = max(height, width) / size_px
    if factor <= 1:
        values, known = _known(plane)
        values[~known] = np.nan
        return values
    to = (max(1, round(width / factor)), max(1, round(height / factor)))
    if plane.dtype.kind in "bui" and plane.dtype.itemsize <= 2 and plane.size <= STRIP_PX:
        return _average_exact(plane, to)
    return _average(*_block_sums(plane, max(1, height // to[1]), max(1, width // to[0])), to)


def _average_exact(plane: Array, to: tuple[int, int]) -> Values:
    """Average values that are all known and that float32 holds exactly."""
    from PIL import Image

    image = Image.fromarray(plane.astype(np.float32))
    return np.asarray(image.resize(to, Image.Resampling.BOX)).astype(np.float64)


def _average(sums: Values, counts: Values, to: tuple[int, int]) -> Values:
    """Average the blocks down to ``to`` (X, Y), each weighing what is known of it."""
    from PIL import Image

    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
        low, high = (float(np.nanmin(means)), float(np.nanmax(means))) if counts.any() else (0.0, 0.0)
        # Pillow averages float32, which holds differences from the lowest value better than values.
        spread = (high - low) or 1.0
        weighted = np.nan_to_num((means - low) / spread) * counts
        summed, weight = (
            np.asarray(Image.fromarray(layer.astype(np.float32)).resize(to, Image.Resampling.BOX))
            for layer in (weighted, counts)
        )
        averaged: Values = low + spread * (summed.astype(np.float64) / weight)
        averaged[~(weight > 0)] = np.nan
    return averaged


def _block_sums(plane: Array, block_y: int, block_x: int) -> tuple[Values, Values]:
    """Sum the known values of each block, and count them in parts of a whole block."""
    height, width = plane.shape
    rows, columns = -(-height // block_y), -(-width // block_x)
    sums, counts = np.empty((rows, columns)), np.empty((rows, columns))
    starts_x = np.arange(0, width, block_x)
    strip = max(1, STRIP_PX // (width * block_y))
    area = block_y * block_x
    for row in range(0, rows, strip):
        values, known = _known(plane[row * block_y : (row + strip) * block_y])
        starts_y = np.arange(0, len(values), block_y)
        into = slice(row, row + len(starts_y))
        for array, result in ((values, sums), (known, counts)):
            across = np.add.reduceat(array, starts_x, axis=1, dtype=np.float64)
            result[into] = np.add.reduceat(across, starts_y, axis=0) / area
    return sums, counts


def _known(plane: Array) -> tuple[Values, npt.NDArray[np.bool_]]:
    """Give the plane's values, 0 where one is not finite, and which are known."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = (np.abs(plane) if np.iscomplexobj(plane) else plane).astype(np.float64)
        known = np.abs(values) < GREATEST
    values[~known] = 0
    return values, known


def _to_bytes(light: Values) -> npt.NDArray[np.uint8]:
    return np.rint(np.clip(np.nan_to_num(light, nan=0.0), 0, 1) * 255).astype(np.uint8)


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(picture).save(stream, "PNG", compress_level=1, compress_type=_RLE)
    return stream.getvalue()
