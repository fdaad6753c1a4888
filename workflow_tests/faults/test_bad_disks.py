"""A disk that fails while sources are read, permissions that are lost meanwhile: refused, and archived next time.

Both are real: a file system of our own answers EIO from a sector on (`faulty_disk`), and a run that does not have
root's right to read everything meets a mode of 0000.
"""

import hashlib
import os
import shutil
import subprocess

import numpy as np
import pytest
import tifffile

from faulty_disk import CannotMount, FaultyDisk
from pipeline import Batch

STEPS = ("inventory_source", "dump_metadata", "convert_to_ome_tiff", "verify_archive")
SAMPLES = (*STEPS, "untouched")
"""Samples are named by the step in which something befalls their source."""
NAMES = ("{0}.ome.tiff", "{0}.ome.tiff.meta.json", "{0}.ome.tiff.pixels.json", "{0}.thumbnail.png")
PLAIN_ROOT = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


def write_sources(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for seed, sample in enumerate(SAMPLES):
        pixels = np.random.default_rng(seed).integers(0, 4000, (24, 256, 512), dtype=np.uint16)
        tifffile.imwrite(folder / f"{sample}.tif", pixels, imagej=True, metadata={"axes": "ZYX"})


def prints_of(batch):
    files = [batch.object(sample) / "data" / name.format(sample) for sample in SAMPLES for name in NAMES]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.exists()}


def state_of(folder):
    """Content and times of every source."""
    found = {path.name: path for path in folder.iterdir()}
    return {name: (path.read_bytes(), path.stat().st_mtime_ns) for name, path in found.items()}


def begun(batch, step):
    """Whether a step has begun with the sample of its name."""
    return (batch.work / f"results/samples/{step}/outcomes/{step}.json").exists()


def told(batch):
    return {sample: row["code"] or row["outcome"] for sample, row in batch.table().items()}


def objects_of(batch):
    return [name for name in batch.objects() if not name.startswith(".fixative")]


class Fault:
    """A run that met the fault, what it left, and the run after it."""

    def __init__(self, batch):
        self.batch = batch

    def run(self, command=()):
        self.first = self.done(command)
        self.told, self.objects = told(self.batch), objects_of(self.batch)

    def run_again(self):
        self.second = self.done(())

    def done(self, before):
        batch = self.batch
        return subprocess.run(
            [*before, *batch.command()],
            capture_output=True,
            encoding="utf-8",
            cwd=batch.folder,
            env=batch.environment,
        )


def new_batch(folder):
    folder.mkdir()
    return Batch(folder)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """What an undisturbed run gives."""
    batch = new_batch(tmp_path_factory.mktemp("honest") / "batch")
    write_sources(batch.sheet.parent)
    batch.write({sample: f"{sample}.tif" for sample in SAMPLES})
    assert batch.run().returncode == 0
    return prints_of(batch)


@pytest.fixture(scope="module")
def bad_sectors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad sectors")
    fault = Fault(new_batch(folder / "batch"))
    behind, place = folder / "behind", folder / "disk"
    write_sources(behind)
    place.mkdir()
    fault.before = state_of(behind)
    half = (behind / "untouched.tif").stat().st_size // 2
    fault.batch.write({sample: place / f"{sample}.tif" for sample in SAMPLES})
    try:
        with FaultyDisk(behind, place) as disk:
            disk.is_bad = lambda name, end: end > half and begun(fault.batch, name.removesuffix(".tif"))
            fault.run()
            fault.failed = disk.failed
            disk.is_bad = lambda name, end: False
            fault.run_again()
    except CannotMount as reason:
        pytest.skip(f"no file system of our own here, bad sectors are not tried: {reason}")
    fault.after = state_of(behind)
    return fault


@pytest.fixture(scope="module")
def lost_permission(tmp_path_factory):
    if os.getuid() == 0 and (shutil.which("setpriv") is None or subprocess.run([*PLAIN_ROOT, "true"]).returncode):
        pytest.skip("root reads everything here, and setpriv cannot take that from it: lost permission is not tried")
    folder = tmp_path_factory.mktemp("lost permission")
    fault = Fault(new_batch(folder / "batch"))
    behind = fault.batch.sheet.parent
    write_sources(behind)
    fault.batch.write({sample: f"{sample}.tif" for sample in SAMPLES})
    fault.before = {name: state for name, state in state_of(behind).items() if name.endswith(".tif")}
    process = subprocess.Popen(
        [*(PLAIN_ROOT if os.getuid() == 0 else ()), *fault.batch.command()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=fault.batch.folder,
        env=fault.batch.environment,
    )
    waiting = set(STEPS)
    while waiting and process.poll() is None:
        for step in [step for step in waiting if begun_before(fault.batch, step)]:
            (behind / f"{step}.tif").chmod(0)
            waiting.remove(step)
    process.wait()
    fault.first, fault.missed = process, waiting
    fault.told, fault.objects = told(fault.batch), objects_of(fault.batch)
    for step in STEPS:
        (behind / f"{step}.tif").chmod(0o644)
    fault.run_again()
    fault.after = {name: state for name, state in state_of(behind).items() if name.endswith(".tif")}
    return fault


def begun_before(batch, step):
    """Whether the step before has ended with the sample of a step's name: it has not been read for this one yet."""
    order = ("inventory_source", "dump_metadata", "sanitise_metadata", "convert_to_ome_tiff", "verify_archive")
    if step == order[0]:
        return batch.work.joinpath("results").exists()
    record = batch.work / f"results/samples/{step}/outcomes/{order[order.index(step) - 1]}.json"
    return record.exists() and '"success"' in record.read_text()


def test_sectors_that_go_bad_refuse_the_samples_that_lie_on_them_and_no_other(bad_sectors):
    assert bad_sectors.failed >= len(STEPS)
    assert bad_sectors.told == {**dict.fromkeys(STEPS, "INV002"), "untouched": "sealed"}, bad_sectors.first.stderr


def test_permission_that_is_lost_refuses_the_samples_that_lost_it_and_no_other(lost_permission):
    assert lost_permission.missed == set()
    assert lost_permission.told == {**dict.fromkeys(STEPS, "INV002"), "untouched": "sealed"}


@pytest.mark.parametrize("fault", ["bad_sectors", "lost_permission"])
def test_nothing_unverified_stands_under_the_archive_root_and_the_run_says_that_it_failed(fault, request):
    found = request.getfixturevalue(fault)

    assert found.first.returncode == 1
    assert found.objects == ["unassigned/untouched"]


@pytest.mark.parametrize("fault", ["bad_sectors", "lost_permission"])
def test_the_next_run_ends_as_the_undisturbed_one(fault, request, honest):
    found = request.getfixturevalue(fault)

    assert found.second.returncode == 0, found.second.stderr
    assert prints_of(found.batch) == honest
    assert len(honest) == len(SAMPLES) * len(NAMES)


@pytest.mark.parametrize("fault", ["bad_sectors", "lost_permission"])
def test_no_source_was_touched(fault, request):
    found = request.getfixturevalue(fault)

    assert found.after == found.before
