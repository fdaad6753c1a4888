"""Sealing: by rename, never over something else, and undisturbed by a kill at any moment."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fixative.findings import RefusedSample
from fixative.package.assemble import assemble_object
from fixative.package.discard import discard
from fixative.package.seal import adopt, partial_of, receipt_of, seal_object
from fixative.verify.object import verify_object
from objects import NOW, as_nobody, flip_bit, make_object, make_parts, unlock

SET, POLICY = "ab" * 32, "cd" * 32


def modes_of(folder):
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [folder, *folder.rglob("*")]}


def adopted(made_folder, source, fileset=SET, policy=POLICY):
    return adopt(made_folder, source=source, fileset_sha256=fileset, policy_sha256=policy)


def test_a_sealed_object_is_whole_read_only_and_has_a_receipt(tmp_path):
    parts = make_parts(tmp_path / "staging")
    assemble_object(parts, tmp_path / "staging/object", now=NOW)
    final = tmp_path / "archive/set1/A"

    receipt = seal_object(tmp_path / "staging/object", final, source=parts.row.source)

    assert verify_object(final).outcome == "whole"
    assert modes_of(final) == {(True, 0o555), (False, 0o444)}
    assert not (tmp_path / "staging/object").exists()
    assert receipt == receipt_of(final, source=parts.row.source)
    assert (receipt.object, receipt.planes, receipt.sealed) == ("set1/A", 4, "2026-11-21T03:00:00Z")
    assert receipt.bytes == sum(path.stat().st_size for path in (final / "data").rglob("*") if path.is_file())


@pytest.mark.parametrize("obstacle", ["object", "empty folder", "file", "dangling link"])
def test_nothing_that_stands_under_the_final_name_is_overwritten(tmp_path, obstacle):
    parts = make_parts(tmp_path / "staging")
    assemble_object(parts, tmp_path / "staging/object", now=NOW)
    final = tmp_path / "A"
    put = {
        "object": lambda: (final.mkdir(), (final / "x").write_text("x")),
        "empty folder": final.mkdir,
        "file": lambda: final.write_text("x"),
        "dangling link": lambda: final.symlink_to("nowhere"),
    }
    put[obstacle]()
    before = os.lstat(final)

    with pytest.raises(RefusedSample, match="SEA001"):
        seal_object(tmp_path / "staging/object", final, source=parts.row.source)

    assert os.lstat(final) == before
    assert verify_object(tmp_path / "staging/object").outcome == "whole"


@pytest.mark.parametrize("name", ["data/README.md", "manifest-sha256.txt", "bag-info.txt"])
def test_an_object_that_is_not_complete_is_not_sealed(tmp_path, name):
    parts = make_parts(tmp_path / "staging")
    assemble_object(parts, tmp_path / "staging/object", now=NOW)
    (tmp_path / "staging/object" / name).unlink()

    with pytest.raises(RefusedSample, match="VER004"):
        seal_object(tmp_path / "staging/object", tmp_path / "A", source=parts.row.source)

    assert not (tmp_path / "A").exists()


@pytest.fixture
def other_file_system(tmp_path):
    folder = Path("/dev/shm")
    if not folder.is_dir() or folder.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=folder) as other:
        yield Path(other)
        discard(Path(other, "set1"))


def test_an_object_on_another_file_system_is_copied_verified_and_renamed(tmp_path, other_file_system):
    parts = make_parts(tmp_path / "staging")
    assemble_object(parts, tmp_path / "staging/object", now=NOW)
    final = other_file_system / "set1/A"
    left = partial_of(tmp_path / "staging/object", final) / "data"
    left.mkdir(parents=True)
    left.chmod(0o555)

    seal_object(tmp_path / "staging/object", final, source=parts.row.source)

    assert verify_object(final).outcome == "whole"
    assert modes_of(final) == {(True, 0o555), (False, 0o444)}
    assert [path.name for path in final.parent.iterdir()] == ["A"]
    assert not (tmp_path / "staging/object").exists()


def test_what_another_run_is_copying_is_left_alone(tmp_path, other_file_system):
    parts = make_parts(tmp_path / "staging")
    assemble_object(parts, tmp_path / "staging/object", now=NOW)
    final = other_file_system / "set1/A"
    others = partial_of(tmp_path / "another/object", final)
    others.mkdir(parents=True)

    seal_object(tmp_path / "staging/object", final, source=parts.row.source)

    assert sorted(path.name for path in final.parent.iterdir()) == sorted(["A", others.name])


def test_a_damaged_object_is_not_copied_to_another_file_system(tmp_path, other_file_system):
    parts = make_parts(tmp_path / "staging")
    assemble_object(parts, tmp_path / "staging/object", now=NOW)
    flip_bit(tmp_path / "staging/object/data/A.ome.tiff")

    with pytest.raises(RefusedSample, match="VER004"):
        seal_object(tmp_path / "staging/object", other_file_system / "set1/A", source=parts.row.source)

    assert list((other_file_system / "set1").iterdir()) == []


def test_there_is_nothing_to_adopt_where_nothing_stands(tmp_path):
    assert adopted(tmp_path / "A", tmp_path) is None


def test_an_object_of_the_same_source_and_policy_is_adopted(tmp_path):
    made = make_object(tmp_path)
    made.folder.chmod(0o755)

    receipt = adopted(made.folder, made.source)

    assert receipt == receipt_of(made.folder, source=made.source).model_copy(update={"adopted": True})
    assert modes_of(made.folder) == {(True, 0o555), (False, 0o444)}


@pytest.mark.parametrize("other", [{"fileset": "00" * 32}, {"policy": "00" * 32}])
def test_an_object_of_another_source_or_policy_is_not_adopted(tmp_path, other):
    made = make_object(tmp_path)

    with pytest.raises(RefusedSample, match="SEA001"):
        adopted(made.folder, made.source, **other)


@pytest.mark.parametrize("name", ["data/A.ome.tiff", "data/A.ome.tiff.provenance.json", "bagit.txt"])
def test_a_damaged_object_is_not_adopted(tmp_path, name):
    made = make_object(tmp_path)
    unlock(made.folder)
    os.truncate(made.folder / name, 40)

    with pytest.raises(RefusedSample, match="SEA002"):
        adopted(made.folder, made.source)


@pytest.mark.parametrize("content", ["folder", "file"])
def test_what_is_no_object_is_not_adopted(tmp_path, content):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")

    with pytest.raises(RefusedSample, match="SEA001"):
        adopted(tmp_path / content, tmp_path)


EVENTS = {"os.mkdir", "os.chmod", "os.rename", "os.remove", "os.rmdir", "open"}


def run_killed_after(count, action):
    """Run ``action`` in a child that is killed before its ``count``-th call that changes or opens a file."""
    child = os.fork()
    if child == 0:
        left = [count]

        def kill(event, arguments):
            if event in EVENTS:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(kill)
        action()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def content_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return content_of(make_object(tmp_path_factory.mktemp("undisturbed")).folder)


def finish(parts, partial, final):
    """What the last step does: take over what is sealed, or assemble and seal."""
    if receipt := adopted(final, parts.row.source):
        discard(partial)
        return receipt
    assemble_object(parts, partial, now=NOW)
    return seal_object(partial, final, source=parts.row.source)


@pytest.mark.parametrize("count", range(1, 140, 6))
def test_after_a_kill_at_any_moment_the_next_run_gives_the_same_object(tmp_path, undisturbed, count):
    parts = make_parts(tmp_path / "staging/A")
    partial, final = tmp_path / "staging/A/object", tmp_path / "archive/set1/A"
    run_killed_after(count, lambda: finish(parts, partial, final))
    stands_before = final.exists()

    receipt = finish(parts, partial, final)

    assert receipt.adopted == stands_before
    assert content_of(final) == undisturbed
    assert modes_of(final) == {(True, 0o555), (False, 0o444)}
    assert [path.name for path in final.parent.iterdir()] == ["A"]
    assert not partial.exists()


def test_an_ordinary_user_seals_adopts_and_discards(repository):
    code = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from objects import make_object, make_parts
from fixative.package.assemble import assemble_object
from fixative.package.discard import discard
from fixative.package.seal import adopt, make_read_only
folder = Path(sys.argv[1])
made = make_object(folder)
assert adopt(made.folder, source=made.source, fileset_sha256="ab" * 32, policy_sha256="cd" * 32)
parts = make_parts(folder / "staging/B", "B")
assemble_object(parts, folder / "partial")
make_read_only(folder / "partial")
assemble_object(parts, folder / "partial")
make_read_only(folder / "partial")
discard(folder / "partial")
discard(made.folder)
print(sorted(path.name for path in folder.rglob("*")))
"""
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, 65534, 65534) if os.geteuid() == 0 else None

        run = as_nobody([sys.executable, "-c", code, folder, repository / "workflow_tests"], repository / "scripts")

    assert run.returncode == 0, run.stderr
    assert run.stdout == "['A', 'B', 'archive', 'mouse 7 (left).tif', 'mouse 7 (left).tif', 'set1', 'staging']\n"


def test_discarding_follows_no_link(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("x")
    (tmp_path / "partial/data").mkdir(parents=True)
    (tmp_path / "partial/data/link").symlink_to(tmp_path / "kept")
    (tmp_path / "partial/data").chmod(0o555)

    discard(tmp_path / "partial")
    discard(tmp_path / "partial")

    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "file"]


def test_a_sealed_object_is_checked_by_common_tools_wherever_it_is_copied(tmp_path):
    made = make_object(tmp_path)
    copy = shutil.copytree(made.folder, tmp_path / "elsewhere")

    run = subprocess.run(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=copy)

    assert run.returncode == 0
