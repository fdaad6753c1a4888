"""Public names of the source's files: kept where nothing private is in them."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

_LONGEST_SUFFIX = 12


def public_names(files: Mapping[str, str | None], sample_id: str, is_public: Callable[[str], bool]) -> dict[str, str]:
    """Give each file of a set its public name.

    Parameters
    ----------
    files : mapping of str to str or None
        Names within the set in order, main file first; and what a policy made of each: None where it
        goes, otherwise the name as it may stand.
    sample_id : str
        What a private name is replaced by: ``<sample_id>.czi``, then ``<sample_id>_2.txt`` ...
    is_public : callable
        Whether a text holds no private value.

    Returns
    -------
    dict
        Source name to public name; no two are equal, upper and lower case being the same.
    """
    names: dict[str, str] = {}
    taken = {name.casefold() for name, allowed in files.items() if allowed == name}
    for number, (name, allowed) in enumerate(files.items(), start=1):
        if allowed == name:
            names[name] = name
            continue
        suffix = _suffix(name, is_public)
        candidate = f"{sample_id}{suffix}" if number == 1 else f"{sample_id}_{number}{suffix}"
        extra = number
        while candidate.casefold() in taken:
            extra += 1
            candidate = f"{sample_id}_{extra}{suffix}"
        taken.add(candidate.casefold())
        names[name] = candidate
    return names


def _suffix(name: str, is_public: Callable[[str], bool]) -> str:
    """Give the ending that says the format: ``.ome.tiff`` and ``.tar.gz`` are one."""
    suffixes = PurePosixPath(name).suffixes
    keep = 2 if len(suffixes) > 1 and suffixes[-2].lower() in (".ome", ".companion", ".tar", ".nii") else 1
    suffix = "".join(suffixes[-keep:])
    plain = suffix.replace(".", "").isalnum() and len(suffix) <= _LONGEST_SUFFIX
    return suffix if plain and is_public(suffix) else ""
