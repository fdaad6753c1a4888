"""Peak memory of the conversion step: 10 GB against 420 MB, planes of one size.

The bar is against the 420 MB stack that all other cases are about. Planes of one value compress to nothing, so that
420 MB of them take less; against these the growth with the number of planes shows.
"""

from contenders import discard, warm
from inputs import confocal_stack, plain_stack
from results import Bar, Point, Result, Setup, alternately
from steps import prepared, run_step

EDGE = 2048
PLANES = {"420 MB, plain": 50, "10 GB": 1192}
STACK = "420 MB confocal stack"
AT_MOST = 1.1


def run(setup: Setup) -> list[Result]:
    """Planes of one value each; without ``--large`` 2.1 GB stand for the 10."""
    planes = PLANES if setup.large else {"420 MB, plain": 50, "2.1 GB": 250}
    small, large = planes
    works = {}
    sources = {size: plain_stack(setup.cache, planes=count, edge=EDGE) for size, count in planes.items()}
    for size, source in {STACK: confocal_stack(setup.cache, channels=5, slices=10), **sources}.items():
        warm([source])
        works[size] = prepared(setup.scratch / source.stem, source)
    found = alternately(
        {size: lambda work=work: run_step(work, "convert_to_ome_tiff") for size, work in works.items()}, setup.runs
    )
    result = Result("memory", f"peak memory of the conversion step, {large} against {small}")
    for size, usage in found.items():
        discard(works[size].parent)
        result.add(f"Fixative, conversion step, {size}", usage)
        if size in planes:
            result.points.append(Point("planes", "Fixative, conversion step", planes[size], usage.cpu_s))
    at_most = AT_MOST if setup.large else None
    for other, bar in ((STACK, at_most), (small, None)):
        ratio = found[large].peak_mb / found[other].peak_mb
        result.bars.append(Bar(f"peak memory of {large}, plain / {other}", ratio, bar))
    if not setup.large:
        result.notes.append("issue 6 names 10 GB: --large")
    return [result]
