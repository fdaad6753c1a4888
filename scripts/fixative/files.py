"""Files: digests, safe writes, and whether a file is still the one that was read."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

READ_BYTES = 4 * 1024 * 1024
LEAST_READ_BYTES = 64 * 1024


@dataclass(frozen=True)
class Digests:
    """SHA-256 and SHA-512 of one file, lower-case hexadecimal, and its size."""

    bytes: int
    sha256: str
    sha512: str


@dataclass(frozen=True)
class FileDigest:
    """SHA-256 of a file that is not, or not yet, part of an object, and its size."""

    bytes: int
    sha256: str


def digest_file(path: Path, told: Callable[[int], object] = lambda size: None) -> FileDigest:
    """Digest a file in one read; ``told`` gets the bytes of each block."""
    from fixative.page_cache import ReadBehind

    with path.open("rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        behind = ReadBehind(stream.fileno(), size)
        # Memory for each block anew took 4 % of the CPU-seconds. The one byte more finds the end of the file.
        buffer = memoryview(bytearray(min(READ_BYTES, max(size + 1, LEAST_READ_BYTES))))
        sha256, done = hashlib.sha256(), 0
        while count := stream.readinto(buffer):
            sha256.update(buffer[:count])
            done += count
            behind.reached(done)
            told(count)
        behind.finish()
    return FileDigest(done, sha256.hexdigest())


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


@cache
def umask() -> int:
    """Umask of this process; asking the system means setting it, so it is asked once."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def replacing(path: Path, mode: int = 0o644, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Write ``path`` whole or not at all: partial name in the same folder, fsync, rename.

    What is not ``durable`` survives a kill, and not a power failure: right for records that are bound to their
    content, which are made again where they do not hold. Two fsyncs a record were a third of a small sample's time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        Path(partial).chmod(mode & ~umask())
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    if durable:
        fsync_folder(path.parent)


def json_bytes(content: Any) -> bytes:
    """JSON as Fixative writes it: UTF-8, two-space indent, a final newline; no NaN.

    pydantic's writer is ten times as fast as Python's, and knows no lone surrogates, which vendors' strings may hold.
    """
    from pydantic_core import PydanticSerializationError, to_json

    try:
        return to_json(content, indent=2, inf_nan_mode="strings") + b"\n"
    except PydanticSerializationError:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        # Escaped as JSON does.
        return text.encode("utf-8", "backslashreplace") + b"\n"


def write_json(path: Path, content: Any, mode: int = 0o644, *, durable: bool = True) -> Path:
    """Write ``content`` as JSON, whole or not at all; see `replacing`."""
    with replacing(path, mode, durable=durable) as stream:
        stream.write(json_bytes(content))
    return path


def write_bytes(path: Path, content: bytes, mode: int = 0o644, *, durable: bool = True) -> Path:
    """Write ``content``, whole or not at all; see `replacing`."""
    with replacing(path, mode, durable=durable) as stream:
        stream.write(content)
    return path
