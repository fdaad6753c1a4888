"""What a run tries again, and what it only tells of."""

import json
import subprocess
import sys

import pytest

from pipeline import REPOSITORY


def halve(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.fixture
def refused(batch, tiff):
    """A batch with one sample sealed and one refused for its source."""
    batch.write({"A": tiff("a.tif"), "B": tiff("b.tif")})
    halve(batch.sheet.parent / "b.tif")
    batch.run()
    return batch


def attempts(batch, sample):
    lines = (batch.work / f"results/samples/{sample}/history.jsonl").read_text().splitlines()
    return [json.loads(line)["step"] for line in lines]


def why(batch, sample):
    return subprocess.run(
        [sys.executable, "-m", "fixative.why", sample, "--work", batch.work],
        capture_output=True,
        encoding="utf-8",
        env={**batch.environment, "PYTHONPATH": str(REPOSITORY / "scripts")},
    )


def test_a_refusal_of_an_unchanged_source_is_told_of_and_not_tried_again(refused):
    again = refused.run()

    assert again.returncode == 1
    assert "1 still refused for an unchanged cause" in again.stderr
    assert attempts(refused, "B") == ["inventory_source"]
    assert refused.table()["B"]["code"] == "INV004"


def test_naming_the_sample_or_its_code_tries_it_again(refused):
    refused.run(only="B")
    refused.run(only="INV004")
    refused.run(only="failed")
    others = refused.run(only="VER005,A")

    assert attempts(refused, "B") == ["inventory_source"] * 4
    assert "nothing to archive" in others.stderr


def test_a_corrected_source_is_tried_again_by_itself(refused, tiff):
    tiff("b.tif")

    again = refused.run()

    assert again.returncode == 0
    assert refused.outcomes() == {"A": "sealed", "B": "sealed"}


def test_a_name_that_is_neither_sample_nor_code_stops_the_run_before_any_job(refused):
    run = refused.run(only="B,Bee")

    assert run.returncode == 1
    assert "only: Bee: no sample of the sheet and no code" in run.stderr
    assert attempts(refused, "B") == ["inventory_source"]


def test_the_history_of_a_refused_sample_says_what_was_found_and_what_to_do(refused):
    told = why(refused, "B")

    assert told.returncode == 0
    assert "B (unassigned): refused INV004" in told.stdout
    assert "6 planes promised" in told.stdout
    assert "to do: fetch the file again" in told.stdout
    assert "--config only=B" in told.stdout
    assert "the end of what it says of this sample" in told.stdout
    assert str(refused.folder) not in told.stdout


def test_the_history_of_a_sealed_sample_names_its_object_and_an_unknown_one_is_an_error(refused):
    sealed, unknown = why(refused, "A"), why(refused, "Z")

    assert "A (unassigned): sealed" in sealed.stdout
    assert "object unassigned/A, 6 planes" in sealed.stdout
    assert (unknown.returncode, unknown.stdout) == (2, "")
