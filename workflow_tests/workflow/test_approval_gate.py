"""Approval through the whole chain: a sample waits, is approved, is sealed; the object says by whom."""

import json
import os
import subprocess
import sys

import pytest
import tifffile

from pipeline import REPOSITORY

POLICY = "name: signed\nversion: '1'\ndescription: d\nextends: facility\napproval: required\n"


@pytest.fixture
def signed(batch, tiff):
    """A sheet of one sample under a policy that asks for approval; returns what runs it."""
    policy = batch.sheet.parent / "signed.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    batch.write({"A": tiff("a.tif")})
    return lambda *targets: batch.run(*targets, privacy_policy="signed.yaml")


@pytest.fixture
def approve(batch):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "fixative.approve", "--work", str(batch.work), *arguments],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")},
            capture_output=True,
            encoding="utf-8",
        )

    return run


def stated(batch, name):
    """A JSON file of the object of sample A."""
    return json.loads((batch.object("A") / f"data/A.ome.tiff.{name}.json").read_text(encoding="utf-8"))


def test_a_sample_waits_is_approved_and_is_sealed(batch, signed, approve):
    waits = signed()

    assert waits.returncode == 1
    assert "1 sample: 1 awaiting approval" in waits.stderr
    assert (batch.table()["A"]["outcome"], batch.table()["A"]["code"]) == ("awaiting approval", "APP001")
    assert "make approve SAMPLES=A" in batch.table()["A"]["remedy"]
    assert batch.objects() == []
    assert not (batch.work / "results/samples/A/pixels.json").exists()

    approved = approve("--approver", "Jane Doe <jane@example.org>", "A")
    sealed = signed()

    assert (approved.returncode, sealed.returncode) == (0, 0), sealed.stderr
    assert batch.outcomes() == {"A": "sealed"}
    approval = stated(batch, "provenance")["policy"]["approval"]
    assert approval == stated(batch, "meta")["sanitisation"]["approval"]
    assert (approval["approver"], approval["how"]) == ("Jane Doe <jane@example.org>", "command")
    readme = (batch.object("A") / "data/README.md").read_text(encoding="utf-8")
    assert f"by Jane Doe &lt;jane@example.org&gt;, {approval['when']} (python -m fixative.approve" in readme
    assert "approved" in (batch.object("A") / "data/premis.xml").read_text(encoding="utf-8")


def test_a_second_night_neither_dumps_nor_plans_again(batch, signed):
    signed()
    dumped = batch.record("A", "outcomes/dump_metadata.json")
    planned = batch.record("A", "outcomes/sanitise_metadata.json")
    written = (batch.work / "results/samples/A/metadata/dump.json").stat().st_mtime_ns

    again = signed()

    assert again.returncode == 1
    assert batch.outcomes() == {"A": "awaiting approval"}
    assert batch.record("A", "outcomes/dump_metadata.json") == dumped
    assert batch.record("A", "outcomes/sanitise_metadata.json") == planned
    assert (batch.work / "results/samples/A/metadata/dump.json").stat().st_mtime_ns == written


def test_an_edited_policy_makes_the_sample_wait_again(batch, signed, approve):
    signed()
    approve("--approver", "Jane Doe", "A")
    (batch.sheet.parent / "signed.yaml").write_text(POLICY.replace("'1'", "'2'"), encoding="utf-8")

    again = signed()

    assert again.returncode == 1
    assert batch.outcomes() == {"A": "awaiting approval"}
    assert batch.objects() == []
    assert "changed: policy" in approve("--list").stdout


def test_another_source_makes_the_sample_wait_again(batch, signed, approve):
    signed()
    approve("--approver", "Jane Doe", "A")
    source = batch.sheet.parent / "a.tif"
    tifffile.imwrite(source, tifffile.imread(source)[::-1], imagej=True, metadata={"axes": "ZCYX"})

    again = signed()

    assert again.returncode == 1
    assert batch.outcomes() == {"A": "awaiting approval"}
    assert "changed: source" in approve("--list").stdout


def test_a_name_in_the_sheet_needs_no_command_and_two_runs_give_the_same_metadata(batch, signed, tmp_path):
    batch.write({"A": "a.tif"}, approver="Bea Sheet")
    signed()
    metadata = (batch.object("A") / "data/A.ome.tiff.meta.json").read_bytes()
    started = batch.record("A", "outcomes/sanitise_metadata.json")["started"]
    approval = stated(batch, "provenance")["policy"]["approval"]
    batch.work, batch.archive = tmp_path / "other work", tmp_path / "other archive"
    batch.work.mkdir()

    signed()

    assert (approval["approver"], approval["how"], approval["when"]) == ("Bea Sheet", "sheet", started)
    assert (batch.object("A") / "data/A.ome.tiff.meta.json").read_bytes() == metadata


def test_a_plan_does_not_make_the_archive(batch, signed):
    planned = signed("sanitise_plan")

    assert planned.returncode == 0, planned.stderr
    assert "image:/**\tkeep\tburnt_in" in (batch.work / "results/plans/A.tsv").read_text(encoding="utf-8")
    assert not batch.archive.exists()
