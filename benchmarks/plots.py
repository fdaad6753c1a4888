"""Plots as SVG, without a library: CPU-seconds against bytes, planes or samples, both axes logarithmic."""

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from results import Point

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 290, 36, 52
COLOURS = ("#0b5d8f", "#c1440e", "#3d7a2a", "#7a3b8f", "#8a6d00", "#444444", "#00807a", "#a0305a")
TITLES = {"bytes": "bytes of the source", "planes": "planes of 2048 x 2048", "samples": "samples"}


def write_plots(points: Sequence[Point], folder: Path) -> list[Path]:
    """Write a plot for each kind of size that has points; returns the files."""
    paths = []
    for plot, title in TITLES.items():
        if chosen := [point for point in points if point.plot == plot]:
            path = folder / f"cost_by_{plot}.svg"
            path.write_text(svg(chosen, title), encoding="utf-8")
            paths.append(path)
    return paths


def decades(values: Sequence[float]) -> tuple[int, int]:
    """Powers of ten that enclose the values, at least one apart."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def position(value: float, low: int, high: int, start: float, end: float) -> float:
    """Where a value lies between two ends of a logarithmic axis of the decades ``low`` to ``high``."""
    return start + (log10(value) - low) / (high - low) * (end - start)


def svg(points: Sequence[Point], title: str) -> str:
    """Draw one plot; a series is a line through its points."""
    x_low, x_high = decades([point.size for point in points])
    y_low, y_high = decades([max(point.cpu_s, 0.01) for point in points])
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><title>CPU-seconds against {title}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">CPU-seconds against {title}</text>',
    ]
    for power in range(x_low, x_high + 1):
        x = position(10.0**power, x_low, x_high, LEFT, right)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{_power(power)}</text>')
    for power in range(y_low, y_high + 1):
        y = position(10.0**power, y_low, y_high, bottom, TOP)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_power(power)}</text>')
    for number, name in enumerate(dict.fromkeys(point.series for point in points)):
        colour = COLOURS[number % len(COLOURS)]
        line = sorted((point.size, max(point.cpu_s, 0.01)) for point in points if point.series == name)
        places = [(position(x, x_low, x_high, LEFT, right), position(y, y_low, y_high, bottom, TOP)) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places]
        at = TOP + 12 + 18 * number
        parts.append(f'<circle cx="{right + 18}" cy="{at - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{right + 28}" y="{at}">{escape(name)}</text>')
    parts.append(
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(title)}</text></svg>'
    )
    return "\n".join(parts) + "\n"


def _power(power: int) -> str:
    """A power of ten as people read it."""
    prefixes = {0: "", 3: " k", 6: " M", 9: " G", 12: " T"}
    if power < 0:
        return f"{10.0**power:g}"
    step = power // 3 * 3
    return f"{10 ** (power - step)}{prefixes[step]}"
