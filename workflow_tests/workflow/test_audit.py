"""`snakemake audit` and `snakemake repair` on an archive that the pipeline filled."""

import csv
import json
import shutil

import pytest

from objects import flip_bit, unlock
from pipeline import REPOSITORY


@pytest.fixture
def archived(batch, tiff):
    """Two sealed samples; their archive has a replica."""
    batch.write({"A": tiff("a.tif"), "B": tiff("b.tif", seed=1)})
    run = batch.run()
    assert run.returncode == 0, run.stderr
    shutil.copytree(batch.archive, batch.folder / "mirror")
    return batch


def listed(batch):
    path = batch.work / "results/reports/safe_to_delete.tsv"
    with path.open(newline="", encoding="utf-8") as stream:
        return {row["sample_id"]: row for row in csv.DictReader(stream, dialect="excel-tab")}


def reports(batch):
    return [json.loads(path.read_text()) for path in sorted((batch.work / "results/audit").glob("2*.json"))]


def test_damage_is_found_repaired_and_told(archived):
    batch = archived
    settings = {"audit": "{full: true}", "replicas": "[../mirror]", "safe_to_delete": "{after_days: 0}"}
    assert listed(batch)["A"]["reason"].startswith("the archive's own copy was not found good")
    before = batch.image("A").read_bytes()

    sound = batch.run("audit", **settings)

    assert sound.returncode == 0, sound.stderr
    assert "audit: sound: 2 objects; copies: 4 good" in sound.stderr
    assert {row["safe"] for row in listed(batch).values()} == {"yes"}

    flip_bit(unlock(batch.object("A")) / "data/A.ome.tiff")
    damaged = batch.run("audit", **settings)

    assert damaged.returncode == 1
    assert "data/A.ome.tiff" in damaged.stderr
    assert not (batch.work / "results/audit/sound.txt").exists()
    assert [report["sound"] for report in reports(batch)] == [True, False]
    assert {sample: row["safe"] for sample, row in listed(batch).items()} == {"A": "no", "B": "yes"}

    repaired = batch.run("repair", **settings)

    assert repaired.returncode == 0, repaired.stderr
    assert batch.image("A").read_bytes() == before
    assert len(list((batch.archive / ".fixative/damaged/unassigned").iterdir())) == 1
    assert batch.run("audit", **settings).returncode == 0
    assert batch.run().returncode == 0


def test_an_audit_makes_no_archive_where_there_is_none(batch):
    run = batch.run("audit")

    assert run.returncode == 1
    assert "AUD006" in run.stderr
    assert not batch.archive.exists()


def test_a_replica_that_is_the_archive_is_refused_before_any_job(batch):
    run = batch.run("audit", replicas="[../archive]")

    assert run.returncode == 1
    assert "one tree" in run.stderr


def test_asked_for_with_the_batch_the_audit_sees_what_was_just_sealed(batch, tiff):
    batch.write({"A": tiff("a.tif")})

    run = batch.run("all", "audit")

    assert run.returncode == 0, run.stderr
    assert [report["states"] for report in reports(batch)] == [{"good": 1}]


def test_every_night_what_is_new_is_archived_and_what_is_due_is_audited(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    profile = str(REPOSITORY / "profiles/nightly")

    first = batch.run("nightly", "--workflow-profile", profile)
    batch.write({"A": tiff("a.tif"), "B": tiff("b.tif")})
    second = batch.run("nightly", "--workflow-profile", profile)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert [batch.object(sample).is_dir() for sample in "AB"] == [True, True]
    before, after = reports(batch)
    assert before["states"] == {"good": 1}
    assert after["objects"] == 2
