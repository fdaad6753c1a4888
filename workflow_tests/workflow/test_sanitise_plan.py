"""`snakemake sanitise_plan`: what a policy would do, shown before anything is done."""

import csv

import numpy as np
import pytest
import tifffile


def table(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, dialect="excel-tab"))


@pytest.fixture
def planned(batch):
    """A batch whose plan has run: a slide of Aperio's kind with a person's name, and a source that is missing."""
    tags = [(315, "s", 0, "Qanary Zwyx", True), (65101, "s", 0, "QanaryPrivate", True)]
    pixels = np.zeros((64, 80), np.uint8)
    tifffile.imwrite(batch.sheet.parent / "a.tif", pixels, description="Qanary text", extratags=tags, metadata=None)

    def run(policy):
        batch.write({"A": "a.tif", "B": "missing.tif"})
        return batch.run("sanitise_plan", privacy_policy=policy)

    return run


def test_a_plan_shows_each_key_with_its_action_and_runs_nothing_else(batch, planned):
    run = planned("facility")

    lines = {line["key"]: line for line in table(batch.work / "results/plans/A.tsv")}
    assert run.returncode == 0, run.stderr
    assert (lines["tiff:/ifd/Artist"]["action"], lines["tiff:/ifd/Artist"]["rule"]) == ("X", "people")
    assert lines["tiff:/ifd/Artist"]["ground"] == "HIPAA A, GDPR"
    assert (lines["tiff:/ifd/ImageWidth"]["action"], lines["tiff:/ifd/ImageWidth"]["count"]) == ("C", "1")
    assert sorted(path.name for path in (batch.work / "results/samples/A").iterdir()) == [
        "history.jsonl",
        "inventory.json",
        "metadata",
        "outcomes",
    ]
    assert batch.objects() == []
    assert not (batch.work / "results/reports/batch.tsv").exists()


def test_a_plan_tells_no_value(batch, planned):
    planned("facility")

    told = "".join(path.read_text(encoding="utf-8") for path in batch.work.glob("results/*/*.tsv"))
    assert "tiff:/ifd/65101" in told
    assert "Qanary" not in told


def test_unknown_keys_of_a_strict_policy_are_counted_and_the_run_succeeds(batch, planned):
    run = planned("hipaa_safe_harbor")

    summary = {line["sample_id"]: line for line in table(batch.work / "results/reports/sanitise_plan.tsv")}
    unknown = table(batch.work / "results/reports/sanitise_plan_unknown.tsv")
    assert run.returncode == 0, run.stderr
    assert (summary["A"]["state"], summary["A"]["unknown"]) == ("incomplete", "1")
    assert unknown == [{"policy": "hipaa_safe_harbor", "key": "tiff:/ifd/65101", "samples": "1", "times": "1"}]
    assert (summary["B"]["state"], summary["B"]["message"]) == ("no metadata", "inventory_source: INV001")


def test_another_policy_gives_another_plan(batch, planned):
    planned("facility")

    planned("keep_all")

    lines = {line["key"]: line for line in table(batch.work / "results/plans/A.tsv")}
    assert lines["tiff:/ifd/Artist"]["action"] == "K"
