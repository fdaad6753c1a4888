"""One copy of one object, checked: complete, every digest right, nothing renamed, swapped, unlocked or added."""

import errno
import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from fixative.audit.pace import Pace, digests_from_disk
from fixative.audit.roots import present
from fixative.findings import RefusedSample
from fixative.verify.bag import completeness_of, digest_findings, listed
from fixative.verify.bag_files import Bag, damaged, read_bag
from fixative.verify.object import TAG_FILES, NotAnObject, profile_findings, verify_object

FILE_MODE, FOLDER_MODE = 0o444, 0o555
"""Of sealed objects. Stated here once more: what checks takes nothing from what seals."""

State = Literal["good", "unlocked", "damaged", "other", "missing", "not readable"]
"""unlocked: every byte is right, the modes are not. other: whole, but not the object that should be there."""

MOST_TOLD = 8
"""Findings in a line of the log: as many as a flipped bit of bagit.txt brings forth, and more."""

MOST_MODES = 1000
"""Changed modes that are told one by one: an object may hold a million files."""

Reading = Callable[[Path, Iterable[str], Pace], tuple[dict[str, str], int]]
"""Digests of a file by algorithm, and its size."""

DAMAGED_MEDIA = {errno.EIO, errno.EUCLEAN, errno.EBADMSG, errno.ENODATA}
"""What a disk or a file system answers when it has lost what was written; all else may be a matter of permission."""


