"""Sources on remote storage, fetched into the work folder by the job that takes their inventory.

What belongs to a source is found by its name (`rules_for`); what of it is the file set is then decided from the
content, as for any source. A copy counts when its size, and a hash that the remote keeps, are those of the listing.
"""

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fixative.files import FileState, write_json
from fixative.findings import RefusedSample
from fixative.models import Inventory, RemoteFile, SampleRow
from fixative.package.discard import discard
from fixative.remote import rclone
from fixative.remote.address import FETCHED, Address, address_of
from fixative.remote.proof import compare

if TYPE_CHECKING:
    from fixative.sections import Remote

MOST_FILES = 100_000
"""Of what lies beside a source and has its name."""

LISTED = "remote.json"
"""In a sample's folder: its files on the remote as they were when they were fetched last (restricted)."""

_SUFFIX = re.compile(r"(\.ome)?(\.[^.]+)?(\.gz|\.bz2|\.xz|\.zst)?$", re.IGNORECASE)
_UNWRITABLE = re.compile("[\0-\x1f\x7f\u201b\u2400-\u2421]")
"""Control characters, and the pictures that rclone puts in their place (https://rclone.org/overview/#encoding)."""

_GLOB = re.compile(r"([][*?{}\\])")


@dataclass
class Group:
    """Files that are fetched from one folder into one folder."""

    folder: Address
    local: Path
    names: list[str] = field(default_factory=list)
    """Files asked for by name."""
    source: str | None = None
    """Name of the source, where it is in this group: what belongs to it comes along."""


def fetch(row: SampleRow, folder: Path, settings: "Remote") -> tuple[RemoteFile, ...]:
    """Fetch the source and the sidecars of a sample, with what lies beside the source and has its name.

    A copy that a run before has left is used where the remote still describes the same files.

    Parameters
    ----------
    row
        The sample; its paths are where the files are to lie.
    folder
        The sample's own, for `LISTED`.

    Raises
    ------
    RefusedSample
        REM001 to REM004, REM006, REM009.
    """
    place = FETCHED / row.sample_id
    place.mkdir(parents=True, exist_ok=True)
    FETCHED.chmod(0o700)
    found = [(group, _listed(group)) for group in groups_of(row)]
    require_room(place, [file for _, files in found for file in files], row.source.name)
    fetched: list[RemoteFile] = []
    for group, files in found:
        fetched += _fetch_group(group, files, settings)
    write_json(folder / LISTED, [file.model_dump(mode="json") for file in fetched], mode=0o600)
    return tuple(fetched)


def groups_of(row: SampleRow) -> list[Group]:
    """Sort what is to be fetched by folder: what lies beside the source joins it."""
    groups: dict[Path, Group] = {}
    if row.remote:
        source = address_of(row.remote)
        groups[row.source.parent] = Group(source.parent, row.source.parent, source=source.name)
    for local, address in row.remote_sidecars.items():
        sidecar = address_of(address)
        group = groups.setdefault(Path(local).parent, Group(sidecar.parent, Path(local).parent))
        group.names.append(sidecar.name)
    return list(groups.values())


def rules_for(source: str) -> list[str]:
    """Give rclone's filter rules for what belongs to a source by its name.

    The source itself, all below it where it is a folder; files and folders beside it whose name begins with its
    stem, and ``_stem_``. The stem is the name less its ending (two where the second is ``.ome`` or compression).
    """
    name, stem = _glob(source), _glob(_stem(source))
    return [f"+ /{name}", f"+ /{name}/**", f"+ /{stem}*", f"+ /{stem}*/**", f"+ /_{stem}_/**"]


def belongs(path: str, source: str) -> bool:
    """Whether a path beside a source belongs to it: after the stem no letter or digit follows (a-1, not a-10)."""
    top, stem = path.partition("/")[0], _stem(source)
    if top in (source, f"_{stem}_"):
        return True
    return top.startswith(stem) and not top[len(stem) : len(stem) + 1].isalnum()


def _stem(source: str) -> str:
    return source[: _SUFFIX.search(source).start()] or source  # type: ignore[union-attr]


def _glob(name: str) -> str:
    return _GLOB.sub(r"\\\1", name)


def _listed(group: Group) -> list[rclone.RemoteFile]:
    """Ask the remote for the files of a group."""
    rules = [f"+ /{_glob(name)}" for name in group.names]
    rules += rules_for(group.source) if group.source else []
    name = group.source or group.names[0]
    files = rclone.list_files(group.folder, name=name, filters=[*rules, "- *"])
    if group.source:
        files = [file for file in files if file.path in group.names or belongs(file.path, group.source)]
    tops = {file.path.partition("/")[0] for file in files}
    for wanted in [*([group.source] if group.source else []), *group.names]:
        if wanted not in tops:
            raise RefusedSample("REM002", name=wanted)
    if len(files) > MOST_FILES:
        raise RefusedSample("REM009", name=name, reason=f"more than {MOST_FILES} files")
    if any(_UNWRITABLE.search(file.path) or ".." in file.path.split("/") for file in files):
        raise RefusedSample("REM009", name=name, reason="a name that cannot be written here")
    return files


def require_room(place: Path, files: Iterable[rclone.RemoteFile], name: str) -> None:
    """Refuse what would not fit into a folder (REM004)."""
    needed, free = sum(max(0, file.bytes) for file in files), shutil.disk_usage(place).free
    if needed > free:
        raise RefusedSample("REM004", name=name, reason=f"{needed} bytes to fetch, {free} free")


