"""The report's quality checklist goes by the same lines and rules as `python -m fixative.verify`."""

import json

import pytest

from browser.built_batch import Batch
from fixative.report import page
from objects import pixels_of, stack


@pytest.fixture
def batch(tmp_path):
    """One sealed sample with the records of its pixels, its source and its verification."""
    batch = Batch(tmp_path)
    batch.sealed("A")
    folder = tmp_path / "results/samples/A"
    (folder / "pixels.json").write_text(pixels_of([stack("uint16")]).model_dump_json())
    (folder / "inventory.json").write_text(json.dumps({"files": [{"bytes": 40_000}, {"bytes": 10_000}]}))
    return batch


def verified(batch, **fields):
    path = batch.work / "results/samples/A/verification.json"
    path.write_text(json.dumps({"planes": 4, "private_values_searched": 3, **fields}))


def line_of(batch, name):
    batch.report()
    state, told = batch.details()[0]["checks"][page.CHECKS.index(name)]
    return page.STATES[state], told


def test_the_bit_depth_is_that_of_the_record(batch):
    assert line_of(batch, "bit depth") == ("passed", "uint16")


def test_the_size_is_compared_with_the_whole_file_set(batch):
    verified(batch, bytes=30_000)

    assert line_of(batch, "file size against source") == ("passed", "30,000 bytes, 0.60 of the source's 50,000")


def test_a_size_that_its_pixels_do_not_explain_is_noted(batch):
    verified(batch, bytes=400_000_000)

    state, told = line_of(batch, "file size against source")

    assert state == "noted"
    assert "expected at most" in told


def test_a_size_that_nobody_recorded_stays_open(batch):
    verified(batch)

    assert line_of(batch, "file size against source") == ("open", "")


def test_who_searched_for_private_values_is_named(batch):
    verified(batch, private_values_scanners=["exiftool 13", "bioformats 7"])

    state, told = line_of(batch, "privacy confirmed")

    assert (state, told) == (
        "passed",
        "3 redacted values looked for in every public byte by exiftool 13, bioformats 7",
    )


def test_a_record_of_pixels_that_is_damaged_is_told_of(batch):
    (batch.work / "results/samples/A/pixels.json").write_text("{")

    assert line_of(batch, "bit depth") == ("noted", "no record of the pixels")
