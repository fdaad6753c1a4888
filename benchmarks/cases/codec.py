"""The conversion step alone, against the codec and SHA-256 on the same bytes in memory."""

import json
from pathlib import Path

from contenders import HERE, discard, warm
from inputs import confocal_stack
from measuring import Usage, output_of
from results import Result, Setup, alternately
from steps import prepared, run_step, staged_bytes

AT_MOST = 1.25


def run(setup: Setup) -> list[Result]:
    """420 MB, and 2.1 GB where large inputs are asked for."""
    sizes = [("420 MB", 10), *([("2.1 GB", 50)] if setup.large else [])]
    return [_one(setup, size, confocal_stack(setup.cache, channels=5, slices=slices)) for size, slices in sizes]


def _one(setup: Setup, size: str, source: Path) -> Result:
    result = Result("codec", f"conversion step alone, {size} confocal stack, deflate 1")
    warm([source])
    work = prepared(setup.scratch / "step", source)
    found = alternately(
        {
            "Fixative, conversion step": lambda: run_step(work, "convert_to_ome_tiff"),
            "codec and SHA-256 in memory": lambda: floor(source),
        },
        setup.runs,
    )
    written = staged_bytes(work)
    discard(work.parent)
    for name, usage in found.items():
        result.add(name, usage)
    step, least = found["Fixative, conversion step"], found["codec and SHA-256 in memory"]
    result.ratio("CPU of the conversion step / codec and SHA-256", step.cpu_s, least.cpu_s, AT_MOST)
    result.notes.append(
        f"{written / 1e6:.0f} MB written; "
        + ", ".join(f"{name} {seconds:.2f} CPU-s" for name, seconds in least.parts.items())
    )
    return result


def floor(source: Path) -> Usage:
    """CPU-seconds that the program beside this counts: not those of reading and of making levels."""
    text = output_of("codec_floor.py", source, folder=HERE)
    seconds = {name: value for name, value in json.loads(text).items() if name != "bytes"}
    return Usage(cpu_s=sum(seconds.values()), wall_s=sum(seconds.values()), peak_mb=0, parts=seconds)
