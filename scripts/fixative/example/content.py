"""What the example images show: nuclei, filaments, stained tissue, colonies. A few lines of numpy each."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def nuclei(seed: int, size_y: int, size_x: int, *, count: int, radius_px: float = 10, focus: float = 0.0) -> Floats:
    """Paint round, soft-edged nuclei, 0 to 1.

    Parameters
    ----------
    focus
        Distance from the focal plane, in nuclear radii: further away is dimmer and wider.
    """
    rng = np.random.default_rng(seed)
    image = np.zeros((size_y, size_x))
    for centre_y, centre_x, stretch, depth in rng.random((count, 4)) * (size_y, size_x, 0.6, 1):
        radius = radius_px * (1 + abs(focus) / 4)
        reach = int(3 * radius)
        top, left = max(int(centre_y) - reach, 0), max(int(centre_x) - reach, 0)
        spot = image[top : int(centre_y) + reach, left : int(centre_x) + reach]
        y, x = np.indices(spot.shape) + np.array([top, left])[:, None, None]
        distance = ((y - centre_y) / radius) ** 2 + ((x - centre_x) / (radius * (0.8 + stretch))) ** 2
        spot += np.exp(-(distance**2)) * np.exp(-((focus - depth + 0.5) ** 2))
    return np.clip(image, 0, 1)


def filaments(seed: int, size_y: int, size_x: int, *, count: int, width_px: float = 1.5) -> Floats:
    """Paint wavy filaments that cross the whole field, 0 to 1."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size_y, 0:size_x].astype(float)
    image = np.zeros((size_y, size_x))
    for _ in range(count):
        angle, offset, bend, phase = rng.random(4) * (np.pi, size_x, 8, 2 * np.pi)
        along = (x - size_x / 2) * np.cos(angle) + (y - size_y / 2) * np.sin(angle)
        across = (y - size_y / 2) * np.cos(angle) - (x - size_x / 2) * np.sin(angle)
        distance = across - offset + size_x / 2 - bend * np.sin(along / 25 + phase)
        image += (0.4 + 0.6 * rng.random()) * np.exp(-((distance / width_px) ** 2))
    return np.clip(image, 0, 1)


def tissue(seed: int, size_y: int, size_x: int) -> npt.NDArray[np.uint8]:
    """Paint a section stained with haematoxylin and eosin, RGB."""
    stroma = filaments(seed, size_y, size_x, count=25, width_px=14)
    cells = nuclei(seed + 1, size_y, size_x, count=260, radius_px=9)
    eosin, haematoxylin = np.array([0.10, 0.75, 0.35]), np.array([0.75, 0.70, 0.25])
    absorbed = 0.5 * stroma[..., None] * eosin + 1.1 * cells[..., None] * haematoxylin
    grain = np.random.default_rng(seed + 2).integers(0, 4, (size_y, size_x, 1))
    stained: npt.NDArray[np.uint8] = (250 * np.exp(-absorbed) - grain).astype(np.uint8)
    return stained


def colonies(seed: int, size_y: int, size_x: int) -> npt.NDArray[np.uint8]:
    """Paint a photographed agar plate with colonies on a dark bench, RGB."""
    y, x = np.mgrid[0:size_y, 0:size_x].astype(float)
    from_centre = np.hypot(y - size_y / 2, x - size_x / 2) / (min(size_y, size_x) / 2)
    dish = np.clip((0.95 - from_centre) * 40, 0, 1)
    spots = nuclei(seed, size_y, size_x, count=60, radius_px=5) * dish
    bench, agar, colony = np.array([35, 38, 42]), np.array([196, 170, 110]), np.array([48, 60, 90])
    image = bench + dish[..., None] * (agar - bench) + spots[..., None] * colony
    photographed: npt.NDArray[np.uint8] = np.clip(image, 0, 255).astype(np.uint8)
    return photographed


def as_camera(image: Floats, seed: int, *, dtype: Any, offset: int, gain: float) -> npt.NDArray[Any]:
    """Expose an image of 0 to 1 as a camera would: an offset, a gain, shot noise, whole numbers."""
    signal = image * gain
    noise = np.random.default_rng(seed).random(image.shape) - 0.5
    counts = offset + signal + noise * (6 + 2 * np.sqrt(signal))
    limits = np.iinfo(dtype)
    exposed: npt.NDArray[Any] = np.clip(np.rint(counts), limits.min, limits.max).astype(dtype)
    return exposed
