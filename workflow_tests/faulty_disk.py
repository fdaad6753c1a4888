"""A disk whose sectors go bad when they are told to: a read-only file system that answers some reads with EIO.

It speaks FUSE's protocol itself, so that nothing need be installed: Linux, /dev/fuse, and an account that may mount.
Reads of programs, memory maps and Java come here alike.

Notes
-----
https://www.kernel.org/doc/html/latest/filesystems/fuse/index.html, include/uapi/linux/fuse.h (protocol 7.31).
"""

import ctypes
import errno
import os
import stat
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

ROOT = 1
READ_ONLY = 1 | 2 | 4
"""MS_RDONLY, MS_NOSUID, MS_NODEV."""
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 14, 15, 17, 18
FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET = 25, 26, 27, 28, 29, 36, 38, 42
SILENT = {FORGET, INTERRUPT, BATCH_FORGET}
DIRECT_IO = 1
"""No page cache: each read is answered anew."""

IsBad = Callable[[str, int], bool]
"""Whether a read of a file, up to a byte, fails."""


class CannotMount(Exception):
    """This account, or this machine, mounts no file systems of its own; the message says why."""


class FaultyDisk:
    """The files of a folder, once more at another place.

    Parameters
    ----------
    behind
        Folder of plain files.
    place
        An empty folder, over which it is mounted.
    """

    def __init__(self, behind: Path, place: Path) -> None:
        self.behind, self.place = behind, place
        self.is_bad: IsBad = lambda name, end: False
        self.failed = 0
        """Reads answered with EIO."""
        self._names: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._device = os.open("/dev/fuse", os.O_RDWR)
        except OSError as error:
            raise CannotMount(f"/dev/fuse: {error.strerror}") from None
        options = f"fd={self._device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"faulty", os.fsencode(self.place), b"fuse.faulty", READ_ONLY, options.encode()):
            os.close(self._device)
            raise CannotMount(f"mount: {os.strerror(ctypes.get_errno())}")
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", self.place], check=True)
        self._server.join(5)
        os.close(self._device)

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._device, 1 << 20)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT):
                    continue
                return
            _, operation, unique, node = struct.unpack_from("<IIQQ", request)
            if operation in SILENT:
                continue
            try:
                problem, answer = 0, self._answer(operation, node, request[40:])
            except OSError as error:
                problem, answer = -(error.errno or errno.EIO), b""
            os.write(self._device, struct.pack("<IiQ", 16 + len(answer), problem, unique) + answer)

    def _answer(self, operation: int, node: int, told: bytes) -> bytes:
        if operation == INIT:
            return struct.pack("<4I2HIIHH32x", 7, 31, 1 << 17, 0, 16, 12, 1 << 17, 1, 32, 0)
        if operation == LOOKUP:
            found = self._node(os.fsdecode(told.rstrip(b"\0")))
            return struct.pack("<QQQQII", found, 0, 0, 0, 0, 0) + self._attributes(found)
        if operation == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self._attributes(node)
        if operation in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, DIRECT_IO if operation == OPEN else 0, 0)
        if operation == READ:
            return self._read(node, *struct.unpack_from("<8xQI", told))
        if operation == READDIR:
            return self._listing(struct.unpack_from("<8xQ", told)[0])
        if operation == STATFS:
            return struct.pack("<5Q4I24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0)
        if operation in (RELEASE, RELEASEDIR, FLUSH, DESTROY):
            return b""
        raise OSError(errno.ENOSYS, "not needed")

    def _node(self, name: str) -> int:
        if not (self.behind / name).is_file():
            raise FileNotFoundError(errno.ENOENT, "no such file")
        if name not in self._names:
            self._names.append(name)
        return ROOT + 1 + self._names.index(name)

    def _path(self, node: int) -> Path:
        return self.behind if node == ROOT else self.behind / self._names[node - ROOT - 1]

    def _attributes(self, node: int) -> bytes:
        status = self._path(node).stat()
        times = (status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns)
        seconds, rest = [time // 10**9 for time in times], [time % 10**9 for time in times]
        mode, links = status.st_mode, status.st_nlink
        owner = (status.st_uid, status.st_gid)
        return struct.pack(
            "<6Q10I",
            status.st_ino,
            status.st_size,
            status.st_blocks,
            *seconds,
            *rest,
            mode,
            links,
            *owner,
            0,
            4096,
            0,
        )

    def _read(self, node: int, offset: int, count: int) -> bytes:
        path = self._path(node)
        if self.is_bad(path.name, offset + count):
            self.failed += 1
            raise OSError(errno.EIO, "bad sector")
        with path.open("rb") as stream:
            stream.seek(offset)
            return stream.read(count)

    def _listing(self, after: int) -> bytes:
        listed = b""
        for number, path in enumerate(sorted(self.behind.iterdir()), start=1):
            if number > after:
                name = os.fsencode(path.name)
                entry = struct.pack("<QQII", path.stat().st_ino, number, len(name), stat.S_IFREG >> 12) + name
                listed += entry + bytes(-len(entry) % 8)
        return listed
