"""The conversion step alone, against the codec and SHA-256 on the same bytes in memory."""

import json
from functools import partial
from pathlib import Path

from contenders import HERE, discard, warm
from inputs import confocal_stack
from measuring import Usage, output_of
from results import Result, Setup, alternately
from steps import prepared, run_step, staged_bytes

AT_MOST = 1.25
DEFLATE = {"compression": "deflate", "level": 1}
ENCODERS = ("isa-l", "libdeflate")
"""Fixative's default, and that of imagecodecs and tifffile, which issue 6 measured with."""


def run(setup: Setup) -> list[Result]:
    """420 MB, and 2.1 GB where large inputs are asked for."""
    sizes = [("420 MB", 10), *([("2.1 GB", 50)] if setup.large else [])]
    return [_one(setup, size, confocal_stack(setup.cache, channels=5, slices=slices)) for size, slices in sizes]


def _one(setup: Setup, size: str, source: Path) -> Result:
    result = Result("codec", f"conversion step alone, {size} confocal stack, deflate 1")
    warm([source])
    works = {
        encoder: prepared(setup.scratch / encoder, source, ome_tiff=DEFLATE | {"deflate_encoder": encoder})
        for encoder in ENCODERS
    }
    steps = {_step(encoder): partial(run_step, work, "convert_to_ome_tiff") for encoder, work in works.items()}
    floors = {_floor(encoder): partial(floor, source, encoder) for encoder in ENCODERS}
    found = alternately(steps | floors, setup.runs)
    for name, usage in found.items():
        result.add(name, usage)
    for encoder, other in (("isa-l", "libdeflate"), ("isa-l", "isa-l"), ("libdeflate", "libdeflate")):
        name = f"CPU of {_step(encoder)} / {_floor(other)}"
        at_most = AT_MOST if other == "libdeflate" else None
        result.ratio(name, found[_step(encoder)].cpu_s, found[_floor(other)].cpu_s, at_most)
    for encoder, work in works.items():
        spent = ", ".join(f"{name} {seconds:.2f} CPU-s" for name, seconds in found[_floor(encoder)].parts.items())
        result.notes.append(f"{encoder}: {staged_bytes(work) / 1e6:.0f} MB written; {spent}")
        discard(work.parent)
    return result


def _step(encoder: str) -> str:
    return f"conversion step, {encoder}"


def _floor(encoder: str) -> str:
    return f"{encoder} and SHA-256 in memory"


def floor(source: Path, encoder: str) -> Usage:
    """CPU-seconds that the program beside this counts: not those of reading and of making levels."""
    text = output_of("codec_floor.py", source, encoder, folder=HERE)
    seconds = {name: value for name, value in json.loads(text).items() if name != "bytes"}
    return Usage(cpu_s=sum(seconds.values()), wall_s=sum(seconds.values()), peak_mb=0, parts=seconds)
