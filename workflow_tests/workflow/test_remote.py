"""The whole chain over an S3 store of our own: sources on it, a replica on it, and what goes wrong with either."""

import shutil
import time
from pathlib import Path

import pytest

from objects import stack, write_tiff
from pipeline import Batch
from served import SECRET, environment_of, serving

WRONG = "a-wrong-secret-that-must-stand-nowhere"


class Far(Batch):
    """A batch whose runs know the remotes `served`, `wrong` (another secret) and `away` (nobody answers)."""

    store = None

    @property
    def environment(self):
        wrong = environment_of(self.store.folder.parent, self.store.endpoint, secret=WRONG)
        away = environment_of(self.store.folder.parent, "http://127.0.0.1:9")
        renamed = {name.replace("_SERVED_", "_WRONG_"): value for name, value in wrong.items()}
        renamed |= {name.replace("_SERVED_", "_AWAY_"): value for name, value in away.items()}
        return super().environment | renamed | self.store.environment

    @property
    def replica(self):
        return f"[{self.store.address('replica')}]"


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """A batch that has run over a store: one source good, one replaced meanwhile, three that cannot be had."""
    with serving(tmp_path_factory.mktemp("served")) as store:
        batch = Far(tmp_path_factory.mktemp("far"))
        batch.store = store
        image = write_tiff(batch.folder / "cells.ome.tif", [stack()])
        for name in ("good", "replaced"):
            store.put(f"{name}/cells.ome.tif", image)
        places = {name: f"rclone:served:facility/{name}/cells.ome.tif" for name in ("good", "replaced", "missing")}
        places |= {name: f"rclone:{name}:facility/good/cells.ome.tif" for name in ("wrong", "away")}
        batch.write(places)
        run = batch.start()
        wait_for(batch.work / "results/samples/replaced/inventory.json")
        store.put("replaced/cells.ome.tif", write_tiff(batch.folder / "other.ome.tif", [stack(z=3)]))
        run.wait()
        yield batch


def wait_for(path: Path) -> None:
    """Wait until another process has written a file."""
    for _ in range(1200):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"no {path}")


def test_a_source_on_remote_storage_becomes_the_object_that_a_file_becomes(far, tmp_path):
    local = Batch(tmp_path)
    local.write({"good": far.folder / "cells.ome.tif"})
    assert local.run().returncode == 0

    assert far.outcomes()["good"] == "sealed"
    assert far.image("good").read_bytes() == local.image("good").read_bytes()
    assert far.record("good", "sealed.json")["source"] == "rclone:served:facility/good/cells.ome.tif"


def test_a_source_replaced_while_it_was_archived_is_refused(far):
    row = far.table()["replaced"]

    assert (row["outcome"], row["code"]) == ("refused", "INV007")


@pytest.mark.parametrize(("sample", "code"), [("missing", "REM002"), ("wrong", "REM001"), ("away", "REM001")])
def test_what_cannot_be_fetched_is_refused_with_a_remedy_and_the_others_go_on(far, sample, code):
    row = far.table()[sample]

    assert (row["outcome"], row["code"]) == ("refused", code)
    assert row["remedy"]


def test_what_was_fetched_is_gone_when_it_is_sealed_or_refused(far):
    assert list((far.work / "results/fetched").iterdir()) == []


def test_no_secret_and_no_address_stands_where_it_must_not(far):
    written = [path for path in far.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    reports = [far.work / "results/reports" / name for name in ("batch.tsv", "index.html")]
    public = [far.archive, far.work / "results/logs", *reports]

    holding_secrets = [path for path in written if {SECRET, WRONG} & secrets_in(path)]
    telling = [path for root in public for path in files_of(root) if b"rclone:served" in path.read_bytes()]

    assert (holding_secrets, telling) == ([], [])


def secrets_in(path):
    content = path.read_bytes()
    return {secret for secret in (SECRET, WRONG) if secret.encode() in content}


def files_of(root):
    return [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]


def test_a_remote_source_is_never_called_safe_to_delete(far):
    told = (far.work / "results/reports/safe_to_delete.tsv").read_text().splitlines()

    assert all(line.split("\t")[1] == "no" for line in told[1:])


def test_the_archive_is_replicated_and_audited_by_the_rules(far):
    shutil.rmtree(far.store.bucket / "replica", ignore_errors=True)

    filled = far.run("replicate", replicas=far.replica)
    audited = far.run("audit", replicas=far.replica, audit="{full: true}")

    assert (filled.returncode, audited.returncode) == (0, 0), filled.stderr + audited.stderr
    assert (far.store.bucket / "replica/unassigned/good/bagit.txt").is_file()


def test_roots_on_remote_storage_are_not_scanned_and_it_is_said_what_to_do(far):
    run = far.run("scan", source_roots="[rclone:served:facility]")

    assert run.returncode == 1
    assert "remote storage is not scanned: mount it" in run.stderr
