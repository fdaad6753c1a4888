"""Object lock: files on S3 that nobody can overwrite or delete for a time, as the store itself promises.

Notes
-----
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html; rclone's ``--s3-object-lock-mode`` and
``--s3-object-lock-retain-until-date``. A store may take the request and forget it: what it says of each file after
the upload is what counts.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.remote import rclone
from fixative.remote.address import Address
from fixative.sections import Lock

MODE, UNTIL = "object-lock-mode", "object-lock-retain-until-date"
_SLACK_DAYS = 0.05


def flags(lock: Lock) -> list[str]:
    """Flags of an upload that locks what it writes."""
    return [f"--s3-object-lock-mode={lock.mode.upper()}", f"--s3-object-lock-retain-until-date={lock.days}d"]


def require_known(features: dict[str, Any], copy: str) -> None:
    """Refuse a kind of remote that has no object lock (REM005)."""
    if MODE not in ((features.get("MetadataInfo") or {}).get("System") or {}):
        raise RefusedSample("REM005", copy=copy, reason="this kind of remote storage has none")


def try_one(folder: Path, place: Address, lock: Lock, upload: list[str], *, name: str) -> None:
    """Upload the smallest file of an object first, and see whether the store has locked it.

    Raises
    ------
    RefusedSample
        REM005 where it has not; the file is removed again where the store lets it be.
    """
    path = min(
        (path for path in (folder / "data").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    target = place.joined(path.relative_to(folder).as_posix())
    try:
        rclone.run("copyto", "--checksum", *upload, str(path), target.rclone, name=name)
    except RefusedSample as refused:
        if refused.places.get("reason") == "object lock refused":
            raise RefusedSample("REM005", copy=name, reason="the store refuses it") from None
        raise
    try:
        require_locked(target.parent, lock, name=name, only=[target.name], days=lock.days - _SLACK_DAYS)
    except RefusedSample:
        rclone.run("deletefile", target.rclone, name=name)
        raise


def require_locked(place: Address, lock: Lock, *, name: str, only: list[str] | None = None, days: float = 0) -> None:
    """Refuse where the store does not say of every file that it is locked, in this mode and for so long (REM005).

    Parameters
    ----------
    days
        From now. Files of an upload that a killed run began are locked since then: 0 asks that they are locked still.
    """
    least = datetime.now(UTC) + timedelta(days=days)
    for file in rclone.list_files(place, name=name, metadata=True, only=only):
        mode, until = file.metadata.get(MODE, ""), file.metadata.get(UNTIL, "")
        if mode.lower() != lock.mode:
            raise RefusedSample("REM005", copy=name, reason=f"asked for {lock.mode}, the store says {mode or 'none'}")
        if not until or datetime.fromisoformat(until) < least:
            reason = f"asked for {lock.days} days, the store says until {until or 'never'}"
            raise RefusedSample("REM005", copy=name, reason=reason)
