"""exiftool's reading of a file, through one process for a whole shard.

``-n`` (values as they are stored, not as exiftool would word them: nothing is rounded), ``-struct`` (XMP
structures whole), ``-a -G1:4`` (tags that stand twice, all of them), ``-e`` (no composite tags: exiftool
computes those, the file does not say them). Not ``-u``: tags that exiftool does not know stand in the
``tiff`` source with their numbers; here they would be garbage text.

The ``System`` group, which is the file system's word and not the file's, is left out: no date, owner or
folder of the storage becomes metadata.
"""

import contextlib
import json
import os
import re
import resource
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.trees import to_tree

TIMEOUT_S = 60.0
MOST_MEMORY = 800 << 20
"""Of its process, in bytes: it takes 50 MB for most files."""
VARIABLE = "FIXATIVE_EXIFTOOL"
_ARGUMENTS = ["-G1:4", "-a", "-e", "-n", "-struct", "-api", "LargeFileSupport=1", "-charset", "filename="]
_LEFT_OUT = frozenset(("System",))
_BINARY = re.compile(r"^\(Binary data (\d+) bytes, use -b option to extract\)$")
_PAGE = re.compile(r"^IFD\d+$")
_LAYOUT = frozenset(("StripOffsets", "StripByteCounts", "TileOffsets", "TileByteCounts", "repeats"))
_NOT_OF_THE_FILE = frozenset(("System", "ExifTool"))
_EXIFTOOLS_OWN = frozenset(("FileType", "FileTypeExtension", "MIMEType", "ExifByteOrder"))
_CURRENT: ContextVar["Session | None"] = ContextVar("exiftool_session", default=None)


class ExiftoolFailed(Exception):
    """exiftool is absent, died or took too long."""


