"""What the archive holds already, by size and digest of the sources that its objects were made from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


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
    for path in sorted(archive_root.glob("*/*/data/*.provenance.json")):
        try:
            source = json.loads(path.read_bytes())["source"]
            if source["files"][0]["role"] == "main" and source["fileset_sha256"]:
                yield source
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            continue
