"""The vault key: 32 random bytes or more in a file that its owner alone may read. Never in a config or a log."""

import errno
import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from fixative.files import fsync_folder
from fixative.findings import RefusedSample
from fixative.vault.places import OTHERS, private_file, private_folder

KEY_FILE_VARIABLE = "FIXATIVE_VAULT_KEY_FILE"
KEY_NAME = "vault.key"
KEY_BYTES = 32
LARGEST_KEY_BYTES = 4096
"""A file that is larger is something else."""

KEY_LEFT = re.compile(r"\.vault-.+\.key")
"""What a job leaves that was killed while it made a key; it was never used."""

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class KeyProblem(Exception):
    """The key cannot be used; the message names neither the key nor its place."""


def read_key(path: Path) -> bytes:
    """Read a key.

    Raises
    ------
    KeyProblem
        Where there is none, others may read it, or it is too short or too long.
    """
    try:
        with path.open("rb") as stream:
            # of the file that is open, not of what the name may be a moment later
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise KeyProblem("it is no file")
            if state.st_mode & OTHERS:
                raise KeyProblem(f"others may open it: expected 0600, found {stat.S_IMODE(state.st_mode):04o}")
            key = stream.read(LARGEST_KEY_BYTES + 1)
    except OSError as error:
        raise KeyProblem(error.strerror or type(error).__name__) from None
    if not KEY_BYTES <= len(key) <= LARGEST_KEY_BYTES:
        found = "more" if len(key) > LARGEST_KEY_BYTES else f"{len(key)}"
        raise KeyProblem(f"expected {KEY_BYTES} to {LARGEST_KEY_BYTES} bytes, found {found}")
    return key


def vault_key(root: Path, key_file: Path | None) -> bytes:
    """Give the vault's key: from ``key_file``, or ``VAULT_ROOT/vault.key``, which is made on first use.

    Raises
    ------
    RefusedSample
        VLT001 where the vault cannot be made, VLT002 where the key cannot be used.
    """
    try:
        if key_file is not None:
            return read_key(key_file)
        private_folder(root, "VAULT_ROOT")
        if not has_key(root):
            _make(root / KEY_NAME)
        return read_key(root / KEY_NAME)
    except KeyProblem as problem:
        raise RefusedSample("VLT002", problem=problem) from None
    except OSError as error:
        raise RefusedSample("VLT001", reason=error.strerror or type(error).__name__) from None


def has_key(root: Path) -> bool:
    """Whether the vault has its own key; one that was begun with another, or whose key is gone, gets no new one.

    Raises
    ------
    KeyProblem
        Where the vault holds entries and no key: what was marked could not be proven any more, without a word.
    """
    if os.path.lexists(root / KEY_NAME):
        return True
    if root.is_dir() and any(path.is_dir() for path in root.iterdir()):
        raise KeyProblem(f"the vault holds entries, and {KEY_NAME} is not there")
    return False


def _make(path: Path) -> None:
    """Make a key under its final name, whole, and only where there is none.

    Linked from another name: two jobs that find none at the same moment end up with one and the same key, and
    neither ever reads half of it. Without links, as on some network shares, creating it exclusively must do.
    """
    handle, other = tempfile.mkstemp(prefix=".vault-", suffix=".key", dir=path.parent)
    os.close(handle)
    made = Path(other)
    made.unlink()
    try:
        _write(made)
        os.link(made, path)
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _exclusively(path)
    finally:
        made.unlink(missing_ok=True)
    fsync_folder(path.parent)


def _exclusively(path: Path) -> None:
    with suppress(FileExistsError):
        _write(path)


def _write(path: Path) -> None:
    with private_file(path) as handle:
        os.write(handle, os.urandom(KEY_BYTES))
