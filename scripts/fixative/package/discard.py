"""Removal of objects that were never sealed."""

import os
import shutil
from pathlib import Path


def discard(folder: Path) -> None:
    """Remove a partial object, read-only or not; nothing happens when there is none.

    Symbolic links are removed, never followed.
    """
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
        return
    if not folder.exists():
        return
    folder.chmod(0o700)
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(place, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder)
