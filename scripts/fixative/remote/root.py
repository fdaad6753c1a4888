"""A replica on remote storage: uploaded, read back, checked, restored from, as a folder is.

A remote has no rename that makes a whole object appear at once. So the payload goes up first and ``bagit.txt`` last,
and a note in the archive (`UPLOADING`) says of an upload that it has begun, until the copy was read back and found
good: what a killed run has left is gone on with, and never passes for an object.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fixative.audit.check import CopyCheck, check_copy
from fixative.audit.pace import Pace, digests_from_disk
from fixative.audit.roots import CannotCopy, Copies, Root, Wanted
from fixative.files import write_json
from fixative.findings import RefusedSample
from fixative.package.discard import discard
from fixative.remote import locking, rclone
from fixative.remote.address import Address
from fixative.scratch import private_folder
from fixative.sealed import HIDDEN
from fixative.sections import Lock
from fixative.verify.bag_files import MOST_TAG_BYTES

if TYPE_CHECKING:
    from fixative.catalogue import Entry

UPLOADING = f"{HIDDEN}/uploading"
_LAST = "bagit.txt"


@dataclass(eq=False)
class RemoteRoot:
    """A tree of objects on remote storage.

    Parameters
    ----------
    address
        The folder of the data sets.
    archive_root
        The archive that it is a replica of: keeps the notes of uploads that have begun.
    lock
        Object lock of what is uploaded.
    """

    address: Address
    name: str
    archive_root: Path
    location: str | None = None
    medium: str | None = None
    lock: Lock | None = None
    transfers: int = 4
    _listed: set[str] | None = field(default=None, repr=False)
    _asked: bool = field(default=False, repr=False)
    _problem: RefusedSample | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Its address."""
        return str(self.address)

    def problem(self) -> RefusedSample | None:
        """Say why it cannot be reached: REM001, REM002, REM005, REM006, or AUD006 for a folder of this machine.

        It is asked once: whoever judges ten thousand objects asks as often.
        """
        if not self._asked:
            self._problem, self._asked = self._found_wrong(), True
        return self._problem

    def _found_wrong(self) -> RefusedSample | None:
        try:
            found = rclone.features(self.address, name=self.name)
            if found.get("Features", {}).get("IsLocal"):
                return RefusedSample("AUD006", copy=self.name, reason="a folder of this machine: name it by its path")
            if self.lock:
                locking.require_known(found, self.name)
            self._names()
        except RefusedSample as refused:
            return refused
        return None

    def objects(self) -> Iterable[str]:
        """Every object that is there; an upload that has not ended is none."""
        return sorted(name for name in self._names() if not self._note(name).exists())

    def holds(self, name: str) -> bool:
        """Whether something stands in the place of the object, other than an upload of ours that has not ended."""
        return name in self._names() and not self._note(name).exists()

    def _names(self) -> set[str]:
        """Folders two levels down, as they were when they were first asked for: one listing for each data set."""
        if self._listed is None:
            answer = rclone.run(
                *("lsf", "-R", "--dirs-only", "--max-depth=2", "--filter=- /.*/**", self.address.rclone_folder),
                name=self.name,
            )
            paths = (PurePosixPath(line) for line in answer.decode("utf-8", "replace").splitlines())
            names = {str(path) for path in paths if len(path.parts) == 2}
            self._listed = {name for name in names if not any(part.startswith(".") for part in name.split("/"))}
        return self._listed

    def check(self, name: str, wanted: Wanted, pace: Pace) -> CopyCheck:
        """Read a copy back, every byte, and check it; one that cannot be read is told of, not raised."""
        if not self.holds(name):
            return CopyCheck(name, [RefusedSample("AUD001", object=name, copy=self.name)])
        return self._read_back(name, wanted, pace)

    def _read_back(self, name: str, wanted: Wanted, pace: Pace) -> CopyCheck:
        folder = Path(tempfile.mkdtemp(prefix="copy-", dir=private_folder("remote"))) / name
        try:
            if wanted.decode:
                self.copy_to(name, folder, pace)
                return self._checked(folder, wanted, pace, digests={})
            return self._checked(folder, wanted, pace, digests=self._model(name, folder, pace))
        except RefusedSample as refused:
            return CopyCheck(name, unread=[f"{name}: {refused.message}"])
        except OSError as error:
            return CopyCheck(name, unread=[f"{name}: {error.strerror or type(error).__name__}"])
        except ValueError:  # a name that no file system has
            return CopyCheck(name, unread=[f"{name}: a listing that cannot be understood"])
        finally:
            discard(folder.parents[1])

    def _checked(self, folder: Path, wanted: Wanted, pace: Pace, *, digests: dict[str, str]) -> CopyCheck:
        """Check a model, whose payload was digested on its way, or a whole copy."""

        def read(path: Path, algorithms: Iterable[str], pace: Pace) -> tuple[dict[str, str], int]:
            inside = path.relative_to(folder).as_posix()
            if not inside.startswith("data/") or not digests:
                return digests_from_disk(path, algorithms, Pace())
            if len(digests.get(inside, "")) != 64:
                raise OSError(errno.ECOMM, "its bytes did not come back from the remote")
            return {"sha256": digests[inside]}, path.lstat().st_size

        check = check_copy(
            folder,
            copy=self.name,
            manifest_sha256=wanted.manifest_sha256,
            pace=pace,
            modes=False,
            decode=wanted.decode,
            read=read,
        )
        if digests:
            check.algorithms = "read back from the remote: SHA-256"
        return check

    def _model(self, name: str, folder: Path, pace: Pace) -> dict[str, str]:
        """Make a model of an object: its tag files, and empty files of the payload's sizes; gives their digests."""
        place = self.address.joined(name)
        files = rclone.list_files(place, name=self.name, details=False)
        sizes = {file.path: max(0, file.bytes) for file in files}
        if any({"", ".", ".."} & set(path.split("/")) for path in sizes):
            raise RefusedSample("REM009", name=name, reason="a path that leaves the object")
        tags = [path for path, size in sizes.items() if not path.startswith("data/") and size <= MOST_TAG_BYTES]
        folder.mkdir(parents=True)
        rclone.run(
            *("copy", *self._flags(pace), "--files-from-raw", "-", place.rclone_folder, str(folder)),
            name=self.name,
            listed=tags,
        )
        for path, size in sizes.items():
            if path not in tags:
                model = folder / path
                model.parent.mkdir(parents=True, exist_ok=True)
                with model.open("xb") as stream:
                    stream.truncate(size)  # a hole: it takes no room
        payload = place.joined("data")
        if not any(path.startswith("data/") for path in sizes):
            return {}
        digests = rclone.sha256_read_back(payload, name=self.name, flags=self._flags(pace))
        pace.bytes += sum(sizes.values())
        return {f"data/{path}": digest for path, digest in digests.items()}

    def describe(self, name: str) -> "Entry":
        """Say of an object what its tag files and its provenance say."""
        from fixative.catalogue import Entry, describe

        folder = Path(tempfile.mkdtemp(prefix="told-", dir=private_folder("remote"))) / name
        try:
            folder.mkdir(parents=True)
            rules = ["--filter=+ /*", "--filter=+ /data/*.provenance.json", "--filter=- *"]
            place = self.address.joined(name).rclone_folder
            rclone.run("copy", *rules, f"--max-size={MOST_TAG_BYTES}B", place, str(folder), name=self.name)
            return describe(folder)
        except RefusedSample:
            return Entry(name)
        finally:
            discard(folder.parents[1])

    def copy_to(self, name: str, folder: Path, pace: Pace) -> None:
        """Copy an object into a folder that is not there yet: every byte, durable, read-only."""
        from fixative.audit.copying import make_durable, make_read_only

        place = self.address.joined(name)
        files = rclone.list_files(place, name=self.name, details=False)
        there = next(path for path in folder.absolute().parents if path.is_dir())
        needed, free = sum(max(0, file.bytes) for file in files), shutil.disk_usage(there).free
        if needed > free:
            raise RefusedSample("REM004", name=name, reason=f"{needed} bytes to fetch, {free} free")
        rclone.run("copy", *self._flags(pace), place.rclone_folder, str(folder), name=self.name)
        pace.bytes += needed
        make_durable(folder)
        make_read_only(folder)

    def take(
        self, name: str, source: Copies, wanted: Wanted, pace: Pace, *, stamp: str, replace: bool
    ) -> tuple[CopyCheck, str]:
        """Upload a copy, the payload first and ``bagit.txt`` last, and read it back before it counts."""
        begun = self._note(name).exists()
        if not begun and not replace and (reason := self._what_stands_there(name)):
            raise RefusedSample("REM007", object=name, copy=self.name, reason=reason)
        if self.lock and not (check := source.check(name, wanted, pace)).whole:
            # What is locked cannot be taken away again.
            raise CannotCopy(f"the copy to upload is not good: {check.note}")
        if isinstance(source, Root):
            return self._upload(name, source.path / name, wanted, pace, stamp if replace and not begun else None)
        folder = Path(tempfile.mkdtemp(prefix="copy-", dir=private_folder("remote"))) / name
        try:
            source.copy_to(name, folder, pace)
            return self._upload(name, folder, wanted, pace, stamp if replace and not begun else None)
        finally:
            discard(folder.parents[1])

    def _upload(
        self, name: str, folder: Path, wanted: Wanted, pace: Pace, stamp: str | None
    ) -> tuple[CopyCheck, str]:
        place, aside = self.address.joined(name), ""
        if stamp:
            aside = f"{HIDDEN}/damaged/{name}.{stamp}"
            rclone.run("move", place.rclone_folder, self.address.joined(aside).rclone, name=self.name)
        begun = self._note(name).exists()
        write_json(self._note(name), {"object": name, "copy": self.name})
        flags = [*self._flags(pace), "--no-update-modtime", "--s3-no-check-bucket"]
        if self.lock:
            flags += locking.flags(self.lock)
        if self.lock and not begun:
            try:
                locking.try_one(folder, place, self.lock, flags, name=self.name)
            except RefusedSample as refused:
                if refused.code == "REM005":
                    self._note(name).unlink()  # nothing of it is left there
                raise
        self._send(folder, place, flags)
        check = self._sent(name, wanted, pace)
        if not check.whole and not check.unread:
            # What a killed run has left may be torn where the store knows neither hashes nor whole uploads.
            self._send(folder, place, [*flags, "--ignore-times"])
            check = self._sent(name, wanted, pace)
        if not check.whole:
            raise CannotCopy(f"what was uploaded is not what came back: {check.note}")
        if self.lock:
            locking.require_locked(place, self.lock, name=self.name)
        self._note(name).unlink()
        self._names().add(name)
        return check, aside

    def _send(self, folder: Path, place: Address, flags: list[str]) -> None:
        """Upload what is not there yet: the payload, the tag files, and last the one that says that it is a bag."""
        whole = ["--checksum", *flags]
        rclone.run("copy", *whole, str(folder / "data"), place.joined("data").rclone, name=self.name)
        rules = [f"--filter=- /{_LAST}", "--filter=+ /*", "--filter=- *"]
        rclone.run("copy", *whole, *rules, str(folder), place.rclone, name=self.name)
        rclone.run("copyto", *whole, str(folder / _LAST), place.joined(_LAST).rclone, name=self.name)

    def _sent(self, name: str, wanted: Wanted, pace: Pace) -> CopyCheck:
        return self._read_back(name, Wanted(wanted.manifest_sha256, modes=False), pace)

    def _what_stands_there(self, name: str) -> str:
        """Say what stands in a place that should be empty; empty when nothing does."""
        try:
            files = rclone.list_files(self.address.joined(name), name=self.name, details=False)
        except RefusedSample as refused:
            if refused.code == "REM002":
                return ""
            raise
        return f"{len(files)} files that no upload of this archive has left" if files else ""

    def lock_again(self, name: str) -> None:
        """Do nothing: a remote keeps no modes."""

    def _note(self, name: str) -> Path:
        return Path(os.path.join(self.archive_root, UPLOADING, self.name, f"{name}.json"))  # noqa: PTH118  asked often

    def _flags(self, pace: Pace) -> list[str]:
        return rclone.rate_flags(pace.bytes_per_s, transfers=self.transfers)
