"""A process that dies while it writes an entry of the vault loses none, at whichever file operation."""

import os
import subprocess
import sys

import pytest

from fixative.vault.manifest import manifest_findings
from vaults import NAME, kept

DIES = """
import os, sys
calls = 0
def die(event, arguments):
    global calls
    if event in ("os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir") or (
        event == "open" and str(arguments[0]).startswith(sys.argv[1])
    ):
        calls += 1
        if calls == int(sys.argv[2]):
            os._exit(9)
from pathlib import Path
from vaults import kept
sys.addaudithook(die)
kept(Path(sys.argv[1]), dump=b"2", mapping=b"2")
"""


CALLS = [*range(1, 10, 3), *range(10, 20), 24]
"""Of some 25 operations: those around the two renames all, of the others some."""


def write_and_die(vault, repository, call):
    path = os.pathsep.join(str(repository / name) for name in ("scripts", "workflow_tests"))
    command = [sys.executable, "-c", DIES, str(vault), str(call)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True)


@pytest.mark.parametrize("call", CALLS)
def test_an_entry_is_the_old_or_the_new_one_wherever_its_writer_dies(tmp_path, repository, call):
    kept(tmp_path / "vault", dump=b"1", mapping=b"1")

    died = write_and_die(tmp_path / "vault", repository, call)

    entry = tmp_path / "vault/d/A" / NAME
    left = entry if entry.exists() else entry.with_name(f".{NAME}.replaced")
    assert died.returncode in (0, 9), died.stderr
    assert manifest_findings(left) == []
    assert (left / "dump.json").read_bytes() in (b"1", b"2")


@pytest.mark.parametrize("call", CALLS)
def test_the_next_run_writes_it_and_clears_up(tmp_path, repository, call):
    kept(tmp_path / "vault", dump=b"1", mapping=b"1")
    write_and_die(tmp_path / "vault", repository, call)

    entry = kept(tmp_path / "vault", dump=b"3", mapping=b"3")

    assert manifest_findings(entry) == []
    assert (entry / "dump.json").read_bytes() == b"3"
    assert sorted(path.name for path in entry.parent.iterdir()) == [".lock", NAME]
