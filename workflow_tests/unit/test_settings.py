"""The configuration: its example holds every default, and a bad one names every problem."""

import pytest
import yaml

from fixative.findings import BadBatch
from fixative.places import locate_sheet
from fixative.schemas import schemas
from fixative.settings import Settings, load_settings


def test_the_example_configuration_holds_every_key_with_its_default(repository):
    example = yaml.safe_load((repository / "config/config.yaml").read_text(encoding="utf-8"))

    assert set(example) == set(Settings.model_fields)
    assert load_settings(example) == Settings()


def test_a_bad_configuration_lists_every_problem(tmp_path):
    with pytest.raises(BadBatch) as refused:
        load_settings({"ome_tiff": {"tile_px": 100, "compression": "jpeg"}, "shets": "x.tsv"})

    message = str(refused.value)
    assert message.startswith("configuration: 3 problems")
    assert "ome_tiff.tile_px" in message
    assert "ome_tiff.compression" in message
    assert "shets" in message


def test_one_source_root_may_be_given_without_a_list():
    assert [str(root) for root in load_settings({"source_roots": "/data"}).source_roots] == ["/data"]


def test_a_sheet_that_is_nowhere_names_the_places_that_were_looked_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadBatch, match=str(tmp_path / "none.tsv")):
        locate_sheet(tmp_path / "none.tsv")


def test_a_sheet_is_found_in_the_folder_the_command_was_given_in(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "here/my.tsv").touch()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PWD", str(tmp_path / "here"))

    assert locate_sheet((tmp_path / "here/my.tsv").relative_to(tmp_path / "here")) == tmp_path / "here/my.tsv"


def test_the_schemas_for_editors_are_those_of_the_models(repository):
    for name, content in schemas().items():
        assert (repository / "config" / name).read_bytes() == content
