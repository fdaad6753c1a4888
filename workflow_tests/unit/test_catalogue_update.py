"""Entering what is new: what a run has sealed, what a killed one could not say, and nothing else."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from audits import Kept
from catalogued import seal
from fixative.catalogue import CATALOGUE, Catalogue, rebuild, update_catalogue
from fixative.catalogue.entered import ENTERED, void_entered
from fixative.catalogue.job import enter_after_failure, rebuild_job, update_job
from fixative.catalogue.page import PAGE
from fixative.catalogue.search import ask
from fixative.models import Receipt
from fixative.records import write_record
from objects import unlock


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A", "B")
    return archive


@pytest.fixture
def work(tmp_path):
    """A work folder whose sheet has three samples, of which a run has sealed one."""
    folder = tmp_path / "work"
    rows = [{"dataset": "set1", "sample_id": sample} for sample in "ABC"]
    for path, content in (
        ("results/batch.json", rows),
        ("results/provenance/0001-0001.json", [{"sample": "A", "outcome": "success"}]),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    digests = {"fileset_sha256": "ab", "policy_sha256": "cd", "manifest_sha256": "ef"}
    receipt = Receipt(source="a.tif", object="set1/A", sealed="2026-11-21T03:00:00Z", bytes=1, planes=1, **digests)
    write_record(folder / "results/samples/A/sealed.json", receipt)
    return folder


def run(work, kept):
    return update_job(work, kept.root, work / ENTERED)


def entered(work):
    return json.loads((work / ENTERED).read_text())


def test_what_was_sealed_is_entered_and_what_is_not_there_is_passed_over(work, kept):
    assert run(work, kept) == []

    assert entered(work) == {"entered": 2, "objects": 2, "problems": []}
    assert PAGE in {path.name for path in kept.root.iterdir()}


def test_what_a_killed_run_has_sealed_is_entered_by_the_next(work, kept):
    run(work, kept)
    kept.seal("C")
    (work / "results/provenance/0001-0001.json").unlink()

    run(work, kept)

    assert entered(work) == {"entered": 1, "objects": 3, "problems": []}


def test_what_is_known_is_not_read_again(work, kept):
    rebuild(kept.root)
    (work / "results/provenance/0001-0001.json").unlink()
    shutil.rmtree(unlock(kept.object("B") / "data"))

    run(work, kept)

    assert entered(work)["entered"] == 0
    assert ask(kept.root, "SELECT count(*) FROM objects WHERE planes IS NOT NULL").rows == ((2,),)


def test_what_was_sealed_before_another_job_failed_is_entered(work, kept, monkeypatch):
    monkeypatch.chdir(work)

    assert enter_after_failure(kept.root) == []

    assert entered(work)["objects"] == 2


def test_the_page_is_written_only_where_there_is_news(work, kept):
    run(work, kept)
    (work / "results/provenance/0001-0001.json").unlink()
    (kept.root / PAGE).write_text("as it was")

    run(work, kept)

    assert (kept.root / PAGE).read_text() == "as it was"


def test_what_was_sealed_under_a_known_name_is_the_object_from_now_on(work, kept):
    rebuild(kept.root)
    shutil.rmtree(unlock(kept.object("A")))
    seal(kept.root, "A")

    run(work, kept)

    with Catalogue(kept.root) as catalogue:
        assert catalogue.entry("set1/A").manifest_sha256 not in (None, catalogue.entry("set1/B").manifest_sha256)
    assert ask(kept.root, "SELECT title FROM objects WHERE name = 'set1/A'").rows == (("spindle pole",),)


def test_an_object_in_the_place_of_another_does_not_become_right_where_the_catalogue_was_lost(kept):
    kept.audit(1)
    with Catalogue(kept.root) as catalogue:
        before = catalogue.entry("set1/B").manifest_sha256
    shutil.rmtree(unlock(kept.object("B")))
    shutil.copytree(kept.object("A"), kept.object("B"))
    (kept.root / CATALOGUE).unlink()

    update_catalogue(kept.root, ["set1/B"])

    with Catalogue(kept.root) as catalogue:
        assert catalogue.entry("set1/B").manifest_sha256 == before


def test_a_catalogue_that_cannot_be_written_is_told_of_and_tried_again(work, kept):
    (kept.root / CATALOGUE).mkdir()

    problems = run(work, kept)
    void_entered(work / "results", work=False)

    assert problems[0].startswith("[AUD008]")
    assert not (work / ENTERED).exists()


def test_a_damaged_text_is_told_of_with_what_to_do(work, kept):
    rebuild(kept.root)
    with closing(sqlite3.connect(kept.root / CATALOGUE)) as base, base:
        base.execute("UPDATE texts SET words = x'00'")

    problems = run(work, kept)

    assert "snakemake catalogue" in problems[0]
    assert entered(work)["problems"] == problems


def test_a_damaged_catalogue_is_made_anew_and_told_of(work, kept):
    rebuild(kept.root)
    (kept.root / CATALOGUE).write_bytes(b"no database" * 1000)

    (problem,) = run(work, kept)

    assert "was damaged" in problem
    assert entered(work)["objects"] == 2


def test_a_night_with_nothing_new_starts_no_job(work, kept):
    run(work, kept)

    void_entered(work / "results", work=False)

    assert (work / ENTERED).is_file()


def test_a_run_with_work_to_do_enters_it(work, kept):
    run(work, kept)

    void_entered(work / "results", work=True)

    assert not (work / ENTERED).exists()


def test_an_archive_that_is_not_there_is_not_made(work, tmp_path):
    lines, well = rebuild_job(tmp_path / "nowhere", tmp_path / "log")

    assert not well
    assert lines[0].startswith("[AUD006]")
    assert not (tmp_path / "nowhere").exists()


def test_an_audit_tells_of_what_it_found_in_the_catalogue(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))

    kept.audit(2)

    assert ask(kept.root, "SELECT name, fixity, gone IS NOT NULL FROM objects ORDER BY name").rows == (
        ("set1/A", "good", 0),
        ("set1/B", "missing", 1),
    )
