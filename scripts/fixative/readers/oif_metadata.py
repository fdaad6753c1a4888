"""Settings of an OIB or OIF as a tree: the main file's, those of the frames as columns, the others by name."""

from collections.abc import Callable, Mapping
from typing import Any

from fixative.columns import columns
from fixative.readers.attempt import attempt
from fixative.trees import digest_of, to_tree

MOST_BYTES = 64 * 1024 * 1024
_FRAME = "COFAFrameImage"
_PIXELS = (".tif", ".tiff")


def oif_tree(main: Mapping[str, Any], settings: Mapping[str, Any], read: Callable[[str], bytes]) -> dict[str, Any]:
    """Tree of a file.

    Parameters
    ----------
    main : mapping
        Sections of the main file.
    settings : mapping
        Every other member: its name and its sections, None where it has none.
    read : callable
        Returns the content of a member that has no settings.

    Returns
    -------
    dict
        ``main``; ``files``: by name, settings of the first frame, of the look-up tables, regions and reference
        images, digests of what is none (thumbnails); ``frames``: columns with the settings of all frames, their
        member's name as ``file``.
    """
    frames = {name: to_tree(found) for name, found in settings.items() if _is_frame(found)}
    first = next(iter(frames), None)
    files: dict[str, Any] = {}
    for name, found in settings.items():
        if found is not None and (name == first or name not in frames):
            files[name] = to_tree(found)
        elif found is None and not name.casefold().endswith((*_PIXELS, ".oif")):
            files[name] = attempt(lambda name=name: digest_of(read(name)))  # type: ignore[misc]
    tree = {"main": to_tree(dict(main)), "files": files}
    if frames:
        tree["frames"] = columns([{"file": name} | found for name, found in frames.items()])
    return tree


def _is_frame(found: Any) -> bool:
    return isinstance(found, Mapping) and dict(found.get("ProfileSaveInfo", {})).get("Name") == _FRAME