def _fetch_group(group: Group, files: list[rclone.RemoteFile], settings: "Remote") -> list[RemoteFile]:
    """Fetch under a hidden name, compare, rename; or use what is there."""
    record = group.local.with_name(f".{group.local.name}.json")
    if (kept := _still_there(record, group, files)) is not None:
        return kept
    partial = group.local.with_name(f".{group.local.name}.part")
    record.unlink(missing_ok=True)
    discard(group.local)
    partial.mkdir(parents=True, exist_ok=True)
    rate = settings.max_mb_per_s * 1e6 if settings.max_mb_per_s else None
    flags = rclone.rate_flags(rate, transfers=settings.transfers)
    name = group.source or group.names[0]
    paths = [file.path for file in files]
    # What a killed run has fetched whole is not fetched again: rclone compares size and time, `compare` all the rest.
    rclone.run(
        "copy", *flags, "--files-from-raw", "-", group.folder.rclone_folder, str(partial), name=name, listed=paths
    )
    proven = compare(group.folder, partial, files, reread=settings.reread, flags=flags)
    _remove_strangers(partial, set(paths))
    partial.rename(group.local)
    fetched = [
        RemoteFile(
            folder=str(group.folder),
            path=file.path,
            bytes=file.bytes,
            modified=file.modified,
            hashes=file.hashes,
            proven_by=proven[file.path],
        )
        for file in files
    ]
    states = {path: _state(group.local / path) for path in paths}
    content = {"states": states, "files": [file.model_dump(mode="json") for file in fetched]}
    write_json(record, content, mode=0o600)
    return fetched


def _still_there(record: Path, group: Group, files: list[rclone.RemoteFile]) -> list[RemoteFile] | None:
    """Give the record of a copy that is there, where it is of what the remote has now."""
    try:
        kept = json.loads(record.read_bytes())
        fetched = [RemoteFile.model_validate(file) for file in kept["files"]]
        same = {file.path: _told(file) for file in fetched} == {file.path: _told(file) for file in files}
        there = all(_state(group.local / path) == state for path, state in kept["states"].items())
        here = all(file.folder == str(group.folder) for file in fetched)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return fetched if same and there and here and len(kept["states"]) == len(fetched) else None


def _told(file: "RemoteFile | rclone.RemoteFile") -> tuple[int, str, dict[str, str]]:
    return file.bytes, file.modified, file.hashes


def _state(path: Path) -> list[int]:
    state = FileState.of(path)
    return [state.bytes, state.mtime_ns, state.ctime_ns, state.inode]


def _remove_strangers(folder: Path, paths: set[str]) -> None:
    """Remove what a killed run has fetched and the remote has no more."""
    for path in folder.rglob("*"):
        if not path.is_dir() and path.relative_to(folder).as_posix() not in paths:
            path.unlink()


def drop(sample_id: str) -> None:
    """Remove what was fetched of a sample; nothing happens where nothing was."""
    discard(FETCHED / sample_id)


def drop_orphans(pending: set[str]) -> None:
    """Remove what killed runs have fetched of samples that need no more work."""
    if FETCHED.is_dir():
        for folder in FETCHED.iterdir():
            if folder.name not in pending:
                discard(folder)


def of_the_set(inventory: Inventory, row: SampleRow, fetched: Iterable[RemoteFile]) -> tuple[RemoteFile, ...]:
    """Of what was fetched, what the inventory found to be of the set."""
    places = {str(group.folder): group.local for group in groups_of(row)}
    used = {file.path for file in inventory.files}
    return tuple(file for file in fetched if places[file.folder] / file.path in used)


def require_unchanged(inventory: Inventory) -> None:
    """Refuse when the remote no longer has the files that were fetched: size, time and hash are asked for again.

    Raises
    ------
    RefusedSample
        INV007 naming the first that differs; REM001, REM006.
    """
    if difference := _difference(inventory.remote):
        raise RefusedSample("INV007", name=difference[0], what=difference[1])
    store = inventory.folder.name if inventory.folder else ""
    of_store = [file for file in inventory.remote if store and file.path.startswith(f"{store}/")]
    if of_store:
        rules = [f"+ /{_glob(store)}/**", "- *"]
        known = {file.path for file in of_store}
        for file in rclone.list_files(address_of(of_store[0].folder), name=store, filters=rules, details=False):
            if file.path not in known:
                raise RefusedSample("INV007", name=file.path, what="file is new on the remote")


def is_listed_still(folder: Path) -> bool:
    """Whether the remote has, unchanged, what was fetched last for a sample; False where it does not say."""
    try:
        fetched = [RemoteFile.model_validate(file) for file in json.loads((folder / LISTED).read_bytes())]
        return bool(fetched) and _difference(fetched) is None
    except (OSError, ValueError, TypeError, RefusedSample):
        return False


def _difference(fetched: Iterable[RemoteFile]) -> tuple[str, str] | None:
    by_folder: dict[str, list[RemoteFile]] = {}
    for file in fetched:
        by_folder.setdefault(file.folder, []).append(file)
    for folder, files in by_folder.items():
        only = [file.path for file in files]
        listing = rclone.list_files(address_of(folder), name=Path(only[0]).name, only=only)
        now = {file.path: file for file in listing}
        for file in files:
            if file.path not in now:
                return file.path, "no longer there on the remote"
            if _told(file) != _told(now[file.path]):
                return file.path, "size, time or hash on the remote differs"
    return None
