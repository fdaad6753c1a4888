"""Replicas on an S3 store of our own: filled, read back, audited, repaired, killed and locked."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from audits import SEALED, Kept, codes, states
from fixative.audit.fixity_log import read_events
from fixative.audit.options import AuditOptions, audit_options, audit_params, replica_problems
from fixative.audit.repair import run_repair
from fixative.audit.replicate import run_replicate
from fixative.audit.roots import Root
from fixative.audit.run import run_audit
from fixative.findings import RefusedSample
from fixative.remote.address import address_of
from fixative.remote.locking import require_known
from fixative.remote.root import RemoteRoot
from fixative.sections import Audit, Lock
from fixative.settings import load_settings
from objects import flip_bit
from served import Served, forgetting, serving

SCRIPTS = str(Path(__file__).resolve().parents[2] / "scripts")
REPLICATE = """
import json, sys
from fixative.audit.options import audit_options
from fixative.audit.replicate import run_replicate
print(run_replicate(audit_options(json.loads(sys.argv[1]))))
"""


@dataclass
class Far(Kept):
    """An archive with a replica on a store."""

    store: Served | None = None
    lock: Lock | None = None

    @property
    def far(self) -> RemoteRoot:
        address = address_of(self.store.address(f"{self.folder.name}/archive"))
        return RemoteRoot(address, address.public_name, self.root, lock=self.lock)

    @property
    def far_folder(self) -> Path:
        """What lies behind it."""
        return self.store.bucket / self.folder.name / "archive"

    def options(self, **audit: object) -> AuditOptions:
        return AuditOptions(Root(self.root), (self.far,), Audit(**audit), self.safe)

    def fill(self, hours: float = 1, **audit: object):
        return run_replicate(self.options(**audit), clock=lambda: SEALED + timedelta(hours=hours))

    def params(self, **config: object) -> str:
        replica = {"root": str(self.far.address)}
        settings = load_settings({"archive_root": str(self.root), "replicas": [replica], **config})
        return json.dumps(audit_params(settings))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def kept(store, tmp_path, monkeypatch):
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    kept = Far(tmp_path, store=store)
    kept.seal("A")
    kept.audit()
    return kept


def events_of(kept):
    """Type, copy and outcome of every line of the log of A."""
    return [
        (
            event["eventType"]["value"],
            event["eventDetailInformation"][0]["eventDetailExtension"]["copy"],
            event["eventOutcomeInformation"][0]["eventOutcome"],
        )
        for event in read_events(kept.log())[0]
    ]


def test_what_a_replica_lacks_is_uploaded_read_back_and_logged(kept):
    result = kept.fill()

    assert result.copied == [f"set1/A ({kept.far.name})"]
    assert (kept.far_folder / "set1/A/bagit.txt").read_bytes() == (kept.object() / "bagit.txt").read_bytes()
    assert events_of(kept)[-2:] == [
        ("replication", kept.far.name, "success"),
        ("fixity check", kept.far.name, "success"),
    ]


def test_what_was_verified_is_neither_uploaded_nor_read_again(kept):
    kept.fill()
    before = len(events_of(kept))

    result = kept.fill()

    assert (result.copied, result.there, len(events_of(kept))) == ([], 1, before)


def test_a_flipped_bit_on_the_store_is_found_and_repaired(kept):
    kept.fill()
    flip_bit(kept.far_folder / "set1/A/data/A.ome.tiff")

    found, repaired = kept.audit(2), kept.repair(2)

    assert states(found)["set1/A", kept.far.name] == "damaged"
    assert "restored from archive" in repaired.repaired[0]
    assert list((kept.far_folder / ".fixative/damaged/set1").iterdir())
    assert kept.audit(3).sound


def test_a_damaged_archive_is_restored_from_the_store(kept):
    kept.fill()
    flip_bit(kept.opened("data/A.ome.tiff"))
    kept.shut()
    kept.audit(2)

    repaired = kept.repair(2)

    assert f"restored from {kept.far.name}" in repaired.repaired[0]
    assert kept.audit(3).sound


def test_a_file_that_is_gone_from_the_store_is_found(kept):
    kept.fill()
    (kept.far_folder / "set1/A/data/README.md").unlink()

    found = kept.audit(2)

    assert states(found)["set1/A", kept.far.name] == "damaged"


def test_a_copy_is_decoded_where_the_audit_asks_for_it(kept):
    kept.fill()

    found = kept.audit(2, full=True, decode=True)

    assert found.sound
    assert "every plane decoded" in kept.log().read_text().splitlines()[-1]


def test_what_stands_there_already_is_never_overwritten(kept):
    stranger = kept.far_folder / "set1/A/data/A.ome.tiff"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"somebody else's")

    result = kept.fill()

    assert result.copied == []
    assert stranger.read_bytes() == b"somebody else's"


def test_a_place_that_fills_while_objects_are_counted_is_not_overwritten(kept):
    far, pace = kept.far, kept.options()
    assert not far.holds("set1/A")
    (kept.far_folder / "set1/A").mkdir(parents=True)
    (kept.far_folder / "set1/A/notes.txt").write_bytes(b"somebody else's")

    result = run_replicate(AuditOptions(pace.archive, (far,), pace.audit))

    assert [finding.code for finding in result.findings] == ["REM007"]


def test_a_damaged_object_is_not_replicated(kept):
    flip_bit(kept.opened("data/A.ome.tiff"))
    kept.shut()

    result = kept.fill()

    assert [finding.code for finding in result.findings] == ["REM008"]
    assert not kept.far.holds("set1/A")


def test_an_upload_that_is_killed_is_no_object_and_the_next_run_ends_it(kept):
    params = kept.params(audit={"max_mb_per_s": 0.02})
    environment = {**os.environ, "PYTHONPATH": SCRIPTS}
    process = subprocess.Popen([sys.executable, "-c", REPLICATE, params], env=environment, start_new_session=True)
    arrived = until(lambda: sorted(kept.far_folder.glob("set1/A/data/*.json")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    first = {path: path.stat().st_mtime_ns for path in arrived}

    assert list(kept.far.objects()) == []
    assert kept.fill(2).copied == [f"set1/A ({kept.far.name})"]
    assert {path: path.stat().st_mtime_ns for path in arrived} == first
    assert kept.audit(2).sound


def until(there):
    """Wait for what another process makes."""
    for _ in range(600):
        if found := there():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came")


def test_uploaded_files_are_locked_and_the_store_says_so(kept):
    kept.lock = Lock(mode="governance", days=30)

    result = kept.fill()

    assert (result.copied, result.findings) == ([f"set1/A ({kept.far.name})"], [])


def test_a_store_that_forgets_the_lock_is_refused_and_keeps_nothing(kept, monkeypatch, tmp_path_factory):
    kept.lock = Lock(mode="compliance", days=30)
    with (
        serving(tmp_path_factory.mktemp("anonymous"), anonymous=True) as open_to_all,
        forgetting(open_to_all) as endpoint,
    ):
        monkeypatch.setenv("RCLONE_CONFIG_SERVED_ENDPOINT", endpoint)
        result = kept.fill()

    assert [str(finding) for finding in result.findings] == [
        f"[REM005] object lock: {kept.far.name}: asked for compliance, the store says none"
    ]
    assert [path for path in open_to_all.bucket.rglob("*") if path.is_file()] == []


def test_a_kind_of_storage_without_object_lock_is_refused_before_anything_is_sent():
    with pytest.raises(RefusedSample, match="REM005"):
        require_known({"MetadataInfo": {"System": {"mtime": {}}}}, "far")


def test_a_store_that_is_away_is_told_of_once_and_the_rest_is_audited(kept, monkeypatch):
    kept.fill()
    monkeypatch.setenv("RCLONE_CONFIG_SERVED_ENDPOINT", "http://127.0.0.1:9")

    found = kept.audit(2)

    assert codes(found) == {"REM001"}
    assert states(found) == {("set1/A", "archive"): "good"}


def test_a_folder_of_this_machine_is_no_remote(kept):
    address = address_of(f"rclone::local:{kept.folder}")

    problem = RemoteRoot(address, address.public_name, kept.root).problem()

    assert problem.code == "AUD006"


def test_a_plain_folder_is_filled_as_well(tmp_path):
    kept = Kept(tmp_path)
    kept.seal("A")
    kept.audit()
    (kept.replica / ".fixative").mkdir(parents=True)
    kept.replicated = True

    result = run_replicate(kept.options())

    assert result.copied == [f"set1/A ({kept.replica_name})"]
    assert kept.audit(2).sound


def test_the_configuration_names_replicas_on_remote_storage(tmp_path):
    replicas = [{"root": "rclone:far:bucket/archive", "lock": {"mode": "compliance", "days": 1}}, "/mnt/b"]
    settings = load_settings({"archive_root": str(tmp_path), "replicas": replicas})

    options = audit_options(json.loads(json.dumps(audit_params(settings))))

    assert [root.place for root in options.roots[1:]] == ["rclone:far:bucket/archive", "/mnt/b"]
    assert options.replicas[0].lock == Lock(mode="compliance", days=1)


@pytest.mark.parametrize(
    ("replicas", "told"),
    [
        ([{"root": "/mnt/b", "lock": {"mode": "compliance", "days": 1}}], "only a replica on S3"),
        (["rclone:far:bucket", "rclone:far:bucket/archive"], "one holds the other"),
        (["rclone::s3,secret_access_key=hunter2:bucket"], "no place in an address"),
    ],
)
def test_a_wrong_replica_is_refused_before_anything_runs(replicas, told):
    problems = replica_problems(load_settings({"replicas": replicas}))

    assert told in problems[0]
    assert "hunter2" not in problems[0]


def test_repair_reaches_what_only_the_store_has(kept):
    kept.fill()
    when = SEALED + timedelta(days=2)
    (kept.object()).chmod(0o755)
    kept.object().rename(kept.folder / "taken")
    run_audit(kept.options(full=True), kept.folder, clock=lambda: when)

    result = run_repair(kept.options(), clock=lambda: when)

    assert f"restored from {kept.far.name}" in result.repaired[0]
