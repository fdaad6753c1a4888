"""The fixity log of an object: one PREMIS event a line, as JSON, outside the bag and only ever appended to.

Terms are those of the PREMIS Data Dictionary 3.0 (https://www.loc.gov/standards/premis/v3/). What is Fixative's own
stands in the two places that PREMIS leaves for it: eventDetailExtension and eventOutcomeDetailExtension.
"""

import fcntl
import json
import os
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixative import __version__
from fixative.files import fsync_folder
from fixative.findings import RefusedSample
from fixative.sealed import HIDDEN

FIXITY = f"{HIDDEN}/fixity"
VOCABULARY = "http://id.loc.gov/vocabulary/preservation/eventType"
ARCHIVE = "archive"
"""Name of the copy in the archive root itself."""
EVENT_TYPES = {"fix": "fixity check", "rep": "replication", "dea": "deaccession"}

Event = dict[str, Any]


def log_path(root: Path, name: str) -> Path:
    """Where the log of the object dataset/sample is."""
    return root / FIXITY / f"{name}.jsonl"


def event(
    code: str,
    name: str,
    *,
    outcome: str,
    note: str = "",
    copy: str = ARCHIVE,
    detail: str = "",
    extension: dict[str, Any] | None = None,
    codes: Sequence[str] = (),
    now: datetime | None = None,
) -> Event:
    """Compose an event.

    Parameters
    ----------
    code
        Key of `EVENT_TYPES`, a code of https://id.loc.gov/vocabulary/preservation/eventType.
    name
        The object: dataset/sample.
    outcome
        success, failure or warning.
    note
        What was found, for a person. Public: no absolute path.
    extension
        Further facts: state, manifest_sha256, bytes.
    codes
        Findings.
    """
    when = (now or datetime.now(UTC)).astimezone(UTC)
    return {
        # Version 4: version 1 would tell the host's network address.
        "eventIdentifier": {"eventIdentifierType": "URN", "eventIdentifierValue": uuid.uuid4().urn},
        "eventType": {
            "value": EVENT_TYPES[code],
            "authority": "eventType",
            "authorityURI": VOCABULARY,
            "valueURI": f"{VOCABULARY}/{code}",
        },
        "eventDateTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventDetailInformation": [
            {"eventDetail": detail or EVENT_TYPES[code], "eventDetailExtension": {"copy": copy, **(extension or {})}}
        ],
        "eventOutcomeInformation": [
            {
                "eventOutcome": outcome,
                "eventOutcomeDetail": [
                    {"eventOutcomeDetailNote": note, "eventOutcomeDetailExtension": {"codes": list(codes)}}
                ],
            }
        ],
        "linkingAgentIdentifier": [
            {
                "linkingAgentIdentifierType": "local",
                "linkingAgentIdentifierValue": f"fixative {__version__}",
                "linkingAgentRole": "executing program",
            }
        ],
        "linkingObjectIdentifier": [{"linkingObjectIdentifierType": "local", "linkingObjectIdentifierValue": name}],
    }


def append_event(path: Path, content: Event) -> None:
    """Append one line, durable when this returns.

    A last line that a crash has torn is closed first, so that it cannot swallow this one.

    Raises
    ------
    RefusedSample
        AUD008 when the log cannot be written.
    """
    line = json.dumps(content, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"
    try:
        made = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644)
        try:
            with suppress(OSError):  # a file system without locks: short appends are whole there as well, mostly
                fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            _write(handle, b"\n" * torn + line)
            os.fsync(handle)
        finally:
            os.close(handle)
        if made:
            for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
                fsync_folder(folder)
    except OSError as error:
        where = path.relative_to(path.parents[3]).as_posix()
        raise RefusedSample("AUD008", where=where, reason=error.strerror or type(error).__name__) from error


def _write(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def read_events(path: Path) -> tuple[list[Event], int]:
    """Read the events of a log, in the order they were appended, and count the lines that are none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    events, unreadable = [], 0
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        try:
            read = json.loads(line)
        except (ValueError, RecursionError):
            read = None
        if isinstance(read, dict) and {"eventType", "eventDateTime", "eventOutcomeInformation"} <= read.keys():
            events.append(read)
        else:
            unreadable += 1
    return events, unreadable
