"""Temporary folders: gone with their process, and when that was killed, with the next."""

import os
import signal
import subprocess
import sys

CODE = """
import os, signal, sys
from fixative.scratch import private_folder
folder = private_folder("trial")
assert folder == private_folder("trial") != private_folder("other")
(folder / "copy").write_text("x")
print(folder, flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "waits":
    sys.stdin.read()
"""


def start(how, repository, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(repository / "scripts"), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    return process, process.stdout.readline().strip()


def end(process):
    process.communicate()
    return process.returncode


def test_a_folder_goes_with_its_process(repository, tmp_path):
    process, _ = start("ends", repository, tmp_path)

    assert end(process) == 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_and_what_is_in_use_stays(repository, tmp_path):
    killed, left = start("killed", repository, tmp_path)
    assert end(killed) == -signal.SIGKILL
    waiting, used = start("waits", repository, tmp_path)
    assert not os.path.exists(left)  # noqa: PTH110  a path as it was printed
    next_one, _ = start("ends", repository, tmp_path)
    assert end(next_one) == 0

    assert os.path.exists(used)  # noqa: PTH110
    assert end(waiting) == 0
    assert [path.name for path in tmp_path.iterdir() if "trial" in path.name] == []
