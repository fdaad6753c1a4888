"""Two planes of 16384 x 16384 pixels in 6 levels: the conversion step, against libvips."""

from contenders import discard, vips, vips_save, warm
from inputs import large_planes
from results import Bar, Result, Setup, alternately
from steps import prepared, run_step

EDGE = 16384
MOST_MB = 200


def run(setup: Setup) -> list[Result]:
    """Deflate and zstd: libvips lets the level of zstd be chosen; that of deflate is zlib's 6."""
    source = large_planes(setup.cache, edge=EDGE)
    result = Result("planes", f"1.07 GB, 2 x {EDGE} x {EDGE} uint16, 6 levels, conversion step")
    warm([source])
    works = {
        "deflate 1": prepared(setup.scratch / "one", source),
        "deflate 6": prepared(setup.scratch / "six", source, ome_tiff={"level": 6}),
        "zstd 1": prepared(setup.scratch / "zstd", source, ome_tiff={"compression": "zstd"}),
    }
    contenders = {
        f"Fixative, {name}": lambda work=work: run_step(work, "convert_to_ome_tiff") for name, work in works.items()
    }
    target = setup.scratch / "vips.tif"
    if vips():
        contenders["libvips, deflate 6"] = lambda: vips_save(source, target)
        contenders["libvips, zstd 1"] = lambda: vips_save(source, target, compression="zstd", level=1)
    else:
        result.notes.append("libvips is not installed (Debian: libvips-tools): nothing to compare with")
    found = alternately(contenders, setup.runs)
    for work in works.values():
        discard(work.parent)
    for name, usage in found.items():
        result.add(name, usage)
    for own, other, at_most in (
        ("Fixative, deflate 1", "libvips, deflate 6", 1.0),
        ("Fixative, deflate 6", "libvips, deflate 6", 1.0),
        ("Fixative, zstd 1", "libvips, zstd 1", None),
    ):
        if own in found and other in found:
            result.ratio(f"CPU of {own} / {other}", found[own].cpu_s, found[other].cpu_s, at_most)
    if "Fixative, deflate 1" in found:
        peak = found["Fixative, deflate 1"].peak_mb
        result.bars.append(Bar("peak memory of the conversion step", peak, MOST_MB, " MB"))
    result.notes.append("Fixative's default is deflate 1 by ISA-L; libvips has no setting for deflate's level")
    return [result]
