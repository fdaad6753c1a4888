"""What the archive holds already: its objects, and the digests of the sources that they were made from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HIDDEN = ".fixative"
"""Folder of an archive root for what is about its objects: catalogue, fixity logs, what was set aside."""

_SIGNS = ("bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt", "bag-info.txt")


def sealed_objects(archive_root: Path) -> Iterator[Path]:
    """Folders of the objects: ARCHIVE_ROOT/<dataset>/<sample>; hidden names are none.

    A folder that lost some of its files is an object still.
    """
    return (folder for folder in _places(archive_root) if any((folder / name).exists() for name in _SIGNS))


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
    for source in _sources(archive_root):
        main, *others = source["files"]
        alone = all(file["role"] == "sidecar" for file in others)
        sealed.setdefault(main["bytes"], set()).add(main["sha256"] if alone else source["fileset_sha256"])
    return sealed


def _sources(archive_root: Path) -> Iterator[dict[str, Any]]:
    """Read what each object's provenance says of its source."""
    # Path.glob sees hidden folders: partial objects and damaged ones that were set aside are not sealed.
    for path in (path for folder in _places(archive_root) for path in folder.glob("data/*.provenance.json")):
        try:
            source = json.loads(path.read_bytes())["source"]
            if source["files"][0]["role"] == "main" and source["fileset_sha256"]:
                yield source
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            continue
