"""What a case hands back: figures of its contenders, and how they stand to the bars of issue 6."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from measuring import CommandFailed, Usage, median_of

CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Setup:
    """What the command line asks for."""

    cache: Path
    """Inputs, kept; and the folders of the runs, removed."""
    runs: int = 3
    large: bool = False
    small: int = 200
    """Files of the case with many small ones."""
    sealed: tuple[int, ...] = (10_000,)
    """Sizes of the archive in the case with nothing new."""
    new: tuple[int, ...] = (500, 2000)
    """Batches of tiny samples in the case of Snakemake's own share."""

    @property
    def scratch(self) -> Path:
        """Folder that contenders write into; on the file system of the cache."""
        folder = self.cache / "running"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True)
class Figures:
    """Medians of one contender."""

    contender: str
    usage: Usage
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One ratio or figure, and what issue 6 allows."""

    what: str
    value: float
    at_most: float | None
    """None for a figure that no bar speaks of."""
    unit: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """``pass``, ``fail``, or nothing where there is no bar."""
        if self.at_most is None:
            return ""
        return "pass" if self.value <= self.at_most else "fail"


@dataclass(frozen=True)
class Point:
    """One point of a plot: CPU-seconds of a contender at a size."""

    plot: str
    """``bytes``, ``planes`` or ``samples``."""
    series: str
    size: float
    cpu_s: float


@dataclass
class Result:
    """One case."""

    case: str
    title: str
    figures: list[Figures] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    taken: str = ""
    """When, in how many runs, beside what other load: set by `run.py`."""

    def add(self, contender: str, usage: Usage, note: str = "") -> Usage:
        """Add a contender's figures."""
        self.figures.append(Figures(contender, usage, note))
        return usage

    def ratio(self, what: str, one: float, other: float, at_most: float | None, note: str = "") -> None:
        """Add a ratio of two contenders."""
        self.bars.append(Bar(what, one / other, at_most, note=note))


Contender = Callable[[], Usage]


def alternately(contenders: Mapping[str, Contender], runs: int) -> dict[str, Usage]:
    """Median of each contender's runs, taken in turn, so that what else the machine does meets all of them.

    A contender that fails once is left out, and said so on the terminal.
    """
    found: dict[str, list[Usage]] = {name: [] for name in contenders}
    for number in range(runs):
        for name, contender in contenders.items():
            if len(found[name]) < number:
                continue
            try:
                usage = contender()
            except CommandFailed as problem:
                print(f"  {name}: {problem}", flush=True)
                continue
            found[name].append(usage)
            print(f"  {name:34} {usage.cpu_s:8.2f} CPU-s {usage.wall_s:8.2f} s {usage.peak_mb:7.0f} MB", flush=True)
    return {name: median_of(usages) for name, usages in found.items() if len(usages) == runs}


def busy() -> bool:
    """Whether other work shares the machine: then wall times say little."""
    return os.getloadavg()[0] > 0.5 * CORES
