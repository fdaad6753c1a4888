"""An audit or a repair that is killed at any moment loses at most the object in work, and never a byte."""

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audits import Kept
from fixative.audit.fixity_log import read_events
from objects import flip_bit, unlock

SEED = int(os.environ.get("FIXATIVE_KILL_SEED", "20261121"))
KILLS = int(os.environ.get("FIXATIVE_KILLS", "10"))
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
PROGRAM = """
import sys
from pathlib import Path
from fixative.audit.options import AuditOptions
from fixative.audit.repair import run_repair
from fixative.audit.roots import Root
from fixative.audit.run import run_audit
from fixative.sections import Audit

what, archive, replica, name, work = sys.argv[1:]
options = AuditOptions(Root(Path(archive)), (Root(Path(replica), name),), Audit(full=True, max_mb_per_s=1))
print("started", flush=True)
run_audit(options, Path(work)) if what == "audit" else run_repair(options)
"""


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A", "B", "C")
    archive.replicate()
    return archive


def run(kept, what, kill_after=None):
    """Run in a process of its own; kill it so many seconds after its imports. Says whether it came to its end."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, what, kept.root, kept.replica, kept.replica_name, kept.folder],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        process.stdout.readline()
        try:
            return process.wait(kill_after) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def killed_again_and_again(kept, what):
    chance = random.Random(SEED)
    for _ in range(KILLS):
        run(kept, what, kill_after=chance.uniform(0, 1.0))


def test_killed_audits_go_on_and_tell_the_same(kept):
    before = content(kept.root / "set1")

    killed_again_and_again(kept, "audit")

    assert run(kept, "audit")
    logs = [read_events(kept.log(sample)) for sample in "ABC"]
    assert [unreadable for _, unreadable in logs] == [0, 0, 0]
    assert min(len(events) for events, _ in logs) >= 2
    assert content(kept.root / "set1") == before
    assert kept.audit(1000).sound


def test_killed_repairs_keep_what_was_damaged_and_restore_the_object(kept):
    kept.audit(-1)
    flip_bit(unlock(kept.object()) / "data/A.ome.tiff")
    kept.shut()
    shutil.rmtree(unlock(kept.copy("B")))
    damaged = content(kept.object())
    kept.audit(-0.5)

    killed_again_and_again(kept, "repair")

    assert run(kept, "repair")
    aside = list((kept.root / ".fixative/damaged/set1").iterdir())
    assert [content(folder) for folder in aside] == [damaged]
    assert content(kept.root / "set1") == content(kept.replica / "set1")
    assert kept.audit(1000).sound
