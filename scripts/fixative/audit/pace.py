"""Reading for an audit: at a bounded rate, and from the disk rather than from memory."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from fixative.files import READ_BYTES

_LEAST_BLOCK_BYTES = 64 * 1024


class Pace:
    """A bound on bytes per second; over any stretch of time no more is read than it allows, and one block.

    Parameters
    ----------
    bytes_per_s
        None: no bound.
    clock, sleep
        Of the `time` module.
    """

    def __init__(
        self,
        bytes_per_s: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.bytes_per_s = bytes_per_s
        self._rate, self._clock, self._sleep = bytes_per_s, clock, sleep
        self._free_at = clock()
        # Four blocks a second: a slow rate must not come in gulps that stop the instruments' own writing.
        quarter = int((bytes_per_s or 0) / 4)
        self.block_bytes = READ_BYTES if bytes_per_s is None else min(READ_BYTES, max(_LEAST_BLOCK_BYTES, quarter))
        self.bytes = 0

    def take(self, count: int) -> None:
        """Wait until what was read before has been paid for, then count ``count`` bytes more."""
        self.bytes += count
        if self._rate is None:
            return
        now = self._clock()
        if self._free_at > now:
            self._sleep(self._free_at - now)
        self._free_at = max(self._free_at, now) + count / self._rate


def digests_from_disk(path: Path, algorithms: Iterable[str], pace: Pace) -> tuple[dict[str, str], int]:
    """Digest a file with all ``algorithms`` in one read; gives the digests and the file's size.

    What the system holds of it in memory is given up first, and after: an audit is about the disk. Symbolic links
    are not followed.
    """
    digests = {name: hashlib.new(name) for name in algorithms}
    size = 0
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        while block := os.read(handle, pace.block_bytes):
            pace.take(len(block))
            size += len(block)
            for digest in digests.values():
                digest.update(block)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
    return {name: digest.hexdigest() for name, digest in digests.items()}, size
