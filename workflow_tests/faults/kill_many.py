"""Kill runs at random moments of every step, and see that the next run ends as an undisturbed one does.

``python kill_many.py --kills 200 --seed 1``. Each time a small batch begins anew in empty folders, its process group
is killed (SIGKILL) at a moment chosen by chance within a step, the steps in turn, and the batch is run again. Then:

- what stands under the archive root right after the kill is whole, and no process is left of the killed run;
- image, metadata, digests of pixels and thumbnail are, byte for byte, those of an undisturbed run;
- nothing partial is left, no object is missing, the sources are what they were.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "workflow_tests")]

import numpy as np  # noqa: E402
import psutil  # noqa: E402
import tifffile  # noqa: E402

from fixative.models import STEPS  # noqa: E402
from fixative.verify.bag import bag_findings  # noqa: E402
from pipeline import Batch  # noqa: E402

REPEATABLE = ("{0}.ome.tiff", "{0}.ome.tiff.meta.json", "{0}.ome.tiff.pixels.json", "{0}.thumbnail.png")
PARTIAL = (".part", ".partial", ".tmp")
SAMPLES = ("A", "B", "C")
FOLDERS = dict(zip(STEPS, ("inventory", "metadata", "sanitise", "convert", "verify", "provenance"), strict=True))
"""Step to the folder in which its record of a shard stands."""
PATIENCE_S = 300


@dataclass
class Undisturbed:
    """What a run gives that nobody kills, and how long each of its steps takes."""

    prints: dict[str, str]
    sources: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)


def prints_of(batch: Batch) -> dict[str, str]:
    """SHA-256 of all that must not depend on when, or how often, a run was killed."""
    files = [batch.object(sample) / "data" / name.format(sample) for sample in SAMPLES for name in REPEATABLE]
    return {path.name: _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources_of(batch: Batch) -> dict[str, str]:
    """SHA-256 and time of modification of every source."""
    sources = sorted(batch.sheet.parent.glob("*.tif"))
    return {path.name: f"{_sha256(path)} {path.stat().st_mtime_ns}" for path in sources}


def leftovers(batch: Batch) -> list[Path]:
    """Files of work in progress anywhere below the batch's folder."""
    staged = list(batch.work.rglob("*.ome.tiff"))
    return staged + [path for path in batch.folder.rglob("*") if path.name.endswith(PARTIAL)]


def fill(batch: Batch) -> None:
    """Write the sheet and its sources."""
    for number, sample in enumerate(SAMPLES):
        pixels = np.random.default_rng(number).integers(0, 4000, (4, 2, 600, 500), dtype=np.uint16)
        tifffile.imwrite(batch.sheet.parent / f"{sample}.tif", pixels, imagej=True, metadata={"axes": "ZCYX"})
    batch.write({sample: f"{sample}.tif" for sample in SAMPLES})


def empty(batch: Batch) -> None:
    """Take work folder and archive away."""
    for folder in (batch.archive, batch.work):
        for path in [folder, *folder.rglob("*")] if folder.exists() else []:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
    batch.work.mkdir()


def undisturbed(batch: Batch) -> Undisturbed:
    """Run the batch; time its steps."""
    started = time.time()
    done = batch.run()
    if done.returncode:
        raise SystemExit(f"the undisturbed run failed\n{done.stderr}")
    found, before = Undisturbed(prints_of(batch), sources_of(batch)), started
    for step, folder in FOLDERS.items():
        ended = max(path.stat().st_mtime for path in (batch.work / "results" / folder).glob("*.json"))
        found.seconds[step], before = ended - before, ended
    return found


def kill_within(batch: Batch, step: str, after_s: float) -> str | None:
    """Start a run, kill it so long after the step before has ended; what of it is still alive."""
    position = list(FOLDERS).index(step)
    before = batch.work / "results" / list(FOLDERS.values())[position - 1] if position else None
    process, end = batch.start(), time.monotonic() + PATIENCE_S
    while before and not any(before.glob("*.json")) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return _alive(batch)


def _alive(batch: Batch) -> str | None:
    """A process that works in the batch's folder two seconds after the kill."""
    for _ in range(20):
        found = next((process for process in psutil.process_iter(["cwd"]) if _works_in(process, batch)), None)
        if found is None:
            return None
        time.sleep(0.1)
    return str(found)


def _works_in(process: psutil.Process, batch: Batch) -> bool:
    alive = process.info["cwd"] == str(batch.work)
    try:
        return alive and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def unverified(batch: Batch) -> list[str]:
    """What stands under the archive root and is no whole bag."""
    objects = [path for path in batch.archive.glob("*/*") if not path.parent.name.startswith(".")]
    return [str(path) for path in objects if not path.is_dir() or bag_findings(path)]


def one_kill(batch: Batch, expected: Undisturbed, step: str, after_s: float) -> list[str]:
    """Kill a run and run again; everything that is not as it must be."""
    empty(batch)
    problems = []
    if alive := kill_within(batch, step, after_s):
        problems.append(f"still alive: {alive}")
    problems += [f"not whole after the kill: {name}" for name in unverified(batch)]
    done = batch.run()
    if done.returncode:
        return [*problems, f"the next run failed: {done.stderr[-1500:]}"]
    if prints_of(batch) != expected.prints:
        different = [name for name, digest in prints_of(batch).items() if digest != expected.prints[name]]
        problems.append(f"differ from the undisturbed run: {different}")
    if sources_of(batch) != expected.sources:
        problems.append("a source was touched")
    problems += [f"left over: {path.relative_to(batch.folder)}" for path in leftovers(batch)]
    objects = [name for name in batch.objects() if not name.startswith(".fixative/")]
    if objects != [f"unassigned/{sample}" for sample in SAMPLES]:
        problems.append(f"objects: {objects}")
    return problems


def run(folder: Path, kills: int, seed: int) -> tuple[int, list[str]]:
    """Kill so many runs; how many ended as the undisturbed one, and what went wrong with the others."""
    batch = Batch(folder)
    fill(batch)
    expected, dice = undisturbed(batch), random.Random(seed)
    identical, problems = 0, []
    for number in range(kills):
        # Every step in its turn, at a moment by chance: chance alone would leave the short ones out.
        step = STEPS[number % len(STEPS)]
        after_s = dice.uniform(0, 1.2 * expected.seconds[step])
        found = one_kill(batch, expected, step, after_s)
        identical += not found
        problems += [f"kill {number}, {after_s:.2f} s into {step}: {problem}" for problem in found]
        for problem in found:
            print(f"kill {number}, {after_s:.2f} s into {step}: {problem}", flush=True)
        if (number + 1) % 20 == 0:
            print(f"kills: {number + 1} of {kills}, {identical} ended as the undisturbed one", flush=True)
    empty(batch)
    return identical, problems


def main() -> int:
    """Kill, print the number; 1 where a run did not end as the undisturbed one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261121)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fixative-kills-") as scratch:
        identical, problems = run(Path(scratch), asked.kills, asked.seed)
    print(
        f"kills: {identical} of {asked.kills} runs ended as the undisturbed one, byte for byte (seed {asked.seed})",
        flush=True,
    )
    return 0 if not problems and identical == asked.kills else 1


if __name__ == "__main__":
    raise SystemExit(main())
