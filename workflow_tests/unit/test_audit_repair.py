"""Replicas: which copies are good, and what `repair` makes of those that are not."""

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from audits import Kept, codes, notes, states, swap
from fixative.audit.fixity_log import read_events
from fixative.audit.ndsa import levels_of
from fixative.audit.options import replica_problems
from fixative.audit.repair import run_repair
from fixative.findings import RefusedSample
from fixative.settings import load_settings
from objects import as_nobody, flip_bit, make_object, unlock


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A", "B")
    archive.replicate()
    return archive


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def damage(folder, path="data/A.ome.tiff"):
    """Flip a bit and leave the modes as they were."""
    place = folder / path
    place.chmod(0o644)
    flip_bit(place)
    place.chmod(0o444)


def findings(result):
    return {finding.code for finding in result.findings}


def test_an_audit_tells_of_every_copy(kept):
    damage(kept.copy("A"))
    shutil.rmtree(unlock(kept.copy("B")))

    result = kept.audit()

    assert states(result) == {
        ("set1/A", "archive"): "good",
        ("set1/A", kept.replica_name): "damaged",
        ("set1/B", "archive"): "good",
        ("set1/B", kept.replica_name): "missing",
    }
    assert not result.sound


def test_an_object_that_only_a_replica_holds_is_missed_in_the_archive(kept):
    shutil.rmtree(unlock(kept.object("B")))

    assert states(kept.audit())["set1/B", "archive"] == "missing"


def test_a_damaged_object_is_restored_from_the_replica_and_kept_aside(kept):
    damage(kept.object())
    kept.audit(1)
    damaged = content(kept.object())

    result = kept.repair(2)

    aside = kept.root / ".fixative/damaged/set1/A.2026-11-23T030000Z"
    assert result.findings == []
    assert content(kept.object()) == content(kept.copy())
    assert content(aside) == damaged
    assert result.repaired == [
        f"set1/A (archive): restored from {kept.replica_name}; what was damaged is kept in "
        ".fixative/damaged/set1/A.2026-11-23T030000Z"
    ]
    assert kept.audit(3).sound


def test_a_restored_object_is_read_only(kept):
    shutil.rmtree(unlock(kept.object()))

    kept.repair()

    modes = {stat.S_IMODE(path.stat().st_mode) for path in [kept.object(), *kept.object().rglob("*")]}
    assert modes == {0o444, 0o555}


def test_a_repair_is_an_event_and_so_is_the_check_after_it(kept):
    damage(kept.object())
    kept.audit(1)

    kept.repair(2)

    told = [event["eventType"]["value"] for event in read_events(kept.log())[0]]
    assert told == ["fixity check"] * 4 + ["replication", "fixity check"]


def test_a_damaged_replica_is_restored_from_the_archive(kept):
    damage(kept.copy())
    kept.audit(1)

    kept.repair(2)

    assert content(kept.copy()) == content(kept.object())
    assert (kept.replica / ".fixative/damaged/set1").is_dir()


def test_an_audit_alone_repairs_nothing(kept):
    damage(kept.object())
    before = content(kept.object())

    kept.audit(1)
    kept.audit(2)

    assert content(kept.object()) == before


def test_nothing_is_read_where_nothing_is_known_to_be_wrong(kept):
    kept.audit(1)

    assert kept.repair(2).looked_at == 0


def test_a_copy_that_was_damaged_since_its_last_check_is_no_source(kept):
    kept.audit(1)
    shutil.rmtree(unlock(kept.object()))
    damage(kept.copy())

    result = kept.repair(2)

    assert findings(result) == {"AUD007"}
    assert not kept.object().exists()
    assert kept.copy().exists()


def test_copies_that_are_all_damaged_stay_where_they_are(kept):
    damage(kept.object())
    damage(kept.copy())
    kept.audit(1)

    result = kept.repair(2)

    assert [str(finding).split(":")[0] for finding in result.findings] == ["[AUD007] not repaired"] * 2
    assert kept.object().exists()
    assert not (kept.root / ".fixative/damaged").exists()


def test_two_whole_copies_that_differ_are_told_of_and_not_repaired(kept, tmp_path):
    shutil.rmtree(unlock(kept.copy()))
    other = make_object(tmp_path / "other", "A", owner="somebody else")
    shutil.copytree(other.folder, kept.copy())

    audited = kept.audit(1)
    repaired = kept.repair(2)

    assert "AUD005" in codes(audited)
    assert findings(repaired) == {"AUD005"}
    assert content(kept.copy()) == content(other.folder)


def test_a_mode_that_changed_is_put_back_where_every_byte_is_right(kept):
    unlock(kept.object())
    kept.audit(1)

    result = kept.repair(2)

    assert result.repaired == ["set1/A (archive): locked again"]
    assert kept.audit(3).sound


