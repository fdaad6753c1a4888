"""The inventory of a sample: its format, every file of its set with digests, promised against present."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from fixative.files import FileState, digest_file
from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.members import tree
from fixative.models import Inventory, Role, SampleRow, SourceFile
from fixative.progress import begin_work, count_done
from fixative.readers.options import READER_DEFAULTS, ReaderOptions
from fixative.recognise import recognise
from fixative.structure import check_structure

T = TypeVar("T")


def take_inventory(row: SampleRow, options: ReaderOptions = READER_DEFAULTS) -> Inventory:
    """Identify a sample's source, list its file set, digest each file in one read, check its structure.

    Parameters
    ----------
    row : SampleRow
        The sample, as its sheet names it.
    options : ReaderOptions
        For formats whose file set only a reader knows.

    Raises
    ------
    RefusedSample
        INV001 source missing, INV002 unreadable, INV003 not recognised, INV004 incomplete, INV005 damaged,
        INV006 member missing, INV007 changed meanwhile, INV008 sidecar missing, INV009 empty, INV011 belongs
        to another image.
    """
    source = row.source
    _require_source(source)
    _require_sidecars(row.sidecars)
    fmt = _reading(source, lambda: recognise(source, options))
    members = _reading(source, lambda: file_set(source, fmt, options))
    # States are taken before anything but names is read, so that nothing read later can have changed unseen.
    before = {path: _state(path) for path in [*members, *row.sidecars]}
    completeness = _reading(
        source, lambda: check_structure(source, fmt, members, allow_missing=options.whole_planes_only)
    )
    files = _source_files(source, members, row.sidecars, before)
    inventory = Inventory(
        format=fmt,
        files=files,
        completeness=completeness,
        fileset_sha256=fileset_digest({file.name: file.sha256 for file in files}),
        folder=source if source.is_dir() else None,
    )
    ensure_unchanged(inventory)
    return inventory


def ensure_unchanged(inventory: Inventory) -> None:
    """Refuse when any file of the set is not as it was when the inventory was taken.

    Raises
    ------
    RefusedSample
        INV007, naming the first such file.
    """
    for file in inventory.files:
        recorded = FileState(file.bytes, file.mtime_ns, file.ctime_ns, file.inode, file.device)
        try:
            difference = recorded.difference(FileState.of(file.path))
        except OSError as error:
            difference = f"no longer there ({error.strerror})"
        if difference:
            raise RefusedSample("INV007", name=file.name, what=difference)
    if inventory.folder:
        require_nothing_new(inventory.folder, inventory.files)


def require_nothing_new(folder: Path, files: Iterable[SourceFile]) -> None:
    """Refuse when a store that is a folder has gained files."""
    known = {file.path for file in files}
    if new := [path for path in tree(folder, folder) if path not in known]:
        raise RefusedSample("INV007", name=new[0].relative_to(folder).as_posix(), what="file is new")


def fileset_digest(digests: Mapping[str, str]) -> str:
    """SHA-256 over one line ``sha256  name`` for each file of the set, sorted by name.

    Parameters
    ----------
    digests
        SHA-256 by name of the file within the set.
    """
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(digests.items()))
    return hashlib.sha256(lines.encode("utf-8")).hexdigest()


def names_in_set(source: Path, members: Sequence[Path], sidecars: Sequence[Path]) -> dict[str, Path]:
    """Name each file of a set: its POSIX path below the set's folder, main file first, sidecars last.

    A sidecar from elsewhere goes by its own name, with a number before it where that is taken.

    Raises
    ------
    RefusedSample
        INV005 where a name is not UTF-8.
    """
    folder = source if source.is_dir() else source.parent
    names: dict[str, Path] = {_name(path, folder): path for path in members}
    for number, path in enumerate(dict.fromkeys(sidecars)):
        if path not in members:
            name = _name(path, folder)
            names[f"sidecar-{number}/{name}" if name in names else name] = path
    return names


def _require_source(source: Path) -> None:
    """Refuse a source that is not there, not readable, not a file or folder, or empty."""
    try:
        mode = source.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise RefusedSample("INV001", name=source.name) from None
    except OSError as error:
        raise _unreadable(source, error) from None
    if stat.S_ISDIR(mode.st_mode):
        return
    _require_regular(source, mode)
    if mode.st_size == 0:
        raise RefusedSample("INV009", name=source.name)


def _require_sidecars(sidecars: Iterable[Path]) -> None:
    for sidecar in sidecars:
        try:
            found = stat.S_ISREG(sidecar.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            found = False
        except OSError as error:
            raise _unreadable(sidecar, error) from None
        if not found:
            raise RefusedSample("INV008", name=sidecar.name)


def _require_regular(path: Path, state: os.stat_result) -> None:
    """Refuse pipes and devices: opening one may wait for ever."""
    if not stat.S_ISREG(state.st_mode):
        raise RefusedSample("INV002", name=path.name, reason="not a regular file")


def _unreadable(path: Path, error: OSError) -> RefusedSample:
    return RefusedSample("INV002", name=path.name, reason=error.strerror or type(error).__name__)


def _reading(source: Path, action: Callable[[], T]) -> T:
    """Run what reads the source; the system's refusal becomes a finding."""
    try:
        return action()
    except OSError as error:
        raise _unreadable(Path(error.filename) if error.filename else source, error) from None


def _state(path: Path) -> FileState:
    return _reading(path, lambda: _regular_state(path))


def _regular_state(path: Path) -> FileState:
    _require_regular(path, path.stat())
    return FileState.of(path)


def _source_files(
    source: Path, members: Sequence[Path], sidecars: Sequence[Path], before: Mapping[Path, FileState]
) -> tuple[SourceFile, ...]:
    """Digest every file of the set."""
    known = set(members)
    files = []
    begin_work(0, sum(state.bytes for state in before.values()))
    for name, path in names_in_set(source, members, sidecars).items():
        role: Role = "main" if path == members[0] else "member" if path in known else "sidecar"
        files.append(_digested(path, name, role, before[path]))
    return tuple(files)


def _name(path: Path, folder: Path) -> str:
    """POSIX path relative to the set's folder; of a file outside it, its own name."""
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    if not _is_text(name):
        raise RefusedSample("INV005", reason="the name of a file of the set is not UTF-8")
    return name


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _digested(path: Path, name: str, role: Role, before: FileState) -> SourceFile:
    """Digest one file in one read; it must be the same after it as before."""
    digests = _reading(path, lambda: digest_file(path, lambda size: count_done(0, size)))
    after = _state(path)
    if difference := before.difference(after):
        raise RefusedSample("INV007", name=name, what=difference)
    if digests.bytes != after.bytes:
        raise RefusedSample("INV007", name=name, what="size differs")
    return SourceFile(
        path=path,
        name=name,
        role=role,
        bytes=digests.bytes,
        sha256=digests.sha256,
        mtime_ns=after.mtime_ns,
        ctime_ns=after.ctime_ns,
        inode=after.inode,
        device=after.device,
    )
