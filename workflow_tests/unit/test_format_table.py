"""The table of formats for a person is generated, and the document that is delivered is the one generated."""

import subprocess

import pytest

from fixative.format_table import (
    DOCUMENT,
    TRIED,
    Trial,
    as_markdown,
    as_text,
    has_structure_check,
    independent,
    outcome,
    read_tried,
)
from fixative.formats import FORMATS
from fixative.readers.backends import BACKENDS


def test_the_document_is_what_the_code_says():
    assert DOCUMENT.read_text("utf-8") == as_markdown(read_tried(TRIED)), "run `make formats ARGS=--markdown`"


def test_every_format_is_in_the_table_for_the_terminal_and_in_the_document():
    lines = as_text([]).splitlines()
    document = as_markdown([])

    assert [key for key in FORMATS if not any(line.startswith(f"{key} ") for line in lines)] == []
    assert [key for key in FORMATS if f"| {key} |" not in document] == []


def test_no_witness_decodes_with_the_library_of_the_first_reader():
    pairs = [
        (BACKENDS[form.backends[0]].library, BACKENDS[name].library)
        for form in FORMATS.values()
        for name in independent(form)
    ]

    assert pairs
    assert [pair for pair in pairs if pair[0] == pair[1]] == []


def test_a_second_reader_of_the_same_library_is_no_witness():
    assert "bioio-ome-zarr" not in independent(FORMATS["ome_zarr"])
    assert "tensorstore" in independent(FORMATS["ome_zarr"])


@pytest.mark.parametrize(
    ("key", "checked"),
    [("czi", True), ("svs", True), ("ome_zarr", True), ("nrrd", True), ("naf", False), ("hfa", False)],
)
def test_the_table_says_whether_the_structure_is_checked(key, checked):
    assert has_structure_check(key) is checked


def test_the_best_that_became_of_a_real_file_counts():
    tried = [
        Trial("czi", "pylibCZIrw", "bioformats", "refused", 1),
        Trial("czi", "pylibCZIrw", "bioformats", "sealed", 2),
        Trial("nd2", "nd2", "", "refused", 1),
        Trial("lif", "liffile", "", "sealed", 0),
    ]

    assert [outcome(key, tried) for key in ("czi", "nd2", "lif", "dv")] == ["sealed", "refused", "no", "no"]


def test_what_was_tried_is_read_from_its_table(tmp_path):
    path = tmp_path / "tried.tsv"
    path.write_text("format\treader\twitness\toutcome\tfiles\nczi\tpylibCZIrw\tbioformats\tsealed\t9\n")

    assert read_tried(path) == [Trial("czi", "pylibCZIrw", "bioformats", "sealed", 9)]


def test_a_table_with_other_columns_is_not_read(tmp_path):
    path = tmp_path / "tried.tsv"
    path.write_text("format\toutcome\nczi\tsealed\n")

    with pytest.raises(ValueError, match="expected the columns"):
        read_tried(path)


def test_the_module_prints_the_table(repository):
    command = [repository / ".venv/bin/python", "-m", "fixative.format_table"]
    if not command[0].exists():
        pytest.skip("no .venv beside the Makefile")

    done = subprocess.run(command, cwd=repository / "scripts", capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[0].startswith("TIFF and its dialects")
    assert f"{len(FORMATS)} formats" in done.stdout.splitlines()[-1]
