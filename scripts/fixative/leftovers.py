"""What earlier runs have left in a work folder: counted, learned from, and removed where it is of no more use."""

import json
import re
from contextlib import suppress
from pathlib import Path

from fixative.package.discard import discard
from fixative.sheet import IDENTIFIER

SHARD_FOLDERS = ("shards", "inventory", "metadata", "sanitise", "convert", "verify", "provenance", "progress")
MOST_RUNS = 10**9
_SHARD = re.compile(r"\d{4,10}-\d{4,10}", re.ASCII)


def last_run(plan: Path) -> int:
    """Number of the last run: no file of a shard that is there has a higher one, whatever the plan says."""
    names = [path.stem for folder in SHARD_FOLDERS for path in (plan.parent / folder).glob("*.json")]
    numbers = [int(name.partition("-")[0]) for name in names if _SHARD.fullmatch(name)]
    with suppress(OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        numbers.append(min(MOST_RUNS, int(json.loads(plan.read_text(encoding="utf-8"))["run"])))
    return max((0, *numbers))


def discard_partial_files(results: Path) -> None:
    """Remove what the last run, had it been killed, left half written: only what it worked on is looked at."""
    folders = [
        results,
        *(path for path in results.iterdir() if path.is_dir() and path.name not in ("samples", "logs")),
    ]
    for shard in (results / "shards").glob("*.json"):
        for name in _samples_of(shard):
            sample = results / "samples" / name
            folders += [sample, *(path for path in sample.glob("*/"))]
    for folder in folders:
        for partial in folder.glob(".*.part"):
            partial.unlink()
    for script in Path(".snakemake/scripts").glob("tmp*"):
        script.unlink()


def _samples_of(shard: Path) -> list[str]:
    """Samples of a shard; none where the file is not what was written."""
    try:
        names = [str(row["sample_id"]) for row in json.loads(shard.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [name for name in names if re.fullmatch(IDENTIFIER, name)]


def samples_of_last_run(results: Path, keep: set[str]) -> list[str]:
    """Samples of the shards that are there, but for those to ``keep``."""
    shards = [path for path in sorted((results / "shards").glob("*.json")) if path.stem not in keep]
    return [name for path in shards for name in _samples_of(path)]


def discard_shards(results: Path, keep: set[str]) -> None:
    """Remove the shards of earlier runs and their records; logs stay."""
    for folder in SHARD_FOLDERS:
        for path in (results / folder).glob("*.json"):
            if path.stem not in keep:
                path.unlink()


def discard_orphans(staging: Path, pending: set[str]) -> None:
    """Remove what killed runs left of samples that need no more work."""
    if staging.is_dir():
        for folder in staging.iterdir():
            if folder.name not in pending:
                discard(folder)
