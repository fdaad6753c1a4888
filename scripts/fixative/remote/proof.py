"""Whether a copy is what the remote has: compared with the remote's own hash, or with a second read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from fixative.files import READ_BYTES
from fixative.findings import RefusedSample
from fixative.remote import rclone
from fixative.remote.address import Address

STRENGTH = ("sha512", "sha256", "sha1", "md5")
"""Hashes that are compared, the strongest first."""


def compare(
    folder: Address, copy: Path, files: Sequence[rclone.RemoteFile], *, reread: bool, flags: Sequence[str] = ()
) -> dict[str, str]:
    """Compare copies with what a listing says of them; gives by what each was proven.

    Parameters
    ----------
    folder, copy
        Where the files are on the remote, and here.
    reread
        Read files of which the remote keeps no hash from it a second time; else their size has to do.

    Raises
    ------
    RefusedSample
        REM003 naming the first that differs.
    """
    proven: dict[str, str] = {}
    second: dict[str, str] = {}
    for file in files:
        kind = next((kind for kind in STRENGTH if file.hashes.get(kind)), None)
        path = copy / file.path
        found = path.stat().st_size if path.is_file() else 0
        if found != file.bytes and file.bytes >= 0:
            raise RefusedSample("REM003", name=path.name, what="size", expected=file.bytes, found=found)
        if kind:
            _require(path.name, kind, file.hashes[kind].lower(), _digest(path, kind))
        elif reread:
            second[file.path] = _digest(path, "sha256")
        proven[file.path] = kind or ("second read" if reread else "size")
    if second:
        again = rclone.sha256_read_back(folder, name=Path(next(iter(second))).name, only=second, flags=flags)
        for name, digest in second.items():
            _require(Path(name).name, "SHA-256 of a second read", again.get(name, "none"), digest)
    return proven


def _require(name: str, what: str, expected: str, found: str) -> None:
    if expected != found:
        raise RefusedSample("REM003", name=name, what=what, expected=expected, found=found)


def _digest(path: Path, kind: str) -> str:
    digest = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
