"""`snakemake deposit` and `snakemake curate` on an archive that the pipeline filled."""

import csv
import json

import numpy as np
import pytest
import tifffile

from deposits import EVERYTHING, ROW, make_sealed
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from pipeline import Batch

SHEET = {**EVERYTHING, **ROW, "license": "CC-BY-4.0"}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """One sample, sealed by the pipeline; its sheet states what repositories ask for."""
    batch = Batch(tmp_path_factory.mktemp("deposit"))
    pixels = np.random.default_rng(0).integers(0, 4000, (3, 2, 64, 80), dtype=np.uint16)
    tifffile.imwrite(batch.sheet.parent / "a.tif", pixels, imagej=True, metadata={"axes": "ZCYX"})
    batch.write({"A": "a.tif"}, **SHEET)
    run = batch.run()
    assert run.returncode == 0, run.stderr
    return batch


def package(batch, repository):
    return batch.work / "results/deposits" / repository / "unassigned"


def test_a_package_is_made_and_bio_formats_opens_its_image_as_omero_would(archived):
    run = archived.run("deposit", repository="omero", dataset="unassigned")

    image = package(archived, "omero") / "upload/A.ome.tiff"
    reader = open_backend(Request(image, "ome_tiff", "bioformats", ReaderOptions()))
    info = reader.images[0]
    seen = reader.read_region(0, 0, 0, 0, 0, 0, info.size_y, info.size_x)
    assert run.returncode == 0, run.stderr
    assert np.array_equal(seen, tifffile.imread(archived.image("A"), key=0))
    assert image.stat().st_ino == archived.image("A").stat().st_ino


def test_what_the_sheet_states_reaches_the_forms_of_a_repository(archived):
    run = archived.run("deposit", repository="bioimage_archive", dataset="unassigned")

    with (package(archived, "bioimage_archive") / "submission/rembi/study.tsv").open(newline="") as stream:
        study = {row["Field"]: row["Value"] for row in csv.DictReader(stream, dialect="excel-tab")}
    assert run.returncode == 0, run.stderr
    assert "verdict   valid" in run.stderr
    assert study["Title"] == SHEET["study_title"]
    assert study["License"] == "CC-BY-4.0"


def test_a_data_set_is_curated(archived):
    run = archived.run("curate", dataset="unassigned")

    summary = json.loads((archived.work / "results/curation/unassigned/curation.json").read_text())
    assert run.returncode == 0, run.stderr
    assert "curation: unassigned, 1 samples: DCN level" in run.stderr
    assert summary["rembi"]["A"]["met"] == summary["rembi"]["A"]["applicable"] - 1  # names of channels


def test_a_refused_deposit_says_everything_and_fails(batch):
    make_sealed(batch.folder, "A", policy="keep_all", extra={})

    run = batch.run("deposit", repository="zenodo", dataset="set1")

    assert run.returncode == 1
    assert "[DEP007] archived with the policy keep_all" in run.stderr
    assert "[DEP009] the repository requires what nobody has stated: 3 fields" in run.stderr
    assert "study_authors" in (batch.work / "results/deposit/missing.tsv").read_text()
    assert not (batch.work / "results/deposits").exists()
