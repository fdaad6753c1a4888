"""Whether all that was sealed is entered: the record that keeps a night with nothing new from starting a job."""

import json
from pathlib import Path

ENTERED = Path("results/catalogue/entered.json")


def void_entered(results: Path, *, work: bool) -> None:
    """Take back that everything is entered: when there is work to do, or the last time did not go well.

    Called when a run is planned: a night with nothing new starts no job.
    """
    path = results.parent / ENTERED
    if path.is_file() and (work or _had_problems(path)):
        path.unlink()


def _had_problems(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_bytes())["problems"])
    except (OSError, ValueError, KeyError, TypeError):
        return True
