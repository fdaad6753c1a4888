"""A package for each repository is made of sealed objects and passes its validator; what is wrong refuses it."""

import csv
import json
from dataclasses import replace

import pytest
import yaml

from deposits import EVERYTHING, deposit, make_sealed, read
from fixative.deposit.package import RefusedPackage
from fixative.deposit.repositories import Context, kind_of, limits_table
from fixative.deposit.tables import read_csv, read_tsv
from fixative.deposit.to_gide import profile_problems

SCHEMA = "empiar/empiar_deposition.schema.json"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A data set of two samples that states everything."""
    folder = tmp_path_factory.mktemp("archive")
    make_sealed(folder, "A")
    make_sealed(folder, "B")
    return folder


def made(archive, folder, repository, **given):
    (folder / "archive").symlink_to(archive / "archive")
    return deposit(folder, repository, **given)


def texts(repository, package, context=None):
    return [problem.text for problem in kind_of(repository).problems(package.folder, context or Context())]


@pytest.fixture(scope="module")
def packages(archive, tmp_path_factory):
    """A package for each repository."""
    folders = {name: tmp_path_factory.mktemp(name) for name in limits_table()}
    return {name: made(archive, folder, name) for name, folder in folders.items()}


@pytest.mark.parametrize("repository", limits_table())
def test_a_package_of_a_data_set_that_states_everything_is_valid(packages, repository):
    package = packages[repository]

    assert package.verdict == "valid"
    assert [missing.field for missing in package.missing if missing.level == "required"] == []
    assert texts(repository, package) == []


@pytest.mark.parametrize("repository", limits_table())
def test_what_is_linked_is_what_was_sealed(packages, archive, repository):
    folder = packages[repository].folder

    linked = json.loads((folder / "deposit.json").read_bytes())["linked"]
    here = [(folder / entry["path"]).stat().st_ino for entry in linked]
    assert here == [(archive / "archive" / entry["object"] / entry["file"]).stat().st_ino for entry in linked]


@pytest.mark.parametrize("repository", limits_table())
def test_no_page_of_a_package_tells_of_this_machine(packages, archive, repository):
    folder = packages[repository].folder

    record = json.loads((folder / "deposit.json").read_bytes())
    pages = [(folder / entry["path"]).read_bytes() for entry in record["made"]]
    assert [page for page in pages if str(archive).encode() in page or str(folder.parent).encode() in page] == []


def test_a_file_that_the_list_names_and_that_is_not_there_is_found(archive, tmp_path):
    package = made(archive, tmp_path, "bioimage_archive")
    (package.folder / "upload/A/A.ome.tiff").unlink()

    assert texts("bioimage_archive", package) == ["listed and not there: A/A.ome.tiff"]


def test_a_file_that_no_list_names_is_found(archive, tmp_path):
    package = made(archive, tmp_path, "bioimage_archive")
    (package.folder / "upload/A/notes.txt").write_text("more")

    assert texts("bioimage_archive", package) == ["there and not listed: A/notes.txt"]


@pytest.mark.parametrize("repository", ["idr", "zenodo", "dryad", "ssbd", "omero", "cil", "empiar"])
def test_a_lost_image_is_found_in_every_package_of_files(archive, tmp_path, repository):
    package = made(archive, tmp_path, repository)
    next((package.folder / "upload").rglob("A.ome.tiff")).unlink()

    assert texts(repository, package)


def test_the_file_list_has_the_form_that_the_bioimage_archive_takes(archive, tmp_path):
    package = made(archive, tmp_path, "bioimage_archive")

    rows = read_tsv(package.folder / "upload/file_list.tsv")
    assert rows[0] == ["Files", "Sample", "File type", "Description", "SHA-256", "Dimensions", *rows[0][6:]]
    assert rows[1][0] == "A/A.ome.tiff"
    assert "Organism" in rows[0]  # it differs: records have none


def test_study_components_have_a_file_list_each(tmp_path):
    make_sealed(tmp_path, "A")
    make_sealed(tmp_path, "B", extra={**EVERYTHING, "study_component": "controls"})

    package = deposit(tmp_path, "bioimage_archive")

    lists = sorted(path.name for path in (package.folder / "upload").glob("*.tsv"))
    first = {row[0].partition("/")[0] for row in read_tsv(package.folder / "upload/file_list_1.tsv")[1:]}
    assert lists == ["file_list_1.tsv", "file_list_2.tsv"]
    assert first == {"A"}


def test_the_deposition_is_valid_by_the_schema_of_empiar(archive, tmp_path, suites):
    package = made(archive, tmp_path, "empiar", empiar_schema=suites / SCHEMA)

    deposition = json.loads((package.folder / "submission/deposition.json").read_bytes())
    assert package.verdict == "valid"
    assert deposition["imagesets"][0]["voxel_type"] == "('T3', '')"
    assert deposition["imagesets"][0]["frames_per_image"] == 4


def test_the_schema_of_empiar_finds_a_wrong_deposition(archive, tmp_path, suites):
    package = made(archive, tmp_path, "empiar")
    path = package.folder / "submission/deposition.json"
    deposition = json.loads(path.read_bytes())
    path.write_text(json.dumps({**deposition, "release_date": "soon"}))

    found = texts("empiar", package, Context(empiar_schema=suites / SCHEMA))

    assert len(found) == 1
    assert "release_date: 'soon' is not one of" in found[0]


def test_omero_s_files_parse_back_and_agree(archive, tmp_path):
    package = made(archive, tmp_path, "omero")

    upload = package.folder / "upload"
    bulk = yaml.safe_load((upload / "bulk.yml").read_bytes())
    rows = read_tsv(upload / bulk["path"])
    header, names, *table = read_csv(upload / "populate.csv")
    assert [dict(zip(bulk["columns"], row, strict=True))["path"] for row in rows] == ["A.ome.tiff", "B.ome.tiff"]
    assert header[0] == "# header s"
    assert set(header[1:]) <= {"s", "d"}
    assert [name for name in names if " " in name] == ["Image Name", "Dataset Name"]
    assert [row[0] for row in table] == ["A", "B"]


def test_datacite_finds_a_record_without_creators(archive, tmp_path):
    package = made(archive, tmp_path, "datacite")
    path = package.folder / "submission/datacite.json"
    record = json.loads(path.read_bytes())
    path.write_text(json.dumps({name: value for name, value in record.items() if name != "creators"}))

    assert texts("datacite", package) == ["datacite.json: record: 'creators' is a required property"]


def test_zenodo_knows_no_folders(archive, tmp_path):
    package = made(archive, tmp_path, "zenodo")

    names = sorted(path.name for path in (package.folder / "upload").iterdir())
    assert "A.ome.tiff.provenance.json" in names
    assert [path for path in (package.folder / "upload").iterdir() if path.is_dir()] == []


def test_the_profile_of_gide_finds_what_its_musts_ask_for():
    crate = {"@graph": [{"@id": "ro-crate-metadata.json", "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"}}]}

    found = list(profile_problems(crate))

    assert found[0] == "root: expected a Dataset whose @id is an absolute address"
    assert "root: measurementMethod: required" in found


def test_formulas_are_text_for_people_and_stay_exact_for_machines(tmp_path):
    make_sealed(tmp_path, "A", extra={**EVERYTHING, "study_title": "=HYPERLINK(1)", "biological_entity": "+cell"})
    people = deposit(tmp_path, "bioimage_archive").folder
    form = read_tsv(people / "submission/rembi/study.tsv")
    listed = [row for row in read_tsv(people / "upload/file_list.tsv") if row[0] == "A/A.ome.tiff"]

    assert form[1] == ["Title", "'=HYPERLINK(1)"]
    assert "+cell" in listed[0]


def test_a_table_for_people_escapes_formulas_as_well(tmp_path):
    make_sealed(tmp_path, "A", extra={**EVERYTHING, "biological_entity": "=1+1"})

    package = deposit(tmp_path, "dryad")

    with (package.folder / "upload/files.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["biological_entity"] for row in rows} == {"'=1+1"}


def test_what_is_required_and_missing_refuses_and_is_listed_with_its_column(tmp_path):
    make_sealed(tmp_path, "A", extra={}, license="CC-BY-4.0")

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "zenodo")

    assert [finding.code for finding in refused.value.findings] == ["DEP009"]
    assert [(missing.field, missing.column) for missing in refused.value.missing if missing.level == "required"] == [
        ("title", "study_title"),
        ("description", "study_description"),
        ("authors", "study_authors"),
    ]
    assert not (tmp_path / "package").exists()


@pytest.mark.parametrize("repository", limits_table())
def test_an_incomplete_package_is_made_on_request_and_says_so(tmp_path, repository):
    make_sealed(tmp_path, "A", extra={}, license="CC0-1.0")

    package = deposit(tmp_path, repository, allow_incomplete=True, publisher=None)

    required = [missing for missing in package.missing if missing.level == "required"]
    rows = read_tsv(package.folder / "missing.tsv")
    assert [row[0] for row in rows[1:]] == [missing.field for missing in package.missing]
    assert bool(package.problems) <= bool(required)


def test_nothing_is_invented_for_what_is_missing(tmp_path):
    make_sealed(tmp_path, "A", extra={}, license="CC0-1.0")

    package = deposit(tmp_path, "idr", allow_incomplete=True)

    rows = dict(row[:2] for row in read_tsv(package.folder / "submission/idr0000-study.txt") if len(row) > 1)
    assert rows["Study Title"] == "# fill in"
    assert rows["Study Person Last Name"] == "# fill in"


@pytest.mark.parametrize(
    ("limit", "code"), [("max_bytes", "DEP004"), ("max_files", "DEP005"), ("max_file_bytes", "DEP006")]
)
def test_what_is_too_large_is_refused_before_anything_is_written(archive, tmp_path, limit, code):
    small = replace(limits_table()["zenodo"], **{limit: 5})

    with pytest.raises(RefusedPackage) as refused:
        made(archive, tmp_path, "zenodo", limits=small)

    assert {finding.code for finding in refused.value.findings} == {code}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


def test_objects_whose_policy_keeps_everything_do_not_become_public(tmp_path):
    make_sealed(tmp_path, "A", policy="keep_all")

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "bioimage_archive")

    assert [finding.code for finding in refused.value.findings] == ["DEP007"]


def test_they_may_go_to_a_server_of_one_s_own(tmp_path):
    make_sealed(tmp_path, "A", policy="keep_all")

    assert deposit(tmp_path, "omero").verdict == "valid"


def test_pixels_that_may_name_people_wait_for_somebody_to_look(tmp_path):
    make_sealed(tmp_path, "A", burnt_in="likely")

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "bioimage_archive")

    assert [finding.code for finding in refused.value.findings] == ["DEP008"]
    assert deposit(tmp_path, "bioimage_archive", pixels_seen=("set1/A",)).verdict == "valid"


def test_a_licence_that_the_repository_does_not_take_is_refused(tmp_path):
    make_sealed(tmp_path, "A", license="CC-BY-4.0")

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "dryad")

    assert str(refused.value.findings[0]) == "[DEP012] licence: expected CC0-1.0, found CC-BY-4.0"


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    make_sealed(tmp_path, "A", policy="keep_all", burnt_in="stated", license="CC-BY-4.0", extra={})
    small = replace(limits_table()["dryad"], max_bytes=1, max_files=1)

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "dryad", limits=small)

    codes = [finding.code for finding in refused.value.findings]
    assert codes == ["DEP004", "DEP005", "DEP012", "DEP007", "DEP008", "DEP009"]


def test_samples_that_differ_in_upper_and_lower_case_only_are_refused(tmp_path):
    make_sealed(tmp_path, "A")
    make_sealed(tmp_path, "a")

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "idr")

    assert [finding.code for finding in refused.value.findings] == ["DEP011"]


def test_a_package_that_does_not_pass_its_own_check_is_not_left(tmp_path):
    make_sealed(tmp_path, "A", extra={**EVERYTHING, "study_publication": "not a DOI at all", "empiar_category": "?"})
    schema = tmp_path / "schema.json"
    schema.write_text('{"properties": {"title": {"const": "another"}}}')

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "empiar", empiar_schema=schema)

    assert [finding.code for finding in refused.value.findings] == ["DEP015"]
    assert not (tmp_path / "package").exists()
    assert not (tmp_path / ".package.partial").exists()


def test_what_samples_state_differently_is_not_chosen_from(tmp_path):
    make_sealed(tmp_path, "A")
    make_sealed(tmp_path, "B", extra={**EVERYTHING, "study_title": "Another title"})

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "bioimage_archive")

    assert "samples state 2 different values" in refused.value.missing[0].why
    assert read(tmp_path).disagreements() == ("study_title",)
