"""A copy of an object made in a folder: under a hidden name, read back, then renamed; nothing is deleted."""

import os
from pathlib import Path

from fixative.audit.check import FILE_MODE, FOLDER_MODE, CopyCheck, check_copy
from fixative.audit.pace import Pace
from fixative.audit.roots import CannotCopy, Copies, Root, Wanted
from fixative.files import fsync_folder
from fixative.package.discard import discard
from fixative.sealed import HIDDEN

DAMAGED = f"{HIDDEN}/damaged"


def place_copy(
    target: Root, name: str, source: Copies, wanted: Wanted, pace: Pace, *, stamp: str | None
) -> tuple[CopyCheck, str]:
    """Copy under a hidden name, read back, set the damaged one aside, rename; gives where the damaged one is.

    Parameters
    ----------
    stamp
        Time, for the name of what is set aside; None where nothing may stand there.

    Raises
    ------
    CannotCopy
        When the copy is not good, or something else took its place.
    """
    final = target.path / name
    final.parent.mkdir(exist_ok=True)
    partial = final.with_name(f".{final.name}.restored")
    discard(partial)  # of a repair that was killed
    try:
        source.copy_to(name, partial, pace)
        copied = check_copy(
            partial, copy=target.name, manifest_sha256=wanted.manifest_sha256, pace=pace, modes=wanted.modes
        )
        if copied.state != "good":
            raise CannotCopy(f"the copy is not good: {copied.note}")
        aside = _set_aside(target, name, stamp) if stamp else ""
        if os.path.lexists(final):
            raise CannotCopy("something else took its place meanwhile")
        partial.rename(final)
        fsync_folder(final.parent)
    except BaseException:
        discard(partial)
        raise
    copied.object = name
    return copied, aside


def copy_tree(source: Path, target: Path, pace: Pace) -> None:
    """Copy a folder, durable and read-only; links are not followed."""
    for place, folders, files in os.walk(source):
        made = target / Path(place).relative_to(source)
        made.mkdir()
        for name in files:
            _copy(Path(place, name), made / name, pace)
        folders.sort()
    make_read_only(target)
    for place, _, _ in os.walk(target, topdown=False):
        fsync_folder(Path(place))


def make_durable(folder: Path) -> None:
    """Have everything in a folder written to the disk."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            with Path(place, name).open("rb") as stream:
                os.fsync(stream.fileno())
        fsync_folder(Path(place))


def make_read_only(folder: Path) -> None:
    """Give files and folders the modes of a sealed object."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            Path(place, name).chmod(FILE_MODE)
        Path(place).chmod(FOLDER_MODE)


def _copy(source: Path, target: Path, pace: Pace) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(reading, "rb", buffering=0) as stream, target.open("xb", buffering=0) as writing:
        while block := stream.read(pace.block_bytes):
            pace.take(len(block))
            view = memoryview(block)
            while view:
                view = view[writing.write(view) :]
        os.fsync(writing.fileno())


def _set_aside(root: Root, name: str, stamp: str) -> str:
    """Move what is damaged out of the way, and keep it; returns where it is, below the root."""
    final = root.path / name
    aside = root.path / DAMAGED / f"{name}.{stamp}"
    while os.path.lexists(aside):
        aside = aside.with_name(f"{aside.name}-again")
    aside.parent.mkdir(parents=True, exist_ok=True)
    folder = not final.is_symlink() and final.is_dir()
    if folder:
        final.chmod(0o755)  # to be moved into another folder it must be writable
    try:
        final.rename(aside)
    except OSError:
        if folder:
            final.chmod(FOLDER_MODE)
        raise
    if folder:
        aside.chmod(FOLDER_MODE)
    fsync_folder(aside.parent)
    fsync_folder(final.parent)
    return aside.relative_to(root.path).as_posix()
