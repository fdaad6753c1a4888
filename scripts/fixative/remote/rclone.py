"""rclone, run: its binary found, its output bounded, its errors told without a word of what it printed.

What rclone says of an error may hold addresses, accounts and signatures, so none of it goes into a message or a log:
`reason_of` knows it by its wording and says it in ours.
"""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import IO, Any

from fixative.findings import RefusedSample
from fixative.remote.address import Address

MOST_BYTES = 256 * 1024 * 1024
"""Of an answer: a listing of about a million files."""

_MOST_ERROR_BYTES = 32 * 1024
_NOT_FOUND = {3, 4}
"""Exit statuses of rclone (https://rclone.org/docs/#exit-code): folder, file not found."""

_DEFAULTS = {
    "RCLONE_RETRIES": "--retries=2",
    "RCLONE_LOW_LEVEL_RETRIES": "--low-level-retries=3",
    "RCLONE_CONTIMEOUT": "--contimeout=15s",
    "RCLONE_TIMEOUT": "--timeout=60s",
}
"""Ours, where the environment says nothing of its own."""

_NOT_OURS = re.compile(
    r"RCLONE_(LOG_FILE|LOG_LEVEL|VERBOSE|DUMP.*|DRY_RUN|INTERACTIVE|PROGRESS|STATS.*|INCLUDE.*|EXCLUDE.*|FILTER.*|FILES_FROM.*"
    r"|MIN_.*|MAX_(AGE|SIZE|DEPTH|DURATION|TRANSFER|DELETE.*)|IGNORE_.*|UPDATE|SIZE_ONLY|CHECKSUM)"
)
"""Settings of a person's own rclone that would make it print what is private, or leave out what it is asked for."""

_REASONS = (
    (r"SignatureDoesNotMatch|InvalidAccessKeyId|AccessDenied|ExpiredToken|StatusCode: 40[13]|\b40[13] |Forbidden|"
     r"Unauthorized|[Pp]ermission denied|unable to authenticate|invalid_grant|NoCredentialProviders|no EC2 IMDS",
     "access refused: wrong credentials, or no permission"),
    (r"didn't find section in config file", "rclone knows no remote of this name"),
    (r"no such host", "no such host"),
    (r"connection refused", "connection refused"),
    (r"x509|certificate", "its certificate is not trusted"),
    (r"timed? ?out|deadline exceeded", "no answer in time"),
    (r"no route to host|network is unreachable|connection reset|EOF", "the connection broke"),
    (r"no space left|[Qq]uota|InsufficientStorage|insufficient storage|StatusCode: 507", "no space left"),
    (r"corrupted on transfer|hash differ|sizes differ", "damaged on the way"),
    (r"[Oo]bject.?[Ll]ock|[Rr]etention", "object lock refused"),
    (r"not found|NoSuchBucket|NoSuchKey", "not found"),
)  # fmt: skip


_NOBODY_ANSWERS = {"no such host", "connection refused", "no answer in time", "the connection broke"}
_AWAY_S = 120.0
_away: dict[tuple[str, int], tuple[float, str]] = {}
"""Remotes that did not answer: when (s), and why."""


@dataclass(frozen=True)
class RemoteFile:
    """A file as a listing tells of it."""

    path: str
    """POSIX, below what was listed."""
    bytes: int
    modified: str
    hashes: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


@cache
def binary() -> str:
    """Where rclone is: beside this Python, or on the PATH.

    Raises
    ------
    RefusedSample
        REM006 when there is none.
    """
    return binary_in(os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]))


def binary_in(folders: str) -> str:
    """Find rclone in the first of several folders, separated as in PATH, that has it (REM006)."""
    found = shutil.which("rclone", path=folders)
    if found is None:
        raise RefusedSample("REM006")
    return found


def run(*arguments: str, name: str, listed: Iterable[str] | None = None, most_bytes: int = MOST_BYTES) -> bytes:
    """Run rclone to its end; gives what it wrote to standard output.

    Parameters
    ----------
    name
        What it is about, for findings: the name of a file or of a copy. Public.
    listed
        Paths that a ``--files-from-raw -`` among the arguments reads.

    Raises
    ------
    RefusedSample
        REM001 with the reason, REM002 when it is not there, REM004 where space is short, REM006.
    """
    defaults = [flag for variable, flag in _DEFAULTS.items() if variable not in os.environ]
    command = [*_dying_with_us(), binary(), "--log-level=NOTICE", "--ask-password=false", *defaults, *arguments]
    environment = {key: value for key, value in os.environ.items() if not _NOT_OURS.fullmatch(key)}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    told = bytearray()
    reader = threading.Thread(target=_keep_end, args=(process.stderr, told), daemon=True)
    reader.start()
    try:
        answer = _talk(process, listed, most_bytes)
        status = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        reader.join(timeout=10)
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
    if answer is None:
        raise RefusedSample("REM001", name=name, reason="it lists more than can be worked with")
    if status:
        raise _finding(status, told.decode("utf-8", "replace"), name)
    return answer


