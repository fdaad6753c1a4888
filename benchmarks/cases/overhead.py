"""Snakemake's own share of the CPU, on many tiny samples."""

from contenders import chain
from inputs import small_files
from results import Bar, Point, Result, Setup

ISSUE = 10_000
AT_MOST = 0.10


def run(setup: Setup) -> list[Result]:
    """Two sizes are measured, once each; a line through them gives the share at 10,000 samples."""
    result = Result("overhead", f"Snakemake's own share of the CPU on {ISSUE} new small samples")
    own, total = [], []
    for count in setup.new:
        sources = small_files(setup.cache, count=count, edge=16, channels=1)
        rows = {f"S{number:05d}": source for number, source in enumerate(sources)}
        usage = chain(setup.scratch / "chain", rows, verify="{witness: none}")
        print(f"  {count} samples: {usage.cpu_s:.1f} CPU-s, Snakemake {usage.parts['snakemake']:.1f}", flush=True)
        result.add(f"{count} samples of 16 x 16 pixels", usage, f"Snakemake {usage.parts['snakemake']:.1f} CPU-s")
        result.points.append(Point("samples", "Fixative, 16 x 16 pixels", count, usage.cpu_s))
        own.append(usage.parts["snakemake"])
        total.append(usage.cpu_s)
    share = extrapolated(setup.new, own, ISSUE) / extrapolated(setup.new, total, ISSUE)
    result.bars.append(Bar(f"share of Snakemake's main process at {ISSUE}", share, AT_MOST))
    result.bars.append(Bar(f"share at {setup.new[-1]}", own[-1] / total[-1], None))
    result.notes.append("what Snakemake adds to each job's own process (its preamble, 0.1 CPU-s a job) is not in it")
    return [result]


def extrapolated(sizes: tuple[int, ...], values: list[float], size: int) -> float:
    """Value at a size, on the line through the first and the last point."""
    slope = (values[-1] - values[0]) / (sizes[-1] - sizes[0])
    return values[0] + slope * (size - sizes[0])
