"""A file read once, digested as it is read: what it was copied from is proven to be what was inventoried."""

import hashlib
import io
import os
from pathlib import Path
from typing import Any, Protocol

from fixative.files import READ_BYTES, Digests
from fixative.findings import RefusedSample
from fixative.models import SourceFile


class Sink(Protocol):
    """What bytes are written to; may take fewer than it is given."""

    def write(self, data: Any, /) -> int | None:
        """Write, and give the number of bytes taken."""
        ...


class Source(Protocol):
    """What is read from: an unbuffered file, or bytes in memory."""

    def readinto(self, buffer: Any, /) -> int | None:
        """Read into ``buffer``, perhaps less than it holds, and give how much."""
        ...


class ProvenRead(io.RawIOBase):
    """A stream over a file that counts and digests what it gives.

    ``readinto`` fills the buffer until the file ends: crypt4gh takes a buffer that is not full for the end, and
    a read may come back short wherever the file system likes.
    """

    def __init__(self, raw: Source) -> None:
        self._raw = raw
        self._sha256, self._sha512, self._size = hashlib.sha256(), hashlib.sha512(), 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill ``buffer``; less than full only where the file ends."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and (count := self._raw.readinto(view[filled:])):
            filled += count
        self._sha256.update(view[:filled])
        self._sha512.update(view[:filled])
        self._size += filled
        return filled

    @property
    def digests(self) -> Digests:
        """Of all that was read so far."""
        return Digests(self._size, self._sha256.hexdigest(), self._sha512.hexdigest())


def pour(source: ProvenRead, target: Sink) -> None:
    """Copy a stream to its end."""
    buffer = bytearray(READ_BYTES)
    while count := source.readinto(buffer):
        write_all(target, memoryview(buffer)[:count])


def write_all(target: Sink, data: Any) -> None:
    """Write all of ``data``: an unbuffered file may take less."""
    view = memoryview(data)
    while view:
        view = view[target.write(view) or 0 :]


def copy_inventoried(file: SourceFile, target: Path, name: str) -> Digests:
    """Copy one file in one read, which also proves that it is the file that was inventoried; durable.

    Parameters
    ----------
    file : SourceFile
    target : Path
        Must not exist; its folder is made.
    name : str
        Public name of the file, for the message.

    Raises
    ------
    RefusedSample
        INV007 when what was read is not what was inventoried.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with file.path.open("rb", buffering=0) as raw, target.open("xb", buffering=0) as copy:
        source = ProvenRead(raw)
        pour(source, copy)
        os.fsync(copy.fileno())
    require_inventoried(file, source.digests, name)
    return source.digests


def require_inventoried(file: SourceFile, digests: Digests, name: str) -> None:
    """Refuse what was read of a file when it is not what was inventoried.

    Raises
    ------
    RefusedSample
        INV007, naming the file by its public ``name``.
    """
    if (digests.bytes, digests.sha256) != (file.bytes, file.sha256):
        raise RefusedSample("INV007", name=name, what="its digest differs")
