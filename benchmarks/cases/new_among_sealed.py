"""A night with 20 new samples, in an archive that holds many: it is to cost what the 20 cost, and seconds more."""

import json
from datetime import UTC, datetime
from pathlib import Path

from contenders import Batch, discard
from inputs import small_files
from measuring import Usage
from results import Bar, Point, Result, Setup

from cases.night import sealed_batch

NEW = 20
FIRST_JOB_S = 60.0
MORE_S = {10_000: 20.0, 100_000: 120.0}
"""What "plus seconds" is taken for here: wall time more than the 20 take by themselves."""


def run(setup: Setup) -> list[Result]:
    """The 20 alone, and the 20 among many: one run each, since the archive of the second is changed by it."""
    files = small_files(setup.cache, count=NEW, edge=64, channels=1)
    sources = {f"new{number}": path for number, path in enumerate(files)}
    alone = Batch(setup.scratch / "alone").write(sources)
    used_alone, _ = _night(alone)
    discard(alone.folder)
    return [_among(setup, sources, count, used_alone) for count in setup.sealed]


def _among(setup: Setup, sources: dict[str, Path], count: int, alone: Usage) -> Result:
    result = Result("new", f"a night with {NEW} new samples, {count} sealed already")
    old = small_files(setup.cache, count=1, edge=16, channels=1)[0]
    batch = sealed_batch(setup.scratch / "night", old, count)
    batch.run()
    batch.write({f"S{number}": old for number in range(count)} | sources)
    used, first_job_s = _night(batch)
    discard(batch.folder)
    result.add(f"the {NEW} alone", alone)
    result.add(f"the {NEW} among {count}", used)
    result.bars.append(Bar("wall time more than alone", used.wall_s - alone.wall_s, MORE_S.get(count), " s"))
    result.bars.append(Bar("CPU more than alone", used.cpu_s - alone.cpu_s, None, " s"))
    result.bars.append(Bar("before the first job", first_job_s, FIRST_JOB_S, " s", "to the second"))
    result.points.append(Point("samples", f"Fixative, {NEW} new", count, used.cpu_s))
    return result


def _night(batch: Batch) -> tuple[Usage, float]:
    """Run a batch; also the seconds until its first job had begun on a sample."""
    began = datetime.now(UTC)
    usage = batch.run(config={"verify": "{witness: none}"})
    record = batch.work / "results/samples/new0/outcomes/inventory_source.json"
    first = datetime.fromisoformat(json.loads(record.read_text(encoding="utf-8"))["started"])
    return usage, max(0.0, (first - began).total_seconds())