@dataclass
class CopyCheck:
    """What the check of one copy has found."""

    object: str
    findings: list[RefusedSample] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Files that could not be read, with the reason."""
    files: int = 0
    bytes: int = 0
    manifest_sha256: str | None = None
    """Of manifest-sha256.txt as it is; None where there is none."""
    decoded: bool = False
    algorithms: str = "SHA-256 and SHA-512"
    """What was compared, for a person."""

    @property
    def state(self) -> State:
        """The worst of what was found."""
        codes = {finding.code for finding in self.findings}
        if "AUD001" in codes:
            return "missing"
        if codes - {"AUD002", "AUD005"}:
            return "damaged"
        if self.unread:
            return "not readable"
        if "AUD005" in codes:
            return "other"
        return "unlocked" if codes else "good"

    @property
    def whole(self) -> bool:
        """Whether every byte is the right one."""
        return self.state in ("good", "unlocked")

    @property
    def note(self) -> str:
        """What was found, in a line; public."""
        # A digest is known by its file: that both algorithms tell of it is said once. What explains comes first.
        by_name = {finding.places.get("name", str(finding)) + finding.code: finding for finding in self.findings}
        told = [str(finding) for finding in sorted(by_name.values(), key=_weight)]
        told += [f"could not read {reason}" for reason in self.unread]
        rest = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
        return "; ".join(told[:MOST_TOLD]) + rest


def _weight(finding: RefusedSample) -> tuple[bool, str]:
    return finding.code == "AUD002", finding.code


def check_copy(
    folder: Path,
    *,
    copy: str,
    manifest_sha256: str | None = None,
    pace: Pace,
    modes: bool = True,
    decode: bool = False,
    read: Reading = digests_from_disk,
) -> CopyCheck:
    """Check one copy of an object; every file is read once.

    Parameters
    ----------
    folder
        ROOT/<dataset>/<sample>.
    copy
        Name of the root, for findings.
    manifest_sha256
        The manifest that the object had when it was sealed; None where nobody knows.
    modes
        Whether a changed mode is a finding.
    decode
        Decode the image as well, and check every document: the whole of `fixative.verify`.
    read
        Reads a file; may give fewer digests than it is asked for, but not without SHA-256.
    """
    name = f"{folder.parent.name}/{folder.name}"
    check = CopyCheck(name)
    if not present(folder):
        check.findings.append(RefusedSample("AUD001", object=name, copy=copy))
        return check
    try:
        mode = folder.lstat().st_mode
        if not stat.S_ISDIR(mode):
            found = "a symbolic link" if stat.S_ISLNK(mode) else "a file"
            check.findings.append(damaged("the object", "a folder", found))
            return check
        names = {path.name for path in folder.iterdir()}
        if not names & TAG_FILES:
            check.findings.append(damaged("the object", "a bag", "no bagit.txt and no manifest"))
            return check
        bag, findings = read_bag(folder)
        check.findings += [*findings, *completeness_of(folder, bag), *profile_findings(folder, bag, names)]
        check.findings += _links(folder, names)
        if modes:
            check.findings += itertools.islice(_mode_findings(folder), MOST_MODES)
    except OSError as error:
        _unread(check, ".", error)
        return check
    _content(folder, bag, check, pace, read, decode)
    _identity(folder, check, copy, manifest_sha256)
    return check


def _content(folder: Path, bag: Bag, check: CopyCheck, pace: Pace, read: Reading, decode: bool) -> None:
    if decode:
        try:
            report = verify_object(folder)
        except (NotAnObject, MemoryError) as reason:
            check.unread.append(f"the object: {reason}")
            return
        pace.take(report.bytes)
        seen = {str(finding) for finding in check.findings}
        check.findings += [finding for finding in report.findings if str(finding) not in seen]
        check.unread += report.unread
        check.bytes, check.files, check.decoded = report.bytes, len(listed(bag)), True
        return
    paths = [path for path in listed(bag) if _is_file(folder / path)]
    found: dict[str, str] = {}
    for path in paths:
        expected = bag.expected(path)
        try:
            digests, size = read(folder / path, {*expected, "sha256"}, pace)
        except OSError as error:
            _unread(check, path, error)
            continue
        check.files, check.bytes = check.files + 1, check.bytes + size
        found[path] = digests["sha256"]
        check.findings += digest_findings(path, bag, digests)
    check.findings += _moved(folder, bag, found, check, pace, read)


def _moved(
    folder: Path, bag: Bag, found: dict[str, str], check: CopyCheck, pace: Pace, read: Reading
) -> Iterator[RefusedSample]:
    """Name files that were swapped or renamed: what is missing in one place may stand in another."""
    expected = {path: bag.expected(path).get("sha256") for path in listed(bag)}
    owners = {digest: path for path, digest in expected.items() if digest}
    for path, digest in found.items():
        if digest != expected[path] and owners.get(digest, path) != path:
            yield RefusedSample("AUD003", name=path, other=owners[digest])
    missing = {expected[path]: path for path in expected if not os.path.lexists(folder / path)}
    for path in _strangers(folder, expected) if missing else ():
        try:
            digests, _ = read(folder / path, ["sha256"], pace)
        except OSError as error:
            _unread(check, path, error)
            continue
        if digests["sha256"] in missing:
            yield RefusedSample("AUD004", name=missing[digests["sha256"]], other=path)


def _strangers(folder: Path, expected: dict[str, str | None]) -> Iterator[str]:
    for place, _, files in os.walk(folder):
        for name in sorted(files):
            path = Path(place, name).relative_to(folder).as_posix()
            if path not in expected and name not in TAG_FILES and _is_file(folder / path):
                yield path


def _identity(folder: Path, check: CopyCheck, copy: str, manifest_sha256: str | None) -> None:
    """Compare the object with what the catalogue knows of it: a whole bag may be another one."""
    try:
        check.manifest_sha256 = sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest()
    except OSError:
        return
    if manifest_sha256 and check.manifest_sha256 != manifest_sha256 and check.whole:
        check.findings.append(
            RefusedSample(
                "AUD005", object=check.object, copy=copy, expected=manifest_sha256, found=check.manifest_sha256
            )
        )


def _links(folder: Path, names: set[str]) -> Iterator[RefusedSample]:
    """Name tag files that are links: no digest covers a tag manifest, and `data` itself may be one."""
    for name in sorted(names):
        if (folder / name).is_symlink():
            yield damaged(name, "a folder" if name == "data" else "a file", "a symbolic link")


def _mode_findings(folder: Path) -> Iterator[RefusedSample]:
    for place, folders, files in os.walk(folder):
        entries = [(Path(place), FOLDER_MODE)] if Path(place) == folder else []
        entries += [(Path(place, name), FOLDER_MODE) for name in sorted(folders)]
        entries += [(Path(place, name), FILE_MODE) for name in sorted(files)]
        for path, expected in entries:
            status = path.lstat()
            found = stat.S_IMODE(status.st_mode)
            if found != expected and not stat.S_ISLNK(status.st_mode):
                name = path.relative_to(folder).as_posix() if path != folder else "the object's folder"
                yield RefusedSample("AUD002", name=name, expected=f"{expected:04o}", found=f"{found:04o}")


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _unread(check: CopyCheck, path: str, error: OSError) -> None:
    reason = error.strerror or type(error).__name__
    if error.errno in DAMAGED_MEDIA:
        check.findings.append(damaged(path, "bytes that can be read", reason))
    else:
        check.unread.append(f"{path}: {reason}")
