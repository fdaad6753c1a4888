"""What an earlier run has made, and whether somebody has worked on it since."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fixative.files import digest_file
from fixative.findings import RefusedSample

FORMAT = "fixative-deposit-1"
RECORD = "deposit.json"
MOST_NAMED = 10


def not_ours(final: Path, archive_root: Path) -> Iterator[RefusedSample]:
    """DEP010 where a folder holds anything that no run has put there as it is now; DEP016 within the archive."""
    if final.absolute().is_relative_to(archive_root.absolute()):
        yield RefusedSample(
            "DEP016", where=final.name, reason="it lies in the archive, which holds sealed objects only"
        )
        return
    if not final.exists() and not final.is_symlink():
        return
    record = _record(final)
    if record is None:
        yield RefusedSample("DEP010", folder=final.name, names="it holds no record of a deposit")
        return
    names = sorted(_changed(final, record))
    if names:
        more = len(names) - MOST_NAMED
        told = ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield RefusedSample("DEP010", folder=final.name, names=told)


def _record(final: Path) -> dict[str, Any] | None:
    try:
        record = json.loads((final / RECORD).read_bytes())
        return record if record["format"] == FORMAT and record["made"] is not None else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _changed(final: Path, record: dict[str, Any]) -> Iterator[str]:
    """Files that are not in the record, and forms that are not as they were made. Linked files go by their size."""
    made = {entry["path"]: entry for entry in record["made"]}
    linked = {entry["path"]: entry for entry in record["linked"]}
    for path in final.rglob("*"):
        name = path.relative_to(final).as_posix()
        if (path.is_dir() and not path.is_symlink()) or name == RECORD:
            continue
        if name in made and path.is_file() and digest_file(path).sha256 == made[name]["sha256"]:
            continue
        # A link whose object is gone leads nowhere: it is still ours.
        if name in linked and (not path.exists() or path.stat().st_size == linked[name]["bytes"]):
            continue
        yield name
