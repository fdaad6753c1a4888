"""Zarr stores: what kind one is, and whether a file lies inside one."""

import os
from pathlib import Path

from fixative.findings import RefusedSample

_MARKS = (".zgroup", ".zarray", ".zattrs", "zarr.json")
_MOST_PARENTS = 12
_OME_KEYS = ("multiscales", "bioformats2raw.layout", "plate", "omero")


class Places:
    """Folders that were looked at, so that each is looked at once however many files lie in it.

    What it knows is as old as its first look: make one for each scan, none for a process.

    Parameters
    ----------
    listed : bool
        Answer from a listing of the folder that was asked about last: for who asks about file after file of it.
    """

    def __init__(self, *, listed: bool = False) -> None:
        self._stores: dict[Path, bool] = {}
        self._listed = listed
        self._listing: tuple[Path, frozenset[str]] | None = None

    def has(self, path: Path) -> bool:
        """Whether a file is there."""
        if not self._listed:
            return path.is_file()
        folder = path.parent
        if self._listing is None or self._listing[0] != folder:
            self._listing = folder, frozenset(os.listdir(folder))  # noqa: PTH208  Path.iterdir is slow
        return path.name in self._listing[1]

    def in_store(self, folder: Path) -> bool:
        """Whether a folder is a Zarr store or lies inside one."""
        if (known := self._stores.get(folder)) is not None:
            return known
        above: list[Path] = []
        found = False
        for place in [folder, *folder.parents][:_MOST_PARENTS]:
            if (known := self._stores.get(place)) is not None:
                found = known
                break
            above.append(place)
            if is_store(place):
                found = True
                break
        self._stores.update(dict.fromkeys(above, found))
        return found


def is_store(folder: Path) -> bool:
    """Whether a folder holds the files that mark a Zarr group or array."""
    return any((folder / name).is_file() for name in _MARKS)


def store_format(path: Path) -> str:
    """Format of a folder: OME-Zarr where the root's attributes say so.

    Raises
    ------
    RefusedSample
        INV003 where the folder is no image.
    """
    for name in (".zattrs", "zarr.json"):
        where = path / name
        if where.is_file():
            text = where.read_text("utf-8", "replace")
            if any(f'"{key}"' in text for key in _OME_KEYS):
                return "ome_zarr"
    if is_store(path):
        return "zarr"
    raise RefusedSample("INV003", name=path.name, found="a folder that is no image")
