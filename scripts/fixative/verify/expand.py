"""Which objects are meant: an object, a folder of objects, or a whole archive root."""

import os
from collections.abc import Iterator
from pathlib import Path

from fixative.verify.object import TAG_FILES


def expand(place: Path) -> Iterator[Path]:
    """Yield the objects at or below a place, in order of names; the place itself where there are none.

    Hidden folders (``.fixative``, what is being copied) are no objects, and links below the place are not followed.
    A folder that cannot be read is yielded: that its objects cannot be checked is to be said.
    """
    found = False
    for folder in _objects(place):
        found = True
        yield folder
    if not found:
        yield place


def _objects(place: Path) -> Iterator[Path]:
    pending = [place]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except NotADirectoryError:
            continue
        except OSError:
            yield folder
            continue
        names = {entry.name for entry in listed}
        # A payload without tag files is no bag any more, and not to be passed over in silence.
        if names & TAG_FILES or any(entry.name == "data" and _holds_image(entry) for entry in listed):
            yield folder
            continue
        below = (entry for entry in reversed(listed) if not entry.name.startswith("."))
        pending += [Path(entry.path) for entry in below if entry.is_dir(follow_symlinks=False)]


def _holds_image(entry: "os.DirEntry[str]") -> bool:
    if not entry.is_dir(follow_symlinks=False):
        return False
    try:
        return any(path.name.endswith((".ome.tiff", ".pixels.json")) for path in Path(entry.path).iterdir())
    except OSError:
        return True
