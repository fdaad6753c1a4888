"""A slide of 20,000 x 20,000 RGB pixels: the conversion step, and the whole chain, against libvips."""

from contenders import chain, discard, vips, vips_save, warm
from inputs import rgb_slide
from results import Point, Result, Setup, alternately
from steps import prepared, run_step

EDGE = 20_000


def run(setup: Setup) -> list[Result]:
    """The bar is read as that of the conversion step: libvips proves nothing either."""
    source = rgb_slide(setup.cache, edge=EDGE)
    result = Result("slide", f"{EDGE} x {EDGE} RGB slide, tiled TIFF, 1.2 GB")
    warm([source])
    work = prepared(setup.scratch / "step", source)
    step, whole, other = "Fixative, conversion step", "Fixative, whole chain", "libvips, deflate 6"
    contenders = {
        step: lambda: run_step(work, "convert_to_ome_tiff"),
        whole: lambda: chain(setup.scratch / "chain", {"S1": source}, verify="{witness: none}"),
    }
    if vips():
        contenders[other] = lambda: vips_save(source, setup.scratch / "vips.tif")
    else:
        result.notes.append("libvips is not installed (Debian: libvips-tools): nothing to compare with")
    found = alternately(contenders, setup.runs)
    discard(work.parent)
    for name, usage in found.items():
        result.add(name, usage)
        result.points.append(Point("bytes", f"slide, {name}", source.stat().st_size, usage.cpu_s))
    if other in found:
        result.ratio(f"CPU of the conversion step / {other}", found[step].cpu_s, found[other].cpu_s, 1.0)
        result.ratio(f"CPU of the whole chain / {other}", found[whole].cpu_s, found[other].cpu_s, None)
    return [result]
