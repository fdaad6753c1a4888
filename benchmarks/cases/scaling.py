"""Wall time on two cores against one: the whole chain on the 420 MB stack."""

from contenders import chain, warm
from inputs import confocal_stack
from results import Bar, Result, Setup, alternately, busy

AT_MOST = 0.6


def run(setup: Setup) -> list[Result]:
    """Means nothing on a machine that does other work: then the figure is marked."""
    source = confocal_stack(setup.cache, channels=5, slices=10)
    warm([source])
    before = busy()
    found = alternately(
        {
            f"Fixative, {cores} core{'s' if cores > 1 else ''}": lambda cores=cores: chain(
                setup.scratch / "chain", {"S1": source}, cores=cores, verify="{witness: none}"
            )
            for cores in (1, 2)
        },
        setup.runs,
    )
    result = Result("scaling", "420 MB confocal stack on two cores against one")
    for name, usage in found.items():
        result.add(name, usage)
    ratio = found["Fixative, 2 cores"].wall_s / found["Fixative, 1 core"].wall_s
    note = "the machine was busy with other work: says little" if before else ""
    result.bars.append(Bar("wall time on 2 cores / 1 core", ratio, AT_MOST, note=note))
    result.notes.append("--cores 1 gives every job one thread; the process may still be moved between cores")
    return [result]
