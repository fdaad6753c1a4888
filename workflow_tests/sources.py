"""Records of source files, as the inventory makes them."""

from pathlib import Path

from fixative.files import digest_file
from fixative.models import Role, SourceFile


def source_file(path: Path, role: Role = "main") -> SourceFile:
    """Take the inventory of one file."""
    digest, state = digest_file(path), path.stat()
    return SourceFile(
        path=path,
        name=path.name,
        role=role,
        bytes=digest.bytes,
        sha256=digest.sha256,
        mtime_ns=state.st_mtime_ns,
        ctime_ns=state.st_ctime_ns,
        inode=state.st_ino,
        device=state.st_dev,
    )


def named_file(path: Path, role: Role = "main", size: int = 1, *, name: str | None = None) -> SourceFile:
    """Make up the inventory of a file that need not exist; ``name`` within the set, where it lies in a folder."""
    times = {"mtime_ns": 0, "ctime_ns": 0, "inode": 0, "device": 0}
    return SourceFile(path=path, name=name or path.name, role=role, bytes=size, sha256="0" * 64, **times)
