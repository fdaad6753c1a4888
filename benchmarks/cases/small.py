"""Many small files: one sheet for Fixative, one call a file for bfconvert."""

from contenders import bfconvert, chain, warm
from inputs import small_files
from measuring import Usage
from results import Point, Result, Setup, alternately

ISSUE = 1000
CALLS = 20
AT_MOST = 0.25


def run(setup: Setup) -> list[Result]:
    """Fixative does the whole sheet; of bfconvert's calls 20 are made and multiplied."""
    sources = small_files(setup.cache, count=setup.small)
    warm(sources)
    rows = {f"S{number:05d}": source for number, source in enumerate(sources)}
    target = setup.scratch / "converted.ome.tiff"
    called = sources[:: max(1, len(sources) // CALLS)][:CALLS]

    def converted() -> Usage:
        calls = [bfconvert(source, target, resolutions=1) for source in called]
        factor = len(sources) / len(calls)
        peak = max(call.peak_mb for call in calls)
        return Usage(sum(c.cpu_s for c in calls) * factor, sum(c.wall_s for c in calls) * factor, peak)

    found = alternately(
        {
            "Fixative, no witness": lambda: chain(setup.scratch / "chain", rows, verify="{witness: none}"),
            "Fixative, independent witness": lambda: chain(setup.scratch / "chain", rows),
            "bfconvert, one call a file": converted,
        },
        setup.runs,
    )
    result = Result("small", f"{len(sources)} files of 512 x 512 x 3 channels uint16")
    for name, usage in found.items():
        result.add(name, usage, f"{len(called)} calls, multiplied" if name.startswith("bf") else "")
        result.points.append(Point("samples", name, len(sources), usage.cpu_s))
        if name.startswith("Fixative") and "bfconvert, one call a file" in found:
            other = found["bfconvert, one call a file"]
            result.ratio(f"CPU of {name} / bfconvert", usage.cpu_s, other.cpu_s, AT_MOST)
            parts = ", ".join(f"{step} {seconds:.1f}" for step, seconds in usage.parts.items())
            result.notes.append(f"CPU-seconds by step, {name}: {parts}")
    if len(sources) != ISSUE:
        result.notes.append(f"issue 6 names {ISSUE} files: --small {ISSUE}")
    return [result]
