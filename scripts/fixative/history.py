"""What became of a sample, attempt by attempt: a line for each (`history.jsonl`, beside its other records)."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fixative import __version__
from fixative.models import StepOutcome

HISTORY = "history.jsonl"


def remember(folder: Path, outcome: StepOutcome) -> None:
    """Add a finished attempt at a step to a sample's history.

    One write of one line: an attempt that is killed leaves at most a line that cannot be read.
    """
    told = outcome.model_dump(mode="json", exclude={"key", "result_sha256"}, exclude_none=True)
    line = json.dumps({**told, "version": __version__}, ensure_ascii=True) + "\n"
    handle = os.open(folder / HISTORY, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line.encode("ascii"))
    finally:
        os.close(handle)


def history_of(folder: Path) -> Iterator[dict[str, Any]]:
    """Give the attempts that are on record, oldest first; lines that cannot be read are passed over."""
    try:
        lines = (folder / HISTORY).read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry
