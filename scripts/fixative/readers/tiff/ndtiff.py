"""NDTiff, beside its TIFFs: the axes of each image out of the index, and the display settings."""

from pathlib import Path
from typing import Any

from fixative.columns import columns
from fixative.described import described
from fixative.trees import decode_text

_SETTINGS = "display_settings.txt"


def ndtiff(folder: Path) -> dict[str, Any]:
    """``index``: columns with axes, file, size and type of each image; ``display_settings`` where there are some.

    The settings lie beside the index, or one folder above a pyramid's ``Full resolution``.
    """
    from tifffile import read_ndtiff_index

    found: dict[str, Any] = {}
    index = folder / "NDTiff.index"
    if index.is_file():
        names = ("axes", "filename", "offset", "width", "height", "pixeltype", "compression")
        rows = [dict(zip(names, entry, strict=False)) for entry in read_ndtiff_index(index)]
        found["index"] = columns([{name: value for name, value in row.items() if name != "offset"} for row in rows])
    above = [folder.parent] if folder.name == "Full resolution" else []
    for place in [folder, *above]:
        settings = place / _SETTINGS
        if settings.is_file() and (tree := described(decode_text(settings.read_bytes()))) is not None:
            found["display_settings"] = tree
            break
    return found