def _talk(process: "subprocess.Popen[bytes]", listed: Iterable[str] | None, most_bytes: int) -> bytes | None:
    """Hand over the list of paths, then read the answer; None where it is too long."""
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:  # pragma: no cover  both are pipes
        raise OSError("no pipe")
    try:
        with stdin:
            stdin.writelines(f"{path}\n".encode() for path in listed or ())
    except BrokenPipeError:  # it ended before: its exit status tells why
        pass
    answer = stdout.read(most_bytes + 1)
    if len(answer) > most_bytes:
        process.kill()
        return None
    return answer


def _keep_end(stream: IO[bytes] | None, told: bytearray) -> None:
    """Read all that rclone says of errors, and keep the end of it."""
    while stream and (block := stream.read1(8192)):  # type: ignore[attr-defined]
        told += block
        del told[:-_MOST_ERROR_BYTES]


@cache
def _dying_with_us() -> tuple[str, ...]:
    """Have rclone killed with this process, where the system can: a killed job leaves no transfer behind."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    command = (setpriv, "--pdeathsig", "KILL", "--")
    # util-linux before 2.33 and busybox do not know it.
    tried = subprocess.run([*command, setpriv, "--version"], capture_output=True, check=False)
    return command if tried.returncode == 0 else ()


def _finding(status: int, told: str, name: str) -> RefusedSample:
    reason = reason_of(status, told)
    if status in _NOT_FOUND or reason == "not found":
        return RefusedSample("REM002", name=name)
    if reason == "no space left":
        return RefusedSample("REM004", name=name, reason=reason)
    return RefusedSample("REM001", name=name, reason=reason)


def reason_of(status: int, told: str) -> str:
    """Say in our words why rclone failed."""
    told = "\n".join(line for line in told.splitlines() if "NOTICE: Config file" not in line)
    for pattern, reason in _REASONS:
        if re.search(pattern, told):
            return reason
    return f"rclone ended with status {status}"


def list_files(
    place: Address,
    *,
    name: str,
    filters: Sequence[str] = (),
    only: Iterable[str] | None = None,
    details: bool = True,
    metadata: bool = False,
) -> list[RemoteFile]:
    """List files, sorted by path.

    Parameters
    ----------
    place
        The folder.
    filters
        rclone's filter rules, in order (https://rclone.org/filtering/); none: everything below ``place``.
    only
        Just these paths; what is not there is not listed.
    details
        Ask for hashes and times of modification: on S3 a request for each file.
    """
    _refuse_what_was_away(place, name)
    flags = ["--no-mimetype", *(["--hash"] if details else ["--no-modtime"]), *(["--metadata"] if metadata else [])]
    flags += [flag for rule in filters for flag in ("--filter", rule)]
    flags += ["--files-from-raw", "-"] if only is not None else []
    try:
        answer = run("lsjson", "-R", "--files-only", *flags, place.rclone_folder, name=name, listed=only)
    except RefusedSample as refused:
        if refused.places.get("reason") in _NOBODY_ANSWERS:
            _away[_remote(place)] = (time.monotonic(), refused.places["reason"])
        raise
    return sorted((_file(entry) for entry in json.loads(answer)), key=lambda file: file.path)


def _refuse_what_was_away(place: Address, name: str) -> None:
    """Refuse at once what did not answer a moment ago: sixty samples of one remote need not wait one by one."""
    since, reason = _away.get(_remote(place), (-_AWAY_S, ""))
    if time.monotonic() - since < _AWAY_S:
        raise RefusedSample("REM001", name=name, reason=reason)


def _remote(place: Address) -> tuple[str, int]:
    """Tell a remote by its name and by how the environment configures remotes."""
    told = frozenset(item for item in os.environ.items() if item[0].startswith("RCLONE_CONFIG"))
    return place.fs, hash(told)


def _file(entry: dict[str, Any]) -> RemoteFile:
    return RemoteFile(
        path=str(entry["Path"]),
        bytes=int(entry["Size"]),
        modified=str(entry.get("ModTime") or ""),
        hashes={kind: str(digest) for kind, digest in sorted((entry.get("Hashes") or {}).items()) if digest},
        metadata={key: str(value) for key, value in (entry.get("Metadata") or {}).items()},
    )


def sha256_read_back(
    place: Address, *, name: str, only: Iterable[str] | None = None, flags: Sequence[str] = ()
) -> dict[str, str]:
    """Read files back from the remote, every byte, and give their SHA-256 by path. Nothing is written to disk."""
    listed = ["--files-from-raw", "-"] if only is not None else []
    answer = run("hashsum", "sha256", "--download", *flags, *listed, place.rclone_folder, name=name, listed=only)
    pairs = (line.split("  ", 1) for line in answer.decode("utf-8", "replace").splitlines() if "  " in line)
    return {path: digest for digest, path in pairs}


def features(place: Address, *, name: str) -> dict[str, Any]:
    """What rclone can do on a remote (``rclone backend features``)."""
    answer = run("backend", "features", f"{place.fs}", name=name)
    found: dict[str, Any] = json.loads(answer)
    return found


def rate_flags(bytes_per_s: float | None, *, transfers: int = 4) -> list[str]:
    """Flags that bound what is moved at once and each second."""
    flags = [f"--transfers={transfers}", f"--checkers={transfers}"]
    return flags if bytes_per_s is None else [*flags, f"--bwlimit={max(1, int(bytes_per_s))}B"]
