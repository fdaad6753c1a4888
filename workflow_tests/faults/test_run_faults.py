"""What happens to a run from outside: a full disk, a killed job, sources that go away, clocks that are wrong."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

NIGHT_S = 86_400


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


def test_a_full_archive_holds_whole_objects_and_nothing_else(batch, tiff):
    with small_disk(batch.folder / "small") as disk:
        batch.archive = disk / "archive"
        batch.write({"A": tiff("a.tif"), "B": tiff("b.tif", shape=(40, 1, 512, 512))})

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


def test_sources_that_go_away_or_change_during_conversion_are_refused(batch, tiff):
    names = {"removed": "removed.tif", "cut": "cut.tif", "replaced": "replaced.tif", "left": "left.tif"}
    sources = {name: batch.sheet.parent / tiff(file, shape=(200, 1, 512, 512)) for name, file in names.items()}
    batch.write(names)
    other = Path(shutil.copy2(sources["replaced"], batch.sheet.parent / "other.tif"))
    run = batch.start()

    wait_for(batch.work / "results/samples/removed/outcomes/convert_to_ome_tiff.json", run)
    sources["removed"].unlink()
    os.truncate(sources["cut"], 4_000_000)
    other.replace(sources["replaced"])

    assert run.wait() == 1
    codes = {name: row["code"] or row["outcome"] for name, row in batch.table().items()}
    assert codes == {"removed": "INV007", "cut": "INV007", "replaced": "INV007", "left": "sealed"}
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
