"""What a run leaves in its work folder, read as far as it is new: no look costs what the archive holds.

Of each shard three things are read once: its samples, how they came out of each step, and, for the few lines that
tell of them, the records of samples that did not come through. Nothing is locked and nothing is written.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from fixative.models import STEPS, SampleRow, StepOutcome
from fixative.progress.state import Failed
from fixative.records import read_record
from fixative.sheet import IDENTIFIER
from fixative.watch.snapshot import WORDS, Setback

_SHARD = re.compile(r"\d{4,10}-\d{4,10}", re.ASCII)


class Planned(BaseModel):
    """What the watcher needs of ``plan.json``; what else stands there is none of its business."""

    run: int = 0
    shards: tuple[str, ...] = ()
    rows: int = 0
    sealed: int = 0
    bytes: dict[str, int] = {}


@dataclass
class Shard:
    """One slice of the sheet and how far it is."""

    samples: int
    bytes: int
    steps: dict[str, Counter[str]] = field(default_factory=dict)
    """Outcomes of the steps that are done with it."""


def read_plan(results: Path) -> Planned | None:
    """What the run is about; None where there is no plan, or none that makes sense."""
    plan = read_record(Planned, results / "plan.json")
    if plan is None or not all(_SHARD.fullmatch(name) for name in plan.shards):
        return None
    return plan


def read_shards(results: Path, plan: Planned) -> dict[str, Shard]:
    """The shards of a plan, with their size."""
    return {
        name: Shard(len(_json_list(results / "shards" / f"{name}.json")), plan.bytes.get(name, 0))
        for name in plan.shards
    }


def read_new_steps(results: Path, shards: dict[str, Shard]) -> Iterator[tuple[str, Failed]]:
    """Take in the steps that have ended since the last look; yield who did not come through, and in which step."""
    for step in STEPS:
        for path in _json_files(results / WORDS[step]):
            shard = shards.get(path.stem)
            if shard is None or step in shard.steps:
                continue
            outcomes = [one for entry in _json_list(path) if (one := _outcome(entry))]
            shard.steps[step] = Counter(one.outcome for one in outcomes)
            for one in outcomes:
                if one.outcome != "success":
                    yield step, Failed(sample=one.sample, outcome=one.outcome, code=one.code)


def tell(work: Path, step: str, failed: Failed) -> Setback:
    """Give a sample that did not come through with its message, cleaned as a log is."""
    from fixative.report.log_text import LogText, harmless

    setback = Setback(harmless(failed.sample), harmless(failed.outcome), failed.code and harmless(failed.code))
    if not re.fullmatch(IDENTIFIER, failed.sample):
        return setback
    folder = work / "results/samples" / failed.sample
    record = read_record(StepOutcome, folder / f"outcomes/{step}.json")
    row = _row(work / "results", failed.sample, record.run) if record else None
    # Without its row nobody knows what must not be told of it.
    if record is None or row is None or not record.message:
        return setback
    text = LogText(work)
    text.begin(row, folder)
    message = " ".join(text.clean(record.message).split())
    return Setback(setback.sample, setback.outcome, setback.code, message)


def _row(results: Path, sample: str, shard: str) -> SampleRow | None:
    if not _SHARD.fullmatch(shard):
        return None
    for entry in _json_list(results / f"shards/{shard}.json"):
        if isinstance(entry, dict) and entry.get("sample_id") == sample:
            try:
                return SampleRow.model_validate(entry)
            except ValidationError:
                return None
    return None


def _outcome(entry: Any) -> StepOutcome | None:
    try:
        return StepOutcome.model_validate(entry)
    except ValidationError:
        return None


def _json_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.json") if not path.name.startswith(".")] if folder.is_dir() else []


def _json_list(path: Path) -> list[Any]:
    """Read a list; an empty one where the file is not what was written."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    return content if isinstance(content, list) else []
