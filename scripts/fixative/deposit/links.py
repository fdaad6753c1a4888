"""Files of sealed objects in a package: the same bytes, linked where that is possible, and digested either way."""

import errno
import os
import shutil
from pathlib import Path

from fixative.deposit.dataset import PublicFile
from fixative.deposit.options import Link
from fixative.files import digest_file
from fixative.findings import RefusedSample

_NOT_HERE = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""Another file system; an account that may not link what it does not own; a file system without links."""


def put(file: PublicFile, target: Path, *, object_name: str, link: Link) -> str:
    """Put a file of an object at ``target``, and digest it there.

    Nothing is done to modes and times: a hard link shares them with the sealed object.

    Returns
    -------
    str
        hard, symlink or copy.

    Raises
    ------
    RefusedSample
        DEP003 when its bytes are not those that were sealed; DEP014 when it cannot be linked as asked for.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    done = _put(file.source, target, link)
    found = digest_file(target)
    if (found.bytes, found.sha256) != (file.bytes, file.sha256):
        reason = f"{file.path}: expected sha256 {file.sha256}, found {found.sha256}"
        raise RefusedSample("DEP003", object=object_name, reason=reason)
    return done


def _put(source: Path, target: Path, link: Link) -> str:
    if link == "symlink":
        target.symlink_to(source.absolute())
        return "symlink"
    if link in ("auto", "hard"):
        try:
            os.link(source, target)
            return "hard"
        except OSError as error:
            if link == "hard" or error.errno not in _NOT_HERE:
                raise RefusedSample("DEP014", name=target.name, reason=error.strerror) from None
    shutil.copyfile(source, target)
    return "copy"
