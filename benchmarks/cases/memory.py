"""Peak memory of the conversion step: 10 GB against 420 MB, planes of one size."""

from contenders import discard, warm
from inputs import plain_stack
from results import Bar, Point, Result, Setup, alternately
from steps import prepared, run_step

EDGE = 2048
PLANES = {"420 MB": 50, "10 GB": 1192}
AT_MOST = 1.1


def run(setup: Setup) -> list[Result]:
    """Planes of one value each; without ``--large`` 2.1 GB stand for the 10."""
    planes = PLANES if setup.large else {"420 MB": 50, "2.1 GB": 250}
    small, large = planes
    works = {}
    for size, count in planes.items():
        source = plain_stack(setup.cache, planes=count, edge=EDGE)
        warm([source])
        works[size] = prepared(setup.scratch / f"memory-{count}", source)
    found = alternately(
        {size: lambda work=work: run_step(work, "convert_to_ome_tiff") for size, work in works.items()}, setup.runs
    )
    result = Result("memory", f"peak memory of the conversion step, {large} against {small}")
    for size, usage in found.items():
        discard(works[size].parent)
        result.add(f"Fixative, conversion step, {size}", usage)
        result.points.append(Point("planes", "Fixative, conversion step", planes[size], usage.cpu_s))
    at_most = AT_MOST if setup.large else None
    result.bars.append(Bar(f"peak memory of {large} / {small}", found[large].peak_mb / found[small].peak_mb, at_most))
    if not setup.large:
        result.notes.append("issue 6 names 10 GB: --large")
    return [result]
