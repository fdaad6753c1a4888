"""Results of earlier runs, so that cases may be measured one by one: ``results.json`` beside ``results.md``."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from measuring import Usage
from results import Bar, Figures, Point, Result


def read_kept(path: Path) -> list[Result]:
    """Results that a file holds; none where it is not there."""
    if not path.is_file():
        return []
    return [_result(content) for content in json.loads(path.read_text(encoding="utf-8"))]


def write_kept(path: Path, results: Sequence[Result]) -> None:
    """Write results."""
    text = json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def merged(old: Sequence[Result], new: Sequence[Result], order: Sequence[str]) -> list[Result]:
    """New results, and old ones of what was not measured again, in the order of the cases."""
    found = {(result.case, result.title): result for result in (*old, *new)}
    known = [result for result in found.values() if result.case in order]
    return sorted(known, key=lambda result: order.index(result.case))


def _result(content: dict) -> Result:
    figures = [Figures(line["contender"], Usage(**line["usage"]), line["note"]) for line in content.pop("figures")]
    bars = [Bar(**bar) for bar in content.pop("bars")]
    points = [Point(**point) for point in content.pop("points")]
    return Result(figures=figures, bars=bars, points=points, **content)
