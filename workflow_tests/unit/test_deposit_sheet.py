"""What a deposition reads: people, the sheet, objects; and how a table is written."""

import pytest

from deposits import EVERYTHING, make_sealed, read
from fixative.deposit.columns import COLUMNS
from fixative.deposit.dataset import Term, read_dataset
from fixative.deposit.identifiers import dataset_urn, named
from fixative.deposit.licences import licence_of
from fixative.deposit.people import Person, is_orcid, people_of, person_of
from fixative.deposit.sheet import read_deposit_sheet
from fixative.deposit.tables import exact_csv, exact_tsv, read_csv, safe_cell
from fixative.findings import RefusedSample

URN = "urn:uuid:d99d1436-5905-5e14-8fd6-2e1091200a5e"


def sheet(folder, *rows):
    path = folder / "deposit.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Ferreira, Rosa", Person("Ferreira, Rosa", "Ferreira", "Rosa")),
        ("Rosa Ferreira", Person("Rosa Ferreira")),
        (
            "Okafor, Ada (0000-0002-1825-0097) <ada@example.org>",
            Person("Okafor, Ada", "Okafor", "Ada", "0000-0002-1825-0097", "ada@example.org"),
        ),
        (
            "Okafor, Ada (https://orcid.org/0000-0002-1825-0097)",
            Person("Okafor, Ada", "Okafor", "Ada", "0000-0002-1825-0097"),
        ),
        ("Okafor, Ada (0000-0002-1825-0098)", Person("Okafor, Ada", "Okafor", "Ada")),
        ("", Person("")),
    ],
)
def test_of_a_name_nothing_is_guessed(text, person):
    assert person_of(text) == person


def test_authors_are_separated_by_semicolons():
    assert [person.initials for person in people_of("Smith, John William; Test, T;")] == ["JW", "T"]


def test_the_check_digit_of_an_orcid_may_be_x():
    assert is_orcid("0000-0002-1694-233X")


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc by 4.0", "CC-BY-4.0"),
        ("CC0", "CC0-1.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
    ],
)
def test_a_licence_is_known_by_its_names(text, spdx):
    assert licence_of(text).spdx == spdx


def test_a_licence_without_its_version_is_none():
    assert licence_of("CC-BY") is None


@pytest.mark.parametrize("cell", ["=1+1", "+cell", "-x", "@id", "\t=1", " =1", "＝1"])
def test_no_cell_for_a_person_is_a_formula(cell):
    assert safe_cell(cell).startswith("'")


@pytest.mark.parametrize("cell", [-1.5, 3, "a=b"])
def test_numbers_and_other_text_stay_as_they_are(cell):
    assert safe_cell(cell) == str(cell)


def test_a_table_for_machines_parses_back(tmp_path):
    rows = [["=1", 'a "b"', "c,d", "two\nlines", ""]]
    (tmp_path / "t.csv").write_bytes(exact_csv(rows))

    assert read_csv(tmp_path / "t.csv") == rows


def test_a_tab_within_a_cell_does_not_make_two():
    assert exact_tsv([["a\tb", "=c"]]) == b"a b\t=c\n"


def test_a_sheet_adds_what_objects_do_not_state(tmp_path):
    make_sealed(tmp_path, "A", extra={})
    make_sealed(tmp_path, "B", extra={"biological_entity": "yeast"})
    given = sheet(tmp_path, ["sample_id", "study_title", "biological_entity"], ["*", "T", ""], ["A", "", "HeLa"])

    dataset = read(tmp_path, read_deposit_sheet(given))

    assert dataset.value("study_title") == "T"
    assert [sample.columns["biological_entity"] for sample in dataset.samples] == ["HeLa", "yeast"]
    assert dataset.samples[0].added == {"study_title", "biological_entity"}


def test_what_an_object_states_stands(tmp_path):
    make_sealed(tmp_path, "A")
    given = sheet(tmp_path, ["license", "organism"], ["CC-BY-4.0", "Homo sapiens"])

    dataset = read(tmp_path, read_deposit_sheet(given))

    assert dataset.value("license") == "CC0-1.0"
    assert dataset.organisms == (Term("Mus musculus", "10090"),)


