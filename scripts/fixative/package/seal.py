"""Sealing: an assembled object becomes read-only and takes its final name, whole or not at all.

A sealed object is never overwritten. After a kill at any moment there is either a partial object, which is
built again, or one under its final name, which `adopt` verifies and takes over.
"""

import errno
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from fixative.files import READ_BYTES, fsync_folder
from fixative.findings import RefusedSample
from fixative.models import Receipt
from fixative.package.discard import discard
from fixative.permissions import Owner
from fixative.verify.bag import bag_findings, completeness_findings

FILE_MODE, FOLDER_MODE = 0o444, 0o555
WRITABLE_FOLDER_MODE = 0o755
NOBODY_ELSE = Owner()


def seal_object(folder: Path, final: Path, *, source: Path, owner: Owner = NOBODY_ELSE) -> Receipt:
    """Move the object at ``folder`` to ``final``, read-only and durable.

    Parameters
    ----------
    folder
        What `assemble_object` built. On another file system than ``final`` it is copied to a hidden name
        beside that, verified there by reading, and removed.
    final
        ARCHIVE_ROOT/<dataset>/<sample>.
    source
        For the receipt, which is restricted.
    owner
        Who the object is given to, and the folder of its data set where that is new.

    Raises
    ------
    RefusedSample
        SEA001 when something stands under the final name; VER004 when the object is not complete.
    """
    if os.path.lexists(final):
        raise RefusedSample("SEA001", object=_name(final))
    _refuse(completeness_findings(folder))
    made = [parent for parent in (final.parent, *final.parent.parents) if not parent.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    for parent in made:
        fsync_folder(parent.parent)
    if final.parent in made:
        owner.give_one(final.parent)
    make_read_only(folder)
    try:
        owner.give(folder)
        _rename(folder, final)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_and_rename(folder, final, owner)
    _close(final)
    discard(folder)
    return receipt_of(final, source=source)


def adopt(final: Path, *, source: Path, fileset_sha256: str, policy_sha256: str, threads: int = 1) -> Receipt | None:
    """Take over an object that stands under its final name already, or say None when there is none.

    Raises
    ------
    RefusedSample
        SEA001 when it is of another source or policy, or no object; SEA002 when it is damaged.
    """
    from fixative.verify.object import NotAnObject, verify_object

    if not os.path.lexists(final):
        return None
    try:
        receipt = receipt_of(final, source=source)
    except (OSError, ValueError, KeyError, TypeError):
        receipt = None
    if receipt and (receipt.fileset_sha256, receipt.policy_sha256) != (fileset_sha256, policy_sha256):
        raise RefusedSample("SEA001", object=_name(final))
    try:
        report = verify_object(final, threads=threads)
    except NotAnObject:
        raise RefusedSample("SEA001", object=_name(final)) from None
    if receipt is None or report.outcome != "whole":
        reasons = [
            *(finding.message for finding in report.findings),
            *report.unread,
            "its provenance cannot be read",
        ]
        raise RefusedSample("SEA002", object=_name(final), reason=reasons[0])
    make_read_only(final)
    _close(final)
    return receipt.model_copy(update={"adopted": True})


def receipt_of(folder: Path, *, source: Path) -> Receipt:
    """Compose the receipt of an object from the object alone."""
    sample = folder.name
    provenance = json.loads((folder / f"data/{sample}.ome.tiff.provenance.json").read_bytes())
    return Receipt(
        source=str(source),
        object=_name(folder),
        fileset_sha256=provenance["source"]["fileset_sha256"],
        policy_sha256=provenance["policy"]["sha256"],
        manifest_sha256=sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest(),
        sealed=provenance["created"],
        bytes=sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file()),
        planes=provenance["pixels"]["planes"],
    )


def make_read_only(folder: Path) -> None:
    """Make everything in ``folder`` read-only and durable, but for ``folder`` itself.

    To be renamed into another folder, a folder must be writable for who renames it.
    """
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(place, name)
            if not path.is_symlink():
                path.chmod(FILE_MODE)
                with path.open("rb") as stream:
                    os.fsync(stream.fileno())
        if Path(place) != folder:
            Path(place).chmod(FOLDER_MODE)
        fsync_folder(Path(place))


def _rename(folder: Path, final: Path) -> None:
    folder.chmod(WRITABLE_FOLDER_MODE)
    try:
        folder.rename(final)
    except OSError as error:
        # Another run was quicker: rename replaces an empty folder only, never an object.
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise RefusedSample("SEA001", object=_name(final)) from None
        raise


def _close(final: Path) -> None:
    """Take write permission from the top folder and make its name durable."""
    final.chmod(FOLDER_MODE)
    fsync_folder(final)
    fsync_folder(final.parent)


def partial_of(folder: Path, final: Path) -> Path:
    """Name a copy in the making: found again by the run that was killed over it, and taken by no other."""
    return final.with_name(f".{final.name}.{sha256(os.fsencode(folder.absolute())).hexdigest()[:12]}.partial")


def _copy_and_rename(folder: Path, final: Path, owner: Owner) -> None:
    """Copy to a hidden name on the archive's file system, verify the copy by reading it, rename it."""
    partial = partial_of(folder, final)
    discard(partial)
    try:
        for place, _, files in os.walk(folder):
            target = partial / Path(place).relative_to(folder)
            target.mkdir()
            for name in files:
                _copy(Path(place, name), target / name)
        _refuse(bag_findings(partial))
        make_read_only(partial)
        owner.give(partial)
        _rename(partial, final)
    except BaseException:
        discard(partial)
        raise


def _copy(source: Path, target: Path) -> None:
    with source.open("rb", buffering=0) as reading, target.open("xb", buffering=0) as writing:
        while block := reading.read(READ_BYTES):
            view = memoryview(block)
            while view:
                view = view[writing.write(view) :]
        os.fsync(writing.fileno())
        # What is read back to verify the copy must come from the disk, not from what was just written.
        os.posix_fadvise(writing.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _refuse(findings: Any) -> None:
    for finding in findings:
        raise finding


def _name(final: Path) -> str:
    return f"{final.parent.name}/{final.name}"
