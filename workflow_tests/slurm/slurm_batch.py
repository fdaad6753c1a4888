"""Batches on Slurm: as a person runs them, with what Slurm says of their jobs."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import tifffile
from cluster import Cluster

from pipeline import REPOSITORY, Batch

CHAIN = (
    "inventory_source",
    "dump_metadata",
    "sanitise_metadata",
    "convert_to_ome_tiff",
    "verify_archive",
    "write_provenance",
)
QUICK = ("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "5", "--slurm-keep-successful-logs")
"""For a cluster whose queue is empty and whose file system is a disk."""

ENOUGH_MB, LITTLE_MB, MORE_MB = 1500, 300, 2400
LITTLE = f'({ENOUGH_MB},{LITTLE_MB}*8**(attempt-1))[wildcards.shard.endswith("2")]'
"""Memory of the second shard: Java does not even start in it, and the strip needs 392 MB at once."""

FIGURES: list[str] = []
"""What the tests have measured, for the end of the report."""


class SlurmBatch(Batch):
    """A batch whose chain runs on Slurm."""

    def __init__(self, folder: Path, slurm: Cluster) -> None:
        super().__init__(folder)
        self.slurm = slurm
        self.arguments: list[str] = []

    def command(self, *targets: str, **config: object) -> list[str]:
        """Run the workflow as `make archive SLURM=1` does."""
        command = super().command(*targets, **config)
        cores = command.index("--cores")
        profile = ["--workflow-profile", str(REPOSITORY / "profiles/slurm"), *QUICK, *self.arguments]
        return [*command[:cores], *profile, *command[cores + 2 :]]

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "PYTHONPATH": str(REPOSITORY / ".slurm")}

    def jobs(self) -> list[dict[str, str]]:
        """What Slurm still knows of this work folder's jobs."""
        return [job for job in jobs_of(self.slurm) if job.get("WorkDir") == str(self.work)]

    def wait_for(self, condition, seconds: float = 90) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come to that"
            time.sleep(0.1)


def jobs_of(slurm: Cluster) -> list[dict[str, str]]:
    """Slurm's own record of every job that it has not forgotten."""
    text = slurm.say("scontrol", "--oneliner", "show", "jobs")
    return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in text.splitlines()]


@dataclass(frozen=True)
class Night:
    """The same sheet, archived twice."""

    slurm: SlurmBatch
    local: Batch
    returned: tuple[int, int]
    output: str
    jobs: list[dict[str, str]]


def make_tiff(path: Path, shape=(3, 2, 64, 80), seed: int = 0) -> str:
    """Make a small ImageJ stack."""
    pixels = np.random.default_rng(seed).integers(0, 4000, shape, dtype=np.uint16)
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "ZCYX"[-len(shape) :]})
    return path.name


def one_strip(path: Path, side: int = 14_000) -> str:
    """Make an image in a single strip: whoever decodes it needs 392 MB at once."""
    row = np.arange(side, dtype=np.uint16)
    tifffile.imwrite(path, np.add.outer(row, row), compression="zlib", rowsperstrip=side, photometric="minisblack")
    return path.name


def night_of(folder: Path, slurm: Cluster) -> Night:
    """Archive six small samples, one cut short and one that little memory is not enough for, on Slurm and here."""
    on_slurm, here = folder / "slurm", folder / "here"
    on_slurm.mkdir()
    here.mkdir()
    batch, local = SlurmBatch(on_slurm, slurm), Batch(here)
    names = {f"s{number}": make_tiff(batch.sheet.parent / f"{number}.tif", seed=number) for number in range(6)}
    make_tiff(batch.sheet.parent / "cut.tif")
    os.truncate(batch.sheet.parent / "cut.tif", 20_000)
    batch.write({**names, "cut": "cut.tif", "strip": one_strip(batch.sheet.parent / "strip.tif")})
    local.sheet = batch.sheet
    scratch = Path("/dev/shm") / f"fixative-test-{os.getpid()}"
    scratch.mkdir()
    try:
        run, seconds = timed(make_archive, batch, scratch)
        again, local_seconds = timed(local.run)
        FIGURES.extend(figures(batch.jobs(), seconds, local_seconds))
        left = [str(path) for path in scratch.rglob("*")]
    finally:
        shutil.rmtree(scratch)
    output = run.stdout + run.stderr + "\n".join(left)
    return Night(batch, local, (run.returncode, again.returncode), output, batch.jobs())


def make_archive(batch: SlurmBatch, scratch: Path) -> subprocess.CompletedProcess[str]:
    """Type what the documentation says; the staging folder is another file system than the archive's."""
    config = batch.folder / "my.yaml"
    config.write_text("shards: {max_samples: 4}\nstaging_root: $NODE_SCRATCH\n")
    memory = " ".join(f"{step}:mem_mb={LITTLE}" for step in CHAIN)
    arguments = f"{' '.join(QUICK)} --configfile {config} --set-resources {memory}"
    make = ["make", "-C", str(REPOSITORY), "archive", "SLURM=1", f"SHEET={batch.sheet}", f"ARCHIVE={batch.archive}"]
    return subprocess.run(
        [*make, f"WORK={batch.work}", f"ARGS={arguments}"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "NODE_SCRATCH": str(scratch)},
    )


def timed(call, *arguments):
    """Call it; what it gives, and the seconds it took."""
    start = time.monotonic()
    given = call(*arguments)
    return given, time.monotonic() - start


def figures(jobs: list[dict[str, str]], seconds: float, local_seconds: float) -> list[str]:
    """Say what Slurm cost."""
    waits = sorted(seconds_between(job["SubmitTime"], job["StartTime"]) for job in jobs)
    work = sum(seconds_between(job["StartTime"], job["EndTime"]) for job in jobs)
    return [
        f"slurm: {len(jobs)} jobs for 8 samples, {waits[0]:.0f} to {waits[-1]:.0f} s from submission to start, "
        f"{work:.0f} s in jobs; {seconds:.0f} s on Slurm against {local_seconds:.0f} s here"
    ]


def seconds_between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def kill(run: subprocess.Popen[bytes]) -> None:
    """End a run as a power cut does: the main process and what it has started on this machine."""
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
