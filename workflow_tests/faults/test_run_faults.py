"""What happens to a run from outside: a full disk, a killed job, sources that go away, clocks that are wrong."""

import os
import resource
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile
from PIL import Image

NIGHT_S = 86_400
MEMORY_LEFT = 196 << 20
WELL_BEGUN = 8_000_000
"""Bytes written when a conversion has all its threads and buffers."""


@contextmanager
def small_disk(folder, size="3m"):
    """A file system of a few megabytes, where this account may mount one."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("this account cannot mount a tmpfs: a full archive is not tried")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def wait_for(path, run, also=lambda: True):
    while not (path.exists() and also()) and run.poll() is None:
        time.sleep(0.01)


def jobs_of(batch, step):
    """Processes that run the script of a step in the batch's work folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        line = process.info["cmdline"] or []
        if process.info["cwd"] == str(batch.work) and line[-1:] and line[-1].endswith(f".{step}.py"):
            found.append(process)
    return found


def swelling(path):
    """An image that takes 0.5 MB as JPEG and, its pixels being noise, more than 3 MB without loss."""
    pixels = np.random.default_rng(0).integers(0, 255, (1200, 1000, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, quality=20)
    return path.name


def test_a_full_archive_holds_whole_objects_and_nothing_else(batch, tiff):
    with small_disk(batch.folder / "small") as disk:
        batch.archive = disk / "archive"
        batch.write({"A": tiff("a.tif"), "B": swelling(batch.sheet.parent / "b.jpg")})

        run = batch.run()

        table, objects = batch.table(), batch.objects()
        left = [
            path
            for path in batch.archive.rglob("*")
            if path.suffix in {".part", ".partial"} or ".partial" in path.name
        ]
    assert run.returncode == 1
    assert (table["A"]["outcome"], table["B"]["code"]) == ("sealed", "RUN001")
    assert [name for name in objects if not name.startswith(".fixative")] == ["unassigned/A"]
    assert left == []


def test_what_would_not_fit_is_refused_before_any_work_and_goes_when_there_is_room(batch, tiff):
    sources = {name: tiff(f"{name}.tif", shape=(4, 1, 512, 512)) for name in ("young", "old")}
    os.utime(batch.sheet.parent / "old.tif", (1e9, 1e9))
    with small_disk(batch.folder / "small", size="4m") as disk:
        batch.archive = disk / "archive"
        batch.write(sources)

        first = batch.run()
        table = batch.table()
        subprocess.run(["mount", "-o", "remount,size=40m", disk], check=True)
        again = batch.run()

    assert first.returncode == 1
    assert "1 would not fit on the disk" in first.stderr
    assert (table["old"]["outcome"], table["young"]["code"]) == ("sealed", "RUN003")
    assert again.returncode == 0, again.stderr
    assert set(batch.outcomes().values()) == {"sealed"}


@pytest.mark.slow
def test_a_sample_whose_job_is_killed_each_time_is_set_aside_and_its_neighbours_are_sealed(batch, tiff):
    batch.write({"A": tiff("a.tif"), "B": tiff("b.tif", shape=(300, 1, 512, 512)), "C": tiff("c.tif")})
    begun = batch.work / "results/samples/B/outcomes/convert_to_ome_tiff.json"
    run = batch.start()

    for attempt in (1, 2):
        wait_for(begun, run, lambda tried=attempt: f'"attempts": {tried}' in begun.read_text())
        # As the kernel does when memory runs out: the job, and nothing but the job.
        [process.send_signal(signal.SIGKILL) for process in jobs_of(batch, "convert_to_ome_tiff")]

    assert run.wait() == 1
    assert batch.outcomes() == {"A": "sealed", "B": "interrupted", "C": "sealed"}


def one_strip(path, side=14_000):
    """An image in a single strip: whoever decodes it needs 392 MB at once."""
    row = np.arange(side, dtype=np.uint16)
    tifffile.imwrite(path, np.add.outer(row, row), compression="zlib", rowsperstrip=side, photometric="minisblack")
    return path.name


def test_a_job_that_runs_out_of_memory_refuses_its_sample_and_the_next_run_seals_it(batch, tiff):
    long = tiff("a.tif", shape=(500, 1, 512, 512))
    batch.write({"A": long, "B": one_strip(batch.sheet.parent / "b.tif"), "C": tiff("c.tif")})
    begun = batch.work / "results/samples/B/outcomes/convert_to_ome_tiff.json"
    run, staging = batch.start(), batch.work / "results/staging/A"
    wait_for(staging, run, lambda: sum(path.stat().st_size for path in staging.iterdir()) > WELL_BEGUN)
    (job,) = jobs_of(batch, "convert_to_ome_tiff")

    # Half of what it needs for B, beyond what it has taken for A; set long before B, however busy the machine is.
    resource.prlimit(job.pid, resource.RLIMIT_AS, (job.memory_info().vms + MEMORY_LEFT, resource.RLIM_INFINITY))
    wait_for(begun, run, lambda: '"begun"' not in begun.read_text())
    with suppress(ProcessLookupError):
        resource.prlimit(job.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    returned = run.wait()
    first = {sample: row["code"] or row["outcome"] for sample, row in batch.table().items()}
    left = [name for name in batch.objects() if not name.startswith(".fixative")]
    again = batch.run()

    assert (returned, first) == (1, {"A": "sealed", "B": "RUN002", "C": "sealed"})
    assert left == ["unassigned/A", "unassigned/C"]
    assert again.returncode == 0, again.stderr
    assert batch.outcomes() == {"A": "sealed", "B": "sealed", "C": "sealed"}


def test_sources_that_go_away_or_change_during_conversion_are_refused(batch, tiff):
    names = {name: f"{name}.tif" for name in ("removed", "cut", "grown", "replaced", "left")}
    sources = {name: batch.sheet.parent / tiff(file, shape=(200, 1, 512, 512)) for name, file in names.items()}
    batch.write(names)
    other = Path(shutil.copy2(sources["replaced"], batch.sheet.parent / "other.tif"))
    run = batch.start()

    wait_for(batch.work / "results/samples/removed/outcomes/convert_to_ome_tiff.json", run)
    sources["removed"].unlink()
    os.truncate(sources["cut"], 4_000_000)
    os.truncate(sources["grown"], sources["grown"].stat().st_size + 1)
    other.replace(sources["replaced"])

    assert run.wait() == 1
    codes = {name: row["code"] or row["outcome"] for name, row in batch.table().items()}
    assert codes == {**dict.fromkeys(("removed", "cut", "grown", "replaced"), "INV007"), "left": "sealed"}
    assert [name for name in batch.objects() if not name.startswith(".fixative")] == ["unassigned/left"]


def test_sources_from_another_time_are_archived_as_any_other(batch, tiff):
    os.utime(batch.sheet.parent / tiff("old.tif"), (0, 0))
    ahead = time.time() + 3650 * NIGHT_S
    os.utime(batch.sheet.parent / tiff("ahead.tif"), (ahead, ahead))
    batch.write({"old": "old.tif", "ahead": "ahead.tif"})

    runs = [batch.run().returncode, batch.run().returncode]

    assert runs == [0, 0]
    assert batch.outcomes() == {"old": "sealed", "ahead": "sealed"}


def test_a_clock_that_was_moved_back_stops_nothing_and_does_nothing_twice(batch, tiff):
    batch.write({"A": tiff("a.tif"), "B": "missing.tif"})
    first = batch.run()
    sealed = batch.manifest_of("A")
    ahead = time.time() + 30 * NIGHT_S
    for path in batch.work.rglob("*"):
        os.utime(path, (ahead, ahead), follow_symlinks=False)
    tiff("missing.tif")

    back = batch.run()

    assert (first.returncode, back.returncode) == (1, 0)
    assert batch.manifest_of("A") == sealed
    assert batch.outcomes() == {"A": "sealed", "B": "sealed"}


def test_the_second_run_in_a_work_folder_says_so_and_stops(batch, tiff):
    batch.write({"A": tiff("a.tif", shape=(300, 1, 512, 512))})
    first = batch.start()
    wait_for(batch.work / "results/plan.json", first)

    second = batch.run()

    assert second.returncode == 1
    assert "another run is at work" in second.stderr
    assert first.wait() == 0
    assert batch.outcomes() == {"A": "sealed"}


@pytest.mark.parametrize("staging", ["", "staging"])
def test_two_runs_on_one_archive_seal_each_sample_once_and_both_succeed(batch, tiff, staging):
    samples = {sample: tiff(f"{sample}.tif", seed=seed) for seed, sample in enumerate("ABCDEF")}
    batch.write(samples)
    config = {"staging_root": batch.folder / staging} if staging else {}
    first = batch.start(**config)
    here, batch.work = batch.work, batch.folder / "another work"
    batch.work.mkdir()

    second = batch.run(**config)

    assert (first.wait(), second.returncode) == (0, 0), second.stderr
    there = batch.outcomes()
    batch.work = here
    assert batch.outcomes() == there == dict.fromkeys(samples, "sealed")
    sealed = [name for name in batch.objects() if not name.startswith(".fixative")]
    assert sealed == [f"unassigned/{sample}" for sample in samples]
