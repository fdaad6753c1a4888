"""What is new goes into the catalogue, and nothing that is known is read again."""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from fixative.catalogue.describe import describe_whole
from fixative.catalogue.records import Entry
from fixative.catalogue.store import Catalogue
from fixative.sealed import is_object

AT_ONCE = 50
"""Objects of one transaction: a kill loses so many, and a disk is waited for so seldom."""


@dataclass(frozen=True)
class Update:
    """What an update has done."""

    entered: int = 0
    objects: int = 0
    """That the catalogue knows."""
    remade: bool = False
    """Whether it was damaged, was set aside and made anew."""


def update_catalogue(
    root: Path,
    names: Iterable[str],
    sealed: Iterable[str] = (),
    *,
    told: Callable[[int], None] = lambda done: None,
) -> Update:
    """Enter objects that the catalogue does not know, and those that it knows by name alone.

    Parameters
    ----------
    root
        The archive.
    names
        Objects (dataset/sample) that may be new: those with a receipt. One that is not there is passed over.
    sealed
        Objects that were sealed just now: entered whatever is known under their name.
    told
        Takes how many are done, now and then.

    Raises
    ------
    RefusedSample
        AUD008 when the catalogue cannot be written.
    """
    with Catalogue(root, check=False) as catalogue:
        known = catalogue.names()
        undescribed, now = catalogue.undescribed(), set(sealed)
        wanted = {*now, *(name for name in names if name not in known), *undescribed}
        entered = enter_into(catalogue, root, sorted(wanted), now, told=told)
        catalogue.mark_gone(name for name in undescribed if not os.path.lexists(root / name))
        return Update(entered, catalogue.count(), catalogue.remade)


def enter_into(
    catalogue: Catalogue,
    root: Path,
    names: Iterable[str],
    sealed: Collection[str] = (),
    *,
    told: Callable[[int], None] = lambda done: None,
) -> int:
    """Describe and enter objects, some at a time; returns how many were there.

    Of one that was not `sealed` just now, the manifest that is remembered stays: another object may stand in its
    place, and what stands there must not become right by being listed.
    """
    there = (name for name in names if is_object(root / name))
    done = 0
    while some := list(islice(there, AT_ONCE)):
        found = {name: describe_whole(root / name) for name in some}
        for name in set(some) - set(sealed):
            if manifest := remembered_manifest(root, catalogue.entry(name) or Entry(name)):
                found[name] = replace(found[name], entry=replace(found[name].entry, manifest_sha256=manifest))
        catalogue.tell(found.values())
        done += len(some)
        told(done)
    return done


def remembered_manifest(root: Path, entry: Entry) -> str | None:
    """Digest of the manifest that an object had, by the catalogue or by its fixity log; None where nobody knows."""
    from fixative.audit.fixity_log import log_path, read_events
    from fixative.audit.history import history_of

    log = log_path(root, entry.name)
    if entry.manifest_sha256 is not None or not log.is_file():
        return entry.manifest_sha256
    return history_of(*read_events(log)).manifest_sha256


def enter(root: Path, *folders: Path) -> None:
    """Enter objects that were just sealed. Several processes may do so at once.

    Raises
    ------
    RefusedSample
        AUD008 when the catalogue cannot be written; the next update or audit enters the objects then.
    """
    update_catalogue(root, (), [f"{folder.parent.name}/{folder.name}" for folder in folders])
