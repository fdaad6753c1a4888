"""The catalogue: made from the objects, and remembers those that are gone."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from audits import Kept, codes, states
from fixative.audit.fixity_log import read_events
from fixative.catalogue import CATALOGUE, Catalogue, describe, rebuild
from fixative.catalogue.__main__ import main
from fixative.sealed import sealed_objects, sealed_sets
from objects import flip_bit, unlock


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A", "B")
    return archive


def entries(root):
    with Catalogue(root) as catalogue:
        return catalogue.entries()


def test_an_entry_says_what_the_object_says_and_nothing_private(kept):
    entry = describe(kept.object())

    provenance = json.loads((kept.object() / "data/A.ome.tiff.provenance.json").read_bytes())
    assert entry.name == "set1/A"
    assert entry.identifier == provenance["identifier"]
    assert entry.fileset_sha256 == "ab" * 32
    assert entry.sealed == "2026-11-21T03:00:00Z"
    assert entry.bytes == sum(path.stat().st_size for path in kept.object().rglob("*") if path.is_file())


def test_a_manifest_with_a_flipped_bit_is_not_recorded(kept):
    flip_bit(kept.opened("manifest-sha256.txt"))

    assert describe(kept.object()).manifest_sha256 is None


def test_an_audit_adds_what_the_catalogue_does_not_know_and_says_so(kept):
    assert kept.audit(1).added == ["set1/A", "set1/B"]
    assert kept.audit(2).added == []


def test_an_object_that_is_gone_is_missed(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))

    result = kept.audit(2)

    assert states(result)["set1/B", "archive"] == "missing"
    assert codes(result) == {"AUD001"}
    assert not result.sound


def test_an_object_that_stays_away_is_logged_once(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))
    kept.audit(2)
    kept.audit(3)

    assert len(read_events(kept.log("B"))[0]) == 2


def test_an_object_that_is_gone_is_missed_without_a_catalogue_too(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))
    (kept.root / CATALOGUE).unlink()

    assert states(kept.audit(2))["set1/B", "archive"] == "missing"


def test_an_object_that_a_receipt_tells_of_is_missed(kept):
    assert states(kept.audit(1, expected=["set1/Z"]))["set1/Z", "archive"] == "missing"


def test_an_object_that_was_withdrawn_is_not_missed(kept, capsys):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))

    assert main(["withdraw", str(kept.root), "set1/B", "--reason", "consent withdrawn"]) == 0

    assert states(kept.audit(2)) == {("set1/A", "archive"): "good"}
    assert read_events(kept.log("B"))[0][-1]["eventType"]["value"] == "deaccession"


def test_an_object_that_is_there_cannot_be_withdrawn(kept, capsys):
    kept.audit(1)

    assert main(["withdraw", str(kept.root), "set1/A", "--reason", "x"]) == 1
    assert main(["withdraw", str(kept.root), "set1/unknown", "--reason", "x"]) == 1


def test_an_object_that_took_the_place_of_one_withdrawn_is_audited_as_its_own(kept, capsys):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))
    shutil.copytree(kept.object("A"), kept.object("B"))
    before = states(kept.audit(2))["set1/B", "archive"]

    assert main(["withdraw", str(kept.root), "set1/B", "--reason", "wrong sample"]) == 0

    assert (before, states(kept.audit(3))["set1/B", "archive"]) == ("other", "good")


def test_a_lost_catalogue_does_not_make_another_object_the_right_one(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object("B")))
    shutil.copytree(kept.object("A"), kept.object("B"))
    (kept.root / CATALOGUE).unlink()

    assert states(kept.audit(2))["set1/B", "archive"] == "other"


def test_it_is_made_from_the_objects_alone(kept):
    kept.audit(1)
    before = entries(kept.root)
    (kept.root / CATALOGUE).unlink()

    assert rebuild(kept.root).objects == 2

    assert entries(kept.root) == before


def test_a_damaged_catalogue_is_set_aside_and_made_anew(kept):
    kept.audit(1)
    (kept.root / CATALOGUE).write_bytes(b"no database" * 1000)

    result = kept.audit(2)

    assert result.objects == 2
    assert result.notes == ["the catalogue was damaged: it was set aside and made anew from objects and logs"]
    assert len(list((kept.root / ".fixative").glob("catalogue.sqlite.damaged-*"))) == 1


def test_it_can_be_listed(kept, capsys):
    kept.audit(1)
    capsys.readouterr()

    main(["list", str(kept.root)])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("name\tidentifier")
    assert [line.split("\t")[0] for line in lines[1:]] == ["set1/A", "set1/B"]


def test_what_is_about_objects_is_none(kept):
    (kept.root / ".fixative/damaged").mkdir(parents=True)
    shutil.copytree(kept.object(), kept.root / ".fixative/A")
    shutil.copytree(kept.object(), kept.root / "set1/.A.partial")
    shutil.copytree(kept.object(), kept.root / ".fixative-staging/A")

    assert [path.name for path in sealed_objects(kept.root)] == ["A", "B"]
    shutil.rmtree(unlock(kept.object("A")))
    shutil.rmtree(unlock(kept.object("B")))
    assert sealed_sets(kept.root) == {}


def test_several_processes_may_enter_objects_at_once(kept, repository):
    program = (
        "import sys; from pathlib import Path; from fixative.catalogue import enter;"
        "[enter(Path(sys.argv[1]), Path(sys.argv[2])) for _ in range(10)]"
    )
    environment = {**os.environ, "PYTHONPATH": str(repository / "scripts")}

    started = [
        subprocess.Popen([sys.executable, "-c", program, kept.root, kept.object(sample)], env=environment)
        for sample in ("A", "B", "A", "B")
    ]
    statuses = [process.wait() for process in started]

    assert statuses == [0, 0, 0, 0]
    assert set(entries(kept.root)) == {"set1/A", "set1/B"}
