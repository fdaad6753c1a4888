"""Where files lie that the configuration names."""

import os
import sys
from pathlib import Path

from fixative.findings import BadBatch

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: holds Snakefile, config/ and scripts/."""


def locate_sheet(sheet: Path) -> Path:
    """Find the sample sheet; see `locate`."""
    return locate(sheet, "sample sheet", "sheet")


def locate(path: Path, what: str, key: str) -> Path:
    """Find a file that the configuration names: in the work folder, where the command was given, in the checkout.

    Snakemake changes into ``--directory`` before it reads the Snakefile, so a relative path that a person
    typed is tried against the folder they typed it in as well.

    Raises
    ------
    BadBatch
        Naming every place that was looked in.
    """
    if path.is_absolute():
        places = [path]
    else:
        folders = [Path.cwd(), *invocation_folders(), PROJECT]
        places = list(dict.fromkeys(folder / path for folder in folders))
    for place in places:
        if place.is_file():
            return place
    looked = "\n".join(f"  looked for {place}" for place in places)
    raise BadBatch(f"{what} not found: {path}\n{looked}\n  give it with --config {key}=...")


def invocation_folders() -> list[Path]:
    """Folders the command may have been given in: what Snakemake left, then the shell's."""
    folders = []
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        api = frame.f_locals.get("self")
        handler = getattr(getattr(api, "workflow_api", api), "_workdir_handler", None)
        if (left := getattr(handler, "olddir", None)) is not None:
            folders.append(Path(left))
    if shell := os.environ.get("PWD"):
        folders.append(Path(shell))
    return folders
