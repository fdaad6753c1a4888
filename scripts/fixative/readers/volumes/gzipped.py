"""Files that are compressed whole with gzip: inflated into memory, where that is within the job's bound."""

import gzip
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from fixative.findings import RefusedSample

GZIP = b"\x1f\x8b"


def open_plain(path: Path, memory_mb: int) -> BinaryIO:
    """Open a file; of one that gzip has compressed, its content.

    gzip knows no way to a place within but through all that is before it, so the content is held in memory.

    Raises
    ------
    RefusedSample
        CNV001 where the content is larger than half of ``memory_mb``; INV004 where it is cut short, INV005 where
        its own checksum does not agree.
    """
    stream = path.open("rb")
    if stream.read(2) != GZIP:
        stream.seek(0)
        return stream
    stream.close()
    limit = memory_mb * 1024 * 1024 // 2
    try:
        with gzip.open(path) as inflating:
            content = inflating.read(limit + 1)
    except EOFError:
        raise RefusedSample("INV004", promised="a whole gzip stream", present="a part", where="end of file") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise RefusedSample("INV005", reason="gzip stream that cannot be inflated to its checksum") from error
    if len(content) > limit:
        raise RefusedSample(
            "CNV001", where="gzip stream", reason=f"holds more than {limit} bytes, which go to memory; raise mem_mb"
        )
    return BytesIO(content)