def test_what_a_policy_has_taken_out_in_part_is_not_used(tmp_path):
    make_sealed(tmp_path, "A", extra={**EVERYTHING, "study_contact": "Ferreira, Rosa <[removed]>"})

    dataset = read(tmp_path)

    assert dataset.value("study_contact") is None
    assert dataset.samples[0].taken_out == {"study_contact"}


def test_every_problem_of_a_sheet_is_told(tmp_path):
    header = ["sample_id", "study_titel", "study_release_date", "physical_size_x_um"]
    given = sheet(tmp_path, header, ["A", "x", "soon", "wide"], ["A", "", "2027-01-31", ""])

    with pytest.raises(RefusedSample) as refused:
        read_deposit_sheet(given)

    assert refused.value.code == "DEP013"
    told = refused.value.message
    assert "column 'study_titel': is 'study_title' meant?" in told
    assert "line 2: study_release_date: expected YYYY-MM-DD (got 'soon')" in told
    assert "line 2: physical_size_x_um: expected a number" in told
    assert "line 3: a second row" in told


def test_a_sample_sheet_will_do(tmp_path):
    header = ["sample_id", "source", "sidecars", "owner", "objective_magnification", "study_title"]
    given = sheet(tmp_path, header, ["A", "a.tif", "", "R", "63", "T"])

    assert read_deposit_sheet(given).of("set1", "A") == {"objective_magnification": "63", "study_title": "T"}


def test_a_data_set_that_is_not_there_is_refused(tmp_path):
    make_sealed(tmp_path, "A")

    with pytest.raises(RefusedSample, match="DEP001"):
        read_dataset(tmp_path / "archive", "set2")


def test_hidden_folders_are_no_data_sets(tmp_path):
    make_sealed(tmp_path, "A")
    (tmp_path / "archive/.fixative").mkdir()

    with pytest.raises(RefusedSample, match="DEP001"):
        read_dataset(tmp_path / "archive", ".fixative")


def test_an_object_whose_records_cannot_be_read_is_refused(tmp_path):
    record = make_sealed(tmp_path, "A") / "data/A.ome.tiff.provenance.json"
    record.chmod(0o644)
    record.write_text("{}")

    with pytest.raises(RefusedSample, match="DEP003"):
        read(tmp_path)


def test_taxon_and_term_may_stand_with_the_name(tmp_path):
    row = {"organism": "Homo sapiens (NCBITaxon:9606)", "modality": "confocal microscopy (FBbi:00000251)"}
    make_sealed(tmp_path, "A", extra={}, **row)

    dataset = read(tmp_path)

    assert dataset.organisms == (Term("Homo sapiens", "9606"),)
    assert dataset.modalities == (Term("confocal microscopy", "00000251"),)


@pytest.mark.parametrize(
    ("prefix", "scheme", "bare", "url"),
    [
        ("https://doi.org/10.1234/", "doi", "10.1234/", "https://doi.org/10.1234/"),
        ("10.1234", "doi", "10.1234/", "https://doi.org/10.1234/"),
        ("https://n2t.net/ark:/12345/", "ark", "ark:/12345/", "https://n2t.net/ark:/12345/"),
    ],
)
def test_identifiers_are_formed_behind_the_prefix(prefix, scheme, bare, url):
    suffix = URN.removeprefix("urn:uuid:")

    made = named(URN, prefix, scheme)

    assert (made.bare, made.url) == (bare + suffix, url + suffix)


def test_without_a_prefix_there_is_the_urn_alone():
    assert named(URN, None, "doi").url is None


def test_a_data_set_of_other_objects_is_another():
    assert dataset_urn("set1", ["urn:a", "urn:b"]) == dataset_urn("set1", ["urn:b", "urn:a"])
    assert dataset_urn("set1", ["urn:a"]) != dataset_urn("set1", ["urn:a", "urn:b"])


def test_every_column_says_what_it_states():
    assert [name for name, meaning in COLUMNS.items() if not meaning] == []


@pytest.mark.parametrize("column", COLUMNS)
def test_the_page_on_depositing_lists_every_column(repository, column):
    page = (repository / "docs/depositing.md").read_text(encoding="utf-8")

    assert f"| `{column}` | {COLUMNS[column]} |" in page