@dataclass
class Session:
    """A way to exiftool; its process starts with the first file and again after a failure."""

    executable: str | None
    timeout_s: float = TIMEOUT_S
    _process: Any = None

    @property
    def available(self) -> bool:
        """Whether there is an exiftool to ask."""
        return self.executable is not None

    def read(self, path: Path) -> tuple[dict[str, Any], str]:
        """Read one file: its tags by group, and exiftool's version.

        Raises
        ------
        ExiftoolFailed
            Where it cannot be run, dies or exceeds the timeout.
        """
        answer, version = self._ask(["-j", _argument(path.absolute())])
        return _tree(answer), version

    def _ask(self, arguments: list[str | bytes]) -> tuple[dict[str, Any], str]:
        try:
            process = self._running()
            answer = process.ask(arguments, self.timeout_s)
            listed = json.loads(answer) if answer.strip() else []
        except (OSError, ValueError, RuntimeError, ExiftoolFailed) as error:
            self.close()
            # The text of an OSError holds the path, which no note may
            reason = str(error) if isinstance(error, ExiftoolFailed) else type(error).__name__
            raise ExiftoolFailed(reason) from error
        return (listed[0] if listed else {}), str(process.version)

    def everything(self, path: Path) -> tuple[dict[str, Any], str]:
        """Read a file for the search for private values: unknown tags and embedded documents too, each by full name.

        Left out is what is not the file's own word: the file system's (a path), exiftool's about itself, and where
        the tiles lie.

        Raises
        ------
        ExiftoolFailed
            As `read`.
        """
        answer, version = self._ask(["-u", "-ee", "-j", _argument(path.absolute())])
        kept = {}
        for key, value in answer.items():
            group, _, name = key.partition(":")
            if name and group not in _NOT_OF_THE_FILE and key.rpartition(":")[2] not in _LAYOUT | _EXIFTOOLS_OWN:
                kept[key] = value
        return kept, version

    def _running(self) -> Any:
        if self.executable is None:
            raise ExiftoolFailed("no exiftool on this machine")
        if self._process is None:
            process = _process_class()(executable=self.executable, common_args=_ARGUMENTS, encoding="utf-8")
            process.start_timeout_s = self.timeout_s
            self._process = process
            os.environ.update(_SAME_EVERY_TIME)
            process.run()
            # A picture of some kilobytes may hold a text that inflates to gigabytes.
            resource.prlimit(process._process.pid, resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()


_SAME_EVERY_TIME = {"PERL_HASH_SEED": "0", "PERL_PERTURB_KEYS": "0"}
"""exiftool walks Perl's hashes, whose order is random by default: a CZI gave another answer at every call."""


@contextlib.contextmanager
def exiftool_session(executable: str = "auto", *, timeout_s: float = TIMEOUT_S) -> Iterator[Session]:
    """Share one exiftool process among all that is dumped inside the ``with``; a session inside one is it.

    Parameters
    ----------
    executable : str
        ``auto`` (the environment's FIXATIVE_EXIFTOOL, else the PATH), ``none``, or a path.
    timeout_s : float
        For one file.
    """
    outer = _CURRENT.get()
    if outer is not None:
        yield outer
        return
    session = Session(_locate(executable), timeout_s)
    token = _CURRENT.set(session)
    try:
        yield session
    finally:
        _CURRENT.reset(token)
        session.close()


def _locate(executable: str) -> str | None:
    if executable == "none":
        return None
    wanted = os.environ.get(VARIABLE, "exiftool") if executable == "auto" else executable
    return None if wanted in ("none", "") else shutil.which(wanted)


def _argument(path: Path) -> bytes:
    """A path as a line of the argument file; one with line breaks as exiftool's C string.

    Raises
    ------
    ExiftoolFailed
        For a line break beside ``$`` or ``@``, which exiftool's C strings cannot hold.
    """
    name = os.fsencode(path)
    if b"\n" not in name and b"\r" not in name:
        return name
    if b"$" in name or b"@" in name:
        raise ExiftoolFailed("a file name with a line break and a $ or @")
    escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r").replace(b'"', b'\\"')
    return b"#[CSTR]" + escaped


def _tree(answer: dict[str, Any]) -> dict[str, Any]:
    """Tags by group 1; a tag that stands several times as a list."""
    tree: dict[str, Any] = {}
    copied: set[tuple[str, str]] = set()
    for key, value in answer.items():
        parts = key.split(":")
        group, name = parts[0], parts[-1]
        if len(parts) == 1 or group in _LEFT_OUT or (group, name) == ("ExifTool", "ExifToolVersion"):
            continue
        tags = tree.setdefault(group, {})
        if name not in tags:
            tags[name] = _plain(value)
        elif (group, name) in copied:
            tags[name].append(_plain(value))
        else:
            tags[name] = [tags[name], _plain(value)]
            copied.add((group, name))
    return _without_equal_pages(tree)


def _without_equal_pages(tree: dict[str, Any]) -> dict[str, Any]:
    """Keep one of consecutive pages with the same tags, with the number of them as ``repeats``."""
    kept: dict[str, Any] = {}
    last: str | None = None
    for group, tags in tree.items():
        if not _PAGE.match(group):
            kept[group] = tags
        elif last is not None and _described(tags) == _described(kept[last]):
            kept[last]["repeats"] = kept[last].get("repeats", 1) + 1
        else:
            kept[group], last = tags, group
    return kept


def _described(tags: dict[str, Any]) -> dict[str, Any]:
    """Tags of a page without those that say where its pixels lie."""
    return {name: value for name, value in tags.items() if name not in _LAYOUT}


def _plain(value: Any) -> Any:
    if isinstance(value, str) and (match := _BINARY.match(value)):
        return {"bytes": int(match.group(1))}
    return to_tree(value)


def _process_class() -> Any:
    """Pyexiftool's process with an `ask` that has a deadline: its own waits for ever on one that died."""
    from exiftool import ExifTool

    class Process(ExifTool):  # type: ignore[misc]
        """One ``exiftool -stay_open``."""

        start_timeout_s = TIMEOUT_S

        def _parse_ver(self) -> str:
            """Version, asked for when the process starts: in pyexiftool without a deadline as well."""
            return self.ask(["-ver"], self.start_timeout_s).strip()

        def stop(self) -> None:
            """End the process; pyexiftool's way waits for what may never come."""
            process = self._process
            if process is None:
                return
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                process.communicate(input=b"-stay_open\nFalse\n", timeout=2)
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                with contextlib.suppress(OSError):
                    pipe.close()
            self._flag_running_false()

        def ask(self, arguments: list[str | bytes], timeout_s: float) -> str:
            lines = [item if isinstance(item, bytes) else item.encode() for item in arguments]
            mark = b"{ready%d}" % (number := time.monotonic_ns() % 10**9)
            self._process.stdin.write(b"\n".join([*lines, b"-execute%d\n" % number]))
            self._process.stdin.flush()
            return self._until(mark, time.monotonic() + timeout_s)

        def _until(self, mark: bytes, deadline: float) -> str:
            out, errors = self._process.stdout.fileno(), self._process.stderr.fileno()
            answer = b""
            while not answer.rstrip().endswith(mark):
                ready, _, _ = select.select([out, errors], [], [], max(0.0, deadline - time.monotonic()))
                if not ready:
                    self._process.kill()
                    raise ExiftoolFailed("took too long")
                if errors in ready:
                    os.read(errors, 65536)
                if out in ready:
                    block = os.read(out, 1 << 20)
                    if not block:
                        raise ExiftoolFailed("ended unexpectedly")
                    answer += block
            return answer.rstrip().removesuffix(mark).decode("utf-8", "replace")

    return Process
