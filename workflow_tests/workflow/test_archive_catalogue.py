"""The catalogue as a run leaves it: searched by `find`, and made anew by `snakemake catalogue`."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from objects import unlock
from pipeline import REPOSITORY

METADATA = {
    "axes": "CYX",
    "Channel": {"Name": ["DAPI", "mEGFP-tubulin"], "ExcitationWavelength": [405, 488]},
    "PhysicalSizeX": 0.1,
    "PhysicalSizeXUnit": "µm",
}


@pytest.fixture
def archived(batch):
    """Two sealed samples, of which one has named channels."""
    for name, metadata in (("a.ome.tif", METADATA), ("b.ome.tif", {"axes": "CYX"})):
        pixels = np.random.default_rng(1).integers(0, 4000, (2, 64, 80), dtype=np.uint16)
        tifffile.imwrite(batch.sheet.parent / name, pixels, metadata=metadata, ome=True)
    batch.write({"A": "a.ome.tif", "B": "b.ome.tif"})
    run = batch.run()
    assert run.returncode == 0, run.stderr
    return batch


def find(batch, *words):
    command = [sys.executable, "-m", "fixative.catalogue", "find", batch.archive, *words]
    environment = {**batch.environment, "PYTHONPATH": str(REPOSITORY / "scripts")}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)


def test_a_run_enters_what_it_sealed_and_a_rebuild_remembers_what_is_gone(archived):
    batch = archived
    (header, hit) = find(batch, "gfp", "488nm").stdout.splitlines()
    assert header.startswith("object\t")
    assert hit.startswith("unassigned/A\t")
    assert (batch.archive / "catalogue.html").is_file()

    again = batch.run()

    assert "Nothing to be done" in again.stdout + again.stderr

    shutil.rmtree(unlock(batch.object("A")))
    rebuilt = batch.run("catalogue")

    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "1 gone, and remembered: unassigned/A" in rebuilt.stderr
    assert find(batch, "gfp", "488nm").stdout.splitlines()[1].startswith("unassigned/A (gone)\t")


def test_a_catalogue_that_cannot_be_written_keeps_nobody_from_archiving(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    (batch.archive / "catalogue.sqlite").mkdir(parents=True)

    first = batch.run()
    (batch.archive / "catalogue.sqlite").rmdir()
    second = batch.run()

    assert first.returncode == 0, first.stderr
    assert "AUD008" in first.stderr
    assert second.returncode == 0, second.stderr
    assert find(batch, "A").returncode == 0
