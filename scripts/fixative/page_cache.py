"""A shared server's page cache: what is read or written of a very large file does not drive out everybody else's.

The kernel keeps what was read last, so a night of 1 TB files would leave nothing of what other people's programs
read over and over. Of files that would fill a good part of memory, what is behind the reading or writing position
is given back (``posix_fadvise``, https://man7.org/linux/man-pages/man2/posix_fadvise.2.html). Smaller files stay: the
next step reads them again, from memory. The kernel gives back only what is on the disk already, so what is written
is synced before, a step at a time in a thread of its own: so no more than `LEAST_BYTES` and two steps of a file ever
wait in memory to be written.
"""

import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

STEP_BYTES = 64 * 1024 * 1024
LEAST_BYTES = 1024**3
MEMORY_SHARE = 16
"""Files of more than this part of memory, and of more than `LEAST_BYTES`, are not kept in the page cache."""


@cache
def threshold() -> int:
    """Bytes beyond which a file is not kept in the page cache."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(LEAST_BYTES, memory // MEMORY_SHARE)


def is_large(size: int) -> bool:
    """Whether a file of ``size`` bytes is one that does not stay in the page cache."""
    return size > threshold()


class ReadBehind:
    """Gives back the pages of a large file that is read from beginning to end.

    Parameters
    ----------
    handle
        Descriptor of the open file.
    size
        Its bytes; a file that is not `is_large` is left alone.
    """

    def __init__(self, handle: int, size: int) -> None:
        self._handle, self._done, self._active = handle, 0, is_large(size)

    def reached(self, position: int) -> None:
        """Say that everything before ``position`` was read and is not needed again."""
        if self._active and position - self._done >= STEP_BYTES:
            give_back(self._handle, self._done, position - self._done)
            self._done = position

    def finish(self) -> None:
        """Give back what is left of it."""
        if self._active:
            give_back(self._handle, 0, 0)


class WriteBehind:
    """Syncs a file as it grows beyond `LEAST_BYTES`; beyond `threshold` it gives its pages back.

    Until then nothing is done: most files are smaller, and what is written of them is read again at once.
    """

    def __init__(self, handle: int) -> None:
        self._handle, self._synced, self._given_back = handle, 0, 0
        self._pool: ThreadPoolExecutor | None = None
        self._syncing: Future[None] | None = None

    def reached(self, position: int) -> None:
        """Say that everything before ``position`` was handed to the system; waits while a step is written still."""
        if position - self._synced < STEP_BYTES or position <= LEAST_BYTES:
            return
        self._wait()
        self._pool = self._pool or ThreadPoolExecutor(1, "write_behind")
        self._syncing = self._pool.submit(self._sync, position)
        self._synced = position

    def close(self) -> None:
        """Wait for what is being written; the file may then be closed."""
        try:
            self._wait()
        finally:
            if self._pool:
                self._pool.shutdown()
                self._pool = None

    def finish(self) -> None:
        """Give back the rest of a file that is synced."""
        self.close()
        if self._given_back:
            give_back(self._handle, 0, 0)

    def _sync(self, position: int) -> None:
        os.fdatasync(self._handle)
        if is_large(position):
            give_back(self._handle, self._given_back, position - self._given_back)
            self._given_back = position

    def _wait(self) -> None:
        if self._syncing:
            syncing, self._syncing = self._syncing, None
            syncing.result()


class SourceBehind:
    """Gives back the pages of large source files while a library reads them, which keeps its handles to itself.

    Pages belong to the file, whoever asks. Where the library reads is not known, so each time all of a file goes.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._large = [path for path in paths if is_large(path.stat().st_size)]
        self._waiting = 0

    def took(self, count: int) -> None:
        """Say that ``count`` bytes of pixels more were read."""
        self._waiting += count
        if self._waiting >= STEP_BYTES:
            self.finish()

    def finish(self) -> None:
        """Give back all of them."""
        self._waiting = 0
        for path in self._large:
            handle = os.open(path, os.O_RDONLY)
            try:
                give_back(handle, 0, 0)
            finally:
                os.close(handle)


def give_back(handle: int, start: int, count: int) -> None:
    """Tell the kernel that pages will not be needed soon; ``count`` 0: to the end of the file."""
    if hasattr(os, "posix_fadvise"):  # not on macOS
        os.posix_fadvise(handle, start, count, os.POSIX_FADV_DONTNEED)
