"""Single files that gzip, bzip2 or xz has compressed whole: inflated in bounded pieces, or into a temporary file.

Readers want any plane at any time, and none of these streams has a way to a place within but through all that is
before it: a reader that seeks in one holds the volume in memory, or inflates it anew for every plane (Bio-Formats'
bzip2, for each step backwards). So what is inside is written once to the temporary folder of the job, which
bounds it by disk, and removed when the reader closes; every reader then reads a plain file by region.
"""

import bz2
import lzma
import shutil
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from fixative.findings import RefusedSample
from fixative.scratch import private_folder

KINDS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
"""First bytes to the name of the compression."""

_SUFFIXES = {".gz": "", ".bz2": "", ".xz": "", ".mgz": ".mgh"}
_MARK_BYTES = max(map(len, KINDS))
_READ_BYTES = 1 << 16
_PART_BYTES = 1 << 20
_ASK_BYTES = 64 << 20
_SPARE_BYTES = 512 << 20
"""What is left free of the temporary folder's file system."""
_XZ_MEMORY = 256 << 20
"""Dictionary of an xz stream; ``xz -9`` needs 65 MB."""


def compression_of(head: bytes) -> str | None:
    """Name of the compression that a file begins with, or None."""
    return next((kind for mark, kind in KINDS.items() if head.startswith(mark)), None)


def is_packed(path: Path) -> bool:
    """Whether a file is compressed whole."""
    if path.is_dir():
        return False
    with path.open("rb") as stream:
        return compression_of(stream.read(8)) is not None


def plain_name(path: Path) -> str:
    """Name of what is inside: ``a.nii`` for ``a.nii.gz``."""
    suffix = path.suffix
    replaced = _SUFFIXES.get(suffix.lower())
    return path.name if replaced is None else path.name.removesuffix(suffix) + replaced


def first_bytes(path: Path, count: int) -> tuple[bytes, RefusedSample | None]:
    """The first bytes of what is inside, and why there are fewer, where the stream ends or is damaged before."""
    head = b""
    with closing(inflated(path, count)) as parts:
        try:
            for part in parts:
                head += part
                if len(head) >= count:
                    break
        except RefusedSample as refusal:
            return head, refusal
    return head[:count], None


def inflated(path: Path, most: int = _PART_BYTES) -> Generator[bytes, None, None]:
    """Inflate a file in parts of at most ``most`` bytes; check sums and lengths of every stream in it are checked.

    Raises
    ------
    RefusedSample
        INV004 where the file ends within a stream, INV005 where it is damaged, or something else follows a stream.
    """
    with path.open("rb") as stream:
        rest = stream.read(_READ_BYTES)
        kind = compression_of(rest)
        while kind:
            rest = yield from _one_stream(kind, stream, rest, most)
            # Zeros fill up to a block, as tapes and some writers have it.
            rest = rest.lstrip(b"\0")
            while len(rest) < _MARK_BYTES and (more := stream.read(_READ_BYTES)):
                rest = (rest + more).lstrip(b"\0")
            if not rest:
                return
            if compression_of(rest) != kind:
                break
    raise RefusedSample(
        "INV005", reason="bytes that are no compressed stream" + (f" follow a {kind}" if kind else "")
    )


def _one_stream(kind: str, stream: BinaryIO, rest: bytes, most: int) -> Generator[bytes, None, bytes]:
    """Inflate one stream; returns what was read beyond its end."""
    engine = _engine(kind)
    while True:
        try:
            part = engine.decompress(rest, most)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            raise RefusedSample("INV005", reason=f"{kind} stream that cannot be inflated to its check sum") from error
        if engine.eof:
            yield part
            return bytes(engine.unused_data)
        rest = engine.unconsumed_tail if kind == "gzip" else b""
        if part:
            yield part
        elif not rest and not (rest := stream.read(_READ_BYTES)):
            raise RefusedSample("INV004", promised=f"a whole {kind} stream", present="a part", where="end of file")


def _engine(kind: str) -> Any:
    """Make a decompressor; their classes have no common type."""
    if kind == "gzip":
        return zlib.decompressobj(31)
    return bz2.BZ2Decompressor() if kind == "bzip2" else lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """What is inside, as a file for as long as the context is open."""
    plain = unpack(path)
    try:
        yield plain
    finally:
        remove(plain)


def unpack(path: Path) -> Path:
    """Write what is inside to a file of its own in a new private folder; `remove` removes both.

    Raises
    ------
    RefusedSample
        INV004, INV005 as `inflated`; CNV001 where the temporary folder has no room for it.
    """
    folder = Path(tempfile.mkdtemp(dir=private_folder("unpacked")))
    plain = folder / plain_name(path)
    try:
        with plain.open("xb") as out:
            unasked = _ASK_BYTES
            for part in inflated(path):
                if unasked >= _ASK_BYTES:
                    _require_room(folder, out.tell())
                    unasked = 0
                out.write(part)
                unasked += len(part)
    except BaseException:
        remove(plain)
        raise
    return plain


def remove(plain: Path) -> None:
    """Remove a file of `unpack` and its folder."""
    shutil.rmtree(plain.parent, ignore_errors=True)


def _require_room(folder: Path, written: int) -> None:
    if shutil.disk_usage(folder).free < _SPARE_BYTES + _ASK_BYTES:
        reason = (
            f"unpacked it needs more than the {written} bytes that the temporary folder has; set TMPDIR to another"
        )
        raise RefusedSample("CNV001", where="compressed source", reason=reason)
