"""The catalogue as Parquet, read back by pandas."""

import pandas as pd
import pytest

from catalogued import seal
from fixative.catalogue import rebuild
from fixative.catalogue.__main__ import main


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Folder of the tables of an archive of two objects."""
    folder = tmp_path_factory.mktemp("export")
    seal(folder / "archive", "A", organism="Danio rerio")
    seal(folder / "archive", "B")
    rebuild(folder / "archive")
    assert main(["export", str(folder / "archive"), "--to", str(folder / "tables")]) == 0
    return folder / "tables"


def test_the_tables_join_as_they_do_in_the_catalogue(exported):
    objects = pd.read_parquet(exported / "objects.parquet").set_index("id")
    images = pd.read_parquet(exported / "images.parquet")
    channels = pd.read_parquet(exported / "channels.parquet")

    found = channels.merge(images, on=["object_id", "image"]).join(objects.name.rename("object"), on="object_id")

    assert sorted(found[found.excitation_nm == 488].object) == ["set1/A", "set1/B"]
    assert list(found.magnification.unique()) == [63.0]
    assert objects.organism.dropna().tolist() == ["Danio rerio"]
    assert objects.size_x.tolist() == [90, 90]


def test_every_file_is_listed(exported):
    files = pd.read_parquet(exported / "files.parquet")

    assert sorted(path.name for path in exported.iterdir()) == [
        f"{table}.parquet" for table in ("channels", "files", "images", "objects", "sources")
    ]
    assert files[files.path.str.endswith(".ome.tiff")].bytes.gt(0).all()


def test_without_a_catalogue_nothing_is_written(tmp_path, capsys):
    assert main(["export", str(tmp_path), "--to", str(tmp_path / "tables")]) == 2

    assert not (tmp_path / "tables").exists()
    assert "no catalogue" in capsys.readouterr().err
