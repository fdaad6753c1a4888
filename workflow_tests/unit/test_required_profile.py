"""The facility's checklist is checked whole before any job, and so are the cells that supply its fields."""

from pathlib import Path

import pytest

from fixative.findings import BadBatch
from fixative.models import SampleRow
from fixative.required.fields import FIELDS
from fixative.required.profile import BadChecklist, RequiredMetadata, load_required
from fixative.required.rembi import COLUMNS
from fixative.sheet import read_sheet


def checklist(folder: Path, text: str) -> Path:
    path = folder / "required.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def rows(folder: Path, header: str, cells: str) -> list[SampleRow]:
    path = folder / "samples.tsv"
    path.write_text(f"sample_id\tsource\t{header}\nA\ta.tif\t{cells}\n", encoding="utf-8")
    return read_sheet(path, dataset="d", privacy_policy="p")


def test_the_shipped_checklist_refuses_nothing(repository):
    shipped = load_required(repository / "config/required_metadata.yaml")

    assert {field for known in shipped.modalities.values() for field in known.refuse} == set()


def test_a_bad_checklist_lists_every_problem_with_what_may_be_meant(tmp_path):
    path = checklist(
        tmp_path,
        "modalities:\n"
        "  confocal: {warn: [objectve_na, sharpness], refus: [channel_names]}\n"
        "  TEM: {warn: [organism], refuse: [organism]}\n",
    )

    with pytest.raises(BadChecklist) as refused:
        load_required(path)

    message = str(refused.value)
    assert message.startswith(f"{path}: 3 problems")
    assert "confocal.warn: no such field: 'objectve_na' (is objective_na meant?), 'sharpness'" in message
    assert "confocal.refus: Extra inputs" in message
    assert "TEM: in refuse and in warn: organism" in message


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("modalities: {confocal: {}}", "default: checklist required"),
        ("modalities: {default: {}, Confocal: {}, LSM: {also: [confocal]}}", "named more than once: confocal"),
        ("modalities: {default: {warn: [organism, organism]}}", "listed twice: organism"),
        ("modalities: [default", "not YAML"),
        ("", "valid dictionary"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, text, problem):
    with pytest.raises(BadChecklist, match=problem):
        load_required(checklist(tmp_path, text))


@pytest.mark.parametrize("name", ["WIDE-FIELD fluorescence", "widefield fluorescence", "wide field  fluorescence"])
def test_case_hyphens_and_blanks_of_a_modality_do_not_matter(name):
    profile = RequiredMetadata.model_validate({"modalities": {"default": {}, "wide-field fluorescence": {}}})

    assert profile.key_of(name) == "wide-field fluorescence"


def test_a_modality_that_is_nearly_a_known_one_is_named_with_its_line(tmp_path):
    profile = RequiredMetadata.model_validate({"modalities": {"default": {}, "confocal microscopy": {}}})

    (problem,) = profile.problems(rows(tmp_path, "modality", "confocla microscopy"))

    assert problem.startswith("line 2: modality: unknown, and like 'confocal microscopy'")


def test_another_modality_goes_by_the_default(tmp_path):
    profile = RequiredMetadata.model_validate({"modalities": {"default": {}, "confocal microscopy": {}}})

    assert profile.problems(rows(tmp_path, "modality", "photography")) == []
    assert profile.key_of("photography") == "default"


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("physical_size_x_um", "0,1", "expected a number with a decimal point"),
        ("physical_size_x_um", "0", "expected a number greater than 0"),
        ("objective_na", "-1.4", "expected a number greater than 0"),
        ("objective_na", "nan", "expected a number greater than 0"),
        ("physical_size_x_um", "1e999", "expected a number of at most 17 digits"),
        ("objective_immersion", "honey", "expected one of Oil, Water"),
        ("acquisition_date", "5.3.2024", "expected YYYY-MM-DD"),
        ("acquisition_date", "2024-02-30", "no such day"),
        ("exposure_time_s", "0.1;fast", "expected a number with a decimal point"),
    ],
)
def test_a_bad_cell_is_refused_with_its_line_and_column(tmp_path, column, cell, problem):
    with pytest.raises(BadBatch, match=f"line 2: {column}: {problem}"):
        rows(tmp_path, column, cell)


def test_a_column_that_is_nearly_one_of_a_field_would_supply_nothing(tmp_path):
    with pytest.raises(
        BadBatch, match="line 1: physical_size_x_µm: Column unknown; rename it, to physical_size_x_um"
    ):
        rows(tmp_path, "physical_size_x_µm", "0.1")


@pytest.mark.parametrize(
    ("column", "cell", "values"),
    [
        ("physical_size_x_um", "1.30e-1", ("0.13",)),
        ("objective_immersion", "water dipping", ("WaterDipping",)),
        ("channel_names", "DAPI;; GFP", ("DAPI", None, "GFP")),
        ("acquisition_date", "2024-03-05T10:11Z", ("2024-03-05T10:11:00Z",)),
        ("acquisition_date", "2024-03-05T10:11:12.5", ("2024-03-05T10:11:12.5",)),
        ("microscope_model", "Axio; Observer", ("Axio; Observer",)),
    ],
)
def test_a_cell_is_read_as_ome_writes_it(column, cell, values):
    assert FIELDS[column].parse(cell) == values


def test_the_readme_lists_every_column_that_is_looked_at(repository):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    columns = [*(field.name for field in FIELDS.values()), *COLUMNS]

    assert [name for name in columns if f"`{name}`" not in readme] == []
