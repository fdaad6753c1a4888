"""Files: digests, safe writes, and whether a file is still the one that was read."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

READ_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Digests:
    """SHA-256 and SHA-512 of one file, lower-case hexadecimal, and its size."""

    bytes: int
    sha256: str
    sha512: str


def digest_file(path: Path) -> Digests:
    """Digest a file with both algorithms in one read."""
    sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(READ_BYTES):
            sha256.update(block)
            sha512.update(block)
            size += len(block)
    return Digests(size, sha256.hexdigest(), sha512.hexdigest())


def digest_bytes(content: bytes) -> Digests:
    """Digest bytes in memory with both algorithms."""
    return Digests(len(content), hashlib.sha256(content).hexdigest(), hashlib.sha512(content).hexdigest())


@dataclass(frozen=True)
class FileState:
    """What tells a file from its successor under the same name."""

    bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """State of ``path`` now."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev)

    def difference(self, other: "FileState") -> str | None:
        """Name what differs from ``other`` (size, modification, change, identity), or None."""
        names = {
            "bytes": "size",
            "mtime_ns": "modification time",
            "ctime_ns": "change time",
            "inode": "identity",
        }
        for field, name in names.items():
            if getattr(self, field) != getattr(other, field):
                return f"{name} differs"
        return None


def fsync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def replacing(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Write ``path`` whole or not at all: partial name in the same folder, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(partial).chmod(mode)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def json_bytes(content: Any) -> bytes:
    """JSON as Fixative writes it: UTF-8, two-space indent, a final newline; no NaN."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    # Vendor strings may hold lone surrogates, which UTF-8 cannot: they are escaped as JSON does.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def write_json(path: Path, content: Any, mode: int = 0o644) -> Path:
    """Write ``content`` as JSON, whole or not at all."""
    with replacing(path, mode) as stream:
        stream.write(json_bytes(content))
    return path


def write_bytes(path: Path, content: bytes, mode: int = 0o644) -> Path:
    """Write ``content``, whole or not at all."""
    with replacing(path, mode) as stream:
        stream.write(content)
    return path
