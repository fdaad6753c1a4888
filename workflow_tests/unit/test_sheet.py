"""The sample sheet: what is accepted, and that a bad one names every problem with its line."""

from pathlib import Path

import pytest

from fixative.example.storage import make_storage
from fixative.findings import BadBatch
from fixative.sheet import read_sheet


def sheet(folder: Path, text: str, name: str = "samples.tsv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows_of(path: Path):
    return read_sheet(path, dataset="unassigned", privacy_policy="facility")


def test_relative_paths_are_relative_to_the_sheet(tmp_path):
    path = sheet(tmp_path, "sample_id\tsource\tsidecars\nA\traw/a b%[1].tif\tx.xml; y.txt\n")

    (row,) = rows_of(path)

    assert row.source == tmp_path / "raw/a b%[1].tif"
    assert row.sidecars == (tmp_path / "x.xml", tmp_path / "y.txt")


def test_a_csv_sheet_reads_as_a_tsv_one_does(tmp_path):
    path = sheet(tmp_path, 'sample_id,source\nA,"a, b.tif"\n', "samples.csv")

    (row,) = rows_of(path)

    assert row.source == tmp_path / "a, b.tif"


def test_further_columns_are_carried_along(tmp_path):
    path = sheet(tmp_path, "sample_id\tsource\torganism\tfixation\nA\ta.tif\tNCBI:txid9606\tPFA 4 %\n")

    (row,) = rows_of(path)

    assert (row.organism, row.extra) == ("NCBI:txid9606", {"fixation": "PFA 4 %"})


def test_what_a_row_does_not_name_comes_from_the_configuration(tmp_path):
    path = sheet(tmp_path, "sample_id\tsource\tdataset\tprivacy_policy\nA\ta.tif\t\t\nB\tb.tif\tmice\tkeep_all\n")

    first, second = rows_of(path)

    assert (first.dataset, first.privacy_policy) == ("unassigned", "facility")
    assert (second.dataset, second.privacy_policy) == ("mice", "keep_all")


def test_a_bad_sheet_lists_every_problem_with_its_line(tmp_path):
    path = sheet(tmp_path, "sample_id\tsource\nbad id\ta.tif\nB\t\n\nC\tc.tif\nC\td.tif\n")

    with pytest.raises(BadBatch) as refused:
        rows_of(path)

    assert str(refused.value).splitlines() == [
        f"{path}: 3 problems",
        "  line 2: sample_id: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_-]*$' (got 'bad id')",
        "  line 3: source: Field required",
        "  line 6: sample_id: same as on line 5",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the sheet is empty"),
        ("sample_id\tsource\n", "no sample"),
        ("sample_id\tfile\nA\ta.tif\n", "source: Column required"),
        ("sample_id\tsource\tnotes\tnotes\nA\ta.tif\t\t\n", "notes: Column named 2 times"),
        ("sample_id\tsource\nA\ta.tif\tmore\n", "3 cells under 2 columns"),
        ("sample_id\tsource\nA\ta.tif\na\tb.tif\n", "sample_id: same as on line 2"),
        ("sample_id\tsource\n../up\ta.tif\n", "sample_id: String should match pattern"),
        ("sample_id\tsource\tdataset\nA\ta.tif\t/etc\n", "dataset: String should match pattern"),
        (f"sample_id\tsource\n{'A' * 129}\ta.tif\n", "at most 128 characters"),
    ],
)
def test_a_sheet_with_this_problem_is_refused(tmp_path, text, problem):
    path = sheet(tmp_path, text)

    with pytest.raises(BadBatch, match=problem.replace("(", r"\(")):
        rows_of(path)


def test_a_sheet_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "samples.tsv"
    path.write_bytes("sample_id\tsource\nA\tcafé.tif\n".encode("latin-1"))

    with pytest.raises(BadBatch, match="not a UTF-8 table"):
        rows_of(path)


def test_the_example_sheet_names_the_files_of_the_example_storage(repository, tmp_path):
    example = rows_of(repository / "config/samples.tsv")

    made = {row.source.relative_to(tmp_path) for row in rows_of(make_storage(tmp_path))}

    root = repository / "config/../example/storage"
    assert {row.source.relative_to(root) for row in example} == made
