"""The catalogue's file: earlier forms are taken over, damage is set aside, nothing it remembers is lost."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from catalogued import seal
from fixative.catalogue import CATALOGUE, Catalogue, Entry, describe, describe_whole, rebuild, update_catalogue
from fixative.catalogue.schema import VERSION
from fixative.catalogue.search import ask, find
from fixative.findings import RefusedSample

FORMER_TABLES = """
CREATE TABLE objects (
    name TEXT PRIMARY KEY, identifier TEXT, fileset_sha256 TEXT, policy_sha256 TEXT, manifest_sha256 TEXT,
    bytes INTEGER NOT NULL, sealed TEXT
) WITHOUT ROWID;
CREATE TABLE logs (name TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, state TEXT) WITHOUT ROWID;
INSERT INTO objects VALUES ('set1/gone', 'urn:x', 'ab', 'cd', 'ef', 7, '2025-01-01T00:00:00Z');
INSERT INTO logs VALUES ('set1/gone', 1, 2, '{}');
"""
GONE = Entry("set1/gone", "urn:x", "ab", "cd", "ef", 7, "2025-01-01T00:00:00Z")


def write_former(path, version=0):
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as base:
        base.executescript(f"{FORMER_TABLES} PRAGMA user_version = {version};")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """One sealed object, not to be changed."""
    return seal(tmp_path_factory.mktemp("sealed") / "archive")


@pytest.fixture
def root(sealed, tmp_path):
    """An archive of that object."""
    (tmp_path / "set1").mkdir()
    (tmp_path / "set1/A").symlink_to(sealed)
    return tmp_path


def values(root, sql):
    return ask(root, sql).rows


def test_a_catalogue_of_the_first_form_is_taken_over_with_what_it_remembers(root):
    write_former(root / ".fixative/catalogue.sqlite")

    with Catalogue(root) as catalogue:
        entries, logs = catalogue.entries(), catalogue.logs()

    assert entries == {"set1/gone": GONE}
    assert logs == {"set1/gone": (1, 2, "{}")}
    assert not (root / ".fixative/catalogue.sqlite").exists()


def test_what_is_taken_over_is_described_by_the_next_update_and_what_is_gone_is_flagged(root):
    write_former(root / ".fixative/catalogue.sqlite")
    with Catalogue(root) as catalogue:
        catalogue.add([describe(root / "set1/A")])

    update = update_catalogue(root, ())

    assert update.entered == 1
    assert values(root, "SELECT name, gone IS NULL, described IS NULL FROM objects ORDER BY name") == (
        ("set1/A", 1, 0),
        ("set1/gone", 0, 1),
    )


def test_a_catalogue_of_an_earlier_version_is_taken_over_and_made_of_this_one(root):
    write_former(root / CATALOGUE, version=1)

    with Catalogue(root) as catalogue:
        entries = catalogue.entries()

    assert entries == {"set1/gone": GONE}
    assert values(root, "PRAGMA user_version") == ((VERSION,),)
    assert not list((root / ".fixative").iterdir())


def test_one_that_was_killed_while_it_took_over_loses_nothing(root):
    write_former(root / ".fixative/catalogue.sqlite.former", version=1)

    with Catalogue(root) as catalogue:
        assert set(catalogue.entries()) == {"set1/gone"}


def test_a_damaged_former_catalogue_is_set_aside(root):
    (root / ".fixative").mkdir()
    (root / ".fixative/catalogue.sqlite").write_bytes(b"no database" * 1000)

    with Catalogue(root) as catalogue:
        assert catalogue.remade

    assert [path.name.split("-")[0] for path in (root / ".fixative").iterdir()] == ["catalogue.sqlite.damaged"]


def test_a_catalogue_of_a_later_version_is_not_touched(root):
    write_former(root / CATALOGUE, version=VERSION + 1)
    before = (root / CATALOGUE).read_bytes()

    with pytest.raises(RefusedSample, match=r"AUD008.*later version"):
        Catalogue(root)

    assert (root / CATALOGUE).read_bytes() == before


def test_a_catalogue_that_cannot_be_made_is_a_finding(tmp_path):
    (tmp_path / CATALOGUE).mkdir()

    with pytest.raises(RefusedSample, match="AUD008"):
        Catalogue(tmp_path)


def test_who_shares_the_archive_may_write_the_catalogue(root, monkeypatch):
    monkeypatch.setattr("fixative.catalogue.schema.umask", lambda: 0o007)

    with Catalogue(root):
        assert (root / CATALOGUE).stat().st_mode & 0o777 == 0o660


def test_what_is_told_again_replaces_what_was_said(root):
    said = describe_whole(root / "set1/A")
    with Catalogue(root) as catalogue:
        catalogue.tell([said])
        catalogue.tell([replace(said, images=(), words=replace(said.words, facts="nothing", text=""))])

    assert values(root, "SELECT count(*) FROM images") == ((0,),)
    assert find(root, "tubulin").hits == ()
    assert [hit.object for hit in find(root, "nothing").hits] == ["set1/A"]


def test_what_is_forgotten_leaves_nothing_behind(root):
    with Catalogue(root) as catalogue:
        catalogue.tell([describe_whole(root / "set1/A")])
        catalogue.remove("set1/A")

    tables = ("objects", "images", "channels", "files", "sources", "texts")
    assert [values(root, f"SELECT count(*) FROM {table}") for table in tables] == [((0,),)] * 6
    assert find(root, "tubulin").hits == ()


def test_an_entry_with_another_manifest_is_described_anew(root):
    with Catalogue(root) as catalogue:
        catalogue.tell([describe_whole(root / "set1/A")])
        catalogue.add([replace(describe(root / "set1/A"), manifest_sha256="ff" * 32)])
        assert catalogue.undescribed() == ["set1/A"]


def test_a_change_that_fails_changes_nothing(root):
    with Catalogue(root) as catalogue:
        with pytest.raises(AttributeError):
            catalogue.tell([describe_whole(root / "set1/A"), None])
        assert catalogue.entries() == {}


def test_files_of_object_and_source_are_listed_with_their_digests(root):
    rebuild(root)

    files = dict(values(root, "SELECT path, bytes FROM files"))
    assert files["data/A.ome.tiff"] == (root / "set1/A/data/A.ome.tiff").stat().st_size
    assert values(root, "SELECT name, role FROM sources") == (("public.tif", "main"),)
    assert values(root, "PRAGMA foreign_key_check") == ()


def test_a_writer_that_waited_while_the_catalogue_was_made_anew_writes_into_the_new_one(root):
    with Catalogue(root) as waiting:
        rebuild(root)
        waiting.add([GONE])

    with Catalogue(root) as catalogue:
        assert set(catalogue.entries()) == {"set1/A", "set1/gone"}


def test_a_process_killed_within_a_change_leaves_the_catalogue_as_it_was(root, repository):
    rebuild(root)
    program = (
        "import os, sys; from pathlib import Path; from fixative.catalogue import Catalogue;"
        "change = Catalogue(Path(sys.argv[1])).changing(); base = change.__enter__();"
        "base.execute('PRAGMA cache_size = 1'); base.execute('DELETE FROM texts');"
        "base.execute('DELETE FROM files'); os._exit(9)"
    )

    subprocess.run(
        [sys.executable, "-c", program, root], env={"PYTHONPATH": str(repository / "scripts")}, check=False
    )

    with Catalogue(root) as catalogue:
        assert set(catalogue.entries()) == {"set1/A"}
    assert [hit.object for hit in find(root, "tubulin").hits] == ["set1/A"]
