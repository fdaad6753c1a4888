"""Plates of MetaXpress: every file that the HTD file promises, and what each of them promises itself."""

from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.metaxpress import plate_files, read_plate
from fixative.metaxpress_fields import fields_of, require_all
from fixative.models import Completeness
from fixative.structure.promise import complete


def check_plate(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare selected wells x sites x wavelengths x times (x steps) with the files, and check each of these.

    Raises
    ------
    RefusedSample
        INV005 where a file is damaged or is one that the plate's description lacks, INV006 naming the missing
        files, INV004 of the first file that is truncated.
    """
    from fixative.structure import check_structure

    plate = read_plate(path)
    found = plate_files(plate)
    truncated: RefusedSample | None = None
    planes = size = 0
    for file in sorted(found.values()):
        try:
            whole = check_structure(file, "metaxpress", [file])
        except RefusedSample as refusal:
            named = _named(refusal, file)
            if refusal.code != "INV004":
                raise named from None
            truncated = truncated or named
            continue
        planes, size = planes + (whole.present_planes or 0), size + (whole.present_bytes or 0)
    require_all(list(fields_of(plate, found)))
    if truncated:
        raise truncated
    return complete(
        "files of the plate's wells, sites, wavelengths and times, each by itself", size=size, planes=planes
    )


def _named(refusal: RefusedSample, file: Path) -> RefusedSample:
    """Say of which member the finding is."""
    place = "where" if "where" in refusal.places else "reason"
    return RefusedSample(refusal.code, **{**refusal.places, place: f"{file.name}: {refusal.places[place]}"})
