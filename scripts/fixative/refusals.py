"""Refusals that stand: a sample that nothing has changed for is not tried again every night, it is told of.

What decides is kept beside its records (`cause.json`) when it is planned. The next run compares: the source, its
row, the policy, the configuration and the version. Where all are the same, and the refusal is of a kind that only
they decide, trying again would find the same. Whoever names the sample (``only``) has it tried again all the same.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from fixative import __version__
from fixative.findings import RefusedSample
from fixative.models import STEPS, Inventory, Record, SampleRow, StepOutcome
from fixative.records import key_of, read_record, write_record
from fixative.remote.fetch import LISTED, is_listed_still

if TYPE_CHECKING:
    from fixative.settings import Settings

CAUSE = "cause.json"

LASTING = frozenset(
    {
        *("INV001", "INV003", "INV004", "INV005", "INV006", "INV008", "INV009", "INV011"),
        *("MET001", "MET002", "MET003", "MET004", "MET005"),
        *("SAN001", "SAN002", "SAN003", "SAN004", "SAN005"),
        *("CNV001", "CNV002", "CNV003", "VER002", "VER005", "VER006", "VER007"),
    }
)
"""Codes that the source, the sheet, the policy, the configuration and the version decide alone. The others may go
by themselves: a full disk, a source that was locked, a memory error, what the archive holds."""

_DECIDES = (
    *("exiftool", "readers", "bioformats", "incomplete", "verify", "ome_tiff", "archive_profile", "keep_original"),
    *("required_metadata", "vault"),
)
"""Keys of the configuration on which a refusal may depend."""


class Cause(Record):
    """What decided when a sample was last planned (`cause.json`, restricted)."""

    run: int = Field(description="number of the run that planned it")
    circumstances: str = Field(description="digest of row, policy, configuration and version")
    source: str = Field(description="digest of the states of source and sidecars")
    folders: str = Field(description="digest of the states of the folders in which companions may appear")


def circumstances_of(settings: "Settings", **others: object) -> str:
    """Digest of what is the same for all samples of a run: configuration and version, and what else is given."""
    decides = settings.model_dump(mode="json", include=set(_DECIDES))
    return key_of(version=__version__, settings=decides, **others)


def cause_of(row: SampleRow, run: int, circumstances: str, policies: Mapping[str, str]) -> Cause:
    """Say what decides on a sample now.

    Parameters
    ----------
    row
        The sample.
    run
        Number of the run that asks.
    circumstances
        From `circumstances_of`.
    policies
        Digest of each policy, by the name that rows give.
    """
    told = row.model_dump(mode="json", exclude={"line"})
    return Cause(
        run=run,
        circumstances=key_of(of_all=circumstances, row=told, policy=policies.get(row.privacy_policy)),
        source=_states(row.source, *row.sidecars),
        folders=_states(row.source.parent, row.source.with_suffix("")),
    )


def keep_cause(folder: Path, cause: Cause) -> None:
    """Keep what decides on a sample that is planned now."""
    write_record(folder / CAUSE, cause, 0o600)


def standing_refusal(folder: Path, cause: Cause) -> StepOutcome | None:
    """The refusal of an earlier run, where nothing has changed since that it depends on; or None."""
    kept = read_record(Cause, folder / CAUSE)
    if kept is None or (kept.circumstances, kept.source) != (cause.circumstances, cause.source):
        return None
    found = obstacle_of(folder)
    if found is None or found.outcome != "refused" or found.code not in LASTING:
        return None
    # A run that was killed may have planned the sample for other reasons, and never have come to it.
    if _run_of(found) < kept.run:
        return None
    if (folder / LISTED).exists():
        return found if is_listed_still(folder) else None
    if found.step == STEPS[0]:
        # What was missing may have come; new neighbours alone are no reason to convert anew.
        return found if kept.folders == cause.folders else None
    return found if _is_unchanged(folder) else None


def obstacle_of(folder: Path) -> StepOutcome | None:
    """The first step of a sample that did not succeed, as recorded; None where none is, or nothing was begun."""
    for step in STEPS:
        outcome = read_record(StepOutcome, folder / f"outcomes/{step}.json")
        if outcome is None:
            return None
        if outcome.outcome != "success":
            return outcome
    return None


def _run_of(outcome: StepOutcome) -> int:
    number = outcome.run.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _is_unchanged(folder: Path) -> bool:
    from fixative.inventory import ensure_unchanged

    inventory = read_record(Inventory, folder / "inventory.json")
    if inventory is None:
        return False
    try:
        ensure_unchanged(inventory)
    except RefusedSample:
        return False
    return True


def _states(*paths: Path) -> str:
    return key_of(states=[_stat(path) for path in paths])


def _stat(path: Path) -> list[int] | str:
    try:
        found = os.stat(path)  # noqa: PTH116  asked of every sample that is not sealed
    except OSError as error:
        return error.strerror or type(error).__name__
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode]
