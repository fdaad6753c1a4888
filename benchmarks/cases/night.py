"""A night with nothing new: every sample of the sheet is sealed."""

import json
import shutil
from pathlib import Path

from contenders import Batch, discard
from inputs import small_files
from results import Bar, Point, Result, Setup, alternately, busy

AT_MOST = {10_000: 5.0, 100_000: 15.0}


def run(setup: Setup) -> list[Result]:
    """One sample is archived, and its receipt and records copied under many names; the second run is measured."""
    return [_one(setup, count) for count in setup.sealed]


def _one(setup: Setup, count: int) -> Result:
    result = Result("night", f"a night with nothing new, {count} sealed samples")
    batch = sealed_batch(setup.scratch / "night", small_files(setup.cache, count=1, edge=16, channels=1)[0], count)
    first = batch.run()
    result.add("first run: the report is written", first)
    before = busy()
    found = alternately({"nothing new": lambda: batch.run()}, setup.runs)
    discard(batch.folder)
    usage = result.add("nothing new", found["nothing new"])
    note = "the machine was busy with other work" if before else ""
    result.bars.append(Bar("wall time", usage.wall_s, AT_MOST.get(count), " s", note))
    result.bars.append(Bar("CPU", usage.cpu_s, None, " s"))
    result.points.append(Point("samples", "Fixative, nothing new", count, usage.cpu_s))
    return result


def sealed_batch(folder: Path, source: Path, count: int) -> Batch:
    """A batch of which every sample is sealed: as many receipts, records of steps and objects as samples.

    An object is a folder with its bag's declaration alone: that is all that planning looks at.
    """
    batch = Batch(folder).write({"S0": source})
    batch.run(config={"verify": "{witness: none}"})
    samples, objects = batch.work / "results/samples", batch.archive / "unassigned"
    receipt = json.loads((samples / "S0/sealed.json").read_text(encoding="utf-8"))
    records = {
        path.relative_to(samples / "S0"): path.read_bytes()
        for path in sorted((samples / "S0").rglob("*.json"))
        if path.parent.name in ("S0", "outcomes") and path.name != "sealed.json"
    }
    small = {name: content for name, content in records.items() if len(content) < 20_000}
    for number in range(1, count):
        name = f"S{number}"
        (samples / name / "outcomes").mkdir(parents=True)
        (objects / name).mkdir()
        shutil.copyfile(objects / "S0/bagit.txt", objects / name / "bagit.txt")
        content = json.dumps({**receipt, "object": f"unassigned/{name}"}, indent=2)
        (samples / name / "sealed.json").write_text(content, encoding="utf-8")
        for path, text in small.items():
            if path.parent.name == "outcomes":
                (samples / name / path).write_bytes(text.replace(b'"S0"', f'"{name}"'.encode()))
    return batch.write({f"S{number}": source for number in range(count)})
