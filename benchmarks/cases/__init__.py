"""The cases: those of the table of costs, in its order, then others."""

from collections.abc import Callable

from results import Result, Setup

from cases import (
    codec,
    large_planes,
    memory,
    new_among_sealed,
    night,
    overhead,
    scaling,
    scan,
    slide,
    small,
    stack,
    storage,
)

CASES: dict[str, Callable[[Setup], list[Result]]] = {
    "stack": stack.run,
    "codec": codec.run,
    "planes": large_planes.run,
    "slide": slide.run,
    "small": small.run,
    "memory": memory.run,
    "night": night.run,
    "new": new_among_sealed.run,
    "storage": storage.run,
    "overhead": overhead.run,
    "scaling": scaling.run,
    "scan": scan.run,
}
