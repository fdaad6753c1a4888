"""The search for private values: its share of the conversion's time, and how often it reads the object."""

from contenders import discard, warm
from inputs import confocal_stack
from measuring import Usage
from results import Bar, Result, Setup, alternately
from steps import prepared, run_step, verify_image

AT_MOST = 0.25
SECRETS = 30


def run(setup: Setup) -> list[Result]:
    """Read the written file of the 420 MB stack back with and without the search, of 30 values."""
    source = confocal_stack(setup.cache, channels=5, slices=10)
    warm([source])
    work = prepared(setup.scratch / "step", source, until="convert_to_ome_tiff")
    found = alternately(
        {
            "conversion step": lambda: run_step(work, "convert_to_ome_tiff"),
            "reading back": lambda: verify_image(work, secrets=0),
            f"reading back, search of {SECRETS} values": lambda: verify_image(work, secrets=SECRETS),
        },
        setup.runs,
    )
    discard(work.parent)
    result = Result("scan", "search for private values in the object of the 420 MB stack")
    for name, usage in found.items():
        result.add(name, usage)
    conversion, without, searched = found.values()
    result.ratio("CPU of the search / conversion step", _more(searched, without), conversion.cpu_s, AT_MOST)
    result.bars.append(
        Bar("bytes read more because of the search / bytes of the file", _reads(searched, without), 1.0)
    )
    return [result]


def _more(one: Usage, other: Usage) -> float:
    return max(0.0, one.cpu_s - other.cpu_s)


def _reads(one: Usage, other: Usage) -> float:
    """Bytes that were read more, in sizes of the file; from what each process says of itself."""
    return (one.parts["read"] - other.parts["read"]) / one.parts["file"]