def test_what_a_killed_repair_left_is_built_again(kept):
    shutil.rmtree(unlock(kept.object()))
    partial = kept.object().with_name(".A.restored")
    shutil.copytree(kept.copy(), partial)
    damage(partial)

    kept.repair()

    assert content(kept.object()) == content(kept.copy())
    assert not partial.exists()


def test_a_repair_killed_between_setting_aside_and_renaming_is_completed_by_the_next(kept):
    damage(kept.object())
    kept.audit(1)
    aside = kept.root / ".fixative/damaged/set1/A.2026-11-23T030000Z"
    aside.parent.mkdir(parents=True)
    kept.object().rename(aside)

    kept.repair(2)

    assert content(kept.object()) == content(kept.copy())
    assert aside.exists()


def test_a_replica_that_is_not_mounted_is_told_of_once_and_never_written_to(kept):
    shutil.rmtree(unlock(kept.replica))
    kept.replica.mkdir()

    audited = kept.audit(1)
    repaired = kept.repair(2)

    assert [finding.code for finding in audited.findings] == ["AUD006"]
    assert findings(repaired) == {"AUD006"}
    assert list(kept.replica.iterdir()) == []


def test_an_archive_that_is_not_mounted_is_not_filled_from_replicas(kept):
    shutil.rmtree(unlock(kept.root))
    kept.root.mkdir()

    with pytest.raises(RefusedSample, match="AUD006"):
        kept.repair()

    assert list(kept.root.iterdir()) == []


def test_a_new_replica_is_filled_when_it_is_marked(kept):
    shutil.rmtree(unlock(kept.replica))
    (kept.replica / ".fixative").mkdir(parents=True)

    result = kept.repair()

    assert len(result.repaired) == 2
    assert kept.audit(3).sound


def test_objects_that_took_each_others_place_are_not_repaired(kept):
    kept.audit(1)
    swap(kept.object("A"), kept.object("B"))
    kept.audit(2)

    assert findings(kept.repair(3)) == {"AUD005"}


def test_only_what_is_named_is_repaired(kept):
    damage(kept.object("A"))
    shutil.rmtree(unlock(kept.object("B")))
    kept.audit(1)

    result = kept.repair(2, objects=("set1/B",))

    assert len(result.repaired) == 1
    assert states(kept.audit(3))["set1/A", "archive"] == "damaged"


def test_a_file_that_cannot_be_read_is_told_of_with_its_reason(kept):
    place = kept.object() / "data/premis.xml"
    unlock(kept.object())
    place.unlink()
    place.mkdir()
    kept.shut()

    assert "data/premis.xml" in notes(kept.audit())


def test_a_replica_inside_the_archive_is_no_replica(tmp_path):
    settings = load_settings({"archive_root": str(tmp_path), "replicas": [str(tmp_path / "in"), {"root": "/mnt/b"}]})

    assert len(replica_problems(settings)) == 1


def test_levels_say_what_is_missing_for_the_next(kept):
    result = kept.audit()

    storage, integrity = levels_of(result, kept.options(), repaired=True)

    assert (storage.level, integrity.level) == (0, 4)
    assert "locations" in storage.missing
    assert "virus" in integrity.unseen


def test_without_a_replica_the_levels_are_low(tmp_path):
    alone = Kept(tmp_path)
    alone.seal("A")

    storage, integrity = levels_of(alone.audit(), alone.options(), repaired=False)

    assert (storage.level, integrity.level) == (0, 1)
    assert "two complete copies" in storage.missing


def test_a_repair_waits_for_no_other(kept):
    def again(line):
        kept.repair()

    damage(kept.object())
    kept.audit(1)

    with pytest.raises(RefusedSample, match="AUD009"):
        run_repair(kept.options(), told=again)


@pytest.fixture
def open_folder():
    """A folder that other users may enter; pytest's own they may not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_who_owns_the_archive_can_repair_it_without_being_root(open_folder, repository):
    kept = Kept(open_folder)
    kept.seal("A", "B")
    kept.replicate()
    damage(kept.object())
    shutil.rmtree(unlock(kept.copy("B")))
    kept.audit(1)
    give_away(open_folder)
    program = (
        "import sys; from pathlib import Path; from fixative.audit.options import AuditOptions;"
        "from fixative.audit.repair import run_repair; from fixative.audit.roots import Root;"
        "archive, replica, name = sys.argv[1:];"
        "print(run_repair(AuditOptions(Root(Path(archive)), (Root(Path(replica), name),))))"
    )

    run = as_nobody(
        [sys.executable, "-c", program, kept.root, kept.replica, kept.replica_name], repository / "scripts"
    )

    assert run.returncode == 0, run.stderr
    assert content(kept.root / "set1") == content(kept.replica / "set1")
    assert kept.audit(1000).sound


def give_away(folder):
    """Make an ordinary user the owner of all below a folder."""
    for path in folder.rglob("*"):
        os.chown(path, 65534, 65534, follow_symlinks=False)
