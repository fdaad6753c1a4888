"""The whole chain on a confocal stack, against bfconvert and others, which prove nothing; and against the floor."""

from pathlib import Path

from contenders import bfconvert, chain, copy_and_digest, vips, vips_save, warm
from inputs import confocal_stack, czi_stack
from results import Point, Result, Setup, alternately
from zarr_converters import CONVERTERS, ZarrConversions

CHANNELS, SLICES, EDGE = 5, 10, 2048
WITHOUT, WITH = "Fixative, no witness", "Fixative, independent witness"
BARS = {"420 MB": (0.30, 0.45), "2.1 GB": (0.20, 0.35)}


def run(setup: Setup) -> list[Result]:
    """420 MB in three forms, and 2.1 GB where large inputs are asked for."""
    stack = confocal_stack(setup.cache, channels=CHANNELS, slices=SLICES, edge=EDGE)
    plain, zstd = (
        czi_stack(setup.cache, stack, channels=CHANNELS, slices=SLICES, compression=compression)
        for compression in ("uncompressed:", "zstd1:ExplicitLevel=1")
    )
    sources = [("420 MB", "OME-TIFF", stack), ("420 MB", "CZI", plain), ("420 MB", "CZI, zstd", zstd)]
    if setup.large:
        sources.append(("2.1 GB", "OME-TIFF", confocal_stack(setup.cache, channels=CHANNELS, slices=50)))
    return [_one(setup, size, kind, source) for size, kind, source in sources]


def _one(setup: Setup, size: str, kind: str, source: Path) -> Result:
    target = setup.scratch / "converted.ome.tiff"
    contenders = {
        WITHOUT: lambda: chain(setup.scratch / "chain", {"S1": source}, verify="{witness: none}"),
        WITH: lambda: chain(setup.scratch / "chain", {"S1": source}, verify="{witness: independent}"),
        "bfconvert, deflate, 3 levels": lambda: bfconvert(source, target),
        "cp and sha256sum": lambda: copy_and_digest(source, target),
    }
    if kind == "OME-TIFF" and vips():
        contenders["libvips tiffsave, deflate 6, pyramid"] = lambda: vips_save(source, setup.scratch / "vips.tif")
    # They are not asked for 2.1 GB: bioio-convert holds the image in memory three times over.
    converters = CONVERTERS if size == "420 MB" else ()
    zarrs = ZarrConversions(source, (CHANNELS, SLICES, EDGE, EDGE), setup.scratch / "zarr", converters)
    contenders |= zarrs.contenders
    result = Result("stack", f"{size} confocal stack, {kind}")
    warm([source])
    found = alternately(contenders, setup.runs)
    for name, usage in found.items():
        result.add(name, usage)
        if kind == "OME-TIFF" and name not in zarrs.programs:
            result.points.append(Point("bytes", name, source.stat().st_size, usage.cpu_s))
    other = found.get("bfconvert, deflate, 3 levels")
    for name, at_most in zip((WITHOUT, WITH), BARS[size], strict=True):
        if other and name in found:
            result.ratio(f"CPU of {name} / bfconvert", found[name].cpu_s, other.cpu_s, at_most)
    for name, program in zarrs.programs.items():
        if name in found and WITHOUT in found:
            result.ratio(f"CPU of {WITHOUT} / {program}", found[WITHOUT].cpu_s, found[name].cpu_s, None)
    result.notes += zarrs.notes()
    result.notes += [_parts(name, found[name].parts) for name in (WITHOUT, WITH) if name in found]
    return result


def _parts(name: str, parts: dict[str, float]) -> str:
    listed = ", ".join(f"{step} {seconds:.1f}" for step, seconds in parts.items())
    return f"CPU-seconds by step, {name}: {listed}"
