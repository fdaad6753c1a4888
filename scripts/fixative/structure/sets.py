"""Sets whose main file only describes others: each member that has a structure of its own, by that.

Which members there must be is settled by `fixative.filesets`.
"""

from collections.abc import Sequence
from pathlib import Path

from fixative.models import Completeness
from fixative.structure.tiff import conclude, survey_tiff

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def check_members(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Check every member of a set but the main file.

    Raises
    ------
    RefusedSample
        INV004, INV005 of the first member that is not whole.
    """
    checked = planes = stored = 0
    for file in files:
        found = None if file == path else _check(file)
        if found is None:
            continue
        checked, planes = checked + 1, planes + (found.present_planes or 0)
        stored += found.present_bytes or 0
    if not checked:
        return Completeness(checked=False, method="no structure check for this format")
    return Completeness(
        checked=True,
        method=f"structure of {checked} of the set's {len(files)} files, each by itself",
        promised_planes=planes or None,
        present_planes=planes or None,
        promised_bytes=stored,
        present_bytes=stored,
    )


def _check(file: Path) -> Completeness | None:
    """One member by what it begins with; None where nothing is known of it."""
    from fixative.structure import check_of

    with file.open("rb") as stream:
        head = stream.read(4)
    if head in TIFF:
        # Alone: what its description says of other files is the set's concern.
        survey = survey_tiff(file)
        return conclude(survey, len(survey.whole), survey.present, "directories", at_least=survey.open_ended)
    check = check_of(file, "") if head else None
    return check(file, "", [file]) if check else None
