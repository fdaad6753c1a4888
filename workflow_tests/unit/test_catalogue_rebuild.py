"""The catalogue made from the objects alone: whole or not at all, and what is gone is remembered."""

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from audits import Kept, states
from catalogued import seal
from fixative.catalogue import CATALOGUE, Catalogue, enter, rebuild
from fixative.catalogue.__main__ import main
from fixative.catalogue.search import ask, find
from fixative.findings import RefusedSample
from objects import unlock


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A", "B")
    return archive


def test_what_is_gone_is_flagged_and_can_still_be_found(tmp_path):
    root = tmp_path / "archive"
    seal(root, "A")
    folder = seal(root, "B", organism="Danio rerio")
    rebuild(root)
    shutil.rmtree(unlock(folder))

    rebuilt = rebuild(root)

    assert (rebuilt.objects, rebuilt.gone) == (1, ("set1/B",))
    (hit,) = find(root, "danio 63x").hits
    assert (hit.object, bool(hit.gone), hit.channels) == ("set1/B", True, "mEGFP-tubulin,AlexaFluor647")


def test_one_that_came_back_is_no_longer_flagged(kept):
    rebuild(kept.root)
    aside = kept.folder / "aside"
    kept.object("B").rename(aside)
    rebuild(kept.root)
    aside.rename(kept.object("B"))

    assert rebuild(kept.root).gone == ()

    assert ask(kept.root, "SELECT count(*) FROM objects WHERE gone IS NULL").rows == ((2,),)


def test_without_a_catalogue_the_fixity_logs_remember_what_is_gone(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))
    (kept.root / CATALOGUE).unlink()

    assert rebuild(kept.root).gone == ("set1/B",)


def test_what_fixity_logs_said_stands_beside_the_objects(kept):
    kept.audit(0)
    (kept.root / CATALOGUE).unlink()

    rebuild(kept.root)

    assert ask(kept.root, "SELECT DISTINCT fixity, substr(checked, 1, 10), good_copies FROM objects").rows == (
        ("good", "2026-11-21", 1),
    )


def test_another_object_in_the_place_of_one_does_not_become_the_right_one(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))
    shutil.copytree(kept.object("A"), kept.object("B"))

    rebuilt = rebuild(kept.root)

    assert rebuilt.changed == ("set1/B",)
    assert states(kept.audit(2))["set1/B", "archive"] == "other"


def test_a_rebuild_that_fails_leaves_the_old_one(kept):
    rebuild(kept.root)
    before = (kept.root / CATALOGUE).read_bytes()

    with pytest.raises(KeyboardInterrupt):
        rebuild(kept.root, told=_interrupt)

    assert (kept.root / CATALOGUE).read_bytes() == before
    assert rebuild(kept.root).objects == 2
    assert list((kept.root / ".fixative").iterdir()) == []


def _interrupt(done, total):
    raise KeyboardInterrupt


def test_what_is_entered_meanwhile_is_kept(kept):
    def told(done, total):
        kept.seal("C")
        enter(kept.root, kept.object("C"))

    rebuild(kept.root, told=told)

    with Catalogue(kept.root) as catalogue:
        assert set(catalogue.entries()) == {"set1/A", "set1/B", "set1/C"}
        assert catalogue.undescribed() == []


def test_of_what_is_gone_a_damaged_catalogue_keeps_what_can_be_read(kept):
    rebuild(kept.root)
    shutil.rmtree(unlock(kept.object("B")))
    with closing(sqlite3.connect(kept.root / CATALOGUE)) as base, base:
        base.execute("UPDATE texts SET words = x'00'")

    assert rebuild(kept.root).gone == ("set1/B",)

    with Catalogue(kept.root) as catalogue:
        assert catalogue.entry("set1/B").manifest_sha256


def test_two_rebuilds_at_once_are_one_too_many(kept):
    folder = kept.root / ".fixative/catalogue.part"
    folder.mkdir(parents=True)
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)

    with pytest.raises(RefusedSample, match="CAT001"):
        rebuild(kept.root)

    os.close(handle)


def test_the_command_says_how_many_there_are_and_which_are_gone(kept, capsys):
    rebuild(kept.root)
    shutil.rmtree(unlock(kept.object("B")))

    assert main(["rebuild", str(kept.root)]) == 0

    assert capsys.readouterr().out.splitlines() == ["1 objects", "1 gone, and remembered: set1/B"]
