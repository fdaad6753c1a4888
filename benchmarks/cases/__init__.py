"""The cases of issue 6, in the order of its table."""

from collections.abc import Callable

from results import Result, Setup

from cases import codec, large_planes, memory, night, overhead, scaling, scan, slide, small, stack

CASES: dict[str, Callable[[Setup], list[Result]]] = {
    "stack": stack.run,
    "codec": codec.run,
    "planes": large_planes.run,
    "slide": slide.run,
    "small": small.run,
    "memory": memory.run,
    "night": night.run,
    "overhead": overhead.run,
    "scaling": scaling.run,
    "scan": scan.run,
}
