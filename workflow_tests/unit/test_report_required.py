"""What the report says of required fields and completeness."""

import json
from pathlib import Path

import pytest

from browser.built_batch import Batch
from fixative.required.records import FieldState, RembiScore, RequiredReport, TierScore


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def required(batch: Batch, *states: str, checklist: str | None = "default") -> None:
    """Sample A, sealed, with one field in each of these states."""
    names = ("objective_na", "channel_names", "microscope_model", "physical_size_x_um")
    report = RequiredReport(
        checklist=checklist,
        fields=tuple(
            FieldState(name=name, state=state, level="warn") for name, state in zip(names, states, strict=False)
        ),
        disagreements=("objective_na",),
        nbo=(TierScore(tier=1, filled=31, applicable=60), TierScore(tier=2, filled=4, applicable=15)),
        rembi=RembiScore(filled=7, applicable=13, missing=(("study: title", "study_title"),)),
    )
    batch.sealed("A")
    folder = batch.work / "results/samples/A/metadata"
    folder.mkdir()
    (folder / "required.json").write_text(report.model_dump_json(), encoding="utf-8")


def check(batch: Batch) -> tuple[str, str]:
    data = batch.data()
    state, detail = batch.details()[0]["checks"][data["checks"].index("metadata completeness")]
    return data["states"][state], detail


def test_what_is_missing_is_named_in_words(batch: Batch) -> None:
    required(batch, "missing", "source", "person", "not applicable")

    batch.report()

    assert check(batch) == ("noted", "1 of 3 found, 1 supplied; missing: objective NA")


def test_a_checklist_without_a_gap_is_passed(batch: Batch) -> None:
    required(batch, "source", "source")

    batch.report()

    assert check(batch) == ("passed", "2 of 2 found")


def test_without_a_checklist_the_report_says_so(batch: Batch) -> None:
    required(batch, "missing", checklist=None)

    batch.report()

    assert check(batch) == ("noted", "nothing is required: no checklist is configured")


def test_the_table_has_counts_and_names(batch: Batch) -> None:
    required(batch, "missing", "person")

    batch.report()

    row = batch.table()[0]
    assert (row["required_missing"], row["supplied_by_person"]) == ("objective_na", "channel_names")
    assert (row["nbo_tier1"], row["nbo_tier1_of"], row["rembi"], row["rembi_of"]) == ("31", "60", "7", "13")


def test_the_page_names_the_columns_that_are_still_to_be_filled(batch: Batch) -> None:
    required(batch, "missing")

    batch.report()

    detail = batch.details()[0]
    assert detail["nbo"] == "31 of 60 · 4 of 15"
    assert detail["rembi_columns"] == "study_title"


@pytest.mark.parametrize("content", ["{}", '{"checklist": 7}', json.dumps({"fields": "all"})])
def test_a_damaged_record_is_no_record(batch: Batch, content: str) -> None:
    required(batch, "source")
    (batch.work / "results/samples/A/metadata/required.json").write_text(content, encoding="utf-8")

    batch.report()

    assert check(batch)[0] == "noted"
    assert batch.table()[0]["rembi"] == ""
