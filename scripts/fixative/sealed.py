"""What the archive holds already: its objects, and the digests of the sources that they were made from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HIDDEN = ".fixative"
"""Folder of an archive root for what is about its objects: fixity logs, what was set aside."""
CATALOGUE = "catalogue.sqlite"
"""What `fixative.catalogue` keeps below the archive root."""
FORMER_CATALOGUE = f"{HIDDEN}/catalogue.sqlite"
"""Where that was until version 2 of its schema: tables `objects` and `logs` alone."""

_SIGNS = ("bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt", "bag-info.txt")


def sealed_objects(archive_root: Path) -> Iterator[Path]:
    """Folders of the objects: ARCHIVE_ROOT/<dataset>/<sample>; hidden names are none.

    A folder that lost some of its files is an object still.
    """
    return (folder for folder in _places(archive_root) if is_object(folder))


def is_object(folder: Path) -> bool:
    """Whether a folder in an object's place is one."""
    return any((folder / name).exists() for name in _SIGNS)


def _places(archive_root: Path) -> Iterator[Path]:
    return (folder for dataset in _folders(archive_root) for folder in _folders(dataset))


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if not path.name.startswith(".") and path.is_dir())
    except (FileNotFoundError, PermissionError):
        return []


def sealed_sets(archive_root: Path) -> dict[int, set[str]]:
    """Digests of the sealed file sets, by the size of the main file, for `fixative.scan.scan_storage`.

    Parameters
    ----------
    archive_root
        The archive. An object whose provenance cannot be read is passed over: what it was made from is then
        scanned as new, and sealing will say what is wrong.

    Returns
    -------
    dict of int to set of str
        SHA-256 of the main file where the set is a single file (and its sidecars), of the set otherwise.
    """
    sealed: dict[int, set[str]] = {}
    for folder in _places(archive_root):
        if found := main_digest(source_of(folder)):
            sealed.setdefault(found[0], set()).add(found[1])
    return sealed


def main_digest(source: dict[str, Any] | None) -> tuple[int, str] | None:
    """Size of a source's main file, and the digest that `sealed_sets` knows the source by."""
    if source is None:
        return None
    main, *others = source["files"]
    alone = all(file["role"] == "sidecar" for file in others)
    return main["bytes"], main["sha256"] if alone else source["fileset_sha256"]


def source_of(folder: Path) -> dict[str, Any] | None:
    """Read what an object's provenance says of its source; None where it cannot be read."""
    # Path.glob sees hidden folders: partial objects and damaged ones that were set aside are not sealed.
    for path in folder.glob("data/*.provenance.json"):
        try:
            source: dict[str, Any] = json.loads(path.read_bytes())["source"]
            if source["files"][0]["role"] == "main" and source["fileset_sha256"]:
                return source
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            continue
    return None
