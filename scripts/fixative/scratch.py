"""Private temporary folders of this process: removed when it ends; if it was killed, by the next that needs one."""

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

_IN_USE = "in_use"


def private_folder(kind: str) -> Path:
    """Folder ``fixative-<kind>-...`` in the temporary folder (TMPDIR), one for each kind and process.

    A process holds a lock in its folder as long as it lives, in other containers on this host too; what nobody
    holds was left by a process that was killed, and is removed.
    """
    return _private_folder(kind, os.getpid())


@cache
def _private_folder(kind: str, process: int) -> Path:
    prefix = f"fixative-{kind}-"
    for old in Path(tempfile.gettempdir()).glob(f"{prefix}*/{_IN_USE}"):
        with suppress(OSError), old.open("r+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old.parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    # Locked before it has its name: nobody can find it and think it is left over.
    descriptor = os.open(folder / "new", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (folder / "new").rename(folder / _IN_USE)
    atexit.register(_remove, folder, process)
    return folder


def _remove(folder: Path, process: int) -> None:
    # A forked child leaves what is its parent's.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
